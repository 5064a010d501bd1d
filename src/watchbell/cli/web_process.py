"""The web server beside a service: a child process that is started again when it ends, and ends with its parent."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import click

from watchbell.ground.shown import harmless
from watchbell.host.process import signal_name

PAUSE_SECONDS_MIN, PAUSE_SECONDS_MAX = 0.2, 30.0
STEADY_SECONDS = 30.0  # one that lived so long is started again without delay
END_SECONDS = 6.0  # one that has been told to end gets so long before it is killed


class WebProcess:
    """See the module.

    Args:
        listening: the socket that it serves; stays open here, so that who connects waits while it is started again.
        host: the address as it was given.
        address: that of the page, with scheme and port.
        home: the home folder.
    """

    def __init__(self, listening: socket.socket, host: str, address: str, home: Path) -> None:
        self._socket = listening
        self._host = host
        self.address = address
        self._home = home
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        # One thread from the first to the last: where a process ends with its parent, that is the thread it came from.
        self._thread = threading.Thread(target=self._keep, name="watchbell web", daemon=True)

    def start(self) -> None:
        """Starts it; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Ends it in order, or else by force; may be called twice, or unstarted."""
        self._over.set()
        with self._lock:
            process = self._process
        if process is not None:
            _close_input(process)
        if self._thread.is_alive():
            self._thread.join(END_SECONDS)
        with self._lock:
            process = self._process
        if process is not None:
            with suppress(ProcessLookupError):
                process.kill()
            self._thread.join(END_SECONDS)
        self._socket.close()

    def _keep(self) -> None:
        pause_seconds = PAUSE_SECONDS_MIN
        while not self._over.is_set():
            began_at = time.monotonic()
            how = self._live()
            if self._over.is_set():
                return
            if time.monotonic() - began_at > STEADY_SECONDS:
                pause_seconds = PAUSE_SECONDS_MIN
            say(f"the web server {how}; it is started again, schedules and runs go on meanwhile", "red")
            self._over.wait(pause_seconds)
            pause_seconds = min(pause_seconds * 2, PAUSE_SECONDS_MAX)

    def _live(self) -> str:
        """Starts it and waits for its end; returns how it ended, in words."""
        try:
            process = self._start()
        except OSError as error:
            return f"could not be started: {error}"
        with self._lock:
            self._process = process
        if self._over.is_set():  # told so between the two
            _close_input(process)
        code = process.wait()
        _close_input(process)
        with self._lock:
            self._process = None
        return f"was ended by {signal_name(-code)}" if code < 0 else f"ended with exit code {code}"

    def _start(self) -> subprocess.Popen[bytes]:
        fd = self._socket.fileno()
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "watchbell", "web", "--host", self._host, "--fd", str(fd)],
            stdin=subprocess.PIPE,
            stdout=sys.stderr.fileno(),
            pass_fds=[fd],
            env={**os.environ, "WATCHBELL_HOME": str(self._home)},
            start_new_session=True,  # Ctrl-C in a terminal is for the service, which then ends this in order
        )


def _close_input(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    with suppress(OSError):
        process.stdin.close()


def say(text: str, colour: str | None = None) -> None:
    """Prints a line for people."""
    click.secho(harmless(text), fg=colour, err=True)
