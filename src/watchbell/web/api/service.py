"""``/api/service``: whether the service is alive and keeps up, who asks, what code is loaded."""

from __future__ import annotations

from watchbell import __version__
from watchbell.record.evaluation import LocationError
from watchbell.web.caller import CallerOf
from watchbell.web.home.attention import open_count
from watchbell.web.live.asking import HubOf
from watchbell.web.routing import api_router
from watchbell.web.service_state import service_state
from watchbell.web.shapes.service import LocationErrorShape, ServiceShape
from watchbell.web.view import ViewOf

router = api_router()


@router.get("/service")
def get_service(view: ViewOf, caller: CallerOf, hub: HubOf) -> ServiceShape:
    """Whether the service works and keeps up, what code is loaded, and who asks."""
    live = str(hub.position())  # before all else: what happens from here on is told by a stream that begins there
    state, facts = service_state(view.link), view.link.service()
    return ServiceShape(
        state=state.state,
        text=state.text,
        since=state.since,
        lag_seconds=state.lag_seconds,
        turn_at=state.turn_at,
        lease_epoch=None if facts is None or not view.link.is_open else facts.lease_epoch,
        attention=open_count(view, caller.owner),
        live=live,
        locations=[each.name for each in view.locations()],
        errors=[error_shape(each) for each in view.errors()],
        caller=caller.name,
        role=caller.role.value,
        has_login=caller.how == "session",
        version=__version__,
        at=view.now(),
    )


def error_shape(error: LocationError) -> LocationErrorShape:
    """A load error as the API tells it."""
    return LocationErrorShape(
        location=error.location_name,
        message=error.message,
        file=error.file,
        line=error.line,
        details=error.details,
        older_goes_on=error.older_goes_on,
        at=error.at,
    )
