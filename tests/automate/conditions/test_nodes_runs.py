"""Conditions of the runs that made something."""

from __future__ import annotations

from tests.automate.conditions.hand_world import HandWorld, plan
from watchbell.automate.conditions.world import RunFact
from watchbell.declare.conditions.condition import AutomationCondition
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.record.keys import AssetKey

OF = AutomationCondition
LETTERS = StaticPartitionsDefinition(["a", "b", "c"])
RED, BLUE = {"team": "red"}, {"team": "blue"}


def test_an_update_by_a_run_that_makes_the_root_too_is_told_apart() -> None:
    world = HandWorld(plan("p"), plan("x", OF.any_deps_match(OF.executed_with_root_target()), ["p"]))
    world.asked()
    world.make("p", targets=["x"])

    assert [world.asked(), world.asked()] == [{"x": True}, {"x": True}]
    world.make("p")
    assert world.asked() == {}


def test_each_partition_knows_the_run_that_made_it_last() -> None:
    condition = OF.any_deps_match(OF.executed_with_root_target())
    world = HandWorld(plan("p", definition=LETTERS), plan("x", condition, ["p"], LETTERS))
    world.asked()
    world.make("p", 0, 1, targets=["x"])
    world.make("p", 1)

    assert world.asked() == {"x": [0]}


def test_the_root_is_not_asked_whether_it_was_made_together_with_itself() -> None:
    world = HandWorld(plan("x", OF.executed_with_root_target()))
    world.asked()
    world.make("x")

    assert world.asked() == {}


def test_a_run_of_which_nobody_knows_what_it_was_to_make_made_nothing_else() -> None:
    world = HandWorld(plan("p"), plan("x", OF.any_deps_match(OF.executed_with_root_target()), ["p"]))
    world.asked()
    world.make("p", targets=["x"])
    world.world.runs["run1"] = RunFact({}, None)

    assert world.asked() == {}


def test_a_check_that_a_run_executed_as_well_is_told_apart() -> None:
    condition = OF.any_deps_match(OF.executed_with_root_target())
    world = HandWorld(plan("x"), plan("x:k", condition))
    world.asked()
    world.make("x", targets=["x:k"])

    assert world.asked() == {"x:k": True}


def test_tags_are_those_of_the_run_that_made_it_last() -> None:
    world = HandWorld(plan("x", OF.executed_with_tags(tag_values=RED)))
    world.make("x", tags=RED)

    assert [world.asked(), world.asked()] == [{"x": True}, {"x": True}]
    world.make("x", tags=BLUE)
    assert world.asked() == {}


def test_keys_and_values_are_both_asked_for() -> None:
    world = HandWorld(plan("x", OF.executed_with_tags(tag_keys={"cost"}, tag_values=RED)))
    world.make("x", tags=RED)
    assert world.asked() == {}

    world.make("x", tags={**RED, "cost": "1"})
    assert world.asked() == {"x": True}


def test_what_no_run_made_has_no_tags_that_match() -> None:
    world = HandWorld(plan("x", OF.executed_with_tags()))
    world.make("x")
    world.world.runs.clear()

    assert world.asked() == {}


def new_updates(condition: AutomationCondition) -> HandWorld:
    """An asset whose partitions are made: 0 by a red and a blue run, 1 by a red one, 2 by a blue one."""
    world = HandWorld(plan("x", condition, definition=LETTERS))
    world.asked()
    world.make("x", 0, 1, tags=RED)
    world.make("x", 0, 2, tags=BLUE)
    return world


def test_one_new_update_with_the_tags_is_enough_for_any() -> None:
    world = new_updates(OF.any_new_update_has_run_tags(tag_values=RED))

    assert [world.asked(), world.asked()] == [{"x": [0, 1]}, {}]


def test_all_new_updates_of_a_partition_need_the_tags_for_all() -> None:
    world = new_updates(OF.all_new_updates_have_run_tags(tag_values=RED))

    assert [world.asked(), world.asked()] == [{"x": [1]}, {}]


def test_updates_before_the_first_evaluation_are_not_new() -> None:
    world = HandWorld(plan("x", OF.any_new_update_has_run_tags(tag_keys={"team"})))
    world.make("x", tags=RED)

    assert world.asked() == {}


def test_runs_are_only_kept_where_more_than_new_updates_is_asked_about() -> None:
    alone = HandWorld(plan("p"), plan("x", OF.any_deps_match(OF.executed_with_root_target()), ["p"]))
    of_updates = HandWorld(plan("p"), plan("x", OF.eager(), ["p"]))

    assert {AssetKey("p")} == alone.world.traced
    assert frozenset() == of_updates.world.traced
