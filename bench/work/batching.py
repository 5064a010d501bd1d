"""Question (ours alone; Dagster has no public way): what does an asset event cost when many are stored together?"""

from __future__ import annotations

import tempfile
import time

from bench.work.report import emit, stopwatch
from watchbell import AssetKey, AssetMaterialization, DagsterEvent, DagsterEventType, DagsterInstance, EventLogEntry
from watchbell.record.event import StepMaterializationData

BATCH = 100
BATCHES = 50


def entry(number: int) -> EventLogEntry:
    """A materialization of one of ten assets, outside any run."""
    made = AssetMaterialization(asset_key=AssetKey(f"asset_{number % 10}"), metadata={"rows": number})
    event = DagsterEvent(DagsterEventType.ASSET_MATERIALIZATION, event_specific_data=StepMaterializationData(made))
    return EventLogEntry(run_id="", timestamp=time.time(), dagster_event=event)


def main() -> None:
    """Stores batches through the store of a temporary instance."""
    entries = [entry(number) for number in range(BATCH)]
    with tempfile.TemporaryDirectory() as folder, DagsterInstance.local_temp(folder) as instance:
        instance.store.append(entries)
        with stopwatch() as spent:
            for _ in range(BATCHES):
                instance.store.append(entries)
    emit("report-batched", spent.cpu_seconds * 1000 / (BATCH * BATCHES), "ms cpu/event")


if __name__ == "__main__":
    main()
