"""``/api/home``: what needs attention, and the timeline."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from watchbell.web.caller import CallerOf
from watchbell.web.home.attention import attention_of
from watchbell.web.home.timeline import timeline_of
from watchbell.web.routing import api_router
from watchbell.web.shapes.home import Attention, HomePage, Timeline
from watchbell.web.shapes.shape import Moment
from watchbell.web.view import ViewOf

router = api_router()

Hours = Annotated[
    float | None,
    Query(
        ge=0.25, le=168, description="length of the timeline's window; without it, so long that the last 20 runs fit"
    ),
]
End = Annotated[Moment | None, Query(description="where the window ends; without it, a little in the future")]


@router.get("/home")
def get_home(view: ViewOf, caller: CallerOf, hours: Hours = None, end: End = None) -> HomePage:
    """What needs attention, what ran, and what is to run."""
    return HomePage(attention=attention_of(view, caller.owner), timeline=timeline_of(view, hours, end))


@router.get("/attention")
def get_attention(view: ViewOf, caller: CallerOf) -> Attention:
    """What needs attention; what is snoozed comes last, with the time until which it is."""
    return attention_of(view, caller.owner)


@router.get("/timeline")
def get_timeline(view: ViewOf, hours: Hours = None, end: End = None) -> Timeline:
    """What ran in a stretch of time, and at which times schedules are to tick in it."""
    return timeline_of(view, hours, end)
