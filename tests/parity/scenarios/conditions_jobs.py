"""Conditions of asset jobs: which they may be, what they ask, what they say over time."""

from collections.abc import Sequence
from typing import Any

import dagster as dg
from tests.parity.condition_bench import DAYS, LETTERS, Bench, C, asset
from tests.parity.scenario import Say, scenario

SOME = C.any_job_root_assets_match
EVERY = C.all_job_root_assets_match


class JobBench(Bench):
    """Evaluates the condition of a job ``j`` of some assets."""

    def __init__(self, say: Say, condition: Any, *assets: Any, of: Sequence[str] = (), **more: Any) -> None:
        self.job = dg.define_asset_job("j", selection=list(of) or None, automation_condition=condition)
        super().__init__(say, *assets, **more)

    def define(self, *assets: Any, checks: Sequence[Any] = ()) -> None:
        """From now on these are the definitions, and the job."""
        super().define(*assets, checks=checks)
        self.defs = dg.Definitions(assets=self.assets, asset_checks=self.checks, jobs=[self.job])

    def tick(self, label: str = "", **more: Any) -> None:
        """One evaluation; of each asset and job that asks for something, how many partitions."""
        with self.clock():
            result = dg.evaluate_automation_conditions(
                self.defs, self.instance, evaluation_time=self.now, cursor=self.cursor, **more
            )
        self.cursor = result.cursor
        self.say(label, result.total_requested)
        for each in sorted(result.results, key=lambda each: each.key.to_user_string()):
            self.say(f"{type(each.key).__name__} {each.key.to_user_string()}", each.true_subset.size)
            if each.true_subset.is_partitioned and not each.true_subset.is_empty:
                keys = each.true_subset.expensively_compute_partition_keys()
                self.say("keys", sorted(keys))


@scenario()
def the_key_of_a_job(say: Say) -> None:
    key = dg.AssetJobKey("nightly")
    say("parts", key.job_name, key.to_user_string(), key.to_db_string())
    say("read", dg.AssetJobKey.from_user_string("x").job_name, dg.AssetJobKey.from_db_string(key.to_db_string()) == key)
    say("no text", dg.AssetJobKey.from_db_string("nightly"))
    say("equal", key == dg.AssetJobKey("nightly"), key == dg.AssetJobKey("x"), len({key, dg.AssetJobKey("nightly")}))
    say("sorted", [each.job_name for each in sorted([dg.AssetJobKey("b"), dg.AssetJobKey("a")])])
    say.refusal("no name", lambda: dg.AssetJobKey(5))  # type: ignore[arg-type]


@scenario()
def some_and_every_root(say: Say) -> None:
    chain = [asset("a"), asset("b"), asset("c", deps=["a", "b"])]
    some, every = JobBench(say, SOME(C.missing()), *chain), JobBench(say, EVERY(C.missing()), *chain)
    for bench in (some, every):
        bench.tick("nothing is made")
        bench.made("a")
        bench.tick("one root is made")
        bench.made("c")
        bench.tick("what is below does not matter")
        bench.made("b")
        bench.tick("both are made")


@scenario()
def roots_are_those_of_the_selection(say: Say) -> None:
    chain = [asset("a"), asset("b", deps=["a"]), asset("c", deps=["b"]), asset("d", deps=["c"])]
    bench = JobBench(say, SOME(C.missing()), *chain, of=["b", "d"])
    bench.tick("none")
    bench.made("b")
    bench.tick("d is made from b only far away")
    bench.made("d")
    bench.tick("both")


@scenario()
def sources_are_no_roots_unless_selected(say: Say) -> None:
    @dg.observable_source_asset
    def seen() -> dg.DataVersion:
        return dg.DataVersion("1")

    for of in (["x"], ["seen", "x"]):
        bench = JobBench(say, SOME(C.missing()), seen, asset("x", deps=["seen"]), of=of)
        bench.tick(f"{of}")
        bench.made("x")
        bench.tick("made")


@scenario()
def what_conditions_of_time_say(say: Say) -> None:
    for name, condition in {
        "cron of the roots": SOME(C.cron_tick_passed("* * * * *")),
        "cron of the job": SOME(C.missing()) & C.cron_tick_passed("* * * * *"),
        "on_cron": SOME(C.on_cron("* * * * *")),
        "every on_cron": EVERY(C.on_cron("* * * * *")),
        "initial of the roots": SOME(C.initial_evaluation()),
        "initial of the job": SOME(C.missing()) & C.initial_evaluation(),
        "latest window": SOME(C.missing()) & C.in_latest_time_window(),
    }.items():
        bench = JobBench(say, condition, asset("a"), asset("b", deps=["a"]))
        bench.ticks(3, name)


@scenario()
def what_operators_say(say: Say) -> None:
    for name, condition in {
        "not": ~SOME(C.missing()),
        "newly true": SOME(C.missing()).newly_true(),
        "newly true of the roots": SOME(C.missing().newly_true()),
        "or": SOME(C.newly_updated()) | EVERY(C.missing()),
        "since": SOME(C.newly_updated()).since(C.newly_requested()),
        "not asked just now": SOME(C.missing()) & ~C.newly_requested(),
        "eager": SOME(C.eager()),
        "label": SOME(C.missing()).with_label("at first"),
    }.items():
        bench = JobBench(say, condition, asset("a"), asset("b", deps=["a"]))
        bench.ticks(2, name)
        bench.made("a")
        bench.ticks(2, "made")
        bench.made("b", "a")
        bench.ticks(2, "made again")


@scenario()
def what_a_job_has_not(say: Say) -> None:
    for name, condition in {
        "no deps": SOME(C.missing()) | C.any_deps_match(C.missing()),
        "no deps that differ": SOME(C.missing()) | C.any_deps_missing(),
        "another asset": SOME(C.missing()) | C.asset_matches("other", C.missing()),
        "all deps of none": SOME(C.missing()) & C.all_deps_match(C.missing()),
    }.items():
        bench = JobBench(say, condition, asset("a"), asset("b", deps=["a"]), asset("other"), of=["a", "b"])
        bench.tick(name)
        bench.made("a")
        bench.tick("made")


@scenario()
def partitions_of_jobs(say: Say) -> None:
    for name, condition in {"some": SOME(C.missing()), "every": EVERY(C.missing())}.items():
        for parts in (["one", "two"], ["one", "whole"]):
            assets = [asset(each, partitions_def=LETTERS if each != "whole" else None) for each in parts]
            bench = JobBench(say, condition, *assets)
            bench.tick(f"{name} {parts}")
            bench.made("one:a")
            bench.tick("a")
            bench.made("two:b" if "two" in parts else "whole")
            bench.tick("more")


@scenario()
def windows_of_jobs(say: Say) -> None:
    for name, condition in {
        "latest of the roots": SOME(C.missing() & C.in_latest_time_window()),
        "latest of the job": SOME(C.missing()) & C.in_latest_time_window(),
        "cron of the roots": SOME(C.on_cron("0 0 * * *")),
        "cron of the job": SOME(C.missing()) & C.cron_tick_passed("0 0 * * *"),
        "newly true": SOME(C.missing()).newly_true(),
    }.items():
        bench = JobBench(say, condition, asset("day", partitions_def=DAYS))
        bench.tick(name)
        bench.wait(days=1)
        bench.tick("a day later")


@scenario()
def assets_with_conditions_beside_jobs(say: Say) -> None:
    for name, condition in {
        "will be": SOME(C.will_be_requested()),
        "were": SOME(C.newly_requested()),
        "missing": SOME(C.missing()),
    }.items():
        below = C.any_deps_match(C.will_be_requested())
        bench = JobBench(say, condition, asset("m", C.missing()), asset("n", below, deps=["m"]), of=["m", "n"])
        bench.ticks(2, name)
        bench = JobBench(say, condition, asset("m"), asset("n", below, deps=["m"]), of=["m"])
        bench.ticks(2, "without one of its own")


@scenario()
def selections_do_not_matter(say: Say) -> None:
    bench = JobBench(say, SOME(C.missing()), asset("a"), asset("b"), of=["a"])
    bench.tick("b", asset_selection=dg.AssetSelection.keys("b"))


@scenario()
def what_a_condition_of_a_job_may_be(say: Say) -> None:
    assets = [asset("a"), asset("b", deps=["a"])]

    @dg.asset_check(asset="a")
    def fine() -> Any:
        return dg.AssetCheckResult(passed=True)

    def whole(condition: Any, of: Any = None, **more: Any) -> None:
        job = dg.define_asset_job("j", of, automation_condition=condition)
        dg.Definitions(assets=assets, jobs=[job], **more).get_job_def("j")

    for name, condition in {
        "missing": C.missing(),
        "eager": C.eager(),
        "cron": C.on_cron("0 0 * * *"),
        "deps": C.any_deps_match(C.missing()),
        "initial": C.initial_evaluation(),
        "no condition": 5,
        "no condition either": C.eager,
    }.items():
        say.refusal(name, lambda condition=condition: whole(condition))  # type: ignore[misc]
    checks = dg.AssetSelection.checks(fine)
    say.refusal("checks only", lambda: whole(SOME(C.missing()), asset_checks=[fine], of=checks))
    job = dg.define_asset_job("j", automation_condition=SOME(C.missing()))
    say("kept", job.automation_condition == SOME(C.missing()))
    made = dg.Definitions(assets=assets, jobs=[job]).get_job_def("j")
    say("kept in the job", made.automation_condition == SOME(C.missing()))
    plain = dg.Definitions(assets=assets, jobs=[dg.define_asset_job("k")]).get_job_def("k")
    say("none", plain.automation_condition)


@scenario()
def texts_of_conditions_of_jobs(say: Say) -> None:
    for each in (SOME(C.missing()), EVERY(C.eager()), SOME(C.missing().with_label("x"))):
        say("names", each.name, each.description, each.get_label(), each.requires_cursor, each.is_serializable)
        say("operand", each.operand.name, [child.name for child in each.children])
    say.refusal("allow", lambda: SOME(C.missing()).allow(dg.AssetSelection.all()))
    say("same", SOME(C.missing()) == SOME(C.missing()), SOME(C.missing()) == EVERY(C.missing()))


@scenario()
def the_default_sensor_looks_after_jobs(say: Say) -> None:
    job = dg.define_asset_job("j", automation_condition=SOME(C.missing()))
    repository = dg.Definitions(assets=[asset("a")], jobs=[job]).get_repository_def()
    say("sensors", [each.name for each in repository.sensor_defs])
