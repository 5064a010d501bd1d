"""``/api/why``: why a schedule, a sensor, a run, an asset, a check or a job ran or did not."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Query
from starlette.concurrency import run_in_threadpool

from watchbell.automate.explain.job import explain_job as job_explanation
from watchbell.automate.explain.run import asking_of
from watchbell.automate.explain.run import explain_run as run_explanation
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.asset_job_key import AssetJobKey, entity_text
from watchbell.record.snapshot import LocationSnapshot
from watchbell.record.tick import AutomationKey, AutomationKind
from watchbell.services.explain.answers import asset_answer, at_once_past, automation_answer, moment_of
from watchbell.services.explain.asset import AssetQuestion
from watchbell.services.explain.place import record_only
from watchbell.services.explain.run import run_facts
from watchbell.web.assets.rows import key_in
from watchbell.web.conditions import location_of
from watchbell.web.explaining import explained, explanation_shape
from watchbell.web.plain_jobs import job_facts
from watchbell.web.problem import Problem
from watchbell.web.routing import api_router
from watchbell.web.runs.finding import found_run
from watchbell.web.shapes.explain import ExplanationShape
from watchbell.web.view import View, ViewOf

router = api_router()

At = Annotated[str | None, Query(max_length=100, description="ISO time that is asked about; none: the last time")]
Partition = Annotated[str | None, Query(max_length=2_000, description="key of one partition; none: all")]
Key = Annotated[str, Query(min_length=1, max_length=10_000, description="key of the asset, parts joined by `/`")]
Name = Annotated[str, Query(min_length=1, max_length=1_000)]


@router.get("/why/schedule/{location}/{name}")
async def explain_schedule(location: str, name: str, view: ViewOf, at: At = None) -> ExplanationShape:
    """Why a schedule ran or did not at a time (without an offset: in its zone), or the last time."""
    return await _automation(view, AutomationKind.SCHEDULE, location, name, at)


@router.get("/why/sensor/{location}/{name}")
async def explain_sensor(location: str, name: str, view: ViewOf, at: At = None) -> ExplanationShape:
    """Why a sensor asked for runs or did not at a time (without an offset: UTC), or the last time."""
    return await _automation(view, AutomationKind.SENSOR, location, name, at)


@router.get("/why/run/{run_id}")
def explain_run(run_id: str, view: ViewOf) -> ExplanationShape:
    """Where a run stands and why: why it waits, failed or was canceled; who asked for it."""
    run = found_run(view, run_id)
    facts = run_facts(view.instance, run)
    found = run_explanation(facts).as_json()
    return explanation_shape(view, found, automation=asking_of(facts.run))


@router.get("/why/asset")
async def explain_asset(key: Key, view: ViewOf, partition: Partition = None, at: At = None) -> ExplanationShape:
    """Why an asset was asked for by its condition, or was not, at a time or by now."""
    return await explained_entity(view, entity_text(key_in(key)), partition, at)


@router.get("/why/partition")
async def explain_partition(
    key: Key, partition: Annotated[str, Query(max_length=2_000)], view: ViewOf, at: At = None
) -> ExplanationShape:
    """Why a partition of an asset was asked for by its condition, or was not, at a time or by now."""
    return await explained_entity(view, entity_text(key_in(key)), partition, at)


@router.get("/why/check")
async def explain_check(asset: Key, name: Name, view: ViewOf, at: At = None) -> ExplanationShape:
    """Why a check was asked for by its condition, or was not, at a time or by now."""
    return await explained_entity(view, entity_text(AssetCheckKey(key_in(asset), name)), None, at)


@router.get("/why/job")
async def explain_job(
    name: Name,
    view: ViewOf,
    at: At = None,
    location: Annotated[str | None, Query(max_length=1_000, description="its code location; none: any")] = None,
) -> ExplanationShape:
    """Why a job ran or did not, at a time or the last time; of a job with a condition, whether that asked for it."""
    entity = entity_text(AssetJobKey(name))
    if location_of(view, entity) is None:
        for each in view.locations():
            if location in {None, each.name} and any(job.name == name for job in each.jobs):
                _check_time(at)
                return await run_in_threadpool(_plain_job, view, each, name, moment_of(at))
    return await explained_entity(view, entity, None, at)


def _plain_job(view: View, location: LocationSnapshot, name: str, asked_at: datetime | None) -> ExplanationShape:
    """Of a job without a condition."""
    found = job_explanation(job_facts(view, location, name, asked_at)).as_json()
    asked = None if asked_at is None else asked_at.isoformat()
    return explanation_shape(view, {**found, "asked_at": asked, "has_condition": False})


async def explained_entity(
    view: View, entity: str, partition: str | None, at: str | None, is_now: bool = False
) -> ExplanationShape:
    """Why an asset, a check or a job was asked for, or was not.

    Args:
        view: where to look.
        entity: its user string.
        partition: one partition of it.
        at: ISO time.
        is_now: whether its condition is evaluated for this question; the service has to work then.

    Raises:
        Problem: as :func:`~watchbell.web.explaining.explained`.
    """
    _check_time(at)
    location = location_of(view, entity)
    params = {"name": entity, "partition": partition, "at": at, "now": is_now}
    if is_now:
        if location is None:
            raise Problem(404, "not-found", f"no code location in use has {entity[:500]!r}")
        found = await view.link.ask(location, "explain_asset", params)
        return await run_in_threadpool(explanation_shape, view, found)
    asked = at_once_past(AssetQuestion(entity, partition, moment_of(at)))
    return await explained(
        view, location, "explain_asset", params, lambda: asset_answer(record_only(), view.instance, asked)
    )


async def _automation(view: View, kind: AutomationKind, location: str, name: str, at: str | None) -> ExplanationShape:
    _check_time(at)
    word = kind.value.lower()
    in_use = location if view.definition(kind, name, location) is not None else None
    return await explained(
        view,
        in_use,
        f"explain_{word}",
        {"name": name, "at": at},
        lambda: automation_answer(record_only(), view.instance, kind, name, location, at),
        AutomationKey(location, kind, name),
    )


def _check_time(at: str | None) -> None:
    try:
        moment_of(at)
    except (ValueError, OverflowError) as error:
        raise Problem(422, "invalid-request", f"{at!r:.100} is no time: {error}", where="at") from error
