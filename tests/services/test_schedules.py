"""The loop of the schedules, stepped by hand on a real store in memory."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.services.fakes import NOON, Rig, answer, every_minute, location, schedule_key
from watchbell.automate.switch import started, stopped
from watchbell.ground.errors import LeaseLostError, StoreLockedError
from watchbell.record.evaluation import Evaluation, Outcome
from watchbell.record.settings import Settings
from watchbell.record.snapshot import LocationSnapshot, ScheduleSnapshot
from watchbell.record.tick import AutomationStatus, TickStatus
from watchbell.services.loop import Hint
from watchbell.services.schedules import SchedulesLoop
from watchbell.services.switch import change_state

KEY = schedule_key("every_minute")


@dataclass
class Schedules(Rig):
    """The loop on its rig."""

    snapshot: LocationSnapshot = field(default_factory=lambda: location(every_minute()))

    def __post_init__(self) -> None:
        super().__post_init__()
        self.loop = SchedulesLoop(self.desk, self.snapshot, self.queued)

    def at(self, minutes: float, *messages: object) -> datetime | None:
        """A step so many minutes after noon."""
        self.clock.set(NOON + timedelta(minutes=minutes))
        return self.loop.step(self.clock.now(), messages)

    def restart(self, snapshot: LocationSnapshot | None = None) -> None:
        """A new service on the same store."""
        self.snapshot = snapshot or self.snapshot
        self.host.asked.clear()
        self.loop = SchedulesLoop(self.desk, self.snapshot, self.queued)

    def settle(self, minutes: float) -> None:
        """Steps and answers until nothing is due any more."""
        for _ in range(100):
            next_at = self.at(minutes, *(answer(each, None) for each in self.host.take()))
            if not self.host.asked and (next_at is None or next_at > self.clock.now()):
                return
        raise AssertionError("the loop does not come to rest")

    def answer_all(self, minutes: float, *keys: str | None) -> datetime | None:
        return self.at(minutes, *(answer(each, *keys) for each in self.host.take()))


def minutes_of(evaluations: list[Evaluation]) -> list[float]:
    return [(each.scheduled_at - NOON).total_seconds() / 60 for each in evaluations if each.scheduled_at]


def test_a_schedule_is_asked_at_its_time_and_its_run_is_stored_with_the_tick() -> None:
    rig = Schedules()
    assert rig.at(0.5) == NOON + timedelta(minutes=1)
    assert rig.host.take() == []

    rig.at(1)
    (asked,) = rig.host.asked
    rig.answer_all(1.01, None)

    (tick,) = rig.ticks(KEY)
    assert asked.scheduled_at == NOON + timedelta(minutes=1)
    assert (tick.status, tick.tick_at, tick.run_ids) == (TickStatus.SUCCESS, asked.scheduled_at, ("run-1",))
    assert rig.runs() == ["run-1"]
    assert rig.runs_queued == 1


def test_the_first_time_is_after_the_start_never_before() -> None:
    rig = Schedules()

    rig.at(0.999)
    rig.at(0.9999)

    assert rig.host.asked == []


def test_after_a_commit_the_loop_sleeps_until_the_next_time() -> None:
    rig = Schedules()
    rig.at(0.5)
    rig.at(1)

    assert rig.at(1.001) is None  # nothing to do until the answer comes
    assert rig.answer_all(1.002) == NOON + timedelta(minutes=2)


def test_a_stopped_schedule_is_not_asked() -> None:
    rig = Schedules(snapshot=location(every_minute(running_by_default=False)))

    assert rig.at(0.5) is None
    assert rig.at(5) is None
    assert rig.host.asked == []


def test_a_start_by_hand_is_heard_and_owes_nothing_for_before() -> None:
    rig = Schedules(snapshot=location(every_minute(running_by_default=False)))
    rig.at(0)
    rig.clock.set(NOON + timedelta(minutes=10.5))
    change_state(rig.store, KEY, lambda state: started(state, rig.clock.now()), rig.clock.now())

    rig.at(10.6, Hint("states"))
    rig.at(11)

    assert minutes_of(rig.host.asked) == [11]


def test_a_stop_by_hand_is_heard() -> None:
    rig = Schedules()
    rig.at(0.5)
    change_state(rig.store, KEY, stopped, rig.clock.now())

    rig.at(0.9, Hint("states"))
    rig.at(1)

    assert rig.host.asked == []


def test_a_stop_while_it_is_evaluated_keeps_the_tick_and_the_stop() -> None:
    rig = Schedules()
    rig.at(0.5)
    rig.at(1)
    change_state(rig.store, KEY, stopped, rig.clock.now())

    rig.answer_all(1.01, None)
    rig.at(2)

    assert len(rig.ticks(KEY)) == 1
    assert rig.state(KEY).status == AutomationStatus.STOPPED
    assert rig.host.asked == []


def test_after_downtime_the_newest_five_run_one_after_the_other_and_older_ones_are_missed() -> None:
    rig = Schedules()
    rig.at(0.5)
    rig.restart()

    seen: list[float] = []
    rig.at(8.5)
    while rig.host.asked:
        seen += minutes_of(rig.host.asked)
        rig.answer_all(8.5, None)
        rig.at(8.5)

    assert seen == [4, 5, 6, 7, 8]
    assert [tick.status.value for tick in rig.ticks(KEY)] == ["MISSED"] * 3 + ["SUCCESS"] * 5
    assert len(rig.runs()) == 5


def test_with_no_catch_up_late_times_are_missed_without_an_evaluation() -> None:
    rig = Schedules(settings=Settings(max_catchup_runs=0), snapshot=location(every_minute(cron=("*/10 * * * *",))))
    rig.at(0.5)
    rig.restart()

    rig.at(25)
    rig.at(25)

    assert rig.host.asked == []
    assert [tick.tick_at for tick in rig.ticks(KEY)] == [NOON + timedelta(minutes=10), NOON + timedelta(minutes=20)]
    assert rig.at(25.1) == NOON + timedelta(minutes=30)


def test_a_clock_that_goes_back_fires_nothing_twice_and_the_loop_waits_for_it() -> None:
    rig = Schedules()
    rig.at(0.5)
    for minute in (1, 2, 3):
        rig.at(minute)
        rig.answer_all(minute + 0.01, None)

    rig.at(-30)
    rig.at(2)
    assert rig.host.asked == []

    rig.at(4)
    assert minutes_of(rig.host.asked) == [4]


def test_a_failed_evaluation_takes_its_time_and_the_next_one_comes() -> None:
    rig = Schedules()
    rig.at(0.5)
    rig.at(1)
    rig.at(1.1, *(answer(each, outcome=Outcome.RAISED) for each in rig.host.take()))
    rig.at(2)

    assert rig.ticks(KEY)[0].status == TickStatus.FAILURE
    assert minutes_of(rig.host.asked) == [2]


def test_a_schedule_that_kills_its_process_is_quarantined_until_it_is_started_again() -> None:
    rig = Schedules()
    rig.at(0.5)
    for minute in (1, 2, 3):
        rig.at(minute)
        rig.at(minute + 0.1, *(answer(each, outcome=Outcome.KILLED) for each in rig.host.take()))

    rig.at(4)
    assert rig.host.asked == []
    assert rig.state(KEY).quarantine_reason is not None

    rig.clock.set(NOON + timedelta(minutes=4.5))
    change_state(rig.store, KEY, lambda state: started(state, rig.clock.now()), rig.clock.now())
    rig.at(4.6, Hint("states"))
    rig.at(5)
    assert minutes_of(rig.host.asked) == [5]


def test_answers_that_come_together_are_one_transaction() -> None:
    rig = Schedules(snapshot=location(*(every_minute(f"s{number}") for number in range(30))))
    rig.at(0.5)
    rig.at(1)
    calls = counting(rig)

    rig.answer_all(1.1, None)

    assert calls == [30]
    assert len(rig.runs()) == 30


def counting(rig: Schedules) -> list[int]:
    """From now on, the sizes of the transactions."""
    calls: list[int] = []
    commit_ticks = rig.store.commit_ticks

    def counted(commits, lease, now):  # type: ignore[no-untyped-def]
        calls.append(len(commits))
        return commit_ticks(commits, lease, now)

    rig.store.commit_ticks = counted  # type: ignore[method-assign]
    return calls


def test_a_locked_store_loses_nothing() -> None:
    rig = Schedules()
    rig.at(0.5)
    rig.at(1)
    commit_ticks = rig.store.commit_ticks

    def locked(commits, lease, now):  # type: ignore[no-untyped-def]
        raise StoreLockedError("busy", location="memory")

    rig.store.commit_ticks = locked  # type: ignore[method-assign]
    with pytest.raises(StoreLockedError):
        rig.answer_all(1.1, None)
    rig.store.commit_ticks = commit_ticks  # type: ignore[method-assign]
    rig.at(1.2)

    assert len(rig.ticks(KEY)) == len(rig.runs()) == 1


def test_a_commit_that_was_stored_although_it_raised_is_not_stored_twice() -> None:
    rig = Schedules()
    rig.at(0.5)
    rig.at(1)
    commit_ticks = rig.store.commit_ticks

    def stored_but_raised(commits, lease, now):  # type: ignore[no-untyped-def]
        commit_ticks(commits, lease, now)
        raise StoreLockedError("who knows", location="memory")

    rig.store.commit_ticks = stored_but_raised  # type: ignore[method-assign]
    with pytest.raises(StoreLockedError):
        rig.answer_all(1.1, None)
    rig.store.commit_ticks = commit_ticks  # type: ignore[method-assign]
    rig.at(1.2)
    rig.at(2)

    assert len(rig.ticks(KEY)) == len(rig.runs()) == 1
    assert minutes_of(rig.host.asked) == [2]


def test_a_tick_that_cannot_be_stored_fails_alone() -> None:
    rig = Schedules(snapshot=location(every_minute("good"), every_minute("bad")))
    rig.at(0.5)
    rig.at(1)
    good, bad = sorted(rig.host.take(), key=lambda each: each.name != "good")
    broken = replace(
        answer(bad, None), run_requests=(replace(answer(bad, None).run_requests[0], job_name="x" * 2_000),)
    )

    rig.at(1.1, answer(good, None), broken)

    assert rig.ticks(schedule_key("good"))[0].status == TickStatus.SUCCESS
    assert rig.ticks(schedule_key("bad"))[0].status == TickStatus.FAILURE
    assert len(rig.runs()) == 1


def test_a_lost_lease_ends_the_step_and_nothing_is_written() -> None:
    rig = Schedules()
    rig.at(0.5)
    rig.at(1)
    rig.store.release_lease(rig.lease)
    assert rig.store.acquire_lease("daemon", "another", rig.clock.now(), 15) is not None

    with pytest.raises(LeaseLostError):
        rig.answer_all(1.1, None)

    assert rig.runs() == []


# ------------------------------------------------------------------ new code


def test_a_new_schedule_in_new_code_takes_effect_then() -> None:
    rig = Schedules()
    rig.at(0.5)

    rig.at(10.5, location(every_minute(), every_minute("late")))
    rig.host.take()
    rig.at(11)

    assert {each.name for each in rig.host.asked} == {"late"}  # the other one still waits for its answer of before


def test_a_reload_that_changes_nothing_of_a_schedule_leaves_its_time() -> None:
    rig = Schedules()
    rig.at(0.5)
    rig.at(0.9, location(every_minute(description="new words")))
    rig.at(1)

    assert minutes_of(rig.host.asked) == [1]


def test_a_time_that_is_due_while_the_code_changes_its_cron_is_still_taken() -> None:
    rig = Schedules()
    rig.at(0.5)

    rig.at(1, location(every_minute(cron=("*/5 * * * *",))))
    rig.answer_all(1.1, None)
    for minute in (2, 3, 4, 5):
        rig.at(minute)

    assert [tick.tick_at for tick in rig.ticks(KEY)] == [NOON + timedelta(minutes=1)]
    assert minutes_of(rig.host.asked) == [5]


def test_times_owed_by_the_old_cron_are_written_down_as_missed() -> None:
    rig = Schedules()
    rig.at(0.5)

    rig.restart(location(every_minute(cron=("30 * * * *",))))
    rig.at(2.5)

    assert [tick.status for tick in rig.ticks(KEY)] == [TickStatus.MISSED] * 2
    assert rig.state(KEY).effective_at == NOON + timedelta(minutes=2.5)


def test_a_schedule_that_is_gone_for_a_while_owes_nothing() -> None:
    rig = Schedules()
    rig.at(0.5)
    rig.at(1.5, location())
    rig.at(1.6, *(answer(each) for each in rig.host.take()))

    rig.at(10.5, location(every_minute()))
    rig.at(10.6)
    rig.at(11)

    assert minutes_of(rig.host.asked) == [11]
    assert TickStatus.MISSED not in {tick.status for tick in rig.ticks(KEY)}


def test_an_answer_for_a_schedule_that_is_gone_is_still_stored() -> None:
    rig = Schedules()
    rig.at(0.5)
    rig.at(1)
    rig.at(1.1, location())

    rig.answer_all(1.2, None)

    assert len(rig.ticks(KEY)) == len(rig.runs()) == 1


def test_a_schedule_that_comes_back_while_its_last_answer_is_on_its_way_goes_on() -> None:
    rig = Schedules()
    rig.at(0.5)
    rig.at(1)
    rig.at(1.1, location())
    rig.at(1.2, location(every_minute()))
    rig.answer_all(1.3, None)
    rig.settle(1.4)

    rig.settle(2)
    rig.settle(3)

    assert [tick.tick_at for tick in rig.ticks(KEY)] == [NOON + timedelta(minutes=minute) for minute in (1, 2, 3)]
    assert len(rig.runs()) == 3


def test_a_schedule_that_comes_back_together_with_its_last_answer_goes_on() -> None:
    rig = Schedules()
    rig.at(0.5)
    rig.at(1)
    rig.at(1.1, location())

    rig.at(1.2, location(every_minute()), *(answer(each, None) for each in rig.host.take()))
    rig.settle(2)
    rig.settle(3)

    assert [tick.tick_at for tick in rig.ticks(KEY)] == [NOON + timedelta(minutes=minute) for minute in (1, 2, 3)]


def test_a_schedule_that_ticked_in_the_future_can_be_started_again() -> None:
    rig = Schedules()
    rig.at(0.5)
    rig.settle(60 * 24 * 365)  # somebody set the clock a year ahead
    rig.settle(1)
    before = len(rig.ticks(KEY))

    change_state(rig.store, KEY, lambda state: started(state, rig.clock.now()), rig.clock.now())
    rig.at(1.5, Hint("states"))
    rig.settle(2)

    assert len(rig.ticks(KEY)) == before + 1
    assert rig.ticks(KEY)[-1].tick_at == NOON + timedelta(minutes=2)


def test_a_clock_that_was_set_back_while_the_service_works_is_told(caplog: pytest.LogCaptureFixture) -> None:
    rig = Schedules()
    rig.at(59.5)
    rig.settle(60)
    rig.at(1)

    assert "the clock was set back" in caplog.text


def test_a_cron_this_version_cannot_read_leaves_out_that_schedule_alone() -> None:
    rig = Schedules(
        snapshot=location(ScheduleSnapshot("odd", ("every now and then",), running_by_default=True), every_minute())
    )

    rig.at(0.5)
    rig.at(1)

    assert [each.name for each in rig.host.asked] == ["every_minute"]


# ------------------------------------------------------------------- figures


def test_five_thousand_schedules_begin_with_one_read_and_few_transactions() -> None:
    rig = Schedules(snapshot=location(*(every_minute(f"s{number}") for number in range(5_000))))
    calls = counting(rig)

    rig.at(0.5)

    assert sum(calls) == 5_000
    assert len(calls) <= 5
    rig.restart()
    calls.clear()
    rig.at(0.6)
    assert calls == []


def test_a_quiet_step_touches_neither_store_nor_host() -> None:
    rig = Schedules(snapshot=location(*(every_minute(f"s{number}") for number in range(100))))
    rig.at(0.5)
    rig.store.close()

    assert rig.at(0.6) == rig.at(0.7) == NOON + timedelta(minutes=1)


# ---------------------------------------------------------------- the model

acts = st.lists(
    st.one_of(
        st.tuples(st.just("pass"), st.integers(1, 600)),
        st.tuples(st.just("down"), st.integers(1, 3_000)),
        st.tuples(st.just("back"), st.integers(1, 600)),
        st.tuples(st.just("stop"), st.integers(0, 200)),
        st.tuples(st.just("start"), st.integers(0, 200)),
        st.tuples(st.just("crash"), st.integers(0, 200)),
    ),
    max_size=12,
)


@given(acts)
@example([("pass", 30), ("back", 61), ("start", 0), ("pass", 10)])
def test_over_any_history_every_due_time_is_handled_exactly_once(history: list[tuple[str, int]]) -> None:
    """The model: seconds pass one by one, and each minute that begins while the schedule is on is due, once.

    ``down``: time passes without a service; ``back``: the clock is set back; ``crash``: the service dies with answers
    unwritten and another one starts at once.
    """
    rig = Schedules(snapshot=location(every_minute()))
    second, effective, last = 30, 30, -100_000  # seconds after noon; nothing up to the later of the two is due
    status = "declared"
    expected: set[int] = set()

    rig.settle(second / 60)
    for act, seconds in history:
        match act:
            case "crash":
                rig.at(second / 60)
                rig.restart()
            case "stop":
                change_state(rig.store, KEY, stopped, rig.clock.now())
                rig.at(second / 60, Hint("states"))
                status = "stopped"
            case "start":
                change_state(rig.store, KEY, lambda state: started(state, rig.clock.now()), rig.clock.now())
                rig.at(second / 60, Hint("states"))
                is_ahead = last > second  # it ticked under a clock that was wrong, and goes on from now
                effective = effective if status == "running" and not is_ahead else second
                last = -100_000 if is_ahead else last
                status = "running"
            case "back":
                second -= seconds
            case "down":
                second += seconds
                rig.restart()
            case _:
                for _ in range(seconds // 10):
                    second += 10
                    rig.settle(second / 60)
        rig.settle(second / 60)
        due = range(max(effective, last) // 60 + 1, second // 60 + 1)
        if status != "stopped" and due:
            expected |= set(due)
            last = due[-1] * 60
    ticks = rig.ticks(KEY)
    handled = [round((tick.tick_at - NOON).total_seconds() / 60) for tick in ticks]
    assert len(handled) == len(set(handled))
    assert set(handled) == expected
    assert len(rig.runs()) == sum(tick.status is TickStatus.SUCCESS for tick in ticks)
    assert all(tick.tick_at.tzinfo is UTC for tick in ticks)
