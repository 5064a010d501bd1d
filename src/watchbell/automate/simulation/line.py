"""The line of simulated runs: who waits, who begins next.

As many go on at a time as are allowed; a higher priority goes first, then who was asked for first. Runs of a schedule
that minds overlap begin when no run of an earlier time of theirs is unfinished.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush

from watchbell.automate.simulation.columns import ENDED_EARLY, GOING, WAITING, Order, Origin, RunColumns, TickColumns
from watchbell.record.automation_policy import Overlap


class Line:
    """Runs that wait, and how many go on.

    Args:
        ticks: all ticks.
        runs: all runs; the line moves them from waiting to going, and to canceled.
        going_max: most runs that go on at a time (count, >= 1); None: no limit.
    """

    def __init__(self, ticks: TickColumns, runs: RunColumns, going_max: int | None) -> None:
        self._ticks = ticks
        self._runs = runs
        self._going_max = going_max
        self._ready: list[tuple[int, int]] = []  # (priority, the highest first; number)
        self._times: dict[Origin, dict[float, set[int]]] = {}  # unfinished runs of schedules that mind overlap
        self._held: dict[int, tuple[Origin, float]] = {}  # those that wait for an earlier time of theirs
        self._going_count = 0

    @property
    def waiting_count(self) -> int:
        """Runs that were asked for and have not begun (count)."""
        return len(self._ready) + len(self._held)

    def refusal(self, origin: Origin, overlap: Overlap) -> str | None:
        """Why a time of a schedule asks for no run, if runs of earlier times are not over; None: it may."""
        times = self._times.get(origin)
        if not times or overlap is Overlap.ALLOW or overlap is Overlap.CANCEL_RUNNING:
            return None
        if overlap is Overlap.SKIP:
            return f"overlap='skip', and an earlier time is not over: {self._count_text(times)}"
        if any(origin is each for each, _ in self._held.values()):
            return "overlap='buffer_one', and a time waits already for an earlier one"
        return None

    def give_way(self, origin: Origin, overlap: Overlap, at: float) -> list[int]:
        """Cancels the unfinished runs of earlier times, if that is the rule; their numbers."""
        if overlap is not Overlap.CANCEL_RUNNING or not (times := self._times.get(origin)):
            return []
        numbers = sorted(number for each in times.values() for number in each)
        for number in numbers:
            self._cancel(number, at)
        times.clear()
        return numbers

    def add(self, number: int) -> None:
        """A run that was asked for takes its place."""
        order, tick = self._runs.order[number], self._runs.tick[number]
        if order.overlap is not Overlap.ALLOW:
            origin, at = self._ticks.origin[tick], self._ticks.at[tick]
            times = self._times.setdefault(origin, {})
            times.setdefault(at, set()).add(number)
            if next(iter(times)) != at:
                self._held[number] = (origin, at)
                return
        heappush(self._ready, (-order.priority, number))

    def next(self) -> int | None:
        """The run that begins now; None: none may. Who takes it says when it is over."""
        if not self._ready or (self._going_max is not None and self._going_count >= self._going_max):
            return None
        _, number = heappop(self._ready)
        self._going_count += 1
        self._runs.state[number] = GOING
        return number

    def over(self, number: int) -> None:
        """A run that went on is over."""
        self._going_count -= 1
        order = self._runs.order[number]
        if order.overlap is not Overlap.ALLOW:
            self._leave(number, order)

    def _leave(self, number: int, order: Order) -> None:
        tick = self._runs.tick[number]
        origin, at = self._ticks.origin[tick], self._ticks.at[tick]
        times = self._times[origin]
        times[at].discard(number)
        if times[at]:
            return
        del times[at]
        first = next(iter(times), None)
        for waiting, (whose, of) in list(self._held.items()):
            if whose is origin and of == first:
                del self._held[waiting]
                heappush(self._ready, (-self._runs.order[waiting].priority, waiting))

    def _cancel(self, number: int, at: float) -> None:
        state = self._runs.state[number]
        if state == GOING:
            self._going_count -= 1
        elif self._held.pop(number, None) is None:
            assert state == WAITING, state
            self._ready.remove((-self._runs.order[number].priority, number))
            heapify(self._ready)
        self._runs.state[number] = ENDED_EARLY
        self._runs.ended[number] = at

    def _count_text(self, times: dict[float, set[int]]) -> str:
        count = sum(map(len, times.values()))
        return f"{count} run{'s are' if count > 1 else ' is'} unfinished"
