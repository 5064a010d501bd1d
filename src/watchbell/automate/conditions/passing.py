"""What passes by itself: which conditions say nothing any more in the next tick, if nothing happens until then.

An update is new once, a request is asked for in one tick. A root has to be evaluated once more when it saw such a
thing, for it may say something else as soon as that is over; unless what was seen only set or reset a ``since``: that
keeps what it found, and in the next tick would find nothing and end nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from watchbell.declare.conditions.condition import AutomationCondition, BuiltInCondition

_NEWS = frozenset(
    {
        "newly_updated",
        "newly_requested",
        "will_be_requested",
        "data_version_changed",
        "any_new_update_has_run_tags",
        "all_new_updates_have_run_tags",
    }
)
ONCE = frozenset({"initial_evaluation", "cron_tick_passed", "code_version_changed"}) | _NEWS
"""Kinds that are true of what happened since the last evaluation, and of nothing else."""
_SETTLING = frozenset({"newly_true", "since", "code_version_changed"})
"""Kinds that remember something, and remember the same when nothing that they look at changes."""
_FACTS = frozenset(
    {
        "missing",
        "execution_failed",
        "run_in_progress",
        "backfill_in_progress",
        "check_passed",
        "check_failed",
        "freshness",
        "in_latest_time_window",
        "executed_with_root_target",
        "executed_with_tags",
    }
)
_OF_OTHERS = frozenset({"any_deps", "any_checks", "any_job_roots", "asset_matches"})
_LOGIC = frozenset({"and", "or", "not", "all_deps", "all_checks", "all_job_roots"}) | _OF_OTHERS


def is_passing(condition: AutomationCondition[Any]) -> bool:
    """Whether it finds nothing in the next tick, and what it remembers stays, if nothing happens until then."""
    if not isinstance(condition, BuiltInCondition):
        return False
    kind, parts = condition.kind, condition.children
    if kind in ONCE:
        return True
    if kind == "newly_true":
        return _is_steady(parts[0])
    if not all(map(_keeps, parts)):
        return False
    if kind == "or":
        return all(map(is_passing, parts))
    return kind in {"and", *_OF_OTHERS} and any(map(is_passing, parts))


def is_of_news(condition: AutomationCondition[Any]) -> bool:
    """Whether it is true only of what was updated since the last evaluation, or is asked for now or was then."""
    if not isinstance(condition, BuiltInCondition):
        return False
    if condition.kind == "and":
        return any(map(is_of_news, condition.children))
    if condition.kind == "or":
        return all(map(is_of_news, condition.children))
    return condition.kind in _NEWS


def rests(conditions: Iterable[AutomationCondition[Any]], stateful: frozenset[str]) -> bool:
    """Whether a root that saw nothing passing says and remembers the same again, though its state has just changed.

    Args:
        conditions: all nodes of its tree.
        stateful: the kinds that remember something.
    """
    kinds = (each.kind if isinstance(each, BuiltInCondition) else None for each in conditions)
    return all(kind is not None and (kind not in stateful or kind in _SETTLING) for kind in kinds)


def _keeps(condition: AutomationCondition[Any]) -> bool:
    """Whether it remembers nothing that something passing could change."""
    if not isinstance(condition, BuiltInCondition):
        return False
    if condition.kind == "newly_true":
        return _is_steady(condition.children[0])
    return condition.kind in _FACTS | ONCE | _LOGIC and all(map(_keeps, condition.children))


def _is_steady(condition: AutomationCondition[Any]) -> bool:
    """Whether it says the same as long as nothing happens, and remembers nothing."""
    if not isinstance(condition, BuiltInCondition) or condition.kind not in _FACTS | _LOGIC:
        return False
    return all(map(_is_steady, condition.children))
