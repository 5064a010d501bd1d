"""``/api/schedules`` and ``/api/sensors``: what rings, and how its ticks went."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query

from watchbell.record.tick import AutomationKind
from watchbell.web.view import View, tick_row, view_of

router = APIRouter()

Limit = Annotated[int, Query(ge=1, le=1_000)]


@router.get("/schedules")
def schedules(view: Annotated[View, Depends(view_of)]) -> dict[str, Any]:
    """Every schedule with its state."""
    return {"schedules": view.schedules()}


@router.get("/sensors")
def sensors(view: Annotated[View, Depends(view_of)]) -> dict[str, Any]:
    """Every sensor with its state."""
    return {"sensors": view.sensors()}


@router.get("/schedules/{name}/ticks")
def schedule_ticks(
    name: str, view: Annotated[View, Depends(view_of)], limit: Limit = 50, before: int | None = None
) -> dict[str, Any]:
    """Ticks of a schedule, the newest first; ``before`` is the last tick id of the page before."""
    return _ticks(view, AutomationKind.SCHEDULE, name, limit, before)


@router.get("/sensors/{name}/ticks")
def sensor_ticks(
    name: str, view: Annotated[View, Depends(view_of)], limit: Limit = 50, before: int | None = None
) -> dict[str, Any]:
    """Ticks of a sensor, the newest first; ``before`` is the last tick id of the page before."""
    return _ticks(view, AutomationKind.SENSOR, name, limit, before)


def _ticks(view: View, kind: AutomationKind, name: str, limit: int, before: int | None) -> dict[str, Any]:
    key = view.find(kind, name)
    if key is None:
        raise HTTPException(404, f"there is no {kind.value.lower()} {name!r}")
    return {"ticks": [tick_row(each) for each in view.instance.store.ticks(key, limit=limit, before_id=before)]}
