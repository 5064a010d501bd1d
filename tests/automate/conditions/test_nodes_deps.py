from typing import Any

import pytest

from tests.automate.conditions.hand_world import HandWorld, plan
from tests.automate.conditions.told import Told
from watchbell.automate.conditions.engine import ConditionEngine
from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.assets.asset_spec import AssetSpec
from watchbell.declare.assets.selection import AssetSelection
from watchbell.declare.conditions.condition import AutomationCondition
from watchbell.declare.partitions.named_windows import DailyPartitionsDefinition, WeeklyPartitionsDefinition
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.declare.partitions.time_mapping import TimeWindowPartitionMapping
from watchbell.ground.errors import DagsterInvalidDefinitionError

of = AutomationCondition
LETTERS = StaticPartitionsDefinition(["a", "b", "c", "d"])
DAYS = DailyPartitionsDefinition("2026-01-10")
DAYS_LATER = DailyPartitionsDefinition("2026-01-12")
WEEKS = WeeklyPartitionsDefinition("2025-12-21")


def asked_with(world: HandWorld, told: Told, **true_for: Any) -> dict[str, Any]:
    told.says(**true_for)
    return world.asked()


def test_any_deps_is_true_if_one_is_and_all_deps_if_each_is() -> None:
    told = Told("t")
    world = HandWorld(
        plan("a"),
        plan("b"),
        plan("any", of.any_deps_match(told), ["a", "b"]),
        plan("all", of.all_deps_match(told), ["a", "b"]),
        plan("none", of.all_deps_match(told)),
    )

    assert asked_with(world, told, a=True) == {"any": True, "none": True}
    assert asked_with(world, told, a=True, b=True) == {"any": True, "all": True, "none": True}
    assert asked_with(world, told) == {"none": True}


def test_a_dep_is_true_for_what_is_made_from_one_of_its_partitions() -> None:
    told = Told("t")
    world = HandWorld(
        plan("up", definition=DAYS),
        plan("same", of.any_deps_match(told), ["up"], DAYS),
        plan("before", of.any_deps_match(told), [("up", TimeWindowPartitionMapping(start_offset=-1))], DAYS),
        plan("week", of.all_deps_match(told), ["up"], WEEKS),
        plan("whole", of.all_deps_match(told), ["up"]),
    )
    first = DAYS.ordinals(world.view()).first()
    assert first is not None

    found = asked_with(world, told, up=["2026-01-10"])

    weeks = list(WEEKS.ordinals(world.view()))
    assert {"same": [first], "before": [first, first + 1], "week": weeks[-1:], "whole": True} == found


def test_a_dep_without_partitions_is_true_for_all_and_one_with_them_for_a_whole() -> None:
    told = Told("t")
    world = HandWorld(
        plan("whole"),
        plan("letters", definition=LETTERS),
        plan("x", of.any_deps_match(told), ["whole"], LETTERS),
        plan("y", of.any_deps_match(told), ["letters"]),
    )

    assert asked_with(world, told, whole=True) == {"x": [0, 1, 2, 3]}
    assert asked_with(world, told, letters=["b"]) == {"y": True}


def test_a_dep_that_has_no_such_partition_is_true_for_none() -> None:
    told = Told("t")
    world = HandWorld(
        plan("up", definition=DAYS_LATER),
        plan("all", of.all_deps_match(told), ["up"], DAYS),
        plan("not", ~of.any_deps_match(told), ["up"], DAYS),
    )
    first = DAYS.ordinals(world.view()).first()
    assert first is not None

    found = asked_with(world, told, up=True)

    assert list(range(first + 2, first + 4)) == found["all"]
    assert [first, first + 1] == found["not"]


def test_only_what_is_allowed_and_not_ignored_is_asked() -> None:
    told = Told("t")
    definitions = AssetGraph.of([AssetSpec("a"), AssetSpec("b")])
    world = HandWorld(
        plan("a"),
        plan("b"),
        plan("x", of.any_deps_match(told).allow(AssetSelection.keys("a")), ["a", "b"]),
        plan("y", of.any_deps_match(told).ignore(AssetSelection.keys("a")), ["a", "b"]),
        assets=definitions,
    )

    assert asked_with(world, told, a=True) == {"x": True}
    assert asked_with(world, told, b=True) == {"y": True}


def test_checks_are_asked_and_only_blocking_ones_if_so_said() -> None:
    told = Told("t")
    world = HandWorld(
        plan("a", of.any_checks_match(told)),
        plan("a:plain"),
        plan("a:hard", is_blocking=True),
        plan("b", of.any_deps_match(of.all_checks_match(told, blocking_only=True)), ["a"]),
        plan("c", of.all_checks_match(told)),
        plan("d", of.any_checks_match(told)),
    )

    assert asked_with(world, told, a__plain=True) == {"a": True, "c": True}
    assert asked_with(world, told, a__hard=True) == {"a": True, "b": True, "c": True}


def test_an_asset_is_asked_by_name_whether_it_is_made_from_it_or_not() -> None:
    told = Told("t")
    world = HandWorld(
        plan("u", definition=LETTERS),
        plan("same", of.asset_matches("u", told), definition=LETTERS),
        plan("whole", of.asset_matches("u", told)),
        plan("days", of.asset_matches("u", told), definition=DAYS),
        plan("a:k", of.asset_matches("u", told)),
        plan("a"),
    )

    assert asked_with(world, told, u=["a"]) == {"same": [0], "whole": True, "a:k": True}


def test_an_asset_that_is_not_there_is_told_with_the_nearest() -> None:
    world = HandWorld(plan("orders"))
    world.entity("orders").condition = of.asset_matches("order", of.missing())

    with pytest.raises(DagsterInvalidDefinitionError, match=r"the asset 'order', which is not there.*orders"):
        ConditionEngine(world.graph)


def test_the_conditions_of_all_that_is_downstream_are_asked_about_the_asset_itself() -> None:
    near, far = Told("near"), Told("far")
    world = HandWorld(
        plan("a", of.any_downstream_conditions(), definition=LETTERS),
        plan("b", near | of.any_downstream_conditions(), ["a"]),
        plan("c", None, ["b"]),
        plan("d", far, ["c"]),
        plan("e", far, ["c"]),
    )
    near.says(a=["b"])
    far.says(a=["c"], b=True)

    assert world.asked() == {"a": [1, 2], "b": True}
    assert [name for name, _ in far.asked].count("a") == 1


def test_nothing_is_downstream_of_a_check() -> None:
    world = HandWorld(plan("a"), plan("a:k", of.any_downstream_conditions()), plan("b", of.missing()))

    result = world.tick()

    assert [key.to_user_string() for key in result.errors] == ["a:k"]
    assert [key.to_user_string() for key in result.requested] == ["b"]


def test_what_remembers_is_asked_of_each_dep_apart() -> None:
    told = Told("t")
    world = HandWorld(plan("a"), plan("b"), plan("x", of.all_deps_match(told.newly_true()), ["a", "b"]))

    assert asked_with(world, told, a=True) == {}
    assert asked_with(world, told, a=True, b=True) == {}
    assert asked_with(world, told) == {}
    assert asked_with(world, told, a=True, b=True) == {"x": True}
