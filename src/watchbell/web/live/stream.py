"""Server-sent events: how news and log entries are written down for a browser's EventSource, or for curl."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from watchbell.record.event import EventLogEntry
from watchbell.record.query import EventQuery
from watchbell.web.live.feed import Feed
from watchbell.web.live.hub import Hub
from watchbell.web.live.news import Ids
from watchbell.web.live.position import LivePosition
from watchbell.web.shapes.shape import Shape
from watchbell.web.view import View

BEAT_SECONDS = 15.0
"""A stream says something at least so often."""
STREAM_SECONDS_MAX = 900.0
"""So long a stream lasts; its reader opens the next one, and shows who it is anew."""
RETRY_MILLISECONDS = 1_000
ENTRIES_AT_ONCE = 500
MEDIA_TYPE = "text/event-stream"


def event_text(name: str, data: Any, event_id: str | None = None) -> str:
    """One event; its data as JSON, which has no line ends."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    head = "" if event_id is None else f"id: {event_id}\n"
    return f"{head}event: {name}\ndata: {text}\n\n"


def stream_response(lines: AsyncIterator[str]) -> StreamingResponse:
    """The answer that sends these lines as they come; nothing between is to keep or pack them."""
    return StreamingResponse(
        lines, media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )


async def news_lines(
    hub: Hub, feed: Feed, *, beat_seconds: float = BEAT_SECONDS, stream_seconds: float = STREAM_SECONDS_MAX
) -> AsyncIterator[str]:
    """The events of a live stream.

    ``change`` says what changed, ``reset`` that nobody knows, ``beat`` that nothing did. Each carries the position
    to resume at.

    Args:
        hub: whose news these are.
        feed: this stream's.
        beat_seconds: see :data:`BEAT_SECONDS`.
        stream_seconds: see :data:`STREAM_SECONDS_MAX`.
    """
    yield f"retry: {RETRY_MILLISECONDS}\n\n"
    ends_at = hub.time() + stream_seconds
    wait_seconds = 0.0  # the first answer comes at once: what was missed, or that the stream is open
    while not feed.is_over and hub.time() < ends_at:
        told = await feed.take(wait_seconds)
        wait_seconds = beat_seconds
        if feed.is_over:
            return
        if told.is_reset:
            yield event_text("reset", {}, str(told.position))
        elif told.changes:
            yield _changes_text(told.changes, told.position)
        else:
            yield event_text("beat", {}, str(told.position))


def _changes_text(changes: dict[str, Ids], position: LivePosition) -> str:
    texts: list[str] = []
    topics: Sequence[str] = sorted(changes)
    for topic in topics:
        ids = changes[topic]
        # The position stands at the last of them: whoever loses the connection in between is told all of them again.
        event_id = str(position) if topic == topics[-1] else None
        texts.append(event_text("change", {"topic": topic, "ids": None if ids is None else sorted(ids)}, event_id))
    return "".join(texts)


async def entry_lines(
    hub: Hub, view: View, run_id: str, after_id: int, shown: Callable[[EventLogEntry], Shape]
) -> AsyncIterator[str]:
    """The events of a stream of a run's log: ``entry`` for each entry, ``beat``, and ``end`` when the run is over.

    Args:
        hub: says when there is something new.
        view: where the log is.
        run_id: whose.
        after_id: the last entry that the reader has.
        shown: an entry as the API tells it.
    """
    yield f"retry: {RETRY_MILLISECONDS}\n\n"
    async with hub.follow(frozenset({f"run:{run_id}"}), None) as feed:
        ends_at = hub.time() + STREAM_SECONDS_MAX
        while not feed.is_over and hub.time() < ends_at:
            # In this order: a run that is over before its log is read has written all of it.
            record = await asyncio.to_thread(view.store.run_record, run_id)
            query = EventQuery(run_id=run_id, after_id=after_id, limit=ENTRIES_AT_ONCE)
            found = await asyncio.to_thread(view.store.events, query)
            for entry in found:
                after_id = entry.storage_id or after_id
                yield event_text("entry", shown(entry).model_dump(mode="json"), str(after_id))
            if len(found) == ENTRIES_AT_ONCE:
                continue
            if record is None or record.dagster_run.is_finished:
                status = None if record is None else record.dagster_run.status.value
                yield event_text("end", {"status": status}, str(after_id))
                return
            if not (await feed.take(BEAT_SECONDS)).changes and not feed.is_over:
                yield event_text("beat", {}, str(after_id))


class NewsResponse(Response):
    """The answer that is a live stream.

    Args:
        hub: whose news these are.
        topics: what it follows.
        after: where it resumes; None: from now on.
    """

    def __init__(self, hub: Hub, topics: frozenset[str], after: LivePosition | None) -> None:
        super().__init__(media_type=MEDIA_TYPE)
        self._hub, self._topics, self._after = hub, topics, after

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends it; refused before anything is sent if there is no room or no store."""
        async with self._hub.follow(self._topics, self._after) as feed:
            await stream_response(news_lines(self._hub, feed))(scope, receive, send)
