"""``/api/jobs``: jobs with their runs, and launching them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Query

from watchbell.ground.suggest import did_you_mean
from watchbell.record.partition import PARTITION_TAG
from watchbell.record.run import DagsterRun
from watchbell.record.snapshot import JobSnapshot, LocationSnapshot
from watchbell.web.audit import AuditNoteOf
from watchbell.web.caller import CallerOf
from watchbell.web.code_places import places_in
from watchbell.web.job_rows import MARKS, job_row, job_rows, lost_of_jobs, mark_of, starters_by_job, usual_range
from watchbell.web.problem import Problem, missing
from watchbell.web.query.jobs import LANGUAGE
from watchbell.web.query.language import Around
from watchbell.web.routing import api_router
from watchbell.web.shapes.jobs import (
    ConfigAsk,
    ConfigFindings,
    JobDetail,
    JobNode,
    JobRow,
    LaunchAsk,
    Launched,
    LaunchFacts,
    LaunchPartitions,
)
from watchbell.web.shapes.shape import Cursor, Limit, Page, Total, WithTotal
from watchbell.web.view import View, ViewOf

router = api_router()

TREND_RUNS = 100
Search = Annotated[str, Query(max_length=4_000, description="the query language: `status:failed owner:team:data etl`")]
Sort = Literal["name", "-name", "next", "-next", "usual", "-usual", "last", "-last"]


@router.get("/jobs")
def list_jobs(
    view: ViewOf,
    q: Search = "",
    sort: Sort = "name",
    limit: Limit = 100,
    cursor: Cursor = None,
    with_total: WithTotal = False,
) -> Page[JobRow]:
    """Jobs of all code locations, with their newest runs."""
    tests = LANGUAGE.read(q, Around(view.now()))
    rows = _sorted([row for row in job_rows(view) if all(test(row) for test in tests)], sort)
    start = _place_after(rows, cursor)
    found = rows[start : start + limit]
    has_more = start + limit < len(rows)
    return Page[JobRow](
        items=found,
        next_cursor=_key(found[-1]) if has_more else None,
        total=Total(count=len(rows)) if with_total else None,
        at=view.now(),
    )


@router.get("/jobs/{location}/{name}")
def get_job(location: str, name: str, view: ViewOf) -> JobDetail:
    """One job: its graph, its runs, what starts it."""
    place, job = found_job(view, location, name)
    runs = [
        each
        for each in view.store.newest_runs_of_job(name, TREND_RUNS)
        if each.location_name in (place.name, None)
    ]  # fmt: skip
    states = {each.key: each for each in view.store.automation_states(place.name)}
    starters = starters_by_job(place, states, view.now()).get(name, [])
    low, high = usual_range(runs)
    lost = lost_of_jobs(view, runs)
    code_place = places_in(view.locations(), place.name)
    return JobDetail(
        **job_row(place, job, runs[:MARKS], starters, lost).model_dump(),
        nodes=[
            JobNode(
                key=each.key,
                definition=each.definition_name,
                upstream=list(each.upstream),
                code_place=code_place(each.code),
            )
            for each in job.nodes
        ],
        assets=[each.to_user_string() for each in job.asset_keys],
        starters=starters,
        trend=[mark_of(each, lost) for each in reversed(runs)],
        usual_low=low,
        usual_high=high,
        code_place=code_place(job.code),
        at=view.now(),
    )


@router.get("/jobs/{location}/{name}/launch")
async def get_launch_facts(
    location: str,
    name: str,
    view: ViewOf,
    run: Annotated[str | None, Query(description="begins with the config of this run")] = None,
    partition: str | None = None,
    op: Annotated[list[str] | None, Query(description="clauses that select steps")] = None,
) -> LaunchFacts:
    """What can be configured of a run of a job, and the config to begin with."""
    found_job(view, location, name)
    earlier = None if run is None else _earlier(view, run)
    selection = op if op is not None or earlier is None else list(earlier.op_selection or ())
    of_run = None if earlier is None else earlier.tags.get(PARTITION_TAG)
    params: dict[str, Any] = {
        "job": name,
        "op_selection": selection,
        "partition": partition if partition is not None else of_run,
        "run_config": None if earlier is None else dict(earlier.run_config),
    }
    told = await view.link.ask(location, "config_schema", params)
    parts = told["partitions"]
    return LaunchFacts(
        config_schema=told["schema"],
        config=told["config"],
        findings=ConfigFindings(**told["findings"]),
        left_out=told["left_out"],
        ops=told["ops"],
        all_ops=told["all_ops"],
        partitions=None if parts is None else LaunchPartitions(**parts),
        tags=told["tags"],
        parent_run_id=run,
        op_selection=selection or [],
        partition=partition if partition is not None else of_run,
    )


@router.post("/jobs/{location}/{name}/check")
async def check_config(location: str, name: str, ask: ConfigAsk, view: ViewOf) -> ConfigFindings:
    """Whether a run of a job could start with some config; nothing is stored."""
    found_job(view, location, name)
    return ConfigFindings(**await view.link.ask(location, "check_config", {"job": name, **ask.model_dump()}))


@router.post("/jobs/{location}/{name}/launch", status_code=201)
async def launch_job(
    location: str, name: str, ask: LaunchAsk, view: ViewOf, caller: CallerOf, note: AuditNoteOf
) -> Launched:
    """Puts a run of a job into the queue."""
    found_job(view, location, name)
    params = {"job": name, "launched_by": caller.name, **ask.model_dump(exclude={"reason"})}
    done = await view.link.ask(location, "launch_job", params)
    note.about(f"{name} {done['run_id']}")
    return Launched(run_id=done["run_id"])


def found_job(view: View, location: str, name: str) -> tuple[LocationSnapshot, JobSnapshot]:
    """A job in use.

    Raises:
        Problem: 404, there is none; names the nearest.
    """
    places = {each.name: each for each in view.locations()}
    place = places.get(location)
    if place is None:
        raise missing("code location", location, did_you_mean(location, list(places)).removeprefix("; "))
    for job in place.jobs:
        if job.name == name:
            return place, job
    raise missing("job", name, did_you_mean(name, [each.name for each in place.jobs]).removeprefix("; "))


def _earlier(view: View, run_id: str) -> DagsterRun:
    run = view.instance.get_run_by_id(run_id)
    if run is None:
        raise missing("run", run_id)
    return run


def _sorted(rows: list[JobRow], sort: Sort) -> list[JobRow]:
    """Rows in an order; those without a value come last either way."""
    name = sort.removeprefix("-")
    if name == "name":
        return rows[::-1] if sort.startswith("-") else rows

    def value(row: JobRow) -> float | None:
        if name == "next":
            return None if row.next_at is None else row.next_at.timestamp()
        if name == "last":
            return row.marks[-1].created_at.timestamp() if row.marks else None
        return row.usual_seconds

    valued = [(each, row) for row in rows if (each := value(row)) is not None]
    valued.sort(key=lambda each: each[0], reverse=sort.startswith("-"))
    return [row for _, row in valued] + [row for row in rows if value(row) is None]


def _key(row: JobRow) -> str:
    return f"{row.location}\n{row.name}"


def _place_after(rows: list[JobRow], cursor: str | None) -> int:
    """Where a page begins: behind the job that the page before ended with.

    Raises:
        Problem: 422, the job is not there any more.
    """
    if cursor is None:
        return 0
    for place, row in enumerate(rows):
        if _key(row) == cursor:
            return place + 1
    raise Problem(422, "invalid-request", "the list changed meanwhile; begin with its first page again")
