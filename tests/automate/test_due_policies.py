"""What catch-up, windows and jitter make of times that are late, against a model that judges each time by itself."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.automate.due import (
    CATCHUP_LATEST,
    CATCHUP_NONE,
    MISSED_ROWS_MAX,
    ON_TIME_SECONDS,
    RUN_TIMES_MAX,
    Due,
    due_times,
    jitter_offset,
    next_tick_at,
)
from watchbell.ground.cron import Cron
from watchbell.record.automation_policy import AutomationPolicy, Catchup
from watchbell.record.tick import AutomationKey, AutomationKind

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
EVERY_MINUTE = Cron.of("* * * * *")
HOURLY = Cron.of("0 * * * *")
YEAR_MINUTES = 60 * 24 * 365
NONE = AutomationPolicy(Catchup.NONE)
LATEST = AutomationPolicy(Catchup.LATEST)
ALL = AutomationPolicy(Catchup.ALL)


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


def due(policy: AutomationPolicy, until: float, cron: Cron = EVERY_MINUTE, limit: int = 5) -> Due:
    return due_times(cron, after=at(0), until=at(until), max_catchup_runs=limit, policy=policy)


def test_none_runs_only_what_is_on_time() -> None:
    found = due(NONE, 8.5)

    assert found.run == (at(8),)
    assert [each.at for each in found.missed] == [at(minute) for minute in range(1, 8)]
    assert {each.reason for each in found.missed} == {CATCHUP_NONE}


def test_none_misses_the_one_time_that_is_late() -> None:
    assert due(NONE, 61, HOURLY).run == (at(60),)
    assert due(NONE, 61.02, HOURLY).run == ()
    assert [each.at for each in due(NONE, 61.02, HOURLY).missed] == [at(60)]


def test_latest_runs_the_newest_however_late() -> None:
    found = due(LATEST, 60 * 8 + 30, HOURLY, limit=0)

    assert found.run == (at(480),)
    assert len(found.missed) == 7
    assert {each.reason for each in found.missed} == {CATCHUP_LATEST}


def test_all_runs_everything_the_oldest_first() -> None:
    found = due(ALL, 8.5, limit=0)

    assert found.run == tuple(at(minute) for minute in range(1, 9))
    assert found.missed == ()


def test_all_of_a_year_of_minutes_comes_in_portions() -> None:
    found = due(ALL, YEAR_MINUTES)

    assert found.run == tuple(at(minute) for minute in range(1, RUN_TIMES_MAX + 1))
    assert found.missed == ()


@pytest.mark.parametrize("catchup", [Catchup.DEFAULT, Catchup.LATEST, Catchup.ALL])
def test_a_time_older_than_the_window_is_missed_by_name_of_the_window(catchup: Catchup) -> None:
    policy = AutomationPolicy(catchup, catchup_window_seconds=7200)

    on_the_edge, beyond = due(policy, 60 + 120, HOURLY, limit=5), due(policy, 60 + 120.1, HOURLY, limit=5)

    assert at(60) in (*on_the_edge.run, *(each.at for each in on_the_edge.missed if "window" not in each.reason))
    assert at(60) not in beyond.run
    assert "(catchup_window is 2 h 0 min)" in beyond.missed[0].reason


def test_the_newest_of_a_window_run_and_each_missed_time_has_its_own_reason() -> None:
    found = due(AutomationPolicy(catchup_window_seconds=3600), 60 * 4, limit=3)

    assert found.run == (at(238), at(239), at(240))
    by_reason = ["window" if "catchup_window" in each.reason else "limit" for each in found.missed]
    assert by_reason == ["window"] * (MISSED_ROWS_MAX - 58 + 1) + ["limit"] * 58
    assert found.missed[0].reason.startswith("137 times from 2026-03-01 12:01:00 UTC to 2026-03-01 14:17:00 UTC: ")
    assert found.missed[-58].at == at(180)


def test_a_window_shorter_than_a_minute_keeps_what_is_on_time() -> None:
    policy = AutomationPolicy(Catchup.ALL, catchup_window_seconds=1)

    assert due(policy, 60.5, HOURLY).run == (at(60),)
    assert due(policy, 62, HOURLY).run == ()


def test_a_window_longer_than_the_calendar_is_none() -> None:
    policy = AutomationPolicy(Catchup.ALL, catchup_window_seconds=1e15)

    assert due(policy, 3).run == (at(1), at(2), at(3))


def test_what_a_shorter_jitter_made_due_is_on_time() -> None:
    slack = timedelta(minutes=10)

    found = due_times(EVERY_MINUTE, after=at(0), until=at(8.5), max_catchup_runs=0, policy=NONE, slack=slack)
    later = due_times(EVERY_MINUTE, after=at(0), until=at(14.5), max_catchup_runs=0, policy=NONE, slack=slack)

    assert found.run == tuple(at(minute) for minute in range(1, 9))
    assert [each.at for each in later.missed] == [at(1), at(2), at(3)]
    assert later.run[0] == at(4)


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        (AutomationPolicy(), "mmRRRRR"),
        (NONE, "mmmmmmm"),
        (LATEST, "mmmmmmR"),
        (ALL, "RRRRRRR"),
        (AutomationPolicy(Catchup.ALL, catchup_window_seconds=4 * 3600), "mmmRRRR"),
    ],
)
def test_the_picture_in_the_guide_is_true(policy: AutomationPolicy, told: str) -> None:
    """Hourly times from three to nine, the service was down from 02:20 to 09:10; see docs/automation.md."""
    down_at, up_at = datetime(2026, 3, 1, 2, 20, tzinfo=UTC), datetime(2026, 3, 1, 9, 10, tzinfo=UTC)

    found = due_times(HOURLY, after=down_at, until=up_at, max_catchup_runs=5, policy=policy)

    run = {moment.hour for moment in found.run}
    assert "".join("R" if hour in run else "m" for hour in range(3, 10)) == told
    assert {each.at.hour for each in found.missed} == set(range(3, 10)) - run


# -------------------------------------------------------------------- jitter


def offset(name: str, seconds: float) -> timedelta:
    key = AutomationKey("here", AutomationKind.SCHEDULE, name)
    return jitter_offset(key, AutomationPolicy(jitter_seconds=seconds))


def test_without_jitter_there_is_no_offset() -> None:
    assert offset("daily", 0) == timedelta(0)


def test_an_offset_is_the_same_in_every_process() -> None:
    """Python's own hash of a text is another one in each."""
    script = (
        "from tests.automate.test_due_policies import offset\n"
        "print(offset('daily', 600).total_seconds(), offset('weekly', 600).total_seconds())"
    )

    told = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert told == {f"{offset('daily', 600).total_seconds()} {offset('weekly', 600).total_seconds()}\n"}
    assert offset("daily", 600) != offset("weekly", 600)


@given(st.text(max_size=20), st.floats(0, 1e8))
def test_an_offset_is_less_than_the_jitter(name: str, seconds: float) -> None:
    found = offset(name, seconds)

    assert timedelta(0) <= found
    assert found < timedelta(seconds=seconds) or found == timedelta(0)


def test_offsets_of_many_schedules_lie_evenly() -> None:
    offsets = [offset(f"s{number}", 600) for number in range(6_000)]

    counts = [sum(timedelta(minutes=m) <= each < timedelta(minutes=m + 1) for each in offsets) for m in range(10)]

    assert sum(counts) == 6_000
    assert all(500 < each < 700 for each in counts)


def test_the_next_tick_by_the_clock_comes_with_its_offset() -> None:
    late = timedelta(minutes=90)

    assert next_tick_at(HOURLY, at(0)) == at(60)
    assert next_tick_at(HOURLY, at(0), late) == at(30)  # that of 11:00
    assert next_tick_at(HOURLY, at(30), late) == at(90)
    assert next_tick_at(Cron.of("0 0 1 1 *"), datetime(9999, 6, 1, tzinfo=UTC), late) is None


# ----------------------------------------------------------------- the model


def judged(policy: AutomationPolicy, limit: int, gap_minutes: int, second: int) -> tuple[set[datetime], set[datetime]]:
    """What runs and what is missed of each minute since noon, minute by minute and in so many words."""
    now = at(gap_minutes) + timedelta(seconds=second)
    times = [at(minute) for minute in range(1, gap_minutes + 1)]
    late = {moment: (now - moment).total_seconds() for moment in times}
    run = {moment for moment in times if late[moment] <= ON_TIME_SECONDS}
    window = policy.catchup_window_seconds
    young = [moment for moment in times if window is None or late[moment] <= window]
    match policy.catchup:
        case Catchup.DEFAULT:
            run |= set(young[-limit:]) if limit else set()
        case Catchup.LATEST:
            run |= set(young[-1:])
        case Catchup.ALL:
            run |= set(young)
    return run, set(times) - run


@given(
    st.sampled_from(Catchup),
    st.one_of(st.none(), st.floats(0.5, 9_000), st.sampled_from([60.0, 120.0, 3600.0])),
    st.integers(0, 7),
    st.integers(0, 250),
    st.integers(0, 59),
)
def test_each_time_is_run_or_missed_as_the_model_says(
    catchup: Catchup, window: float | None, limit: int, gap: int, second: int
) -> None:
    policy = AutomationPolicy(catchup, catchup_window_seconds=window)
    run, missed = judged(policy, limit, gap, second)

    found = due_times(
        EVERY_MINUTE, after=at(0), until=at(gap) + timedelta(seconds=second), max_catchup_runs=limit, policy=policy
    )

    assert found.run == tuple(sorted(run))[:RUN_TIMES_MAX]
    rows = [each.at for each in found.missed]
    assert rows == sorted(rows)
    assert len(rows) <= MISSED_ROWS_MAX + 2
    assert set(rows) <= missed
    told = sum(int(each.reason.split(" ")[0]) if " times from " in each.reason else 1 for each in found.missed)
    assert told == len(missed)
    for each in found.missed:
        is_too_old = window is not None and (at(gap) - each.at).total_seconds() + second > max(window, ON_TIME_SECONDS)
        assert ("catchup_window" in each.reason) == is_too_old
