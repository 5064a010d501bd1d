"""``watchbell web``: the web server as a process of its own."""

from __future__ import annotations

import gc
import os
import socket
import threading
from collections.abc import Callable

import click

from watchbell.cli.code import open_instance
from watchbell.cli.dagster_flags import accepts_dagster_flags
from watchbell.cli.web_process import say
from watchbell.ground.parent_death import die_with_parent
from watchbell.ground.upward import call_upward

STDIN = 0


@click.command()
@click.option("-h", "--host", help="Address of the pages.  [default: 127.0.0.1]")
@click.option("-p", "--port", type=click.IntRange(0, 65535), help="Its port; 0: any free one.  [default: 3000]")
@click.option("--fd", type=int, hidden=True, help="A socket that listens already; ends when standard input does.")
@accepts_dagster_flags
def web(host: str | None, port: int | None, fd: int | None) -> None:
    """Serve the web pages and the HTTP API; `watchbell daemon` does the work, in a process of its own."""
    if fd is not None:
        die_with_parent(os.getppid())
    with open_instance() as instance:
        settings = instance.settings
        address = host or settings.web_host
        if fd is None:
            wanted = settings.web_port if port is None else port
            listening = call_upward("listening_socket", instance, address, wanted)
        else:
            listening = socket.socket(fileno=fd)
        server = call_upward("web_server", instance, listening, address)
        if fd is None:
            say(f"home: {instance.home}")
            say(f"page: {call_upward('page_at', listening, address)}   stop: Ctrl-C")
        else:
            _stop_with_input(server.stop)
        gc.collect()
        gc.freeze()  # the application stays: it need not be walked through again and again for what is garbage
        server.run()


def _stop_with_input(stop: Callable[[], None]) -> None:
    """Stops the server when standard input ends: its other end is the parent's."""

    def wait() -> None:
        while os.read(STDIN, 4096):
            pass
        stop()

    threading.Thread(target=wait, name="watchbell parent", daemon=True).start()
