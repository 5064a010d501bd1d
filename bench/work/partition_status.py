"""Question: how soon does one know how the partitions of many assets stand, or of an asset with very many?"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
from bench.work.report import IS_WATCHBELL, command_line, emit, fresh_home, stopwatch
from bench.work.serving import DEFINITIONS
from dagster import AssetKey, AssetMaterialization, DagsterInstance

FIRST = datetime(2020, 1, 1, tzinfo=UTC)
COMMANDS = 5
QUESTIONS = 3


def store_all(instance: Any, keys: list[AssetKey], days: Any, partitions: list[str]) -> None:
    """Every partition of every asset was made; ours is told in batches, with the numbers that runs write down."""
    if not IS_WATCHBELL:
        for key in keys:
            for partition in partitions:
                instance.report_runless_asset_event(AssetMaterialization(key, partition=partition))
        return
    from bench.work.partition_events import entries

    for key in keys:
        instance.store.append(entries(key, days, partitions))


def many(assets: int, count: int) -> None:
    """How each partition of many assets stands."""
    end = (FIRST + timedelta(days=count)).date().isoformat()
    days: Any = dg.DailyPartitionsDefinition(FIRST.date().isoformat(), end_date=end)
    keys = [AssetKey(f"asset_{number}") for number in range(assets)]
    opened: Any = DagsterInstance
    with tempfile.TemporaryDirectory() as folder, opened.local_temp(folder) as instance:
        partitions = list(days.get_partition_keys())
        store_all(instance, keys, days, partitions)

        def ask() -> int:
            if IS_WATCHBELL:
                states = instance.partition_states(dict.fromkeys(keys, days))
                return sum(len(each.materialized) for each in states.values())
            return sum(len(instance.get_status_by_partition(key, partitions, days)) for key in keys)

        spent = []
        for _ in range(QUESTIONS):
            with stopwatch() as watch:
                found = ask()
            if found != assets * count:
                raise RuntimeError(f"{found} partitions were made, not {assets * count}")
            spent.append(watch)
        emit("states", min(each.wall_seconds for each in spent), "s")
        emit("state-of-a-partition", min(each.cpu_seconds for each in spent) / (assets * count) * 1e6, "us cpu")
        tracemalloc.start()
        ask()
        emit("memory", tracemalloc.get_traced_memory()[1] / 1e6, "MB")


def command(definitions: str, asset: str) -> None:
    """The command that shows how the partitions of one asset stand, prompt to prompt."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, **fresh_home(Path(folder) / "home")}
        words = command_line("partitions", "status", asset, "-f", DEFINITIONS / definitions)
        spent = []
        for _ in range(COMMANDS):
            with stopwatch() as watch:
                subprocess.run([str(word) for word in words], env=environment, check=True, stdout=subprocess.DEVNULL)
            spent.append(watch)
    emit("command", min(each.wall_seconds for each in spent), "s")
    emit("command-cpu", min(each.cpu_seconds for each in spent), "s cpu")


def main() -> None:
    """See ``--help``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--assets", type=int, default=0, help="so many assets")
    parser.add_argument("--partitions", type=int, default=0, help="with so many partitions each")
    parser.add_argument("--command", nargs=2, metavar=("FILE", "ASSET"), help="the command, on a file of definitions")
    given = parser.parse_args()
    if given.command:
        command(*given.command)
    else:
        many(given.assets, given.partitions)


if __name__ == "__main__":
    main()
