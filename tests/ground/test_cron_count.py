"""Firings counted by the calendar, against the cron engine, which goes from one firing to the next."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import examples
from watchbell.ground.cron import Cron
from watchbell.ground.cron_count import CronCount, cron_count
from watchbell.ground.errors import CronError, UnknownTimezoneError
from watchbell.ground.zones import second_of, timeline_of, transitions, zone_named

ZONES = sorted(available_timezones())
CHANGED = (
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "Australia/Lord_Howe",
    "Africa/Monrovia",
    "America/Havana",
    "Europe/Dublin",
)
DAY_SECONDS = 86_400
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def some(low: int, high: int) -> st.SearchStrategy[str]:
    listed = st.lists(st.integers(low, high), min_size=1, max_size=4, unique=True).map(
        lambda each: ",".join(map(str, each))
    )
    return st.one_of(st.just("*"), listed, st.just(f"*/{max(2, (high - low) // 3)}"))


crons = st.one_of(
    st.sampled_from(
        ["0 0 * * *", "0 * * * *", "*/15 * * * *", "30 1,2 * * *", "0 0 1 * *", "0 0 L * *", "0 9 * * MON#2"]
    ),
    st.tuples(some(0, 59), some(0, 23), some(1, 28), some(1, 12), some(0, 6)).map(" ".join),
)
zones = st.one_of(st.sampled_from(CHANGED), st.sampled_from(ZONES))
seconds = st.integers(-3 * 10**9, 8 * 10**9)


def at(second: int) -> datetime:
    return EPOCH + timedelta(seconds=second)


def spread(count: CronCount, start: int, stop: int) -> list[int]:
    """The instants of `stretches`, in seconds."""
    found: list[int] = []
    for offset, pieces in count.stretches(start, stop):
        found += pieces if offset is None else [minute * 60 - offset for minute in pieces]
    return found


@settings(max_examples=examples(200))
@given(crons, zones, st.lists(seconds, max_size=40), st.booleans())
def test_many_instants_are_counted_as_each_alone(cron: str, zone: str, asked: list[int], is_near: bool) -> None:
    count = cron_count(cron, zone)
    asked = sorted(asked[0] + each % (400 * DAY_SECONDS) for each in asked) if is_near else sorted(asked)

    assert [count.before(each) for each in asked] == count.before_each(asked)


@settings(max_examples=examples(200))
@given(crons, zones, seconds, st.integers(-3, 200))
def test_many_numbers_are_the_instants_of_each_alone(cron: str, zone: str, second: int, length: int) -> None:
    count = cron_count(cron, zone)
    start = count.before(second)

    assert [count.second_of(each) for each in range(start, start + length)] == count.seconds_of(start, start + length)


def check(cron: str, zone: str, second: int, length: int = 40) -> None:
    count = cron_count(cron, zone)
    fires = [second_of(each) for each in islice(Cron.of(cron, zone).fires(after=at(second - 1)), length)]

    first = count.before(second)
    numbers = list(range(first, first + len(fires)))

    assert fires == [count.second_of(number) for number in numbers], (cron, zone, second)
    assert numbers == [count.before(each) for each in fires], (cron, zone, second)
    assert [number + 1 for number in numbers] == [count.before(each + 1) for each in fires], (cron, zone, second)
    assert fires == spread(count, first, first + len(fires)), (cron, zone, second)


@settings(max_examples=examples(300))
@given(crons, zones, seconds)
def test_numbers_follow_the_firings_at_any_time_in_any_zone(cron: str, zone: str, second: int) -> None:
    check(cron, zone, second)


@settings(max_examples=examples(200))
@given(crons, zones, st.integers(0, 1_000), st.integers(-30 * 3600, 30 * 3600))
def test_numbers_follow_the_firings_around_changes_of_the_clocks(cron: str, zone: str, pick: int, off: int) -> None:
    changes = list(transitions(zone_named(zone), after=at(-(10**9)), until=at(3 * 10**9)))
    middle = changes[pick % len(changes)].second if changes else pick * 10**6

    check(cron, zone, middle + off)


@settings(max_examples=examples(30))
@given(crons, zones, st.integers(0, 10**9), st.integers(0, 3 * 10**8))
def test_the_difference_of_two_numbers_is_how_often_it_fired(cron: str, zone: str, start: int, length: int) -> None:
    count = cron_count(cron, zone)
    length = min(length, 20 * DAY_SECONDS) if "*" in cron[:5] else length % (600 * DAY_SECONDS)
    fired = sum(1 for _ in Cron.of(cron, zone).fires(after=at(start - 1), until=at(start + length - 1)))

    assert fired == count.before(start + length) - count.before(start)


@pytest.mark.parametrize("zone", CHANGED)
def test_the_first_firing_of_1970_on_the_wall_is_number_0(zone: str) -> None:
    count = cron_count("0 0 * * *", zone)

    first = at(count.second_of(0)).astimezone(zone_named(zone))

    assert f"{first:%Y-%m-%d %H:%M}" == "1970-01-01 00:00"


@pytest.mark.parametrize("zones_tried", [ZONES[::40], pytest.param(ZONES, marks=pytest.mark.slow)], ids=len)
def test_each_zone_has_had_each_month_since_1970_once(zones_tried: list[str]) -> None:
    months = (2030 - 1970) * 12
    for zone in zones_tried:
        count = cron_count("0 12 2 * *", zone)
        last = at(count.second_of(months - 1)).astimezone(zone_named(zone))

        assert (last.year, last.month, last.day, last.hour) == (2029, 12, 2, 12), zone


def test_a_day_that_a_zone_left_out_is_not_counted() -> None:
    samoa, utc = cron_count("0 0 * * *", "Pacific/Apia"), cron_count("0 0 * * *")

    # On the way from the evening of the 29th to the 31st of December 2011.
    assert utc.before(second_of(at(1_325_376_000))) - utc.before(1_325_376_000 - 2 * DAY_SECONDS) == 2
    before, after = (
        datetime(2011, 12, 29, 12, tzinfo=zone_named("Pacific/Apia")),
        datetime(2011, 12, 31, 12, tzinfo=zone_named("Pacific/Apia")),
    )
    assert samoa.before(second_of(after)) - samoa.before(second_of(before)) == 1


def test_it_does_not_matter_in_which_order_is_asked() -> None:
    moments = [1_768_000_000, -900_000_000, 400_000_000, 3_000_000_000, -2_000_000_000]
    forward = CronCount(cron_count("0 3 * * *").expression, timeline_of("Europe/Berlin"))
    backward = CronCount(cron_count("0 3 * * *").expression, timeline_of("Europe/Berlin"))

    expected = [forward.before(each) for each in moments]

    assert expected == [backward.before(each) for each in moments[::-1]][::-1]


def test_numbers_outside_of_the_calendar_are_an_overflow() -> None:
    yearly = cron_count("0 0 1 1 *")

    assert yearly.before(second_of(datetime(9999, 1, 1, tzinfo=UTC))) == 8029
    with pytest.raises(OverflowError, match="years 1 to 9999"):
        yearly.second_of(9000)
    with pytest.raises(OverflowError, match="years 1 to 9999"):
        yearly.second_of(-2000)


def test_a_range_of_nothing_is_empty() -> None:
    assert spread(cron_count("0 0 * * *", "Europe/Berlin"), 10, 10) == []
    assert spread(cron_count("0 0 * * *"), 10, 5) == []


def test_what_is_no_cron_string_or_zone_is_refused() -> None:
    with pytest.raises(CronError):
        cron_count("foo")
    with pytest.raises(UnknownTimezoneError):
        cron_count("0 0 * * *", "Europe/Berln")


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_change_of_every_zone_is_counted() -> None:
    for zone in ZONES:
        for change in transitions(zone_named(zone), after=at(-(10**9)), until=at(2 * 10**9)):
            for cron in ("0 * * * *", "0 0 * * *", "*/20 0-3,23 * * *"):
                check(cron, zone, change.second - 5 * 3600, 30)
