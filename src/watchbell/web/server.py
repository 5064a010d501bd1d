"""The web server: the application in a thread of the service process."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence

import uvicorn

from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.instance import DagsterInstance
from watchbell.record.evaluation import LocationError
from watchbell.record.snapshot import LocationSnapshot
from watchbell.web.app import create_app
from watchbell.web.exposure import exposure_of
from watchbell.web.link import StillLink
from watchbell.web.view import View

STOP_SECONDS = 5.0


class WebServer:
    """Serves the application until it is stopped.

    Args:
        view: what it shows.
        host: the address to listen on; beyond this machine only where somebody could log in.
        port: its port; 0 takes any free one.

    Raises:
        DagsterInvariantViolationError: others could reach it and nobody could log in, or the port is taken.
    """

    def __init__(self, view: View, host: str, port: int) -> None:
        instance = view.instance
        exposure = exposure_of(instance.settings, host, instance.store.has_accounts(instance.clock.now()))
        self._socket = _bound(host, port)
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{self.port}"
        config = uvicorn.Config(
            create_app(view, exposure=exposure),
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            server_header=False,
            # Who says where a request comes from is believed if a setting says so, not because it is on this machine.
            proxy_headers=bool(exposure.proxies),
            forwarded_allow_ips=list(exposure.proxies),
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, name="watchbell-web", daemon=True)

    def start(self) -> None:
        """Begins to answer; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Ends it; may be called twice, or unstarted."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)
        self._socket.close()

    def _serve(self) -> None:
        self._server.run(sockets=[self._socket])


def make_server(
    instance: DagsterInstance,
    locations: Callable[[], Sequence[LocationSnapshot]],
    errors: Callable[[], Sequence[LocationError]],
    host: str,
    port: int,
) -> WebServer:
    """A server over an instance and the definitions in use; raises as :class:`WebServer`."""
    return WebServer(View(instance, StillLink(locations(), errors())), host, port)


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen(128)
    except OverflowError as error:
        bound.close()
        raise DagsterInvariantViolationError(
            f"the web server cannot listen on port {port}: ports are numbers from 1 to 65535, and 0 takes any free one"
        ) from error
    except OSError as error:
        bound.close()
        raise DagsterInvariantViolationError(
            f"the web server cannot listen on {host}:{port}: {error.strerror}; give another port (--port 3001, or 0 "
            "for any free one)"
        ) from error
    return bound
