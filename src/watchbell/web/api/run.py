"""``/api/runs/{run_id}``: one run, its steps, its log, what it printed and made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from fastapi import Query
from fastapi.responses import StreamingResponse

from watchbell.record.query import EventQuery
from watchbell.web.problem import Problem
from watchbell.web.routing import api_router
from watchbell.web.runs import output
from watchbell.web.runs.detail import run_detail
from watchbell.web.runs.finding import found_record, found_run
from watchbell.web.runs.log import LogAsked, events_page
from watchbell.web.runs.made import made_by
from watchbell.web.runs.steps import STEP_KINDS, steps_of
from watchbell.web.runs.whole_log import LogPlace, PageAsked, log_page, log_text, whole_log
from watchbell.web.shapes.run import (
    EventsPage,
    LogPage,
    LogParams,
    Made,
    OutputShape,
    RunDetail,
    Steps,
    WholeLogParams,
)
from watchbell.web.shapes.shape import STORED_ID_MAX
from watchbell.web.view import ViewOf

router = api_router()

STEP_EVENTS_MAX = 100_000
Stream = Literal["stdout", "stderr"]
Part = Annotated[str, Query(max_length=1_000, description="`run`, or a step whose output has a file of its own")]
LEVELS = {"debug": 0, "info": 20, "warning": 30, "error": 40}


@router.get("/runs/{run_id}")
def get_run(run_id: str, view: ViewOf) -> RunDetail:
    """One run: what, why, who, how it went, what failed and with which line of the user's code."""
    return run_detail(view, found_record(view, run_id))


@router.get("/runs/{run_id}/steps")
def list_run_steps(run_id: str, view: ViewOf) -> Steps:
    """The steps of a run, each with what it spent its time with."""
    run = found_run(view, run_id)
    entries = view.store.events(EventQuery(run_id=run_id, types=STEP_KINDS, limit=STEP_EVENTS_MAX))
    claims = [] if run.is_finished else view.store.pool_claims()
    waits = {each.step_key: each.pool for each in claims if each.run_id == run_id and not each.is_held}
    items = steps_of(run, entries, {key: pool for key, pool in waits.items() if key})
    return Steps(items=items, begin_at=run.started_at, end_at=run.ended_at, status=run.status, at=view.now())


@router.get("/runs/{run_id}/events")
def list_run_events(run_id: str, view: ViewOf, params: Annotated[LogParams, Query()]) -> EventsPage:
    """A part of a run's log, the oldest first: from the beginning, the end, or after, before or around an entry."""
    places = (params.after, params.before, params.around)
    if sum(each is not None for each in places) + params.end > 1:
        raise Problem(422, "invalid-request", "give one of `after`, `before`, `around` and `end`")
    run = found_run(view, run_id)
    asked = LogAsked(
        after_id=params.after,
        before_id=params.before,
        around_id=params.around,
        from_end=params.end,
        level=LEVELS[params.level],
        steps=frozenset(params.step),
        kinds=tuple(params.kind),
        text=params.text.lower(),
        with_noise=params.noise,
        limit=params.limit,
    )
    return events_page(view, run, asked)


@router.get("/runs/{run_id}/log")
def list_run_log(run_id: str, view: ViewOf, params: Annotated[WholeLogParams, Query()]) -> LogPage:
    """A part of a run's log, and of what it printed, in the order of time: from the beginning, the end, a place or an
    entry.
    """
    places = (params.after, params.before, params.around)
    if sum(each is not None for each in places) + params.end > 1:
        raise Problem(422, "invalid-request", "give one of `after`, `before`, `around` and `end`")
    asked = LogAsked(
        level=LEVELS[params.level],
        steps=frozenset(params.step),
        kinds=tuple(params.kind),
        text=params.text.lower(),
        with_noise=params.noise,
    )
    log = whole_log(view, found_run(view, run_id), asked, frozenset(params.source), params.limit)
    after = None if params.after is None else LogPlace.of(params.after)
    before = None if params.before is None else LogPlace.of(params.before)
    return log_page(log, PageAsked(after, before, params.around, params.end))


@router.get("/runs/{run_id}/log.txt", response_class=StreamingResponse)
def download_run_log(run_id: str, view: ViewOf) -> StreamingResponse:
    """The whole log, with what was printed, as a file of text."""
    run = found_run(view, run_id)
    return _file((line.encode() for line in log_text(view, run)), f"run-{run_id[:8]}.txt")


@router.get("/runs/{run_id}/output")
def get_run_output(
    run_id: str,
    view: ViewOf,
    stream: Stream = "stdout",
    part: Part = output.WHOLE,
    begin: Annotated[int | None, Query(ge=0, le=STORED_ID_MAX, description="the first byte; without, the end")] = None,
) -> OutputShape:
    """A piece of what a process of the run printed."""
    found_run(view, run_id)
    return output.output(view, run_id, stream, part, begin)


@router.get("/runs/{run_id}/output.txt", response_class=StreamingResponse)
def download_run_output(
    run_id: str, view: ViewOf, stream: Stream = "stdout", part: Part = output.WHOLE
) -> StreamingResponse:
    """All that a process of the run printed, as a file."""
    found_run(view, run_id)
    return _file(output.output_file(view, run_id, stream, part), f"run-{run_id[:8]}-{stream}.txt")


@router.get("/runs/{run_id}/made")
def get_run_made(run_id: str, view: ViewOf) -> Made:
    """The assets that a run made or looked at, and what checks said."""
    return made_by(view, found_run(view, run_id))


def _file(content: Iterator[bytes], name: str) -> StreamingResponse:
    safe = "".join(sign for sign in name if sign.isalnum() or sign in "-._")
    headers = {"Content-Disposition": f'attachment; filename="{safe}"'}
    return StreamingResponse(content, media_type="text/plain; charset=utf-8", headers=headers)
