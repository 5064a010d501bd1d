"""Group commit: the events of a run go to the store in batches, in order, and none is lost.

A step makes six events or more; a transaction for each would cost more than the step. So events are put on a queue and
written together. Three things are promised:

* an event is in the store at the latest :data:`FLUSH_SECONDS` after it happened, also while user code runs for an hour:
  a thread sees to that, where the process does not fork (``with_thread``); a parent that forks calls :meth:`flush` from
  its own loop instead, less often;
* the order of the events is the order in which they happened;
* an entry leaves the queue only after its transaction was committed. A store that is full or locked is tried again;
  a writer that was fenced off (another attempt of the run goes on elsewhere) stops the run.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice

from watchbell.ground.errors import LeaseLostError, StoreFullError, StoreLockedError
from watchbell.record.event import EventLogEntry

FLUSH_SECONDS = 0.02  # how long an event waits for company
BATCH_MAX = 500  # entries in one transaction
PENDING_MAX = 20_000  # entries kept in memory while the store takes none; then the run waits
PATIENCE_SECONDS = 300.0  # how long the end of a run waits for a store that is full or locked
RETRY_SECONDS = 0.5  # between two tries at such a store

Append = Callable[[Sequence[EventLogEntry]], object]


class EventWriter:
    """Writes the log of one run.

    Args:
        append: stores a batch in one transaction; see ``Store.append``.
        with_thread: whether a thread writes what has waited long enough. Not in a process that forks.
        on_fenced: called once, from whichever thread finds out, when the run belongs to another attempt.
        wait: sleeps so many seconds; replaced in tests.
    """

    def __init__(
        self,
        append: Append,
        *,
        with_thread: bool = False,
        on_fenced: Callable[[], None] | None = None,
        wait: Callable[[float], object] = time.sleep,
    ) -> None:
        self._append = append
        self._pending: deque[EventLogEntry] = deque()
        self._writing = threading.Lock()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._error: BaseException | None = None
        self._on_fenced = on_fenced
        self._wait = wait
        self._thread: threading.Thread | None = None
        self._meanwhile: tuple[float, Callable[[], object]] | None = None
        if with_thread:
            self._thread = threading.Thread(target=self._write_in_time, name="watchbell-events", daemon=True)
            self._thread.start()

    @property
    def pending_count(self) -> int:
        """Entries that are not in the store yet."""
        return len(self._pending)

    def write(self, entry: EventLogEntry) -> None:
        """Takes an entry; it is stored soon.

        Raises:
            LeaseLostError: the run belongs to another attempt by now.
            StoreError: the store cannot be used any more.
        """
        if self._error is not None:
            raise self._error
        self._pending.append(entry)
        count = len(self._pending)
        if count >= BATCH_MAX:
            self._make_room(count)
        elif count == 1 and self._thread is not None:
            self._wake.set()

    def do_meanwhile(self, seconds: float, act: Callable[[], object] | None) -> None:
        """Has the thread do something about so often, if there is one; None: no more."""
        self._meanwhile = None if act is None else (seconds, act)
        self._wake.set()

    def flush(self) -> None:
        """Stores all there is, now. A store that is full or locked keeps the entries waiting.

        Raises:
            LeaseLostError: the run belongs to another attempt by now.
            StoreError: the store cannot be used any more.
        """
        if self._error is not None:
            raise self._error
        with self._writing:
            self._flush_locked()

    def stop_thread(self) -> None:
        """Ends the thread, if there is one: this process is about to fork, and calls :meth:`flush` itself."""
        self._stop_thread()

    def close(self) -> None:
        """Stores all there is and ends the thread; may be called twice.

        Waits up to :data:`PATIENCE_SECONDS` for a store that is full or locked.

        Raises:
            LeaseLostError: the run belongs to another attempt by now.
            StoreError: the store cannot be used, or was full or locked for too long.
        """
        self._stop_thread()
        tries = int(PATIENCE_SECONDS / RETRY_SECONDS)
        for attempt in range(tries + 1):
            try:
                with self._writing:
                    self._flush_all()
                return
            except (StoreFullError, StoreLockedError):
                if attempt == tries:
                    raise
                self._wait(RETRY_SECONDS)

    def abandon(self) -> None:
        """Ends the thread without storing what is left: in a child process, or once fenced."""
        self._stop_thread()
        self._pending.clear()

    # ------------------------------------------------------------- inside

    def _make_room(self, count: int) -> None:
        self.flush()
        while count >= PENDING_MAX and len(self._pending) >= PENDING_MAX:
            self._wait(RETRY_SECONDS)
            self.flush()

    def _flush_locked(self) -> None:
        try:
            self._flush_all()
        except (StoreFullError, StoreLockedError):
            return  # nothing was written; the entries stay and are tried again

    def _flush_all(self) -> None:
        while self._pending and self._error is None:
            batch = list(islice(self._pending, BATCH_MAX))
            try:
                self._append(batch)
            except (StoreFullError, StoreLockedError):
                raise
            except Exception as error:  # not an interrupt: what it cut off is written again
                self._error = error
                if isinstance(error, LeaseLostError) and self._on_fenced is not None:
                    self._on_fenced()
                raise
            for _ in batch:
                self._pending.popleft()
        if self._error is not None:
            raise self._error

    def _write_in_time(self) -> None:
        while not self._stopping.is_set():
            meanwhile = self._meanwhile
            if meanwhile is None:
                self._wake.wait()
            elif not self._wake.wait(meanwhile[0]):
                meanwhile[1]()
                continue
            self._wake.clear()
            while self._pending and not self._stopping.wait(FLUSH_SECONDS):
                try:
                    self.flush()
                except Exception:  # kept in _error: the run's own thread raises it at its next event
                    return

    def _stop_thread(self) -> None:
        thread, self._thread = self._thread, None
        if thread is not None and thread is not threading.current_thread():
            self._stopping.set()
            self._wake.set()
            thread.join()
