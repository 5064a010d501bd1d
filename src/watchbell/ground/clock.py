"""The clock as a value: the one place where the wall clock is read."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

TEST_CLOCK_VARIABLE = "WATCHBELL_TEST_CLOCK"
"""For tests only: an instant, and the clock of every process that sees this variable stands still there; or seconds
(``-86400``), and it goes that much before (after) the machine's."""


class Clock(Protocol):
    """Something that knows what time it is."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""

    def monotonic(self) -> float:
        """Seconds that never go back, from an arbitrary start."""


def _present() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


def _source_of_time(text: str | None) -> Callable[[], datetime]:
    """What tells the time: the machine, or what the variable of the tests says."""
    if not text:
        return _present
    try:
        shift = timedelta(seconds=float(text))
    except ValueError:
        still = datetime.fromisoformat(text).astimezone(UTC)
        return lambda: still
    return lambda: _present() + shift


_now = _source_of_time(os.environ.get(TEST_CLOCK_VARIABLE))


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return _now()

    def monotonic(self) -> float:
        """Seconds that never go back, from an arbitrary start."""
        return time.monotonic()


class ManualClock:
    """A clock that stands still until it is moved.

    Args:
        now: the instant it shows first, aware.

    Example:
        >>> clock = ManualClock(datetime(2024, 1, 1, tzinfo=UTC))
        >>> clock.advance(seconds=60)
        >>> clock.now().minute
        1
    """

    def __init__(self, now: datetime) -> None:
        self._now = now.astimezone(UTC)
        self._monotonic = 0.0

    def now(self) -> datetime:
        """The instant it was moved to last."""
        return self._now

    def monotonic(self) -> float:
        """Seconds it has been moved forward since it was made."""
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Moves both hands forward by ``seconds`` (>= 0)."""
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds

    def set(self, now: datetime) -> None:
        """Jumps to ``now``, forward or back; the monotonic hand only moves forward."""
        self._monotonic += max(0.0, (now - self._now).total_seconds())
        self._now = now.astimezone(UTC)
