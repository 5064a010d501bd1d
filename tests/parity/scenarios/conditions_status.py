"""Conditions about one asset alone: what was made, failed, is in progress, was asked for."""

from datetime import timedelta
from typing import Any

import dagster as dg
from tests.parity.condition_bench import DAYS, DYNAMIC, LETTERS, Bench, C, asset
from tests.parity.scenario import Say, scenario


def alone(say: Say, condition: Any, **more: Any) -> Bench:
    return Bench(say, asset("x", condition, **more))


@scenario()
def missing_until_made(say: Say) -> None:
    bench = alone(say, C.missing())
    bench.ticks(2, "never made")
    bench.made("x")
    bench.ticks(2, "made")
    bench.wiped("x")
    bench.ticks(2, "wiped")


@scenario()
def missing_partitions(say: Say) -> None:
    bench = alone(say, C.missing(), partitions_def=LETTERS)
    bench.tick("none")
    bench.made("x:b")
    bench.tick("b")
    bench.made("x:a", "x:c")
    bench.tick("all")
    bench.wiped("x")
    bench.tick("wiped")


@scenario()
def missing_is_not_ended_by_a_failed_run_or_an_observation(say: Say) -> None:
    bench = alone(say, C.missing())
    bench.run("x", fails=["x"])
    bench.tick("failed")
    bench.observed("x")
    bench.tick("observed")
    bench.run("x")
    bench.tick("made")


@scenario()
def missing_days_come_with_the_calendar(say: Say) -> None:
    bench = alone(say, C.missing(), partitions_def=DAYS)
    bench.tick("the tenth")
    bench.made(*(f"x:2024-01-{day:02}" for day in range(5, 10)))
    bench.tick("all made")
    bench.wait(days=2)
    bench.tick("two days later")


@scenario()
def missing_dynamic_partitions(say: Say) -> None:
    bench = alone(say, C.missing(), partitions_def=DYNAMIC)
    bench.tick("none are there")
    bench.added("p", "q")
    bench.tick("two")
    bench.made("x:p")
    bench.tick("one made")
    with bench.clock():
        bench.instance.delete_dynamic_partition("plots", "q")
    bench.tick("the other deleted")
    bench.added("q", "r")
    bench.tick("back, and a new one")


@scenario()
def newly_missing(say: Say) -> None:
    bench = alone(say, C.newly_missing())
    bench.ticks(2, "first")
    bench.made("x")
    bench.tick("made")
    bench.wiped("x")
    bench.ticks(2, "wiped")


@scenario()
def newly_missing_partitions(say: Say) -> None:
    bench = alone(say, C.newly_missing(), partitions_def=DAYS)
    bench.ticks(2, "first")
    bench.wait(days=1)
    bench.ticks(2, "a new day")
    bench.made("x:2024-01-07")
    bench.tick("made")
    bench.wiped("x")
    bench.ticks(2, "wiped")


@scenario()
def on_missing_of_a_root(say: Say) -> None:
    bench = alone(say, C.on_missing(), partitions_def=DAYS)
    bench.ticks(2, "first")
    bench.wait(days=1)
    bench.ticks(2, "next day")


@scenario()
def newly_updated(say: Say) -> None:
    bench = alone(say, C.newly_updated())
    bench.made("x")
    bench.ticks(2, "made before the first tick")
    bench.made("x", "x")
    bench.ticks(2, "twice")
    bench.observed("x")
    bench.tick("observed")
    bench.run("x")
    bench.ticks(2, "by a run")
    bench.run("x", fails=["x"])
    bench.tick("failed")


@scenario()
def newly_updated_partitions(say: Say) -> None:
    bench = alone(say, C.newly_updated(), partitions_def=LETTERS)
    bench.tick("first")
    bench.made("x:a", "x:c")
    bench.ticks(2, "a and c")
    bench.made("x:a")
    bench.tick("a again")
    bench.made("x")
    bench.tick("without a partition")
    bench.made("x:nowhere")
    bench.tick("a partition that is none")


@scenario()
def updated_then_wiped_between_two_ticks(say: Say) -> None:
    bench = alone(say, C.newly_updated())
    bench.tick("first")
    bench.made("x")
    bench.wiped("x")
    bench.tick("wiped")
    bench.made("x")
    bench.ticks(2, "made again")


@scenario()
def newly_updated_source_assets(say: Say) -> None:
    @dg.observable_source_asset(automation_condition=C.newly_updated())
    def watched() -> Any:
        return dg.DataVersion("1")

    bench = Bench(say, watched)
    bench.tick("first")
    bench.observed("watched")
    bench.ticks(2, "observed")
    bench.made("watched")
    bench.ticks(2, "reported")
    bench.observed("watched", tags={"dagster/data_version": "1"})
    bench.tick("observed 1")
    bench.observed("watched", tags={"dagster/data_version": "1"})
    bench.tick("observed 1 again")
    bench.observed("watched", tags={"dagster/data_version": "2"})
    bench.tick("observed 2")


@scenario()
def missing_source_assets(say: Say) -> None:
    @dg.observable_source_asset(automation_condition=C.missing())
    def watched() -> Any:
        return dg.DataVersion("1")

    bench = Bench(say, watched, dg.AssetSpec("outside", automation_condition=C.missing()))
    bench.tick("first")
    bench.observed("watched", "outside")
    bench.tick("observed")
    bench.made("outside", "watched")
    bench.tick("reported")


@scenario()
def run_in_progress(say: Say) -> None:
    bench = alone(say, C.run_in_progress())
    bench.tick("idle")
    run = bench.begun("x")
    bench.ticks(2, "begun")
    bench.failed(run)
    bench.tick("failed")
    again = bench.begun("x")
    bench.tick("begun again")
    bench.canceled(again)
    bench.tick("canceled")


@scenario()
def run_of_a_partition_in_progress(say: Say) -> None:
    bench = alone(say, C.in_progress(), partitions_def=LETTERS)
    one = bench.begun("x", partition="a")
    bench.tick("a")
    other = bench.begun("x", partition="c")
    bench.tick("a and c")
    bench.failed(one)
    bench.tick("c")
    bench.canceled(other)
    bench.tick("none")


@scenario(differs="Two runs at once that make one asset, or a report of what a run in progress is to make")
def made_otherwise_while_a_run_is_in_progress(say: Say) -> None:
    bench = Bench(say, asset("x", C.run_in_progress()), asset("y", C.run_in_progress(), partitions_def=LETTERS))
    bench.begun("x")
    bench.begun("y", partition="a")
    bench.tick("begun")
    bench.made("x", "y:a")
    bench.tick("reported")
    bench.run("x")
    bench.run("y", partition_key="a")
    bench.tick("made by a younger run")


@scenario()
def made_by_a_run_that_goes_on(say: Say) -> None:
    bench = Bench(say, asset("x", C.in_progress()), asset("y", C.in_progress(), deps=["x"]))
    told = []

    @dg.asset(name="z", deps=["y"])
    def z() -> None:
        with_z = dg.evaluate_automation_conditions(defs=bench.defs, instance=bench.instance, evaluation_time=bench.now)
        told.append(bench.told(with_z))

    bench.assets.append(z)
    bench.run("x", "y", "z")
    say("while the last is made", told)
    bench.tick("at the end")


@scenario()
def execution_failed(say: Say) -> None:
    bench = alone(say, C.execution_failed())
    bench.tick("first")
    bench.run("x", fails=["x"])
    bench.ticks(2, "failed")
    bench.made("x")
    bench.tick("made")
    run = bench.begun("x")
    bench.tick("begun")
    bench.failed(run)
    bench.tick("failed by word")
    again = bench.begun("x")
    bench.tick("begun again")
    bench.canceled(again)
    bench.tick("canceled")
    bench.run("x")
    bench.tick("succeeded")


@scenario()
def execution_failed_partitions(say: Say) -> None:
    bench = alone(say, C.execution_failed(), partitions_def=LETTERS)
    bench.run("x", fails=["x"], partition_key="a")
    bench.tick("a")
    bench.run("x", fails=["x"], partition_key="b")
    bench.tick("a and b")
    bench.run("x", partition_key="a")
    bench.tick("b")
    bench.made("x:b")
    bench.tick("none")


@scenario()
def what_a_failed_run_did_not_reach(say: Say) -> None:
    bench = Bench(say, asset("x", C.execution_failed()), asset("y", C.execution_failed(), deps=["x"]))
    bench.run("x", "y", fails=["x"])
    bench.tick("x failed")
    bench.run("x", "y", fails=["y"])
    bench.tick("y failed")
    bench.run("y")
    bench.tick("y succeeded")


@scenario()
def newly_requested(say: Say) -> None:
    bench = alone(say, (C.initial_evaluation() | C.newly_requested()))
    bench.ticks(3, "tick")


@scenario()
def newly_requested_partitions(say: Say) -> None:
    wanted = C.newly_updated() & ~C.newly_requested()
    bench = alone(say, wanted, partitions_def=LETTERS)
    bench.tick("first")
    bench.made("x:a")
    bench.tick("a")
    bench.made("x:a", "x:b")
    bench.tick("a and b")
    bench.made("x:a", "x:b")
    bench.ticks(2, "again")


@scenario()
def initial_evaluation(say: Say) -> None:
    bench = alone(say, C.initial_evaluation(), partitions_def=LETTERS)
    bench.ticks(2)
    bench.define(asset("x", C.initial_evaluation(), partitions_def=LETTERS), asset("y", C.initial_evaluation()))
    bench.ticks(2, "with y")
    bench.define(asset("x", C.initial_evaluation() | C.execution_failed(), partitions_def=LETTERS))
    bench.ticks(2, "another condition")


@scenario()
def initial_evaluation_of_new_partitions(say: Say) -> None:
    bench = alone(say, C.initial_evaluation(), partitions_def=DAYS)
    bench.ticks(2)
    bench.wait(days=1)
    bench.tick("a new day")


@scenario()
def backfill_in_progress_without_backfills(say: Say) -> None:
    bench = alone(say, ~C.backfill_in_progress(), partitions_def=LETTERS)
    bench.tick()
    bench.begun("x", partition="a", tags={"dagster/backfill": "some"})
    bench.tick("a run that says so")


@scenario()
def code_version_changed(say: Say) -> None:
    bench = alone(say, C.code_version_changed(), code_version="1")
    bench.ticks(2, "1")
    bench.define(asset("x", C.code_version_changed(), code_version="2"))
    bench.ticks(2, "2")
    bench.define(asset("x", C.code_version_changed()))
    bench.ticks(2, "none")
    bench.define(asset("x", C.code_version_changed(), code_version="3"))
    bench.ticks(2, "3")


@scenario()
def code_version_changed_without_one_at_first(say: Say) -> None:
    bench = alone(say, C.code_version_changed(), partitions_def=LETTERS)
    bench.ticks(2, "none")
    bench.define(asset("x", C.code_version_changed(), code_version="1", partitions_def=LETTERS))
    bench.ticks(2, "1")
    bench.define(asset("x", C.code_version_changed(), code_version="1", partitions_def=LETTERS))
    bench.made("x:a")
    bench.tick("1 still")


@scenario()
def data_version_changed(say: Say) -> None:
    bench = alone(say, C.data_version_changed())
    bench.tick("first")
    for version in ("1", "1", "2"):
        bench.made("x", tags={"dagster/data_version": version})
        bench.ticks(2, f"version {version}")
    bench.made("x")
    bench.tick("made without a version")
    bench.run("x")
    bench.tick("made by a run")
    bench.wiped("x")
    bench.tick("wiped")


@scenario()
def data_version_changed_before_the_first_tick(say: Say) -> None:
    bench = alone(say, C.data_version_changed())
    bench.made("x", tags={"dagster/data_version": "1"})
    bench.ticks(2, "first")
    bench.made("x", tags={"dagster/data_version": "2"})
    bench.made("x", tags={"dagster/data_version": "1"})
    bench.tick("there and back")


@scenario(differs="`data_version_changed` of a partition that was reported without a data version")
def data_version_of_partitions_that_have_none(say: Say) -> None:
    bench = Bench(
        say, asset("x", C.data_version_changed()), asset("y", C.data_version_changed(), partitions_def=LETTERS)
    )
    bench.made("x", "y:a", tags={"dagster/data_version": "1"})
    bench.tick("first")
    bench.made("x", "y:a")
    bench.tick("without")


@scenario(differs="Partitions of an observable source")
def partitions_of_a_source(say: Say) -> None:
    def observe() -> Any:
        return dg.DataVersion("1")

    bench = Bench(
        say,
        *(
            dg.observable_source_asset(name=name, partitions_def=LETTERS, automation_condition=each)(observe)
            for name, each in {"gone": C.missing(), "new": C.newly_updated()}.items()
        ),
    )
    bench.tick("first")
    bench.observed("gone:a", "new:a")
    bench.tick("observed")
    bench.made("gone:b", "new:b")
    bench.tick("reported")


@scenario()
def data_version_of_partitions(say: Say) -> None:
    bench = alone(say, C.data_version_changed(), partitions_def=LETTERS)
    bench.tick("first")
    bench.made("x:a", "x:b", tags={"dagster/data_version": "1"})
    bench.ticks(2, "a and b")
    bench.made("x:a", tags={"dagster/data_version": "1"})
    bench.made("x:b", tags={"dagster/data_version": "2"})
    bench.ticks(2, "b has another")


@scenario()
def data_version_of_a_source(say: Say) -> None:
    @dg.observable_source_asset(automation_condition=C.data_version_changed())
    def watched() -> Any:
        return dg.DataVersion("1")

    bench = Bench(say, watched, asset("below", C.any_deps_match(C.data_version_changed()), deps=["watched"]))
    bench.tick("first")
    for version in ("1", "1", "2"):
        bench.observed("watched", tags={"dagster/data_version": version})
        bench.tick(f"version {version}")


@scenario(differs="Conditions of freshness")
def freshness_that_nobody_looked_at(say: Say) -> None:
    policy = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=24), warn_window=timedelta(hours=12))
    names = {"passed": C.freshness_passed(), "warned": C.freshness_warned(), "failed": C.freshness_failed()}
    bench = Bench(
        say,
        *(asset(name, condition, freshness_policy=policy) for name, condition in names.items()),
        asset("without", C.freshness_passed() | C.freshness_warned() | C.freshness_failed()),
    )
    bench.tick("first")
    bench.made(*names, "without")
    bench.tick("made")
    bench.wait(days=3)
    bench.tick("three days later")


RUN_TAGS = {"team": "a", "kind": "full"}


@scenario()
def executed_with_tags(say: Say) -> None:
    names = {
        "key": C.executed_with_tags(tag_keys={"team"}),
        "keys": C.executed_with_tags(tag_keys={"team", "kind"}),
        "value": C.executed_with_tags(tag_values={"team": "a"}),
        "values": C.executed_with_tags(tag_values={"team": "a", "kind": "part"}),
        "both": C.executed_with_tags(tag_keys={"kind"}, tag_values={"team": "a"}),
    }
    bench = Bench(say, *(asset(name, condition) for name, condition in names.items()))
    bench.tick("first")
    bench.made(*names)
    bench.tick("without a run")
    for tags in ({}, {"team": "b"}, RUN_TAGS, {"team": "a", "kind": "part"}):
        bench.run(*names, tags=tags)
        bench.tick(f"tags {len(tags)} {tags.get('kind')}")
    bench.tick("nothing more")


@scenario()
def new_updates_with_run_tags(say: Say) -> None:
    bench = Bench(
        say,
        asset("any_key", C.any_new_update_has_run_tags(tag_keys={"team"})),
        asset("any_value", C.any_new_update_has_run_tags(tag_values={"team": "a"})),
        asset("all_key", C.all_new_updates_have_run_tags(tag_keys={"team"})),
        asset("all_value", C.all_new_updates_have_run_tags(tag_values={"team": "a"})),
    )
    names = ("any_key", "any_value", "all_key", "all_value")
    bench.made(*names)
    bench.tick("first")
    bench.run(*names, tags=RUN_TAGS)
    bench.run(*names, tags={"team": "b"})
    bench.ticks(2, "a and b")
    bench.run(*names, tags=RUN_TAGS)
    bench.tick("a")
    bench.run(*names, tags=RUN_TAGS)
    bench.run(*names)
    bench.tick("a and none")
    bench.run(*names, tags=RUN_TAGS)
    bench.made(*names)
    bench.tick("a and outside of runs")


@scenario()
def new_updates_of_partitions_with_run_tags(say: Say) -> None:
    bench = Bench(
        say,
        asset("some", C.any_new_update_has_run_tags(tag_values={"team": "a"}), partitions_def=LETTERS),
        asset("every", C.all_new_updates_have_run_tags(tag_values={"team": "a"}), partitions_def=LETTERS),
    )
    bench.made("some:c", "every:c")
    bench.tick("first")
    bench.run("some", "every", tags=RUN_TAGS, partition_key="a")
    bench.run("some", "every", tags=RUN_TAGS, partition_key="b")
    bench.run("some", "every", tags={"team": "b"}, partition_key="b")
    bench.ticks(2, "a, and both of b")


@scenario()
def executed_with_root_target(say: Say) -> None:
    bench = Bench(
        say,
        asset("root", C.initial_evaluation()),
        asset("below", C.executed_with_root_target(), deps=["root"]),
        asset("lower", C.executed_with_root_target(), deps=["below"]),
    )
    bench.tick("first")
    bench.run("below")
    bench.tick("below alone")
    bench.run("root", "below", "lower")
    bench.tick("all three")
    bench.run("below", "lower")
    bench.tick("the two")
    bench.made("below")
    bench.tick("without a run")
