"""How fresh an asset is: windows, deadlines, clock changes."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell import FreshnessPolicy, LegacyFreshnessPolicy
from watchbell.declare.assets.freshness_rules import (
    FreshnessState,
    earliest_update,
    fresh_until,
    freshness_state,
    last_tick,
    minutes_overdue,
)
from watchbell.ground.cron import Cron

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
BERLIN = "Europe/Berlin"
HOURS = timedelta(hours=1)
MOMENTS = st.datetimes(datetime(2023, 1, 1), datetime(2026, 1, 1)).map(lambda each: each.replace(tzinfo=UTC))


def test_what_was_never_made_is_unknown() -> None:
    policy = FreshnessPolicy.time_window(fail_window=HOURS)

    assert freshness_state(policy, None, NOON) is FreshnessState.UNKNOWN


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(0), FreshnessState.PASS),
        (HOURS, FreshnessState.PASS),
        (HOURS + timedelta(seconds=1), FreshnessState.WARN),
        (2 * HOURS, FreshnessState.WARN),
        (2 * HOURS + timedelta(seconds=1), FreshnessState.FAIL),
    ],
)
def test_a_window_passes_warns_and_fails(age: timedelta, expected: FreshnessState) -> None:
    policy = FreshnessPolicy.time_window(fail_window=2 * HOURS, warn_window=HOURS)

    assert freshness_state(policy, NOON - age, NOON) is expected


def test_a_window_is_counted_through_a_clock_change() -> None:
    """At 02:00 of this night clocks went to 03:00: from 01:30 to 03:30 only one hour passed."""
    zone = ZoneInfo(BERLIN)
    made_at, now = datetime(2024, 3, 31, 1, 30, tzinfo=zone), datetime(2024, 3, 31, 3, 30, tzinfo=zone)

    assert freshness_state(FreshnessPolicy.time_window(fail_window=HOURS), made_at, now) is FreshnessState.PASS


@pytest.mark.parametrize(
    ("made_at", "now", "expected"),
    [
        ("2024-05-01T06:59:59Z", "2024-05-01T09:00:00Z", FreshnessState.FAIL),
        ("2024-05-01T07:00:00Z", "2024-05-01T09:00:00Z", FreshnessState.PASS),
        ("2024-05-01T06:59:59Z", "2024-05-01T08:59:59Z", FreshnessState.PASS),  # yesterday's deadline still counts
        ("2024-05-01T12:00:00Z", "2024-05-01T13:00:00Z", FreshnessState.PASS),  # late, but made
    ],
)
def test_a_deadline_counts_from_its_own_instant(made_at: str, now: str, expected: FreshnessState) -> None:
    policy = FreshnessPolicy.cron("0 9 * * *", 2 * HOURS)

    state = freshness_state(policy, datetime.fromisoformat(made_at), datetime.fromisoformat(now))
    assert state is expected


def test_the_span_before_a_deadline_is_counted_through_a_clock_change() -> None:
    """The deadline is 03:30 summer time, 01:30 UTC; two hours before it clocks still showed 00:30."""
    policy = FreshnessPolicy.cron("30 3 * * *", 2 * HOURS, BERLIN)
    now = datetime(2024, 3, 31, 4, tzinfo=ZoneInfo(BERLIN))
    bound = datetime(2024, 3, 30, 23, 30, tzinfo=UTC)

    assert freshness_state(policy, bound, now) is FreshnessState.PASS
    assert freshness_state(policy, bound - timedelta(seconds=1), now) is FreshnessState.FAIL


@given(MOMENTS, MOMENTS, st.integers(1, 24), st.sampled_from([BERLIN, "UTC", "America/New_York"]))
def test_cron_states_follow_the_last_of_all_deadlines(made_at: datetime, now: datetime, hours: int, zone: str) -> None:
    """The model walks forward from the day before, in steps of a minute, and looks at the clock on the wall."""
    policy = FreshnessPolicy.cron("0 9 * * *", timedelta(hours=min(hours, 23)), zone)
    minute = now.replace(second=0, microsecond=0)
    while (minute.astimezone(ZoneInfo(zone)).hour, minute.minute) != (9, 0):
        minute -= timedelta(minutes=1)

    expected = made_at >= minute - policy.lower_bound_delta
    assert (freshness_state(policy, made_at, now) is FreshnessState.PASS) == expected


@given(MOMENTS)
def test_the_last_tick_is_never_later_and_no_other_lies_between(now: datetime) -> None:
    cron = Cron.of("15 */6 * * *", BERLIN)
    tick = last_tick(cron, now)

    assert tick <= now < cron.next_after(tick)


@given(MOMENTS, MOMENTS, st.sampled_from([None, "0 9 * * *", "*/30 * * * *"]))
def test_what_is_fresh_stays_fresh_until_it_says(updated_at: datetime, now: datetime, text: str | None) -> None:
    cron = None if text is None else Cron.of(text, BERLIN)
    delta = timedelta(minutes=20)
    if updated_at > now or updated_at < earliest_update(now, delta, cron):
        return
    until = fresh_until(updated_at, now, delta, cron)

    just_before = max(now, until - timedelta(microseconds=1))
    assert updated_at >= earliest_update(just_before, delta, cron)


def test_the_older_kind_lags_against_the_clock_or_the_last_tick() -> None:
    plain = LegacyFreshnessPolicy(maximum_lag_minutes=30)
    timed = LegacyFreshnessPolicy(maximum_lag_minutes=30, cron_schedule="0 9 * * *")

    assert minutes_overdue(plain, NOON - timedelta(minutes=40), NOON) == 10
    assert minutes_overdue(timed, datetime(2024, 5, 1, 8, 45, tzinfo=UTC), NOON) == -15
    assert freshness_state(plain, NOON - timedelta(minutes=40), NOON) is FreshnessState.FAIL
    assert freshness_state(timed, datetime(2024, 5, 1, 8, 45, tzinfo=UTC), NOON) is FreshnessState.PASS
