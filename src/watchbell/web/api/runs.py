"""``/api/runs``: runs and their logs."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from watchbell.record.event import EventLogEntry, at_of
from watchbell.record.log_text import headline, made_for, started_by
from watchbell.record.overlap import blockers, waiting_text
from watchbell.record.query import EventQuery
from watchbell.record.run import DagsterRun, DagsterRunStatus, RunsFilter
from watchbell.web.problem import Problem, missing
from watchbell.web.routing import api_router
from watchbell.web.shapes.runs import EventRow, RunDetail, RunRow
from watchbell.web.shapes.shape import Cursor, Limit, Page, Total, WithTotal
from watchbell.web.view import View, ViewOf

router = api_router()


@router.get("/runs")
def list_runs(
    view: ViewOf,
    job: str | None = None,
    status: Annotated[list[DagsterRunStatus] | None, Query()] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    with_total: WithTotal = False,
) -> Page[RunRow]:
    """Runs, the newest first."""
    filters = RunsFilter(job_name=job, statuses=status)
    found = [each.dagster_run for each in view.store.run_records(filters, limit=limit + 1, cursor=cursor)]
    waits = blockers(view.store, found[:limit])
    return Page[RunRow](
        items=[run_row(each, waits.get(each.run_id)) for each in found[:limit]],
        next_cursor=found[limit - 1].run_id if len(found) > limit else None,
        total=Total(count=view.store.count_runs(filters)) if with_total else None,
        at=view.now(),
    )


@router.get("/runs/{run_id}")
def get_run(run_id: str, view: ViewOf) -> RunDetail:
    """One run with its config."""
    run = found_run(view, run_id)
    row = run_row(run, blockers(view.store, [run]).get(run_id))
    return RunDetail(**row.model_dump(), run_config=dict(run.run_config))


@router.get("/runs/{run_id}/events")
def list_run_events(run_id: str, view: ViewOf, limit: Limit = 1_000, cursor: Cursor = None) -> Page[EventRow]:
    """Log entries of a run, the oldest first."""
    found_run(view, run_id)
    after = stored_number(cursor)
    found = view.store.events(EventQuery(run_id=run_id, after_id=after, limit=limit + 1))
    items = [event_row(each) for each in found[:limit]]
    return Page[EventRow](items=items, next_cursor=str(items[-1].id) if len(found) > limit else None, at=view.now())


def found_run(view: View, run_id: str) -> DagsterRun:
    """A run of the store.

    Raises:
        Problem: 404, there is none.
    """
    run = view.instance.get_run_by_id(run_id)
    if run is None:
        raise missing("run", run_id)
    return run


def stored_number(cursor: str | None) -> int:
    """The number in a cursor; 0 for none.

    Raises:
        Problem: 422, it is none that this server gave out.
    """
    if cursor is None:
        return 0
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 18:
        raise Problem(422, "invalid-request", f"{cursor[:100]!r} is no cursor that this server gave out")
    return int(cursor)


def run_row(run: DagsterRun, blocker: DagsterRun | None) -> RunRow:
    """A run in a list; ``blocker`` is another one of its schedule that it waits for."""
    return RunRow(
        run_id=run.run_id,
        job=run.job_name,
        status=run.status,
        made_for=made_for(run),
        started_by=started_by(run),
        created_at=run.created_at,
        started_at=run.started_at,
        ended_at=run.ended_at,
        waits=None if blocker is None else waiting_text(run, blocker),
        tags=dict(run.tags),
    )


def event_row(entry: EventLogEntry) -> EventRow:
    """A log entry as the API tells it."""
    event = entry.dagster_event
    error = getattr(event.event_specific_data, "error", None) if event else entry.error_info
    return EventRow(
        id=entry.storage_id or 0,
        at=at_of(entry.timestamp),
        kind=event.event_type.value if event else "",
        step=entry.step_key,
        level=entry.level,
        message=headline(entry),
        error=error.root.message if error is not None else None,
    )
