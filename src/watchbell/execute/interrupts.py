"""Being asked to stop: a signal becomes an exception, but only while user code runs.

Between two pieces of user code a run writes down what happened. A signal that raised there could lose an event or
leave a resource open, so it is noted and raised where user code begins or waits next.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from watchbell.ground.errors import DagsterExecutionInterruptedError

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Interrupts:
    """Whether this process was asked to stop, and when that may be raised.

    Without :meth:`installed` it never raises: a run in a user's own process leaves the signals alone.
    """

    __slots__ = ("_depth", "requested", "signal_name")

    def __init__(self) -> None:
        self.requested = False
        self.signal_name: str | None = None
        self._depth = 0

    @contextmanager
    def installed(self) -> Iterator[Interrupts]:
        """While entered, SIGTERM and SIGINT ask this run to stop. Only the main thread can take signals."""
        if threading.current_thread() is not threading.main_thread():
            yield self
            return
        before: dict[signal.Signals, Any] = {number: signal.signal(number, self._on_signal) for number in STOP_SIGNALS}
        try:
            yield self
        finally:
            for number, handler in before.items():
                signal.signal(number, handler if handler is not None else signal.SIG_DFL)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        insists = number == signal.SIGINT and self.signal_name == "SIGINT"
        is_first, self.requested = not self.requested, True
        self.signal_name = signal.Signals(number).name
        # Once only: what user code does about the first signal, its clean-up, is not torn by a second one, such as
        # comes when a terminal tells the whole process group and the run tells its steps too. A person who presses
        # Ctrl-C again means it.
        if self._depth and (is_first or insists):
            raise DagsterExecutionInterruptedError(f"the process received {self.signal_name}")

    def reset(self) -> None:
        """In a child just forked: not in user code. What was requested stays so; the handlers came along."""
        self._depth = 0

    def check(self) -> None:
        """Raises what a signal asked for since user code was left.

        Raises:
            DagsterExecutionInterruptedError: the process was asked to stop.
        """
        if self.requested:
            raise DagsterExecutionInterruptedError(f"the process received {self.signal_name}")

    def enter_user_code(self) -> None:
        """From now until :meth:`leave_user_code` a signal raises; one that came before raises here.

        Raises:
            DagsterExecutionInterruptedError: the process was asked to stop.
        """
        self._depth += 1
        if self.requested:
            self._depth -= 1
            self.check()

    def leave_user_code(self) -> None:
        """From now on a signal is only noted."""
        self._depth -= 1

    @contextmanager
    def between_user_code(self) -> Iterator[None]:
        """While entered, a signal is only noted although user code is around: it called something of ours."""
        depth, self._depth = self._depth, 0
        try:
            yield
        finally:
            self._depth = depth

    @contextmanager
    def in_user_code(self) -> Iterator[None]:
        """Both of the above around a block."""
        self.enter_user_code()
        try:
            yield
        finally:
            self.leave_user_code()
