"""A connection of the web server: one that sends nothing whole is ended."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

HEADER_SECONDS_MAX = 20.0
"""How long the head of a request may take to arrive, give or take as much."""

# What it warns of anybody could cause who connects, and so fill the log.
logging.getLogger("uvicorn.error").setLevel(logging.ERROR)


class Connection(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, which would wait for the rest of a head for ever."""

    seconds_max = HEADER_SECONDS_MAX
    _before: RequestResponseCycle | None = None
    _looking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begins to wait for the first request."""
        super().connection_made(transport)
        self._look_later()

    def connection_lost(self, exc: Exception | None) -> None:
        """Waits no more."""
        if self._looking is not None:
            self._looking.cancel()
        super().connection_lost(exc)

    def _look_later(self) -> None:
        self._before = self.cycle
        self._looking = self.loop.call_later(self.seconds_max, self._look)

    def _look(self) -> None:
        """Ends the connection if no request came since the last look, and none is being answered."""
        is_answered = self.cycle is None or self.cycle.response_complete
        if self.cycle is self._before and is_answered:
            self.transport.close()
        else:
            self._look_later()
