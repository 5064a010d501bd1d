"""Conditions of checks."""

from __future__ import annotations

import pytest

from tests.automate.conditions.hand_world import HandWorld, plan
from watchbell.declare.conditions.condition import AutomationCondition

OF = AutomationCondition


@pytest.mark.parametrize(
    ("is_passed", "told"),
    [(True, {"x:good": True}), (False, {"x:bad": True}), (None, {})],
    ids=["pass", "fail", "none"],
)
def test_a_check_says_how_its_last_execution_ended(is_passed: bool | None, told: dict[str, bool]) -> None:
    world = HandWorld(plan("x"), plan("x:good", OF.check_passed()), plan("x:bad", OF.check_failed()))
    world.set("x:good", check_passed=is_passed)
    world.set("x:bad", check_passed=is_passed)

    assert told == world.asked()
    assert told == world.asked()


def test_a_check_is_missing_until_it_was_executed_and_newly_updated_once() -> None:
    world = HandWorld(plan("x"), plan("x:k", OF.missing()), plan("x:n", OF.newly_updated()))

    assert world.asked() == {"x:k": True}
    world.make("x:k")
    world.make("x:n")
    assert [world.asked(), world.asked()] == [{"x:n": True}, {}]


def test_a_check_has_no_code_version_that_could_change() -> None:
    world = HandWorld(plan("x"), plan("x:k", OF.code_version_changed() | OF.freshness_failed()))

    assert [world.asked(), world.asked()] == [{}, {}]
