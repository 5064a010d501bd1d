"""What the host holds of an evaluator process: the process, the connection to it, the end of what it writes.

Both kinds of pools have evaluators through it; it takes no decisions.
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
from collections.abc import Callable, Sequence
from dataclasses import field

from watchbell.ground.channel import Channel, ConnectionEndedError, Frame, FrameError
from watchbell.ground.errors import HostError
from watchbell.ground.value import dataclass
from watchbell.host.children import STACK_SIGNAL, Child
from watchbell.host.process import resident_bytes, send_signal

OUTPUT_TAIL_BYTES = 8_000
OUTPUT_READ_BYTES = 65_536


@dataclass(eq=False)
class EvaluatorLink:
    """See the module.

    Args:
        child: the process.
        channel: the connection to it.
        output_fd: what user code prints comes out here; -1 when it is closed.
        selector: where both are registered.
        base_bytes: its memory before it did anything.
        output: the end of what was printed.
    """

    child: Child
    channel: Channel
    output_fd: int
    selector: selectors.BaseSelector
    base_bytes: int = 0
    output: bytearray = field(default_factory=bytearray)

    @staticmethod
    def begin(
        start: Callable[[socket.socket, int, Sequence[int]], Child], selector: selectors.BaseSelector
    ) -> EvaluatorLink:
        """Starts a process.

        Args:
            start: is given the process's ends of connection and output, and ours, which it must not hold.
            selector: the host's.

        Raises:
            OSError: it could not be started.
        """
        ours, theirs = socket.socketpair()
        read_fd, write_fd = os.pipe()
        try:
            child = start(theirs, write_fd, (ours.fileno(), read_fd))
        except OSError:
            ours.close()
            os.close(read_fd)
            raise
        finally:
            theirs.close()
            os.close(write_fd)
        os.set_blocking(read_fd, False)
        return EvaluatorLink(child, Channel(ours), read_fd, selector)

    def listen(
        self, on_frame: Callable[[Frame], None], on_closed: Callable[[], None], on_garbage: Callable[[FrameError], None]
    ) -> None:
        """Reads what comes, from now on.

        Args:
            on_frame: takes each message.
            on_closed: the process closed its connection; it may live on, in a thread or an exit handler.
            on_garbage: it sent what is no message.
        """

        def on_channel(events: int) -> None:
            try:
                if events & selectors.EVENT_WRITE:
                    self.channel.flush()
                    self._follow_writes()
                frames = self.channel.receive() if events & selectors.EVENT_READ else []
            except ConnectionEndedError:
                self.selector.unregister(self.channel.sock)
                on_closed()
                return
            except FrameError as error:
                on_garbage(error)
                return
            for frame in frames:
                on_frame(frame)

        self.selector.register(self.channel.sock, selectors.EVENT_READ, on_channel)
        self.selector.register(self.output_fd, selectors.EVENT_READ, lambda _: self._on_output())

    def send(self, frame: Frame) -> None:
        """Sends a message; if the process has just died, its end is reported, and answers what there is to answer."""
        try:
            self.channel.send(frame)
        except ConnectionEndedError:
            return
        self._follow_writes()

    def measure(self) -> None:
        """Takes the memory it holds now for what it holds by itself."""
        self.base_bytes = resident_bytes(self.child.pid)

    @property
    def held_bytes(self) -> int:
        """The memory it holds beyond that."""
        return resident_bytes(self.child.pid) - self.base_bytes

    @property
    def output_text(self) -> str:
        """The end of what it wrote."""
        return self.output.decode("utf-8", "replace")

    def ask_for_stack(self) -> None:
        """Has it write down where it is, after what it has written is forgotten."""
        self.output.clear()
        if STACK_SIGNAL is not None:
            send_signal(self.child.pid, STACK_SIGNAL)

    def kill(self) -> None:
        """Ends it, and what it started."""
        send_signal(self.child.pid, signal.SIGKILL, group=True)

    def drain(self, on_frame: Callable[[Frame], object]) -> None:
        """Takes what a process wrote before it ended: an answer that was complete counts."""
        try:
            while frames := self.channel.receive():
                for frame in frames:
                    on_frame(frame)
        except HostError:
            pass  # the end of what there is
        try:
            while data := os.read(self.output_fd, OUTPUT_READ_BYTES):
                self.output += data
        except OSError:
            pass  # a process it started holds the pipe; what there was is here
        del self.output[:-OUTPUT_TAIL_BYTES]

    def close(self) -> None:
        """Closes the connection, which ends a process without work; may be called twice."""
        for held in (self.channel.sock, self.output_fd):
            try:
                self.selector.unregister(held)
            except (KeyError, ValueError):
                pass  # it came to its end before
        self.channel.close()
        if self.output_fd >= 0:
            os.close(self.output_fd)
            self.output_fd = -1

    def _follow_writes(self) -> None:
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if self.channel.is_writing else 0)
        key = self.selector.get_key(self.channel.sock)
        if key.events != events:
            self.selector.modify(self.channel.sock, events, key.data)

    def _on_output(self) -> None:
        try:
            data = os.read(self.output_fd, OUTPUT_READ_BYTES)
        except BlockingIOError:
            return
        if not data:
            self.selector.unregister(self.output_fd)
            return
        self.output += data
        del self.output[:-OUTPUT_TAIL_BYTES]
