"""``/api/checks``: asset checks, what they found last and before, and executing them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from fastapi import Query

from watchbell.automate.catalog.assets import Catalog
from watchbell.automate.catalog.standing import CheckVerdict, verdict_of
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.check_record import AssetCheckExecutionRecord
from watchbell.record.event import at_of
from watchbell.web.api.asset import Key
from watchbell.web.assets.memory import catalog_of
from watchbell.web.assets.rows import key_in, name_of
from watchbell.web.audit import AuditNoteOf
from watchbell.web.caller import CallerOf
from watchbell.web.problem import Problem, missing
from watchbell.web.routing import api_router
from watchbell.web.runs.finding import stored_number
from watchbell.web.shapes.asset_changes import LaunchedRun
from watchbell.web.shapes.checks import CheckRow, CheckRun, RunChecksWish
from watchbell.web.shapes.metadata import metadata_shapes
from watchbell.web.shapes.shape import Cursor, Limit, Page, Total, WithTotal
from watchbell.web.view import View, ViewOf

router = api_router()

Verdict = Literal["passed", "warned", "failed", "running", "skipped", "never"]
_URGENCY = {each: place for place, each in enumerate(
    (CheckVerdict.FAILED, CheckVerdict.WARNED, CheckVerdict.SKIPPED, CheckVerdict.RUNNING, CheckVerdict.NEVER,
     CheckVerdict.PASSED)
)}  # fmt: skip


@router.get("/checks")
def list_checks(
    view: ViewOf,
    asset: Annotated[str | None, Query(max_length=10_000, description="only those of this asset")] = None,
    q: Annotated[str, Query(max_length=1_000, description="part of the name of check or asset")] = "",
    verdict: Annotated[list[Verdict] | None, Query(description="only those that found this last")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    with_total: WithTotal = False,
) -> Page[CheckRow]:
    """Checks with what they found last: failed ones first, then by asset and name."""
    catalog = catalog_of(view)
    wanted = [each for each in sorted(catalog.check_keys) if asset is None or each.asset_key == key_in(asset)]
    wanted = [each for each in wanted if q.lower() in each.to_user_string().lower()]
    records = view.store.latest_checks(wanted) if wanted else {}
    statuses = run_statuses(view, list(records.values()))
    verdicts = {key: verdict_of(records.get(key), statuses.get(_run(records.get(key)))) for key in wanted}
    chosen = [key for key in wanted if not verdict or verdicts[key].value in verdict]
    ordered = sorted(chosen, key=lambda key: (_URGENCY[verdicts[key]], key))
    start = _after(ordered, cursor)
    shown = ordered[start : start + limit]
    return Page[CheckRow](
        items=[check_row(catalog, key, verdicts[key], records.get(key)) for key in shown],
        next_cursor=_cursor(shown[-1]) if start + limit < len(ordered) else None,
        total=Total(count=len(ordered)) if with_total else None,
        at=view.now(),
    )


@router.get("/checks/history")
def list_check_history(
    asset: Key, name: Annotated[str, Query(min_length=1)], view: ViewOf, limit: Limit = 50, cursor: Cursor = None
) -> Page[CheckRun]:
    """Executions of a check, the newest first."""
    key = AssetCheckKey(key_in(asset), name)
    found = view.store.check_history(key, limit=limit + 1, before_id=stored_number(cursor) or None)
    statuses = run_statuses(view, found)
    items = [check_run(each, verdict_of(each, statuses.get(each.run_id))) for each in found[:limit]]
    return Page[CheckRun](items=items, next_cursor=str(items[-1].id) if len(found) > limit else None, at=view.now())


@router.post("/checks/run", status_code=202)
async def run_checks(wish: RunChecksWish, view: ViewOf, caller: CallerOf, note: AuditNoteOf) -> LaunchedRun:
    """Queues a run of an asset's checks, without making the asset."""
    catalog = catalog_of(view)
    key = key_in(wish.asset)
    found = catalog.find(key)
    if found is None:
        raise missing("asset", wish.asset, catalog.near(key).lstrip("; "))
    names = wish.names or [each.name for each in found.told.checks]
    for name in names:
        if catalog.check(AssetCheckKey(key, name)) is None:
            raise missing("check", f"{wish.asset}:{name}")
    if not names:
        raise Problem(422, "no-checks", f"{wish.asset} has no checks")
    note.about(wish.asset, checks=names)
    params = {"asset": wish.asset, "names": names, "partition": wish.partition, "launched_by": caller.name}
    answer = await view.link.ask(found.location_name, "launch_checks", params)
    note.facts["run_id"] = answer["run_id"]
    return LaunchedRun(location=found.location_name, job=answer["job"], assets=[wish.asset], run_id=answer["run_id"])


def run_statuses(view: View, records: Sequence[AssetCheckExecutionRecord]) -> Mapping[str, str]:
    """How far the runs of executions are that found nothing yet; one statement."""
    planned = {each.run_id for each in records if each.event is None and each.run_id}
    return {each.run_id: each.status.value for each in view.store.run_facts(sorted(planned))} if planned else {}


def check_row(
    catalog: Catalog, key: AssetCheckKey, verdict: CheckVerdict, record: AssetCheckExecutionRecord | None
) -> CheckRow:
    """A check as the API tells it."""
    asset, told = catalog.by_key[key.asset_key], catalog.check(key)
    assert told is not None
    return CheckRow(
        asset=name_of(key.asset_key),
        name=key.name,
        location=asset.location_name,
        description=told.description,
        is_blocking=told.blocking,
        is_executable=told.op_name is not None,
        condition=told.condition is not None,
        verdict=verdict.value,
        newest=None if record is None else check_run(record, verdict),
    )


def check_run(record: AssetCheckExecutionRecord, verdict: CheckVerdict) -> CheckRun:
    """An execution of a check as the API tells it."""
    found, event = record.evaluation, record.event
    target = None if found is None else found.target_materialization_data
    return CheckRun(
        id=record.id,
        verdict=verdict.value,
        at=at_of(record.create_timestamp if event is None else event.timestamp),
        run_id=record.run_id or None,
        partition=None if found is None else found.partition,
        description=None if found is None else found.description,
        severity=None if found is None or found.passed else found.severity.value,
        metadata=[] if found is None else metadata_shapes(found.metadata),
        target_id=None if target is None else target.storage_id,
    )


def _run(record: AssetCheckExecutionRecord | None) -> str:
    return "" if record is None else record.run_id


def _cursor(key: AssetCheckKey) -> str:
    return json.dumps([name_of(key.asset_key), key.name])


def _after(ordered: Sequence[AssetCheckKey], cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        asset, name = json.loads(cursor)
        key = AssetCheckKey(key_in(asset), name)
    except (ValueError, TypeError, AttributeError) as error:
        raise Problem(422, "invalid-request", f"{cursor[:100]!r} is no cursor that this server gave out") from error
    # One whose verdict changed meanwhile is elsewhere; what came before it is not told again.
    return ordered.index(key) + 1 if key in ordered else 0
