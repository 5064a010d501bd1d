"""Sensors of assets, for the torture: each effect says which materializations it is about."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from tests.torture.automation.notes import evaluated
from tests.torture.automation.run_code import handled
from watchbell import (
    AssetKey,
    AssetMaterialization,
    DefaultSensorStatus,
    Definitions,
    EventLogEntry,
    MultiAssetSensorEvaluationContext,
    RunRequest,
    SensorResult,
    SkipReason,
    StaticPartitionsDefinition,
    asset,
    asset_sensor,
    multi_asset_sensor,
)

SALES, SIGNALS, USERS = AssetKey("sales"), AssetKey("signals"), AssetKey("users")
VISITS, CLICKS = AssetKey("visits"), AssetKey("clicks")
ECHOES = AssetKey("echoes")
PARTS = [f"part_{number}" for number in range(6)]
IN_ORDER_MAX = 3
"""Materializations of an asset that ``in_order`` deals with at once (count): of a burst something is left over."""
FACTS: dict[str, Any] = {
    "job": handled,
    "minimum_interval_seconds": 1,
    "default_status": DefaultSensorStatus.RUNNING,
}


def about(event: EventLogEntry) -> RunRequest:
    """A run that says which materialization it is for."""
    return RunRequest(tags={"event": str(event.storage_id)})


@asset_sensor(asset_key=SALES, every_event=True, **FACTS)
def every(context: Any, asset_event: EventLogEntry) -> RunRequest:
    evaluated("plain")
    return about(asset_event)


@asset_sensor(asset_key=SIGNALS, every_event=True, **FACTS)
async def echo(context: Any, asset_event: EventLogEntry) -> SensorResult:
    """Its effect is an event, stored with the tick: bursts of a hundred cost no process each."""
    evaluated("async")
    await asyncio.sleep(0.002)
    return SensorResult(asset_events=[AssetMaterialization(ECHOES, metadata={"event": asset_event.storage_id})])


@asset_sensor(asset_key=SALES, **FACTS)
def newest(context: Any, asset_event: EventLogEntry) -> RunRequest:
    evaluated("plain")
    return about(asset_event)


@multi_asset_sensor(monitored_assets=[SALES, USERS], **FACTS)
def in_order(context: MultiAssetSensorEvaluationContext) -> Iterator[RunRequest]:
    evaluated("plain")
    for key in context.asset_keys:
        for record in context.materialization_records_for_key(key, limit=IN_ORDER_MAX):
            context.advance_cursor({key: record})
            yield about(record.event_log_entry)


@multi_asset_sensor(monitored_assets=[VISITS, CLICKS], **FACTS)
def complete(context: MultiAssetSensorEvaluationContext) -> Iterator[RunRequest]:
    """A run for each partition that was made of both."""
    evaluated("plain")
    for part, records in context.latest_materialization_records_by_partition_and_asset().items():
        if len(records) == 2:
            context.advance_cursor(records)
            yield RunRequest(
                tags={"part": part, **{str(key.path[0]): str(made.storage_id) for key, made in records.items()}}
            )


@multi_asset_sensor(monitored_assets=[USERS, SIGNALS], **FACTS)
async def staying(context: MultiAssetSensorEvaluationContext) -> RunRequest | SkipReason:
    """Acts, and leaves its cursor where it is."""
    evaluated("async")
    await asyncio.sleep(0.01)
    records = [each for each in context.latest_materialization_records_by_key().values() if each is not None]
    if not records:
        return SkipReason("nothing is there")
    return about(max(records, key=lambda record: record.storage_id).event_log_entry)


@asset(partitions_def=StaticPartitionsDefinition(PARTS))
def visits() -> None: ...


@asset(partitions_def=StaticPartitionsDefinition(PARTS))
def clicks() -> None: ...


defs = Definitions(assets=[visits, clicks], jobs=[handled], sensors=[every, echo, newest, in_order, complete, staying])
