"""A world for overlap: one schedule that ticks each minute, and runs of any length, that fail, or refuse to die.

The loops are the real ones, on a real store. Time goes on in steps of twenty seconds: in each, processes of runs get on
first, then the service sees to what ended, then the schedule ticks if it is due. What the service is told is told at
once, unless it is killed: then a new one begins on the same store and the same processes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tests.services.fakes import LOCATION, NOON, every_minute, location, memory_store, schedule_key
from tests.simulation.world import Crash, CrashingStore
from watchbell.ground.clock import ManualClock
from watchbell.record.automation_policy import AutomationPolicy, Overlap
from watchbell.record.evaluation import Answer, CancelRun, Evaluation, Outcome, StartRun, WorkerExit
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry
from watchbell.record.request import RunRequest
from watchbell.record.run import IN_PROGRESS_RUN_STATUSES, DagsterRun, RunsFilter, RunWorker
from watchbell.record.settings import Settings
from watchbell.record.tick import Tick
from watchbell.services.lease import LEASE_NAME, LEASE_SECONDS
from watchbell.services.loop import Hint, Loop
from watchbell.services.monitor import MonitorLoop
from watchbell.services.queue import LocationReady, QueueLoop, RunOver
from watchbell.services.retries import RetriesLoop
from watchbell.services.schedules import SchedulesLoop
from watchbell.services.ticker import Desk
from watchbell.store.store import SqlStore

STEP_SECONDS = 20
STEPS_A_MINUTE = 60 // STEP_SECONDS
RETRIED_AT = 4
"""Every so many steps what failed is executed again: also after a later time has begun."""
NAME = "every_minute"
SCHEDULED_TIME_TAG = ".dagster/scheduled_execution_time"
T = DagsterEventType


@dataclass(frozen=True)
class Length:
    """How a run goes.

    Args:
        steps: so long it works (count, >= 1).
        dying_steps: so long it takes to stop when it is asked to (count, >= 1).
        fails: whether it fails in the end.
    """

    steps: int
    dying_steps: int = 1
    fails: bool = False


@dataclass
class Process:
    """A run's process; it outlives the service."""

    start: StartRun
    identity: RunWorker
    left: int
    dying: int
    fails: bool
    is_to_stop: bool = False


@dataclass
class World:
    """Everything outside the service.

    Args:
        lengths: how each time's runs go, by turns; each time asks for as many runs as its entry has.
        retries: how often a failed run is executed again (count).
        room: runs that may go on at once (count).
    """

    lengths: Sequence[Sequence[Length]]
    retries: int = 0
    room: int = 50
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOON - timedelta(seconds=STEP_SECONDS)))
    store: SqlStore = field(default_factory=memory_store)
    processes: dict[str, Process] = field(default_factory=dict)
    step_number: int = -1
    run_numbers: int = 0
    began: dict[str, int] = field(default_factory=dict)
    ended: dict[str, int] = field(default_factory=dict)

    def new_run_id(self) -> str:
        self.run_numbers += 1
        return f"run-{self.run_numbers:04}"

    def length_of(self, run: DagsterRun) -> Length:
        """How a run goes; one that executes another again goes as that one, and does not fail."""
        found = self.lengths[int(run.tags["minute"]) % len(self.lengths)][int(run.tags["place"])]
        return found if run.parent_run_id is None else Length(found.steps, found.dying_steps)

    def runs(self) -> list[DagsterRun]:
        return [each.dagster_run for each in self.store.run_records(RunsFilter(), ascending=True)]

    def ticks(self) -> list[Tick]:
        return list(reversed(self.store.ticks(schedule_key(NAME))))

    def times_going(self) -> set[str]:
        """The times of which runs go on now."""
        going = [run for run in self.runs() if run.status in IN_PROGRESS_RUN_STATUSES]
        return {run.tags[SCHEDULED_TIME_TAG] for run in going}

    def begin(self, start: StartRun) -> None:
        """A process begins its run at once."""
        record = self.store.run_record(start.run_id)
        assert record is not None
        length = self.length_of(record.dagster_run)
        identity = RunWorker(len(self.began) + 1, "then", "boot", "box")
        assert self.store.begin_run(start.run_id, start.attempt, identity, self.clock.now())
        self.append(start, T.RUN_START)
        self.processes[start.run_id] = Process(start, identity, length.steps, length.dying_steps, length.fails)
        self.began[start.run_id] = self.step_number

    def append(self, start: StartRun, kind: DagsterEventType) -> None:
        event = EventLogEntry(start.run_id, self.clock.now().timestamp(), dagster_event=DagsterEvent(kind, "etl"))
        self.store.append([event], attempt=start.attempt)

    def step_processes(self, exited: Callable[[WorkerExit], None]) -> None:
        """Each process gets on by one step, and those that are done end."""
        for run_id, process in list(self.processes.items()):
            process.left -= 1
            if process.is_to_stop:
                process.dying -= 1
            if process.left > 0 and not (process.is_to_stop and process.dying <= 0):
                continue
            del self.processes[run_id]
            own_end = T.RUN_FAILURE if process.fails else T.RUN_SUCCESS
            kind = own_end if process.left <= 0 else T.RUN_CANCELED
            if self.store.run_record(run_id) is not None:
                self.append(process.start, kind)
            self.ended[run_id] = self.step_number
            exited(WorkerExit(run_id, process.start.attempt, process.identity.pid, exit_code=0))


class Service:
    """The loops of a service, in one thread.

    Args:
        world: what is around it.
        overlap: the schedule's rule.
        crash_at: the change at which it is killed, from 1; 0: none.
        after: whether that change is made first.
    """

    def __init__(self, world: World, overlap: Overlap, crash_at: int = 0, after: bool = False) -> None:
        self._world = world
        self.store = CrashingStore(world.store, crash_at, after)
        held = world.store.lease(LEASE_NAME)
        if held is not None:
            world.store.release_lease(held)
        lease = world.store.acquire_lease(LEASE_NAME, f"service {id(self)}", world.clock.now(), LEASE_SECONDS * 10**6)
        assert lease is not None
        settings = Settings(max_concurrent_runs=world.room, run_max_retries=world.retries)
        desk = Desk(self.store, self, settings, lambda: lease, world.new_run_id)  # type: ignore[arg-type]
        snapshot = self._snapshot(overlap)
        self._inboxes: dict[str, list[object]] = {"queue": [LocationReady(LOCATION)]}
        self._loops: dict[str, Loop] = {
            "schedules": SchedulesLoop(desk, snapshot, lambda: self.tell("queue", Hint("runs"))),
            "retries": RetriesLoop(desk),
            "monitor": MonitorLoop(desk, {LOCATION: self}, self._tell_of_ends),
            "queue": QueueLoop(desk, {LOCATION: self.start}),
        }

    def _snapshot(self, overlap: Overlap) -> Any:
        return location(every_minute(NAME, policy=AutomationPolicy(overlap=overlap)))

    def reload(self, overlap: Overlap) -> None:
        """New code: the schedule has another rule."""
        self.tell("schedules", self._snapshot(overlap))

    # ------------------------------------------------------------ getting on

    def step(self) -> None:
        """Twenty seconds go by."""
        world = self._world
        world.step_number += 1
        world.clock.advance(STEP_SECONDS)
        world.step_processes(lambda end: self.tell("monitor", end))
        self.hear("queue", "monitor")
        self.settle("monitor", "queue")
        self.settle("schedules", "monitor", "queue")
        if world.step_number % RETRIED_AT == 0:
            self.settle(*self._loops)

    def hear(self, *names: str) -> None:
        """Others changed something."""
        for name in names:
            self.tell(name, Hint("runs" if name == "queue" else "run_status"))

    def settle(self, *names: str) -> None:
        """Steps these loops until nothing moves any more."""
        for _ in range(100):
            changes, is_busy = self.store.changes, False
            for name in names:
                messages, self._inboxes[name] = self._inboxes.get(name, []), []
                next_at = self._loops[name].step(self._world.clock.now(), messages)
                is_busy = is_busy or (next_at is not None and next_at <= self._world.clock.now())
            if self.store.changes != changes:
                self.hear("queue", "monitor")
            elif not is_busy and not any(self._inboxes.get(name) for name in names):
                return
        raise AssertionError("the service does not come to rest")

    def tell(self, name: str, message: object) -> None:
        self._inboxes.setdefault(name, []).append(message)

    def _tell_of_ends(self, message: object) -> None:
        self.tell("queue", message)
        if isinstance(message, RunOver):
            self.tell("retries", message)

    # ---------------------------------------------------- the host, at once

    def evaluate(self, asked: Evaluation) -> None:
        assert asked.scheduled_at is not None
        minute = int((asked.scheduled_at - NOON).total_seconds()) // 60
        world = self._world
        requests = tuple(
            RunRequest(tags={"minute": str(minute), "place": str(place)}, job_name="etl")
            for place in range(len(world.lengths[minute % len(world.lengths)]))
        )
        self.tell("schedules", Answer(asked.id, Outcome.ANSWERED, run_requests=requests))

    # --------------------------------------------------------- the launcher

    def start(self, start: StartRun) -> None:
        self.store.change(self._world.begin, start)

    def cancel(self, cancel: CancelRun, worker: RunWorker | None) -> bool:
        process = self._world.processes.get(cancel.run_id)
        if process is not None:
            self.store.change(setattr, process, "is_to_stop", True)
        return process is not None

    def watch(self, run_id: str, attempt: int, worker: RunWorker) -> bool:
        if run_id not in self._world.processes:
            self.tell("monitor", WorkerExit(run_id, attempt, worker.pid))
        return True

    def stop(self) -> None:
        """Nothing to stop."""


def live_on(world: World, service: Service, overlap: Overlap, steps: int) -> Service:
    """Goes on for so many steps; a service that is killed is followed by another one."""
    for _ in range(steps):
        try:
            service.step()
        except Crash:
            service = Service(world, overlap)
            service.settle("monitor", "queue", "schedules")
    return service
