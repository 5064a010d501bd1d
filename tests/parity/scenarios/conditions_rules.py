"""Policies of rules: each rule alone, eager and lazy, with and without rules, policies of conditions."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import dagster as dg
from tests.parity.condition_bench import DAYS, GRID, LETTERS, Bench, C, asset
from tests.parity.scenario import OWN_WORDS, Say, scenario

P, R = dg.AutoMaterializePolicy, dg.AutoMaterializeRule


def by_rules(*rules: Any) -> Any:
    return P(rules=set(rules), max_materializations_per_minute=None)


def under(name: str, policy: Any, *deps: Any, **more: Any) -> Any:
    return asset(name, None, deps, auto_materialize_policy=policy, **more)


def story(bench: Bench, *steps: tuple[str, Callable[[], object]]) -> None:
    bench.tick("first")
    for label, step in steps:
        step()
        bench.tick(label)


@scenario()
def eager_policy(say: Say) -> None:
    bench = Bench(say, asset("up"), under("x", P.eager(), "up"), under("y", P.eager(), "x"), under("root", P.eager()))
    bench.ticks(2, "first")
    bench.made("up")
    bench.ticks(2, "up made")
    bench.run("x", "y", "root")
    bench.ticks(2, "all made")
    bench.made("up")
    bench.ticks(2, "up made again")
    bench.made("x")
    bench.tick("x made")


@scenario()
def eager_policy_of_partitions(say: Say) -> None:
    policy = P.eager(max_materializations_per_minute=None)
    bench = Bench(
        say, asset("up", partitions_def=DAYS), under("x", policy, "up", partitions_def=DAYS), under("y", policy, "x")
    )
    bench.tick("first")
    bench.made("up:2024-01-06", "up:2024-01-09")
    bench.ticks(2, "up made")
    bench.made("x:2024-01-06", "x:2024-01-09")
    bench.ticks(2, "x made")


@scenario()
def lazy_policy(say: Say) -> None:
    bench = Bench(say, asset("up"), under("x", P.lazy(), "up"))
    story(bench, ("up made", lambda: bench.made("up")), ("x made", lambda: bench.made("x")))


@scenario()
def materialize_on_missing(say: Say) -> None:
    bench = Bench(
        say,
        under("x", by_rules(R.materialize_on_missing())),
        under("y", by_rules(R.materialize_on_missing()), partitions_def=LETTERS),
    )
    bench.made("y:b")
    bench.ticks(2, "first")
    story(bench, ("made", lambda: bench.made("x", "y:a")))


@scenario()
def materialize_on_missing_when_it_is_wiped(say: Say) -> None:
    bench = Bench(say, under("x", by_rules(R.materialize_on_missing())))
    bench.tick("first")
    bench.made("x")
    bench.tick("made")
    bench.wiped("x")
    bench.ticks(2, "wiped")


@scenario()
def materialize_on_parent_updated(say: Say) -> None:
    bench = Bench(say, asset("up"), under("x", by_rules(R.materialize_on_parent_updated()), "up"))
    story(
        bench,
        ("up made", lambda: bench.made("up")),
        ("nothing", lambda: None),
        ("x made", lambda: bench.made("x")),
        ("up made again", lambda: bench.made("up")),
        ("by a run", lambda: bench.run("up", "x")),
    )


@scenario()
def materialize_on_parent_updated_in_a_chain(say: Say) -> None:
    rule = by_rules(R.materialize_on_parent_updated())
    bench = Bench(say, asset("up"), under("x", rule, "up"), under("y", rule, "x"))
    story(bench, ("up made", lambda: bench.made("up")), ("x made", lambda: bench.made("x")))


@scenario()
def materialize_on_cron(say: Say) -> None:
    bench = Bench(
        say,
        under("x", by_rules(R.materialize_on_cron("0 2 * * *"))),
        under("last", by_rules(R.materialize_on_cron("0 2 * * *")), partitions_def=DAYS),
        under("every", by_rules(R.materialize_on_cron("0 2 * * *", all_partitions=True)), partitions_def=LETTERS),
        under("west", by_rules(R.materialize_on_cron("0 2 * * *", timezone="America/New_York"))),
    )
    story(
        bench,
        ("03", lambda: bench.wait(hours=2, minutes=30)),
        ("nothing", lambda: None),
        ("made", lambda: bench.made("x", "every:b")),
        ("08", lambda: bench.wait(hours=5)),
        ("next day", lambda: bench.wait(hours=20)),
        ("two days later", lambda: bench.wait(hours=48)),
    )


@scenario()
def materialize_on_cron_made_before(say: Say) -> None:
    bench = Bench(say, under("x", by_rules(R.materialize_on_cron("0 2 * * *"))))
    bench.tick("first")
    bench.wait(hours=2)
    bench.made("x")
    bench.ticks(2, "made after the cron tick")


@scenario()
def skip_on_parent_missing(say: Say) -> None:
    rules = by_rules(R.materialize_on_missing(), R.skip_on_parent_missing())
    bench = Bench(
        say,
        asset("up"),
        under("x", rules, "up"),
        asset("parts", partitions_def=LETTERS),
        under("y", rules, "parts", partitions_def=LETTERS),
        under("whole", rules, "parts"),
    )
    story(
        bench,
        ("one made", lambda: bench.made("up", "parts:a")),
        ("all made", lambda: bench.made("parts:b", "parts:c")),
    )


@scenario()
def skip_on_parent_outdated(say: Say) -> None:
    rules = by_rules(R.materialize_on_missing(), R.materialize_on_parent_updated(), R.skip_on_parent_outdated())
    bench = Bench(
        say, asset("root"), asset("mid", deps=["root"]), under("x", rules, "mid"), under("y", rules, "mid", "root")
    )
    story(
        bench,
        ("both made", lambda: bench.made("root", "mid")),
        ("root made", lambda: bench.made("root", "x")),
        ("mid made", lambda: bench.made("mid")),
    )


@scenario()
def skip_on_not_all_parents_updated(say: Say) -> None:
    rules = by_rules(R.materialize_on_parent_updated(), R.skip_on_not_all_parents_updated())
    bench = Bench(say, asset("one"), asset("two"), under("x", rules, "one", "two"))
    story(
        bench,
        ("one made", lambda: bench.made("one")),
        ("both made", lambda: bench.made("two")),
        ("x made", lambda: bench.made("x")),
        ("two made", lambda: bench.made("two")),
        ("one made", lambda: bench.made("one")),
    )


@scenario()
def skip_on_not_all_parents_updated_partitions(say: Say) -> None:
    some = by_rules(R.materialize_on_parent_updated(), R.skip_on_not_all_parents_updated())
    every = by_rules(
        R.materialize_on_parent_updated(),
        R.skip_on_not_all_parents_updated(require_update_for_all_parent_partitions=True),
    )
    bench = Bench(
        say,
        asset("one", partitions_def=LETTERS),
        asset("two"),
        under("x", some, "one", "two"),
        under("y", every, "one", "two"),
    )
    story(
        bench,
        ("one a", lambda: bench.made("one:a", "two")),
        ("one b and c", lambda: bench.made("one:b", "one:c")),
    )


@scenario()
def skip_on_not_all_parents_updated_since_cron(say: Say) -> None:
    cron = R.skip_on_not_all_parents_updated_since_cron("0 2 * * *")
    rules = by_rules(R.materialize_on_cron("0 2 * * *"), cron)
    bench = Bench(say, asset("one"), asset("two"), under("x", rules, "one", "two"))
    bench.made("one")
    story(
        bench,
        ("cron", lambda: bench.wait(hours=3)),
        ("one made", lambda: bench.made("one")),
        ("both made", lambda: bench.made("two")),
        ("nothing", lambda: None),
        ("x made", lambda: bench.made("x")),
        ("next day", lambda: bench.wait(hours=24)),
        ("both made", lambda: bench.made("one", "two")),
    )


@scenario()
def skip_on_required_but_nonexistent_parents(say: Say) -> None:
    rules = by_rules(R.materialize_on_missing(), R.skip_on_required_but_nonexistent_parents())
    late = dg.DailyPartitionsDefinition("2024-01-07")
    bench = Bench(say, asset("up", partitions_def=late), under("x", rules, "up", partitions_def=DAYS))
    bench.tick("first")


@scenario()
def skip_on_run_in_progress(say: Say) -> None:
    rules = by_rules(R.materialize_on_missing(), R.skip_on_run_in_progress())
    bench = Bench(say, under("x", rules), under("y", rules))
    run = bench.begun("x")
    bench.tick("in progress")
    bench.failed(run)
    bench.tick("failed")


@scenario()
def skip_on_backfill_in_progress(say: Say) -> None:
    bench = Bench(
        say,
        under("x", by_rules(R.materialize_on_missing(), R.skip_on_backfill_in_progress())),
        under(
            "y",
            by_rules(R.materialize_on_missing(), R.skip_on_backfill_in_progress(all_partitions=True)),
            partitions_def=LETTERS,
        ),
    )
    bench.tick("none")


@scenario()
def rules_for_freshness_do_nothing(say: Say) -> None:
    bench = Bench(say, asset("up"), under("x", by_rules(R.materialize_on_required_for_freshness()), "up"))
    story(bench, ("up made", lambda: bench.made("up")))


@scenario()
def rules_added_and_taken_away(say: Say) -> None:
    without = P.eager().without_rules(R.skip_on_parent_missing(), R.skip_on_parent_outdated())
    more = P.lazy().with_rules(R.materialize_on_missing())
    bench = Bench(say, asset("up"), under("x", without, "up"), under("y", more, "up"))
    story(bench, ("up made", lambda: bench.made("up")), ("x and y made", lambda: bench.made("x", "y")))
    say("same rules", P.eager() == P.eager(), without == P.eager(), len(P.eager().rules), len(without.rules))
    say.refusal("a rule that is not there", lambda: P.lazy().without_rules(R.materialize_on_missing()))


@scenario()
def a_limit_for_each_minute(say: Say) -> None:
    rules = {R.materialize_on_missing()}
    bench = Bench(
        say,
        under("one", P(rules=rules, max_materializations_per_minute=1), partitions_def=DAYS),
        under("three", P(rules=rules, max_materializations_per_minute=3), partitions_def=DAYS),
        under("free", P(rules=rules, max_materializations_per_minute=None), partitions_def=DAYS),
    )
    bench.ticks(3)


@scenario()
def a_policy_of_a_condition(say: Say) -> None:
    policy = C.missing().as_auto_materialize_policy()
    bench = Bench(say, under("x", policy), under("y", P.from_automation_condition(C.newly_updated())))
    bench.tick("first")
    bench.made("x", "y")
    bench.tick("made")
    say("back", policy.to_automation_condition() == C.missing())


@scenario()
def policy_and_condition_at_once(say: Say) -> None:
    say.refusal("both", lambda: asset("x", C.missing(), auto_materialize_policy=P.eager()))
    say.refused("a rule instead of a policy", lambda: asset("x", auto_materialize_policy=R.materialize_on_missing()))
    say.refusal("a policy instead of a condition", lambda: asset("x", P.eager()))


@scenario()
def policies_as_conditions(say: Say) -> None:
    for each in (under("x", P.eager()), asset("y", C.eager()), asset("z")):
        name = each.key.to_user_string()
        say(name, list(each.automation_conditions_by_key), list(each.auto_materialize_policies_by_key))


@scenario()
def only_parents_that_were_updated_by_certain_runs(say: Say) -> None:
    only = dg.AutoMaterializeAssetPartitionsFilter(latest_run_required_tags={"team": "a"})
    bench = Bench(
        say, asset("up"), under("x", by_rules(R.materialize_on_parent_updated(updated_parent_filter=only)), "up")
    )
    story(
        bench,
        ("by a run without tags", lambda: bench.run("up")),
        ("by a run of a", lambda: bench.run("up", tags={"team": "a"})),
        ("without a run", lambda: bench.made("up")),
    )


@scenario()
def a_run_that_was_to_make_the_parent_and_the_asset(say: Say) -> None:
    """An update by it is no news for the asset, though the asset failed in it."""
    for each in (R.materialize_on_missing(), R.materialize_on_parent_updated()):
        bench = Bench(say, asset("up"), asset("other"), under("x", by_rules(each), "up"))
        story(
            bench,
            ("x fails", lambda bench=bench: bench.run("up", "x", fails=["x"])),  # type: ignore[misc]
            ("nothing", lambda: None),
            ("up alone", lambda bench=bench: bench.run("up", "other")),  # type: ignore[misc]
        )


@scenario()
def what_was_there_and_was_wiped(say: Say) -> None:
    """It is not asked for again, whether or not it was asked for before."""
    rule = by_rules(R.materialize_on_missing())
    bench = Bench(say, under("x", rule), under("y", rule, partitions_def=DAYS))
    bench.made("x", "y:2024-01-08", "y:2024-01-09")
    bench.tick("first")
    bench.wiped("x")
    bench.wiped("y")
    bench.ticks(2, "wiped")
    bench.wait(hours=24)
    bench.ticks(2, "a day later")


@scenario()
def missing_partitions_of_two_dimensions(say: Say) -> None:
    """The newest day waits for what it is made from."""
    rule = by_rules(R.materialize_on_missing())
    bench = Bench(
        say, asset("up", partitions_def=DAYS), under("x", rule, "up", partitions_def=GRID), under("y", rule, "up")
    )
    bench.ticks(2, "first")
    bench.made("up:2024-01-09")
    bench.ticks(2, "the newest made")
    bench.wait(hours=24)
    bench.ticks(2, "a day later")


@scenario(differs="`skip_on_run_in_progress` of an asset with partitions")
def runs_in_progress_of_partitions(say: Say) -> None:
    rules = by_rules(R.materialize_on_missing(), R.skip_on_run_in_progress())
    bench = Bench(say, under("x", rules, partitions_def=LETTERS))
    bench.begun("x", partition="a")
    try:
        bench.tick("a in progress")
    except Exception as error:
        say("it fails", OWN_WORDS.get(type(error).__name__, type(error).__name__))


@scenario()
def what_is_made_from_its_own_past(say: Say) -> None:
    """One day after the other: the next waits until the one before is there."""
    before = dg.TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)
    policy = P.eager(max_materializations_per_minute=None)
    past = dg.AssetDep("x", partition_mapping=before)
    bench = Bench(
        say, asset("up", partitions_def=DAYS), under("x", policy, past, partitions_def=DAYS),
        under("y", policy, "up", dg.AssetDep("y", partition_mapping=before), partitions_def=DAYS),
    )  # fmt: skip
    first, second, *_ = days = DAYS.get_partition_keys(current_time=bench.now)
    bench.tick("first")
    bench.made(f"x:{first}", *(f"up:{each}" for each in days))
    bench.tick("one day made")
    bench.made(f"x:{second}", f"y:{first}")
    bench.tick("another day made")
    bench.made(f"x:{first}")
    bench.tick("the first day made again")
    bench.wait(hours=24)
    bench.ticks(2, "a day later")


@scenario()
def rules_at_the_start_of_the_month(say: Say) -> None:
    rules = by_rules(R.materialize_on_cron("0 0 1 * *"), R.skip_on_parent_missing())
    bench = Bench(say, asset("up"), under("x", rules, "up"), start=datetime(2024, 1, 31, 23, 30, tzinfo=UTC))
    story(
        bench,
        ("the first", lambda: bench.wait(hours=1)),
        ("up made", lambda: bench.made("up")),
        ("the first of March", lambda: bench.wait(days=30)),
    )
