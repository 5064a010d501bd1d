"""All loops of a service in one thread, over a real store, with real definitions that are really evaluated.

Hints go where the daemon sends them, and only when the store publishes them. Only runs are not executed: a test says
how each of them ends. What is outside (clock, store, processes of runs) outlives a service, of which there may be
several, one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.services.fakes import LOCATION, NOON
from watchbell import DagsterInstance, Definitions
from watchbell.ground.clock import ManualClock
from watchbell.home import HomeFolder
from watchbell.host.condition_evaluator import ConditionEvaluator
from watchbell.host.evaluate import Evaluator
from watchbell.host.main import condition_names
from watchbell.record.evaluation import Answer, CancelRun, Evaluation, OtherAssets, Outcome, StartRun, WorkerExit
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry
from watchbell.record.lease import Lease
from watchbell.record.materialization import AssetMaterialization
from watchbell.record.run import DagsterRun, DagsterRunStatus, RunsFilter, RunWorker
from watchbell.record.settings import Settings
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState, Tick, TickStatus
from watchbell.services.backfill_ticks import LANE as BACKFILLS_LANE
from watchbell.services.backfills import BackfillsLoop
from watchbell.services.daemon import HINTS
from watchbell.services.lease import LEASE_NAME, LEASE_SECONDS
from watchbell.services.loop import Hint, Loop
from watchbell.services.monitor import MonitorLoop
from watchbell.services.neighbours import Neighbours
from watchbell.services.queue import LocationReady, QueueLoop, RunOver
from watchbell.services.retries import RetriesLoop
from watchbell.services.schedules import LANE as SCHEDULES_LANE
from watchbell.services.schedules import SchedulesLoop
from watchbell.services.sensors import SensorsLoop
from watchbell.services.switch import change_state
from watchbell.services.ticker import Desk
from watchbell.store.sqlite import IN_MEMORY, SqliteDatabase
from watchbell.store.store import SqlStore

T = DagsterEventType
SUCCESS, FAILURE, CANCELED = T.RUN_SUCCESS, T.RUN_FAILURE, T.RUN_CANCELED
ROUNDS_MAX = 3_000


class Loudspeaker:
    """Tells the service that works now what the store publishes."""

    def __init__(self) -> None:
        self.wakes: list[Callable[[str], None]] = []

    def publish(self, topics: Iterable[str]) -> None:
        for wake in self.wakes:
            for topic in topics:
                wake(topic)

    @contextmanager
    def subscribe(self, wake: Callable[[str], None]) -> Iterator[None]:
        self.wakes.append(wake)
        yield
        self.wakes.remove(wake)

    def mailbox(self) -> None:
        """Nobody waits on files here."""


@dataclass
class Process:
    """A run's process."""

    start: StartRun
    identity: RunWorker
    is_asked_to_stop: bool = False


@dataclass
class World:
    """What is outside the service.

    Args:
        begins: whether processes begin their runs; else they stay STARTING, and no process is there.
        end_when_stopped: how a run ends that is asked to stop; None: it does not.
    """

    settings: Settings = field(default_factory=Settings)
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOON))
    begins: bool = True
    end_when_stopped: DagsterEventType | None = CANCELED
    processes: dict[str, Process] = field(default_factory=dict)
    run_numbers: int = 0
    service: Service | None = None

    def __post_init__(self) -> None:
        self.speaker = Loudspeaker()
        self.store = SqlStore(SqliteDatabase(IN_MEMORY), self.speaker)
        home = HomeFolder(None, has_key_file=False)
        self.instance = DagsterInstance(self.store, self.speaker, self.clock, self.settings, home, is_ephemeral=True)

    def serve(self, code: Definitions | Mapping[str, Definitions], store: Any = None) -> Service:
        """A service begins, after the one before was killed, if there was one.

        Args:
            code: of its location, or of each.
            store: what its loops take for the store; None: the store.
        """
        codes = {LOCATION: code} if isinstance(code, Definitions) else code
        self.kill()
        self.service = Service(self, codes, store or self.store)
        self.speaker.wakes.append(self.service.hint)
        self.service.settle()
        return self.service

    def kill(self) -> None:
        """The service is gone; processes of runs are not."""
        self.speaker.wakes.clear()
        self.service = None

    def new_run_id(self) -> str:
        self.run_numbers += 1
        return f"run-{self.run_numbers:04}"

    # ----------------------------------------------------------------- time

    def go_on(self, seconds: float = 0.0, *, by: float = 20.0) -> None:
        """So much time goes by, in steps of ``by``."""
        while seconds > 0:
            step = min(by, seconds)
            seconds -= step
            self.clock.advance(step)
            self.settle()
        self.settle()

    def settle(self) -> None:
        if self.service is not None:
            self.service.settle()

    def minutes(self, count: int) -> None:
        """So many minutes go by."""
        self.go_on(60.0 * count)

    # ----------------------------------------------------------------- runs

    def begin(self, start: StartRun) -> None:
        if not self.begins:
            return
        identity = RunWorker(1000 + len(self.processes) + self.run_numbers, "then", "boot", "box")
        if self.store.begin_run(start.run_id, start.attempt, identity, self.clock.now()):
            self.processes[start.run_id] = Process(start, identity)
            self._append(start, T.RUN_START)

    def end(self, run_id: str, kind: DagsterEventType = SUCCESS) -> None:
        """A run's process ends."""
        process = self.processes.pop(run_id)
        self._append(process.start, kind)
        if self.service is not None:
            self.service.exited(WorkerExit(run_id, process.start.attempt, process.identity.pid, exit_code=0))
        self.settle()

    def fail(self, run_id: str) -> None:
        """A run fails."""
        self.end(run_id, FAILURE)

    def end_unseen(self, run_id: str) -> None:
        """A run ends well, and the service is only told of it later."""
        self._append(self.processes.pop(run_id).start, SUCCESS)

    def _append(self, start: StartRun, kind: DagsterEventType) -> None:
        event = EventLogEntry(start.run_id, self.clock.now().timestamp(), dagster_event=DagsterEvent(kind, "etl"))
        self.store.append([event], attempt=start.attempt)

    def make(self, *materializations: AssetMaterialization) -> None:
        """Assets are made, by nobody's run."""
        for each in materializations:
            self.instance.report_runless_asset_event(each)
        self.settle()

    # -------------------------------------------------------------- looking

    def key(self, name: str, location: str = LOCATION, *, is_sensor: bool = False) -> AutomationKey:
        return AutomationKey(location, AutomationKind.SENSOR if is_sensor else AutomationKind.SCHEDULE, name)

    def ticks(self, name: str, location: str = LOCATION) -> list[Tick]:
        """Of a schedule or sensor, oldest first."""
        of_schedule = self.store.ticks(self.key(name, location))
        return list(reversed(of_schedule or self.store.ticks(self.key(name, location, is_sensor=True))))

    def outcomes(self, name: str, location: str = LOCATION) -> list[TickStatus]:
        return [tick.status for tick in self.ticks(name, location)]

    def runs(self, job_name: str | None = None) -> list[DagsterRun]:
        """Oldest first."""
        found = self.store.run_records(RunsFilter(job_name=job_name), ascending=True)
        return [record.dagster_run for record in found]

    def statuses(self, job_name: str | None = None) -> list[DagsterRunStatus]:
        return [run.status for run in self.runs(job_name)]

    def status(self, run_id: str) -> DagsterRunStatus | None:
        record = self.store.run_record(run_id)
        return None if record is None else record.dagster_run.status

    def state(self, name: str, location: str = LOCATION, *, is_sensor: bool = False) -> AutomationState:
        state = self.store.automation_state(self.key(name, location, is_sensor=is_sensor))
        assert state is not None
        return state

    def turn(self, name: str, change: Callable[[AutomationState], AutomationState], *, is_sensor: bool = False) -> None:
        """Somebody changes a state by hand."""
        change_state(self.store, self.key(name, is_sensor=is_sensor), change, self.clock.now())
        self.go_on(1.0)


class _Place:
    """Host and launcher of one location."""

    def __init__(self, service: Service, name: str, code: Definitions) -> None:
        self._service, self.name = service, name
        self.held: list[tuple[Evaluation, Evaluator | ConditionEvaluator]] | None = None
        self.asked: list[Evaluation] = []
        self.marks: list[int] = []
        self._others: dict[str, OtherAssets] = {}
        self.load(code)

    def load(self, code: Definitions) -> None:
        repository = code.get_repository_def()
        world = self._service.world
        self.evaluator = Evaluator(repository, "nowhere", self.name, world.instance)
        self.conditions = ConditionEvaluator(
            repository, self.name, lambda: world.instance, self.marks.append, world.clock, monotonic=lambda: 0.0
        )
        for others in self._others.values():  # as a host that begins is told
            self.conditions.tell(others)
        self._condition_names = condition_names(repository)
        self.snapshot = repository.snapshot(self.name)

    def evaluate(self, evaluation: Evaluation) -> None:
        self.asked.append(evaluation)
        is_condition = evaluation.name in self._condition_names
        evaluator = self.conditions if is_condition else self.evaluator
        if self.held is not None:
            self.held.append((evaluation, evaluator))  # newer code answers no older question
        else:
            self._service.answered(self.name, evaluator.evaluate(evaluation))

    def tell(self, others: OtherAssets) -> None:
        self._others[others.location_name] = others
        self.conditions.tell(others)

    def start(self, start: StartRun) -> None:
        self._service.world.begin(start)

    def cancel(self, cancel: CancelRun, worker: RunWorker | None) -> bool:
        world = self._service.world
        process = world.processes.get(cancel.run_id)
        if process is None:
            return False
        process.is_asked_to_stop = True
        if world.end_when_stopped is not None:
            self._service.stopping.append(cancel.run_id)
        return True

    def watch(self, run_id: str, attempt: int, worker: RunWorker) -> bool:
        if run_id not in self._service.world.processes:
            self._service.exited(WorkerExit(run_id, attempt, worker.pid))
        return True

    def stop(self) -> None:
        """Nothing to stop."""


class Service:
    """The loops of a service; see the module."""

    def __init__(self, world: World, codes: Mapping[str, Definitions], store: Any) -> None:
        self.world, self._store = world, store
        self.stopping: list[str] = []
        self._neighbours = Neighbours()
        held = world.store.lease(LEASE_NAME)
        if held is not None:
            world.store.release_lease(held)
        lease = world.store.acquire_lease(LEASE_NAME, f"{id(self)}", world.clock.now(), LEASE_SECONDS * 10**6)
        assert lease is not None
        self.lease: Lease = lease
        self.places = {name: _Place(self, name, code) for name, code in codes.items()}
        first = self._desk(next(iter(self.places.values())))
        queued = self._runs_queued
        self._loops: dict[str, Loop] = {
            "monitor": MonitorLoop(first, self.places, self._told_by_monitor),
            "retries": RetriesLoop(first),
            "backfills": BackfillsLoop(first, self.places, queued),  # type: ignore[arg-type]
            "queue": QueueLoop(first, {name: place.start for name, place in self.places.items()}),
        }
        for name, place in self.places.items():
            self._loops[f"schedules {name}"] = SchedulesLoop(self._desk(place), place.snapshot, queued)
            self._loops[f"sensors {name}"] = SensorsLoop(self._desk(place), place.snapshot, queued)
        self._inboxes: dict[str, list[object]] = {name: [] for name in self._loops}
        for name in self.places:
            self._ready(name)

    def _desk(self, place: _Place) -> Desk:
        world = self.world
        return Desk(self._store, place, world.settings, lambda: self.lease, world.new_run_id)  # type: ignore[arg-type]

    def _ready(self, name: str) -> None:
        for place, others in self._neighbours.news({name: each.snapshot for name, each in self.places.items()}):
            self.places[place].tell(others)
        self._inboxes["queue"].append(LocationReady(name))
        self._inboxes["backfills"] += [self.places[name].snapshot, LocationReady(name)]

    @property
    def here(self) -> _Place:
        """The only location."""
        return self.places[LOCATION]

    def reload(self, code: Definitions, name: str = LOCATION) -> None:
        """New code."""
        place = self.places[name]
        place.load(code)
        for loop in ("schedules", "sensors"):
            self._inboxes[f"{loop} {name}"].append(place.snapshot)
        self._ready(name)
        self.settle()

    # ------------------------------------------------------------- messages

    def hint(self, topic: str) -> None:
        for name, inbox in self._inboxes.items():
            if topic in HINTS[name.partition(" ")[0]]:
                inbox.append(Hint(topic))

    def exited(self, end: WorkerExit) -> None:
        self._inboxes["monitor"].append(end)

    def answered(self, location: str, answer: Answer) -> None:
        kind = "schedules" if answer.id % 2 == SCHEDULES_LANE else "sensors"
        self._inboxes["backfills" if answer.id >= BACKFILLS_LANE else f"{kind} {location}"].append(answer)

    def _told_by_monitor(self, message: object) -> None:
        self._inboxes["queue"].append(message)
        if isinstance(message, RunOver):
            self._inboxes["retries"].append(message)
            self._inboxes["backfills"].append(message)

    def _runs_queued(self) -> None:
        self._inboxes["queue"].append(Hint("runs"))

    def hold(self, name: str = LOCATION) -> None:
        """From now on evaluations stay on their way, until :meth:`let_go`."""
        self.places[name].held = []

    def let_go(self, name: str = LOCATION, outcome: Outcome | None = None) -> None:
        """Evaluations that are on their way are answered (or end so)."""
        place = self.places[name]
        held, place.held = place.held or [], None
        for evaluation, evaluator in held:
            answer = evaluator.evaluate(evaluation) if outcome is None else Answer(evaluation.id, outcome)
            self.answered(name, answer)
        self.settle()

    # ------------------------------------------------------------ getting on

    def settle(self) -> None:
        """Steps all loops until nothing is to be done at this moment."""
        now = self.world.clock.now()
        for _ in range(ROUNDS_MAX):
            is_busy = False
            for name, loop in self._loops.items():
                messages, self._inboxes[name] = self._inboxes[name], []
                next_at = loop.step(now, messages)
                is_busy = is_busy or (next_at is not None and next_at <= now)
            stopping, self.stopping = self.stopping, []
            for run_id in stopping:
                kind = self.world.end_when_stopped
                process = self.world.processes.pop(run_id, None)
                if process is not None and kind is not None:
                    self.world._append(process.start, kind)
                    self.exited(WorkerExit(run_id, process.start.attempt, process.identity.pid, exit_code=0))
            if not (is_busy or stopping or any(self._inboxes.values())):
                return
        raise AssertionError("the service does not come to rest")
