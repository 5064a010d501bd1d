"""A small world for crashes: the real loops on a real file, with workers and user code that are plain objects.

Not all goes well in it: of some runs the worker dies before it began, of some while it works, some runs somebody
wants to stop, and some go on for longer than they may. What failed is executed once again.

The world survives what a crash of the service survives: the database file, the processes of runs, and the clock. User
code counts: a sensor's cursor is 1, 2, 3, …, and each of its requests carries its number in a tag.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from tests.services.fakes import LOCATION, NOON, every_minute, sensor
from watchbell.ground.clock import ManualClock
from watchbell.record.evaluation import Answer, CancelRun, Evaluation, Outcome, StartRun, WorkerExit
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry
from watchbell.record.lease import Lease
from watchbell.record.ports import Store
from watchbell.record.request import RunRequest
from watchbell.record.run import DagsterRunStatus, RunWorker
from watchbell.record.settings import Settings
from watchbell.record.snapshot import LocationSnapshot
from watchbell.record.tick import AutomationKind
from watchbell.services.lease import LEASE_NAME, LEASE_SECONDS
from watchbell.services.loop import Hint, Loop
from watchbell.services.monitor import MonitorLoop
from watchbell.services.queue import LocationReady, QueueLoop
from watchbell.services.retries import RetriesLoop
from watchbell.services.schedules import LANE as SCHEDULES_LANE
from watchbell.services.schedules import SchedulesLoop
from watchbell.services.sensors import SensorsLoop
from watchbell.services.ticker import Desk
from watchbell.store.notify import NullNotifier
from watchbell.store.sqlite import SqliteDatabase
from watchbell.store.store import SqlStore

SNAPSHOT = LocationSnapshot(
    LOCATION,
    schedules=(every_minute("one"), every_minute("three"), every_minute("keyed")),
    sensors=(
        sensor("count_one", minimum_interval_seconds=20),
        sensor("count_three", minimum_interval_seconds=20),
        sensor("count_keyed", minimum_interval_seconds=20),
        sensor("same_key", minimum_interval_seconds=20),
        sensor(
            "on_success",
            minimum_interval_seconds=20,
            run_statuses=(DagsterRunStatus.SUCCESS,),
            monitored_jobs=("one",),
        ),
    ),
)  # fmt: skip

CHANGING = (
    "commit_ticks", "hand_out_runs", "hand_back_run", "append", "acquire_lease", "put_state", "release_lease",
    "request_cancel", "commit_retries", "commit_backfill", "cancel_runs",
)  # fmt: skip
"""The methods of the store that change something and that the service calls."""


class Crash(BaseException):
    """The service is killed here. Not an ``Exception``: nothing may catch it."""


class CrashingStore:
    """A store that kills the service before or after its n-th change; starts and stops of workers count as well.

    Args:
        store: the real one.
        crash_at: which change, from 1; 0: none.
        after: whether the change is made first.
    """

    def __init__(self, store: Store, crash_at: int, after: bool) -> None:
        self._store = store
        self._crash_at = crash_at
        self._after = after
        self.changes = 0

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)
        return partial(self.change, method) if name in CHANGING else method

    def change(self, act: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Does something that outlives the service, unless it is killed before."""
        self.changes += 1
        if self.changes == self._crash_at and not self._after:
            raise Crash
        result = act(*args, **kwargs)
        if self.changes == self._crash_at:
            raise Crash
        return result


@dataclass
class Worker:
    """A run's process: it outlives the service, and begins, executes and ends at steps of the world."""

    start: StartRun
    identity: RunWorker
    stage: int = 0
    is_over: bool = False
    is_to_stop: bool = False

    @property
    def number(self) -> int:
        """That of its run."""
        return int(self.start.run_id.rpartition("-")[2])

    @property
    def dies_before_it_begins(self) -> bool:
        """Only the first one of its run."""
        return self.number % 9 == 2 and self.start.attempt == 1

    @property
    def dies_at_work(self) -> bool:
        """After it began, before any user code."""
        return self.number % 9 == 5

    @property
    def is_unwanted(self) -> bool:
        """Somebody cancels its run while it goes on."""
        return self.number % 9 == 7

    @property
    def is_endless(self) -> bool:
        """It works until it is stopped: the service does so when its time is up."""
        return self.number % 9 == 3 and self.number < 30


@dataclass
class World:
    """Everything outside the service.

    Args:
        path: the database file.
        clock: the time there.
    """

    path: Path
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOON + timedelta(seconds=30)))
    run_numbers: int = 0
    workers: list[Worker] = field(default_factory=list)
    executed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        # A store of the workers' own: they write whether or not the service lives.
        self.store = SqlStore(SqliteDatabase(self.path), NullNotifier())

    def new_run_id(self) -> str:
        self.run_numbers += 1
        return f"run-{self.run_numbers:04}"

    def step_workers(self, exited: Callable[[WorkerExit], None]) -> bool:
        """Each worker does its next thing; whether any did."""
        has_moved = False
        for worker in [worker for worker in self.workers if not worker.is_over]:
            before = worker.stage
            self._step_worker(worker, exited)
            has_moved = has_moved or worker.stage != before or worker.is_over
        return has_moved

    def _step_worker(self, worker: Worker, exited: Callable[[WorkerExit], None]) -> None:
        run_id, attempt = worker.start.run_id, worker.start.attempt
        if (worker.stage == 0 and worker.dies_before_it_begins) or (worker.stage == 1 and worker.dies_at_work):
            worker.is_over = True
            exited(WorkerExit(run_id, attempt, worker.identity.pid, signal="SIGKILL"))
            return
        if worker.stage == 0:
            if not self.store.begin_run(run_id, attempt, worker.identity, self.clock.now()):
                worker.is_over = True
        elif worker.stage == 1:
            self.executed.append(run_id)
            self._append(run_id, attempt, DagsterEventType.RUN_START)
        elif worker.stage == 2 and worker.is_unwanted:
            self.store.request_cancel(run_id, self.clock.now())
            if worker.is_to_stop:
                self._append(run_id, attempt, DagsterEventType.RUN_CANCELED)
            else:
                return
        elif worker.stage == 2 and worker.is_endless:
            if not worker.is_to_stop:
                return
            self._append(run_id, attempt, DagsterEventType.RUN_FAILURE)
        elif worker.stage == 2:
            self._append(run_id, attempt, DagsterEventType.RUN_SUCCESS)
        else:
            worker.is_over = True
        worker.stage += 1
        if worker.is_over:
            exited(WorkerExit(run_id, attempt, worker.identity.pid, exit_code=0))

    def _append(self, run_id: str, attempt: int, kind: DagsterEventType) -> None:
        event = EventLogEntry(run_id, self.clock.now().timestamp(), dagster_event=DagsterEvent(kind))
        self.store.append([event], attempt=attempt)


class UserCode:
    """The host: evaluates at once, and answers when the service next takes its messages."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []

    def evaluate(self, evaluation: Evaluation) -> None:
        self.answers.append(self._answer(evaluation))

    def _answer(self, asked: Evaluation) -> Answer:
        if asked.kind is AutomationKind.SCHEDULE:
            number = 3 if asked.name == "three" else 1
            key = f"at {asked.scheduled_at}" if asked.name == "keyed" else None
            return self._runs(asked, asked.name, [(key, str(part)) for part in range(number)], None)
        if asked.name == "on_success":
            parts = [self._runs(asked, "follow", [(None, str(each))], None) for each in asked.event_ids]
            if len(parts) == 1:
                return parts[0]
            called = 1 + asked.event_ids[0] % len(parts)  # sometimes the time is up before all were called
            return Answer(asked.id, Outcome.ANSWERED, parts=tuple(parts[:called]))
        count = int(asked.cursor or 0) + 1
        if asked.name == "same_key":
            return self._runs(asked, "same", [("once", "0")], str(count))
        number = 3 if asked.name == "count_three" else 1
        keyed = asked.name == "count_keyed"
        numbers = [f"{count}.{part}" for part in range(number)]
        return self._runs(asked, "count", [(each if keyed else None, each) for each in numbers], str(count))

    def _runs(self, asked: Evaluation, job: str, wanted: list[tuple[str | None, str]], cursor: str | None) -> Answer:
        requests = tuple(RunRequest(key, tags={"number": number}, job_name=job) for key, number in wanted)
        return Answer(asked.id, Outcome.ANSWERED, run_requests=requests, cursor=cursor)

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the loops do not call {name} of the host")


class Service:
    """The loops, stepped one after the other in one thread, as one process that can be killed.

    Args:
        world: what is around it.
        crash_at: the change of the store at which it is killed, from 1; 0: none.
        after: whether that change is made first.
        workers_first: whether workers that are on their way get on before the service looks at them, or after.
    """

    def __init__(self, world: World, crash_at: int = 0, after: bool = False, workers_first: bool = True) -> None:
        self._world = world
        self._workers_first = workers_first
        self.store = CrashingStore(SqlStore(SqliteDatabase(world.path), NullNotifier()), crash_at, after)
        self._user_code = UserCode()
        self._inboxes: dict[str, list[object]] = {"queue": [LocationReady(LOCATION)], "monitor": []}
        self._loops: dict[str, Loop] = {}

    def begin(self) -> None:
        """Takes the lease and makes the loops."""
        owner = f"service {id(self)}"
        held = self.store.lease(LEASE_NAME)
        if held is not None:
            self.store.release_lease(held)  # its process was killed
        lease = self.store.acquire_lease(LEASE_NAME, owner, self._world.clock.now(), LEASE_SECONDS)
        assert lease is not None
        settings = Settings(max_concurrent_runs=4, run_max_retries=1, max_runtime_seconds=10)
        desk = Desk(self.store, self._user_code, settings, _always(lease), self._world.new_run_id)  # type: ignore[arg-type]
        self._loops = {
            "retries": RetriesLoop(desk),
            "schedules": SchedulesLoop(desk, SNAPSHOT, lambda: self._tell("queue", Hint("runs"))),
            "sensors": SensorsLoop(desk, SNAPSHOT, lambda: self._tell("queue", Hint("runs"))),
            "monitor": MonitorLoop(desk, {LOCATION: self}, self._tell_of_ends),
            "queue": QueueLoop(desk, {LOCATION: self.start}),
        }

    def close(self) -> None:
        """The process is gone: nobody hears anything of it."""
        self.store.close()

    def run_for(self, seconds: int) -> None:
        """Works while the world's clock goes on, in steps of five seconds, each until nothing moves any more."""
        for _ in range(seconds // 5):
            self._world.clock.advance(5)
            self.settle()

    def settle(self) -> None:
        for _ in range(200):
            moved = self._step_workers() if self._workers_first else False
            moved = self._step_loops() or moved
            moved = (False if self._workers_first else self._step_workers()) or moved
            if not moved:
                return
        raise AssertionError("the service does not come to rest")

    def _step_workers(self) -> bool:
        return self._world.step_workers(lambda end: self._tell("monitor", end))

    def _step_loops(self) -> bool:
        now = self._world.clock.now()
        answers, self._user_code.answers = self._user_code.answers, []
        for answer in answers:
            self._tell("schedules" if answer.id % 2 == SCHEDULES_LANE else "sensors", answer)
        self._tell("sensors", Hint("run_status"))
        self._tell("queue", Hint("runs"))  # such as that of a run that is executed again
        self._tell("monitor", Hint("run_status"))
        is_busy = bool(answers)
        for name, loop in self._loops.items():
            messages, self._inboxes[name] = self._inboxes.get(name, []), []
            changes = self.store.changes
            next_at = loop.step(now, messages)
            is_busy = is_busy or self.store.changes != changes or (next_at is not None and next_at <= now)
        waiting = any(self._inboxes[name] for name in ("queue", "monitor"))
        return is_busy or bool(self._user_code.answers) or waiting

    def _tell_of_ends(self, message: object) -> None:
        self._tell("queue", message)
        self._tell("retries", message)

    def _tell(self, name: str, message: object) -> None:
        self._inboxes.setdefault(name, []).append(message)

    # --- the launcher

    def start(self, start: StartRun) -> None:
        """Forks: from here on the worker lives by itself."""
        self.store.change(self._fork, start)

    def _fork(self, start: StartRun) -> None:
        number = len(self._world.workers) + 1
        self._world.workers.append(Worker(start, RunWorker(number, "then", "boot", "box")))

    def watch(self, run_id: str, attempt: int, worker: RunWorker) -> bool:
        """Workers of the world tell their end to whichever service there is; one that is over tells it now."""
        known = next(each for each in self._world.workers if each.identity == worker)
        if known.is_over:
            self._tell("monitor", WorkerExit(run_id, attempt, worker.pid))
        return True

    def cancel(self, cancel: CancelRun, worker: RunWorker | None) -> bool:
        """A signal to the worker."""
        known = next(each for each in self._world.workers if each.identity == worker)
        self.store.change(setattr, known, "is_to_stop", True)
        return not known.is_over

    def stop(self) -> None:
        """Nothing to stop."""


def _always(lease: Lease) -> Callable[[], Lease]:
    return lambda: lease
