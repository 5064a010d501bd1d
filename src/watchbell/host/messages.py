"""Messages between service, host and evaluators: frames over a socket pair, their content as JSON.

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
from watchbell.ground.wire import dumps, loads, wired
from watchbell.host.targets import CodeTarget
from watchbell.record.evaluation import Answer, Evaluation, LocationError, OtherAssets
from watchbell.record.run import RunWorker
from watchbell.record.snapshot import LocationSnapshot

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
    its process waiting, a :class:`Blocked`.
    """

    VALUE = 0
    ANSWER = 1
    READY = 2
    BEAT = 3
    BLOCKED = 4


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
    """

    def __init__(self) -> None:
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
            if length > BODY_BYTES_MAX or kind > max(FrameKind):
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
    """One end of a connection that never blocks: frames out are kept until the other side takes them."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self.sock = sock
        self._reader = FrameReader()
        self._unsent: deque[memoryview] = deque()

    def fileno(self) -> int:
        """For ``select``."""
        return self.sock.fileno()

    @property
    def is_writing(self) -> bool:
        """Whether something waits for the other side to read on."""
        return bool(self._unsent)

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


# ------------------------------------------------ values that only these processes exchange


@wired("host_config")
@dataclass(frozen=True)
class HostConfig:
    """What a host is told first.

    Args:
        target: the code to load.
        home: folder of the instance; run output goes below it.
        max_evaluators: evaluation processes at once (count, >= 1).
        process_start: ``"auto"``, ``"fork"`` or ``"spawn"``.
        load_timeout_seconds: after this, loading is given up and the host ends.
    """

    target: CodeTarget
    home: str
    max_evaluators: int = 64
    process_start: str = "auto"
    load_timeout_seconds: float = 180.0


@wired("host_loaded")
@dataclass(frozen=True)
class Loaded:
    """The code is loaded.

    Args:
        snapshot: what it defines.
    """

    snapshot: LocationSnapshot


@wired("host_load_failed")
@dataclass(frozen=True)
class LoadFailed:
    """The code cannot be loaded.

    Args:
        error: why.
        watched_files: files whose change may mend it.
    """

    error: LocationError
    watched_files: tuple[str, ...] = ()


@wired("host_worker_started")
@dataclass(frozen=True)
class WorkerStarted:
    """A run has its process.

    Args:
        run_id: the run.
        attempt: the attempt it was started for.
        worker: the process.
    """

    run_id: str
    attempt: int
    worker: RunWorker


@wired("host_blocked")
@dataclass(frozen=True)
class Blocked:
    """An evaluation that does not give way to the others of its process.

    Args:
        evaluation_id: which; 0: not known.
        seconds: for how long so far.
        place: the function and the line it is at, for people.
        stack: lines of the stack, outermost first.
        ignores_cancelling: whether it gives way, but goes on although it was cancelled.
    """

    evaluation_id: int
    seconds: float
    place: str
    stack: tuple[str, ...] = ()
    ignores_cancelling: bool = False


@wired("host_left_out")
@dataclass(frozen=True)
class LeftOut:
    """A root that the others do not wait for: its condition ended the process that evaluated it, or took long.

    Args:
        number: what stands for it (``condition_evaluator.root_mark``).
        seconds: until it is evaluated again.
        reason: how its process ended.
        is_slow: whether it only took long.
    """

    number: int
    seconds: float
    reason: str
    is_slow: bool = False


@wired("host_condition_question")
@dataclass(frozen=True)
class ConditionQuestion:
    """An evaluation of a condition sensor, and what it leaves out.

    Args:
        evaluation: the question.
        left_out: the roots that are not evaluated now.
        found: what came of evaluations of such roots by themselves, which this one takes in.
        alone: the only root that is evaluated; 0: all are.
        others: with ``alone``, what is known of the assets of other locations.
    """

    evaluation: Evaluation
    left_out: tuple[LeftOut, ...] = ()
    found: tuple[Answer, ...] = ()
    alone: int = 0
    others: tuple[OtherAssets, ...] = ()


@wired("host_found_alone")
@dataclass(frozen=True)
class FoundAlone:
    """What came of the evaluation of one root by itself.

    Args:
        answer: what changes: states, evaluations, and in the cursor what it asks for.
        seconds: how long it took.
    """

    answer: Answer
    seconds: float


@wired("child_config")
@dataclass(frozen=True)
class ChildConfig:
    """What a spawned evaluator or run worker is told on its command line.

    Args:
        host: the host's own config.
        role: ``"evaluator"``, ``"async_evaluator"``, ``"condition_evaluator"`` or ``"worker"``.
        fd: the evaluator's end of its connection; -1 for a worker.
        mark_fd: where an evaluator of async functions, or of conditions, writes whose turn it is.
        run_id: the worker's run.
        attempt: the attempt it belongs to.
    """

    host: HostConfig
    role: str
    fd: int = -1
    mark_fd: int = -1
    run_id: str = ""
    attempt: int = 0
