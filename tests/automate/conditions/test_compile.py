import ast
from pathlib import Path

import pytest

from tests.automate.conditions.hand_world import HandWorld, key_of, plan
from tests.automate.conditions.told import Told
from watchbell.automate.conditions.compile import EVALUATORS, NEEDS, OWN, Compiler, text_of
from watchbell.automate.conditions.entity_graph import EntityGraph
from watchbell.declare.assets.selection import AssetSelection
from watchbell.declare.conditions import condition as home
from watchbell.declare.conditions.condition import AutomationCondition, BuiltInCondition
from watchbell.ground.errors import DagsterInvalidDefinitionError

of = AutomationCondition
_MAKERS = {"_of": 0, "BuiltInCondition": 0, "_rule": 1}  # what makes a condition: which argument is its kind
_KNOWN_NEEDS = {
    "state", "momentary", "timed", "versioned", "traced", "cron", "windows", "upstream", "ancestors", "requests",
    "requests_before", "always", "wake",
}  # fmt: skip


def declared_kinds() -> set[str]:
    """The kinds of all conditions that declarations can make."""
    found = set()
    for path in Path(home.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            place = _MAKERS.get(name)
            argument = node.args[place] if place is not None and len(node.args) > place else None
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                found.add(argument.value)
    return found


def test_each_kind_has_an_evaluator_and_no_evaluator_is_of_no_kind() -> None:
    assert declared_kinds() - set(EVALUATORS) == set()
    # Kinds that are chosen among several where they are made stand in no call as text.
    assert {"missing", "since", "any_deps", "rule_missing", "cron_tick_passed"} <= declared_kinds()
    assert set(EVALUATORS) - declared_kinds() - set(_CHOSEN) == {OWN}


_CHOSEN = (
    "and", "or", "any_checks", "all_checks",
    "rule_backfill_in_progress", "rule_cron", "rule_not_all_parents_updated",
    "rule_not_all_parents_updated_since_cron", "rule_parent_updated", "rule_parent_outdated",
)  # fmt: skip


def test_needs_are_of_kinds_and_known() -> None:
    assert set(NEEDS) <= set(EVALUATORS)
    assert set().union(*NEEDS.values()) <= _KNOWN_NEEDS


def test_equal_conditions_are_compiled_once() -> None:
    one, other = of.missing() & of.in_progress(), of.missing() & of.in_progress()
    graph = EntityGraph([plan("a", one), plan("b", other), plan("c", of.missing())])
    compiler = Compiler(graph)

    a, b, c = (compiler.tree(graph.entity(key_of(name))) for name in "abc")

    assert a is b
    assert a is not c
    assert len(a.conditions) == 5


def test_a_tree_tells_its_cron_strings() -> None:
    graph = EntityGraph([plan("a", of.on_cron("0 * * * *") & of.cron_tick_passed("0 1 * * *", "Europe/Berlin"))])

    tree = Compiler(graph).tree(graph.entities[0])

    assert tree.crons == {("0 * * * *", "UTC"), ("0 1 * * *", "Europe/Berlin")}


def test_what_a_tree_looks_at() -> None:
    world = HandWorld(
        plan("far"),
        plan("a", None, ["far"]),
        plan("a:k"),
        plan("b"),
        plan("named"),
        plan("x", of.any_deps_match(of.any_checks_match(of.check_failed())), ["a", "b"]),
        plan("y", of.asset_matches("named", of.missing()) | of.any_deps_match(of.any_deps_match(of.missing())), ["a"]),
        plan("z", of.parent_newer(), ["b"]),
    )

    watchers = world.engine._roots.watchers

    seen: dict[str, set[str]] = {"x": set(), "y": set(), "z": set()}
    for number, roots in watchers.items():
        for root in roots:
            seen[world.graph.entities[root].key.to_user_string()].add(world.graph.entities[number].key.to_user_string())
    assert seen == {
        "x": {"x", "a", "b", "a:k"},
        "y": {"y", "a", "far", "named"},
        "z": {"z", "b"},
    }


def test_a_kind_nobody_knows_is_told_with_the_nearest() -> None:
    graph = EntityGraph([plan("a", BuiltInCondition("missng"))])

    with pytest.raises(DagsterInvalidDefinitionError, match="'missng'.*missing"):
        Compiler(graph).tree(graph.entities[0])


def test_the_text_of_a_condition_says_what_it_is_and_not_what_it_is_called_or_selects() -> None:
    chosen = of.any_deps_match(of.missing()).allow(AssetSelection.groups("g"))

    assert text_of(of.missing().with_label("x")) == text_of(of.missing()) == "missing()[]"
    assert text_of(chosen) == "any_deps()[missing()[]]"
    assert text_of(Told("t")).endswith("Told/t[]")


def test_nodes_that_are_alike_have_names_of_their_own() -> None:
    graph = EntityGraph([plan("a", of.missing().newly_true() | of.missing().newly_true())])

    ids = Compiler(graph).tree(graph.entities[0]).ids()

    assert len(set(ids)) == 5
    assert ids[3] == f"{ids[1]}.2"
