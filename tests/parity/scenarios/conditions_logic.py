"""Operators of automation conditions: and, or, not, since, newly true, labels, replace and without."""

from typing import Any

import dagster as dg
from tests.parity.condition_bench import DAYS, LETTERS, Bench, C, asset
from tests.parity.scenario import Say, scenario


def alone(say: Say, condition: Any, **more: Any) -> Bench:
    return Bench(say, asset("x", condition, **more))


@scenario()
def both_of_two(say: Say) -> None:
    bench = alone(say, C.missing() & C.in_latest_time_window(), partitions_def=DAYS)
    bench.tick()
    bench.made("x:2024-01-09")
    bench.tick("made")


@scenario()
def one_of_two(say: Say) -> None:
    bench = alone(say, C.missing() | C.in_latest_time_window(), partitions_def=DAYS)
    bench.made("x:2024-01-05", "x:2024-01-09")
    bench.tick()


@scenario()
def the_opposite(say: Say) -> None:
    bench = alone(say, ~C.missing(), partitions_def=LETTERS)
    bench.tick("none")
    bench.made("x:b")
    bench.tick("b")


@scenario()
def the_opposite_of_a_deeper_one_takes_what_is_left_of_the_candidates(say: Say) -> None:
    bench = alone(say, C.in_latest_time_window() & ~(C.missing() & ~C.newly_updated()), partitions_def=DAYS)
    bench.tick("first")
    bench.made("x:2024-01-05", "x:2024-01-09")
    bench.tick("made")


@scenario()
def newly_true(say: Say) -> None:
    bench = alone(say, C.in_progress().newly_true())
    bench.tick("idle")
    run = bench.begun("x")
    bench.ticks(2, "begun")
    bench.failed(run)
    bench.tick("failed")
    bench.begun("x")
    bench.ticks(2, "again")


@scenario()
def newly_true_at_the_first_tick(say: Say) -> None:
    bench = alone(say, C.missing().newly_true(), partitions_def=LETTERS)
    bench.made("x:c")
    bench.ticks(2)


@scenario()
def newly_true_of_what_is_true_for_one_tick(say: Say) -> None:
    bench = alone(say, C.newly_updated().newly_true())
    bench.tick("first")
    bench.made("x")
    bench.tick("made")
    bench.made("x")
    bench.tick("made again at once")
    bench.tick("not made")
    bench.made("x")
    bench.tick("made later")


@scenario()
def newly_true_below_an_and_that_does_not_reach_it(say: Say) -> None:
    bench = alone(say, C.newly_updated() & C.missing().newly_true(), partitions_def=LETTERS)
    bench.ticks(2, "first")
    bench.made("x:a")
    bench.tick("made")
    bench.wiped("x")
    bench.made("x:b")
    bench.tick("wiped, and b made")


@scenario()
def newly_true_behind_a_condition_that_opens_later(say: Say) -> None:
    bench = alone(say, C.execution_failed() & C.missing().newly_true())
    bench.ticks(2, "first")
    bench.run("x", fails=["x"])
    bench.ticks(2, "failed: missing is old by now")


@scenario()
def since(say: Say) -> None:
    bench = alone(say, C.newly_updated().since(C.in_progress()))
    bench.tick("first")
    bench.made("x")
    bench.ticks(2, "made")
    run = bench.begun("x")
    bench.ticks(2, "begun")
    bench.failed(run)
    bench.tick("failed")
    bench.made("x")
    bench.tick("made again")


@scenario()
def since_when_both_come_at_once(say: Say) -> None:
    bench = alone(say, C.missing().since(C.missing()))
    bench.ticks(2)
    other = alone(say, C.newly_updated().since(C.newly_updated()))
    other.tick("first")
    other.made("x")
    other.ticks(2, "made")


@scenario()
def since_with_a_reset_that_lasts(say: Say) -> None:
    bench = alone(say, C.newly_updated().since(~C.missing()), partitions_def=LETTERS)
    bench.tick("first")
    bench.made("x:a")
    bench.ticks(2, "made")
    bench.wiped("x")
    bench.ticks(2, "wiped")


@scenario()
def since_with_a_trigger_that_lasts(say: Say) -> None:
    bench = alone(say, C.missing().since(C.execution_failed()))
    bench.ticks(2, "first")
    bench.run("x", fails=["x"])
    bench.ticks(2, "failed")
    bench.made("x")
    bench.ticks(2, "made")


@scenario()
def since_behind_a_condition_that_opens_later(say: Say) -> None:
    bench = alone(say, C.execution_failed() & C.newly_updated().since(C.newly_requested()), partitions_def=LETTERS)
    bench.tick("first")
    bench.made("x:a", "x:b")
    bench.tick("made")
    bench.run("x", fails=["x"], partition_key="a")
    bench.ticks(2, "a failed")
    bench.run("x", fails=["x"], partition_key="b")
    bench.ticks(2, "b failed")


@scenario()
def since_last_handled(say: Say) -> None:
    bench = Bench(say, asset("up"), asset("x", C.any_deps_updated().since_last_handled(), deps=["up"]))
    bench.tick("first")
    bench.made("up")
    bench.ticks(2, "up made")
    bench.made("x")
    bench.tick("x made")
    bench.made("up", "x")
    bench.tick("up, then x made")
    bench.made("x", "up")
    bench.ticks(2, "x, then up made")


@scenario()
def since_last_handled_at_the_first_tick(say: Say) -> None:
    bench = alone(say, C.missing().since_last_handled())
    bench.ticks(2)
    bench.made("x")
    bench.wiped("x")
    bench.ticks(2, "made and wiped")


@scenario()
def since_of_new_partitions(say: Say) -> None:
    bench = alone(say, C.newly_missing().since_last_handled(), partitions_def=DAYS)
    bench.tick("first")
    bench.wait(days=1)
    bench.ticks(2, "a new day")
    bench.wait(days=2)
    bench.ticks(2, "two more")


@scenario(differs="A dynamic partition that is deleted, and what was remembered of the others")
def since_remembers_partitions_that_are_gone(say: Say) -> None:
    plots = dg.DynamicPartitionsDefinition(name="plots")
    bench = alone(say, C.newly_updated().since(C.in_progress()), partitions_def=plots)
    bench.added("p", "q")
    bench.tick("first")
    bench.made("x:p", "x:q")
    bench.tick("made")
    with bench.clock():
        bench.instance.delete_dynamic_partition("plots", "q")
    bench.tick("q is gone")
    bench.added("q")
    bench.tick("q is back")


@scenario()
def nested_since(say: Say) -> None:
    inner = C.newly_updated().since(C.newly_requested())
    bench = alone(say, (C.execution_failed().newly_true() & inner).since(C.in_progress()))
    bench.tick("first")
    bench.made("x")
    bench.tick("made")
    bench.run("x", fails=["x"])
    bench.ticks(2, "failed")
    run = bench.begun("x")
    bench.tick("begun")
    bench.failed(run)
    bench.ticks(2, "failed again")


@scenario()
def an_update_of_what_was_just_asked_for(say: Say) -> None:
    for reset in (C.newly_requested(), C.newly_requested() | C.execution_failed()):
        bench = alone(say, C.newly_updated().since(reset))
        bench.tick("first")
        for _ in range(3):
            bench.made("x")
            bench.tick("made")


@scenario()
def the_same_condition_twice_in_a_tree(say: Say) -> None:
    one = (C.newly_updated() | C.execution_failed()).since(C.newly_requested())
    bench = alone(say, one & (one | C.missing()), partitions_def=LETTERS)
    bench.tick("first")
    bench.made("x:a")
    bench.tick("a")
    bench.made("x:b")
    bench.tick("b")
    bench.made("x:a", "x:b")
    bench.ticks(2, "a and b")


@scenario()
def two_operands_in_another_order_keep_what_they_knew(say: Say) -> None:
    one, other = C.newly_updated().since(C.in_progress()), ~C.in_progress()
    bench = alone(say, one & other)
    bench.tick("first")
    bench.made("x")
    bench.tick("made")
    bench.define(asset("x", other & one))
    bench.tick("other way round")


@scenario()
def a_label_changes_nothing(say: Say) -> None:
    bench = alone(say, C.newly_updated().since(C.in_progress()))
    bench.tick("first")
    bench.made("x")
    bench.tick("made")
    bench.define(asset("x", C.newly_updated().since(C.in_progress()).with_label("mine")))
    bench.tick("with a label")
    bench.define(asset("x", C.newly_updated().with_label("new").since(C.in_progress())))
    bench.tick("with a label inside")


@scenario()
def another_condition_around_what_was_known(say: Say) -> None:
    inner = C.newly_updated().since(C.in_progress())
    bench = alone(say, inner)
    bench.tick("first")
    bench.made("x")
    bench.tick("made")
    bench.define(asset("x", inner & ~C.execution_failed()))
    bench.tick("with another")
    bench.define(asset("x", inner))
    bench.tick("as before")


@scenario()
def replaced_by_object_and_by_label(say: Say) -> None:
    eager = C.eager().replace(C.any_deps_updated(), C.any_deps_updated().newly_true())
    eager = eager.replace("any_deps_missing", C.any_deps_match(C.execution_failed()))
    bench = Bench(say, asset("up"), asset("gone"), asset("x", eager, deps=["up", "gone"]))
    bench.ticks(2, "first")
    bench.made("up")
    bench.ticks(2, "up made")
    bench.run("gone", fails=["gone"])
    bench.made("up")
    bench.tick("other failed")
    bench.run("gone")
    bench.tick("other made")


@scenario()
def eager_without_waiting_for_parents(say: Say) -> None:
    bench = Bench(
        say, asset("up"), asset("gone"), asset("x", C.eager().without(~C.any_deps_missing()), deps=["up", "gone"])
    )
    bench.ticks(2, "first")
    bench.made("up")
    bench.ticks(2, "up made")


@scenario()
def without_something_that_is_not_there(say: Say) -> None:
    say.refusal("not an operand", lambda: C.eager().without(C.missing()))
    say.refusal("of an or", lambda: (C.missing() | C.in_progress()).without(C.missing()))
    say.refusal("neither", lambda: C.missing() & 3)


@scenario()
def trees_of_and_and_or(say: Say) -> None:
    a, b, c = C.missing(), C.in_progress(), C.execution_failed()
    for name, one in {
        "a & b & c": a & b & c,
        "a & (b & c)": a & (b & c),
        "a | b | c": a | b | c,
        "a & b | c": a & b | c,
        "a & (b | c)": a & (b | c),
        "~~a": ~~a,
        "labelled": (a & b).with_label("l") & c,
    }.items():
        say(name, [len(each.children) for each in one.children], one.get_label())


@scenario()
def equal_trees(say: Say) -> None:
    say("eager", C.eager() == C.eager())
    say("cron", C.on_cron("0 0 * * *") == C.on_cron("0 0 * * *"), C.on_cron("0 0 * * *") == C.on_cron("1 0 * * *"))
    say("label", C.missing() == C.missing().with_label("x"))
    say("hash", len({C.eager(), C.eager(), C.on_missing()}))
