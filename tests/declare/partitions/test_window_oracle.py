"""Windows of time against a calendar walked through quarter of an hour by quarter of an hour.

The oracle knows nothing of cron strings, spans or counts: it asks ``zoneinfo`` what the clocks show every 15 minutes,
which is how fine all offsets are since 1973, and says where hours and days begin.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import examples
from watchbell.declare.partitions.named_windows import DailyPartitionsDefinition, HourlyPartitionsDefinition
from watchbell.declare.partitions.time_window import ORDINAL_BASE, TimeWindowPartitionsDefinition
from watchbell.declare.partitions.view import PartitionsView
from watchbell.ground.zones import transitions, zone_named

ZONES = sorted(available_timezones())
SINCE, UNTIL = datetime(1973, 1, 1, tzinfo=UTC), datetime(2037, 1, 1, tzinfo=UTC)
QUARTER, DAY = timedelta(minutes=15), timedelta(days=1)
VIEW = PartitionsView(current_time=datetime(2100, 1, 1, tzinfo=UTC))

Starts = list[tuple[str, datetime]]


@cache
def changes_of(zone: str) -> list[datetime]:
    return [each.at for each in transitions(zone_named(zone), after=SINCE, until=UNTIL)]


def quarters(first: datetime, last: datetime) -> Iterator[datetime]:
    while first <= last:
        yield first
        first += QUARTER


def hours(zone: ZoneInfo, first: datetime, last: datetime, minute: int) -> Starts:
    """Where hours begin, with their keys: the second pass of a repeated one shows its offset."""
    found: Starts = []
    seen: set[str] = set()
    for instant in quarters(first - 2 * DAY, last):
        local = instant.astimezone(zone)
        if local.minute == minute:
            key = f"{local:%Y-%m-%d-%H:%M}"
            found.append((f"{key}{local:%z}" if key in seen else key, instant))
            seen.add(key)
    return [(key, instant) for key, instant in found if instant >= first]


def days(zone: ZoneInfo, first: datetime, last: datetime) -> Starts:
    """Where days begin: at the first midnight the clocks show, or would show if nobody had set them forward."""
    found: dict[datetime, str] = {}
    day = first.astimezone(zone).date() - DAY
    while day <= last.astimezone(zone).date() + DAY:
        instant = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
        found[instant] = instant.astimezone(zone).date().isoformat()  # a date that was left out is the next one
        day += DAY
    return [(key, instant) for instant, key in sorted(found.items()) if first <= instant <= last]


def check(definition: TimeWindowPartitionsDefinition, expected: Starts) -> None:
    """Keys, ordinals and windows of a definition that starts where the expected ones start."""
    begins = dict(expected[:-1])
    keys = list(begins)
    first = definition.ordinal_from(expected[0][1])
    ordinals = list(range(first, first + len(keys)))

    assert keys == definition.keys_of(ordinals, VIEW), definition
    assert keys == [definition.key_of(each, VIEW) for each in ordinals], definition
    assert ordinals == [definition.ordinal_of(key, VIEW) for key in keys], definition
    windows = [definition.window_of(each) for each in ordinals]
    ends = [instant for _, instant in expected[1:]]
    assert list(begins.values()) == [each.start.astimezone(UTC) for each in windows], definition
    assert ends == [each.end.astimezone(UTC) for each in windows], definition
    assert windows == [definition.time_window_for_partition_key(key) for key in keys], definition
    assert ordinals == [definition.ordinal_from(each.start) for each in windows], definition


def check_around(zone: str, middle: datetime, minute: int, reach: timedelta = 2 * DAY) -> None:
    middle -= timedelta(minutes=middle.minute % 15)  # some zones change at a minute past midnight
    first, last = middle - reach, middle + reach
    info = zone_named(zone)
    check(
        HourlyPartitionsDefinition("1960-01-01-00:00", minute_offset=minute, timezone=zone),
        hours(info, first, last, minute),
    )
    check(DailyPartitionsDefinition("1960-01-01", timezone=zone), days(info, first - 2 * DAY, last + 2 * DAY))


@settings(max_examples=examples(20))
@given(st.sampled_from(ZONES), st.integers(0, 1_000), st.sampled_from([0, 15, 30, 45]))
def test_hours_and_days_around_changes_of_the_clocks(zone: str, pick: int, minute: int) -> None:
    changes = changes_of(zone)
    middle = changes[pick % len(changes)] if changes else SINCE + pick * DAY

    check_around(zone, middle, minute)


@settings(max_examples=examples(15))
@given(st.sampled_from(ZONES), st.integers(0, 23_000), st.sampled_from([0, 30]))
def test_hours_and_days_at_any_time(zone: str, day: int, minute: int) -> None:
    check_around(zone, SINCE + day * DAY, minute)


@pytest.mark.parametrize(
    ("zone", "on"),
    [
        ("Pacific/Apia", date(2011, 12, 30)),
        ("Pacific/Kwajalein", date(1993, 8, 21)),
        ("Pacific/Kiritimati", date(1994, 12, 31)),
        ("Australia/Lord_Howe", date(2026, 4, 5)),
        ("Australia/Lord_Howe", date(2026, 10, 4)),
        ("America/Sao_Paulo", date(2018, 11, 4)),
        ("America/Havana", date(2025, 11, 2)),
        ("Asia/Pyongyang", date(2015, 8, 15)),
        ("Asia/Kathmandu", date(1986, 1, 1)),
        ("Africa/Casablanca", date(2026, 2, 15)),
        ("Antarctica/Troll", date(2026, 3, 29)),
        ("Europe/Dublin", date(2026, 10, 25)),
    ],
)
def test_hours_and_days_of_odd_zones(zone: str, on: date) -> None:
    check_around(zone, datetime(on.year, on.month, on.day, 12, tzinfo=UTC), 0)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia"])
def test_ordinals_of_days_are_their_distance_from_1970(zone: str) -> None:
    daily = DailyPartitionsDefinition("1960-01-01", timezone=zone)
    left_out = 1 if zone == "Pacific/Apia" else 0

    distance = (date(2026, 2, 3) - date(1970, 1, 1)).days - left_out

    assert daily.ordinal_of("2026-02-03", VIEW) == ORDINAL_BASE + distance


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_change_of_every_zone() -> None:
    for zone in ZONES:
        for change in changes_of(zone):
            check_around(zone, change, 0, timedelta(hours=30))
