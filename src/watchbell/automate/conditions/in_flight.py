"""What is being made already is not asked for a second time, unless the condition itself minds what is in flight.

What is held back is either asked for again by its condition as long as that is true (``missing``), or it was asked for
because something happened (a parent was updated, a cron string fired), which nobody says twice: such partitions are
*remembered*, and asked for when the run in progress is over, which may have begun before it happened.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from watchbell.automate.conditions.subset import Subset, minus
from watchbell.automate.conditions.world import Fact
from watchbell.declare.conditions.condition import AutomationCondition, BuiltInCondition
from watchbell.ground.value import dataclass
from watchbell.record.ordinal_set import OrdinalSet

MINDS_FLIGHT = frozenset({"run_in_progress", "backfill_in_progress", "newly_requested", "will_be_requested"})
"""Kinds that speak of runs in progress, backfills and requests."""
OF_OTHERS = frozenset({
    "any_deps", "all_deps", "any_checks", "all_checks", "any_downstream", "asset_matches", "any_job_roots",
    "all_job_roots",
})  # fmt: skip
"""Kinds whose operands speak of other entities."""
LASTS = frozenset({
    "and", "or", "not", "any_deps", "all_deps", "any_checks", "all_checks", "any_downstream", "asset_matches",
    "any_job_roots", "all_job_roots", "missing", "execution_failed", "in_latest_time_window", "check_passed",
    "check_failed", "freshness", "parent_newer", "run_in_progress", "backfill_in_progress", "will_be_requested",
})  # fmt: skip
"""Kinds that are true for as long as something is so, not because something happened; of dependencies that will be made
in the same tick, which those in a run of their own need not be told of once more: their update follows."""

OF_TIME = frozenset({"and", "or", "not", "cron_tick_passed"})
"""Kinds that go by the clock alone: a ``since`` that only they end is true until then, whoever makes it."""


@dataclass(frozen=True)
class FlightRule:
    """How a condition goes with what is in flight.

    Args:
        is_held: whether partitions that are being made are held back.
        is_remembered: whether those that were are asked for when the run is over.
        is_of_missing: whether it asks only for what is missing, so that what the run made need not be remembered.
    """

    is_held: bool = True
    is_remembered: bool = False
    is_of_missing: bool = False


def flight_rule(condition: AutomationCondition[Any]) -> FlightRule:
    """The rule for a condition."""
    if any(_name(each) in MINDS_FLIGHT for each in _about_itself(condition)):
        return FlightRule(is_held=False)
    is_remembered = any(_name(each) not in LASTS for each in _reasons(condition))
    return FlightRule(is_remembered=is_remembered, is_of_missing=is_remembered and _needs_missing(condition))


def hold_back(asked: Subset, fact: Fact, *, is_of_missing: bool = False) -> tuple[Subset, Subset]:
    """What is asked for now, and what is held back because a run that is not over is to make it.

    Args:
        asked: what is asked for, what was remembered included.
        fact: what is known of the entity.
        is_of_missing: see :class:`FlightRule`; what was made meanwhile is left out.
    """
    if is_of_missing:
        asked = minus(asked, fact.made)
    running = fact.running
    held: Subset = bool(asked) and bool(running)
    if isinstance(asked, OrdinalSet) and isinstance(running, OrdinalSet):
        held = asked & running
    return (minus(asked, held), held) if held else (asked, held)


def _name(condition: AutomationCondition[Any]) -> str:
    return condition.kind if isinstance(condition, BuiltInCondition) else ""


def _about_itself(condition: AutomationCondition[Any]) -> Iterator[AutomationCondition[Any]]:
    yield condition
    if _name(condition) not in OF_OTHERS:
        for child in condition.children:
            yield from _about_itself(child)


def _needs_missing(condition: AutomationCondition[Any]) -> bool:
    if _name(condition) == "and":
        return any(_needs_missing(each) for each in condition.children)
    return _name(condition) == "missing"


def _goes_by_time(condition: AutomationCondition[Any]) -> bool:
    return _name(condition) in OF_TIME and all(_goes_by_time(each) for each in condition.children)


def _reasons(condition: AutomationCondition[Any], *, is_negated: bool = False) -> Iterator[AutomationCondition[Any]]:
    """What may be why something is asked for; what only keeps it from being asked for is no reason."""
    is_until_then = _name(condition) == "since" and _goes_by_time(condition.children[1])
    if not (is_negated or is_until_then):
        yield condition
    if is_until_then:
        return
    turned = is_negated is not (_name(condition) == "not")
    for child in condition.children:
        yield from _reasons(child, is_negated=turned)
