"""Catch-up, windows, jitter and time limits of single schedules and sensors, as the loops keep to them."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from tests.services.fakes import LOCATION, NOON, Rig, answer, every_minute, location, schedule_key, sensor
from tests.services.test_schedules import KEY, Schedules, minutes_of
from watchbell.automate.due import jitter_offset
from watchbell.automate.switch import started, stopped
from watchbell.backfills import Backfills
from watchbell.record.automation_policy import AutomationPolicy, Catchup
from watchbell.record.backfill import Backfill, BackfillPart, BackfillTarget
from watchbell.record.evaluation import Evaluation, Outcome
from watchbell.record.run import DagsterRunStatus, RunsFilter
from watchbell.record.settings import Settings
from watchbell.record.snapshot import LocationSnapshot
from watchbell.record.tick import Tick, TickStatus
from watchbell.services import schedules
from watchbell.services.backfills import BackfillsLoop
from watchbell.services.catch_up import HOLD_SECONDS, QUEUED_RUNS_MAX, TICKS_BETWEEN_LOOKS
from watchbell.services.loop import Hint
from watchbell.services.queue import LocationReady
from watchbell.services.sensors import SensorsLoop
from watchbell.services.switch import change_state

JITTERED = AutomationPolicy(jitter_seconds=600)
OFFSET = jitter_offset(KEY, JITTERED).total_seconds() / 60
"""Of ``every_minute``, in minutes."""


def with_policy(policy: AutomationPolicy | Catchup, **fields: object) -> LocationSnapshot:
    policy = AutomationPolicy(policy) if isinstance(policy, Catchup) else policy
    return location(every_minute(policy=policy, **fields))


def after_downtime(policy: AutomationPolicy | Catchup, minutes: float, limit: int = 5) -> Schedules:
    rig = Schedules(snapshot=with_policy(policy), settings=Settings(max_catchup_runs=limit))
    rig.at(0.5)
    rig.restart()
    rig.at(minutes)
    return rig


def told(ticks: list[Tick]) -> list[tuple[float, str]]:
    return [((tick.tick_at - NOON).total_seconds() / 60, tick.status.value) for tick in ticks]


@pytest.mark.parametrize(
    ("catchup", "run"),
    [
        (Catchup.DEFAULT, [4, 5, 6]),
        (Catchup.NONE, [6]),
        (Catchup.LATEST, [6]),
        (Catchup.ALL, [1, 2, 3, 4, 5, 6]),
    ],
)
def test_after_downtime_each_time_runs_or_is_missed(catchup: Catchup, run: list[float]) -> None:
    rig = after_downtime(catchup, 6.5, limit=3)

    rig.settle(6.5)

    missed = [minute for minute in (1, 2, 3, 4, 5, 6) if minute not in run]
    assert told(rig.ticks(KEY)) == [*((minute, "MISSED") for minute in missed), *((each, "SUCCESS") for each in run)]


def test_latest_of_an_hourly_schedule_runs_hours_late() -> None:
    rig = Schedules(snapshot=with_policy(Catchup.LATEST, cron=("0 * * * *",)))
    rig.at(0.5)
    rig.restart()

    rig.at(60 * 5 + 40)

    assert minutes_of(rig.host.asked) == [300]


def test_a_missed_row_names_the_window() -> None:
    rig = after_downtime(AutomationPolicy(Catchup.ALL, catchup_window_seconds=120), 6)

    rig.settle(6)

    assert told(rig.ticks(KEY)) == [(1, "MISSED"), (2, "MISSED"), (3, "MISSED"), *((m, "SUCCESS") for m in (4, 5, 6))]
    assert rig.ticks(KEY)[0].skip_reason == ("missed, and older than what is caught up (catchup_window is 2 min 0 s)")


def test_what_grows_older_than_the_window_while_it_waits_for_its_turn_is_missed() -> None:
    rig = after_downtime(AutomationPolicy(Catchup.ALL, catchup_window_seconds=180), 4)

    rig.answer_all(6.5, None)  # the evaluation of the first minute took two and a half

    assert minutes_of(rig.host.asked) == [4]
    rig.settle(6.5)
    assert told(rig.ticks(KEY))[:4] == [(1, "SUCCESS"), (2, "MISSED"), (3, "MISSED"), (4, "SUCCESS")]


@pytest.mark.parametrize("before", Catchup)
@pytest.mark.parametrize("after", Catchup)
def test_a_change_of_policy_alone_fires_nothing_again_and_loses_nothing(before: Catchup, after: Catchup) -> None:
    rig = after_downtime(before, 6.5, limit=3)
    rig.settle(6.5)
    handled = [tick.tick_at for tick in rig.ticks(KEY)]

    rig.at(6.6, with_policy(AutomationPolicy(after, catchup_window_seconds=90)))
    assert rig.host.take() == []
    rig.at(7)
    rig.settle(7)

    assert [tick.tick_at for tick in rig.ticks(KEY)] == [*handled, NOON + timedelta(minutes=7)]


def test_a_change_of_policy_while_it_is_evaluated_counts_from_the_next_time_on() -> None:
    rig = after_downtime(Catchup.ALL, 6.5)
    rig.at(6.5, with_policy(Catchup.LATEST))

    rig.settle(6.5)

    assert told(rig.ticks(KEY)) == [(1, "SUCCESS"), *((each, "MISSED") for each in (2, 3, 4, 5)), (6, "SUCCESS")]


# ------------------------------------------------------------- in portions


def test_a_year_of_minutes_waits_while_many_of_its_runs_wait() -> None:
    rig = after_downtime(Catchup.ALL, 60 * 24 * 365 + 0.5)
    year = 60 * 24 * 365 + 0.5

    most = 0
    for _ in range(200):
        most = max(most, len(rig.host.asked))
        rig.answer_all(year, None)
    assert most == 1
    assert QUEUED_RUNS_MAX <= len(rig.runs()) <= QUEUED_RUNS_MAX + TICKS_BETWEEN_LOOKS
    queued = len(rig.runs())
    assert rig.at(year) == NOON + timedelta(minutes=year, seconds=HOLD_SECONDS)

    rig.store.cancel_runs(rig.runs()[:50], rig.clock.now())
    assert rig.store.count_runs(RunsFilter(statuses=[DagsterRunStatus.QUEUED])) == queued - 50
    rig.at(year + HOLD_SECONDS / 60)

    assert minutes_of(rig.host.asked) == [queued + 1]


def test_schedules_that_catch_up_do_not_go_before_one_that_is_on_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are and however fast they are answered: their times are always the older ones."""
    monkeypatch.setattr(schedules, "ASK_MAX", 1)
    behind = [every_minute(f"behind_{number}", policy=AutomationPolicy(Catchup.ALL)) for number in range(4)]
    rig = Schedules(
        snapshot=location(*behind, every_minute("on_time", cron=("40 13 * * *",))),
        settings=Settings(max_catchup_runs=0),
    )
    rig.at(0.5)
    rig.restart()

    asked: list[str] = []
    for _ in range(8):
        rig.answer_all(100, None)
        asked += [each.name for each in rig.host.asked]

    assert "on_time" in asked


def test_a_schedule_that_waits_for_its_queued_runs_does_not_wait_by_a_clock_that_was_set_back() -> None:
    rig = after_downtime(Catchup.ALL, 60 * 24 + 0.5)
    for _ in range(200):
        rig.answer_all(60 * 24 + 0.5, None)
    rig.store.cancel_runs(rig.runs(), rig.clock.now())

    rig.at(60 * 12)

    assert minutes_of(rig.host.asked) == [len(rig.runs()) + 1]


# ------------------------------------------------------------------ jitter


def test_with_jitter_the_nominal_time_is_kept_and_the_tick_comes_later() -> None:
    rig = Schedules(snapshot=with_policy(JITTERED, cron=("0 * * * *",)))

    assert rig.at(0.5) == NOON + timedelta(minutes=60 + OFFSET)
    rig.at(60 + OFFSET - 0.001)
    assert rig.host.asked == []
    rig.at(60 + OFFSET)
    rig.settle(60 + OFFSET)

    assert told(rig.ticks(KEY)) == [(60, "SUCCESS")]
    assert rig.ticks(KEY)[0].started_at == NOON + timedelta(minutes=60 + OFFSET)


def test_a_jitter_longer_than_the_interval_keeps_order_and_loses_none() -> None:
    assert OFFSET > 2
    rig = Schedules(snapshot=with_policy(AutomationPolicy(Catchup.NONE, jitter_seconds=600)))
    rig.at(0)

    for minute in range(1, 20):
        rig.settle(minute + OFFSET % 1)

    done = 19 - int(OFFSET)
    assert told(rig.ticks(KEY)) == [(minute, "SUCCESS") for minute in range(1, done + 1)]


def test_late_is_what_is_late_for_its_real_time() -> None:
    policy = AutomationPolicy(Catchup.NONE, jitter_seconds=600)
    rig = Schedules(snapshot=with_policy(policy, cron=("0 * * * *",)))
    rig.at(0.5)

    rig.at(60 + OFFSET + 0.9)
    rig.settle(60 + OFFSET + 0.9)
    rig.at(120 + OFFSET + 1.1)
    rig.settle(120 + OFFSET + 1.1)

    assert told(rig.ticks(KEY)) == [(60, "SUCCESS"), (120, "MISSED")]


@pytest.mark.parametrize(("before", "after"), [(600.0, 0.0), (0.0, 600.0), (600.0, 30.0)])
def test_another_jitter_fires_nothing_again_and_loses_nothing(before: float, after: float) -> None:
    """Not even with no catch-up, although a shorter one makes several times due at once."""
    rig = Schedules(snapshot=with_policy(AutomationPolicy(Catchup.NONE, jitter_seconds=before)))
    rig.at(0)
    for minute in range(1, 20):
        rig.settle(minute + OFFSET % 1)

    rig.at(19.99, with_policy(AutomationPolicy(Catchup.NONE, jitter_seconds=after)))
    rig.settle(19.99)
    last = (rig.ticks(KEY)[-1].tick_at - NOON).total_seconds() / 60
    for minute in range(20, 40):
        rig.settle(minute + OFFSET % 1)

    ticks = told(rig.ticks(KEY))
    assert ticks == [(minute, "SUCCESS") for minute in range(1, len(ticks) + 1)]
    assert last >= (19 if after == 0 else 8)
    assert len(ticks) == 39 - int(OFFSET if after == 600 else 0)


def test_a_shorter_jitter_makes_later_times_not_less_late() -> None:
    rig = Schedules(snapshot=with_policy(AutomationPolicy(Catchup.NONE, jitter_seconds=600), cron=("0 * * * *",)))
    rig.at(0.5)
    rig.settle(60 + OFFSET)

    rig.at(90, with_policy(AutomationPolicy(Catchup.NONE), cron=("0 * * * *",)))
    rig.at(121.5)
    rig.settle(121.5)

    assert told(rig.ticks(KEY)) == [(60, "SUCCESS"), (120, "MISSED")]


def test_another_cron_writes_down_what_jitter_held_back() -> None:
    rig = Schedules(snapshot=with_policy(JITTERED, cron=("0 * * * *",)))
    rig.at(0.5)

    rig.at(60.5, with_policy(JITTERED, cron=("30 * * * *",)))
    rig.settle(60.5)

    assert told(rig.ticks(KEY)) == [(60, "MISSED")]
    assert "cron" in str(rig.ticks(KEY)[0].skip_reason)
    assert rig.at(61) == NOON + timedelta(minutes=90 + OFFSET)


def test_what_jitter_held_back_when_it_was_turned_off_is_not_owed() -> None:
    rig = Schedules(snapshot=with_policy(JITTERED, cron=("0 * * * *",)))
    rig.at(0.5)
    rig.clock.set(NOON + timedelta(minutes=60.5))
    change_state(rig.store, KEY, stopped, rig.clock.now())
    change_state(rig.store, KEY, lambda state: started(state, rig.clock.now()), rig.clock.now())

    rig.at(60.6, Hint("states"))
    rig.at(60 + OFFSET)

    assert rig.host.asked == []
    assert rig.at(61 + OFFSET) == NOON + timedelta(minutes=120 + OFFSET)


# ------------------------------------------------------------- time limits


def test_an_evaluation_has_the_time_its_schedule_says_or_else_the_setting() -> None:
    snapshot = location(every_minute(), every_minute("slow", policy=AutomationPolicy(timeout_seconds=900)))
    rig = Schedules(snapshot=snapshot, settings=Settings(evaluation_timeout_seconds=45))
    rig.at(0.5)
    rig.at(1)

    limits = {each.name: (each.timeout_seconds, each.timeout_text) for each in rig.host.asked}
    assert limits == {
        "every_minute": (45, "45 seconds (setting evaluation_timeout_seconds)"),
        "slow": (900, "900 seconds (timeout_seconds of the schedule)"),
    }


def test_an_evaluation_has_the_time_its_sensor_says() -> None:
    rig = Rig()
    loop = SensorsLoop(rig.desk, location(sensor(policy=AutomationPolicy(timeout_seconds=2.5))), rig.queued)
    loop.step(NOON, ())

    (asked,) = rig.host.asked
    assert (asked.timeout_seconds, asked.timeout_text) == (2.5, "2.5 seconds (timeout_seconds of the sensor)")


def test_a_tick_that_timed_out_without_a_word_names_the_limit() -> None:
    rig = Schedules(snapshot=with_policy(AutomationPolicy(timeout_seconds=9)))
    rig.at(0.5)
    rig.at(1)

    rig.at(1.2, *(answer(each, outcome=Outcome.TIMED_OUT) for each in rig.host.take()))

    (tick,) = rig.ticks(KEY)
    assert tick.status is TickStatus.FAILURE
    assert tick.error is not None
    assert "after 9 seconds (timeout_seconds of the schedule)" in tick.error.message


@dataclass
class _Hands(Rig, Backfills):
    """People's hands on the store, and what the loop asked."""

    seen: list[Evaluation] = field(default_factory=list)


def backfilled(snapshot: LocationSnapshot) -> _Hands:
    """A backfill of three past minutes, evaluated and answered."""
    rig = _Hands()
    loop = BackfillsLoop(rig.desk, {LOCATION: rig.host}, rig.queued)
    rig.add_backfill(
        Backfill("b", (BackfillTarget("", LOCATION),), rig.clock.now(), schedule_name="every_minute"),
        [BackfillPart(number, scheduled_at=NOON - timedelta(days=number + 1)) for number in range(3)],
    )
    loop.step(rig.clock.now(), (Hint("backfills"), snapshot, LocationReady(LOCATION)))
    for _ in range(5):
        asked = rig.host.take()
        loop.step(rig.clock.now(), tuple(answer(each, None) for each in asked))
        rig.seen += asked
    return rig


def test_past_times_of_a_schedule_have_its_time_limit() -> None:
    rig = backfilled(with_policy(AutomationPolicy(timeout_seconds=7)))

    limits = {each.timeout_text for each in rig.seen}
    assert limits == {"7 seconds (timeout_seconds of the schedule)"}


def test_without_a_limit_of_its_own_past_times_have_that_of_the_settings() -> None:
    rig = backfilled(replace(with_policy(AutomationPolicy(timeout_seconds=7)), name="elsewhere"))

    limits = {each.timeout_text for each in rig.seen}
    assert limits == {"60 seconds (setting evaluation_timeout_seconds)"}


def test_past_times_that_somebody_asks_for_are_run_however_old_they_are() -> None:
    """Catch-up decides what becomes of times nobody chose to miss; a backfill is a choice, so no policy stops it."""
    rig = backfilled(with_policy(AutomationPolicy(Catchup.LATEST, catchup_window_seconds=60, jitter_seconds=600)))

    ticks = rig.ticks(schedule_key("every_minute"))
    assert [tick.status for tick in ticks] == [TickStatus.SUCCESS] * 3
    assert sorted(tick.tick_at for tick in ticks) == [NOON - timedelta(days=days) for days in (3, 2, 1)]
