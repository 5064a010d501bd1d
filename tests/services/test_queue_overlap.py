"""The queue and runs that wait for others of their schedule: handed out at once, and in nobody's way."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.services.fakes import LOCATION, NOON, schedule_key
from tests.services.test_queue import Queue
from watchbell.ground.errors import StoreLockedError
from watchbell.record.automation_policy import AutomationPolicy, Overlap
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry
from watchbell.record.run import DagsterRun, DagsterRunStatus
from watchbell.record.settings import Settings
from watchbell.record.tick import AutomationState, RunOrder, Tick, TickCommit, TickStatus
from watchbell.services.loop import Hint
from watchbell.services.queue import LocationReady, RunOver, RunsGoingOn

QUEUED, STARTING = DagsterRunStatus.QUEUED, DagsterRunStatus.STARTING


class Schedules(Queue):
    """A queue, and schedules that ask for runs."""

    def tick(
        self, minute: int, *run_ids: str, name: str = "daily", overlap: Overlap = Overlap.BUFFER_ONE, priority: int = 0
    ) -> Tick:
        moment = NOON + timedelta(minutes=minute)
        key = schedule_key(name)
        before = self.store.automation_state(key) or AutomationState(key)
        tags = {"dagster/schedule_name": name, ".dagster/scheduled_execution_time": moment.isoformat()}
        if priority:
            tags["dagster/priority"] = str(priority)
        runs = [DagsterRun("etl", each, status=QUEUED, tags=tags, location_name=LOCATION) for each in run_ids]
        done = Tick(moment, TickStatus.SUCCESS, moment, moment, run_ids)
        orders = tuple(map(RunOrder, runs))
        commit = TickCommit(
            before, replace(before, last_tick_at=moment), (done,), orders, policy=AutomationPolicy(overlap=overlap)
        )
        (committed,) = self.store.commit_ticks([commit], self.lease, moment)
        return committed.ticks[0]

    def end(self, run_id: str) -> RunOver:
        """The run's process has said that it ended well; what the monitor tells then."""
        event = DagsterEvent(DagsterEventType.RUN_SUCCESS, "etl")
        record = self.store.run_record(run_id)
        assert record is not None
        self.store.append([EventLogEntry(run_id, self.clock.now().timestamp(), dagster_event=event)])
        return RunOver(run_id, record.dagster_run.attempt)


def roomy(max_concurrent_runs: int = 10) -> Schedules:
    return Schedules(settings=Settings(max_concurrent_runs=max_concurrent_runs))


def test_a_buffered_run_starts_in_the_step_in_which_the_earlier_one_is_over() -> None:
    rig = roomy()
    rig.ready()
    rig.tick(1, "a")
    rig.tick(2, "b")
    rig.at(1, Hint("runs"))
    assert rig.started() == ["a"]

    rig.at(2, Hint("runs"))
    assert rig.started() == []
    rig.at(3, rig.end("a"))
    assert rig.started() == ["b"]


def test_it_waits_for_every_run_of_the_earlier_time_and_starts_as_one() -> None:
    rig = roomy()
    rig.ready()
    rig.tick(1, "a1", "a2", "a3")
    rig.tick(2, "b1", "b2")
    rig.at(1, Hint("runs"))
    rig.started()

    for number, run_id in enumerate(("a2", "a1"), 2):
        rig.at(number, rig.end(run_id))
        assert rig.started() == []
    rig.at(4, rig.end("a3"))
    assert rig.started() == ["b1", "b2"]


def test_waiting_runs_take_no_room_and_hold_up_nobody() -> None:
    rig = roomy(2)
    rig.ready()
    rig.tick(1, "a")
    rig.tick(2, *[f"b{number}" for number in range(120)])
    rig.queue("other", "another")

    rig.at(1, Hint("runs"))
    while rig.at(1) == rig.clock.now():
        pass

    assert rig.started() == ["a", "other"]
    rig.at(2, RunOver("other", 1))
    assert rig.started() == ["another"]


def test_a_waiting_run_keeps_its_place_in_the_line() -> None:
    rig = roomy(1)
    rig.ready()
    rig.tick(1, "a")
    rig.tick(2, "b")
    rig.queue("later")
    rig.at(1, Hint("runs"))
    assert rig.started() == ["a"]

    rig.at(2, rig.end("a"))
    assert rig.started() == ["b"]


def test_after_a_restart_the_same_runs_wait_and_start() -> None:
    rig = roomy()
    rig.tick(1, "a")
    rig.tick(2, "b1", "b2")
    rig.ready()
    assert rig.started() == ["a"]
    again = roomy()
    again.store, again.lease, again.desk = rig.store, rig.lease, rig.desk
    again.launcher = rig.launcher
    again.loop = type(rig.loop)(rig.desk, {LOCATION: rig.launcher.start})

    again.at(1, RunsGoingOn({"a": 1}), LocationReady(LOCATION))
    assert again.started() == []
    again.at(2, again.end("a"))
    assert again.started() == ["b1", "b2"]


@pytest.mark.parametrize("how", ["canceled", "deleted"])
def test_a_run_taken_away_by_hand_frees_those_behind_it_with_the_next_hint(how: str) -> None:
    rig = roomy(1)
    rig.ready()
    rig.queue("busy")
    rig.tick(1, "a")
    rig.tick(2, "b")
    rig.at(1, Hint("runs"))
    rig.at(2, Hint("runs"))
    assert rig.started() == ["busy"]
    rig.at(3, RunOver("busy", 1))
    assert rig.started() == ["a"]

    if how == "canceled":
        rig.store.request_cancel("a", rig.clock.now())
    else:
        rig.store.delete_run("a")
    rig.at(4, Hint("runs"), RunOver("a", 1))
    assert rig.started() == ["b"]


def test_a_lost_hint_is_made_up_for() -> None:
    rig = roomy()
    rig.tick(1, "a")
    rig.tick(2, "b")
    rig.ready()
    rig.started()
    rig.store.delete_run("a")

    assert rig.at(9) is not None
    assert rig.started() == []
    rig.at(11)
    assert rig.started() == ["b"]


def test_a_waiting_run_that_is_canceled_never_starts() -> None:
    rig = roomy()
    rig.tick(1, "a")
    rig.tick(2, "b1", "b2")
    rig.ready()
    rig.started()
    rig.store.request_cancel("b1", rig.clock.now())

    rig.at(1, rig.end("a"))

    assert rig.started() == ["b2"]


def test_each_schedule_waits_for_itself() -> None:
    rig = roomy()
    for name in ("x", "y"):
        rig.tick(1, f"{name}1", name=name)
        rig.tick(2, f"{name}2", name=name)
    rig.ready()
    assert rig.started() == ["x1", "y1"]

    rig.at(1, rig.end("y1"))
    assert rig.started() == ["y2"]
    rig.at(2, rig.end("x1"))
    assert rig.started() == ["x2"]


def test_a_run_whose_process_is_replaced_still_holds_others_back() -> None:
    rig = roomy()
    rig.tick(1, "a")
    rig.tick(2, "b")
    rig.ready()
    rig.started()
    rig.store.hand_back_run("a", 1, rig.clock.now())

    rig.at(1, RunOver("a", 1, is_queued_again=True))

    assert rig.started() == ["a"]
    assert rig.status("b") is QUEUED


def test_a_store_that_is_locked_for_a_moment_loses_no_waiting_run() -> None:
    rig = roomy()
    rig.tick(1, "a")
    rig.tick(2, "b")
    rig.queue("other")
    overlap_waits = rig.store.overlap_waits

    def locked(*_: object) -> None:
        raise StoreLockedError("locked", location="here")

    rig.store.overlap_waits = locked  # type: ignore[method-assign, assignment]
    with pytest.raises(StoreLockedError):
        rig.ready()
    assert rig.started() == ["a", "other"]
    rig.store.overlap_waits = overlap_waits  # type: ignore[method-assign]
    rig.at(1)
    assert rig.started() == []
    rig.at(2, rig.end("a"))
    assert rig.started() == ["b"]


def test_a_run_of_a_schedule_that_waits_costs_no_question_while_nothing_happens() -> None:
    rig = roomy()
    rig.tick(1, "a")
    rig.tick(2, "b")
    rig.ready()
    rig.started()
    asked: list[object] = []
    overlap_waits = rig.store.overlap_waits

    def counted(run_ids: list[str]) -> object:
        asked.append(run_ids)
        return overlap_waits(run_ids)

    rig.store.overlap_waits = counted  # type: ignore[method-assign, assignment]
    rig.queue("other")
    rig.at(1, Hint("runs"))
    rig.at(2, RunOver("other", 1))

    assert asked == []
    rig.at(3, rig.end("a"))
    assert asked == [["b"]]
