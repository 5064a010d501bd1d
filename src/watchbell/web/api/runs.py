"""``/api/runs``: runs and their logs."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query

from watchbell.record.event import EventLogEntry, at_of
from watchbell.record.overlap import blockers
from watchbell.record.query import EventQuery
from watchbell.record.run import DagsterRunStatus, RunsFilter
from watchbell.web.view import View, run_row, view_of

router = APIRouter()

PAGE_MAX = 1_000


@router.get("/runs")
def runs(
    view: Annotated[View, Depends(view_of)],
    job: str | None = None,
    status: Annotated[list[DagsterRunStatus] | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 50,
    cursor: str | None = None,
) -> dict[str, Any]:
    """Runs, the newest first; ``cursor`` is the last run id of the page before."""
    found = view.instance.get_runs(filters=RunsFilter(job_name=job, statuses=status), limit=limit, cursor=cursor)
    waits = blockers(view.instance.store, found)
    rows = [run_row(each, waits.get(each.run_id)) for each in found]
    return {"runs": rows, "cursor": found[-1].run_id if len(found) == limit else None}


@router.get("/runs/{run_id}")
def run(run_id: str, view: Annotated[View, Depends(view_of)]) -> dict[str, Any]:
    """One run with its config."""
    found = view.instance.get_run_by_id(run_id)
    if found is None:
        raise HTTPException(404, f"there is no run {run_id!r}")
    blocker = blockers(view.instance.store, [found]).get(run_id)
    return {**run_row(found, blocker), "run_config": dict(found.run_config)}


@router.get("/runs/{run_id}/logs")
def logs(
    run_id: str,
    view: Annotated[View, Depends(view_of)],
    after: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = PAGE_MAX,
) -> dict[str, Any]:
    """Log entries of a run after the entry ``after``, oldest first."""
    if view.instance.get_run_by_id(run_id) is None:
        raise HTTPException(404, f"there is no run {run_id!r}")
    found = view.instance.store.events(EventQuery(run_id=run_id, after_id=after, limit=limit))
    return {"entries": [_entry_row(each) for each in found]}


def _entry_row(entry: EventLogEntry) -> dict[str, Any]:
    event = entry.dagster_event
    error = getattr(event.event_specific_data, "error", None) if event else entry.error_info
    return {
        "id": entry.storage_id,
        "at": at_of(entry.timestamp),
        "kind": event.event_type.name if event else "LOG",
        "level": entry.level,
        "step": entry.step_key,
        "message": entry.message,
        "error": error.root.message if error is not None else None,
    }
