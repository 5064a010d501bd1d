"""Values that the store's tests put in, as short as they can be said."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from watchbell.record.event import (
    AssetMaterializationPlannedData,
    AssetObservationData,
    DagsterEvent,
    DagsterEventType,
    EventLogEntry,
    StepMaterializationData,
)
from watchbell.record.keys import AssetKey
from watchbell.record.lease import Lease
from watchbell.record.materialization import AssetMaterialization, AssetObservation
from watchbell.record.ports import Store
from watchbell.record.run import DagsterRun, DagsterRunStatus, RunWorker
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState, RunOrder, Tick, TickCommit, TickStatus

NOON_AT = datetime(2024, 5, 1, 12, tzinfo=UTC)
SENSOR = AutomationKey("here", AutomationKind.SENSOR, "files")
SCHEDULE = AutomationKey("here", AutomationKind.SCHEDULE, "daily")
WORKER = RunWorker(41, "17", "boot", "machine")


def at(seconds: float) -> datetime:
    """So many seconds after noon."""
    return NOON_AT + timedelta(seconds=seconds)


def run(
    run_id: str, job_name: str = "etl", status: DagsterRunStatus = DagsterRunStatus.QUEUED, **more: Any
) -> DagsterRun:
    """A run."""
    return DagsterRun(job_name, run_id, status=status, **more)


def status_event(run_id: str, kind: DagsterEventType, seconds: float = 0) -> EventLogEntry:
    """An event that moves a run."""
    return EventLogEntry(run_id, at(seconds).timestamp(), job_name="etl", dagster_event=DagsterEvent(kind, "etl"))


def message(run_id: str, text: str, seconds: float = 0, step_key: str | None = None) -> EventLogEntry:
    """A line that user code logged."""
    return EventLogEntry(run_id, at(seconds).timestamp(), user_message=text, step_key=step_key, job_name="etl")


def materialized(
    asset: str, run_id: str = "", seconds: float = 0, partition: str | None = None, step_key: str | None = None
) -> EventLogEntry:
    """An asset was made."""
    data = StepMaterializationData(AssetMaterialization(AssetKey(asset), partition=partition, metadata={"rows": 3}))
    event = DagsterEvent(DagsterEventType.ASSET_MATERIALIZATION, "etl", step_key, "made", data)
    return EventLogEntry(run_id, at(seconds).timestamp(), step_key=step_key, job_name="etl", dagster_event=event)


def observed(asset: str, run_id: str = "", seconds: float = 0) -> EventLogEntry:
    """An asset was looked at."""
    event = DagsterEvent(
        DagsterEventType.ASSET_OBSERVATION, event_specific_data=AssetObservationData(AssetObservation(AssetKey(asset)))
    )
    return EventLogEntry(run_id, at(seconds).timestamp(), dagster_event=event)


def planned(asset: str, run_id: str) -> EventLogEntry:
    """A run means to make an asset."""
    data = AssetMaterializationPlannedData(AssetKey(asset))
    event = DagsterEvent(DagsterEventType.ASSET_MATERIALIZATION_PLANNED, "etl", event_specific_data=data)
    return EventLogEntry(run_id, NOON_AT.timestamp(), job_name="etl", dagster_event=event)


def tick(
    seconds: float, orders: tuple[RunOrder, ...] = (), status: TickStatus = TickStatus.SUCCESS, **more: Any
) -> Tick:
    """A tick that asked for these runs."""
    keys = tuple(order.run_key for order in orders if order.run_key is not None)
    ids = tuple(order.run.run_id for order in orders)
    return Tick(at(seconds), status, at(seconds), at(seconds + 1), run_ids=ids, run_keys=keys, **more)


def commit(
    before: AutomationState,
    seconds: float,
    orders: Mapping[str, str | None] | None = None,
    events: tuple[EventLogEntry, ...] = (),
    **changes: Any,
) -> TickCommit:
    """One tick of an automation; ``orders`` are run ids with their run keys."""
    wanted = tuple(RunOrder(run(run_id), key) for run_id, key in (orders or {}).items())
    kept = {name: value for name, value in vars(before).items() if name != "version"}
    after = AutomationState(**{**kept, "last_tick_at": at(seconds), **changes}, version=before.version)
    return TickCommit(before, after, (tick(seconds, wanted),), wanted, events)


def take_lease(store: Store, owner: str = "me", seconds: float = 0) -> Lease:
    """The daemon's lease for half a minute."""
    lease = store.acquire_lease("daemon", owner, at(seconds), 30)
    assert lease is not None
    return lease


def start(store: Store, run_id: str) -> int:
    """Hands a queued run out and begins it; its attempt."""
    (started,) = store.hand_out_runs([run_id], take_lease(store), at(1))
    assert store.begin_run(run_id, started.attempt, WORKER, at(2))
    return started.attempt
