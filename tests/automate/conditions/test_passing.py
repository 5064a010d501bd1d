"""Which conditions say nothing any more in the next tick, if nothing happens."""

from __future__ import annotations

from typing import Any

import pytest

from tests.automate.conditions.hand_world import HandWorld, plan
from watchbell.automate.conditions.passing import is_of_news, is_passing
from watchbell.declare.conditions.condition import AutomationCondition

of = AutomationCondition


@pytest.mark.parametrize(
    "condition",
    [
        of.newly_updated(),
        of.cron_tick_passed("@daily"),
        of.newly_updated() & ~of.in_progress(),
        of.newly_updated() | of.newly_requested(),
        of.missing().newly_true(),
        of.any_deps_updated(),
    ],
)
def test_what_is_true_of_what_just_happened_passes(condition: AutomationCondition[Any]) -> None:
    assert is_passing(condition)


@pytest.mark.parametrize(
    "condition",
    [
        of.missing(),
        ~of.newly_updated(),
        of.newly_updated() | of.missing(),
        of.all_deps_match(of.newly_updated()),  # true of what has no deps
        of.newly_updated().newly_true(),  # forgets the update only when it is asked again
        of.newly_updated() & (~of.newly_updated()).newly_true(),
        of.newly_updated().since(of.newly_requested()),
        of.newly_updated() & of.missing().since(of.newly_requested()),
        of.any_downstream_conditions(),
    ],
)
def test_what_may_say_or_remember_something_else_later_does_not(condition: AutomationCondition[Any]) -> None:
    assert not is_passing(condition)


def test_only_news_of_all_alternatives_are_news() -> None:
    assert is_of_news(of.newly_updated() & ~of.in_progress())
    assert is_of_news(of.newly_updated() | of.will_be_requested())
    assert not is_of_news(of.newly_updated() | of.missing())
    assert not is_of_news(of.initial_evaluation())


def test_a_root_whose_since_was_reset_is_settled() -> None:
    world = HandWorld(plan("up"), plan("x", of.any_deps_updated().since(of.newly_updated()) & of.missing(), ["up"]))
    world.tick()
    world.set("x", made=True)
    world.tick()
    world.make("up")

    counts = [len(world.tick().evaluated) for _ in range(2)]

    assert counts == [1, 0]


def test_a_root_that_says_something_else_as_soon_as_an_update_is_old_is_evaluated_again() -> None:
    world = HandWorld(plan("up"), plan("x", of.any_deps_match(of.newly_updated()).since(of.missing()), ["up"]))
    world.tick()
    world.set("x", made=True)
    world.tick()
    world.make("up")

    asked = [world.asked() for _ in range(2)]

    assert asked == [{"x": True}, {"x": True}]
