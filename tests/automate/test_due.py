"""Which times of a schedule are due, against a model that keeps a plain set of every minute."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.automate.due import (
    MISSED_ROWS_MAX,
    due_times,
    held_up_seconds,
    missed_times,
    next_due,
    sensor_due_at,
    watermark,
)
from watchbell.ground.cron import Cron
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
EVERY_MINUTE = Cron.of("* * * * *")
KEY = AutomationKey("here", AutomationKind.SCHEDULE, "every_minute")


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


def test_nothing_is_due_before_the_next_time() -> None:
    due = due_times(EVERY_MINUTE, after=at(0), until=at(0.9), max_catchup_runs=5)

    assert due.run == ()
    assert due.missed == ()


def test_a_time_is_due_at_its_very_instant() -> None:
    due = due_times(EVERY_MINUTE, after=at(0), until=at(1), max_catchup_runs=5)

    assert due.run == (at(1),)


def test_a_clock_that_goes_back_makes_nothing_due() -> None:
    due = due_times(EVERY_MINUTE, after=at(60), until=at(3), max_catchup_runs=5)

    assert due.run == ()


def test_the_newest_five_of_eight_run_and_the_others_are_missed_with_their_reason() -> None:
    due = due_times(EVERY_MINUTE, after=at(0), until=at(8.5), max_catchup_runs=5)

    assert due.run == (at(4), at(5), at(6), at(7), at(8))
    assert [each.at for each in due.missed] == [at(1), at(2), at(3)]
    assert all("newest 5 missed times" in each.reason for each in due.missed)


def test_without_catch_up_a_time_that_is_on_time_runs_and_older_ones_are_missed() -> None:
    due = due_times(EVERY_MINUTE, after=at(0), until=at(3.5), max_catchup_runs=0)

    assert due.run == (at(3),)
    assert [each.at for each in due.missed] == [at(1), at(2)]


def test_without_catch_up_a_time_that_is_late_is_missed() -> None:
    hourly = Cron.of("0 * * * *")

    due = due_times(hourly, after=at(0), until=at(65), max_catchup_runs=0)

    assert due.run == ()
    assert [each.at for each in due.missed] == [at(60)]


def test_a_year_of_downtime_makes_a_hundred_rows_and_one_that_counts_the_rest() -> None:
    due = due_times(EVERY_MINUTE, after=at(0), until=at(60 * 24 * 365), max_catchup_runs=5)

    assert len(due.missed) == MISSED_ROWS_MAX + 1
    assert due.missed[0].reason.startswith("more than 1,000 times from 2026-03-01 12:01:00 UTC to ")
    assert due.missed[-1].at == due.run[0] - timedelta(minutes=1)


def test_the_row_that_counts_the_rest_counts_exactly_while_they_are_few() -> None:
    rows = missed_times(EVERY_MINUTE, after=at(0), until=at(150), reason="down")

    assert rows[0].reason == "50 times from 2026-03-01 12:01:00 UTC to 2026-03-01 12:50:00 UTC: down"
    assert rows[0].at == at(50)
    assert rows[1].at == at(51)


@pytest.mark.parametrize("count", [MISSED_ROWS_MAX, MISSED_ROWS_MAX + 1])
def test_a_single_oldest_time_keeps_the_plain_reason(count: int) -> None:
    rows = missed_times(EVERY_MINUTE, after=at(0), until=at(count), reason="down")

    assert len(rows) == count
    assert {row.reason for row in rows} == {"down"}


def test_both_passes_through_the_repeated_hour_are_due() -> None:
    berlin = Cron.of("*/30 * * * *", "Europe/Berlin")
    start = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)

    due = due_times(berlin, after=start, until=start + timedelta(hours=2), max_catchup_runs=10)

    assert due.run == tuple(start + timedelta(minutes=30 * step) for step in (1, 2, 3, 4))


def test_a_cron_that_never_fires_again_has_no_next_time() -> None:
    assert next_due(EVERY_MINUTE, datetime(9998, 12, 31, 23, 59, tzinfo=UTC)) is not None
    assert next_due(Cron.of("0 0 1 1 *"), datetime(9999, 6, 1, tzinfo=UTC)) is None


def test_the_watermark_is_the_later_of_last_tick_and_effect() -> None:
    fresh = AutomationState(KEY)
    started = AutomationState(KEY, effective_at=at(10))
    restarted = AutomationState(KEY, effective_at=at(10), last_tick_at=at(5))
    ticked = AutomationState(KEY, effective_at=at(10), last_tick_at=at(15))

    assert [watermark(each) for each in (fresh, started, restarted, ticked)] == [None, at(10), at(10), at(15)]


@given(
    gaps=st.lists(st.integers(0, 400), min_size=1, max_size=8),
    limit=st.integers(0, 7),
    cron=st.sampled_from(["* * * * *", "*/5 * * * *", "7,9 * * * *", "0 */2 * * *"]),
)
def test_every_time_is_run_or_missed_exactly_once_over_any_downtimes(gaps: list[int], limit: int, cron: str) -> None:
    """The loop's rule: each look begins where the last one ended, so nothing is left out and nothing comes twice."""
    times = Cron.of(cron)
    now, mark, handled, counted = NOON, NOON, [], 0
    for gap in gaps:
        now += timedelta(minutes=gap, seconds=1)
        due = due_times(times, after=mark, until=now, max_catchup_runs=limit)
        rows = [each.at for each in due.missed]
        if len(rows) > MISSED_ROWS_MAX:
            covered = list(times.fires(after=mark, until=rows[0]))
            counted += len(covered) - 1
            assert len(covered) == 1 or due.missed[0].reason.startswith(f"{len(covered):,} times from ")
        handled += [*rows, *due.run]
        mark = handled[-1] if handled else mark

    expected = [moment.astimezone(UTC) for moment in times.fires(after=NOON, until=now)]
    assert sorted(set(handled)) == handled
    assert set(handled) <= set(expected)
    assert len(handled) + counted == len(expected)


def test_a_sensor_is_due_its_interval_after_the_last_evaluation_began() -> None:
    assert sensor_due_at(NOON, 30) == NOON + timedelta(seconds=30)


# ------------------------------------------------- sensors that are held up


@pytest.mark.parametrize(
    ("interval_seconds", "pauses"),
    [
        (30, [30, 60, 120, 240, 480, 600, 600]),
        (0, [1, 2, 4, 8, 16, 32, 64]),
        (0.25, [1, 2, 4, 8, 16, 32, 64]),
        (400, [400, 600, 600, 600, 600, 600, 600]),
        (3600, [3600] * 7),
        (1e9, [1e9] * 7),
    ],
)
def test_pauses_of_one_that_is_held_up_grow_to_ten_minutes(interval_seconds: float, pauses: list[float]) -> None:
    assert [held_up_seconds(interval_seconds, count) for count in range(1, 8)] == pauses


def test_a_pause_stays_a_number_however_often_it_raised() -> None:
    assert held_up_seconds(30, 1_000_000) == 600
