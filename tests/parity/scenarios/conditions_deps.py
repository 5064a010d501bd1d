"""Conditions about what an asset is made from, and what is made from it."""

from typing import Any

import dagster as dg
from tests.parity.condition_bench import DAYS, HOURS, LETTERS, Bench, C, asset
from tests.parity.scenario import Say, scenario


def below(say: Say, condition: Any, *names: str, **more: Any) -> Bench:
    """x, made from some assets."""
    return Bench(say, *(asset(name, **more) for name in names), asset("x", condition, deps=names, **more))


@scenario()
def any_of_the_dependencies(say: Say) -> None:
    bench = below(say, C.any_deps_match(C.missing()), "one", "two")
    bench.tick("none")
    bench.made("one")
    bench.tick("one")
    bench.made("two")
    bench.tick("both")


@scenario()
def all_of_the_dependencies(say: Say) -> None:
    bench = below(say, C.all_deps_match(~C.missing()), "one", "two")
    bench.tick("none")
    bench.made("one")
    bench.tick("one")
    bench.made("two")
    bench.tick("both")


@scenario()
def no_dependencies(say: Say) -> None:
    bench = Bench(
        say,
        asset("some", C.any_deps_match(C.missing())),
        asset("every", C.all_deps_match(C.missing())),
        asset("parts", C.all_deps_match(C.missing()), partitions_def=LETTERS),
    )
    bench.tick()


@scenario()
def dependencies_of_partitions(say: Say) -> None:
    bench = Bench(
        say,
        asset("one", partitions_def=LETTERS),
        asset("two", partitions_def=LETTERS),
        asset("some", C.any_deps_match(C.missing()), deps=["one", "two"], partitions_def=LETTERS),
        asset("every", C.all_deps_match(C.missing()), deps=["one", "two"], partitions_def=LETTERS),
    )
    bench.tick("none")
    bench.made("one:a", "two:a", "two:b")
    bench.tick("some")


@scenario()
def dependencies_not_divided(say: Say) -> None:
    bench = Bench(
        say,
        asset("one"),
        asset("some", C.any_deps_match(C.newly_updated()), deps=["one"], partitions_def=LETTERS),
        asset("parts", partitions_def=LETTERS),
        asset("whole", C.any_deps_match(C.newly_updated()), deps=["parts"]),
        asset("full", C.all_deps_match(~C.missing()), deps=["parts"]),
    )
    bench.tick("first")
    bench.made("one", "parts:a")
    bench.ticks(2, "made")
    bench.made("parts:b", "parts:c")
    bench.ticks(2, "all parts")


@scenario()
def allowed_dependencies(say: Say) -> None:
    groups = dg.AssetSelection.groups("good")
    bench = Bench(
        say,
        asset("one", group_name="good"),
        asset("two"),
        asset("some", C.any_deps_match(C.newly_updated()).allow(groups), deps=["one", "two"]),
        asset("every", C.all_deps_match(C.newly_updated()).allow(groups), deps=["one", "two"]),
        asset("others", C.any_deps_match(C.newly_updated()).ignore(groups), deps=["one", "two"]),
        asset("none", C.all_deps_match(C.missing()).allow(dg.AssetSelection.keys("nowhere")), deps=["one", "two"]),
    )
    bench.tick("first")
    bench.made("one")
    bench.tick("one")
    bench.made("two")
    bench.tick("two")
    bench.made("two", "one")
    bench.tick("both")


@scenario()
def allow_and_ignore_at_once(say: Say) -> None:
    both = C.any_deps_match(C.newly_updated())
    both = both.allow(dg.AssetSelection.assets("one", "two")).ignore(dg.AssetSelection.assets("two", "three"))
    bench = below(say, both, "one", "two", "three", "four")
    bench.tick("first")
    for name in ("one", "two", "three", "four"):
        bench.made(name)
        bench.tick(name)


@scenario()
def allow_through_a_tree(say: Say) -> None:
    tree = (C.any_deps_updated() | C.any_deps_match(C.execution_failed())).ignore(dg.AssetSelection.assets("two"))
    bench = below(say, tree & ~C.any_deps_in_progress(), "one", "two")
    bench.tick("first")
    bench.made("two")
    bench.tick("two")
    bench.run("two", fails=["two"])
    bench.tick("two failed")
    bench.run("one", fails=["one"])
    bench.tick("one failed")
    run = bench.begun("two")
    bench.tick("two in progress")
    bench.canceled(run)
    bench.made("one")
    bench.tick("one")


@scenario()
def ignore_of_an_upstream_selection(say: Say) -> None:
    bench = Bench(
        say,
        asset("root"),
        asset("mid", deps=["root"]),
        asset("side"),
        asset("x", C.any_deps_updated().ignore(dg.AssetSelection.assets("root").downstream()), deps=["mid", "side"]),
    )
    bench.tick("first")
    bench.made("mid")
    bench.tick("mid")
    bench.made("side")
    bench.tick("side")


@scenario()
def a_replaced_operand_below_a_dependency(say: Say) -> None:
    replaced = C.any_deps_match(C.newly_updated() | C.missing()).replace(C.missing(), C.execution_failed())
    bench = below(say, replaced, "one")
    bench.tick("first")
    bench.run("one", fails=["one"])
    bench.tick("failed")


@scenario()
def any_deps_updated(say: Say) -> None:
    bench = below(say, C.any_deps_updated(), "one", "two")
    bench.tick("first")
    bench.made("one")
    bench.ticks(2, "one made")
    bench.observed("two")
    bench.tick("observed")
    bench.run("two", fails=["two"])
    bench.tick("failed")
    bench.run("one", "two")
    bench.tick("by a run")


@scenario()
def any_deps_updated_together_with_the_child(say: Say) -> None:
    bench = below(say, C.any_deps_updated(), "one", "two")
    bench.tick("first")
    bench.run("one", "x")
    bench.tick("one and x in one run")
    bench.run("one")
    bench.tick("one alone")
    bench.run("one", "two", "x")
    bench.tick("all")
    bench.run("one", "two")
    bench.run("x")
    bench.tick("one after the other")


@scenario()
def any_deps_updated_of_partitions_together_with_the_child(say: Say) -> None:
    bench = below(say, C.any_deps_updated(), "one", partitions_def=LETTERS)
    bench.tick("first")
    bench.run("one", "x", partition_key="a")
    bench.run("one", partition_key="b")
    bench.tick("a together, b alone")
    bench.run("one", "x", partition_key="b")
    bench.run("one", partition_key="b")
    bench.tick("b together, then alone")


@scenario()
def any_deps_missing(say: Say) -> None:
    bench = Bench(
        say,
        asset("root", C.missing()),
        asset("x", C.any_deps_missing(), deps=["root"]),
        asset("plain"),
        asset("y", C.any_deps_missing(), deps=["plain"]),
    )
    bench.tick("missing, and asked for")
    bench.made("plain", "root")
    bench.tick("made")


@scenario()
def any_deps_in_progress(say: Say) -> None:
    bench = below(say, C.any_deps_in_progress(), "one", partitions_def=LETTERS)
    bench.tick("idle")
    run = bench.begun("one", partition="b")
    bench.tick("begun")
    bench.canceled(run)
    bench.tick("canceled")


@scenario()
def dependencies_of_dependencies(say: Say) -> None:
    bench = Bench(
        say,
        asset("root"),
        asset("mid", deps=["root"]),
        asset("x", C.any_deps_match(C.any_deps_match(C.newly_updated())), deps=["mid"]),
        asset("y", C.any_deps_match(C.all_deps_match(C.missing())), deps=["mid"]),
    )
    bench.tick("first")
    bench.made("root")
    bench.tick("root")
    bench.made("mid")
    bench.tick("mid")


@scenario()
def state_below_a_dependency(say: Say) -> None:
    bench = below(say, C.any_deps_match(C.newly_updated().since(C.in_progress())), "one", "two")
    bench.tick("first")
    bench.made("one", "two")
    bench.tick("both made")
    bench.begun("one")
    bench.tick("one begun")
    bench.begun("two")
    bench.tick("two begun")


@scenario()
def since_around_a_dependency(say: Say) -> None:
    bench = below(say, C.all_deps_match(C.newly_updated().since(C.cron_tick_passed("0 2 * * *"))), "one", "two")
    bench.tick("first")
    bench.made("one")
    bench.tick("one")
    bench.made("two")
    bench.ticks(2, "both")
    bench.wait(hours=3)
    bench.ticks(2, "later")
    bench.made("one", "two")
    bench.tick("both again")


@scenario()
def outside_assets_as_dependencies(say: Say) -> None:
    @dg.observable_source_asset
    def watched() -> Any:
        return dg.DataVersion("1")

    bench = Bench(
        say,
        watched,
        dg.AssetSpec("outside"),
        asset("x", C.any_deps_updated(), deps=["watched", "outside", "unknown"]),
        asset("y", C.any_deps_missing(), deps=["watched"]),
        asset("z", C.any_deps_missing(), deps=["outside"]),
        asset("u", C.any_deps_missing(), deps=["unknown"]),
    )
    bench.ticks(2, "first")
    bench.observed("watched")
    bench.tick("observed")
    bench.made("outside")
    bench.tick("reported")
    bench.made("unknown")
    bench.tick("one that no definition tells of")


@scenario()
def eager(say: Say) -> None:
    bench = below(say, C.eager(), "one", "two")
    bench.ticks(2, "first")
    bench.made("one")
    bench.tick("one, while the other is missing")
    bench.made("two")
    bench.ticks(2, "both")
    bench.made("x")
    bench.tick("x made")
    bench.run("one", "two", "x")
    bench.tick("all in a run")
    bench.made("one")
    run = bench.begun("x")
    bench.tick("one, while x is in progress")
    bench.failed(run)
    bench.ticks(2, "x failed")


@scenario()
def eager_while_a_dependency_is_in_progress(say: Say) -> None:
    bench = below(say, C.eager(), "one", "two")
    bench.made("one", "two", "x")
    bench.tick("first")
    run = bench.begun("two")
    bench.made("one")
    bench.ticks(2, "two in progress")
    bench.canceled(run)
    bench.ticks(2, "two canceled")


@scenario()
def eager_roots(say: Say) -> None:
    bench = Bench(say, asset("root", C.eager()), asset("parts", C.eager(), partitions_def=DAYS))
    bench.ticks(2, "first")
    bench.made("root")
    bench.wiped("root")
    bench.ticks(2, "made and wiped")
    bench.wait(days=1)
    bench.ticks(2, "next day")


@scenario()
def eager_chain(say: Say) -> None:
    bench = Bench(
        say, asset("a", C.eager()), asset("b", C.eager(), deps=["a"]), asset("c", C.eager(), deps=["b"]), asset("d")
    )
    bench.ticks(2, "first")
    bench.made("a")
    bench.ticks(2, "a made")
    bench.made("b", "c")
    bench.ticks(2, "b and c made")


@scenario()
def eager_days_and_hours(say: Say) -> None:
    bench = Bench(
        say, asset("hours", C.eager(), partitions_def=HOURS), asset("days", C.eager(), ["hours"], partitions_def=DAYS)
    )
    bench.ticks(2, "first")
    bench.made(*(f"hours:2024-01-09-{hour:02}:00" for hour in range(23)))
    bench.tick("all but one")
    bench.made("hours:2024-01-09-23:00")
    bench.tick("the last")
    bench.wait(hours=1)
    bench.tick("an hour later")


@scenario()
def eager_diamond(say: Say) -> None:
    bench = Bench(
        say,
        asset("root"),
        asset("left", C.eager(), deps=["root"]),
        asset("right", C.eager(), deps=["root"]),
        asset("end", C.eager(), deps=["left", "right"]),
    )
    bench.tick("first")
    bench.made("root", "left", "right", "end")
    bench.tick("all made")
    bench.made("root")
    bench.tick("root made")
    bench.run("left", "right", "end")
    bench.tick("the rest made")


@scenario()
def on_missing(say: Say) -> None:
    bench = Bench(say, asset("root", C.on_missing()), asset("x", C.on_missing(), deps=["root"]))
    bench.ticks(2, "first")
    bench.made("root")
    bench.ticks(2, "root made")
    bench.made("x")
    bench.wiped("x")
    bench.ticks(2, "wiped")
    bench.made("x")
    bench.wiped("root", "x")
    bench.ticks(2, "both wiped")


@scenario()
def on_missing_partitions(say: Say) -> None:
    bench = Bench(
        say,
        asset("root", partitions_def=DAYS),
        asset("x", C.on_missing(), deps=["root"], partitions_def=DAYS),
    )
    bench.ticks(2, "first")
    bench.made("root:2024-01-08", "root:2024-01-09")
    bench.ticks(2, "made")
    bench.wait(days=1)
    bench.tick("next day")
    bench.made("root:2024-01-10")
    bench.ticks(2, "made")


@scenario()
def an_asset_that_depends_on_its_own_past(say: Say) -> None:
    days = dg.TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)
    for name in ("eager", "on_missing"):
        condition = getattr(C, name)()
        bench = Bench(say, asset("x", condition, deps=[dg.AssetDep("x", partition_mapping=days)], partitions_def=DAYS))
        bench.ticks(2, name)
        bench.made("x:2024-01-08")
        bench.tick("the eighth")
        bench.made("x:2024-01-09")
        bench.wait(days=1)
        bench.ticks(2, "next day")


@scenario()
def an_asset_of_another_key(say: Say) -> None:
    bench = Bench(
        say,
        asset("one"),
        asset("x", C.asset_matches("one", C.newly_updated())),
        asset("y", C.asset_matches("one", C.missing()) & C.missing(), deps=["one"]),
    )
    bench.tick("first")
    bench.made("one")
    bench.ticks(2, "made")


@scenario()
def an_asset_of_another_key_with_partitions(say: Say) -> None:
    bench = Bench(
        say,
        asset("one", partitions_def=LETTERS),
        asset("x", C.asset_matches("one", C.newly_updated()), partitions_def=LETTERS),
        asset("y", C.asset_matches("one", C.newly_updated()), deps=["one"], partitions_def=LETTERS),
    )
    bench.tick("first")
    bench.made("one:b")
    bench.tick("made")


@scenario()
def an_asset_that_nobody_knows(say: Say) -> None:
    bench = Bench(say, asset("x", C.asset_matches("nowhere", C.missing())))
    say.refused("evaluated", bench.tick)


@scenario()
def what_is_below_wants(say: Say) -> None:
    wanted = C.any_downstream_conditions()
    bench = Bench(
        say,
        asset("root", wanted),
        asset("mid", wanted, deps=["root"]),
        asset("end", C.newly_updated() | C.execution_failed(), deps=["mid"]),
        asset("side", deps=["root"]),
    )
    bench.tick("first")
    bench.made("end")
    bench.ticks(2, "end made")
    bench.run("end", fails=["end"])
    bench.tick("end failed")
    bench.made("side")
    bench.tick("side")


@scenario()
def what_is_below_wants_in_two_ways(say: Say) -> None:
    bench = Bench(
        say,
        asset("root", C.any_downstream_conditions() & ~C.in_progress()),
        asset("left", C.newly_updated(), deps=["root"]),
        asset("right", C.cron_tick_passed("0 2 * * *"), deps=["root"]),
    )
    bench.tick("first")
    bench.made("left")
    bench.tick("left")
    bench.wait(hours=3)
    bench.ticks(2, "cron")


@scenario()
def what_is_below_wants_partitions(say: Say) -> None:
    bench = Bench(
        say,
        asset("root", C.any_downstream_conditions(), partitions_def=HOURS),
        asset("end", C.newly_updated(), deps=["root"], partitions_def=DAYS),
    )
    bench.tick("first")
    bench.made("end:2024-01-09")
    bench.tick("end made")


@scenario()
def what_is_below_has_eager(say: Say) -> None:
    bench = Bench(
        say,
        asset("root", C.any_downstream_conditions() & C.missing()),
        asset("mid", C.eager(), deps=["root"]),
        asset("end", C.on_cron("0 2 * * *"), deps=["mid"]),
    )
    bench.ticks(2, "first")
    bench.wait(hours=3)
    bench.ticks(2, "cron")
    bench.made("root")
    bench.ticks(2, "root made")
