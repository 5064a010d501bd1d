"""Conditions of age: newer, there, made or failed since."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tests.automate.conditions.hand_world import HandWorld, plan
from watchbell.automate.conditions.nodes_age import newer_upstream
from watchbell.automate.conditions.scope import TickScope
from watchbell.declare.conditions.condition import AutomationCondition
from watchbell.declare.partitions.named_windows import DailyPartitionsDefinition, WeeklyPartitionsDefinition
from watchbell.declare.partitions.plain_mapping import AllPartitionMapping, LastPartitionMapping
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.declare.partitions.time_mapping import TimeWindowPartitionMapping
from watchbell.record.ordinal_set import OrdinalSet

OF = AutomationCondition
LETTERS = StaticPartitionsDefinition(["a", "b", "c"])
DAYS = DailyPartitionsDefinition("2026-01-05")


def pair(condition: AutomationCondition) -> HandWorld:
    """An asset and what it is made from."""
    return HandWorld(plan("p"), plan("x", condition, ["p"]))


def test_a_parent_that_was_made_later_is_newer_until_the_child_is_made() -> None:
    world = pair(OF.parent_newer())
    world.make("p")
    assert world.asked() == {}  # the child is missing

    world.make("x")
    assert world.asked() == {}
    world.make("p")
    assert [world.asked(), world.asked()] == [{"x": True}, {"x": True}]
    world.make("x")
    assert world.asked() == {}


def test_a_child_that_is_being_made_is_not_behind() -> None:
    world = pair(OF.parent_newer())
    world.make("x")
    world.pass_time(seconds=1)
    world.make("p")
    world.set("x", running=True)

    assert world.asked() == {}
    world.set("x", running=False)
    assert world.asked() == {"x": True}


def test_a_parent_is_newer_by_partition() -> None:
    condition = OF.parent_newer()
    world = HandWorld(plan("p", definition=LETTERS), plan("x", condition, ["p"], LETTERS))
    world.make("x", 0, 1)
    world.pass_time(seconds=1)
    world.make("p", 1, 2)

    assert world.asked() == {"x": [1]}


def test_a_parent_without_partitions_is_newer_than_those_made_before_it() -> None:
    world = HandWorld(plan("p"), plan("x", OF.parent_newer(), ["p"], LETTERS))
    world.make("x", 0)
    world.pass_time(seconds=1)
    world.make("p")
    world.pass_time(seconds=1)
    world.make("x", 1)

    assert world.asked() == {"x": [0]}


def test_a_child_without_partitions_is_behind_those_it_is_made_from() -> None:
    deps = [("p", LastPartitionMapping())]
    world = HandWorld(plan("p", definition=LETTERS), plan("x", OF.parent_newer(), deps))
    world.make("x")
    world.pass_time(seconds=1)
    world.make("p", 0)

    assert world.asked() == {}
    world.make("p", 2)
    assert world.asked() == {"x": True}


@given(st.integers(0, 2**31))
def test_halving_finds_what_asking_each_partition_finds(seed: int) -> None:
    random = Random(seed)
    mapping = random.choice((TimeWindowPartitionMapping(start_offset=-2), AllPartitionMapping(), None))
    lower = WeeklyPartitionsDefinition("2025-11-30") if mapping is None else DAYS
    world = HandWorld(plan("p", definition=DAYS), plan("x", OF.parent_newer(), [("p", mapping)], lower))
    upper, child = world.entity("p"), world.entity("x")
    (link,) = child.upstream
    tick = TickScope(world.now, world.view(), world.world)
    for entity in (upper, child):
        chosen = [each for each in tick.all_of(entity) if random.random() < 0.6]  # type: ignore[union-attr]
        entity.fact.made = OrdinalSet(chosen)
        entity.fact.made_at = {each: float(random.randint(1, 9)) for each in chosen}
    own, theirs = child.fact.made_at, upper.fact.made_at
    assert isinstance(own, dict)
    assert isinstance(theirs, dict)

    found = newer_upstream(tick, link, tick.all_of(child))

    expected = [
        each
        for each, at in own.items()
        if any(theirs.get(one, 0.0) > at for one in link.up(tick, OrdinalSet([each])))  # type: ignore[union-attr]
    ]
    assert OrdinalSet(expected) == found


def test_the_parent_is_there_once_all_that_the_child_needs_was_made() -> None:
    world = HandWorld(
        plan("p", definition=LETTERS), plan("x", OF.parent_materialized(), [("p", AllPartitionMapping())])
    )
    world.make("p", 0, 1)

    assert world.asked() == {}
    world.make("p", 2)
    assert [world.asked(), world.asked()] == [{"x": True}, {"x": True}]


def test_the_parent_is_there_by_partition() -> None:
    world = HandWorld(plan("p", definition=LETTERS), plan("x", OF.parent_materialized(), ["p"], LETTERS))
    world.make("p", 1)

    assert world.asked() == {"x": [1]}


def test_a_parent_partition_that_does_not_exist_is_not_there() -> None:
    later = DailyPartitionsDefinition("2026-01-12")
    world = HandWorld(plan("p", definition=later), plan("x", OF.parent_materialized(), ["p"], DAYS))
    existing = list(later.ordinals(world.view()))
    world.make("p", *existing)

    assert {"x": existing} == world.asked(seconds=1)


def test_made_since_the_last_time_of_a_cron_string() -> None:
    world = HandWorld(plan("x", OF.materialized_since_cron("0 18 * * *")))
    world.make("x")  # 23:30

    assert world.asked() == {"x": True}
    assert world.asked(hours=18) == {"x": True}
    assert world.asked(minutes=30) == {}


def test_made_since_the_last_time_of_a_cron_string_by_partition() -> None:
    world = HandWorld(plan("x", OF.materialized_since_cron("0 0 * * *", "Europe/Berlin"), definition=LETTERS))
    world.pass_time(minutes=-31)  # 22:59, one minute to midnight in Berlin
    world.make("x", 0)
    world.pass_time(minutes=1)
    world.make("x", 1)

    assert world.asked() == {"x": [1]}


def test_failed_since_the_last_time_of_a_cron_string() -> None:
    world = HandWorld(plan("x", OF.failed_since_cron("0 0 * * *")), plan("y", OF.failed_since_cron("0 0 * * *")))
    world.set("x", failed=True, failed_at=world.now.timestamp())

    assert world.asked(seconds=1) == {"x": True}
    assert world.asked(minutes=30) == {}
