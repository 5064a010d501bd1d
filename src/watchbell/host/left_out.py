"""Which roots the others do not wait for: those whose conditions ended their process, or took long, and since when.

Such a root is evaluated by itself, in a process of its own, when its time has come; what comes of that is told with the
next question, and so stored with it. One that does well there is evaluated with the others again, unless it was left
out again and again: then it stays alone until the code is loaded anew.
"""

from __future__ import annotations

from watchbell.ground.value import dataclass
from watchbell.host.messages import LeftOut
from watchbell.record.evaluation import Answer, Evaluation

PAUSE_SECONDS_MIN, PAUSE_SECONDS_MAX = 60.0, 3_600.0
"""A root that ended its process is left out for so long the first time, and at most; each time twice as long."""
SLOW_SHARE, SLOW_SECONDS_MIN, SLOW_SECONDS_MAX = 1 / 12, 0.25, 5.0
"""A root that takes more than this part of the time an evaluation may take, within limits, is evaluated by itself."""
SLOW_PAUSE_SECONDS, SLOW_PAUSE_FACTOR = 10.0, 4.0
"""Between two evaluations of a root by itself is so much time, and so many times what the first of them took."""
STRIKES_MAX = 3
"""A root that was left out so often, without an hour between two times, stays alone (count)."""
LOOK_SECONDS = 1.0
"""While a root is evaluated by itself the others are asked at least so often, which takes its answer in (seconds)."""


@dataclass(eq=False)
class Apart:
    """A root that the others do not wait for.

    Args:
        reason: why.
        strikes: how often, one after the other (count).
        until: when it is evaluated again.
        is_slow: whether it only took long.
        is_going: whether it is being evaluated by itself.
        is_well: whether it is evaluated with the others, once what came of it is stored.
        found: what came of its evaluation, and is not stored yet.
        is_told: whether the question that is on its way takes that in.
    """

    reason: str
    strikes: int
    until: float
    is_slow: bool = False
    is_going: bool = False
    is_well: bool = False
    found: Answer | None = None
    is_told: bool = False


def slow_seconds(evaluation: Evaluation) -> float:
    """After so long the others wait no longer for one root of an evaluation."""
    return min(SLOW_SECONDS_MAX, max(SLOW_SECONDS_MIN, evaluation.timeout_seconds * SLOW_SHARE))


class LeftOutRoots:
    """Those of all condition sensors of a location; times are monotonic seconds."""

    def __init__(self) -> None:
        self._apart: dict[str, dict[int, Apart]] = {}
        self._earlier: dict[tuple[str, int], tuple[int, float]] = {}

    def has_any(self, sensor: str) -> bool:
        """Whether some of a sensor's roots are left out."""
        return bool(self._apart.get(sensor))

    def strike(self, sensor: str, mark: int, reason: str, now: float, *, is_slow: bool = False) -> None:
        """The condition of a root ended its process, or took too long.

        Args:
            sensor: who looks after it.
            mark: what stands for it.
            reason: how the process ended.
            now: when.
            is_slow: whether it only took too long for the others to wait; it is evaluated by itself at once.
        """
        known = self._apart.setdefault(sensor, {})
        strikes = self._strikes(sensor, mark, now) + 1
        self._earlier[sensor, mark] = strikes, now
        pause_seconds = 0.0 if is_slow else min(PAUSE_SECONDS_MAX, PAUSE_SECONDS_MIN * 2 ** (strikes - 1))
        known[mark] = Apart(reason, strikes, now + pause_seconds, is_slow)

    def _strikes(self, sensor: str, mark: int, now: float) -> int:
        if mark in (known := self._apart.get(sensor, {})):
            return known[mark].strikes
        strikes, at = self._earlier.get((sensor, mark), (0, now))
        return strikes if now - at < PAUSE_SECONDS_MAX else 0

    def asked(self, sensor: str, now: float) -> tuple[LeftOut, ...]:
        """What a question that is asked now leaves out, and when each has to be looked at again."""
        found = []
        for mark, apart in self._apart.get(sensor, {}).items():
            seconds = LOOK_SECONDS if apart.is_going else max(apart.until - now, 0.0)
            found.append(LeftOut(mark, seconds, apart.reason, apart.is_slow))
        return tuple(found)

    def due(self, sensor: str, now: float) -> list[int]:
        """The roots that are to be evaluated by themselves now; they count as being evaluated."""
        found = []
        for mark, apart in self._apart.get(sensor, {}).items():
            if apart.until <= now and not (apart.is_going or apart.is_well or apart.found):
                apart.is_going = True
                found.append(mark)
        return found

    def found(self, sensor: str) -> tuple[Answer, ...]:
        """What came of evaluations of roots by themselves; the question that is on its way takes it in."""
        told = []
        for apart in self._apart.get(sensor, {}).values():
            if apart.found is not None:
                apart.is_told = True
                told.append(apart.found)
        return tuple(told)

    def did_well(
        self, sensor: str, mark: int, answer: Answer, took_seconds: float, now: float, *, is_slow: bool
    ) -> None:
        """A root was evaluated by itself.

        Args:
            sensor: who looks after it.
            mark: what stands for it.
            answer: what came of it.
            took_seconds: how long it took.
            now: when it was done.
            is_slow: whether that is too long for the others to wait.
        """
        apart = self._apart.get(sensor, {}).get(mark)
        if apart is None:
            return
        apart.is_going, apart.found = False, answer
        apart.is_well = not is_slow and apart.strikes < STRIKES_MAX
        apart.until = now + max(SLOW_PAUSE_SECONDS, SLOW_PAUSE_FACTOR * took_seconds)

    def could_not(self, sensor: str, mark: int, now: float) -> None:
        """The evaluation of a root by itself failed, through no fault of its own."""
        apart = self._apart.get(sensor, {}).get(mark)
        if apart is not None:
            apart.is_going, apart.until = False, now + PAUSE_SECONDS_MIN

    def answered(self, sensor: str) -> None:
        """A question was answered: what it took in is told, and those that do well are left out no longer."""
        known = self._apart.get(sensor, {})
        for mark, apart in list(known.items()):
            if not apart.is_told:
                continue
            apart.found, apart.is_told = None, False
            if apart.is_well:
                del known[mark]

    def forget_found(self, sensor: str) -> None:
        """Somebody set the cursor: what came, and will come, of evaluations that began before is of no use."""
        for apart in self._apart.get(sensor, {}).values():
            apart.found, apart.is_told, apart.is_going, apart.is_well = None, False, False, False
