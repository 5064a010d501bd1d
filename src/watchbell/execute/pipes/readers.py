"""How messages of an external process come back: from files, and from several places at once."""

from __future__ import annotations

import json
import sys
import tempfile
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol, TypedDict

from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell_pipes import PipesDefaultMessageWriter, PipesMessage, PipesOpenedData, PipesParams

LOOK_SECONDS = 0.05  # how long a message may lie in the file before it is read
JOIN_SECONDS = 60.0


class PipesLaunchedData(TypedDict):
    """What is known once the external process was started, for message readers that need it.

    Args:
        extras: facts, such as the id of a job in another system.

    Example:
        >>> PipesLaunchedData(extras={"job_id": "17"})["extras"]
        {'job_id': '17'}
    """

    extras: Mapping[str, Any]


class TakesMessages(Protocol):
    """Whom a reader gives messages to: :class:`~watchbell.PipesMessageHandler`."""

    def handle_message(self, message: PipesMessage) -> None:
        """Takes one message; never raises for what is in it."""


class PipesMessageReader(ABC):
    """Reads what an external process sends. Base class of those below, and of your own.

    Example:
        >>> class Nothing(PipesMessageReader):
        ...     def read_messages(self, handler): ...
        ...     def no_messages_debug_text(self):
        ...         return "Nothing was read."
    """

    @abstractmethod
    def read_messages(self, handler: TakesMessages) -> AbstractContextManager[PipesParams]:
        """A context manager that reads while entered, and gives the parameters that tell the process where to send.

        Args:
            handler: takes the messages.
        """

    def on_opened(self, opened_payload: PipesOpenedData) -> None:  # noqa: B027 - most need not know
        """Called with what the external process says of itself first."""

    def on_launched(self, launched_payload: PipesLaunchedData) -> None:  # noqa: B027 - most need not know
        """Called with what is known once the external process was started."""

    @property
    def expected_writer_count(self) -> int:
        """Processes that send messages (count)."""
        return 1

    @abstractmethod
    def no_messages_debug_text(self) -> str:
        """What was tried, for whoever wonders why the external process said nothing."""


class PipesFileMessageReader(PipesMessageReader):
    """Messages from the lines of a file.

    Args:
        path: the file; made if it is not there.
        include_stdio_in_messages: whether the process sends what it writes to stdout and stderr too.
        cleanup_file: whether the file is removed at the end.

    Example:
        >>> client = PipesSubprocessClient(message_reader=PipesFileMessageReader("/tmp/messages.jsonl"))
    """

    def __init__(self, path: str, include_stdio_in_messages: bool = False, cleanup_file: bool = True) -> None:
        self._path = path
        self._include_stdio = include_stdio_in_messages
        self._cleanup = cleanup_file

    @contextmanager
    def read_messages(self, handler: TakesMessages) -> Iterator[PipesParams]:
        """Reads in a thread; at the end what is left."""
        file = Path(self._path)
        file.touch()
        done = threading.Event()
        thread = threading.Thread(target=_tail, args=(file, handler, done), name="pipes-reader", daemon=True)
        thread.start()
        try:
            yield {
                PipesDefaultMessageWriter.FILE_PATH_KEY: self._path,
                PipesDefaultMessageWriter.INCLUDE_STDIO_IN_MESSAGES_KEY: self._include_stdio,
            }
        finally:
            done.set()
            thread.join(JOIN_SECONDS)
            if self._cleanup:
                file.unlink(missing_ok=True)

    def no_messages_debug_text(self) -> str:
        """What was tried."""
        return f"Messages were looked for in the file {self._path}."


class PipesTempFileMessageReader(PipesMessageReader):
    """Messages from a temporary file; what is used when nothing else is said.

    Args:
        include_stdio_in_messages: whether the process sends what it writes to stdout and stderr too.

    Example:
        >>> client = PipesSubprocessClient(message_reader=PipesTempFileMessageReader())
    """

    def __init__(self, include_stdio_in_messages: bool = False) -> None:
        self._include_stdio = include_stdio_in_messages

    @contextmanager
    def read_messages(self, handler: TakesMessages) -> Iterator[PipesParams]:
        """Reads in a thread; at the end what is left."""
        with tempfile.TemporaryDirectory(prefix="watchbell-pipes-") as folder:
            reader = PipesFileMessageReader(f"{folder}/messages", self._include_stdio)
            with reader.read_messages(handler) as params:
                yield params

    def no_messages_debug_text(self) -> str:
        """What was tried."""
        return "Messages were looked for in a temporary file."


class PipesCompositeMessageReader(PipesMessageReader):
    """Several readers at once, for several processes that take part in one session.

    Each of them gets its own parameters: ``session.get_per_writer_bootstrap_env_vars()``.

    Args:
        readers: the readers, at least one.

    Raises:
        DagsterInvariantViolationError: there is none.

    Example:
        >>> two = PipesCompositeMessageReader([PipesTempFileMessageReader(), PipesTempFileMessageReader()])
        >>> two.expected_writer_count
        2
    """

    def __init__(self, readers: Sequence[PipesMessageReader]) -> None:
        if not readers:
            raise DagsterInvariantViolationError("a PipesCompositeMessageReader needs at least one reader")
        self._readers = list(readers)

    @property
    def expected_writer_count(self) -> int:
        """Processes that send messages (count)."""
        return sum(reader.expected_writer_count for reader in self._readers)

    @contextmanager
    def read_messages(self, handler: TakesMessages) -> Iterator[PipesParams]:
        """All of them; ``writers`` of the parameters are each one's, the rest is the first one's."""
        with ExitStack() as stack:
            params = [stack.enter_context(reader.read_messages(handler)) for reader in self._readers]
            yield {**params[0], "writers": params}

    def on_opened(self, opened_payload: PipesOpenedData) -> None:
        """Passed on to all."""
        for reader in self._readers:
            reader.on_opened(opened_payload)

    def on_launched(self, launched_payload: PipesLaunchedData) -> None:
        """Passed on to all."""
        for reader in self._readers:
            reader.on_launched(launched_payload)

    def no_messages_debug_text(self) -> str:
        """What was tried, by each."""
        return "\n".join(reader.no_messages_debug_text() for reader in self._readers)


def take_line(handler: TakesMessages, line: str) -> None:
    """Gives a line to the handler if it is a message, else to stdout: other programs may write there too."""
    try:
        message = json.loads(line)
    except ValueError:
        message = None
    if isinstance(message, dict) and "method" in message:
        handler.handle_message(message)
    elif line.strip():
        sys.stdout.write(line if line.endswith("\n") else f"{line}\n")


def _tail(file: Path, handler: TakesMessages, done: threading.Event) -> None:
    rest = b""
    with file.open("rb") as source:
        while True:
            was_done = done.is_set()  # asked before reading: what was written before the end is read
            rest += source.read()
            *lines, rest = rest.split(b"\n")
            for line in lines:
                take_line(handler, line.decode("utf-8", "replace"))
            if was_done:
                if rest:
                    take_line(handler, rest.decode("utf-8", "replace"))
                return
            done.wait(LOOK_SECONDS)
