"""How the external process sends messages: to a file, a stream, a store of objects."""

from __future__ import annotations

import json
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from io import StringIO
from pathlib import Path
from typing import Any, TextIO

from watchbell_pipes.streams import captured_stdio
from watchbell_pipes.wire import DagsterPipesError, PipesExtras, PipesMessage, PipesOpenedData, PipesParams


class PipesMessageWriterChannel(ABC):
    """Takes messages; may be used by several threads."""

    @abstractmethod
    def write_message(self, message: PipesMessage) -> None:
        """Sends one message."""


class PipesFileMessageWriterChannel(PipesMessageWriterChannel):
    """Messages at the end of a file, one a line.

    Args:
        path: the file.
    """

    def __init__(self, path: str) -> None:
        self._path = path

    def write_message(self, message: PipesMessage) -> None:
        """Adds a line."""
        with Path(self._path).open("a", encoding="utf-8") as out:
            out.write(json.dumps(message) + "\n")


class PipesStreamMessageWriterChannel(PipesMessageWriterChannel):
    """Messages in a text stream, one a line, at once.

    Args:
        stream: the stream.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write_message(self, message: PipesMessage) -> None:
        """Writes a line and sends it on."""
        self._stream.write(json.dumps(message) + "\n")
        self._stream.flush()


class PipesBufferedStreamMessageWriterChannel(PipesMessageWriterChannel):
    """Messages in a text stream, all of them at the end.

    Args:
        stream: the stream.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lines: list[str] = []

    def write_message(self, message: PipesMessage) -> None:
        """Keeps a line for the end."""
        self._lines.append(json.dumps(message) + "\n")

    def flush(self) -> None:
        """Writes what was kept."""
        self._stream.writelines(self._lines)
        self._stream.flush()
        self._lines.clear()


class PipesBlobStoreMessageWriterChannel(PipesMessageWriterChannel):
    """Messages in numbered chunks, sent every so often: for a store of objects, where nothing can be appended.

    Args:
        interval: seconds between two chunks.
    """

    def __init__(self, *, interval: float = 10) -> None:
        self._interval_seconds = interval
        self._lock = threading.Lock()
        self._buffer: list[PipesMessage] = []
        self._count = 1

    def write_message(self, message: PipesMessage) -> None:
        """Keeps a message for the next chunk."""
        with self._lock:
            self._buffer.append(message)

    def flush_messages(self) -> Sequence[PipesMessage]:
        """Takes what is kept."""
        with self._lock:
            taken, self._buffer = self._buffer, []
        return taken

    @abstractmethod
    def upload_messages_chunk(self, payload: StringIO, index: int) -> None:
        """Stores a chunk: lines of messages.

        Args:
            payload: the text.
            index: the chunk's number; the first is 1.
        """

    @contextmanager
    def buffered_upload_loop(self) -> Iterator[None]:
        """While entered, a thread sends the chunks; the last one at the end."""
        done = threading.Event()

        def send() -> None:
            while not done.wait(self._interval_seconds):
                self._send_chunk()

        thread = threading.Thread(target=send, name="pipes-messages", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
            self._send_chunk()

    def _send_chunk(self) -> None:
        messages = self.flush_messages()
        if messages:
            self.upload_messages_chunk(StringIO("\n".join(map(json.dumps, messages))), self._count)
            self._count += 1


class PipesBufferedFilesystemMessageWriterChannel(PipesBlobStoreMessageWriterChannel):
    """Messages in numbered files ``1.json``, ``2.json``… of a folder: for file systems that cannot append.

    Args:
        path: the folder.
        interval: seconds between two files.
    """

    def __init__(self, path: str, *, interval: float = 10) -> None:
        super().__init__(interval=interval)
        self._path = path

    def upload_messages_chunk(self, payload: StringIO, index: int) -> None:
        """Writes a file."""
        (Path(self._path) / f"{index}.json").write_text(payload.read(), encoding="utf-8")


class PipesMessageWriter(ABC):
    """Opens the way that messages take."""

    @abstractmethod
    def open(self, params: PipesParams) -> AbstractContextManager[PipesMessageWriterChannel]:
        """A channel to where the parameters say; it is closed when the block ends."""

    def get_opened_payload(self) -> PipesOpenedData:
        """What the first message says."""
        return {"extras": self.get_opened_extras()}

    def get_opened_extras(self) -> PipesExtras:
        """Facts for the orchestrator's message reader, in the first message."""
        return {}


class PipesBlobStoreMessageWriter(PipesMessageWriter):
    """Messages in a store of objects.

    Args:
        interval: seconds between two chunks of messages.
    """

    INCLUDE_STDIO_IN_MESSAGES_KEY = "include_stdio_in_messages"

    def __init__(self, *, interval: float = 10) -> None:
        self.interval = interval

    @abstractmethod
    def make_channel(self, params: PipesParams) -> PipesBlobStoreMessageWriterChannel:
        """A channel to where the parameters say."""

    @contextmanager
    def open(self, params: PipesParams) -> Iterator[PipesMessageWriterChannel]:
        """A channel that sends chunks; it takes stdout and stderr along if the parameters say so."""
        channel = self.make_channel(params)
        with channel.buffered_upload_loop(), ExitStack() as stack:
            if params.get(self.INCLUDE_STDIO_IN_MESSAGES_KEY):
                stack.enter_context(captured_stdio(channel.write_message))
            yield channel


class PipesDefaultMessageWriter(PipesMessageWriter):
    """Messages to a file or to stdout or stderr, as the orchestrator asks."""

    FILE_PATH_KEY = "path"
    STDIO_KEY = "stdio"
    BUFFERED_STDIO_KEY = "buffered_stdio"
    STDERR = "stderr"
    STDOUT = "stdout"
    INCLUDE_STDIO_IN_MESSAGES_KEY = "include_stdio_in_messages"

    @contextmanager
    def open(self, params: PipesParams) -> Iterator[PipesMessageWriterChannel]:
        """A channel to where the parameters say.

        Raises:
            DagsterPipesError: they say nothing that is known here.
        """
        if self.FILE_PATH_KEY in params:
            channel = PipesFileMessageWriterChannel(params[self.FILE_PATH_KEY])
            with ExitStack() as stack:
                if params.get(self.INCLUDE_STDIO_IN_MESSAGES_KEY):
                    stack.enter_context(captured_stdio(channel.write_message))
                yield channel
        elif self.STDIO_KEY in params:
            yield PipesStreamMessageWriterChannel(self._stream(params[self.STDIO_KEY]))
        elif self.BUFFERED_STDIO_KEY in params:
            buffered = PipesBufferedStreamMessageWriterChannel(self._stream(params[self.BUFFERED_STDIO_KEY]))
            try:
                yield buffered
            finally:
                buffered.flush()
        else:
            known = (self.FILE_PATH_KEY, self.STDIO_KEY, self.BUFFERED_STDIO_KEY)
            raise DagsterPipesError(
                f"the messages' parameters have none of {', '.join(known)}, but {sorted(params)}; pass the message "
                "writer that belongs to the orchestrator's message reader"
            )

    def _stream(self, name: Any) -> TextIO:
        if name not in (self.STDOUT, self.STDERR):
            raise DagsterPipesError(f"messages cannot go to {name!r}; expected {self.STDOUT!r} or {self.STDERR!r}")
        return sys.stdout if name == self.STDOUT else sys.stderr
