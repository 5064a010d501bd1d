"""Where sensors of a crowd begin."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from watchbell.automate.phases import CROWD_MIN, is_crowd, place_of, rate_of, spread_to
from watchbell.record.tick import AutomationKey, AutomationKind

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def key(name: str) -> AutomationKey:
    return AutomationKey("here", AutomationKind.SENSOR, name)


def test_a_place_is_the_same_for_ever() -> None:
    """Written down: in every process, on every machine, in every version."""
    assert f"{place_of(key('files')):.6f}" == "0.790219"
    assert f"{place_of(key('mails')):.6f}" == "0.809615"


def test_places_lie_evenly() -> None:
    places = [place_of(key(f"s{number}")) for number in range(10_000)]

    tenths = [sum(tenth <= place * 10 < tenth + 1 for place in places) for tenth in range(10)]

    assert sum(tenths) == 10_000
    assert all(900 < count < 1_100 for count in tenths)


def test_a_few_are_no_crowd_and_neither_is_what_comes_due_anyway() -> None:
    busy = rate_of([4] * 800)

    assert not is_crowd(CROWD_MIN, rate_of([30] * CROWD_MIN))
    assert is_crowd(CROWD_MIN + 1, rate_of([30] * 11))
    assert busy == 200
    assert not is_crowd(100, busy)
    assert is_crowd(101, busy)


def test_a_thousand_of_thirty_seconds_take_thirty_seconds() -> None:
    rate = rate_of([30] * 1_000)

    begin = sorted(spread_to(NOON, place_of(key(f"s{number}")), 0, 1_000, rate, 30) for number in range(1_000))

    in_each_second = [
        sum(NOON + timedelta(seconds=second) <= each < NOON + timedelta(seconds=second + 1) for each in begin)
        for second in range(30)
    ]
    assert sum(in_each_second) == 1_000
    assert max(in_each_second) < 60


@given(
    st.floats(0, 1, exclude_max=True),
    st.integers(1, 100_000),
    st.floats(0, 1, exclude_max=True),
    st.floats(0, 10_000),
    st.floats(0, 100_000),
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
)
def test_none_waits_for_longer_than_its_interval(
    place: float, due_count: int, rank: float, rate: float, interval_seconds: float, now: datetime
) -> None:
    due_at = spread_to(now, place, int(rank * due_count), due_count, rate, interval_seconds)

    assert now <= due_at <= now + timedelta(seconds=interval_seconds)


def test_a_small_crowd_is_over_soon_and_lies_evenly() -> None:
    begin = [spread_to(NOON, 0.99, rank, 50, rate_of([30] * 50), 30) for rank in range(50)]

    assert begin == [NOON + timedelta(seconds=0.1 * rank) for rank in range(50)]


@given(st.floats(0, 1, exclude_max=True), st.integers(0, 100_000))
def test_a_crowd_of_all_comes_to_lie_as_before(place: float, later_seconds: int) -> None:
    rate = rate_of([30] * 1_000)

    first = spread_to(NOON, place, 0, 1_000, rate, 30)
    second = spread_to(NOON + timedelta(seconds=later_seconds), place, 0, 1_000, rate, 30)

    apart_seconds = (second - first).total_seconds() % 30
    assert min(apart_seconds, 30 - apart_seconds) < 0.001
