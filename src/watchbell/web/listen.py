"""The socket of the web server: opened before anything else is, so that a taken port is told first.

Nothing here loads the web framework: ``watchbell dev`` opens the socket and hands it to the process that serves.
"""

from __future__ import annotations

import socket

from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.home import page_address
from watchbell.instance import DagsterInstance
from watchbell.web.exposure import exposure_of

BACKLOG = 128


def listening_socket(instance: DagsterInstance, host: str, port: int) -> socket.socket:
    """A socket that listens; who connects waits until somebody serves.

    Args:
        instance: whose pages these are; it knows whether somebody could log in.
        host: the address.
        port: its port; 0 takes any free one.

    Raises:
        DagsterInvariantViolationError: others could reach the address and nobody could log in, or the port is taken.
    """
    exposure_of(instance.settings, host, instance.store.has_accounts(instance.clock.now()))
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen(BACKLOG)
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


def address_of(listening: socket.socket, host: str) -> str:
    """The address of the page that is served at a socket.

    Args:
        listening: the socket.
        host: the address as it was given.
    """
    return page_address(host, int(listening.getsockname()[1]))
