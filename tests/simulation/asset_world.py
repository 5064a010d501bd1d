"""A small world for sensors of assets: the real loop on a real file, and real definitions and their evaluation.

The world outlives the service: the file, the clock, and who makes assets. Nine sensors say by a tag of their runs which
materialization they were about.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.services.fakes import LOCATION, NOON
from tests.simulation.world import Crash, CrashingStore
from watchbell import (
    AssetKey,
    DagsterInstance,
    DefaultSensorStatus,
    Definitions,
    DynamicPartitionsDefinition,
    MultiAssetSensorEvaluationContext,
    RunRequest,
    SensorResult,
    StaticPartitionsDefinition,
    asset,
    asset_sensor,
    job,
    multi_asset_sensor,
)
from watchbell.ground.clock import ManualClock
from watchbell.ground.errors import StoreLockedError
from watchbell.host.evaluate import Evaluator
from watchbell.record.evaluation import Answer, Evaluation
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry, StepMaterializationData
from watchbell.record.lease import Lease
from watchbell.record.materialization import AssetMaterialization
from watchbell.record.run import RunsFilter
from watchbell.record.settings import Settings
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState
from watchbell.services.lease import LEASE_NAME, LEASE_SECONDS
from watchbell.services.loop import Hint
from watchbell.services.sensors import SensorsLoop
from watchbell.services.switch import change_state
from watchbell.services.ticker import Desk

ORDERS, USERS, COPIES, DIVIDED = AssetKey("orders"), AssetKey("users"), AssetKey("copies"), AssetKey("letters")
PEOPLE = DynamicPartitionsDefinition(name="people")
LETTERS = StaticPartitionsDefinition(["a", "b", "c"])


def definitions(failed: set[int]) -> Definitions:
    """Nine sensors; ``failed`` remembers where one of them raised."""

    @job
    def report() -> None: ...

    facts = {"job": report, "minimum_interval_seconds": 5, "default_status": DefaultSensorStatus.RUNNING}

    def request(event_id: int | None) -> RunRequest:
        return RunRequest(tags={"number": str(event_id)})

    @asset_sensor(asset_key=ORDERS, every_event=True, **facts)
    def every(context, asset_event):
        return request(asset_event.storage_id)

    @asset_sensor(asset_key=ORDERS, every_event=True, **facts)
    def flaky(context, asset_event):
        if asset_event.storage_id % 11 == 0 and asset_event.storage_id not in failed:
            failed.add(asset_event.storage_id)
            raise ValueError("not now")
        return request(asset_event.storage_id)

    @asset_sensor(asset_key=ORDERS, **facts)
    def newest(context, asset_event):
        return request(asset_event.storage_id)

    @multi_asset_sensor(monitored_assets=[ORDERS, USERS], **facts)
    def both(context: MultiAssetSensorEvaluationContext):
        for key in context.asset_keys:
            for record in context.materialization_records_for_key(key, limit=30):
                context.advance_cursor({key: record})
                yield request(record.storage_id)

    @asset_sensor(asset_key=ORDERS, every_event=True, **facts)
    def rested(context, asset_event):
        return request(asset_event.storage_id)

    @multi_asset_sensor(monitored_assets=[ORDERS, USERS], **facts)
    def leaving(context: MultiAssetSensorEvaluationContext):
        records = [each for each in context.latest_materialization_records_by_key().values() if each is not None]
        return request(max(record.storage_id for record in records))

    @asset_sensor(asset_key=USERS, every_event=True, **facts)
    def copying(context, asset_event):
        copy = AssetMaterialization(COPIES, metadata={"of": asset_event.storage_id})
        key = f"user {asset_event.storage_id}"
        return SensorResult(asset_events=[copy], dynamic_partitions_requests=[PEOPLE.build_add_request([key])])

    @asset_sensor(asset_key=COPIES, every_event=True, **facts)
    def copied(context, asset_event):
        return request(asset_event.asset_materialization.metadata["of"].value)

    @asset(partitions_def=LETTERS)
    def letters() -> None: ...

    @multi_asset_sensor(monitored_assets=[DIVIDED], **facts)
    def divided(context: MultiAssetSensorEvaluationContext):
        """Deals with the last partition in the order of keys first, whenever it was made."""
        made = context.latest_materialization_records_by_partition(DIVIDED)
        if made:
            record = made[max(made)]
            context.advance_cursor({DIVIDED: record})
            yield request(record.storage_id)

    sensors = [every, flaky, newest, both, rested, leaving, copying, copied, divided]
    return Definitions(assets=[letters], jobs=[report], sensors=sensors)


@dataclass
class World:
    """What outlives the service: the file, the clock, and who makes assets."""

    home: Path
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOON))
    numbers: dict[AssetKey, list[int]] = field(default_factory=lambda: {ORDERS: [], USERS: [], DIVIDED: []})
    letters: dict[int, str] = field(default_factory=dict)
    run_numbers: int = 0
    failed: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.instance = DagsterInstance.from_home(self.home)
        self.store = self.instance.store

    def definitions(self) -> Definitions:
        """The user's code."""
        return definitions(self.failed)

    def new_run_id(self) -> str:
        self.run_numbers += 1
        return f"run-{self.run_numbers:05}"

    def make(self, key: AssetKey, times: int, partition: str | None = None) -> None:
        data = StepMaterializationData(AssetMaterialization(key, partition=partition))
        event = DagsterEvent(DagsterEventType.ASSET_MATERIALIZATION, event_specific_data=data)
        at = self.clock.now().timestamp()
        self.numbers[key] += self.store.append([EventLogEntry("", at, dagster_event=event)] * times)

    def make_letter(self, letter: str) -> None:
        self.make(DIVIDED, 1, letter)
        self.letters[self.numbers[DIVIDED][-1]] = letter

    def turn(self, name: str, change: Callable[[AutomationState], AutomationState]) -> None:
        """Somebody changes the state of a sensor by hand."""
        change_state(self.store, AutomationKey(LOCATION, AutomationKind.SENSOR, name), change, self.clock.now())

    def asked(self, sensor: str) -> list[int]:
        """The materializations that a sensor asked for, in the order of its runs."""
        found = self.store.run_records(RunsFilter(tags={"dagster/sensor_name": sensor}), ascending=True)
        return [int(record.dagster_run.tags["number"]) for record in found]


class Failing(CrashingStore):
    """A store of which one change fails, and that lives on."""

    def change(self, act: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        try:
            return super().change(act, *args, **kwargs)
        except Crash:
            raise StoreLockedError("locked", location="here") from None


class Service:
    """The loop and its user code, as one process that can be killed."""

    def __init__(self, world: World, crash_at: int = 0, after: bool = False, kind: type = CrashingStore) -> None:
        self._world = world
        self._own = DagsterInstance.from_home(world.home)
        self.store = kind(self._own.store, crash_at, after)
        repository = world.definitions().get_repository_def()
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
        self._answers.append(self._evaluator.evaluate(evaluation))

    def settle(self) -> None:
        for _ in range(400):
            answers, self._answers = self._answers, []
            try:
                next_at = self._loop.step(self._world.clock.now(), [*answers, Hint("assets"), Hint("states")])
            except StoreLockedError:
                continue  # as the thread of a loop does, a moment later
            if not self._answers and (next_at is None or next_at > self._world.clock.now()):
                return
        raise AssertionError("the service does not come to rest")

    def close(self) -> None:
        self._own.close()
