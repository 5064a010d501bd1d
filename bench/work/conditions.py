"""Question: what does a tick of automation conditions cost, by the number of assets and of partitions?

``layers N``: N eager assets in ten layers, each made from three of the layer above; all made once. ``days``, ``hours``,
``listed``: fewer assets with many partitions, none made. All ticks but the first go on from the cursor of the one
before.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
from bench.work.report import IS_WATCHBELL, emit, stopwatch
from dagster import AssetKey, AssetMaterialization, DagsterInstance

LAYERS = 10
DEPS = 3
START = datetime(2026, 3, 1, 0, 30, tzinfo=UTC)


def name_of(layer: int, place: int) -> str:
    """The name of an asset."""
    return f"layer_{layer}_{place}"


def make_assets(layers: Sequence[int], definition: Any = None) -> list[Any]:
    """Eager assets in layers; each is made from three of the layer above."""
    made = []
    for layer, width in enumerate(layers):
        above = layers[layer - 1] if layer else 0
        for place in range(width):
            deps = sorted({name_of(layer - 1, (place + shift) % above) for shift in range(DEPS)}) if layer else []
            made.append(one_asset(name_of(layer, place), deps, definition))
    return made


def one_asset(name: str, deps: Sequence[str], definition: Any) -> Any:
    """An eager asset."""

    def body() -> None:
        return None

    decorate: Any = dg.asset
    condition = dg.AutomationCondition.eager()
    return decorate(name=name, deps=list(deps), partitions_def=definition, automation_condition=condition)(body)


def descendants(layers: Sequence[int], layer: int, place: int) -> int:
    """How many assets are made from one, at any distance."""
    reached, count = {place}, 0
    for below in range(layer + 1, len(layers)):
        width, above = layers[below], layers[below - 1]
        reached = {each for each in range(width) if any((each + shift) % above in reached for shift in range(DEPS))}
        count += len(reached)
    return count


class Ticks:
    """Ticks of one graph, a minute apart, each timed."""

    def __init__(self, instance: Any, assets: Sequence[Any], prefix: str) -> None:
        self._instance = instance
        self._defs = dg.Definitions(assets=list(assets))
        self._defs.resolve_asset_graph()
        self._cursor: Any = None
        self._now = START
        self._prefix = prefix

    def tick(self, measure: str | None = None, minutes: int = 1) -> tuple[int, float]:
        """The next tick: what it asked for (count), and its CPU (s)."""
        self._now += timedelta(minutes=minutes)
        with stopwatch() as watch:
            result: Any = dg.evaluate_automation_conditions(
                defs=self._defs, instance=self._instance, evaluation_time=self._now, cursor=self._cursor
            )
        self._cursor = result.cursor
        if measure is not None:
            emit(f"{self._prefix}-{measure}", watch.cpu_seconds * 1_000, "ms cpu")
        return result.total_requested, watch.cpu_seconds

    def report(self, name: str, partition: str | None = None) -> None:
        """An asset is made."""
        self._instance.report_runless_asset_event(AssetMaterialization(AssetKey(name), partition=partition))


def quiet(ticks: Ticks, times: int) -> None:
    """Ticks in which nothing is new: the least of them."""
    prefix = ticks._prefix
    spent = [ticks.tick()[1] for _ in range(times)]
    emit(f"{prefix}-quiet", min(spent) * 1_000, "ms cpu")


def expect(what: str, got: int, wanted: int) -> None:
    """Stops when a tick asked for something else: then something else was measured."""
    if got != wanted:
        raise RuntimeError(f"{what}: {got} requested, not {wanted}")


def layered(count: int) -> None:
    """Eager assets without partitions."""
    layers = [count // LAYERS] * LAYERS
    prefix = f"assets-{count}"
    opened: Any = DagsterInstance
    with tempfile.TemporaryDirectory() as folder, opened.local_temp(folder) as instance:
        ticks = Ticks(instance, make_assets(layers), prefix)
        for layer, width in enumerate(layers):
            for place in range(width):
                ticks.report(name_of(layer, place))
        expect("first tick", ticks.tick("first")[0], 0)
        quiet(ticks, 5 if IS_WATCHBELL else 2)
        slope = []
        for layer in (0, 4, 8):
            ticks.report(name_of(layer, 1))
            wanted = descendants(layers, layer, 1)
            asked, spent = ticks.tick("one-updated" if layer == 0 else None)
            expect(f"layer {layer} updated", asked, wanted)
            slope.append((wanted, spent))
            ticks.tick()
        (most, longest), (fewest, shortest) = slope[0], slope[-1]
        emit(f"{prefix}-each-descendant", (longest - shortest) / (most - fewest) * 1_000_000, "us cpu")
        emit(f"{prefix}-memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MB")


def partitioned(prefix: str, layers: Sequence[int], definition: Any, partition: str) -> None:
    """Eager assets with partitions; then one partition of everything in the first layer is made."""
    opened: Any = DagsterInstance
    with tempfile.TemporaryDirectory() as folder, opened.local_temp(folder) as instance:
        ticks = Ticks(instance, make_assets(layers, definition), prefix)
        ticks.tick("first")
        quiet(ticks, 3 if IS_WATCHBELL else 1)
        for place in range(layers[0]):
            ticks.report(name_of(0, place), partition)
        asked, _ = ticks.tick("updated")
        expect("first layer updated", asked, sum(layers[1:]))
        emit(f"{prefix}-memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MB")


def warm_up() -> None:
    """Both sides load modules when a first graph is evaluated; that is told apart."""
    opened: Any = DagsterInstance
    with tempfile.TemporaryDirectory() as folder, opened.local_temp(folder) as instance:
        days: Any = dg.DailyPartitionsDefinition("2026-02-01")
        assets = [one_asset("warm_root", [], None), one_asset("warm", ["warm_root"], None), one_asset("w", [], days)]
        Ticks(instance, assets, "warm-up").tick("first")


def main() -> None:
    """Answers the question that the arguments name."""
    parser = argparse.ArgumentParser()
    parser.add_argument("shape", choices=("layers", "days", "hours", "listed"))
    parser.add_argument("counts", nargs="*", type=int)
    given = parser.parse_args()
    warm_up()
    if given.shape == "layers":
        for count in given.counts:
            layered(count)
    elif given.shape == "days":
        first = (START - timedelta(days=1_096)).date().isoformat()
        definition: Any = dg.DailyPartitionsDefinition(first)
        partitioned("days", [50] * LAYERS, definition, (START - timedelta(days=1)).date().isoformat())
    elif given.shape == "hours":
        first_hour = START.replace(minute=0) - timedelta(hours=26_000)
        hours: Any = dg.HourlyPartitionsDefinition(first_hour.strftime("%Y-%m-%d-%H:%M"))
        partitioned("hours", [5] * LAYERS, hours, (START - timedelta(hours=1)).strftime("%Y-%m-%d-%H:00"))
    else:
        keys: Any = dg.StaticPartitionsDefinition([f"key-{number}" for number in range(1_000_000)])
        partitioned("listed", [1, 1], keys, "key-77")


if __name__ == "__main__":
    main()
