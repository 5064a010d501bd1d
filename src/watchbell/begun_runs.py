"""What a run that is stored as begun, and that nobody executes here, is to make: as its execution would tell it."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.view import DynamicPartitionsStore, PartitionsView
from watchbell.record.event import AssetMaterializationPlannedData, DagsterEvent, DagsterEventType, EventLogEntry
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
        event = DagsterEvent(kind, run.job_name, None, text, data)
        entries.append(EventLogEntry(run.run_id, now.timestamp(), logging.INFO, "", None, run.job_name, event))
    return entries


def _planned(
    run: DagsterRun, key: AssetKey, definition: PartitionsDefinition | None, view: PartitionsView
) -> AssetMaterializationPlannedData:
    partition = run.tags.get(PARTITION_TAG)
    if definition is None or partition is None:
        return AssetMaterializationPlannedData(key)
    return AssetMaterializationPlannedData(
        key, partition, definition.numbering, definition.require_ordinal(partition, view)
    )
