"""Conditions of what is known of an entity itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.automate.conditions.hand_world import HandWorld, plan
from watchbell.automate.conditions.engine import ConditionEngine
from watchbell.automate.conditions.entity_graph import EntityGraph
from watchbell.automate.conditions.world import Position
from watchbell.declare.conditions.condition import AutomationCondition
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.record.ordinal_set import OrdinalSet

LETTERS = StaticPartitionsDefinition(["a", "b", "c"])
OF = AutomationCondition


def alone(condition: AutomationCondition, definition: StaticPartitionsDefinition | None = None) -> HandWorld:
    """A world of one asset."""
    return HandWorld(plan("x", condition, definition=definition))


def test_what_was_never_made_is_missing_until_it_is_made() -> None:
    world = alone(OF.missing())

    assert world.asked() == {"x": True}
    world.make("x")
    assert world.asked() == {}


def test_only_the_partitions_that_were_never_made_are_missing() -> None:
    world = alone(OF.missing(), LETTERS)
    world.make("x", 1)

    assert world.asked() == {"x": [0, 2]}


@pytest.mark.parametrize(
    ("condition", "fact"),
    [
        (OF.run_in_progress(), "running"),
        (OF.backfill_in_progress(), "backfilling"),
        (OF.execution_failed(), "failed"),
    ],
)
def test_a_state_is_true_of_its_partitions_as_long_as_it_lasts(condition: AutomationCondition, fact: str) -> None:
    whole, parted = alone(condition), alone(condition, LETTERS)
    whole.set("x", **{fact: True})
    parted.set("x", **{fact: OrdinalSet([0, 2])})

    assert [whole.asked(), whole.asked()] == [{"x": True}, {"x": True}]
    assert parted.asked() == {"x": [0, 2]}
    parted.set("x", **{fact: OrdinalSet([2])})
    assert parted.asked() == {"x": [2]}
    whole.set("x", **{fact: False})
    assert whole.asked() == {}


def test_partitions_that_do_not_exist_any_more_are_not_asked_for() -> None:
    world = alone(OF.execution_failed(), LETTERS)
    world.set("x", failed=OrdinalSet([1, 77]))

    assert world.asked() == {"x": [1]}


def test_what_was_made_before_the_first_evaluation_is_not_new() -> None:
    world = alone(OF.newly_updated())
    world.make("x")

    assert [world.asked(), world.asked()] == [{}, {}]
    world.make("x")
    assert [world.asked(), world.asked()] == [{"x": True}, {}]


def test_only_partitions_that_were_made_are_newly_updated() -> None:
    world = alone(OF.newly_updated(), LETTERS)
    world.asked()
    world.make("x", 1)
    world.make("x", 2)

    assert [world.asked(), world.asked()] == [{"x": [1, 2]}, {}]


def test_an_update_without_a_partition_says_nothing_of_any() -> None:
    world = alone(OF.newly_updated(), LETTERS)
    world.asked()
    world.make("x")

    assert world.asked() == {}


def versions(*found: str | None) -> list[bool]:
    """What ``code_version_changed`` says of one version after the other, each in a new engine."""
    told, states, position = [], {}, None
    world = alone(OF.code_version_changed())
    for version in found:
        graph = EntityGraph([replace(plan("x", OF.code_version_changed()), code_version=version)])
        world.graph, world.engine = graph, ConditionEngine(graph)
        world.world = world.engine.world(Position(0, world.now))
        world.engine.load(states, position)
        told.append("x" in world.asked())
        states, position = world.engine.dump(), world.engine.position
    return told


def test_a_code_version_is_compared_with_the_one_before() -> None:
    assert versions("1", "1", "2", "2", "1") == [False, False, True, False, True]


def test_a_code_version_that_is_given_first_has_not_changed_but_one_that_is_taken_away_has() -> None:
    assert versions(None, "1", None, "1") == [False, False, True, False]


def test_a_code_version_is_remembered_also_where_nobody_asks() -> None:
    condition = OF.cron_tick_passed("0 0 * * *") & OF.code_version_changed()
    world = HandWorld(replace(plan("x", condition), code_version="1"))
    world.asked()
    world.entity("x").code_version = "2"
    world.set("x")

    assert world.asked(minutes=40) == {"x": True}


def data_versions(world: HandWorld, *made: str) -> bool:
    """Whether the version changed after some updates in one tick."""
    for version in made:
        before = world.entity("x").fact.data_version
        world.make("x", version=version)
        fact = world.entity("x").fact
        fact.updates = (*fact.updates[:-1], replace(fact.updates[-1], data_version_before=before))
    return "x" in world.asked()


def test_a_data_version_is_compared_with_the_one_before_the_tick() -> None:
    world = alone(OF.data_version_changed())
    world.asked()
    steps: list[tuple[str, ...]] = [("1",), (), ("1",), ("2",), ("3", "2"), ("3",)]

    assert [data_versions(world, *each) for each in steps] == [True, False, False, True, False, True]


def test_a_data_version_changes_by_partition() -> None:
    world = alone(OF.data_version_changed(), LETTERS)
    world.asked()
    world.make("x", 0, 1, version="v")
    fact = world.entity("x").fact
    fact.updates = (replace(fact.updates[0], data_version_before="v"), fact.updates[1])

    assert world.asked() == {"x": [1]}


@pytest.mark.parametrize(("state", "told"), [("PASS", {}), ("WARN", {}), ("FAIL", {"x": [0, 1, 2]}), ("UNKNOWN", {})])
def test_freshness_is_that_of_the_whole_asset(state: str, told: dict[str, list[int]]) -> None:
    world = alone(OF.freshness_failed(), LETTERS)
    world.set("x", freshness=state)

    assert told == world.asked()
