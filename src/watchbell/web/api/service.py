"""``/api/service``: whether the service is alive and keeps up, who asks, what code is loaded."""

from __future__ import annotations

from watchbell import __version__
from watchbell.record.evaluation import LocationError
from watchbell.web.caller import CallerOf
from watchbell.web.routing import api_router
from watchbell.web.shapes.service import LocationErrorShape, ServiceShape
from watchbell.web.view import ViewOf

router = api_router()


@router.get("/service")
def get_service(view: ViewOf, caller: CallerOf) -> ServiceShape:
    """Whether the service works and keeps up, what code is loaded, and who asks."""
    is_open = view.link.is_open
    return ServiceShape(
        state="working" if is_open else "stopped",
        text="the service works" if is_open else "no service works: nothing is started; `watchbell dev` starts one",
        since=None if is_open else view.link.lost_at,
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
