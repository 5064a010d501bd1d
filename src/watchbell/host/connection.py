"""A host process, seen from the service: started, spoken to, and missed when it ends.

Each connection has one thread, which reads what the host says and sees its end. Sending never waits: what the host does
not take at once is sent by that thread.
"""

from __future__ import annotations

import os
import selectors
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from watchbell.ground.channel import Channel, ConnectionEndedError, Frame, FrameError
from watchbell.host.messages import HostConfig
from watchbell.host.process import signal_name

END_SECONDS_MAX = 5.0  # a host that has been told to end gets so long before it is killed
LOOK_SECONDS = 60.0  # so often a silent host is asked about; a stuck one cannot tell
STDERR_TAIL_BYTES = 8_000
STDERR_READ_BYTES = 65_536
HOME_VARIABLE = "WATCHBELL_HOME"


class ConnectionOwner(Protocol):
    """Whom a connection tells; called from its thread."""

    def received(self, connection: HostConnection, frame: Frame) -> None:
        """The host said something."""

    def is_stuck(self, connection: HostConnection, silent_seconds: float) -> bool:
        """Whether a host that has said nothing for so long ought to have."""

    def ended(self, connection: HostConnection) -> None:
        """The host process is over; :attr:`HostConnection.end` says how."""


class HostConnection:
    """See the module. The process starts at once.

    Args:
        config: what the host is to do.
        owner: whom to tell.

    Raises:
        OSError: the process could not be started.
    """

    def __init__(self, config: HostConfig, owner: ConnectionOwner) -> None:
        self._owner = owner
        self._lock = threading.Lock()
        self._is_closing = False
        self._heard_at = time.monotonic()
        self._stderr_tail = bytearray()
        ours, theirs = socket.socketpair()
        self._wake_out, self._wake_in = socket.socketpair()
        try:
            self._process = _start_process(config, theirs)
        except OSError:
            for each in (ours, self._wake_out, self._wake_in):
                each.close()
            raise
        finally:
            theirs.close()
        self._channel = Channel(ours)
        self._wake_out.setblocking(False)
        self._wake_in.setblocking(False)
        self.send(Frame.of(config))
        self._thread = threading.Thread(target=self._run, name=f"host {config.target.location_name}", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int:
        """The host's process id."""
        return self._process.pid

    @property
    def stderr_tail(self) -> str:
        """The end of what the host wrote to standard error."""
        return bytes(self._stderr_tail).decode("utf-8", "replace").strip()

    @property
    def end(self) -> str:
        """How the process ended, as the end of a sentence; meaningful once ``ended`` was told."""
        code = self._process.returncode
        if code is None:
            return "still runs"
        return f"was ended by {signal_name(-code)}" if code < 0 else f"ended with exit code {code}"

    def send(self, frame: Frame) -> None:
        """Sends a frame without waiting; to a host that is gone nothing is sent, its end is told."""
        with self._lock, suppress(ConnectionEndedError):
            self._channel.send(frame)
            must_wake = self._channel.is_writing
        if must_wake:
            self._wake()

    def close(self) -> None:
        """Lets the host end: it kills its evaluators, run workers go on. May be called twice."""
        self._is_closing = True
        self._wake()

    def kill(self) -> None:
        """Ends the host at once."""
        with suppress(ProcessLookupError):
            self._process.kill()

    def join(self, seconds: float) -> None:
        """Waits until the host is over and its end was told."""
        if self._thread is not threading.current_thread():
            self._thread.join(seconds)

    def _wake(self) -> None:
        with suppress(OSError):  # full: it is awake anyway; closed: it is over
            self._wake_in.send(b"w")

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._channel.sock, selectors.EVENT_READ)
            selector.register(self._wake_out, selectors.EVENT_READ)
            assert self._process.stderr is not None
            selector.register(self._process.stderr, selectors.EVENT_READ)
            with suppress(ConnectionEndedError, FrameError):
                while not self._is_closing:
                    self._serve(selector)
        self._finish()

    def _serve(self, selector: selectors.BaseSelector) -> None:
        ready = selector.select(LOOK_SECONDS)
        if not ready and self._owner.is_stuck(self, time.monotonic() - self._heard_at):
            self.kill()
        for key, events in ready:
            if key.fileobj is self._wake_out:
                with suppress(BlockingIOError):
                    self._wake_out.recv(4096)
            elif key.fileobj is self._process.stderr:
                if not self._take_stderr():
                    selector.unregister(self._process.stderr)
            else:
                if events & selectors.EVENT_WRITE:
                    with self._lock:
                        self._channel.flush()
                if events & selectors.EVENT_READ:
                    self._heard_at = time.monotonic()
                    for frame in self._channel.receive():
                        self._owner.received(self, frame)
        with self._lock:
            writing = self._channel.is_writing
        selector.modify(self._channel.sock, selectors.EVENT_READ | (selectors.EVENT_WRITE if writing else 0))

    def _take_stderr(self) -> bool:
        assert self._process.stderr is not None
        data = os.read(self._process.stderr.fileno(), STDERR_READ_BYTES)
        self._stderr_tail += data
        del self._stderr_tail[:-STDERR_TAIL_BYTES]
        if data:
            with suppress(OSError, ValueError):  # nobody may be there to read it
                sys.stderr.write(data.decode("utf-8", "replace"))
                sys.stderr.flush()
        return bool(data)

    def _finish(self) -> None:
        with self._lock:
            self._channel.close()
        try:
            self._process.wait(END_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        stderr = self._process.stderr
        assert stderr is not None
        os.set_blocking(stderr.fileno(), False)  # an evaluator or worker may hold its other end
        with suppress(BlockingIOError):
            while self._take_stderr():
                pass
        stderr.close()
        self._wake_in.close()
        self._wake_out.close()
        self._owner.ended(self)


def _start_process(config: HostConfig, theirs: socket.socket) -> subprocess.Popen[bytes]:
    target = config.target
    return subprocess.Popen(
        # -P: a file of the user's called like a library must not be imported instead of it by the host itself.
        [target.executable or sys.executable, "-P", "-m", "watchbell.host.main", "--fd", str(theirs.fileno())],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        pass_fds=[theirs.fileno()],
        cwd=target.working_directory if Path(target.working_directory).is_dir() else None,
        env=_environment(os.environ, config.home),
        # Ctrl-C in a terminal is for the service, which then ends the host in order.
        start_new_session=True,
    )


def _environment(given: Mapping[str, str], home: str) -> dict[str, str]:
    return {**given, HOME_VARIABLE: home}
