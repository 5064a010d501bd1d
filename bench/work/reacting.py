"""Question: how long from the moment an asset was made until the run its sensor asked for is queued?"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import Any

from bench.work.reading import instance_of
from bench.work.report import emit
from bench.work.serving import served, temporary_home
from dagster import AssetMaterialization

SETTLE_SECONDS = 8.0
"""From the start of the service until the first asset is made."""
WAIT_SECONDS = 60.0
"""How long the last run may take; the other side polls every 30 seconds."""


def queued_at(instance: Any) -> dict[str, float]:
    """When the run of each asset was stored, in seconds since the epoch."""
    records = instance.get_run_records()
    return {record.dagster_run.tags["asset"]: record.create_timestamp.timestamp() for record in records}


def main() -> None:
    """See ``--help``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, required=True, help="assets, each with a sensor")
    parser.add_argument("--gap", type=float, required=True, help="between two assets that are made, seconds")
    given = parser.parse_args()
    with temporary_home() as home, served("asset_sensors", home, {"BENCH_COUNT": str(given.count)}) as service:
        time.sleep(SETTLE_SECONDS)
        service.check()
        made: dict[str, float] = {}
        with instance_of(home) as instance:
            for number in range(given.count):
                instance.report_runless_asset_event(AssetMaterialization(f"asset_{number}"))
                made[str(number)] = time.time()
                time.sleep(given.gap)
            ends_at = time.time() + WAIT_SECONDS
            while len(queued := queued_at(instance)) < given.count and time.time() < ends_at:
                service.check()
                time.sleep(0.1)
        waits_ms = sorted((queued[number] - at) * 1000 for number, at in made.items() if number in queued)
        emit("reaction-median", statistics.median(waits_ms), "ms")
        emit("reaction-p99", waits_ms[int(0.99 * (len(waits_ms) - 1))], "ms")
        emit("reacted", len(waits_ms), "runs")


if __name__ == "__main__":
    main()
