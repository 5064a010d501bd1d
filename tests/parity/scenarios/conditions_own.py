"""Conditions of one's own: what they are given, what they answer, what they remember."""

from typing import Any

import dagster as dg
from tests.parity.condition_bench import DAYS, LETTERS, Bench, C, asset, check
from tests.parity.scenario import Say, render, scenario


class Everything(dg.AutomationCondition):
    """All candidates."""

    def evaluate(self, context: Any) -> Any:
        return dg.AutomationResult(context, true_subset=context.candidate_subset)


class Nothing(dg.AutomationCondition):
    def evaluate(self, context: Any) -> Any:
        return dg.AutomationResult(context, true_subset=context.get_empty_subset())


class Told(dg.AutomationCondition):
    """Says what it is given, and is true for all candidates."""

    told: list[str] = []

    def evaluate(self, context: Any) -> Any:
        before = context.previous_evaluation_time
        kind = type(context.partitions_def).__name__
        self.told.append(
            f"{context.key.to_user_string()} {keys(context.candidate_subset)} of {kind}"
            f" at {context.evaluation_time:%H:%M} before {before and before.strftime('%H:%M')} {render(context.cursor)}"
        )
        return dg.AutomationResult(context, true_subset=context.candidate_subset)


class Counts(dg.AutomationCondition):
    """True at every second evaluation; the cursor says how many there were."""

    def evaluate(self, context: Any) -> Any:
        count = int(context.cursor or 0) + 1
        wanted = context.candidate_subset if count % 2 == 0 else context.get_empty_subset()
        return dg.AutomationResult(context, true_subset=wanted, cursor=str(count))


def keys(subset: Any) -> str:
    if subset.is_partitioned:
        return ",".join(sorted(subset.expensively_compute_partition_keys())) or "none"
    return f"whole {not subset.is_empty}"


def said(bench: Bench, label: str) -> None:
    Told.told.clear()
    bench.tick(label)
    for line in sorted(Told.told):
        bench.say(label, line)


@scenario()
def all_and_nothing(say: Say) -> None:
    bench = Bench(
        say,
        asset("x", Everything()),
        asset("y", Nothing()),
        asset("parts", Everything(), partitions_def=LETTERS),
        asset("none", Nothing(), partitions_def=LETTERS),
    )
    bench.ticks(2)


@scenario()
def within_operators(say: Say) -> None:
    bench = Bench(
        say,
        asset("both", C.missing() & Everything(), partitions_def=LETTERS),
        asset("either", C.missing() | Everything(), partitions_def=LETTERS),
        asset("opposite", ~Everything(), partitions_def=LETTERS),
        asset("rest", C.missing() & ~Nothing(), partitions_def=LETTERS),
    )
    bench.made("both:a", "either:a", "rest:b")
    bench.tick()


@scenario()
def what_it_is_given(say: Say) -> None:
    bench = Bench(say, asset("x", C.missing() & Told(), partitions_def=LETTERS), asset("y", Told()))
    said(bench, "first")
    bench.made("x:b")
    said(bench, "b made")
    bench.made("x:a", "x:c")
    said(bench, "all made")


@scenario()
def below_a_dependency(say: Say) -> None:
    bench = Bench(
        say, asset("up", partitions_def=LETTERS), asset("x", C.any_deps_match(Told()), ["up"], partitions_def=LETTERS)
    )
    said(bench, "first")


@scenario()
def for_a_check(say: Say) -> None:
    bench = Bench(say, asset("x"), checks=[check("one", "x", Everything())])
    bench.ticks(2)


@scenario()
def a_cursor_of_its_own(say: Say) -> None:
    bench = Bench(say, asset("x", Counts()), asset("y", C.missing() & Counts()))
    bench.ticks(3)
    bench.made("y")
    bench.ticks(2, "y made")
    bench.wiped("y")
    bench.ticks(2, "y wiped")


class ByPartition(dg.AutomationCondition):
    """True for some keys."""

    def evaluate(self, context: Any) -> Any:
        view = context.asset_graph_view
        wanted = view.get_subset_from_partition_keys(context.key, context.partitions_def, {"a", "c"})
        found = context.candidate_subset.compute_intersection(wanted)
        return dg.AutomationResult(context, true_subset=found)


@scenario()
def some_partitions(say: Say) -> None:
    bench = Bench(
        say,
        asset("x", ByPartition(), partitions_def=LETTERS),
        asset("y", C.missing() & ByPartition(), partitions_def=LETTERS),
    )
    bench.made("y:a")
    bench.tick()


class Parents(dg.AutomationCondition):
    """True for what has a parent of whatever sort; with set operations."""

    def evaluate(self, context: Any) -> Any:
        candidates = context.candidate_subset
        parents = sorted(context.asset_graph.get(context.key).parent_keys, key=str)
        found = context.get_empty_subset()
        for parent in parents:
            above = candidates.compute_parent_subset(parent)
            found = found.compute_union(above.compute_child_subset(context.key))
        rest = candidates.compute_difference(found)
        return dg.AutomationResult(context, true_subset=candidates.compute_difference(rest))


@scenario()
def set_operations(say: Say) -> None:
    yesterday = dg.TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)
    bench = Bench(
        say,
        asset("up", partitions_def=DAYS),
        asset("x", Parents(), [dg.AssetDep("up", partition_mapping=yesterday)], partitions_def=DAYS),
        asset("y", Parents(), ["up"], partitions_def=DAYS),
        asset("root", Parents()),
    )
    bench.tick()


class Changing(dg.AutomationCondition):
    """What was true before, in words."""

    told: list[str] = []

    def evaluate(self, context: Any) -> Any:
        before = context.previous_true_subset
        self.told.append("none" if before is None else keys(before))
        return dg.AutomationResult(context, true_subset=context.candidate_subset)


@scenario()
def what_was_true_before(say: Say) -> None:
    bench = Bench(say, asset("x", C.missing() & Changing(), partitions_def=LETTERS))
    for label, made in (("first", []), ("second", ["x:a"]), ("third", ["x:b", "x:c"]), ("fourth", [])):
        Changing.told.clear()
        bench.made(*made)
        bench.tick(label)
        say(label, Changing.told)


class Throws(dg.AutomationCondition):
    def evaluate(self, context: Any) -> Any:
        raise LookupError("on purpose")


class Answers(dg.AutomationCondition):
    def evaluate(self, context: Any) -> Any:
        return True


class Silent(dg.AutomationCondition):
    """Has no evaluate."""


@scenario()
def mistakes(say: Say) -> None:
    for name, condition in {"throws": Throws(), "answers otherwise": Answers()}.items():
        bench = Bench(say, asset("x", condition))
        say.refused(name, bench.evaluate, "x")
    say.refused("without evaluate", lambda: Bench(say, asset("x", Silent())).evaluate() and None)


@scenario()
def operators_of_conditions_of_ones_own(say: Say) -> None:
    mine = Everything()
    bench = Bench(
        say,
        asset("newly", mine.newly_true()),
        asset("since", mine.since(C.newly_requested())),
        asset("handled", mine.since_last_handled()),
    )
    bench.ticks(4)
    say("label", mine.get_label(), mine.name, len(mine.children))


class Later(dg.AutomationCondition):
    """Evaluated asynchronously."""

    async def evaluate(self, context: Any) -> Any:
        return dg.AutomationResult(context, true_subset=context.candidate_subset)


@scenario()
def asynchronous_evaluation(say: Say) -> None:
    bench = Bench(say, asset("x", Later()), asset("y", C.missing() & Later()))
    bench.tick()
