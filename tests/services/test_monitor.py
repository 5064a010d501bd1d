"""The loop that minds run workers, stepped by hand on a real store in memory."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.services.fakes import LOCATION, NOON, FakeLauncher, Rig
from watchbell.ground.errors import StoreLockedError
from watchbell.record.evaluation import WorkerExit
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry
from watchbell.record.ports import Store
from watchbell.record.query import EventQuery
from watchbell.record.run import DagsterRun, DagsterRunStatus, RunRecord, RunWorker
from watchbell.services.loop import Hint
from watchbell.services.monitor import MonitorLoop
from watchbell.services.queue import RunOver, RunsGoingOn

S = DagsterRunStatus
WORKER = RunWorker(4711, "12345", "boot", "box")


@dataclass
class Monitor(Rig):
    """The loop on its rig."""

    launcher: FakeLauncher = field(default_factory=FakeLauncher)
    told: list[object] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.loop = MonitorLoop(self.desk, {LOCATION: self.launcher}, self.told.append)

    def at(self, seconds: float, *messages: object) -> datetime | None:
        self.clock.set(NOON + timedelta(seconds=seconds))
        return self.loop.step(self.clock.now(), messages)

    def starting(self, run_id: str = "r") -> None:
        run = DagsterRun("etl", run_id, status=S.QUEUED, location_name=LOCATION)
        self.store.add_runs([run], self.clock.now())
        self.store.hand_out_runs([run_id], self.lease, self.clock.now())

    def begun(self, run_id: str = "r") -> None:
        self.starting(run_id)
        assert self.store.begin_run(run_id, 1, WORKER, self.clock.now())

    def started(self, run_id: str = "r") -> None:
        self.begun(run_id)
        self.append(DagsterEventType.RUN_START, run_id)

    def append(self, kind: DagsterEventType, run_id: str = "r") -> None:
        event = EventLogEntry(run_id, self.clock.now().timestamp(), dagster_event=DagsterEvent(kind))
        self.store.append([event], attempt=1)

    def status(self, run_id: str = "r") -> DagsterRunStatus:
        record = self.store.run_record(run_id)
        assert record is not None
        return record.dagster_run.status

    def last_event(self) -> DagsterEvent:
        return self.store.events(EventQuery(run_id="r"))[-1].get_dagster_event()


def test_a_killed_worker_fails_its_run_and_names_the_signal() -> None:
    rig = Monitor()
    rig.at(0)
    rig.started()

    rig.at(1, WorkerExit("r", 1, 4711, signal="SIGKILL"))

    assert rig.status() == S.FAILURE
    assert "SIGKILL" in (rig.last_event().message or "")
    assert RunOver("r", 1) in rig.told


def test_an_exit_code_and_the_end_of_the_output_are_told() -> None:
    rig = Monitor()
    rig.at(0)
    rig.started()

    rig.at(1, WorkerExit("r", 1, 4711, exit_code=139, output_tail="Fatal Python error"))

    event = rig.last_event()
    assert "code 139" in (event.message or "")
    assert event.job_failure_data.error is not None
    assert "Fatal Python error" in event.job_failure_data.error.message


def test_a_run_that_finished_is_left_as_it_is() -> None:
    rig = Monitor()
    rig.at(0)
    rig.started()
    rig.append(DagsterEventType.RUN_SUCCESS)

    rig.at(1, WorkerExit("r", 1, 4711, exit_code=0))

    assert rig.status() == S.SUCCESS
    assert rig.told[-1] == RunOver("r", 1)


def test_a_worker_that_ends_before_it_began_sends_its_run_back() -> None:
    rig = Monitor()
    rig.at(0)
    rig.starting()

    rig.at(1, WorkerExit("r", 1, 4711, exit_code=1))

    assert rig.status() == S.QUEUED
    assert rig.told[-1] == RunOver("r", 1, is_queued_again=True)


def test_the_third_worker_that_ends_before_it_began_fails_the_run() -> None:
    rig = Monitor()
    rig.at(0)
    rig.starting()
    for attempt in (1, 2):
        rig.at(attempt, WorkerExit("r", attempt, 4711, exit_code=1))
        rig.store.hand_out_runs(["r"], rig.lease, rig.clock.now())

    rig.at(3, WorkerExit("r", 3, 4711, exit_code=1))

    assert rig.status() == S.FAILURE


def test_the_end_of_an_older_attempt_changes_nothing() -> None:
    rig = Monitor()
    rig.at(0)
    rig.starting()
    rig.store.hand_back_run("r", 1, rig.clock.now())
    rig.store.hand_out_runs(["r"], rig.lease, rig.clock.now())

    rig.at(1, WorkerExit("r", 1, 4711, exit_code=1))

    assert rig.status() == S.STARTING


# ------------------------------------------------------------ after a restart


def test_a_run_that_no_worker_began_is_handed_back() -> None:
    rig = Monitor()
    rig.starting()

    rig.at(0)

    assert rig.status() == S.QUEUED
    assert rig.told == [RunsGoingOn({"r": 1}), RunOver("r", 1, is_queued_again=True)]


def test_a_worker_of_an_earlier_service_is_watched_and_its_end_fails_the_run() -> None:
    rig = Monitor()
    rig.started()

    rig.at(0)
    assert rig.launcher.watched == [("r", 1, WORKER)]
    assert rig.status() == S.STARTED
    rig.at(1, WorkerExit("r", 1, WORKER.pid))

    assert rig.status() == S.FAILURE
    assert "is gone" in (rig.last_event().message or "")


def test_a_worker_of_another_machine_is_left_alone() -> None:
    rig = Monitor(launcher=FakeLauncher(sees=False))
    rig.started()

    rig.at(0)

    assert rig.status() == S.STARTED


def test_a_run_executed_by_a_users_own_process_takes_no_place_and_is_left_alone() -> None:
    rig = Monitor()
    rig.store.add_runs([DagsterRun("etl", "mine", status=S.STARTED)], rig.clock.now())

    rig.at(0)

    assert rig.told == [RunsGoingOn({})]
    assert rig.status("mine") == S.STARTED


# --------------------------------------------------------------------- cancel


def test_a_run_that_is_to_stop_is_told_so_once() -> None:
    rig = Monitor()
    rig.at(0)
    rig.started()
    rig.store.request_cancel("r", rig.clock.now())

    rig.at(1, Hint("run_status"))
    rig.at(2, Hint("run_status"))

    assert rig.launcher.canceled == [("r", WORKER)]


def test_a_canceled_run_whose_worker_ends_is_canceled() -> None:
    rig = Monitor()
    rig.at(0)
    rig.started()
    rig.store.request_cancel("r", rig.clock.now())

    rig.at(1, Hint("run_status"), WorkerExit("r", 1, 4711, signal="SIGKILL"))

    assert rig.status() == S.CANCELED


def test_a_run_to_stop_that_has_no_process_is_canceled_at_once() -> None:
    rig = Monitor(launcher=FakeLauncher(has_process=False))
    rig.at(0)
    rig.started()
    rig.store.request_cancel("r", rig.clock.now())

    rig.at(1, Hint("run_status"))

    assert rig.status() == S.CANCELED
    assert rig.told[-1] == RunOver("r", 1)


def test_a_wish_to_stop_from_before_the_restart_is_passed_on() -> None:
    rig = Monitor()
    rig.started()
    rig.store.request_cancel("r", rig.clock.now())

    rig.at(0)

    assert rig.launcher.canceled == [("r", WORKER)]


# ---------------------------------------------------------------------- store


def test_an_end_is_not_forgotten_while_the_store_is_locked() -> None:
    rig = Monitor()
    rig.at(0)
    rig.started()
    append = rig.store.append

    def locked(entries, attempt=None):  # type: ignore[no-untyped-def]
        raise StoreLockedError("busy", location="memory")

    rig.store.append = locked  # type: ignore[method-assign]
    with pytest.raises(StoreLockedError):
        rig.at(1, WorkerExit("r", 1, 4711, signal="SIGKILL"))
    rig.store.append = append  # type: ignore[method-assign]
    rig.at(2)

    assert rig.status() == S.FAILURE


def test_a_wish_to_stop_that_came_to_nothing_is_passed_on_again_after_its_grace() -> None:
    rig = Monitor()
    rig.at(0)
    rig.started()
    rig.store.request_cancel("r", rig.clock.now())
    rig.at(1, Hint("run_status"))

    rig.at(31, Hint("run_status"))
    assert len(rig.launcher.canceled) == 1
    rig.at(42)

    assert len(rig.launcher.canceled) == 2


# ---------------------------------------------------------------------- races


class Beginning:
    """A store in which a worker begins the run just before it would be handed back.

    Args:
        store: the real one.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def hand_back_run(self, run_id: str, attempt: int, now: datetime) -> bool:
        self._store.begin_run(run_id, attempt, WORKER, now)
        return self._store.hand_back_run(run_id, attempt, now)


def test_a_worker_that_begins_at_the_last_moment_is_watched() -> None:
    rig = Monitor()
    rig.starting()
    rig.desk = replace(rig.desk, store=Beginning(rig.store))
    rig.loop = MonitorLoop(rig.desk, {LOCATION: rig.launcher}, rig.told.append)

    rig.at(0)

    assert rig.launcher.watched == [("r", 1, WORKER)]
    assert rig.told == [RunsGoingOn({"r": 1})]


def test_the_end_of_a_host_that_had_started_a_worker_unseen_fails_nothing() -> None:
    rig = Monitor()
    rig.at(0)
    rig.begun()

    rig.at(1, WorkerExit("r", 1, 0, output_tail="the host ended before it started the run's"))

    assert rig.status() == S.STARTING
    assert rig.launcher.watched == [("r", 1, WORKER)]
    assert rig.told == [RunsGoingOn({})]


def test_the_end_of_an_older_attempt_hides_no_run_from_the_first_look() -> None:
    rig = Monitor()
    rig.starting()
    assert rig.store.hand_back_run("r", 1, rig.clock.now())
    assert rig.store.hand_out_runs(["r"], rig.lease, rig.clock.now())

    rig.at(0, WorkerExit("r", 1, 4711, exit_code=75))

    assert rig.status() == S.QUEUED
    assert RunOver("r", 2, is_queued_again=True) in rig.told


def test_a_run_that_cannot_be_read_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Monitor()
    rig.at(0)
    rig.started("odd")
    rig.started()
    read = rig.store.run_record

    def odd(run_id: str) -> RunRecord | None:
        if run_id == "odd":
            raise ValueError("who wrote that?")
        return read(run_id)

    with monkeypatch.context() as patched:
        patched.setattr(rig.store, "run_record", odd)
        rig.at(1, WorkerExit("odd", 1, WORKER.pid, exit_code=1), WorkerExit("r", 1, WORKER.pid, exit_code=1))

    assert rig.status() == S.FAILURE
    assert RunOver("odd", 1) in rig.told


def test_a_run_that_people_execute_themselves_takes_no_place_from_the_start_either() -> None:
    rig = Monitor()
    rig.store.add_runs([DagsterRun("etl", "mine", status=S.STARTING)], rig.clock.now())
    assert rig.store.begin_run("mine", 0, WORKER, rig.clock.now())

    rig.at(0)

    assert rig.told == [RunsGoingOn({})]
    assert rig.launcher.watched == [("mine", 0, WORKER)]


@pytest.mark.parametrize("status", [S.NOT_STARTED, S.STARTING])
def test_a_run_of_a_users_own_process_that_never_began_it_fails_when_that_is_gone(status: DagsterRunStatus) -> None:
    rig = Monitor()
    rig.store.add_runs([DagsterRun("etl", "r", status=status)], rig.clock.now(), WORKER)
    rig.at(0)
    assert rig.launcher.watched == [("r", 0, WORKER)]

    rig.at(1, WorkerExit("r", 0, WORKER.pid))

    assert rig.status() == S.FAILURE
    assert "is gone" in (rig.last_event().message or "")


def test_a_run_that_nobody_queued_and_no_process_executes_is_left_alone() -> None:
    rig = Monitor()
    rig.store.add_runs([DagsterRun("etl", "r")], rig.clock.now())

    rig.at(0)

    assert (rig.status(), rig.launcher.watched) == (S.NOT_STARTED, [])


def test_a_run_begun_at_a_terminal_is_watched_from_its_first_word() -> None:
    rig = Monitor()
    rig.at(0)
    rig.store.add_runs([DagsterRun("etl", "r", status=S.STARTING)], rig.clock.now(), WORKER)
    start = EventLogEntry("r", 1.0, dagster_event=DagsterEvent(DagsterEventType.RUN_START))
    rig.store.append([start])

    rig.at(1, Hint("run_status"))

    assert rig.launcher.watched == [("r", 0, WORKER)]


def test_a_run_begun_at_a_terminal_is_stopped_when_somebody_asks() -> None:
    rig = Monitor()
    rig.at(0)
    run = DagsterRun("etl", "r", status=S.STARTED, location_name=LOCATION)
    rig.store.add_runs([run], rig.clock.now(), WORKER)
    rig.store.request_cancel("r", rig.clock.now())

    rig.at(1, Hint("run_status"))

    assert rig.launcher.canceled == [("r", WORKER)]


def test_a_run_inside_a_users_program_is_not_ended_with_that_program() -> None:
    rig = Monitor()
    rig.at(0)
    rig.store.add_runs([DagsterRun("etl", "r", status=S.STARTED)], rig.clock.now(), WORKER)
    rig.store.request_cancel("r", rig.clock.now())

    rig.at(1, Hint("run_status"))

    assert (rig.launcher.canceled, rig.status()) == ([], S.CANCELING)
