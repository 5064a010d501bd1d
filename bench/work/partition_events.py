"""Materializations of partitions as runs of ours write them down, made without runs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from watchbell import AssetKey, AssetMaterialization, DagsterEvent, DagsterEventType, EventLogEntry
from watchbell.declare.partitions.view import partitions_view
from watchbell.record.event import StepMaterializationData


def entries(key: AssetKey, definition: Any, partitions: Sequence[str]) -> list[EventLogEntry]:
    """An event for each partition of an asset, with its number."""
    numbers = definition.ordinals_of(partitions, partitions_view())
    found = []
    for partition, number in zip(partitions, numbers, strict=True):
        made = AssetMaterialization(key, partition=partition)
        data = StepMaterializationData(made, definition.numbering, number)
        event = DagsterEvent(DagsterEventType.ASSET_MATERIALIZATION, event_specific_data=data)
        found.append(EventLogEntry(run_id="", timestamp=time.time(), dagster_event=event))
    return found
