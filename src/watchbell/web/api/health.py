"""``/api/health``: whether the service works."""

from __future__ import annotations

from fastapi import Request, Response

from watchbell.ground.errors import StoreError
from watchbell.web.caller import maybe_caller
from watchbell.web.routing import api_router
from watchbell.web.shapes.service import HealthShape
from watchbell.web.view import ViewOf

router = api_router()


@router.get("/health", responses={503: {"model": HealthShape, "description": "something is wrong"}})
def get_health(request: Request, response: Response, view: ViewOf) -> HealthShape:
    """200 if the database answers and all code is loaded, else 503 with what is wrong; that only for who is known."""
    wrong = [f"{error.location_name}: {error.message}" for error in view.errors()]
    if not wrong and not view.locations():
        wrong.append("no code is loaded yet")
    lease = None
    try:
        lease = view.instance.store.lease("daemon")
    except StoreError as error:
        wrong.append(f"the database cannot be read ({type(error).__name__})")
    if lease is None or lease.expires_at <= view.now():
        wrong.append("no daemon holds the lease; schedules and sensors stand still")
    response.status_code = 503 if wrong else 200
    if maybe_caller(request) is None:
        return HealthShape(healthy=not wrong, problems=[], locations=[])
    return HealthShape(healthy=not wrong, problems=wrong, locations=[location.name for location in view.locations()])
