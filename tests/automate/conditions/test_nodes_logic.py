from typing import Any

import pytest

from tests.automate.conditions.hand_world import HandWorld, plan
from tests.automate.conditions.told import Told
from watchbell.declare.conditions.condition import AutomationCondition
from watchbell.declare.partitions.static import StaticPartitionsDefinition

LETTERS = StaticPartitionsDefinition(["a", "b", "c", "d"])


def test_since_is_true_from_its_trigger_to_its_reset_and_the_reset_wins() -> None:
    trigger, reset = Told("trigger"), Told("reset")
    world = HandWorld(plan("x", trigger.since(reset)))
    found = []

    for is_triggered, is_reset in ((1, 1), (1, 0), (0, 0), (0, 1), (0, 0), (1, 0), (1, 1), (0, 0)):
        trigger.says(x=bool(is_triggered))
        reset.says(x=bool(is_reset))
        found.append("x" in world.asked())

    assert found == [False, True, True, False, False, True, False, False]


def test_newly_true_is_true_at_the_first_evaluation_and_whenever_it_becomes_true() -> None:
    told = Told("t")
    world = HandWorld(plan("x", told.newly_true()))
    found = []

    for is_true in (1, 1, 0, 1, 1):
        told.says(x=bool(is_true))
        found.append("x" in world.asked())

    assert found == [True, False, False, True, False]


def test_what_remembers_is_asked_about_everything_also_where_no_candidate_is_left() -> None:
    gate, told = Told("gate"), Told("t")
    world = HandWorld(plan("x", gate & told.newly_true(), definition=LETTERS))
    found = []

    for of_gate, of_told in ((["a"], ["a", "b"]), (False, ["a", "b", "c"]), (True, ["c"]), (True, True)):
        gate.says(x=of_gate)
        told.says(x=of_told)
        found.append(world.asked().get("x", []))

    assert found == [[0], [], [], [0, 1, 3]]
    assert told.asked == [("x", ["a", "b", "c", "d"])] * 4


def test_and_hands_on_what_is_left_and_or_hands_on_all() -> None:
    first, second, third = Told("1"), Told("2"), Told("3")
    world = HandWorld(plan("x", (first & second) | third, definition=LETTERS))
    first.says(x=["a", "b"])
    second.says(x=["b"])
    third.says(x=["d"])

    assert world.asked() == {"x": [1, 3]}
    assert second.asked == [("x", ["a", "b"])]
    assert third.asked == [("x", ["a", "b", "c", "d"])]


def test_not_is_true_for_the_candidates_its_operand_is_not_true_for() -> None:
    first, second = Told("1"), Told("2")
    world = HandWorld(plan("x", first & ~second, definition=LETTERS))
    first.says(x=["a", "b"])
    second.says(x=["a", "c"])

    assert world.asked() == {"x": [1]}


def test_a_partition_that_is_gone_is_forgotten_by_since() -> None:
    trigger, reset = Told("trigger"), Told("reset")
    world = HandWorld(plan("x", trigger.since(reset), definition=LETTERS))
    trigger.says(x=["a", "d"])
    world.asked()
    trigger.says()
    fewer = StaticPartitionsDefinition(["a", "b", "c"])
    world.entity("x").definition = fewer

    assert world.asked() == {"x": [0]}


HOURLY = AutomationCondition.cron_tick_passed("0 * * * *")
UPDATED_SINCE = AutomationCondition.newly_updated().since(HOURLY)


@pytest.mark.parametrize("definition", [None, LETTERS], ids=["whole", "partitions"])
@pytest.mark.parametrize(
    ("minutes", "counts"), [(20.0, False), (29.5, False), (40.0, True)], ids=["before", "at", "after"]
)
def test_an_update_seen_with_a_cron_tick_counts_if_it_came_after_it(
    minutes: float, counts: bool, definition: Any
) -> None:
    """Whoever looks late - the service was down, say - must not lose what came in time."""
    world = HandWorld(plan("x", UPDATED_SINCE, definition=definition))
    world.asked()
    world.pass_time(minutes=minutes)
    world.make("x", *([1] if definition else []))
    expected = {"x": [1] if definition else True} if counts else {}

    assert expected == world.asked(minutes=50 - minutes)
    assert expected == world.asked(minutes=20)
    assert world.asked(minutes=20) == {}


def test_what_came_before_the_cron_tick_ends_also_where_something_came_after_it() -> None:
    world = HandWorld(plan("x", UPDATED_SINCE, definition=LETTERS))
    world.asked()
    world.pass_time(minutes=10)
    world.make("x", 0)
    assert world.asked(minutes=10) == {"x": [0]}
    world.pass_time(minutes=45)
    world.make("x", 1)

    assert world.asked(minutes=1) == {"x": [1]}
