"""Conditions of what is downstream, asked about others than the asset that has the condition."""

from typing import Any

from tests.parity.condition_bench import Bench, C, asset
from tests.parity.scenario import Say, scenario

CRON = C.cron_tick_passed("*/20 * * * *")
DOWN = C.any_downstream_conditions


def _life(say: Say, *assets: Any) -> None:
    bench = Bench(say, *assets)
    for number in range(5):
        bench.tick(f"tick {number}")
        bench.wait(minutes=10)


@scenario()
def of_a_dep(say: Say) -> None:
    _life(say, asset("a"), asset("b", C.any_deps_match(DOWN()), ["a"]), asset("c", CRON, ["a"]))


@scenario()
def of_a_dep_from_below_the_one_that_asks(say: Say) -> None:
    _life(say, asset("a"), asset("b", C.any_deps_match(DOWN()), ["a"]), asset("c", CRON, ["b"]))


@scenario()
def of_an_asset_by_name(say: Say) -> None:
    asking = asset("b", C.asset_matches("a", DOWN()))
    _life(say, asset("a"), asking, asset("c", CRON, ["a"]), asset("d", C.missing(), ["b"]))


@scenario()
def each_dep_has_its_own(say: Say) -> None:
    asking = asset("b", C.all_deps_match(DOWN()), ["a", "e"])
    _life(say, asset("a"), asset("e"), asking, asset("c", CRON, ["a"]), asset("d", C.missing(), ["e"]))


@scenario()
def of_deps_of_deps(say: Say) -> None:
    asking = asset("c", C.any_deps_match(C.any_deps_match(DOWN().newly_true())), ["b"])
    _life(say, asset("a"), asset("b", deps=["a"]), asking, asset("d", CRON, ["a"]), asset("e", C.missing(), ["b"]))


@scenario()
def never_a_condition_equal_to_the_one_that_asks(say: Say) -> None:
    _life(say, asset("a"), asset("b", C.all_deps_match(DOWN()), ["a"]), asset("c", C.all_deps_match(DOWN()), ["a"]))


@scenario()
def nor_where_the_asset_itself_is_asked(say: Say) -> None:
    wanted = ~DOWN() & C.missing()
    _life(say, asset("a", wanted), asset("b", wanted, ["a"]), asset("c", CRON, ["b"]))


@scenario()
def but_one_that_is_called_otherwise(say: Say) -> None:
    other = C.all_deps_match(DOWN()).with_label("other")
    _life(say, asset("a"), asset("b", C.all_deps_match(DOWN()), ["a"]), asset("c", other, ["a"]))
