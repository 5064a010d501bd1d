"""Conditions of asset jobs: which they may be, and which assets of a job they ask."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.ground.errors import DagsterInvalidDefinitionError
from watchbell.record.keys import AssetKey

OF_ROOTS = frozenset({"any_job_roots", "all_job_roots"})
"""Kinds that ask the assets a job begins with."""
_OF_OTHERS = OF_ROOTS | {"any_deps", "all_deps", "asset_matches"}
_OF_ASSETS = frozenset({
    "missing", "execution_failed", "code_version_changed", "data_version_changed", "freshness", "check_passed",
    "check_failed", "any_checks", "all_checks", "any_downstream", "executed_with_root_target", "executed_with_tags",
    "any_new_update_has_run_tags", "all_new_updates_have_run_tags", "parent_newer", "parent_materialized",
    "materialized_since_cron", "failed_since_cron",
})  # fmt: skip
"""Kinds that mean nothing of a job as a whole."""


def check_job_condition(what: str, condition: Any) -> None:
    """Refuses a condition that says nothing of a job.

    Args:
        what: the job, for the refusal.
        condition: its condition.

    Raises:
        DagsterInvalidDefinitionError: it asks none of the assets of the job, or of the job what only an asset has.
    """
    if not any(_kind(each) in OF_ROOTS for each in _all_of(condition)):
        raise DagsterInvalidDefinitionError(
            f"{what}: its automation_condition= is {condition}, which asks none of its assets; write "
            "AutomationCondition.any_job_root_assets_match(...) or all_job_root_assets_match(...) around it"
        )
    for each in _about_itself(condition):
        kind = _kind(each)
        if kind in _OF_ASSETS or kind.startswith("rule_"):
            raise DagsterInvalidDefinitionError(
                f"{what}: its automation_condition= asks {each} of the job itself, which only an asset or a check has; "
                f"write any_job_root_assets_match({each}), or leave it out"
            )


def roots_of(keys: Collection[AssetKey], view: AssetGraph) -> list[AssetKey]:
    """The assets that a job begins with: those that are made from no other of it, in the order of the assets."""
    inside = frozenset(keys)
    return [key for key in view.upstream_first(inside) if not inside.intersection(view.upstream_of(key)) - {key}]


def _kind(condition: Any) -> str:
    return str(getattr(condition, "kind", ""))


def _all_of(condition: Any) -> Iterator[Any]:
    yield condition
    for child in condition.children:
        yield from _all_of(child)


def _about_itself(condition: Any) -> Iterator[Any]:
    yield condition
    if _kind(condition) not in _OF_OTHERS:
        for child in condition.children:
            yield from _about_itself(child)
