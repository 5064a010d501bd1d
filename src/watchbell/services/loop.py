"""A loop: an object with a step, and the thread that calls it when something happened or is due.

The rule that makes every loop safe against a locked or full database: ``step`` first takes its messages into its own
memory, then does its work, and forgets a piece of work only after the store has it. So a step that raises
`StoreLockedError` or `StoreFullError` half-way is simply called again, and nothing is lost or doubled.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from watchbell.ground.clock import Clock
from watchbell.ground.errors import LeaseLostError, StoreError, StoreFullError, StoreLockedError
from watchbell.ground.value import dataclass
from watchbell.record.door import LoopFacts

log = logging.getLogger("watchbell.services")

WAIT_SECONDS_MAX = 5.0
"""A loop looks at the clock at least this often, because the machine may have slept or its clock been set."""
BACKOFF_SECONDS_MIN, BACKOFF_SECONDS_MAX = 0.05, 5.0
MESSAGES_MAX = 10_000
"""Messages that one step is given at most (count)."""


@dataclass(frozen=True)
class Hint:
    """Something was committed; look at the store.

    Args:
        topic: ``"runs"``, ``"run_status"``, ``"events"``, ``"states"`` or ``"backfills"``.
    """

    topic: str


class Loop(Protocol):
    """Work that is done now and then; driven by its thread, or by a test."""

    @property
    def name(self) -> str:
        """What it is called in logs and as a thread."""

    def step(self, now: datetime, messages: Sequence[object]) -> datetime | None:
        """Does what is due.

        Args:
            now: aware, UTC.
            messages: what came since the last step, in order.

        Returns:
            When to be called again; None: only on a message.

        Raises:
            StoreLockedError: call again a little later; all messages were taken in. Likewise StoreFullError.
            LeaseLostError: another service does this work now.
        """


class LoopThread:
    """The thread of a loop.

    Args:
        loop: what to drive.
        clock: what time it is.
        failed: told when the loop cannot go on: its lease is lost or its database unusable. Called from the thread.
    """

    def __init__(self, loop: Loop, clock: Clock, failed: Callable[[BaseException], None]) -> None:
        self._loop = loop
        self._clock = clock
        self._failed = failed
        self._inbox: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._failures_in_row = 0
        self._turn_at: datetime | None = None
        self._busy_since: float | None = None

    @property
    def facts(self) -> LoopFacts:
        """How it does; from any thread."""
        busy_since = self._busy_since
        busy_seconds = 0.0 if busy_since is None else time.monotonic() - busy_since
        return LoopFacts(self._loop.name, self._turn_at, busy_seconds, self._failures_in_row)

    def tell(self, message: object) -> None:
        """Puts a message into the loop's inbox; from any thread, before the start too."""
        self._inbox.put(message)

    def start(self) -> None:
        """Begins; the first step follows at once."""
        self._thread = threading.Thread(target=self._run, name=f"watchbell {self._loop.name}", daemon=True)
        self._thread.start()

    def stop(self, timeout_seconds: float = 30.0) -> None:
        """Ends after the step that is going on. May be called unstarted, or twice."""
        thread = self._thread
        if thread is None or thread is threading.current_thread():
            return
        self._inbox.put(_STOP)
        thread.join(timeout_seconds)

    def _run(self) -> None:
        messages: list[object] = []
        while True:
            wait_seconds = self._step(messages)
            if wait_seconds is None:
                return
            messages = self._wait(wait_seconds)
            if _STOP in messages:
                return

    def _wait(self, seconds: float) -> list[object]:
        """All messages there are, after the first one came or the time is over."""
        messages: list[object] = []
        try:
            messages.append(self._inbox.get(timeout=seconds) if seconds > 0 else self._inbox.get_nowait())
            while len(messages) < MESSAGES_MAX:
                messages.append(self._inbox.get_nowait())
        except queue.Empty:
            pass
        return messages

    def _step(self, messages: Sequence[object]) -> float | None:
        """One step; how long to wait then (seconds), None to end."""
        self._turn_at, self._busy_since = self._clock.now(), time.monotonic()
        try:
            next_at = self._loop.step(self._turn_at, messages)
        except (StoreLockedError, StoreFullError) as error:
            return self._backoff(error, with_traceback=False)
        except (LeaseLostError, StoreError) as error:
            self._failed(error)
            return None
        except Exception as error:  # a mistake of ours must not silence every other schedule
            return self._backoff(error, with_traceback=True)
        finally:
            self._busy_since = None
        if self._failures_in_row:
            log.warning("%s: goes on after %d failed tries", self._loop.name, self._failures_in_row)
            self._failures_in_row = 0
        if next_at is None:
            return WAIT_SECONDS_MAX
        return min(max((next_at - self._clock.now()).total_seconds(), 0.0), WAIT_SECONDS_MAX)

    def _backoff(self, error: Exception, *, with_traceback: bool) -> float:
        if self._failures_in_row == 0:
            log.error("%s: %s; trying again until it works", self._loop.name, error, exc_info=with_traceback)
        self._failures_in_row += 1
        return min(BACKOFF_SECONDS_MIN * 2.0 ** min(self._failures_in_row - 1, 10), BACKOFF_SECONDS_MAX)


class _Stop:
    """The message that ends a thread."""


_STOP = _Stop()
