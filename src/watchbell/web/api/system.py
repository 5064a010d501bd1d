"""``/api/system``, ``/api/locations``: the machinery, code locations and their reload, a report for whoever helps."""

from __future__ import annotations

import platform
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from watchbell import __version__
from watchbell.automate.due import is_on
from watchbell.ground.masking import masked
from watchbell.record.door import ServiceFacts
from watchbell.record.run import DagsterRunStatus, RunsFilter
from watchbell.record.settings import Settings
from watchbell.record.snapshot import ResourceSnapshot
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState, TickStatus
from watchbell.record.tick_store import TickOf
from watchbell.services.lease import LEASE_NAME, holder_text
from watchbell.web.api.service import error_shape
from watchbell.web.automation_rows import STRIP_TICKS
from watchbell.web.errors import error_line
from watchbell.web.problem import missing
from watchbell.web.routing import api_router
from watchbell.web.shapes.system import (
    AlertShape,
    DoneShape,
    LatencyShape,
    LeaseShape,
    LocationShape,
    LocationsShape,
    LoopShape,
    ReportShape,
    ResourceShape,
    ServiceFactsShape,
    SystemShape,
)
from watchbell.web.view import View, ViewOf

router = api_router()

TICKS_LOOKED_AT = 300
"""Newest ticks whose latency is told (count)."""
ALERTS_MAX = 100
WAITING = [DagsterRunStatus.QUEUED]
GOING_ON = [DagsterRunStatus.STARTING, DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING]
TEXT_MAX = 300


@router.get("/system")
def get_system(view: ViewOf) -> SystemShape:
    """The services, the store, the settings and the machine."""
    store, now = view.store, view.now()
    facts = view.link.service()
    settings = view.instance.settings
    return SystemShape(
        is_open=view.link.is_open,
        lost_at=view.link.lost_at,
        service=None if facts is None else _service_shape(facts),
        lease=_lease(view, now),
        latency=latency_of(store.all_ticks(limit=TICKS_LOOKED_AT)),
        queued=store.count_runs(RunsFilter(statuses=WAITING)),
        running=store.count_runs(RunsFilter(statuses=GOING_ON)),
        database=dict(store.info()),
        settings=masked(dict(vars(settings))),
        settings_default=[name for name, value in vars(Settings()).items() if getattr(settings, name) == value],
        environment=environment(),
        alerts=_alerts(view),
        at=now,
    )


@router.get("/locations")
def list_locations(view: ViewOf) -> LocationsShape:
    """The code locations, each with what it defines or why it does not load."""
    return LocationsShape(items=locations_of(view), at=view.now())


@router.post("/locations/reload")
async def reload_locations(view: ViewOf) -> DoneShape:
    """Has the code of all locations loaded anew; returns before that is done."""
    await view.link.reload()
    return DoneShape(text="all code locations are loaded anew")


@router.post("/locations/{location}/reload")
async def reload_location(location: str, view: ViewOf) -> DoneShape:
    """Has the code of one location loaded anew; returns before that is done."""
    known = {each.name for each in locations_of(view)}
    if location not in known:
        raise missing("code location", location)
    await view.link.reload(location)
    return DoneShape(text=f"{location} is loaded anew")


@router.get("/report")
def get_report(view: ViewOf) -> ReportShape:
    """Facts for whoever helps, without secrets, to be copied whole."""
    system = get_system(view)
    facts: dict[str, Any] = {**system.environment, "service": "works" if system.is_open else "does not work"}
    if system.service is not None:
        facts["service process"] = f"{system.service.pid}, since {system.service.started_at:%Y-%m-%d %H:%M:%S%z}"
    facts |= {f"database {name}": value for name, value in system.database.items() if name != "location"}
    facts |= {"runs waiting": system.queued, "runs going on": system.running}
    if system.latency is not None:
        facts["schedule latency"] = f"p50 {system.latency.p50:.3f} s, p95 {system.latency.p95:.3f} s"
    changed = {name: value for name, value in system.settings.items() if name not in system.settings_default}
    facts |= {f"setting {name}": value for name, value in changed.items()}
    for each in locations_of(view):
        facts[f"location {each.name}"] = (
            f"{each.state}: {each.jobs} jobs, {each.assets} assets, {each.schedules} schedules, {each.sensors} sensors"
        )
        if each.error is not None:
            facts[f"location {each.name} error"] = each.error.message
    return ReportShape(text="\n".join(f"{name}: {value}" for name, value in facts.items()) + "\n")


def locations_of(view: View) -> list[LocationShape]:
    """Every location that is in use, is being loaded, or cannot be, by name."""
    errors = {each.location_name: each for each in view.errors()}
    loaded = {each.name: each for each in view.locations()}
    facts = view.link.service()
    names = {*errors, *loaded, *(facts.location_names if facts else ())}
    shapes = []
    for name in sorted(names):
        error, snapshot = errors.get(name), loaded.get(name)
        if snapshot is None:
            state = "failed" if error is not None else "loading"
            shapes.append(LocationShape(name=name, state=state, error=None if error is None else error_shape(error)))
            continue
        shapes.append(
            LocationShape(
                name=name,
                state="loaded" if error is None else "older",
                jobs=len(snapshot.jobs),
                assets=len(snapshot.assets),
                schedules=len(snapshot.schedules),
                sensors=len(snapshot.sensors),
                version=snapshot.version,
                resources=[_resource(each) for each in snapshot.resources],
                warnings=list(snapshot.warnings),
                error=None if error is None else error_shape(error),
            )
        )
    return shapes


def _resource(told: ResourceSnapshot) -> ResourceShape:
    config = [f"{each.name}: {each.type_text}{'' if each.is_required else ', optional'}" for each in told.config]
    return ResourceShape(key=told.key, description=told.description or "", config=config, needs=list(told.needs))


def latency_of(ticks: Sequence[TickOf]) -> LatencyShape | None:
    """How long after their time ticks of schedules began; None: there are none among them."""
    late = sorted(
        max(0.0, (each.tick.started_at - each.tick.tick_at).total_seconds())
        for each in ticks
        if each.key.kind == AutomationKind.SCHEDULE and each.tick.status != TickStatus.MISSED
    )
    if not late:
        return None
    return LatencyShape(p50=late[len(late) // 2], p95=late[int((len(late) - 1) * 0.95)], ticks=len(late))


def environment() -> dict[str, str]:
    """Versions and machine, for people."""
    return {
        "watchbell": __version__,
        "Python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "implementation": sys.implementation.name,
    }


def _service_shape(facts: ServiceFacts) -> ServiceFactsShape:
    loops = [LoopShape(**{name: getattr(each, name) for name in LoopShape.model_fields}) for each in facts.loops]
    return ServiceFactsShape(
        version=facts.version,
        pid=facts.pid,
        host_name=facts.host_name,
        started_at=facts.started_at,
        lease_epoch=facts.lease_epoch,
        loops=loops,
    )


def _lease(view: View, now: datetime) -> LeaseShape | None:
    lease = view.store.lease(LEASE_NAME)
    if lease is None:
        return None
    is_held = lease.expires_at > now
    return LeaseShape(holder=holder_text(view.store), epoch=lease.epoch, expires_at=lease.expires_at, is_held=is_held)


def _alerts(view: View) -> list[AlertShape]:
    """Sensors that watch how runs end, with their last tick."""
    found = [(location.name, each) for location in view.locations() for each in location.sensors if each.run_statuses]
    states = {each.key: each for each in view.store.automation_states()} if found else {}
    keys = [AutomationKey(name, AutomationKind.SENSOR, each.name) for name, each in found[:ALERTS_MAX]]
    strips = view.store.tick_strips(keys, count=STRIP_TICKS) if keys else {}
    failed = [marks[-1].tick_id for marks in strips.values() if marks and marks[-1].status is TickStatus.FAILURE]
    errors = view.store.ticks_numbered(failed) if keys else {}
    shapes = []
    for location_name, each in found[:ALERTS_MAX]:
        key = AutomationKey(location_name, AutomationKind.SENSOR, each.name)
        state = states.get(key) or AutomationState(key)
        marks = strips[key]
        error = errors[marks[-1].tick_id].error if marks and marks[-1].tick_id in errors else None
        shapes.append(
            AlertShape(
                location=location_name,
                name=each.name,
                watches=[status.value for status in each.run_statuses],
                is_on=is_on(state, each.running_by_default),
                last_at=state.last_tick_at,
                delivered_at=next(
                    (each.ended_at for each in reversed(marks) if each.status is TickStatus.SUCCESS), None
                ),
                failure="" if error is None else error_line(error)[:TEXT_MAX],
                problem=(state.quarantine_reason or "")[:TEXT_MAX],
            )
        )
    return shapes
