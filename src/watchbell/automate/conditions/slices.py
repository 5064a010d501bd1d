"""Which roots are evaluated in a tick, in which order, and where a tick is cut when its time is up.

Roots come upstream first, out of a heap, which those join that look at something that was just asked for. With a
budget, parts of the graph that are not connected come one after the other, the slow ones of the last time last, each
the sooner the more often it was left; the tick is cut between two of them, never inside one, since what is asked for in
it belongs together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import heapify, heappop, heappush

from watchbell.automate.conditions.roots import Roots
from watchbell.ground.value import dataclass


@dataclass(eq=False)
class Budget:
    """How long a tick may take.

    Args:
        seconds: after this no further part of the graph is begun; one always is.
        clock: a clock that never goes back, in seconds.
        costs: how long each part took last time (seconds); kept by who keeps the engine, from tick to tick.
    """

    seconds: float
    clock: Callable[[], float]
    costs: dict[int, float]


class Agenda:
    """The roots of a tick, in their order.

    Args:
        dirty: those to begin with.
        roots: all roots.
        budget: how long it may take; None: as long as it takes.
        waited: how often each part was left since its last turn (count); kept up to date.
    """

    def __init__(
        self, dirty: set[int], roots: Roots, budget: Budget | None, waited: dict[int, int] | None = None
    ) -> None:
        self._dirty = dirty
        self._waited = {} if waited is None else waited
        self._roots = roots
        self._budget = budget
        self._heap: list[int] = []
        self._queued: set[int] = set()
        self.left: set[int] = set()
        """Those that the budget left."""

    def __iter__(self) -> Iterator[int]:
        budget, waited = self._budget, self._waited
        if budget is None:
            waited.clear()
            yield from self._part(self._dirty)
            return
        begun_at = budget.clock()
        until = begun_at + budget.seconds
        by_part: dict[int, set[int]] = {}
        for root in self._dirty:
            by_part.setdefault(self._roots.parts[root], set()).add(root)
        order = sorted(by_part, key=lambda part: self._urgency(part, budget))
        for place, part in enumerate(order):
            waited.pop(part, None)
            yield from self._part(by_part[part])
            ended_at = budget.clock()
            budget.costs[part] = ended_at - begun_at
            begun_at = ended_at
            if ended_at >= until:
                for later in order[place + 1 :]:
                    self.left |= by_part[later]
                    waited[later] = waited.get(later, 0) + 1
                return

    def _urgency(self, part: int, budget: Budget) -> tuple[float, int, int]:
        """Less is sooner. A part gains a budget each time it is left, so that the slowest has its turn."""
        times = self._waited.get(part, 0)
        return budget.costs.get(part, 0.0) - times * budget.seconds, -times, part

    def _part(self, dirty: set[int]) -> Iterator[int]:
        heap, queued = list(dirty), set(dirty)
        heapify(heap)
        self._heap, self._queued = heap, queued
        while heap:
            yield heappop(heap)

    def woken(self, number: int, root: int) -> None:
        """Something was asked for: who looks at that, and comes later, is evaluated too.

        Args:
            number: what was asked for.
            root: whose evaluation asked.
        """
        queued, trees = self._queued, self._roots.trees
        for each in self._roots.watchers.get(number, ()):
            if each > root and each not in queued and "requests" in trees[each].needs:
                queued.add(each)
                heappush(self._heap, each)
