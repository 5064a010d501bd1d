"""``/api/home``: what needs attention, and the timeline."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from watchbell.web.caller import CallerOf
from watchbell.web.home.attention import attention_of
from watchbell.web.home.lanes import LanesBy
from watchbell.web.home.marks import marks_between
from watchbell.web.home.timeline import timeline_of
from watchbell.web.problem import Problem
from watchbell.web.routing import api_router
from watchbell.web.shapes.home import Attention, HomePage, Timeline, TimelineMarks
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

By = Annotated[LanesBy, Query(description="what a lane is")]
LanesMax = Annotated[int, Query(ge=1, le=1_000, description="most lanes that are told")]


@router.get("/home")
def get_home(
    view: ViewOf,
    caller: CallerOf,
    hours: Hours = None,
    end: End = None,
    lanes: By = "job",
    lanes_max: LanesMax = 25,
) -> HomePage:
    """What needs attention, what ran, and what is to run."""
    return HomePage(
        attention=attention_of(view, caller.owner), timeline=timeline_of(view, hours, end, lanes, lanes_max)
    )


@router.get("/attention")
def get_attention(view: ViewOf, caller: CallerOf) -> Attention:
    """What needs attention; what is snoozed comes last, with the time until which it is."""
    return attention_of(view, caller.owner)


@router.get("/timeline")
def get_timeline(
    view: ViewOf, hours: Hours = None, end: End = None, lanes: By = "job", lanes_max: LanesMax = 25
) -> Timeline:
    """What ran in a stretch of time, and at which times schedules are to tick in it."""
    return timeline_of(view, hours, end, lanes, lanes_max)


@router.get("/timeline/marks")
def list_marks(
    view: ViewOf,
    start: Annotated[Moment, Query(description="from here on")],
    end: Annotated[Moment, Query(description="up to here; that instant is not part of it")],
    lanes: By = "job",
    lane: Annotated[
        str | None, Query(max_length=2_000, description="name of the lane; without it, all of them")
    ] = None,
    location: Annotated[str | None, Query(max_length=2_000, description="the lane's code location")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="most runs, and most times to come")] = 50,
) -> TimelineMarks:
    """What marks of the timeline stand for: runs that were stored in a stretch of time, times to come in it."""
    if end <= start:
        raise Problem(422, "wrong-stretch", f"`end` ({end.isoformat()}) is not after `start` ({start.isoformat()})")
    return marks_between(view, start, end, by=lanes, lane=None if lane is None else (lane, location), most=limit)
