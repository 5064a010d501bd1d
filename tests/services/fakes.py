"""A host and a launcher that do nothing by themselves, and a desk with a real store in memory."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from queue import SimpleQueue
from typing import Any

from watchbell.ground.clock import ManualClock
from watchbell.ground.errors import StoreLockedError
from watchbell.record.errand import Errand
from watchbell.record.evaluation import (
    Answer,
    CancelRun,
    Evaluation,
    LocationError,
    Outcome,
    StartRun,
    WorkerExit,
)
from watchbell.record.host_port import HostEvents
from watchbell.record.lease import Lease
from watchbell.record.ports import Store
from watchbell.record.request import RunRequest
from watchbell.record.run import RunsFilter, RunWorker
from watchbell.record.settings import Settings
from watchbell.record.snapshot import LocationSnapshot, ScheduleSnapshot, SensorSnapshot
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState, Tick
from watchbell.services.ticker import Desk
from watchbell.store.notify import NullNotifier
from watchbell.store.sqlite import IN_MEMORY, SqliteDatabase
from watchbell.store.store import SqlStore

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LOCATION = "here"


def memory_store() -> SqlStore:
    return SqlStore(SqliteDatabase(IN_MEMORY), NullNotifier())


def schedule_key(name: str) -> AutomationKey:
    return AutomationKey(LOCATION, AutomationKind.SCHEDULE, name)


def sensor_key(name: str) -> AutomationKey:
    return AutomationKey(LOCATION, AutomationKind.SENSOR, name)


def every_minute(name: str = "every_minute", **fields: Any) -> ScheduleSnapshot:
    fields = {"cron": ("* * * * *",), "running_by_default": True, **fields}
    return ScheduleSnapshot(name, **fields)


def sensor(name: str = "files", **fields: Any) -> SensorSnapshot:
    return SensorSnapshot(name, **{"running_by_default": True, **fields})


def location(*automations: ScheduleSnapshot | SensorSnapshot) -> LocationSnapshot:
    schedules = tuple(each for each in automations if isinstance(each, ScheduleSnapshot))
    sensors = tuple(each for each in automations if isinstance(each, SensorSnapshot))
    return LocationSnapshot(LOCATION, schedules, sensors)


@dataclass
class FakeHost:
    """Keeps what it is asked until the test answers."""

    asked: list[Evaluation] = field(default_factory=list)
    first: LocationSnapshot | LocationError | None = None
    events: HostEvents | None = None
    is_stopped: bool = False
    reloads: int = 0
    errands: list[tuple[Errand, Callable[[bytes], None]]] = field(default_factory=list)
    dropped: SimpleQueue[int] = field(default_factory=SimpleQueue)

    def start(self, events: HostEvents) -> LocationSnapshot | LocationError:
        self.events = events
        assert self.first is not None
        return self.first

    def evaluate(self, evaluation: Evaluation) -> None:
        self.asked.append(evaluation)

    def start_run(self, start: StartRun) -> None:
        raise AssertionError("runs are started by the launcher")

    def cancel_run(self, cancel: CancelRun) -> None:
        raise AssertionError("runs are canceled by the launcher")

    def run_errand(self, errand: Errand, answered: Callable[[bytes], None]) -> Callable[[], None]:
        self.errands.append((errand, answered))
        return lambda: self.dropped.put(errand.id)

    def reload(self) -> None:
        self.reloads += 1

    def stop(self) -> None:
        self.is_stopped = True

    def take(self) -> list[Evaluation]:
        """What was asked since the last call."""
        asked, self.asked = self.asked, []
        return asked


@dataclass
class FakeLauncher:
    """Keeps what it is asked to start, cancel and watch."""

    started: list[StartRun] = field(default_factory=list)
    canceled: list[tuple[str, RunWorker | None]] = field(default_factory=list)
    watched: list[tuple[str, int, RunWorker]] = field(default_factory=list)
    has_process: bool = True
    sees: bool = True
    exited: Callable[[WorkerExit], None] | None = None

    def start(self, start: StartRun) -> None:
        self.started.append(start)

    def cancel(self, cancel: CancelRun, worker: RunWorker | None) -> bool:
        self.canceled.append((cancel.run_id, worker))
        return self.has_process

    def watch(self, run_id: str, attempt: int, worker: RunWorker) -> bool:
        self.watched.append((run_id, attempt, worker))
        return self.sees

    def stop(self) -> None:
        self.watched.clear()


class Locking:
    """A store of which one method finds it locked, once.

    Args:
        store: the real one.
        method: which method.
        at_call: at which of its calls, from 1.
    """

    def __init__(self, store: Store, method: str, at_call: int = 1) -> None:
        self._store = store
        self._method = method
        self._calls_left = at_call

    def __getattr__(self, name: str) -> Any:
        if name == self._method:
            self._calls_left -= 1
            if self._calls_left == 0:
                raise StoreLockedError("locked", location="here")
        return getattr(self._store, name)


def ids(prefix: str = "run") -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"{prefix}-{next(numbers)}"


@dataclass
class Rig:
    """A desk for one loop, and short words for what tests do with it."""

    store: Store = field(default_factory=memory_store)
    host: FakeHost = field(default_factory=FakeHost)
    settings: Settings = field(default_factory=Settings)
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOON))
    new_id: Callable[[], str] = field(default_factory=ids)
    runs_queued: int = 0

    def __post_init__(self) -> None:
        lease = self.store.acquire_lease("daemon", "test", self.clock.now(), 1e9)
        assert lease is not None
        self.lease: Lease = lease
        self.desk = Desk(self.store, self.host, self.settings, lambda: self.lease, self.new_id)

    def queued(self) -> None:
        self.runs_queued += 1

    def runs(self) -> list[str]:
        return [record.dagster_run.run_id for record in self.store.run_records(RunsFilter(), ascending=True)]

    def state(self, key: AutomationKey) -> AutomationState:
        state = self.store.automation_state(key)
        assert state is not None
        return state

    def ticks(self, key: AutomationKey) -> list[Tick]:
        """Oldest first."""
        return list(reversed(self.store.ticks(key)))


def answer(asked: Evaluation, *keys: str | None, **fields: Any) -> Answer:
    """An answer that asks for one run per key (None: without a key); asked about several events, one for each."""
    fields.setdefault("outcome", Outcome.ANSWERED)
    requests = tuple(RunRequest(key, job_name="etl") for key in keys)
    if len(asked.event_ids) > 1 and fields["outcome"] is Outcome.ANSWERED:
        parts = tuple(Answer(asked.id, run_requests=requests, **fields) for _ in asked.event_ids)
        return Answer(asked.id, Outcome.ANSWERED, parts=parts)
    return Answer(asked.id, run_requests=requests, **fields)
