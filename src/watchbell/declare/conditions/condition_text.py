"""What conditions are called, and how they are written on one line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol

Params = tuple[tuple[str, Any], ...]


class Written(Protocol):
    """What is asked of a condition that is written."""

    @property
    def name(self) -> str:
        """What it is called in trees."""

    @property
    def children(self) -> Sequence[Any]:
        """What it is made of."""

    def get_label(self) -> str | None:
        """What somebody called it."""


_OPERATORS = {
    "and": "AND",
    "or": "OR",
    "not": "NOT",
    "since": "SINCE",
    "newly_true": "NEWLY_TRUE",
    "any_deps": "ANY_DEPS_MATCH",
    "all_deps": "ALL_DEPS_MATCH",
    "any_checks": "ANY_CHECKS_MATCH",
    "all_checks": "ALL_CHECKS_MATCH",
    "any_downstream": "ANY_DOWNSTREAM_CONDITIONS",
    "any_job_roots": "ANY_JOB_ROOT_ASSETS_MATCH",
    "all_job_roots": "ALL_JOB_ROOT_ASSETS_MATCH",
}
_FUNCTIONS = {
    "any_deps": "any_deps_match",
    "all_deps": "all_deps_match",
    "any_checks": "any_checks_match",
    "all_checks": "all_checks_match",
    "any_job_roots": "any_job_root_assets_match",
    "all_job_roots": "all_job_root_assets_match",
    "any_downstream": "any_downstream_conditions",
}
_DESCRIPTIONS = {
    "and": "All of",
    "or": "Any of",
    "not": "Not",
    "any_downstream": "Any downstream conditions",
    "will_be_requested": "Will be requested this tick",
    "parent_newer": "Made from something that was made later",
    "parent_materialized": "Everything it is made from was made at least once",
}
_TAGGED = frozenset({"executed_with_tags", "any_new_update_has_run_tags", "all_new_updates_have_run_tags"})


def name_of(kind: str, params: Params) -> str:
    """The name of a condition in trees, with what tells it from others of its kind.

    Args:
        kind: its kind.
        params: its parameters.

    Example:
        >>> name_of("cron_tick_passed", (("cron", "0 6 * * *"), ("timezone", "UTC")))
        'cron_tick_passed(cron_schedule=0 6 * * *, cron_timezone=UTC)'
    """
    held = dict(params)
    if kind == "asset_matches":
        return str(held["key"].to_user_string())
    if kind == "freshness":
        return f"freshness_result(state=FreshnessState.{held['state']})"
    if "cron" in held:
        return f"{kind}(cron_schedule={held['cron']}, cron_timezone={held['timezone']})"
    if kind == "in_latest_time_window":
        back = held.get("lookback_seconds")
        return kind if back is None else f"{kind}(lookback_timedelta={timedelta(seconds=back)})"
    if kind in _TAGGED:
        return kind + _in_brackets(_tag_facts(held), ", ")
    if (operator := _OPERATORS.get(kind)) is None:
        return kind
    facts = [f"{name}_selection={_selection(held[name])}" for name in ("allow", "ignore") if held.get(name) is not None]
    if held.get("blocking_only"):
        facts.insert(0, "blocking_only=True")
    return operator + _in_brackets(facts, ",")


def description_of(kind: str, params: Params) -> str:
    """A condition in words, for trees; empty if its name says it.

    Args:
        kind: its kind.
        params: its parameters.

    Example:
        >>> description_of("and", ())
        'All of'
    """
    if kind == "in_latest_time_window":
        back = dict(params).get("lookback_seconds")
        return (
            "Within latest time window"
            if back is None
            else f"Within {timedelta(seconds=back)} of the end of the latest time window"
        )
    return _DESCRIPTIONS.get(kind, "")


def line_of(condition: Written, kind_of: Callable[[Written], tuple[str, Params]]) -> str:
    """A condition on one line; parts with a label are written as that.

    Args:
        condition: what is written.
        kind_of: kind and parameters of a condition of this package, ``("", ())`` of another.

    Example:
        >>> str(AutomationCondition.missing() & ~AutomationCondition.in_progress())
        'missing & ~in_progress'
    """
    text = _whole(condition, kind_of)
    label = condition.get_label()
    return text if label is None else f"{label}: {text}"


def _part(condition: Written, kind_of: Callable[[Written], tuple[str, Params]], is_tight: bool) -> str:
    """A part of a line; in brackets where something binds it tightly that would tear it apart."""
    if (label := condition.get_label()) is not None:
        return label
    text = _whole(condition, kind_of)
    return f"({text})" if is_tight and kind_of(condition)[0] in {"and", "or"} else text


def _whole(condition: Written, kind_of: Callable[[Written], tuple[str, Params]]) -> str:
    kind, params = kind_of(condition)
    operands = condition.children
    if kind in {"and", "or"} and not operands:
        return "always" if kind == "and" else "never"
    if kind in {"and", "or"}:
        return f" {'&' if kind == 'and' else '|'} ".join(_part(each, kind_of, True) for each in operands)
    if kind == "not":
        return "~" + _part(operands[0], kind_of, True)
    if kind == "newly_true":
        return _part(operands[0], kind_of, True) + ".newly_true()"
    if kind == "since":
        return f"{_part(operands[0], kind_of, True)}.since({_part(operands[1], kind_of, False)})"
    held = dict(params)
    if kind == "asset_matches":
        return f"asset_matches({held['key'].to_user_string()}, {_part(operands[0], kind_of, False)})"
    if kind == "freshness":
        return {"PASS": "freshness_passed", "WARN": "freshness_warned", "FAIL": "freshness_failed"}[held["state"]]
    facts = [_part(each, kind_of, False) for each in operands]
    facts += ["blocking_only"] if held.pop("blocking_only", False) else []
    if kind in _TAGGED:
        facts += _tag_facts(held)
        held = {}
    facts += [_fact(name, value) for name, value in held.items() if value is not None]
    name = _FUNCTIONS.get(kind, kind) if kind else condition.name
    return name + _in_brackets(facts, ", ")


def _fact(name: str, value: object) -> str:
    if name in {"cron", "timezone"}:
        return str(value)
    if name == "lookback_seconds" and isinstance(value, int | float):
        return str(timedelta(seconds=value))
    return f"{name} {_selection(value)}"


def _selection(value: object) -> str:
    """A selection, also one that is known by its keys only."""
    if not isinstance(value, frozenset):
        return str(value)
    return " or ".join(f'key:"{each.to_user_string()}"' for each in sorted(value)) or "nothing"


def _tag_facts(held: Mapping[str, Any]) -> list[str]:
    keys, values = held.get("tag_keys") or (), held.get("tag_values") or ()
    facts = [f"tag_keys={{{','.join(keys)}}}"] if keys else []
    return facts + ([f"tag_values={{{','.join(f'{key}:{value}' for key, value in values)}}}"] if values else [])


def _in_brackets(facts: Sequence[str], separator: str) -> str:
    return f"({separator.join(facts)})" if facts else ""
