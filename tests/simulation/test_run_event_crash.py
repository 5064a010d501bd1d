"""The service is killed before and after each change its run status sensors make, one by one, and started again.

The loop is the real one on a real file, and so are the definitions and their evaluation, in batches that sometimes end
early. Whatever was going on: a failure sensor asked for one run for each failure, in their order; one that raises now
and then has a failed tick for each of those and asked for runs for all others; no failure has two ticks.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from tests.depth import share
from tests.services.fakes import LOCATION, NOON, sensor_key
from tests.simulation.world import Crash, CrashingStore
from watchbell import DagsterInstance, DefaultSensorStatus, Definitions, RunRequest, job, run_failure_sensor
from watchbell.ground.clock import ManualClock
from watchbell.host import run_event_batch
from watchbell.host.evaluate import Evaluator
from watchbell.record.evaluation import Answer, Evaluation, Outcome
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry
from watchbell.record.lease import Lease
from watchbell.record.run import DagsterRun, RunsFilter
from watchbell.record.settings import Settings
from watchbell.record.tick import TickStatus
from watchbell.services.lease import LEASE_NAME, LEASE_SECONDS
from watchbell.services.loop import Hint
from watchbell.services.sensors import SensorsLoop
from watchbell.services.ticker import Desk

SECONDS = 60
FAILED = {10: 130, 15: 1, 30: 5, 45: 40}
"""How many runs fail, by the second of the world."""
DEADLY = 7
"""Of every so many-th batch the process ends before it answers."""


def definitions() -> Definitions:
    @job
    def report() -> None: ...

    facts = {"request_job": report, "minimum_interval_seconds": 5, "default_status": DefaultSensorStatus.RUNNING}

    @run_failure_sensor(**facts)
    def alert(context):
        return RunRequest(tags={"about": context.dagster_run.run_id})

    @run_failure_sensor(**facts)
    def flaky(context):
        if context.dagster_run.run_id.endswith("3"):
            raise ValueError("not this one")
        yield RunRequest(run_key=context.dagster_run.run_id, tags={"about": context.dagster_run.run_id})

    return Definitions(jobs=[report], sensors=[alert, flaky])


@dataclass
class World:
    """What outlives the service: the file, the clock, and the runs that fail."""

    home: Path
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOON))
    failed: list[str] = field(default_factory=list)
    run_numbers: int = 0
    batches: int = 0

    def __post_init__(self) -> None:
        self.instance = DagsterInstance.from_home(self.home)
        self.store = self.instance.store

    def new_run_id(self) -> str:
        self.run_numbers += 1
        return f"run-{self.run_numbers:05}"

    def fail(self, times: int) -> None:
        event = DagsterEvent(DagsterEventType.RUN_FAILURE, "etl")
        for _ in range(times):
            run = DagsterRun("etl", f"failed-{len(self.failed)}", location_name=LOCATION)
            self.failed.append(run.run_id)
            self.store.add_runs([run], self.clock.now())
            self.store.append([EventLogEntry(run.run_id, self.clock.now().timestamp(), dagster_event=event)])

    def told(self, sensor: str) -> list[str]:
        """The failures that a sensor asked for a report about, in the order of its runs."""
        found = self.store.run_records(RunsFilter(tags={"dagster/sensor_name": sensor}), ascending=True)
        return [record.dagster_run.tags["about"] for record in found]


class Service:
    """The loop and its user code, as one process that can be killed."""

    def __init__(self, world: World, crash_at: int = 0, after: bool = False) -> None:
        self._world = world
        self._own = DagsterInstance.from_home(world.home)
        self.store = CrashingStore(self._own.store, crash_at, after)
        repository = definitions().get_repository_def()
        self._evaluator = Evaluator(repository, str(world.home))
        self._answers: list[Answer] = []
        held = self._own.store.lease(LEASE_NAME)
        if held is not None:
            self._own.store.release_lease(held)  # its process was killed
        lease = self._own.store.acquire_lease(LEASE_NAME, f"{id(self)}", world.clock.now(), LEASE_SECONDS)
        assert lease is not None
        self._lease: Lease = lease
        desk = Desk(self.store, self, Settings(), lambda: self._lease, world.new_run_id)  # type: ignore[arg-type]
        self._loop = SensorsLoop(desk, repository.snapshot(LOCATION), lambda: None)

    def evaluate(self, evaluation: Evaluation) -> None:
        """The host, which evaluates at once and answers when the loop next takes its messages."""
        answer = self._evaluator.evaluate(evaluation)
        if len(evaluation.event_ids) > 1:
            self._world.batches += 1
            if self._world.batches % DEADLY == 0:
                answer = Answer(evaluation.id, Outcome.KILLED)
        self._answers.append(answer)

    def settle(self) -> None:
        for _ in range(2_000):
            answers, self._answers = self._answers, []
            next_at = self._loop.step(self._world.clock.now(), [*answers, Hint("run_status")])
            if not self._answers and (next_at is None or next_at > self._world.clock.now()):
                return
        raise AssertionError("the service does not come to rest")

    def close(self) -> None:
        self._own.close()


def live(home: Path, crash_at: int, after: bool) -> tuple[World, int]:
    """A life with one crash; the world as it is then, and the changes the first service had made."""
    world = World(home)
    service = first = Service(world, crash_at, after)
    for second in range(0, SECONDS, 5):
        world.clock.set(NOON + timedelta(seconds=second))
        world.fail(FAILED.get(second, 0))
        try:
            service.settle()
        except Crash:
            service.close()
            service = Service(world)
            service.settle()
    service.close()
    return world, first.store.changes


def check(world: World) -> None:
    assert world.told("alert") == world.failed
    bad = [each for each in world.failed if each.endswith("3")]
    assert world.told("flaky") == [each for each in world.failed if each not in bad]
    for name in ("alert", "flaky"):
        ticks = list(reversed(world.store.ticks(sensor_key(name))))
        event_ids = [tick.event_ids for tick in ticks]
        assert event_ids == sorted(set(event_ids))
        assert len(ticks) == len(world.failed)
        refused = sum(tick.status is TickStatus.FAILURE for tick in ticks)
        assert refused == (len(bad) if name == "flaky" else 0)


def test_a_life_without_crash_is_what_the_invariants_say(tmp_path: Path) -> None:
    world, changes = live(tmp_path, 0, after=False)

    check(world)
    assert changes > 10
    assert world.batches > 4


@pytest.mark.parametrize("batch_seconds", [1.0, 0.0], ids=["whole", "short"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_crash_at_any_change_loses_and_doubles_no_failure(
    tmp_path: Path, after: bool, batch_seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_event_batch, "BATCH_SECONDS", batch_seconds)
    _, changes = live(tmp_path / "calm", 0, after=False)
    for crash_at in share(range(1, changes + 1, 1 + changes // 12)):
        world, _ = live(tmp_path / str(crash_at), crash_at, after)
        try:
            check(world)
        except BaseException as error:
            error.add_note(f"killed {'after' if after else 'before'} change {crash_at}")
            raise
        world.instance.close()
