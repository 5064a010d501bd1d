"""Conditions beside a schedule and backfills of the same assets, in a service that is killed and reloaded at random.

Whatever happens, nothing is made by two runs of conditions at once, no update is lost, and when all has come to rest a
new service, which evaluates everything, asks for nothing more. A failure names its seed.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.depth import share
from tests.services.fakes import LOCATION
from tests.simulation.condition_world import SENSOR, ConditionWorld, made
from tests.simulation.whole_service import CANCELED, FAILURE
from tests.simulation.world import Crash, CrashingStore
from watchbell import (
    AssetKey,
    AssetMaterialization,
    AutomationCondition,
    AutomationConditionSensorDefinition,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    Definitions,
    RunRequest,
    StaticPartitionsDefinition,
    define_asset_job,
    schedule,
)
from watchbell.automate.backfills.planning import plan_backfill
from watchbell.automate.switch import started, stopped
from watchbell.ground.errors import DagsterInvalidInvocationError
from watchbell.record.partition import PARTITION_TAG
from watchbell.record.run import IN_PROGRESS_RUN_STATUSES, DagsterRun, DagsterRunStatus
from watchbell.record.settings import Settings
from watchbell.services.switch import change_state

STEPS = 60
REST_STEPS_MAX = 60
KINDS: list[Callable[[], AutomationCondition[Any]]] = [
    AutomationCondition.eager,
    AutomationCondition.eager,
    AutomationCondition.any_deps_updated,
    AutomationCondition.on_missing,
    lambda: AutomationCondition.missing() & ~AutomationCondition.any_deps_missing(),
]
NOT_OVER = {DagsterRunStatus.QUEUED, DagsterRunStatus.NOT_STARTED, *IN_PROGRESS_RUN_STATUSES}
OWN_SENSOR = "own"


class Graph:
    """Assets in layers, some with partitions; what they are made from has no condition.

    Args:
        chance: of all that is random.
    """

    def __init__(self, chance: random.Random) -> None:
        self.keys = "abc"
        self.parted = {f"s{number}": chance.random() < 0.5 for number in range(2)}
        self.roots = list(self.parted)
        self.deps: dict[str, list[str]] = {}
        self.kinds: dict[str, int] = {}
        for number in range(chance.randint(4, 8)):
            name = f"a{number}"
            self.deps[name] = sorted(chance.sample(list(self.parted), min(len(self.parted), chance.choice([1, 1, 2]))))
            self.parted[name] = chance.random() < 0.5
            self.kinds[name] = chance.randrange(len(KINDS))
        self.has_own_sensor = chance.random() < 0.3

    def is_eager(self, name: str) -> bool:
        return self.kinds[name] < 2

    def partitions(self, name: str) -> list[str | None]:
        return list(self.keys) if self.parted[name] else [None]

    def code(self) -> Definitions:
        """It as definitions."""
        parts = StaticPartitionsDefinition(list(self.keys))

        def of(name: str, condition: AutomationCondition[Any] | None) -> Any:
            return made(name, condition, self.deps.get(name, ()), parts if self.parted[name] else None)

        assets = [of(name, None) for name in self.roots]
        assets += [of(name, KINDS[kind]()) for name, kind in self.kinds.items()]
        job = define_asset_job("all", [name for name, is_parted in self.parted.items() if not is_parted])
        plain = [name for name in self.kinds if not self.parted[name]][:1]

        @schedule(job=job, cron_schedule="*/7 * * * *", default_status=DefaultScheduleStatus.RUNNING)
        def sometimes(context):
            return [RunRequest(asset_selection=[AssetKey(name)]) for name in plain]

        own = AutomationConditionSensorDefinition(OWN_SENSOR, target="a0", default_status=DefaultSensorStatus.RUNNING)
        return Definitions(
            assets=assets,
            jobs=[job] if plain else [],
            schedules=[sometimes] if plain else [],
            sensors=[own] if self.has_own_sensor else [],
        )


class Life:
    """A world, and what may happen to it.

    Args:
        seed: of all chances.
    """

    def __init__(self, seed: int) -> None:
        self.chance = chance = random.Random(seed)
        self.graph = Graph(chance)
        self.world = ConditionWorld(Settings(max_concurrent_runs=chance.choice([2, 5, 50])))
        self.world.end_when_stopped = chance.choice([CANCELED, FAILURE])
        world = self.world
        key = world.key(SENSOR, is_sensor=True)
        change_state(world.store, key, lambda state: started(state, world.clock.now()), world.clock.now())
        world.serve(self.graph.code())
        self._is_holding = False
        self._acts = [self._update, self._update, self._kill, self._hold_or_let_go, self._reload, self._backfill,
                      self._cancel, self._wipe]  # fmt: skip

    def step(self) -> None:
        """Some seconds, and something that happens in them."""
        world, chance = self.world, self.chance
        try:
            if world.service is None:
                self._is_holding = False
                store = CrashingStore(world.store, chance.randrange(200), chance.random() < 0.5)
                world.serve(self.graph.code(), store)
            elif chance.random() < 0.4:
                chance.choice(self._acts)()
            self.end_runs(fails=0.2)
            self.check_nothing_twice()
            world.clock.advance(chance.choice([1, 10, 30]))
            world.settle()
        except Crash:
            self._kill()

    def _update(self) -> None:
        name = self.chance.choice(self.graph.roots)
        self.world.make(AssetMaterialization(name, partition=self.chance.choice(self.graph.partitions(name))))

    def _kill(self) -> None:
        self.world.kill()
        self._is_holding = False

    def _hold_or_let_go(self) -> None:
        assert self.world.service is not None
        if self._is_holding:
            self.world.service.let_go()
        else:
            self.world.service.hold()
        self._is_holding = not self._is_holding

    def _reload(self) -> None:
        assert self.world.service is not None
        if self.chance.random() < 0.5:
            self.graph.keys = self.chance.choice(["abc", "abcd", "cab"])
        self.world.service.reload(self.graph.code())

    def _backfill(self) -> None:
        parted = [name for name, is_parted in self.graph.parted.items() if is_parted]
        if not parted:
            return
        world = self.world
        name = self.chance.choice(parted)
        try:
            plan = plan_backfill(
                self.graph.code(),
                world.instance,
                location_name=LOCATION,
                assets=[name],
                partition_keys=["a", "b"],
                current_time=world.clock.now(),
            )
        except DagsterInvalidInvocationError:
            return  # nothing is to be made
        world.instance.launch_backfill(plan)

    def _cancel(self) -> None:
        going = [run for run in self.world.runs() if run.status in NOT_OVER]
        if going:
            self.world.store.request_cancel(self.chance.choice(going).run_id, self.world.clock.now())

    def _wipe(self) -> None:
        self.world.instance.wipe_assets([AssetKey(self.chance.choice(list(self.graph.kinds)))])

    def end_runs(self, fails: float) -> None:
        """Some of the processes of runs end; nearly all that do so well."""
        for run_id in list(self.world.processes):
            if run_id in self.world.processes and self.chance.random() < 0.5:
                if self.chance.random() < fails:
                    self.world.fail(run_id)
                else:
                    self.world.make_run(run_id)

    def check_nothing_twice(self) -> None:
        """No two runs of conditions are to make the same at once."""
        going = [run for run in self.world.runs() if run.status in NOT_OVER and _is_of_condition(run)]
        count = Counter((key, run.tags.get(PARTITION_TAG)) for run in going for key in run.asset_selection or ())
        twice = {f"{key.to_user_string()}[{part}]" for (key, part), number in count.items() if number > 1}
        assert twice == set()

    def come_to_rest(self) -> None:
        """All that goes on ends, and well."""
        world = self.world
        for _ in range(REST_STEPS_MAX):
            while world.make_all():
                world.settle()
            world.go_on(30.0)
            backfills = world.instance.get_backfills()
            if all(run.is_finished for run in world.runs()) and all(each.status.is_over for each in backfills):
                world.go_on(90.0)
                if all(run.is_finished for run in world.runs()):
                    return
        raise AssertionError([f"{run.run_id} {run.status}" for run in world.runs() if not run.is_finished])


def _is_of_condition(run: DagsterRun) -> bool:
    return "dagster/from_automation_condition" in run.tags


@pytest.mark.parametrize("seed", share(range(16)))
def test_whatever_happens_nothing_is_made_twice_at_once_and_nothing_is_forgotten(seed: int) -> None:
    life = Life(seed)
    for _ in range(STEPS):
        life.step()
    world, graph = life.world, life.graph
    world.serve(graph.code())
    if any(not graph.parted[name] for name in graph.kinds):
        world.turn("sometimes", stopped)
    life.come_to_rest()
    mark = world.store.last_event_id()  # from here on nothing fails
    for name in graph.roots:
        world.make(*(AssetMaterialization(name, partition=each) for each in graph.partitions(name)))
    life.come_to_rest()

    asked = world.asked()
    world.serve(graph.code())  # a new process evaluates everything
    world.minutes(3)

    assert world.asked() == asked
    late = []
    for name in graph.kinds:
        if not graph.is_eager(name) or any(graph.parted[dep] != graph.parted[name] for dep in graph.deps[name]):
            continue
        for part in graph.partitions(name):
            needed = [_newest(world, dep, part) for dep in graph.deps[name]]
            if all(needed) and max(needed) > mark:
                late += [f"{name}[{part}]"] if max(needed) > _newest(world, name, part) else []
    assert late == []
    failed = [tick.error for tick in world.ticks(SENSOR) if tick.error is not None]
    assert failed == []


def _newest(world: ConditionWorld, name: str, partition: str | None) -> int:
    """Storage id of the newest materialization; 0: there is none."""
    found = world.instance.fetch_materializations(AssetKey(name), limit=100).records
    return max((each.storage_id for each in found if each.partition_key == partition), default=0)
