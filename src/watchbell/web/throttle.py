"""Slows those who guess passwords: by name and address together, by address, and by name. In memory alone.

A few mistakes cost nothing; then each failure doubles the pause in which nothing is tried for them any more, up to a
limit. A name is slowed for little time, or anybody could lock its owner out; an address for longer. What is forgotten
by a restart, or pushed out by very many others, is a pause of minutes.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import datetime, timedelta

from watchbell.ground.value import dataclass

KEPT_MAX = 20_000
"""Names and addresses remembered (count); who failed longest ago is forgotten first."""
FORGOTTEN_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class Patience:
    """How failures of one kind are borne.

    Args:
        free: failures without a pause (count).
        longest: the longest pause.
    """

    free: int
    longest: timedelta


OF_BOTH = Patience(5, timedelta(minutes=15))
OF_ADDRESS = Patience(30, timedelta(minutes=15))
OF_NAME = Patience(20, timedelta(minutes=1))


@dataclass
class _Failures:
    count: int
    last_at: datetime


class Throttle:
    """Counts failed logins."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures: OrderedDict[tuple[str, str], _Failures] = OrderedDict()

    def pause(self, name: str, address: str, now: datetime) -> timedelta:
        """For how long a login is not tried; zero: it is."""
        with self._lock:
            return max(self._pause(key, patience, now) for key, patience in _keys(name, address))

    def failed(self, name: str, address: str, now: datetime) -> None:
        """Counts a failure."""
        with self._lock:
            for key, _ in _keys(name, address):
                known = self._failures.pop(key, None)
                if known is None or now - known.last_at > FORGOTTEN_AFTER:
                    known = _Failures(0, now)
                known.count += 1
                known.last_at = now
                self._failures[key] = known
            while len(self._failures) > KEPT_MAX:
                self._failures.popitem(last=False)

    def succeeded(self, name: str, address: str) -> None:
        """Forgets the failures of a name at an address; those of the address alone stay, or one account would do."""
        with self._lock:
            self._failures.pop(("both", f"{name}\n{address}"), None)

    def _pause(self, key: tuple[str, str], patience: Patience, now: datetime) -> timedelta:
        known = self._failures.get(key)
        if known is None or known.count < patience.free or now - known.last_at > FORGOTTEN_AFTER:
            return timedelta(0)
        doubled = min(2 ** min(known.count - patience.free, 20), patience.longest.total_seconds())
        return max(timedelta(0), known.last_at + timedelta(seconds=doubled) - now)


def _keys(name: str, address: str) -> tuple[tuple[tuple[str, str], Patience], ...]:
    return (
        (("both", f"{name}\n{address}"), OF_BOTH),
        (("address", address), OF_ADDRESS),
        (("name", name), OF_NAME),
    )
