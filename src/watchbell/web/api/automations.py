"""``/api/schedules``, ``/api/sensors`` and ``/api/ticks``: what rings, and how its ticks went."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import HTTPException, Path, Query

from watchbell.record.tick import AutomationKey, AutomationKind
from watchbell.web.routing import api_router
from watchbell.web.view import View, ViewOf, tick_facts, tick_row

router = api_router()

Limit = Annotated[int, Query(ge=1, le=1_000)]
TICK_ID_MAX = 2**63 - 1
Before = Annotated[int | None, Query(le=TICK_ID_MAX, ge=0)]


@router.get("/schedules")
def list_schedules(view: ViewOf) -> dict[str, Any]:
    """Every schedule with its state."""
    return {"schedules": view.schedules()}


@router.get("/sensors")
def list_sensors(view: ViewOf) -> dict[str, Any]:
    """Every sensor with its state."""
    return {"sensors": view.sensors()}


@router.get("/schedules/{name}/ticks")
def list_schedule_ticks(
    name: str,
    view: ViewOf,
    limit: Limit = 50,
    before: Before = None,
    location: str | None = None,
) -> dict[str, Any]:
    """Ticks of a schedule, the newest first; ``before`` is the last tick id of the page before."""
    return _ticks(view, _found(view, AutomationKind.SCHEDULE, name, location), limit, before)


@router.get("/sensors/{name}/ticks")
def list_sensor_ticks(
    name: str,
    view: ViewOf,
    limit: Limit = 50,
    before: Before = None,
    location: str | None = None,
) -> dict[str, Any]:
    """Ticks of a sensor, the newest first; ``before`` is the last tick id of the page before."""
    return _ticks(view, _found(view, AutomationKind.SENSOR, name, location), limit, before)


@router.get("/ticks")
def list_ticks(view: ViewOf, limit: Limit = 50, before: Before = None, failed: bool = False) -> dict[str, Any]:
    """Ticks of all schedules and sensors, the newest first; ``failed``: only those that failed."""
    found = view.instance.store.all_ticks(limit=limit, before_id=before, only_failed=failed)
    return {"ticks": [tick_facts(each) for each in found]}


@router.get("/ticks/{tick_id}")
def get_tick(tick_id: Annotated[int, Path(ge=1, le=TICK_ID_MAX)], view: ViewOf) -> dict[str, Any]:
    """One tick with what it was made of: cursor, events, log."""
    found = view.instance.store.tick(tick_id)
    if found is None:
        raise HTTPException(404, f"there is no tick {tick_id}")
    return tick_facts(found)


def _found(view: View, kind: AutomationKind, name: str, location: str | None) -> AutomationKey:
    key = view.find(kind, name, location)
    if key is None:
        raise HTTPException(404, f"there is no {kind.value.lower()} {name!r}")
    return key


def _ticks(view: View, key: AutomationKey, limit: int, before: int | None) -> dict[str, Any]:
    return {"ticks": [tick_row(each) for each in view.instance.store.ticks(key, limit=limit, before_id=before)]}
