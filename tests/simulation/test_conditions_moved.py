"""Entities that move from one condition sensor to another: no update is lost, nothing is asked for twice."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest

from tests.services.fakes import LOCATION
from tests.simulation.condition_world import ConditionWorld, made
from tests.simulation.whole_service import FAILURE
from watchbell import (
    AssetMaterialization,
    AutomationCondition,
    AutomationConditionSensorDefinition,
    DefaultSensorStatus,
    Definitions,
    StaticPartitionsDefinition,
)
from watchbell.record.tick import AutomationKey, AutomationKind

ON = DefaultSensorStatus.RUNNING
ONCE = AutomationCondition.missing().newly_true()
HOURLY = AutomationCondition.cron_tick_passed("0 * * * *")
BOTH = AutomationCondition.all_deps_match(AutomationCondition.newly_updated().since(HOURLY)).newly_true()
FOLLOWS = AutomationCondition.any_deps_updated()


def code(condition: AutomationCondition[Any], **selected: Sequence[str]) -> Definitions:
    """A child of two parents, beside another one, and condition sensors by name with what they select."""
    sensors = [
        AutomationConditionSensorDefinition(name, target=list(keys), default_status=ON)
        for name, keys in selected.items()
    ]
    assets = [made("one"), made("two"), made("child", condition, ["one", "two"]), made("other", FOLLOWS, ["one"])]
    return Definitions(assets=assets, sensors=sensors)


def states(world: ConditionWorld, sensor: str) -> dict[str, str]:
    return world.store.condition_states(AutomationKey(LOCATION, AutomationKind.SENSOR, sensor).id)


def reload(world: ConditionWorld, definitions: Definitions) -> None:
    assert world.service is not None
    world.service.reload(definitions)
    world.minutes(2)


TO_B = {"a": ["other"], "b": ["child"]}
GONE = {"b": ["child", "other"]}


@pytest.mark.parametrize("after", [TO_B, GONE, {"z": ["child"], "a": ["other"]}])
def test_half_of_what_was_waited_for_is_remembered(after: dict[str, list[str]]) -> None:
    world = ConditionWorld()
    world.serve(code(BOTH, a=["child", "other"]))
    world.make(AssetMaterialization("one"))
    world.minutes(2)

    reload(world, code(BOTH, **after))
    before = world.asked().count("child")
    world.make(AssetMaterialization("two"))
    world.minutes(2)

    assert [before, world.asked().count("child")] == [0, 1]


@pytest.mark.parametrize("after", [TO_B, GONE])
def test_what_was_asked_for_is_not_asked_for_again(after: dict[str, list[str]]) -> None:
    world = ConditionWorld()
    world.serve(code(ONCE, a=["child", "other"]))
    for run_id in list(world.processes):
        world.end(run_id, FAILURE)
    assert world.asked() == ["child"]

    reload(world, code(ONCE, **after))
    reload(world, code(ONCE, a=["child", "other"]))
    reload(world, code(ONCE, **after))

    assert world.asked() == ["child"]


def test_an_update_while_nobody_looked_is_followed_once() -> None:
    world = ConditionWorld()
    world.serve(code(FOLLOWS, a=["child", "other"]))
    world.minutes(1)
    world.kill()
    world.make(AssetMaterialization("two"))

    world.serve(code(FOLLOWS, **TO_B))
    world.minutes(2)

    assert world.asked() == ["child"]


def test_to_and_fro_nothing_is_lost_and_nothing_asked_for_twice() -> None:
    world = ConditionWorld()
    world.serve(code(BOTH, a=["child", "other"]))
    world.minutes(1)
    places = [TO_B, GONE, {"a": ["child", "other"]}, TO_B, {"a": ["child", "other"]}, GONE, TO_B]
    for hour, (first, second) in enumerate(pairwise(places), 1):
        world.go_on(3600.0, by=30.0)
        world.make(AssetMaterialization("one"))
        reload(world, code(BOTH, **first))
        world.make(AssetMaterialization("two"))
        reload(world, code(BOTH, **second))
        world.make_all()
        assert world.asked().count("child") == hour


def test_the_old_sensor_forgets_what_the_new_one_has() -> None:
    world = ConditionWorld()
    world.serve(code(BOTH, a=["child", "other"]))
    reload(world, code(BOTH, **TO_B))
    reload(world, code(BOTH, **TO_B))

    assert states(world, "a").keys() == {"other"}
    assert states(world, "b").keys() == {"child"}


def test_a_sensor_that_takes_over_later_is_waited_for() -> None:
    world = ConditionWorld()
    world.serve(code(BOTH, a=["child", "other"]))
    world.make(AssetMaterialization("one"))
    world.minutes(2)
    off = AutomationConditionSensorDefinition("b", target=["child"])
    definitions = code(BOTH, a=["other"])
    stopped = Definitions(assets=definitions.assets, sensors=[*(definitions.sensors or ()), off])
    reload(world, stopped)
    world.make(AssetMaterialization("one"))  # the old sensor goes on
    world.minutes(5)
    reload(world, stopped)

    world.make(AssetMaterialization("two"))
    reload(world, code(BOTH, **TO_B))

    assert world.asked().count("child") == 1


def test_what_waits_for_a_run_goes_along_when_its_sensor_is_gone() -> None:
    world = ConditionWorld()
    letters = StaticPartitionsDefinition(["a", "b"])
    first = AutomationConditionSensorDefinition("a", target="*", default_status=ON)
    second = AutomationConditionSensorDefinition("b", target="*", default_status=ON)
    follows = AutomationCondition.any_deps_match(AutomationCondition.newly_updated())
    assets = [made("one", partitions_def=letters), made("child", follows, ["one"], letters)]
    world.serve(Definitions(assets=assets, sensors=[first]))
    world.make(AssetMaterialization("one", partition="a"))
    world.make(AssetMaterialization("one", partition="a"))  # while a run goes on
    world.minutes(1)
    assert world.asked() == ["child[a]"]

    reload(world, Definitions(assets=assets, sensors=[second]))
    world.make_all()
    world.minutes(2)

    assert world.asked() == ["child[a]", "child[a]"]
