"""Time zones: look-up, changes of offset, and wall times that are missing or come twice."""

import struct
import zoneinfo
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import examples
from watchbell.ground.errors import NaiveTimeError, UnknownTimezoneError
from watchbell.ground.zones import (
    DAY_SECONDS,
    Transition,
    WallKind,
    instant_of,
    read_wall,
    second_of,
    timeline_of,
    transitions,
    zone_named,
)

ZONES = sorted(available_timezones())
NEW_YORK = ZoneInfo("America/New_York")
HOUR = timedelta(hours=1)


def table_of(name: str) -> list[Transition]:
    """The changes of offset written out in a zone's compiled file (RFC 8536), 1970 on: what `transitions` must find."""
    for folder in zoneinfo.TZPATH:
        if (Path(folder) / name).is_file():
            data = (Path(folder) / name).read_bytes()
            break
    else:
        data = resources.files("tzdata.zoneinfo").joinpath(name).read_bytes()
    _, _, leap, times, types, chars = struct.unpack_from(">6l", data, 20)
    second_block = 44 + times * 5 + types * 6 + chars + leap * 8
    second_block += sum(struct.unpack_from(">2l", data, 20))  # the two kinds of indicator, one byte each
    _, _, _, times, types, _ = struct.unpack_from(">6l", data, second_block + 20)
    at = second_block + 44
    seconds = struct.unpack_from(f">{times}q", data, at)
    kinds = struct.unpack_from(f">{times}B", data, at + 8 * times)
    offsets = [struct.unpack_from(">l", data, at + 9 * times + 6 * each)[0] for each in range(types)]
    found, before = [], offsets[0]
    for second, kind in zip(seconds, kinds, strict=True):
        if second > 0 and offsets[kind] != before:
            found.append(Transition(second, before, offsets[kind]))
        before = offsets[kind]
    return found


def check_against_table(name: str) -> None:
    table = table_of(name)
    if table:
        found = transitions(ZoneInfo(name), after=instant_of(0), until=table[-1].at)

        assert table == list(found), name


@pytest.mark.parametrize(
    "name", ["America/New_York", "Africa/Casablanca", "Asia/Gaza", "America/Recife", "Pacific/Apia", "Africa/Monrovia"]
)
def test_no_change_of_a_zone_is_overlooked(name: str) -> None:
    check_against_table(name)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_change_of_any_zone_is_overlooked() -> None:
    for name in ZONES:
        check_against_table(name)


def test_a_zone_is_found_by_its_name_and_none_means_utc() -> None:
    assert zone_named("Asia/Kolkata").key == "Asia/Kolkata"
    assert "UTC" == zone_named(None).key == zone_named("").key == zone_named("utc").key


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Europe/Berln", "did you mean 'Europe/Berlin'?"),
        ("america/new_york", "did you mean 'America/New_York'?"),
        ("Europe/../Berlin", "unknown time zone"),
        ("America", "unknown time zone"),
        ("/etc/localtime", "unknown time zone"),
        ("Nowhere", "such as 'UTC' or 'Europe/Berlin'"),
        ("+05:00", "Etc/GMT-5"),
        ("GMT+5", "Etc/GMT-5"),
    ],
)
def test_an_unknown_zone_is_refused_with_the_nearest_name(name: str, says: str) -> None:
    with pytest.raises(UnknownTimezoneError) as caught:
        zone_named(name)

    assert name == caught.value.zone
    assert says in str(caught.value)


def test_a_zone_that_is_no_text_is_refused() -> None:
    with pytest.raises(UnknownTimezoneError, match="IANA name"):
        zone_named(5)


def test_the_changes_of_a_year_are_listed_with_their_sizes() -> None:
    year = list(transitions(NEW_YORK, after=datetime(2026, 1, 1, tzinfo=UTC), until=datetime(2027, 1, 1, tzinfo=UTC)))

    assert [datetime(2026, 3, 8, 7, tzinfo=UTC), datetime(2026, 11, 1, 6, tzinfo=UTC)] == [each.at for each in year]
    assert [each.size_seconds for each in year] == [3600, -3600]


def test_the_bounds_of_a_range_of_changes_are_excluded_and_included() -> None:
    change = datetime(2026, 3, 8, 7, tzinfo=UTC)

    assert list(transitions(NEW_YORK, after=change, until=change + HOUR)) == []
    assert list(transitions(NEW_YORK, after=change, until=change)) == []
    assert len(list(transitions(NEW_YORK, after=change - HOUR, until=change))) == 1


def test_a_change_at_the_turn_of_the_year_is_listed_once() -> None:
    changes = list(
        transitions(
            ZoneInfo("Pacific/Kiritimati"),
            after=datetime(1994, 1, 1, tzinfo=UTC),
            until=datetime(1996, 1, 1, tzinfo=UTC),
        )
    )

    assert [each.size_seconds for each in changes] == [DAY_SECONDS]


def test_a_wall_time_shown_once_is_single() -> None:
    reading = read_wall(NEW_YORK, datetime(2026, 6, 1, 12))

    assert WallKind.SINGLE is reading.kind
    assert "2026-06-01T12:00:00-04:00" == reading.first.isoformat() == reading.second.isoformat()
    assert reading.gap_end is None


def test_a_wall_time_left_out_is_missing_and_knows_the_end_of_the_gap() -> None:
    reading = read_wall(NEW_YORK, datetime(2026, 3, 8, 2, 30))

    assert WallKind.MISSING is reading.kind
    assert reading.first.isoformat() == "2026-03-08T03:30:00-04:00"
    assert reading.gap_end is not None
    assert reading.gap_end.isoformat() == "2026-03-08T03:00:00-04:00"


def test_a_wall_time_shown_twice_has_both_instants() -> None:
    reading = read_wall(NEW_YORK, datetime(2026, 11, 1, 1, 30))

    assert WallKind.REPEATED is reading.kind
    assert reading.first.isoformat() == "2026-11-01T01:30:00-04:00"
    assert reading.second.isoformat() == "2026-11-01T01:30:00-05:00"
    assert reading.second.astimezone(UTC) - reading.first.astimezone(UTC) == HOUR


def test_a_wall_time_of_a_skipped_day_is_missing() -> None:
    apia = ZoneInfo("Pacific/Apia")
    reading = read_wall(apia, datetime(2011, 12, 30, 9))

    assert WallKind.MISSING is reading.kind
    assert reading.first.isoformat() == "2011-12-31T09:00:00+14:00"
    assert reading.gap_end is not None
    assert reading.gap_end.isoformat() == "2011-12-31T00:00:00+14:00"


def test_an_aware_time_is_no_wall_time_and_a_naive_one_no_instant() -> None:
    with pytest.raises(ValueError, match="has a time zone already"):
        read_wall(NEW_YORK, datetime(2026, 6, 1, tzinfo=UTC))
    with pytest.raises(NaiveTimeError, match="has no time zone"):
        second_of(datetime(2026, 6, 1))


def test_seconds_round_down_on_both_sides_of_1970() -> None:
    assert second_of(instant_of(1) + timedelta(microseconds=999_999)) == 1
    assert second_of(instant_of(-1) + timedelta(microseconds=999_999)) == -1


@settings(max_examples=examples(200))
@given(st.sampled_from(ZONES), st.integers(0, 4_102_444_800))
def test_spans_agree_with_zoneinfo_about_every_instant(name: str, second: int) -> None:
    timeline = timeline_of(name)
    spans = timeline.year(instant_of(second).year)
    index = spans.index_at(second)
    offset, patch = spans.offsets[index], spans.patches[index]
    if patch is not None:
        offset = max(
            [(patch.start - 1, patch.changes[0].before), *((each.second, each.after) for each in patch.changes)],
            key=lambda known: known[0] if known[0] <= second else -(10**12),
        )[1]

    assert instant_of(second).astimezone(ZoneInfo(name)).utcoffset() == timedelta(seconds=offset or 0)


@settings(max_examples=examples(200))
@given(st.sampled_from(ZONES), st.integers(0, 4_102_444_800))
def test_an_instant_is_among_the_readings_of_its_own_wall_time(name: str, second: int) -> None:
    zone = ZoneInfo(name)
    instant = instant_of(second)

    reading = read_wall(zone, instant.astimezone(zone).replace(tzinfo=None, fold=0))

    assert instant in {reading.first.astimezone(UTC), reading.second.astimezone(UTC)}
    assert WallKind.MISSING is not reading.kind
