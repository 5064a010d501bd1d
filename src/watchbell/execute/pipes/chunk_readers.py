"""Messages and logs from a store of objects, where a process leaves them in numbered chunks."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from watchbell.execute.pipes.readers import PipesMessageReader, TakesMessages, take_line
from watchbell_pipes import PipesOpenedData, PipesParams

JOIN_SECONDS = 60.0


class PipesLogReader(ABC):
    """Reads what an external process writes to stdout or stderr. Base class for readers of your own.

    Example:
        >>> class Nowhere(PipesLogReader):
        ...     def start(self, params, is_session_closed): ...
        ...     def stop(self): ...
        ...     def is_running(self):
        ...         return False
        ...
        ...     def target_is_readable(self, params):
        ...         return False
    """

    @abstractmethod
    def start(self, params: PipesParams, is_session_closed: threading.Event) -> None:
        """Begins to read, in a thread of its own.

        Args:
            params: where the logs lie.
            is_session_closed: set when the process is over; what is left is read, then no more.
        """

    @abstractmethod
    def stop(self) -> None:
        """Ends; waits for the thread."""

    @abstractmethod
    def is_running(self) -> bool:
        """Whether it reads."""

    @abstractmethod
    def target_is_readable(self, params: PipesParams) -> bool:
        """Whether there is something to read by now."""

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return type(self).__name__

    @property
    def debug_info(self) -> str | None:
        """What it reads, in words; None: nothing to add."""
        return None

    def with_debug_info(self, message: str) -> str:
        """A message with :attr:`debug_info` behind it."""
        return message if self.debug_info is None else f"{message} ({self.debug_info})"


class PipesThreadedMessageReader(PipesMessageReader):
    """Asks for new messages every so often, in a thread.

    Args:
        interval: seconds between two looks.
        log_readers: read the process's logs meanwhile, as soon as there are some.
    """

    def __init__(self, interval: float = 10, log_readers: Sequence[PipesLogReader] | None = None) -> None:
        self.interval = interval
        self.log_readers = list(log_readers or ())
        self.opened_payload: PipesOpenedData | None = None

    @abstractmethod
    def get_params(self) -> Iterator[PipesParams]:
        """A context manager that gives the parameters that tell the process where to send."""

    @abstractmethod
    def messages_are_readable(self, params: PipesParams) -> bool:
        """Whether there is something to read by now."""

    @abstractmethod
    def download_messages(self, cursor: int | None, params: PipesParams) -> tuple[int, str] | None:
        """New messages, one a line, and the cursor for the next call; None: there is nothing new.

        Args:
            cursor: as the last call gave it; None at first.
            params: where they lie.
        """

    def add_log_reader(self, log_reader: PipesLogReader) -> None:
        """One more reader of logs."""
        self.log_readers.append(log_reader)

    def on_opened(self, opened_payload: PipesOpenedData) -> None:
        """Kept, for readers that need to know."""
        self.opened_payload = opened_payload

    @contextmanager
    def read_messages(self, handler: TakesMessages) -> Iterator[PipesParams]:
        """Reads in a thread; at the end what is left."""
        with self.get_params() as params:  # type: ignore[attr-defined]  # implemented with @contextmanager
            done = threading.Event()
            thread = threading.Thread(target=self._read, args=(handler, params, done), name="pipes-reader", daemon=True)
            thread.start()
            try:
                yield params
            finally:
                done.set()
                thread.join(JOIN_SECONDS)
                for reader in self.log_readers:
                    if reader.is_running():
                        reader.stop()

    def _read(self, handler: TakesMessages, params: PipesParams, done: threading.Event) -> None:
        cursor: int | None = None
        waiting = list(self.log_readers)
        while True:
            was_done = done.is_set()
            for reader in [each for each in waiting if each.target_is_readable(params)]:
                reader.start(params, done)
                waiting.remove(reader)
            while self.messages_are_readable(params) and (found := self.download_messages(cursor, params)) is not None:
                cursor, text = found
                for line in text.splitlines():
                    take_line(handler, line)
            if was_done:
                return
            done.wait(self.interval)


class PipesBlobStoreMessageReader(PipesThreadedMessageReader):
    """Messages from numbered chunks in a store of objects. Base class for readers of your own.

    Args:
        interval: seconds between two looks.
        log_readers: read the process's logs meanwhile.

    Example:
        >>> class Bucket(PipesBlobStoreMessageReader):
        ...     def get_params(self): ...
        ...     def messages_are_readable(self, params):
        ...         return True
        ...
        ...     def download_messages_chunk(self, index, params): ...
        ...     def no_messages_debug_text(self):
        ...         return "Messages were looked for in a bucket."
    """

    def messages_are_readable(self, params: PipesParams) -> bool:
        """Whether there is something to read: always asked anew."""
        return True

    @abstractmethod
    def download_messages_chunk(self, index: int, params: PipesParams) -> str | None:
        """The text of a chunk; None if it is not there yet.

        Args:
            index: its number; the first is 1.
            params: where it lies.
        """

    def download_messages(self, cursor: int | None, params: PipesParams) -> tuple[int, str] | None:
        """The next chunk; see :meth:`PipesThreadedMessageReader.download_messages`."""
        index = 1 if cursor is None else cursor + 1
        text = self.download_messages_chunk(index, params)
        return None if text is None else (index, text)
