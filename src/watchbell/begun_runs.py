"""What a run that is stored as begun, and that nobody executes here, is to make: as its execution would tell it."""

from __future__ import annotations

import logging
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any

from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.view import DynamicPartitionsStore, PartitionsView
from watchbell.record.asset_check import AssetCheckEvaluationPlanned, AssetCheckKey
from watchbell.record.event import (
    AssetMaterializationPlannedData,
    DagsterEvent,
    DagsterEventType,
    EventData,
    EventLogEntry,
)
from watchbell.record.keys import AssetKey
from watchbell.record.partition import PARTITION_TAG
from watchbell.record.run import DagsterRun, DagsterRunStatus

BEGUN = frozenset({DagsterRunStatus.STARTING, DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING})
"""The states of a run that has begun and is not over."""


def planned_entries(run: DagsterRun, job: Any, now: datetime, store: DynamicPartitionsStore) -> list[EventLogEntry]:
    """The events that say what a run is to make; none if it has not begun, or its job makes no assets.

    Args:
        run: the run as it is stored.
        job: its job.
        now: the time, aware.
        store: knows dynamic partitions.
    """
    layer = getattr(job, "asset_layer", None)
    if layer is None or run.status not in BEGUN:
        return []
    keys = layer.executable_keys - layer.observed_keys
    if run.asset_selection is not None:
        keys &= run.asset_selection
    view = PartitionsView(now, store)
    entries = []
    for key in sorted(keys, key=AssetKey.to_string):
        data = _planned(run, key, layer.load_of(key).partitions_def, view)
        text = f"{run.job_name} is to materialize {key.to_user_string()}"
        kind = DagsterEventType.ASSET_MATERIALIZATION_PLANNED
        entries.append(_entry(run, now, kind, text, data))
    kind = DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED
    for check in sorted(_check_keys(run, layer, keys), key=str):
        text = f"{run.job_name} is to evaluate the check {check.to_user_string()}"
        entries.append(_entry(run, now, kind, text, AssetCheckEvaluationPlanned(check.asset_key, check.name)))
    return entries


def _entry(run: DagsterRun, now: datetime, kind: DagsterEventType, text: str, data: EventData) -> EventLogEntry:
    event = DagsterEvent(kind, run.job_name, None, text, data)
    return EventLogEntry(run.run_id, now.timestamp(), logging.INFO, "", None, run.job_name, event)


def _check_keys(run: DagsterRun, layer: Any, keys: AbstractSet[AssetKey]) -> AbstractSet[AssetCheckKey]:
    """The checks that a run executes: those it names, or else all of its job that belong to what it makes."""
    found: set[AssetCheckKey] = set()
    for definition in layer.assets_by_node.values():
        selected = getattr(definition, "selected_checks", None)
        found |= definition.check_keys if selected is None else selected
    if run.asset_check_selection is not None:
        return found & run.asset_check_selection
    return found if run.asset_selection is None else {each for each in found if each.asset_key in keys}


def _planned(
    run: DagsterRun, key: AssetKey, definition: PartitionsDefinition | None, view: PartitionsView
) -> AssetMaterializationPlannedData:
    partition = run.tags.get(PARTITION_TAG)
    if definition is None or partition is None:
        return AssetMaterializationPlannedData(key)
    return AssetMaterializationPlannedData(
        key, partition, definition.numbering, definition.require_ordinal(partition, view)
    )
