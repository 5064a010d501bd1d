"""Messages between our own processes: frames over a socket, their content as JSON.

A frame is a header and a body. The header says how long the body is, what kind of frame it is and which evaluation
it belongs to, so that the host passes answers on without reading them. Bodies are written by ``ground/wire``: text that
can build registered values and nothing else.
"""

from __future__ import annotations

import select
import socket
import struct
from collections import deque
from enum import IntEnum

from watchbell.ground.errors import HostError
from watchbell.ground.value import dataclass
from watchbell.ground.wire import dumps, loads

BODY_BYTES_MAX = 256 * 1024 * 1024  # 50,000 run requests of 5 kB each
READ_BYTES = 256 * 1024
_HEADER = struct.Struct(">IBQ")


class FrameError(HostError):
    """The other side sent what is no frame, or one that is too long."""


class ConnectionEndedError(HostError):
    """The other side closed the connection, or died."""


class FrameKind(IntEnum):
    """What a frame's body is.

    VALUE: a wired value. ANSWER: the Answer to evaluation ``id``. READY, BEAT: empty. BLOCKED: who keeps all others of
    its process waiting. ERRAND: an Errand, ERRAND_ANSWER the answer to it; ``id`` tells who waits for it at this
    connection, and is another one on the next.
    """

    VALUE = 0
    ANSWER = 1
    READY = 2
    BEAT = 3
    BLOCKED = 4
    ERRAND = 5
    ERRAND_ANSWER = 6


@dataclass(frozen=True)
class Frame:
    """One message.

    Args:
        body: JSON text in UTF-8.
        kind: how to read it.
        id: the evaluation it belongs to; 0 if none.
    """

    body: bytes
    kind: FrameKind = FrameKind.VALUE
    id: int = 0

    @classmethod
    def of(cls, value: object, kind: FrameKind = FrameKind.VALUE, id: int = 0) -> Frame:
        """A frame that carries ``value``.

        Raises:
            WireError: it holds an object of a class that is not registered.
        """
        return cls(dumps(value).encode("utf-8", "surrogatepass"), kind, id)

    def value(self) -> object:
        """What the body carries.

        Raises:
            WireError: it is not JSON, or of an unknown kind.
        """
        return loads(self.body.decode("utf-8", "surrogatepass"))

    def check_length(self) -> None:
        """Refuses a body that is longer than ``BODY_BYTES_MAX``.

        Raises:
            FrameError: it is.
        """
        if len(self.body) > BODY_BYTES_MAX:
            raise FrameError(
                f"a message of {len(self.body):,} bytes is too long to be passed between processes; "
                f"at most {BODY_BYTES_MAX:,} are"
            )

    def encoded(self) -> bytes:
        """The frame as bytes.

        Raises:
            FrameError: the body is longer than ``BODY_BYTES_MAX``.
        """
        self.check_length()
        return _HEADER.pack(len(self.body), self.kind, self.id) + self.body


class FrameReader:
    """Cuts a stream of bytes into frames.

    The parts of a long frame are kept as they came and joined once, so that a large answer costs one copy.

    Args:
        body_bytes_max: what is longer is refused as soon as its header is there.
    """

    def __init__(self, body_bytes_max: int = BODY_BYTES_MAX) -> None:
        self._body_bytes_max = body_bytes_max
        self._parts: list[bytes] = []
        self._held = 0
        self._wanted = _HEADER.size

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that are complete now.

        Raises:
            FrameError: the stream holds no frame, or one that is too long; the stream cannot be used any further.
        """
        self._parts.append(data)
        self._held += len(data)
        if self._held < self._wanted:
            return []
        stream = b"".join(self._parts)
        frames, start = [], 0
        while len(stream) - start >= _HEADER.size:
            length, kind, number = _HEADER.unpack_from(stream, start)
            if length > self._body_bytes_max or kind > max(FrameKind):
                raise FrameError(f"a message of {length:,} bytes and kind {kind} is none that this program sends")
            end = start + _HEADER.size + length
            if len(stream) < end:
                self._wanted = end - start
                break
            frames.append(Frame(stream[start + _HEADER.size : end], FrameKind(kind), number))
            start = end
        else:
            self._wanted = _HEADER.size
        self._parts = [stream[start:]]
        self._held = len(stream) - start
        return frames


class Channel:
    """One end of a connection that never blocks: frames out are kept until the other side takes them.

    Args:
        sock: the connection.
        body_bytes_max: of what comes, the longest body that is taken.
    """

    def __init__(self, sock: socket.socket, body_bytes_max: int = BODY_BYTES_MAX) -> None:
        sock.setblocking(False)
        self.sock = sock
        self._reader = FrameReader(body_bytes_max)
        self._unsent: deque[memoryview] = deque()

    def fileno(self) -> int:
        """For ``select``."""
        return self.sock.fileno()

    @property
    def is_writing(self) -> bool:
        """Whether something waits for the other side to read on."""
        return bool(self._unsent)

    @property
    def unsent_bytes(self) -> int:
        """How much waits for the other side to read on."""
        return sum(len(each) for each in self._unsent)

    def send(self, frame: Frame) -> None:
        """Sends a frame, as far as that goes without waiting; call :meth:`flush` when the socket is writable.

        Raises:
            ConnectionEndedError: the other side is gone.
            FrameError: the frame is too long.
        """
        self._unsent.append(memoryview(frame.encoded()))
        if len(self._unsent) == 1:
            self.flush()

    def flush(self) -> None:
        """Sends what is kept, as far as that goes without waiting.

        Raises:
            ConnectionEndedError: the other side is gone.
        """
        while self._unsent:
            try:
                sent = self.sock.send(self._unsent[0])
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                raise ConnectionEndedError(f"the other process ended: {error}") from error
            if sent == len(self._unsent[0]):
                self._unsent.popleft()
            else:
                self._unsent[0] = self._unsent[0][sent:]

    def receive(self) -> list[Frame]:
        """The frames that have arrived by now; maybe none.

        Raises:
            ConnectionEndedError: the other side is gone.
            FrameError: what came is no frame.
        """
        try:
            data = self.sock.recv(READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return []
        except OSError as error:
            raise ConnectionEndedError(f"the other process ended: {error}") from error
        if not data:
            raise ConnectionEndedError("the other process closed the connection")
        return self._reader.feed(data)

    def wait_frames(self) -> list[Frame]:
        """Like :meth:`receive`, but waits until there is at least one frame."""
        while True:
            frames = self.receive()
            if frames:
                return frames
            _wait(self.sock, select.POLLIN)

    def wait_sent(self) -> None:
        """Waits until the other side has taken all."""
        while True:
            self.flush()
            if not self._unsent:
                return
            _wait(self.sock, select.POLLOUT)

    def close(self) -> None:
        """Ends the connection; may be called twice."""
        self.sock.close()


def _wait(sock: socket.socket, for_what: int) -> None:
    # Not select(): it refuses file descriptors from 1,024 on.
    poll = select.poll()
    poll.register(sock, for_what)
    poll.poll()
