"""Conditions about checks, and conditions of checks."""

from typing import Any

import dagster as dg
from tests.parity.condition_bench import LETTERS, Bench, C, asset, check
from tests.parity.scenario import Say, scenario


@scenario()
def any_and_all_checks(say: Say) -> None:
    bench = Bench(
        say,
        asset("some", C.any_checks_match(C.check_failed())),
        asset("every", C.all_checks_match(C.check_passed())),
        checks=[check(name, of) for of in ("some", "every") for name in ("one", "two")],
    )
    bench.tick("first")
    for name in ("some", "every"):
        bench.made(name)
        bench.checked(name, "one", passed=True)
    bench.tick("one passed")
    for name in ("some", "every"):
        bench.checked(name, "two", passed=True)
    bench.tick("both passed")
    for name in ("some", "every"):
        bench.checked(name, "one", passed=False)
    bench.ticks(2, "one failed")


def results_and_a_new_materialization(say: Say, *, by_run: bool) -> None:
    conditions = {
        "good": C.all_checks_match(C.check_passed()),
        "bad": C.any_checks_match(C.check_failed()),
        "unknown": C.any_checks_match(~C.check_passed() & ~C.check_failed()),
    }
    bench = Bench(
        say,
        *(asset(name, each) for name, each in conditions.items()),
        checks=[check("one", name) for name in conditions],
    )
    for passes in (True, False):
        for name in conditions:
            bench.made(name)
            if by_run:
                bench.check_run(name, "one", passes=passes)
            else:
                bench.checked(name, "one", passed=passes)
        bench.tick(f"passed {passes}")
        bench.made(*conditions)
        bench.tick("made anew")


@scenario()
def results_of_runs_and_a_new_materialization(say: Say) -> None:
    results_and_a_new_materialization(say, by_run=True)


@scenario()
def reported_results_and_a_new_materialization(say: Say) -> None:
    results_and_a_new_materialization(say, by_run=False)


@scenario()
def no_checks(say: Say) -> None:
    bench = Bench(
        say,
        asset("some", C.any_checks_match(C.check_failed())),
        asset("every", C.all_checks_match(C.check_passed())),
    )
    bench.tick()


@scenario()
def blocking_checks_only(say: Say) -> None:
    checks = [check("soft", of) for of in ("some", "every")]
    checks += [check("hard", of, blocking=True) for of in ("some", "every")]
    bench = Bench(
        say,
        asset("some", C.any_checks_match(C.check_failed(), blocking_only=True)),
        asset("every", C.all_checks_match(C.check_passed(), blocking_only=True)),
        checks=checks,
    )
    for name in ("some", "every"):
        bench.made(name)
        bench.checked(name, "soft", passed=False)
        bench.checked(name, "hard", passed=True)
    bench.tick("soft failed")
    for name in ("some", "every"):
        bench.checked(name, "hard", passed=False)
        bench.checked(name, "soft", passed=True)
    bench.tick("hard failed")


@scenario()
def allowed_and_ignored_checks(say: Say) -> None:
    one = dg.AssetSelection.checks(dg.AssetCheckKey(dg.AssetKey("x"), "one"))
    both = C.any_checks_match(C.check_failed())
    bench = Bench(say, asset("x", both.ignore(one)), checks=[check("one", "x"), check("two", "x")])
    bench.checked("x", "one", passed=False)
    bench.tick("one failed")
    bench.checked("x", "two", passed=False)
    bench.tick("two failed")
    bench.define(asset("x", both.allow(one)), checks=[check("one", "x"), check("two", "x")])
    bench.tick("one is allowed")
    bench.checked("x", "one", passed=True)
    bench.tick("one passed")


@scenario()
def blocking_checks_of_dependencies(say: Say) -> None:
    bench = Bench(
        say,
        asset("up"),
        asset("x", C.all_deps_blocking_checks_passed(), deps=["up"]),
        checks=[check("soft", "up"), check("hard", "up", blocking=True)],
    )
    bench.tick("first")
    bench.made("up")
    bench.tick("made")
    bench.checked("up", "hard", passed=True)
    bench.tick("passed")
    bench.checked("up", "soft", passed=False)
    bench.tick("the other failed")
    bench.checked("up", "hard", passed=False)
    bench.tick("failed")
    bench.made("up")
    bench.tick("made anew")


@scenario()
def blocking_checks_of_dependencies_that_will_be_requested(say: Say) -> None:
    bench = Bench(
        say,
        asset("up", C.cron_tick_passed("0 2 * * *")),
        asset("x", C.all_deps_blocking_checks_passed(), deps=["up"]),
        checks=[check("hard", "up", blocking=True)],
    )
    bench.tick("first")
    bench.wait(hours=2)
    bench.tick("up is asked for")


@scenario()
def eager_behind_blocking_checks(say: Say) -> None:
    eager = C.eager() & C.all_deps_blocking_checks_passed()
    bench = Bench(say, asset("up"), asset("x", eager, deps=["up"]), checks=[check("hard", "up", blocking=True)])
    bench.tick("first")
    bench.made("up")
    bench.tick("made")
    bench.checked("up", "hard", passed=True)
    bench.ticks(2, "passed")


@scenario()
def a_check_that_is_missing(say: Say) -> None:
    bench = Bench(say, asset("x"), checks=[check("one", "x", C.missing()), check("two", "x", C.newly_missing())])
    bench.ticks(2, "first")
    bench.checked("x", "one", passed=False)
    bench.tick("executed")


@scenario()
def a_check_that_was_executed(say: Say) -> None:
    bench = Bench(
        say,
        asset("x"),
        checks=[
            check("new", "x", C.newly_updated()),
            check("good", "x", C.check_passed()),
            check("bad", "x", C.check_failed()),
        ],
    )
    bench.tick("first")
    for passed in (True, False):
        for name in ("new", "good", "bad"):
            bench.checked("x", name, passed=passed)
        bench.ticks(2, f"passed {passed}")


@scenario()
def a_check_that_runs(say: Say) -> None:
    checks = [check("in_run", "x", C.run_in_progress()), check("broken", "x", C.execution_failed())]
    bench = Bench(say, asset("x"), checks=checks)
    bench.tick("first")
    with bench.clock():
        dg.materialize([*bench.assets, *checks], instance=bench.instance, raise_on_error=False)
    bench.tick("made and checked")
    bench.run("x", fails=["x"])
    bench.tick("the asset failed")


@scenario()
def a_check_that_throws(say: Say) -> None:
    @dg.asset_check(asset="x", automation_condition=C.execution_failed())
    def throws() -> Any:
        raise LookupError

    bench = Bench(say, asset("x"), checks=[throws])
    bench.tick("first")
    with bench.clock():
        dg.materialize([*bench.assets, throws], instance=bench.instance, raise_on_error=False)
    bench.ticks(2, "failed")


@scenario()
def an_eager_check(say: Say) -> None:
    bench = Bench(say, asset("x"), checks=[check("one", "x", C.eager())])
    bench.ticks(2, "first")
    bench.made("x")
    bench.ticks(2, "made")
    bench.checked("x", "one", passed=True)
    bench.tick("checked")
    bench.made("x")
    bench.tick("made again")


@scenario()
def a_check_on_cron(say: Say) -> None:
    bench = Bench(say, asset("x"), checks=[check("one", "x", C.on_cron("0 2 * * *"))])
    bench.tick("first")
    bench.wait(hours=2)
    bench.tick("cron")
    bench.made("x")
    bench.ticks(2, "made")


@scenario()
def an_eager_check_of_an_eager_asset(say: Say) -> None:
    bench = Bench(
        say, asset("up"), asset("x", C.eager(), deps=["up"]), checks=[check("one", "x", C.eager(), blocking=True)]
    )
    bench.ticks(2, "first")
    bench.made("up")
    bench.ticks(2, "up made")
    bench.made("x")
    bench.ticks(2, "x made")


@scenario()
def a_check_with_other_dependencies(say: Say) -> None:
    bench = Bench(
        say,
        asset("x"),
        asset("other"),
        checks=[check("one", "x", C.any_deps_match(C.newly_updated()), additional_deps=["other"])],
    )
    bench.tick("first")
    bench.made("other")
    bench.tick("other")
    bench.made("x")
    bench.tick("x")


@scenario()
def a_check_of_an_asset_with_partitions(say: Say) -> None:
    bench = Bench(
        say,
        asset("x", C.any_checks_match(C.check_failed()), partitions_def=LETTERS),
        checks=[check("one", "x", C.any_deps_match(C.newly_updated())), check("two", "x", C.missing())],
    )
    bench.tick("first")
    bench.made("x:a")
    bench.tick("made")
    bench.checked("x", "one", passed=False)
    bench.checked("x", "two", passed=False)
    bench.tick("failed")


@scenario()
def checks_of_the_asset_itself(say: Say) -> None:
    def body() -> Any:
        yield dg.MaterializeResult(check_results=[dg.AssetCheckResult(check_name="inside", passed=False)])

    inside = dg.asset(
        name="x",
        check_specs=[dg.AssetCheckSpec("inside", asset="x")],
        automation_condition=C.any_checks_match(C.check_failed()),
    )(body)
    bench = Bench(say, inside)
    bench.tick("first")
    bench.run("x")
    bench.tick("made")


@scenario()
def a_check_spec_with_a_condition(say: Say) -> None:
    spec = dg.AssetCheckSpec("inside", asset="x", automation_condition=C.missing())

    @dg.multi_asset_check(specs=[spec, dg.AssetCheckSpec("other", asset="x")])
    def both() -> Any:
        yield dg.AssetCheckResult(check_name="inside", asset_key="x", passed=True)

    bench = Bench(say, asset("x"), checks=[both])
    bench.tick("first")
    bench.checked("x", "inside", passed=True)
    bench.tick("executed")


@scenario()
def conditions_for_checks_only(say: Say) -> None:
    bench = Bench(say, asset("x", C.check_passed()))
    say.refused("check_passed of an asset", bench.evaluate)


@scenario()
def checks_below_a_dependency(say: Say) -> None:
    bad = C.any_deps_match(C.any_checks_match(C.check_failed()))
    bench = Bench(say, asset("up"), asset("x", bad.newly_true(), deps=["up"]), checks=[check("one", "up")])
    bench.tick("first")
    bench.checked("up", "one", passed=False)
    bench.ticks(2, "failed")
    bench.checked("up", "one", passed=True)
    bench.checked("up", "one", passed=False)
    bench.tick("passed and failed between two ticks")
