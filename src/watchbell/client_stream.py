"""Streams that go on where they broke off: when the connection is lost, the server starts anew, or ends one of age."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from watchbell.client_http import ApiError, Http, StreamEvent

SILENCE_SECONDS = 45.0
"""The server says something every fifteen; one that is silent for so long is gone."""
PAUSE_SECONDS = 0.5
PATIENCE_SECONDS = 120.0
"""For so long a server may be away before who follows it is told (a new version of it is started meanwhile)."""
PASSING = frozenset({0, 502, 503, 504})
"""Statuses of what passes: nobody answers, or the server has no room or no store at the moment."""


def resumed(
    http: Http, path: str, query: Mapping[str, Any], after: str | None, patience_seconds: float = PATIENCE_SECONDS
) -> Iterator[StreamEvent]:
    """The events of a stream for ever, each once, whatever becomes of the connection.

    Args:
        http: asks the server.
        path: the stream's address.
        query: what is asked for.
        after: the position to begin after; None: now.
        patience_seconds: so long the server may be away.

    Raises:
        ApiError: it was refused, or the server was away for longer.
    """
    lost_since: float | None = None
    while True:
        try:
            for event in http.stream(path, {**query, "after": after}, SILENCE_SECONDS):
                after, lost_since = event.event_id or after, None
                yield event
        except ApiError as error:
            now = time.monotonic()
            lost_since = now if lost_since is None else lost_since
            if error.status not in PASSING or now - lost_since >= patience_seconds:
                raise
        time.sleep(PAUSE_SECONDS)
