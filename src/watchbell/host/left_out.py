"""Which roots are left out because their conditions ended the process that evaluated them, and for how long."""

from __future__ import annotations

from watchbell.ground.value import dataclass
from watchbell.host.messages import LeftOut

PAUSE_SECONDS_MIN, PAUSE_SECONDS_MAX = 60.0, 3_600.0
"""A root is left out for so long the first time, and at most; each time twice as long as before."""


@dataclass(eq=False)
class Apart:
    """A root that ended its process.

    Args:
        reason: how.
        strikes: how often, one after the other (count).
        until: when it is evaluated again.
        is_tried: whether the question that is on its way evaluates it again.
    """

    reason: str
    strikes: int
    until: float
    is_tried: bool = False


class LeftOutRoots:
    """Those of all condition sensors of a location; times are monotonic seconds."""

    def __init__(self) -> None:
        self._apart: dict[str, dict[int, Apart]] = {}

    def strike(self, sensor: str, mark: int, reason: str, now: float) -> None:
        """The condition of a root ended the process.

        Args:
            sensor: who looks after it.
            mark: what stands for it.
            reason: how the process ended.
            now: when.
        """
        known = self._apart.setdefault(sensor, {})
        strikes = known[mark].strikes + 1 if mark in known else 1
        pause_seconds = min(PAUSE_SECONDS_MAX, PAUSE_SECONDS_MIN * 2 ** (strikes - 1))
        known[mark] = Apart(reason, strikes, now + pause_seconds)

    def asked(self, sensor: str, now: float) -> tuple[LeftOut, ...]:
        """What a question that is asked now leaves out; those whose time is over are tried."""
        found = []
        for mark, apart in self._apart.get(sensor, {}).items():
            apart.is_tried = apart.until <= now
            if not apart.is_tried:
                found.append(LeftOut(mark, apart.until - now, apart.reason))
        return tuple(found)

    def answered(self, sensor: str) -> None:
        """The question was answered: those that were tried did well."""
        known = self._apart.get(sensor, {})
        self._apart[sensor] = {mark: apart for mark, apart in known.items() if not apart.is_tried}
