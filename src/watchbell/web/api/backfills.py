"""``/api/backfills``: many runs asked for at once: planned, launched, watched, changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Query

from watchbell.automate.queue_rules import priority_of
from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.ground.suggest import nearest
from watchbell.record.backfill import Backfill, BackfillPace, BackfillPart, BackfillStatus, PartState
from watchbell.record.event import DagsterEventType
from watchbell.record.query import EventQuery
from watchbell.record.run import PRIORITY_TAG
from watchbell.web.audit import AuditNoteOf
from watchbell.web.backfill_grid import grid_of, name_of
from watchbell.web.caller import CallerOf
from watchbell.web.problem import Problem, missing
from watchbell.web.query.backfills import LANGUAGE, statuses_of, texts_of
from watchbell.web.query.language import Around
from watchbell.web.routing import api_router
from watchbell.web.shapes.backfills import (
    BackfillAsk,
    BackfillDetail,
    BackfillGrid,
    BackfillLaunch,
    BackfillLimits,
    BackfillPlanFacts,
    BackfillRow,
    BackfillStarted,
    BackfillTargetFacts,
    BackfillWhy,
    FailureGroup,
    PartRow,
    PlanRemark,
    PlanStepFacts,
)
from watchbell.web.shapes.shape import Cursor, Limit, Page, Total, WithTotal
from watchbell.web.view import View, ViewOf

router = api_router()

PACE_SPAN = timedelta(hours=1)
"""So far back it is looked how fast runs end."""
GRID_PARTS_MAX = 50_000
FAILED_LOOKED_AT = 2_000
TARGETS_SHOWN = 3
TARGET_FACTS_SHOWN = 100
STEPS_SHOWN, REMARKS_SHOWN, LABELS_SHOWN, RUNS_SHOWN = 500, 100, 20, 5
PLAN_SECONDS = 120.0
_DONE = (PartState.SUCCEEDED, PartState.SKIPPED)
_LEFT = (PartState.WAITING, PartState.RUNNING)
_FAILURES = frozenset({DagsterEventType.STEP_FAILURE})
Search = Annotated[str, Query(max_length=4_000, description="the query language: `status:failed asset:orders ada`")]


@router.get("/backfills")
def list_backfills(
    view: ViewOf, q: Search = "", limit: Limit = 100, cursor: Cursor = None, with_total: WithTotal = False
) -> Page[BackfillRow]:
    """Backfills, the newest first."""
    clauses = LANGUAGE.read(q, Around(view.now()))
    statuses, texts = statuses_of(clauses), texts_of(clauses)
    before = _before(cursor)
    found = view.store.backfills(statuses=statuses, texts=texts, limit=limit + 1, before_id=before)
    return Page[BackfillRow](
        items=_rows(view, found[:limit]),
        next_cursor=str(found[limit - 1].storage_id) if len(found) > limit else None,
        total=Total(count=view.store.count_backfills(statuses=statuses, texts=texts)) if with_total else None,
        at=view.now(),
    )


@router.post("/backfills/plan")
async def plan_backfill(ask: BackfillAsk, view: ViewOf, caller: CallerOf) -> BackfillPlanFacts:
    """What a backfill would do; nothing is stored."""
    params = _params(ask, caller.name)
    return _plan(await view.link.ask(ask.location, "plan_backfill", params, timeout_seconds=PLAN_SECONDS))


@router.post("/backfills", status_code=201)
async def launch_backfill(ask: BackfillLaunch, view: ViewOf, caller: CallerOf, note: AuditNoteOf) -> BackfillStarted:
    """Begins a backfill, if it still does what the plan said that was looked at."""
    params = {**_params(ask, caller.name), "fingerprint": ask.fingerprint}
    done = await view.link.ask(ask.location, "launch_backfill", params, timeout_seconds=PLAN_SECONDS)
    if done["backfill_id"] is None:
        plan = _plan(done["plan"])
        text = f"the plan is another one by now ({plan.runs:,} runs, {plan.partitions:,} partitions); look at it again"
        raise Problem(409, "plan-changed", text, plan=plan.model_dump(mode="json"))
    note.about(done["backfill_id"])
    return BackfillStarted(backfill_id=done["backfill_id"])


@router.get("/backfills/{backfill_id}")
def get_backfill(backfill_id: str, view: ViewOf) -> BackfillDetail:
    """One backfill: how far it is, what went wrong."""
    found = found_backfill(view, backfill_id)
    [row] = _rows(view, [found])
    failed = view.store.backfill_parts(found, states=[PartState.FAILED], limit=FAILED_LOOKED_AT)
    return BackfillDetail(
        **row.model_dump(),
        description=found.description,
        newest_first=found.newest_first,
        tags=dict(found.tags),
        target_facts=[
            BackfillTargetFacts(
                job="" if each.job_name.startswith("__") else each.job_name,
                location=each.location_name,
                assets=None if each.asset_keys is None else [key.to_user_string() for key in each.asset_keys],
                tags=dict(each.tags),
            )
            for each in found.targets[:TARGET_FACTS_SHOWN]
        ],
        failures=_failures(view, failed),
        failures_are_all=found.count(PartState.FAILED) <= len(failed),
    )


@router.get("/backfills/{backfill_id}/grid")
def get_backfill_grid(backfill_id: str, view: ViewOf) -> BackfillGrid:
    """What a backfill makes, over the partitions it is made for."""
    found = found_backfill(view, backfill_id)
    cells = view.store.backfill_cells(found, GRID_PARTS_MAX)
    return grid_of(found, cells, is_whole=len(cells) >= found.parts_count, now=view.now())


@router.get("/backfills/{backfill_id}/parts")
def list_backfill_parts(
    backfill_id: str,
    view: ViewOf,
    state: Annotated[list[PartState] | None, Query()] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[PartRow]:
    """Parts of a backfill, in the order in which they begin."""
    found = found_backfill(view, backfill_id)
    parts = view.store.backfill_parts(found, states=state, after=_before(cursor), limit=limit + 1)
    return Page[PartRow](
        items=[_part(found, each) for each in parts[:limit]],
        next_cursor=str(parts[limit - 1].number) if len(parts) > limit else None,
        at=view.now(),
    )


@router.post("/backfills/{backfill_id}/pause")
def pause_backfill(backfill_id: str, why: BackfillWhy, view: ViewOf, caller: CallerOf) -> BackfillRow:
    """Begins no more runs of it; those that go on, or wait in the queue, go on."""
    said = _said(f"paused by {caller.name}", why.reason)
    return _changed(view, backfill_id, lambda: view.instance.pause_backfill(backfill_id, said))


@router.post("/backfills/{backfill_id}/resume")
def resume_backfill(backfill_id: str, why: BackfillWhy, view: ViewOf) -> BackfillRow:
    """Goes on with a paused one."""
    return _changed(view, backfill_id, lambda: view.instance.resume_backfill(backfill_id))


@router.post("/backfills/{backfill_id}/cancel")
def cancel_backfill(backfill_id: str, why: BackfillWhy, view: ViewOf, caller: CallerOf) -> BackfillRow:
    """Begins no more runs of it, and stops those that go on."""
    said = _said(f"cancelled by {caller.name}", why.reason)
    return _changed(view, backfill_id, lambda: view.instance.cancel_backfill(backfill_id, said))


@router.post("/backfills/{backfill_id}/retry")
def retry_backfill(backfill_id: str, why: BackfillWhy, view: ViewOf) -> BackfillRow:
    """Runs again what failed or was cancelled, and then what that held up."""
    return _changed(view, backfill_id, lambda: view.instance.retry_backfill(backfill_id))


@router.put("/backfills/{backfill_id}/limits")
def limit_backfill(backfill_id: str, limits: BackfillLimits, view: ViewOf) -> BackfillRow:
    """Sets how many of its runs go on at a time, and their priority."""

    def change() -> Backfill:
        before = found_backfill(view, backfill_id)
        after = view.instance.limit_backfill(backfill_id, limits.max_concurrent_runs)
        if limits.priority != _priority(before):
            after = view.instance.prioritize_backfill(backfill_id, limits.priority)
        return after

    return _changed(view, backfill_id, change)


# ------------------------------------------------------------------- reading


def found_backfill(view: View, backfill_id: str) -> Backfill:
    """A backfill of the store.

    Raises:
        Problem: 404, there is none; names the nearest.
    """
    found = view.store.backfill(backfill_id)
    if found is None:
        known = [each.backfill_id for each in view.store.backfills(limit=100, with_counts=False)]
        close = nearest(backfill_id, known)
        raise missing("backfill", backfill_id, f"did you mean {close!r}?" if close else "/backfills shows them")
    return found


def _before(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 18:
        raise Problem(422, "invalid-request", f"{cursor[:100]!r} is no cursor that this server gave out")
    return int(cursor)


def _rows(view: View, found: Sequence[Backfill]) -> list[BackfillRow]:
    now = view.now()
    going = [each.backfill_id for each in found if each.status is BackfillStatus.IN_PROGRESS]
    paces = view.store.backfill_paces(going, now - PACE_SPAN) if going else {}
    return [_row(each, paces.get(each.backfill_id), now) for each in found]


def _row(backfill: Backfill, pace: BackfillPace | None, now: datetime) -> BackfillRow:
    rate = None if pace is None else _per_hour(backfill, pace, now)
    left = backfill.count(*_LEFT)
    names = [name_of(backfill, target) for target in backfill.targets[:TARGETS_SHOWN]]
    return BackfillRow(
        backfill_id=backfill.backfill_id,
        title=backfill.title,
        asked=backfill.asked,
        status=backfill.status,
        counts={state: backfill.count(state) for state in PartState},
        total=backfill.parts_count,
        targets=list(dict.fromkeys(names)),
        target_count=len(backfill.targets),
        location=backfill.targets[0].location_name,
        schedule=backfill.schedule_name,
        created_at=backfill.created_at,
        created_by=backfill.created_by,
        ended_at=backfill.ended_at,
        note=backfill.note,
        max_concurrent_runs=backfill.max_concurrent_runs,
        priority=_priority(backfill),
        runs_per_hour=rate,
        ends_at=None if not rate else now + timedelta(hours=left / rate),
    )


def _per_hour(backfill: Backfill, pace: BackfillPace, now: datetime) -> float | None:
    """Runs that ended, over the time in which they did: since the backfill began, or the last hour."""
    since = max(backfill.created_at, now - PACE_SPAN)
    seconds = (now - since).total_seconds()
    return pace.ended * 3600 / seconds if seconds > 0 else None


def _priority(backfill: Backfill) -> int | None:
    return priority_of(backfill.tags) if PRIORITY_TAG in backfill.tags else None


def _part(backfill: Backfill, part: BackfillPart) -> PartRow:
    return PartRow(
        number=part.number,
        makes=name_of(backfill, backfill.targets[part.target]),
        label=part.label,
        state=part.state,
        attempt=part.attempt,
        run_id=part.run_id,
        needs=part.needs[:200],
        note=part.note,
    )


def _failures(view: View, failed: Sequence[BackfillPart]) -> list[FailureGroup]:
    """Failed parts by the first line of what user code raised, the most frequent first."""
    run_ids = [part.run_id for part in failed if part.run_id is not None]
    raised: dict[str, str] = {}
    for entry in view.store.events(EventQuery(run_ids=run_ids, types=_FAILURES)) if run_ids else ():
        error = getattr(entry.dagster_event and entry.dagster_event.event_specific_data, "error", None)
        if error is not None:
            raised.setdefault(entry.run_id, error.root.message.strip().partition("\n")[0])
    groups: dict[str, list[BackfillPart]] = {}
    for part in failed:
        message = raised.get(part.run_id or "") or part.note.partition("\n")[0] or "nobody knows why"
        groups.setdefault(message, []).append(part)
    return [
        FailureGroup(
            message=message,
            count=len(parts),
            labels=[part.label for part in parts[:LABELS_SHOWN]],
            run_ids=[part.run_id for part in parts[:RUNS_SHOWN] if part.run_id is not None],
        )
        for message, parts in sorted(groups.items(), key=lambda item: -len(item[1]))
    ]


# ------------------------------------------------------------------- changing


def _changed(view: View, backfill_id: str, change: Callable[[], Backfill]) -> BackfillRow:
    """A backfill as it is after a change.

    Raises:
        Problem: 404, there is none; 409, it cannot be changed so now.
    """
    found_backfill(view, backfill_id)
    try:
        after = change()
    except DagsterInvariantViolationError as error:
        raise Problem(409, "not-now", str(error)) from error
    [row] = _rows(view, [after])
    return row


def _said(what: str, reason: str) -> str:
    return f"{what}: {reason.strip()}" if reason.strip() else what


def _params(ask: BackfillAsk, who: str) -> dict[str, Any]:
    if (ask.job is None) == (not ask.assets):
        raise Problem(422, "invalid-request", "a backfill is of assets or of a job: give one of the two")
    tags = dict(ask.tags)
    if ask.priority is not None:
        tags[PRIORITY_TAG] = str(ask.priority)
    kept = ask.model_dump(exclude={"location", "priority", "reason", "fingerprint"})
    return {**kept, "tags": tags, "description": ask.reason, "created_by": who}


def _plan(told: Mapping[str, Any]) -> BackfillPlanFacts:
    same = ("asked", "runs", "partitions", "skipped", "estimate_seconds", "runs_at_once", "newest_first")
    steps = [
        PlanStepFacts(
            number=each["step"],
            makes=each["makes"],
            first=each["from"],
            last=each["to"],
            partitions=each["partitions"],
            runs=each["runs"],
            in_order=each["one_after_the_other"],
        )
        for each in told["steps"][:STEPS_SHOWN]
    ]
    return BackfillPlanFacts(
        **{name: told[name] for name in same},
        steps=steps,
        step_count=len(told["steps"]),
        remarks=[PlanRemark(**each) for each in told["remarks"][:REMARKS_SHOWN]],
        max_concurrent_runs=told["max_concurrent_runs"],
        home_runs_max=told["home_runs_max"],
        fingerprint=told["fingerprint"],
    )
