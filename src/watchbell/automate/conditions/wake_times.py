"""When conditions may say something else though nothing happened: cron strings fire, windows of time end, ages pass.

One heap for all of an engine; each distinct cron string and each distinct definition stands in it once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from heapq import heappop, heappush

from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.multi import MultiPartitionsDefinition
from watchbell.declare.partitions.time_window import TimeWindowPartitionsDefinition
from watchbell.ground.cron import Cron


class WakeTimes:
    """The times at which roots are evaluated again.

    Args:
        crons: by cron string and zone, the roots that speak of it.
        windows: of each distinct definition with windows of time, what gives the roots that look at something with it.
    """

    def __init__(
        self,
        crons: dict[tuple[str, str], list[int]],
        windows: Iterable[tuple[TimeWindowPartitionsDefinition, Callable[[], Iterable[int]]]],
    ) -> None:
        self._sources: list[tuple[Cron, Callable[[], Iterable[int]]]] = []
        for (cron, zone), roots in crons.items():
            self._sources.append((Cron.of(cron, zone), lambda roots=roots: roots))  # type: ignore[misc]
        for definition, roots_of in windows:
            self._sources.append((Cron.of(definition.cron_schedule, definition.timezone), roots_of))
        self._heap: list[tuple[float, int, int]] = []  # time; source, or -1; root
        self._own: dict[int, float] = {}

    def begin(self, now: datetime) -> None:
        """Looks for the next time of everything; the times that roots asked for are forgotten."""
        self._heap.clear()
        self._own.clear()
        for place in range(len(self._sources)):
            self._push(place, now)

    def wake(self, root: int, at: float) -> None:
        """A root asks for a time of its own (seconds since the epoch), instead of what it asked for before."""
        if self._own.get(root) != at:
            self._own[root] = at
            heappush(self._heap, (at, -1, root))

    def due(self, now: datetime) -> set[int]:
        """The roots whose time has come."""
        found: set[int] = set()
        heap, at = self._heap, now.timestamp()
        while heap and heap[0][0] <= at:
            when, place, root = heappop(heap)
            if place >= 0:
                found.update(self._sources[place][1]())
                self._push(place, now)
            elif self._own.get(root) == when:
                del self._own[root]
                found.add(root)
        return found

    @property
    def next_at(self) -> datetime | None:
        """The next time at which something is due; None: never."""
        heap = self._heap
        while heap and heap[0][1] < 0 and self._own.get(heap[0][2]) != heap[0][0]:
            heappop(heap)
        return datetime.fromtimestamp(heap[0][0], UTC) if heap else None

    def _push(self, place: int, now: datetime) -> None:
        try:
            at = self._sources[place][0].next_after(now)
        except OverflowError:  # it does not fire any more
            return
        heappush(self._heap, (at.timestamp(), place, -1))


def windows_in(definition: PartitionsDefinition | None) -> TimeWindowPartitionsDefinition | None:
    """The windows of time of a definition, also those of a dimension of it; None: it has none."""
    if isinstance(definition, TimeWindowPartitionsDefinition):
        return definition
    if isinstance(definition, MultiPartitionsDefinition) and definition.has_time_window_dimension:
        return definition.time_window_partitions_def
    return None
