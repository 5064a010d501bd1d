"""The loop of the run queue, stepped by hand on a real store in memory."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from tests.services.fakes import LOCATION, NOON, FakeLauncher, Rig
from watchbell.ground.errors import LeaseLostError, StoreLockedError
from watchbell.record.backfill import Backfill, BackfillCommit, BackfillPart, BackfillStatus, BackfillTarget
from watchbell.record.event import DagsterEventType
from watchbell.record.query import EventQuery
from watchbell.record.run import DagsterRun, DagsterRunStatus
from watchbell.record.settings import Settings
from watchbell.services.loop import Hint
from watchbell.services.queue import LocationReady, QueueLoop, RunOver, RunsGoingOn


@dataclass
class Queue(Rig):
    """The loop on its rig, with the monitor's first word said."""

    launcher: FakeLauncher = field(default_factory=FakeLauncher)
    settings: Settings = field(default_factory=lambda: Settings(max_concurrent_runs=2))
    age: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        self.loop = QueueLoop(self.desk, {LOCATION: self.launcher.start})

    def ready(self) -> None:
        self.at(0, RunsGoingOn({}), LocationReady(LOCATION))

    def at(self, seconds: float, *messages: object) -> datetime | None:
        self.clock.set(NOON + timedelta(seconds=seconds))
        return self.loop.step(self.clock.now(), messages)

    def queue(self, *run_ids: str, priority: int = 0, location_name: str | None = LOCATION) -> None:
        tags = {"dagster/priority": str(priority)} if priority else {}
        status = DagsterRunStatus.QUEUED
        runs = [DagsterRun("etl", each, status=status, tags=tags, location_name=location_name) for each in run_ids]
        self.store.add_runs(runs, self.clock.now())

    def started(self) -> list[str]:
        started, self.launcher.started = self.launcher.started, []
        return [each.run_id for each in started]

    def status(self, run_id: str) -> DagsterRunStatus:
        record = self.store.run_record(run_id)
        assert record is not None
        return record.dagster_run.status


def test_a_queued_run_is_handed_out_and_started() -> None:
    rig = Queue()
    rig.ready()
    rig.queue("a")

    rig.at(1, Hint("runs"))

    assert [(start.run_id, start.attempt) for start in rig.launcher.started] == [("a", 1)]
    assert rig.status("a") == DagsterRunStatus.STARTING


def test_what_was_queued_before_the_service_began_is_started() -> None:
    rig = Queue()
    rig.queue("a")
    rig.ready()

    assert rig.started() == ["a"]


def test_no_more_go_on_at_once_than_set() -> None:
    rig = Queue()
    rig.queue("a", "b", "c", "d")
    rig.ready()
    assert rig.started() == ["a", "b"]

    rig.at(1, Hint("runs"))
    assert rig.started() == []
    rig.at(2, RunOver("b", 1))
    assert rig.started() == ["c"]


def test_a_higher_priority_goes_first() -> None:
    rig = Queue()
    rig.queue("a", "b", "c")
    rig.queue("urgent", priority=5)
    rig.ready()

    assert rig.started() == ["urgent", "a"]


def test_nothing_starts_before_the_monitor_has_looked() -> None:
    rig = Queue()
    rig.queue("a")

    assert rig.at(0, LocationReady(LOCATION)) is None
    assert rig.started() == []


def test_runs_that_go_on_from_before_take_their_place() -> None:
    rig = Queue()
    rig.queue("c", "d")

    rig.at(0, RunsGoingOn({"a": 1, "b": 3}), LocationReady(LOCATION))
    assert rig.started() == []
    rig.at(1, RunOver("b", 3))

    assert rig.started() == ["c"]


def test_an_end_told_before_the_monitors_first_word_counts() -> None:
    rig = Queue()
    rig.queue("c", "d")

    rig.at(0, RunOver("a", 1), RunsGoingOn({"a": 1}), LocationReady(LOCATION))

    assert rig.started() == ["c", "d"]


def test_the_end_of_an_older_attempt_told_before_the_monitors_first_word_frees_no_place() -> None:
    rig = Queue(settings=Settings(max_concurrent_runs=1))
    rig.queue("a")

    rig.at(0, RunOver("x", 1), RunsGoingOn({"x": 2}), LocationReady(LOCATION))

    assert rig.started() == []


def test_the_end_of_an_older_attempt_frees_no_place() -> None:
    rig = Queue()
    rig.queue("c", "d")

    rig.at(0, RunsGoingOn({"a": 2, "b": 1}), RunOver("a", 1), LocationReady(LOCATION))

    assert rig.started() == []


def test_a_run_that_was_handed_back_is_started_with_a_new_attempt() -> None:
    rig = Queue()
    rig.queue("a")
    rig.ready()
    rig.store.hand_back_run("a", 1, rig.clock.now())

    rig.at(1, RunOver("a", 1, is_queued_again=True))

    assert [(start.run_id, start.attempt) for start in rig.launcher.started] == [("a", 1), ("a", 2)]


def test_a_run_canceled_while_it_waited_is_passed_over() -> None:
    rig = Queue()
    rig.queue("a", "b", "c")
    rig.store.request_cancel("a", rig.clock.now())
    rig.at(0, RunsGoingOn({}), LocationReady(LOCATION))

    assert rig.started() == ["b", "c"]


def test_a_run_canceled_after_it_was_read_is_passed_over_and_the_next_one_starts() -> None:
    rig = Queue(settings=Settings(max_concurrent_runs=1))
    rig.queue("a", "b", "c")
    rig.ready()
    rig.store.request_cancel("b", rig.clock.now())

    next_at = rig.at(1, RunOver("a", 1))
    assert next_at == rig.clock.now()
    rig.at(1)

    assert rig.started() == ["a", "c"]


def test_runs_of_a_location_wait_until_it_is_ready_and_of_others_for_their_own_service() -> None:
    rig = Queue()
    rig.queue("a", location_name="elsewhere")
    rig.queue("b")
    rig.at(0, RunsGoingOn({}))
    assert rig.started() == []

    rig.at(1, LocationReady(LOCATION))

    assert rig.started() == ["b"]
    assert rig.status("a") == DagsterRunStatus.QUEUED


def test_a_run_of_no_location_goes_to_the_only_one() -> None:
    rig = Queue()
    rig.queue("a", location_name=None)
    rig.ready()

    assert rig.started() == ["a"]


def test_a_run_without_a_hint_is_found_by_the_slow_look() -> None:
    rig = Queue()
    rig.ready()
    rig.queue("a")

    rig.at(5)
    assert rig.started() == []
    rig.at(10)
    assert rig.started() == ["a"]


def test_a_long_queue_is_read_once() -> None:
    rig = Queue(settings=Settings(max_concurrent_runs=1))
    rig.queue(*(f"r{number:04}" for number in range(2_500)))
    rig.ready()
    reads: list[int] = []
    run_records = rig.store.run_records

    def counted(*args, **kwargs):  # type: ignore[no-untyped-def]
        found = run_records(*args, **kwargs)
        reads.append(len(found))
        return found

    rig.store.run_records = counted  # type: ignore[method-assign]
    rig.queue("new")
    rig.at(1, Hint("runs"), RunOver("r0000", 1))

    assert sum(reads) == 1
    assert rig.started() == ["r0000", "r0001"]


def test_a_locked_store_loses_no_run() -> None:
    rig = Queue()
    hand_out_runs = rig.store.hand_out_runs

    def locked(*args):  # type: ignore[no-untyped-def]
        raise StoreLockedError("busy", location="memory")

    rig.store.hand_out_runs = locked  # type: ignore[method-assign]
    rig.queue("a", "b", "c")
    with pytest.raises(StoreLockedError):
        rig.ready()
    rig.store.hand_out_runs = hand_out_runs  # type: ignore[method-assign]
    rig.at(1)

    assert rig.started() == ["a", "b"]


def test_without_the_lease_nothing_starts() -> None:
    rig = Queue()
    rig.queue("a")
    rig.store.release_lease(rig.lease)
    rig.store.acquire_lease("daemon", "another", rig.clock.now(), 15)

    with pytest.raises(LeaseLostError):
        rig.ready()

    assert rig.status("a") == DagsterRunStatus.QUEUED
    assert rig.launcher.started == []


def test_each_hand_out_is_in_the_runs_log() -> None:
    rig = Queue()
    rig.queue("a")
    rig.ready()

    kinds = [event.dagster_event_type for event in rig.store.events(EventQuery(run_id="a"))]
    assert kinds == [DagsterEventType.RUN_ENQUEUED, DagsterEventType.RUN_DEQUEUED, DagsterEventType.RUN_STARTING]


def test_runs_queued_after_the_newest_one_was_deleted_start_at_once() -> None:
    rig = Queue()
    rig.ready()
    rig.queue("a")
    rig.at(1, Hint("runs"))
    rig.at(2, RunOver("a", 1))
    rig.store.delete_run("a")
    rig.queue("b")

    rig.at(3, Hint("runs"))

    assert rig.started() == ["a", "b"]


def test_runs_canceled_while_they_waited_do_not_hide_others_from_the_slow_look() -> None:
    rig = Queue()
    rig.at(0, RunsGoingOn({"x": 1, "y": 1}), LocationReady(LOCATION))
    rig.queue("a", "b", "c")
    rig.at(1, Hint("runs"))
    for run_id in ("a", "b"):
        rig.store.request_cancel(run_id, rig.clock.now())
    assert rig.store.hand_out_runs(["c"], rig.lease, rig.clock.now())
    assert rig.store.hand_back_run("c", 1, rig.clock.now())
    rig.store.delete_run("c")
    rig.queue("d")  # a hint nobody heard

    rig.at(12)
    rig.at(13, RunOver("x", 1))

    assert rig.started() == ["d"]


def of_backfill(rig: Queue, backfill_id: str, *run_ids: str) -> None:
    tags = {"dagster/backfill": backfill_id}
    runs = [
        DagsterRun("etl", each, status=DagsterRunStatus.QUEUED, tags=tags, location_name=LOCATION) for each in run_ids
    ]
    rig.store.add_runs(runs, rig.clock.now())


def set_status(rig: Queue, status: BackfillStatus) -> None:
    backfill = rig.store.backfill("b")
    if backfill is None:
        made = Backfill("b", (BackfillTarget("etl", LOCATION),), NOON)
        backfill = rig.store.add_backfill(made, [BackfillPart(0)])
    assert rig.store.commit_backfill(BackfillCommit(backfill, replace(backfill, status=status)), None, NOON)


def test_queued_runs_of_a_paused_backfill_let_others_pass_until_it_goes_on() -> None:
    rig = Queue()
    rig.ready()
    of_backfill(rig, "b", "b1", "b2")
    of_backfill(rig, "c", "c1")
    set_status(rig, BackfillStatus.PAUSED)

    rig.at(1, Hint("runs"), Hint("backfills"))
    assert rig.started() == ["c1"]
    set_status(rig, BackfillStatus.IN_PROGRESS)
    rig.at(2, Hint("backfills"))
    assert rig.started() == ["b1"]


def test_a_backfill_that_was_paused_while_no_service_ran_starts_nothing() -> None:
    rig = Queue()
    of_backfill(rig, "b", "b1")
    set_status(rig, BackfillStatus.PAUSED)

    rig.ready()

    assert rig.started() == []


def test_a_pause_without_a_hint_is_noticed_later() -> None:
    rig = Queue(settings=Settings(max_concurrent_runs=1))
    rig.ready()
    of_backfill(rig, "b", "b1", "b2")
    rig.at(1, Hint("runs"))
    assert rig.started() == ["b1"]
    set_status(rig, BackfillStatus.CANCELING)

    rig.at(20)
    rig.at(21, RunOver("b1", 1))

    assert rig.started() == []


def test_runs_that_are_held_back_do_not_make_the_queue_read_all_again_and_again() -> None:
    rig = Queue()
    rig.ready()
    of_backfill(rig, "b", "b1")
    set_status(rig, BackfillStatus.PAUSED)
    rig.at(1, Hint("runs"), Hint("backfills"))

    reads = []
    read = rig.store.run_records
    rig.store.run_records = lambda *args, **more: reads.append(1) or read(*args, **more)  # type: ignore[method-assign,func-returns-value]
    rig.at(20)

    assert len(reads) == 1
