"""Errands about backfills: what one would do, and that it begins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from watchbell.automate.backfills.plan import BackfillPlan
from watchbell.automate.backfills.planning import BackfillWishes, OnlyText, PerRunText, plan_backfill
from watchbell.automate.backfills.told import fingerprint_of, plan_facts
from watchbell.automate.catalog.partition_text import read_partitions as read_several
from watchbell.declare.assets.selection import AssetSelection
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.view import PartitionsView
from watchbell.ground.errors import (
    DagsterError,
    DagsterInvalidInvocationError,
    DagsterInvariantViolationError,
    DagsterUnknownPartitionError,
    ParameterCheckError,
)
from watchbell.ground.suggest import did_you_mean
from watchbell.host.errands.desk import ErrandDesk, ErrandRefusedError, Params, changes, text_of, text_or_none
from watchbell.host.errands.partition_text import AskedText, read_partitions
from watchbell.record.keys import AssetKey


def plan(desk: ErrandDesk, params: Params) -> dict[str, Any]:
    """What a backfill would do; nothing is stored.

    Args:
        desk: whose code, and what is remembered.
        params: ``assets`` (keys as user strings) or ``job``; ``partitions``: a text as people type it, of keys with
            commas between, ranges ``a..b``, ``latest:7``, or empty for all; ``only``: ``"every"``, ``"missing"``,
            ``"failed"`` or ``"failed_and_missing"``; ``with_upstream``: whether what the assets are made from is made
            as well; ``per_run``: ``"policy"``, ``"one"`` or ``"range"``; ``newest_first``; ``max_concurrent_runs``;
            ``tags``; ``title``; ``description``; ``created_by``.

    Returns:
        What ``plan_facts`` tells; ``skipped`` (partitions of those asked for that need not be made; null if all were
        asked for), ``fingerprint``, and of the limits: ``max_concurrent_runs``, ``newest_first``, ``home_runs_max``.

    Raises:
        ErrandRefusedError: nothing can be planned so; ``where`` names the field.
    """
    planned = _planned(desk, params)
    return _told(desk, params, planned)


@changes
def launch(desk: ErrandDesk, params: Params) -> dict[str, Any]:
    """Plans a backfill and stores it, so that it begins.

    Args:
        desk: whose code, and what is remembered.
        params: those of :func:`plan`; ``fingerprint``: that of the plan which was looked at; null: whatever it is now.

    Returns:
        ``backfill_id``; null, with the plan as it is now as ``plan``, if it is another one than was looked at.
    """
    planned = _planned(desk, params)
    expected = text_or_none(params, "fingerprint")
    if expected is not None and expected != fingerprint_of(planned):
        return {"backfill_id": None, "plan": _told(desk, params, planned)}
    stored = desk.instance.launch_backfill(planned)
    return {"backfill_id": stored.backfill_id, "plan": None}


def _told(desk: ErrandDesk, params: Params, planned: BackfillPlan) -> dict[str, Any]:
    return {
        **plan_facts(planned),
        "skipped": _skipped(desk, params, planned),
        "fingerprint": fingerprint_of(planned),
        "max_concurrent_runs": planned.backfill.max_concurrent_runs,
        "newest_first": planned.backfill.newest_first,
        "home_runs_max": desk.instance.settings.max_concurrent_runs,
    }


def _skipped(desk: ErrandDesk, params: Params, planned: BackfillPlan) -> int | None:
    if params.get("only", "every") == "every":
        return None
    return _planned(desk, {**params, "only": "every"}).partitions_count - planned.partitions_count


def _planned(desk: ErrandDesk, params: Params) -> BackfillPlan:
    job_name = text_or_none(params, "job")
    if job_name is not None and not desk.repository.has_job(job_name):
        hint = did_you_mean(job_name, desk.repository.job_names)
        raise ErrandRefusedError("not_found", f"there is no job {job_name[:200]!r}{hint}", "job")
    asked = _asked(desk, params)
    try:
        return plan_backfill(
            desk.repository,
            desk.instance,
            location_name=desk.location_name,
            assets=None if job_name is not None else _selection(desk, params),
            job_name=job_name,
            partition_keys=asked.keys,
            partition_key_range=asked.key_range,
            latest=asked.latest,
            only=cast("OnlyText", text_of(params, "only", "every")),
            wishes=_wishes(params),
        )
    except DagsterUnknownPartitionError as error:
        raise ErrandRefusedError("bad_request", str(error), "partitions") from error
    except ParameterCheckError as error:
        where = getattr(error, "parameter", None)
        raise ErrandRefusedError("bad_request", str(error), where if isinstance(where, str) else None) from error
    except (DagsterInvalidInvocationError, DagsterInvariantViolationError) as error:
        raise ErrandRefusedError("bad_request", str(error)) from error


def _asked(desk: ErrandDesk, params: Params) -> AskedText:
    text = text_of(params, "partitions", "")
    try:
        return read_partitions(text)
    except DagsterError as error:
        definition = _partitions_def(desk, params)
        if definition is None or ".." not in text:
            raise ErrandRefusedError("bad_request", str(error), "partitions") from error
    view = PartitionsView(desk.clock.now(), desk.instance)
    try:  # several ranges, as they are chosen on an asset's page
        return AskedText(keys=tuple(definition.keys_of(read_several(definition, text, view), view)))
    except DagsterError as error:
        raise ErrandRefusedError("bad_request", str(error), "partitions") from error


def _partitions_def(desk: ErrandDesk, params: Params) -> PartitionsDefinition | None:
    """The partitions of the first of the assets that has some."""
    graph = desk.repository.asset_graph
    for name in params.get("assets") or ():
        key = AssetKey.from_user_string(name) if isinstance(name, str) and name else None
        definition = graph.partitions_def_of(key) if key is not None and graph.has(key) else None
        if definition is not None:
            return definition
    return None


def _selection(desk: ErrandDesk, params: Params) -> Any:
    names = params.get("assets")
    if not isinstance(names, list) or not names or not all(isinstance(each, str) for each in names):
        raise ErrandRefusedError("bad_request", "say of what: assets as a list of keys, or job", "assets")
    keys = [AssetKey.from_user_string(each) for each in names]
    known = desk.repository.asset_graph.specs
    for key in keys:
        if key not in known:
            hint = did_you_mean(key.to_user_string(), [each.to_user_string() for each in known])
            text = f"there is no asset {key.to_user_string()[:200]!r}{hint}"
            raise ErrandRefusedError("not_found", text, "assets")
    return AssetSelection.assets(*keys).upstream() if params.get("with_upstream") is True else keys


def _wishes(params: Params) -> BackfillWishes:
    return BackfillWishes(
        newest_first=params.get("newest_first") is True,
        max_concurrent_runs=_count(params, "max_concurrent_runs"),
        tags=_tags(params),
        title=text_of(params, "title", ""),
        description=text_of(params, "description", ""),
        created_by=text_of(params, "created_by", ""),
        per_run=cast("PerRunText", text_of(params, "per_run", "policy")),
    )


def _count(params: Params, name: str) -> int | None:
    value = params.get(name)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise ErrandRefusedError("bad_request", f"{name} has to be a whole number, not {value!r:.100}", name)
    return value


def _tags(params: Params) -> dict[str, str]:
    tags: Any = params.get("tags") or {}
    pairs: Sequence[tuple[Any, Any]] = list(tags.items()) if isinstance(tags, dict) else [(None, None)]
    if not all(isinstance(key, str) and isinstance(value, str) for key, value in pairs):
        raise ErrandRefusedError("bad_request", "tags have to be an object of texts", "tags")
    return dict(pairs)
