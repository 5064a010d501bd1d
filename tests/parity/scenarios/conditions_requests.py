"""What is asked for together: conditions about requests, assets made together, selections, cursors, changed code."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
from tests.parity.condition_bench import DAYS, DYNAMIC, LETTERS, Bench, C, asset, check
from tests.parity.scenario import Say, scenario


@scenario()
def will_be_requested(say: Say) -> None:
    bench = Bench(
        say,
        asset("up", C.newly_updated()),
        asset("x", C.any_deps_match(C.will_be_requested()), deps=["up"]),
        asset("y", C.any_deps_match(C.will_be_requested()), deps=["x"]),
        asset("self", C.will_be_requested() | C.missing()),
    )
    bench.tick("first")
    bench.made("up")
    bench.ticks(2, "up made")


@scenario()
def will_be_requested_with_partitions(say: Say) -> None:
    yesterday = dg.TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)
    bench = Bench(
        say,
        asset("up", C.newly_updated(), partitions_def=DAYS),
        asset("same", C.any_deps_match(C.will_be_requested()), ["up"], partitions_def=DAYS),
        asset(
            "later",
            C.any_deps_match(C.will_be_requested()),
            [dg.AssetDep("up", partition_mapping=yesterday)],
            partitions_def=DAYS,
        ),
        asset("whole", C.any_deps_match(C.will_be_requested()), ["up"]),
    )
    bench.tick("first")
    bench.made("up:2024-01-06")
    bench.ticks(2, "up made")


@scenario()
def eager_waits_for_what_it_cannot_share_a_run_with(say: Say) -> None:
    yesterday = dg.TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)
    bench = Bench(
        say,
        asset("up", C.newly_missing(), partitions_def=DAYS),
        asset("same", C.eager(), ["up"], partitions_def=DAYS),
        asset("later", C.eager(), [dg.AssetDep("up", partition_mapping=yesterday)], partitions_def=DAYS),
        asset("whole", C.eager(), ["up"]),
        asset("all_days", C.eager(), [dg.AssetDep("up", partition_mapping=dg.AllPartitionMapping())]),
    )
    bench.ticks(2, "first")
    bench.made("up:2024-01-08", "up:2024-01-09")
    bench.ticks(2, "up made")
    bench.wait(days=1)
    bench.ticks(2, "next day")


@scenario()
def newly_requested_of_a_dependency(say: Say) -> None:
    bench = Bench(
        say,
        asset("up", C.newly_updated()),
        asset("x", C.any_deps_match(C.newly_requested()), deps=["up"]),
        asset("y", C.any_deps_match(C.newly_requested()), deps=["x"]),
    )
    bench.tick("first")
    bench.made("up")
    bench.ticks(4, "up made")


def trio(condition: Any, *, can_subset: bool) -> Any:
    specs = [
        dg.AssetSpec("one", automation_condition=condition, skippable=can_subset),
        dg.AssetSpec("two", deps=["up"], skippable=can_subset),
        dg.AssetSpec("three", deps=["one"], automation_condition=C.execution_failed(), skippable=can_subset),
    ]

    @dg.multi_asset(specs=specs, can_subset=can_subset)
    def three_assets() -> Iterator[Any]:
        yield dg.MaterializeResult("one")

    return three_assets


@scenario()
def assets_that_are_made_together(say: Say) -> None:
    bench = Bench(say, asset("up"), trio(C.missing(), can_subset=False))
    bench.tick("first")
    bench.made("one")
    bench.tick("one made")


@scenario()
def assets_that_may_be_made_alone(say: Say) -> None:
    bench = Bench(say, asset("up"), trio(C.missing(), can_subset=True))
    bench.tick("first")
    bench.made("one")
    bench.tick("one made")


@scenario()
def what_is_made_together_counts_as_requested(say: Say) -> None:
    bench = Bench(
        say,
        asset("up"),
        trio(C.newly_updated(), can_subset=False),
        asset("x", C.any_deps_match(C.will_be_requested()), deps=["two"]),
        asset("y", C.any_deps_match(C.will_be_requested()), deps=["one"]),
        asset("z", C.any_deps_match(C.newly_requested()), deps=["two"]),
    )
    bench.tick("first")
    bench.made("one")
    bench.ticks(3, "one made")


@scenario()
def eager_assets_that_are_made_together(say: Say) -> None:
    specs = [
        dg.AssetSpec("one", deps=["left"], automation_condition=C.eager()),
        dg.AssetSpec("two", deps=["right"], automation_condition=C.eager()),
    ]

    @dg.multi_asset(specs=specs)
    def pair() -> Iterator[Any]:
        yield dg.MaterializeResult("one")

    bench = Bench(say, asset("left"), asset("right"), pair, asset("x", C.eager(), deps=["two"]))
    bench.made("one", "two", "x")
    bench.tick("first")
    bench.made("left")
    bench.ticks(2, "left")
    bench.made("right")
    bench.ticks(2, "right")


@scenario()
def checks_that_are_made_together(say: Say) -> None:
    @dg.asset(check_specs=[dg.AssetCheckSpec("inside", asset="x")], automation_condition=C.newly_missing())
    def x() -> Any:
        yield dg.MaterializeResult(check_results=[dg.AssetCheckResult(check_name="inside", passed=True)])

    bench = Bench(say, x, checks=[check("outside", "x")])
    bench.ticks(2)


@scenario()
def partitions_that_are_made_together(say: Say) -> None:
    specs = [dg.AssetSpec("one", automation_condition=C.missing()), dg.AssetSpec("two")]

    @dg.multi_asset(specs=specs, partitions_def=LETTERS)
    def pair() -> Iterator[Any]:
        yield dg.MaterializeResult("one")

    bench = Bench(say, pair)
    bench.made("one:b")
    bench.tick()


@scenario()
def a_selection_of_assets(say: Say) -> None:
    bench = Bench(
        say,
        asset("up", C.missing()),
        asset("x", C.any_deps_match(C.will_be_requested()), deps=["up"]),
        asset("y", C.missing()),
        checks=[check("one", "up", C.missing()), check("two", "y", C.missing())],
    )
    bench.tick("all", cursor=None)
    bench.tick("x", cursor=None, asset_selection=dg.AssetSelection.assets("x"))
    bench.tick("up and x", cursor=None, asset_selection=dg.AssetSelection.assets("up", "x"))
    bench.tick("y without checks", cursor=None, asset_selection=dg.AssetSelection.assets("y").without_checks())
    bench.tick("checks alone", cursor=None, asset_selection=dg.AssetSelection.all_asset_checks())


@scenario()
def a_selection_that_changes(say: Say) -> None:
    bench = Bench(say, asset("x", C.newly_updated()), asset("y", C.newly_updated()))
    bench.tick("first")
    bench.made("x", "y")
    bench.tick("x alone", asset_selection=dg.AssetSelection.assets("x"))
    bench.ticks(2, "both")
    bench.made("x", "y")
    bench.tick("both made")


@scenario()
def a_cursor_used_twice(say: Say) -> None:
    bench = Bench(say, asset("x", C.newly_updated() | C.missing().newly_true()))
    bench.tick("first")
    first = bench.cursor
    bench.made("x")
    bench.tick("made")
    bench.cursor = first
    bench.tick("made, looked at again")
    bench.tick("later")
    bench.cursor = None
    bench.ticks(2, "anew")


@scenario()
def no_evaluation_time(say: Say) -> None:
    bench = Bench(say, asset("x", C.missing() & C.in_latest_time_window(), partitions_def=DAYS))
    bench.tick("now", evaluation_time=None)
    bench.wait(days=1)
    bench.tick("a day later", evaluation_time=None)


@scenario()
def definitions_as_a_list(say: Say) -> None:
    bench = Bench(say, asset("x", C.missing()), asset("y", C.any_deps_missing(), deps=["x"]))
    found = dg.evaluate_automation_conditions(defs=bench.assets, instance=bench.instance, evaluation_time=bench.now)
    say("asked for", bench.told(found), found.total_requested, found.get_num_requested(dg.AssetKey("x")))


@scenario()
def what_a_result_says(say: Say) -> None:
    bench = Bench(
        say,
        asset("x", C.missing(), partitions_def=LETTERS),
        asset("y", C.missing()),
        asset("z"),
        checks=[check("one", "y", C.missing())],
    )
    found = bench.evaluate()
    say("total", found.total_requested)
    for name in ("x", "y", "z", "nowhere"):
        say(name, found.get_num_requested(dg.AssetKey(name)), set(found.get_requested_partitions(dg.AssetKey(name))))


@scenario()
def an_asset_that_comes_later(say: Say) -> None:
    bench = Bench(say, asset("up"))
    bench.tick("nothing has a condition")
    bench.made("up")
    bench.tick("made")
    bench.define(asset("up"), asset("x", C.eager(), deps=["up"]), asset("y", C.newly_updated().since_last_handled()))
    bench.ticks(2, "x is new")
    bench.made("up")
    bench.ticks(2, "made again")


@scenario()
def a_new_dependency(say: Say) -> None:
    bench = Bench(say, asset("one"), asset("two"), asset("x", C.any_deps_updated(), deps=["one"]))
    bench.tick("first")
    bench.made("two")
    bench.tick("two, which is none yet")
    bench.made("two")
    bench.define(asset("one"), asset("two"), asset("x", C.any_deps_updated(), deps=["one", "two"]))
    bench.tick("two, which is one now")
    bench.made("two")
    bench.tick("two again")


@scenario()
def a_dependency_that_goes(say: Say) -> None:
    held = C.any_deps_match(C.newly_updated().since(C.in_progress()))
    bench = Bench(say, asset("one"), asset("two"), asset("x", held, deps=["one", "two"]))
    bench.tick("first")
    bench.made("two")
    bench.tick("two")
    bench.define(asset("one"), asset("two"), asset("x", held, deps=["one"]))
    bench.tick("two is none any more")
    bench.define(asset("one"), asset("two"), asset("x", held, deps=["one", "two"]))
    bench.tick("two is back")


@scenario()
def partitions_that_come_to_an_asset(say: Say) -> None:
    bench = Bench(say, asset("x", C.missing()), asset("y", C.newly_updated().since(C.in_progress())))
    bench.tick("first")
    bench.made("x", "y")
    bench.tick("made")
    bench.define(
        asset("x", C.missing(), partitions_def=LETTERS),
        asset("y", C.newly_updated().since(C.in_progress()), partitions_def=LETTERS),
    )
    bench.tick("letters")
    bench.made("x:a", "y:a")
    bench.tick("a")
    bench.define(asset("x", C.missing()), asset("y", C.newly_updated().since(C.in_progress())))
    bench.tick("no letters")


@scenario()
def more_static_partitions(say: Say) -> None:
    condition = C.newly_updated().since(C.in_progress())
    bench = Bench(
        say, asset("x", condition, partitions_def=LETTERS), asset("y", C.on_missing(), partitions_def=LETTERS)
    )
    bench.tick("first")
    bench.made("x:b")
    bench.tick("b")
    more = dg.StaticPartitionsDefinition(["a", "b", "c", "d"])
    bench.define(asset("x", condition, partitions_def=more), asset("y", C.on_missing(), partitions_def=more))
    bench.ticks(2, "d is new")


@scenario()
def an_asset_of_another_condition(say: Say) -> None:
    bench = Bench(say, asset("up"), asset("x", C.eager(), deps=["up"]))
    bench.ticks(2, "eager")
    bench.made("up")
    bench.define(asset("up"), asset("x", C.on_missing(), deps=["up"]))
    bench.ticks(2, "on missing")
    bench.define(asset("up"), asset("x", C.eager(), deps=["up"]))
    bench.ticks(2, "eager again")
    bench.made("up")
    bench.ticks(2, "up made")


@scenario()
def dynamic_partitions_that_come_and_go(say: Say) -> None:
    bench = Bench(
        say,
        asset("up", C.on_missing(), partitions_def=DYNAMIC),
        asset("x", C.eager(), deps=["up"], partitions_def=DYNAMIC),
    )
    bench.ticks(2, "none")
    bench.added("p", "q")
    bench.ticks(2, "p and q")
    bench.made("up:p", "up:q", "x:p")
    bench.ticks(2, "made")
    with bench.clock():
        bench.instance.delete_dynamic_partition("plots", "p")
    bench.ticks(2, "p is gone")
    bench.added("r", "p")
    bench.ticks(2, "r, and p is back")


@scenario()
def backfill_policies_change_no_request(say: Say) -> None:
    one = dg.BackfillPolicy.single_run()
    bench = Bench(
        say,
        asset("up", C.missing(), partitions_def=DAYS, backfill_policy=one),
        asset("x", C.any_deps_match(C.will_be_requested()), ["up"], partitions_def=DAYS, backfill_policy=one),
    )
    bench.tick()
