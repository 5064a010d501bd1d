"""A picture of partitions in one line: each cell stands for one of them, or for as many as the line needs."""

from __future__ import annotations

from collections.abc import Sequence

from watchbell.ground.value import dataclass
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.partition_state import PartitionState


@dataclass(frozen=True)
class Cell:
    """Neighbouring partitions.

    Args:
        total: how many they are (count).
        made: how many of them were made.
        failed: how many of them failed.
        in_progress: how many of them are being made.
        planned: how many of them are to be made by runs that have not begun.
    """

    total: int
    made: int
    failed: int
    in_progress: int
    planned: int = 0

    @property
    def look(self) -> Look:
        """How it is drawn: what needs attention wins, however few they are."""
        if self.failed:
            return FAILED
        if self.in_progress:
            return GOING
        if self.planned:
            return PLANNED
        if self.made:
            return MADE if self.made == self.total else PARTLY
        return MISSING


@dataclass(frozen=True)
class Look:
    """How a cell is drawn.

    Args:
        mark: one character.
        colour: of a terminal.
        meaning: for the legend.
    """

    mark: str
    colour: str
    meaning: str


MADE = Look("█", "green", "made")
PARTLY = Look("▄", "green", "partly made")
GOING = Look("▒", "blue", "in progress")
PLANNED = Look("░", "blue", "planned")
FAILED = Look("x", "red", "failed")
MISSING = Look("·", "white", "missing")
LOOKS = (MADE, PARTLY, GOING, PLANNED, FAILED, MISSING)


def cells_of(there: OrdinalSet, state: PartitionState, width: int) -> list[Cell]:
    """At most ``width`` cells of nearly equal size, which are all partitions in their order; no key is looked at.

    Args:
        there: the partitions that exist.
        state: how they stand.
        width: most cells (count, >= 1).
    """
    total = len(there)
    count = min(total, width)
    starts = [there.at(at * total // count) for at in range(count)]
    last = there.last()
    stops = [*starts[1:], (last or 0) + 1]
    return [
        Cell(
            there.count_between(start, stop),
            state.materialized.count_between(start, stop),
            state.failed.count_between(start, stop),
            state.in_progress.count_between(start, stop),
            state.planned.count_between(start, stop),
        )
        for start, stop in zip(starts, stops, strict=True)
    ]


def legend_of(cells: Sequence[Cell]) -> list[Look]:
    """The looks that a strip has, in a fixed order."""
    seen = {cell.look for cell in cells}
    return [look for look in LOOKS if look in seen]
