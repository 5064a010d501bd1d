"""Conditions about data: versions that come back, versions after a wipe; what is asked of others over and over."""

from typing import Any

import dagster as dg
from tests.parity.condition_bench import DYNAMIC, LETTERS, Bench, C, asset
from tests.parity.scenario import Say, scenario


def version(text: str) -> dict[str, Any]:
    return {"tags": {"dagster/data_version": text}}


@scenario()
def source_data_that_come_back(say: Say) -> None:
    """Data that are at a tick what they were at the tick before have not changed, whatever was between."""

    @dg.observable_source_asset
    def source() -> Any:
        return dg.DataVersion("1")

    for condition in (C.newly_updated(), C.data_version_changed()):
        bench = Bench(say, source, asset("x", C.any_deps_match(condition), deps=["source"]))
        for seen in ("1", "21", "212", "12", "2121", "2"):
            for each in seen:
                bench.observed("source", **version(each))
            bench.tick(f"seen {seen}")
        bench.wiped("source")
        bench.tick("wiped")
        bench.observed("source", **version("2"))
        bench.tick("seen again")


@scenario()
def first_words_about_a_source(say: Say) -> None:
    """What was never seen is another thing than data of which nothing is said."""

    @dg.observable_source_asset
    def source() -> Any:
        return dg.DataVersion("1")

    for seen in (("1", ""), ("", "1", ""), ("", "")):
        bench = Bench(say, source, asset("x", C.any_deps_match(C.newly_updated()), deps=["source"]))
        bench.tick("first")
        for _ in range(2):
            for each in seen:
                bench.observed("source", **(version(each) if each else {}))
            bench.tick(f"seen {seen}")


@scenario(differs="`data_version_changed` of a partition that was wiped")
def data_versions_after_a_wipe(say: Say) -> None:
    names = {"whole": None, "parts": LETTERS}
    bench = Bench(say, *(asset(name, C.data_version_changed(), partitions_def=each) for name, each in names.items()))
    bench.tick("first")
    for given in ("1", "2"):
        bench.made("whole", "parts:a", **version(given))
        bench.tick(f"version {given}")
    for name in names:
        bench.wiped(name)
    bench.tick("wiped")
    for given in ("2", "3"):
        bench.made("whole", "parts:a", **version(given))
        bench.tick(f"version {given} again")


@scenario(differs="`initial_evaluation` of a dep or check, asked for dynamic partitions")
def initial_evaluation_for_dynamic_partitions(say: Say) -> None:
    bench = Bench(
        say,
        asset("up"),
        asset("x", C.any_deps_match(C.initial_evaluation()), deps=["up"], partitions_def=DYNAMIC),
        asset("y", C.any_deps_match(C.initial_evaluation()), deps=["up"], partitions_def=LETTERS),
    )
    bench.added("p", "q")
    bench.ticks(3, "first")
