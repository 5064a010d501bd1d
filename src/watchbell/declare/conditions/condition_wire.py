"""Conditions as text and back, for processes that have not loaded the code they stand in.

A node is written as ``[kind, label, {parameter: value}, [operands]]``; a ready-made tree by its name alone, as most
assets have one of these. Selections are written as the keys they select. A condition of somebody's own is written as
its name: read back it is an :class:`ElsewhereCondition`, which only tells that its own code is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeGuard

from watchbell.declare.conditions.condition import AutomationCondition, BuiltInCondition, walk
from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.ground.wire import Plain, WireError, dumps_plain, loads, to_plain
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.keys import AssetKey

Keys = frozenset[AssetKey] | frozenset[AssetCheckKey]
KeysOf = Callable[[Any, bool], Keys]
"""The keys of a selection: of the assets, or (True) of the checks."""

_READY: Mapping[str, Callable[[], BuiltInCondition]] = {
    "eager": AutomationCondition.eager,
    "on_missing": AutomationCondition.on_missing,
    "in_progress": AutomationCondition.in_progress,
    "newly_missing": AutomationCondition.newly_missing,
    "any_deps_missing": AutomationCondition.any_deps_missing,
    "any_deps_updated": AutomationCondition.any_deps_updated,
    "any_deps_in_progress": AutomationCondition.any_deps_in_progress,
    "all_deps_blocking_checks_passed": AutomationCondition.all_deps_blocking_checks_passed,
}
_ON_CRON = "on_cron("
_SELECTIONS = frozenset({"allow", "ignore"})
_OF_CHECKS = frozenset({"any_checks", "all_checks"})


class ElsewhereCondition(AutomationCondition[Any]):
    """A condition of somebody's own, of which only the name is known here.

    Args:
        class_name: its class.
    """

    def __init__(self, class_name: str) -> None:
        self.class_name = class_name

    @property
    def name(self) -> str:
        """Its class."""
        return self.class_name

    def evaluate(self, context: Any) -> Any:
        """Refused.

        Raises:
            DagsterInvariantViolationError: always.
        """
        raise DagsterInvariantViolationError(
            f"the condition {self.class_name} is evaluated by its own code, which this code location does not have"
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ElsewhereCondition) and self.class_name == other.class_name

    def __hash__(self) -> int:
        return hash(self.class_name)


def needs_own_code(condition: AutomationCondition[Any]) -> bool:
    """Whether only the code in which a condition stands can evaluate it."""
    return not condition.is_serializable


def condition_text(condition: AutomationCondition[Any], keys_of: KeysOf) -> str:
    """A condition as text.

    Args:
        condition: what is written.
        keys_of: which assets, or checks, a selection means.

    Example:
        >>> condition_text(AutomationCondition.eager(), lambda selection, is_checks: frozenset())
        '"eager"'
    """
    return dumps_plain(_plain_of(condition, keys_of))


def condition_from_text(text: str) -> AutomationCondition[Any]:
    """The condition that :func:`condition_text` was given; selections are sets of keys now.

    Raises:
        WireError: the text is of something else.
    """
    return _condition_of(loads(text))


def _plain_of(condition: AutomationCondition[Any], keys_of: KeysOf) -> Plain:
    if not isinstance(condition, BuiltInCondition):
        return {"own": type(condition).__name__}
    label = condition.label or ""
    if label in _READY and condition == _READY[label]():
        return label
    if label.startswith(_ON_CRON):
        crons = {each.params for each in walk(condition) if _is_tick(each)}
        for held in map(dict, crons):
            if condition == AutomationCondition.on_cron(held["cron"], held["timezone"]):
                return {"on_cron": [held["cron"], held["timezone"]]}
    params = {
        name: _keys_plain(value, condition.kind in _OF_CHECKS, keys_of)
        if name in _SELECTIONS and value is not None
        else to_plain(value)
        for name, value in condition.params
    }
    return [condition.kind, condition.label, params, [_plain_of(each, keys_of) for each in condition.operands]]


def _is_tick(condition: AutomationCondition[Any]) -> TypeGuard[BuiltInCondition]:
    return isinstance(condition, BuiltInCondition) and condition.kind == "cron_tick_passed"


def _keys_plain(selection: Any, is_checks: bool, keys_of: KeysOf) -> Plain:
    keys = selection if isinstance(selection, frozenset) else keys_of(selection, is_checks)
    return to_plain(sorted(keys))


def _condition_of(plain: Plain) -> AutomationCondition[Any]:
    if isinstance(plain, str) and plain in _READY:
        return _READY[plain]()
    if isinstance(plain, dict) and "own" in plain:
        return ElsewhereCondition(str(plain["own"]))
    if isinstance(plain, dict) and "on_cron" in plain:
        return AutomationCondition.on_cron(*plain["on_cron"])
    if isinstance(plain, list) and len(plain) == 4:
        kind, label, params, operands = plain
        held = tuple((name, _param(name, value)) for name, value in sorted(params.items()))
        return BuiltInCondition(kind, held, tuple(_condition_of(each) for each in operands), label)
    raise WireError(f"no condition is written as {plain!r}; was it written by a newer version?")


def _param(name: str, plain: Any) -> Any:
    return frozenset(plain) if name in _SELECTIONS and plain is not None else _tupled(plain)


def _tupled(value: Any) -> Any:
    return tuple(map(_tupled, value)) if isinstance(value, list) else value
