"""What is held back while a run is to make it, and what is remembered of that."""

from __future__ import annotations

import pytest

from watchbell import AutomationCondition
from watchbell.automate.conditions.in_flight import FlightRule, flight_rule, hold_back
from watchbell.automate.conditions.subset import Subset
from watchbell.automate.conditions.world import Fact
from watchbell.record.ordinal_set import OrdinalSet

When = AutomationCondition
FREE, HELD, REMEMBERED = FlightRule(is_held=False), FlightRule(), FlightRule(is_remembered=True)


class Own(AutomationCondition):
    def evaluate(self, context):
        raise NotImplementedError


@pytest.mark.parametrize(
    ("condition", "rule"),
    [
        (When.eager(), FREE),
        (When.missing() & When.cron_tick_passed("@daily").since(When.cron_tick_passed("@weekly")), FlightRule()),
        (When.missing() & When.cron_tick_passed("@daily"), FlightRule(is_remembered=True, is_of_missing=True)),
        (When.any_deps_updated().since(When.newly_updated()), FlightRule(is_remembered=True)),
        (When.on_cron("@daily"), FREE),
        (When.on_missing(), FREE),
        (When.missing() & ~When.in_progress(), FREE),
        (When.missing(), HELD),
        (When.missing() & ~When.any_deps_in_progress(), HELD),
        (When.missing() & ~When.any_deps_missing(), HELD),
        (When.missing() & ~Own(), HELD),
        (~~When.any_deps_updated(), REMEMBERED),
        (When.any_deps_updated(), REMEMBERED),
        (When.cron_tick_passed("@daily"), REMEMBERED),
        (When.code_version_changed() | When.missing(), REMEMBERED),
        (Own(), REMEMBERED),
    ],
    ids=str,
)
def test_a_condition_says_itself_whether_it_minds_what_is_in_flight(
    condition: AutomationCondition, rule: FlightRule
) -> None:
    assert rule == flight_rule(condition)


@pytest.mark.parametrize(
    ("asked", "running", "now", "held"),
    [
        (True, True, False, True),
        (True, False, True, False),
        (False, True, False, False),
        (OrdinalSet([1, 2]), OrdinalSet([2, 3]), OrdinalSet([1]), OrdinalSet([2])),
        (OrdinalSet([1]), OrdinalSet(), OrdinalSet([1]), OrdinalSet()),
    ],
)
def test_what_a_run_is_to_make_is_held_back(asked: Subset, running: Subset, now: Subset, held: Subset) -> None:
    assert (now, held) == hold_back(asked, Fact(False, False, running, False))


def test_what_was_made_meanwhile_is_not_asked_for_by_who_wants_what_is_missing() -> None:
    asked, fact = OrdinalSet([1, 2, 3]), Fact(OrdinalSet([1]), OrdinalSet(), OrdinalSet([2]), OrdinalSet())

    assert hold_back(asked, fact, is_of_missing=True) == (OrdinalSet([3]), OrdinalSet([2]))
