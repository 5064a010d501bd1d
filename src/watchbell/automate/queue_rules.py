"""Which queued runs start next: by priority, backfills after all else of it, then by age; while there is room."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from watchbell.record.partition import BACKFILL_TAG
from watchbell.record.run import PRIORITY_TAG

PRIORITY_MAX = 1_000_000_000


def priority_of(tags: Mapping[str, str]) -> int:
    """The priority a run's tags ask for: a whole number, higher first; 0 if there is none or it is no number."""
    text = tags.get(PRIORITY_TAG)
    if text is None:
        return 0
    try:
        return max(-PRIORITY_MAX, min(PRIORITY_MAX, int(text)))
    except ValueError:
        return 0


def class_of(tags: Mapping[str, str]) -> int:
    """Which of two runs of one priority goes first: 1 for one of a backfill whose tags ask for none, 0 for others."""
    return 1 if BACKFILL_TAG in tags and PRIORITY_TAG not in tags else 0


@dataclass(frozen=True, order=True)
class Waiting:
    """A queued run, ordered by who goes first.

    Args:
        rank: minus its priority.
        rank_in_priority: see `class_of`.
        age: its place in the store; lower is older.
        run_id: the run.
    """

    rank: int
    rank_in_priority: int
    age: int
    run_id: str


class RunLine:
    """The queued runs that are known, in order.

    Entries may be outdated: the store hands out only what is still queued there. Neither the size nor the order
    of the line is read from anywhere else, so that a run that ends costs one look, not one per waiting run.
    """

    def __init__(self) -> None:
        self._heap: list[Waiting] = []
        self._ids: set[str] = set()

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, run_id: str) -> bool:
        return run_id in self._ids

    def add(self, run_id: str, tags: Mapping[str, str], age: int) -> None:
        """Puts a run in its place; one that stands in the line keeps it."""
        if run_id not in self._ids:
            self._ids.add(run_id)
            heappush(self._heap, Waiting(-priority_of(tags), class_of(tags), age, run_id))

    def next(
        self,
        going: int,
        max_concurrent_runs: int,
        batch_max: int,
        takes_aside: Callable[[Waiting], bool] = lambda waiting: False,
    ) -> list[Waiting]:
        """Takes out the runs that may start now, the first to go first.

        Args:
            going: runs that go on now (count).
            max_concurrent_runs: most that may (count, >= 1).
            batch_max: most that are taken at once (count, >= 1).
            takes_aside: takes a run that may not start however much room there is; those behind it get its place.
        """
        room = min(max_concurrent_runs - going, batch_max)
        taken: list[Waiting] = []
        while len(taken) < room and self._heap:
            waiting = heappop(self._heap)
            self._ids.discard(waiting.run_id)
            if not takes_aside(waiting):
                taken.append(waiting)
        return taken

    def put_back(self, taken: Sequence[Waiting]) -> None:
        """Returns runs that could not be started after all to their places."""
        for waiting in taken:
            if waiting.run_id not in self._ids:
                self._ids.add(waiting.run_id)
                heappush(self._heap, waiting)
