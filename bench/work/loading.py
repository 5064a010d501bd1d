"""Question: what do so many assets in one code location cost, from the decorators to the job that makes them all?"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from bench.work.report import emit, stopwatch
from dagster import AssetIn, AssetsDefinition, Definitions, asset

PAGE_MEGABYTES = os.sysconf("SC_PAGE_SIZE") / 1e6


def megabytes() -> float:
    """Memory of this process that is in use now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_MEGABYTES


def assets(count: int) -> list[AssetsDefinition]:
    """So many assets in twenty groups: each takes one upstream's value and waits for another."""

    def made(number: int) -> AssetsDefinition:
        ins = {"before": AssetIn(f"asset_{number - 1}")}
        deps = [f"asset_{number - 7}"] if number > 7 else []

        @asset(
            name=f"asset_{number}",
            ins=ins,
            deps=deps,
            group_name=f"group_{number % 20}",
            metadata={"number": number, "table": f"schema.asset_{number}"},
            tags={"team": f"team_{number % 5}"},
            description=f"Asset number {number}.",
        )
        def one(before: int) -> int:
            return before + number

        return one

    @asset(name="asset_0")
    def first() -> int:
        return 0

    return [first, *(made(number) for number in range(1, count))]


def main() -> None:
    """Arguments: how many assets."""
    (count,) = map(int, sys.argv[1:])
    assets(3)  # first uses load what they need
    before = megabytes()
    with stopwatch() as spent:
        repository = Definitions(assets=assets(count)).get_repository_def()
        repository.get_job("__ASSET_JOB")
    emit(f"load-{count}", spent.cpu_seconds, "s cpu")
    emit(f"load-{count}-memory", (megabytes() - before) / count * 1000, "MB/1,000 assets")


if __name__ == "__main__":
    main()
