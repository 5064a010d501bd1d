"""The web server: the application on a socket, with its link to the service, until it is told to end."""

from __future__ import annotations

import asyncio
import signal
import socket
from contextlib import AsyncExitStack
from time import monotonic

import uvicorn

from watchbell.instance import DagsterInstance
from watchbell.web.app import create_app
from watchbell.web.connection import Connection
from watchbell.web.exposure import LOCAL, Exposure, exposure_of
from watchbell.web.link import Link
from watchbell.web.live.hub import Hub
from watchbell.web.service_state import service_state
from watchbell.web.view import View

STOP_SECONDS = 3
"""Requests that go on have so long to be answered when the server ends."""


class _Server(uvicorn.Server):
    """A server that ends the live streams first, which would not end by themselves."""

    def __init__(self, config: uvicorn.Config, hub: Hub) -> None:
        super().__init__(config)
        self._hub = hub

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Takes no more requests, and lets those that go on end."""
        self._hub.end()
        await super().shutdown(sockets)


class WebServer:
    """Serves the application until it is stopped.

    Args:
        view: what it shows.
        listening: the socket to serve on; closed at the end.
        exposure: the names that are answered, and who needs a login.
    """

    def __init__(self, view: View, listening: socket.socket, exposure: Exposure = LOCAL) -> None:
        self._view = view
        hub = Hub(view, lambda: service_state(view.link).state)
        self._socket = listening
        config = uvicorn.Config(
            create_app(view, exposure=exposure, hub=hub, seconds=monotonic),
            log_config=None,
            access_log=False,
            lifespan="off",
            http=Connection,
            ws="none",
            server_header=False,
            proxy_headers=bool(exposure.proxies),
            forwarded_allow_ips=list(exposure.proxies),
            timeout_graceful_shutdown=STOP_SECONDS,
        )
        self._server = _Server(config, hub)

    def run(self) -> None:
        """Serves until :meth:`stop`; in the main thread also until SIGINT or SIGTERM."""
        try:
            asyncio.run(self._serve())
        finally:
            self._socket.close()

    def stop(self) -> None:
        """Ends it; from any thread, may be called twice, or before it runs."""
        self._server.should_exit = True

    async def _serve(self) -> None:
        async with AsyncExitStack() as ending:
            if isinstance(self._view.link, Link):
                await ending.enter_async_context(self._view.link)
            await self._server.serve(sockets=[self._socket])


def make_server(instance: DagsterInstance, listening: socket.socket, host: str) -> WebServer:
    """A server over an instance and the service that works on its home, whenever one does.

    Args:
        instance: what is remembered.
        listening: the socket.
        host: the address that it listens on.

    Raises:
        DagsterInvariantViolationError: others could reach the address, and nobody could log in.
    """
    exposure = exposure_of(instance.settings, host, instance.store.has_accounts(instance.clock.now()))
    for number in (signal.SIGINT, signal.SIGTERM):  # the server ends on them, and says them again when it has
        signal.signal(number, _ended)
    return WebServer(View(instance, Link(instance.home, instance.clock)), listening, exposure)


def _ended(number: int, frame: object) -> None:
    """The end in order was the answer to the signal already."""
