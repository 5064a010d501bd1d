from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.automate.explain.evaluations import evaluation
from tests.depth import examples
from watchbell import AutomationCondition as C
from watchbell.automate.conditions.subset import Subset
from watchbell.automate.conditions.trace import Said, Trace, TraceNode
from watchbell.automate.explain.blame import OF_OTHERS, Asked, Question, counts
from watchbell.automate.explain.explanation import Mark
from watchbell.record.ordinal_set import OrdinalSet


def why(trace: Trace, **of: Any) -> list[tuple[str, str, bool]]:
    return [(each.node.kind, each.entity, each.is_true) for each in Question(trace, **of).why()]


def test_of_an_and_the_false_operands_are_blamed() -> None:
    trace = evaluation(C.missing() & C.run_in_progress(), {("missing", "orders"): True})

    assert why(trace) == [("run_in_progress", "orders", False)]


def test_of_an_or_all_operands_are_blamed() -> None:
    trace = evaluation(C.missing() | C.run_in_progress(), {})

    assert why(trace) == [("missing", "orders", False), ("run_in_progress", "orders", False)]


def test_what_was_not_reached_is_not_blamed() -> None:
    trace = evaluation(C.missing() & C.run_in_progress(), {})

    assert why(trace) == [("missing", "orders", False)]


def test_a_not_is_blamed_by_what_makes_it_so() -> None:
    trace = evaluation(~C.any_deps_missing(), {("missing", "users"): True})

    assert why(trace) == [("missing", "users", True), ("will_be_requested", "users", False)]


def test_all_deps_are_blamed_by_those_that_fail() -> None:
    trace = evaluation(C.all_deps_match(C.newly_updated()), {("newly_updated", "raw"): True})

    assert why(trace) == [("newly_updated", "users", False)]


def test_checks_of_deps_are_blamed_by_name() -> None:
    checks = {"raw": ["raw:not_null", "raw:unique"]}
    trace = evaluation(C.all_deps_blocking_checks_passed(), {("check_passed", "raw:unique"): True}, checks=checks)

    assert why(trace) == [("check_passed", "raw:not_null", False)]


def test_a_since_whose_trigger_never_came_is_blamed_by_it() -> None:
    trace = evaluation(C.eager(), {("in_latest_time_window", "orders"): True})

    kinds = {kind for kind, _, _ in why(trace)}
    assert kinds == {"missing", "newly_updated", "will_be_requested"}


def test_a_since_that_was_ended_is_blamed_by_what_ended_it() -> None:
    trace = evaluation(C.missing().since(C.initial_evaluation()), {
        ("missing", "orders"): True, ("initial_evaluation", "orders"): True,
    })  # fmt: skip

    assert why(trace) == [("initial_evaluation", "orders", True)]


def test_what_is_nothing_new_is_blamed_itself() -> None:
    trace = evaluation(C.newly_missing(), {("missing", "orders"): True, ("newly_true", "orders"): True})

    assert why(trace) == [("newly_true", "orders", False)]


def test_who_has_no_deps_is_told_so() -> None:
    trace = evaluation(C.any_deps_updated(), {}, deps=())

    assert why(trace) == [("any_deps", "orders", False)]


def part(kind: str, place: int, candidates: Subset, value: Subset, *children: TraceNode) -> TraceNode:
    return TraceNode(place, kind, {}, None, children, (Said("orders", candidates, value),))


def test_of_partitions_those_are_meant_that_the_clause_was_asked_about() -> None:
    """Every operand is true of some partition, but of none that the ones before left."""
    days = OrdinalSet([1, 2, 3])
    left = part("missing", 1, days, OrdinalSet([1]))
    right = part("since", 2, OrdinalSet([1]), OrdinalSet(), part("newly_updated", 3, days, OrdinalSet([2])),
                 part("newly_requested", 4, days, OrdinalSet()))  # fmt: skip
    trace = Trace("orders", part("and", 0, days, OrdinalSet(), left, right), OrdinalSet())

    assert why(trace) == [("newly_updated", "orders", False)]
    assert why(trace, within=lambda entity: OrdinalSet([2])) == [("missing", "orders", False)]
    assert why(trace, within=lambda entity: OrdinalSet([9])) == []


def test_partitions_are_counted() -> None:
    days = OrdinalSet([1, 2, 3])
    node = part("missing", 0, days, OrdinalSet([1]))

    assert counts(Asked(node, "orders")) == (1, 3)
    assert counts(Asked(node, "orders", OrdinalSet([2]))) == (0, 1)
    assert counts(Asked(node, "users")) is None
    assert Asked(node, "users").mark is Mark.NOT_REACHED


# ------------------------------------------------------------------ the rule


def conditions(depth: int) -> st.SearchStrategy[Any]:
    """Trees in which no two leaves are the same one, so that each can be turned by itself."""
    leaf = st.just(None)
    inner = st.deferred(lambda: conditions(depth - 1)) if depth else leaf
    return st.one_of(
        leaf,
        st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=1, max_size=3)),
        st.tuples(st.sampled_from(["not", "newly_true", "any_deps", "all_deps"]), st.tuples(inner)),
        st.tuples(st.just("since"), st.tuples(inner, inner)),
    )


class World:
    """What each leaf says of each entity, and what stateful nodes remember; nodes are evaluated to the last."""

    def __init__(self, tree: Any, draw: Any) -> None:
        self._draw, self._count = draw, 0
        self.values: dict[tuple[int, str], bool] = {}
        self.nodes = self._node(tree)

    def _node(self, tree: Any) -> TraceNode:
        place = self._count
        self._count += 1
        kind, parts = ("missing", ()) if tree is None else tree
        return TraceNode(place, kind, {}, None, tuple(self._node(each) for each in parts))

    def _held(self, node: TraceNode, entity: str) -> bool:
        key = node.place, entity
        if key not in self.values:
            self.values[key] = self._draw(st.booleans())
        return self.values[key]

    def evaluate(self) -> Trace:
        said: dict[int, list[Said]] = {}
        value = self._value(self.nodes, "orders", said)
        return Trace("orders", self._told(self.nodes, said), value)

    def _value(self, node: TraceNode, entity: str, said: dict[int, list[Said]]) -> bool:
        others = ["raw", "users"] if node.kind in OF_OTHERS else [entity]
        found = [self._value(child, other, said) for child in node.children for other in others]
        match node.kind:
            case "and" | "all_deps":
                value = all(found)
            case "or" | "any_deps":
                value = any(found)
            case "not":
                value = not found[0]
            case "newly_true":
                value = found[0] and not self._held(node, entity)
                if not found[0]:  # what was false now is new when it turns true
                    self.values[node.place, entity] = False
            case "since":
                value = found[0] and not found[1]
            case _:
                value = self._held(node, entity)
        if all(each.entity != entity for each in said.setdefault(node.place, [])):
            said[node.place].append(Said(entity, True, value))
        return value

    def _told(self, node: TraceNode, said: dict[int, list[Said]]) -> TraceNode:
        parts = tuple(self._told(each, said) for each in node.children)
        return replace(node, children=parts, said=tuple(said.get(node.place, ())))


@settings(max_examples=examples(300), deadline=None)
@given(tree=conditions(4), data=st.data())
def test_were_the_blamed_clauses_the_other_way_round_so_would_be_the_answer(tree: Any, data: st.DataObject) -> None:
    world = World(tree, data.draw)
    before = world.evaluate()

    blamed = Question(before).why()
    for each in blamed:
        key = each.node.place, each.entity
        world.values[key] = not world.values[key]

    assert blamed
    assert world.evaluate().requested is not before.requested
