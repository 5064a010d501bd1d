"""``/api/live``: what changes, as it changes; ``/api/runs/{id}/events/stream``: a run's log as it is written."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Header, Query
from starlette.responses import Response

from watchbell.web.live.asking import HubOf
from watchbell.web.live.position import position_of
from watchbell.web.live.stream import MEDIA_TYPE, NewsResponse, entry_lines, stream_response
from watchbell.web.live.topics import TOPICS, TOPICS_MAX, check_topics
from watchbell.web.problem import Problem
from watchbell.web.routing import api_router
from watchbell.web.runs.finding import found_run
from watchbell.web.runs.log import event_shape
from watchbell.web.view import ViewOf

router = api_router()

STREAM: dict[int | str, dict[str, Any]] = {
    200: {"description": "server-sent events, as they come", "content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}
}
ABOUT = "; ".join(
    f"`{each.name}{f':<{each.parameter}>' if each.parameter else ''}`: {each.about}" for each in TOPICS.values()
)
After = Annotated[str | None, Query(max_length=400, description="resume after this position (an event's id)")]
LastEventId = Annotated[str | None, Header(max_length=400, description="the same, as browsers send it")]


@router.get("/live", responses=STREAM, response_class=Response, openapi_extra={"x-stream": True})
async def follow_changes(
    hub: HubOf,
    topic: Annotated[list[str], Query(min_length=1, max_length=TOPICS_MAX, description=ABOUT)],
    after: After = None,
    last_event_id: LastEventId = None,
) -> Response:
    """What changes, as it changes: server-sent events.

    `change` has `{"topic", "ids"}`: what changed; `ids` null: anything may have. `reset`: too much happened since the
    position to resume after, so ask for everything anew. `beat`: nothing happened. Each event's id is the position to
    resume after, here or at another server of the same home.
    """
    topics = check_topics(topic)
    text = last_event_id or after
    position = None
    if text is not None:
        position = position_of(text)
        if position is None:
            raise Problem(422, "invalid-request", f"{text[:100]!r} is no position that such a stream gave out")
    return NewsResponse(hub, topics, position)


@router.get("/runs/{run_id}/events/stream", responses=STREAM, response_class=Response, openapi_extra={"x-stream": True})
async def stream_run_events(
    run_id: str, view: ViewOf, hub: HubOf, after: After = None, last_event_id: LastEventId = None
) -> Response:
    """The log of a run, as it is written: server-sent events.

    `entry` has an entry, whose number is the event's id and what a reader resumes after; `end` comes when the run is
    over, after its last entry; `beat` says that nothing happened.
    """
    found_run(view, run_id)
    text = last_event_id or after or "0"
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Problem(422, "invalid-request", f"{text[:100]!r} is no number of an entry")
    return stream_response(entry_lines(hub, view, run_id, int(text), event_shape))
