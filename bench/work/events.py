"""Question: what does it cost to store an asset event, to find the newest one, and to materialize one asset?"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Callable

from bench.work.report import emit, stopwatch
from dagster import AssetKey, AssetMaterialization, DagsterInstance, asset, materialize

REPORTS = 500
LOOKS = 300
MATERIALIZATIONS = 20


@asset
def lone() -> int:
    """An asset without dependencies."""
    return 1


def per_call_ms(call: Callable[[], object], count: int) -> float:
    """CPU of one call among so many, in milliseconds."""
    with stopwatch() as spent:
        for _ in range(count):
            call()
    return spent.cpu_seconds * 1000 / count


def report(instance: DagsterInstance, count: int) -> float:
    """Reports so many materializations one by one; CPU of each in milliseconds."""
    event = AssetMaterialization(asset_key=AssetKey("reported"), metadata={"rows": 7})
    return per_call_ms(lambda: instance.report_runless_asset_event(event), count)


def main() -> None:
    """Arguments: sizes of the log at which the newest materialization is looked up, growing."""
    sizes = [int(word) for word in sys.argv[1:]]
    with tempfile.TemporaryDirectory() as folder, DagsterInstance.local_temp(folder) as instance:
        report(instance, 5)
        stored = 5
        emit("report", report(instance, REPORTS), "ms cpu/event")
        stored += REPORTS
        key = AssetKey("reported")
        for size in sizes:
            report(instance, max(size - stored, 1))
            stored = max(size, stored)
            found = instance.get_latest_materialization_event(key)
            assert found is not None
            look = per_call_ms(lambda: instance.get_latest_materialization_event(key), LOOKS)
            emit(f"latest-{size}", look, "ms cpu/look")
        costs = []
        for _ in range(MATERIALIZATIONS):
            with stopwatch() as spent:
                materialize([lone], instance=instance)
            costs.append(spent.cpu_seconds * 1000)
        emit("materialize-one", statistics.median(costs), "ms cpu")


if __name__ == "__main__":
    main()
