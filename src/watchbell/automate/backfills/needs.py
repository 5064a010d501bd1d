"""Which runs of a backfill each run needs, as ranges of numbers.

The runs of a group are numbered one after the other, so what a set of partitions needs of a group is as many ranges as
the set has; a mapping that leads to the same partitions from everywhere is asked once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from watchbell.automate.backfills.asked import AskedSets
from watchbell.automate.backfills.groups import GroupPieces, Piece, RunGroup
from watchbell.automate.backfills.units import PlanEdge, PlanUnit
from watchbell.declare.partitions.view import PartitionsView
from watchbell.record.ordinal_set import OrdinalSet

Range = tuple[int, int]


class NumberedGroup:
    """A group whose runs have numbers.

    Args:
        group: what shares the runs.
        pieces: its runs.
        base: the number of the first that begins.
        backwards: whether the last partition begins first.
    """

    def __init__(self, group: RunGroup, pieces: GroupPieces, base: int, *, backwards: bool) -> None:
        self.group, self.pieces = group, pieces
        self._base, self._backwards = base, backwards

    def in_order(self) -> Iterator[tuple[int, Piece]]:
        """Number and run, as they begin."""
        ordered = reversed(self.pieces.pieces) if self._backwards else iter(self.pieces.pieces)
        return enumerate(ordered, self._base)

    def number_of(self, place: int) -> int:
        """The number of a run by its place among the partitions."""
        return self._base + (len(self.pieces) - 1 - place if self._backwards else place)

    def numbers_of(self, ordinals: OrdinalSet) -> Iterator[Range]:
        """The numbers of the runs that make these partitions, both ends of each range included.

        Args:
            ordinals: all of them asked for of one of the group's units.
        """
        for start, stop in ordinals.ranges():
            low, high = self.number_of(self.pieces.place_of(start)), self.number_of(self.pieces.place_of(stop - 1))
            yield (low, high) if low <= high else (high, low)


class Needs:
    """What the runs of a backfill need.

    Args:
        groups: in the order of their numbers.
        asked: what each unit makes.
        view: from where one looks.
    """

    def __init__(self, groups: Iterable[NumberedGroup], asked: AskedSets, view: PartitionsView) -> None:
        self._asked, self._view = asked, view
        self._group_of = {unit: each for each in groups for unit in each.group.units}
        self._constant: dict[PlanEdge, list[Range]] = {}

    def of(self, group: NumberedGroup, number: int, piece: Piece) -> str:
        """What a run needs, as the text of a part."""
        ranges: list[Range] = []
        for unit in group.pieces.units_of[piece.makes]:
            for edge in unit.edges:
                ranges += self._of_edge(unit, edge, piece, group)
        return _text(ranges, number)

    def _of_edge(self, unit: PlanUnit, edge: PlanEdge, piece: Piece, group: NumberedGroup) -> Iterable[Range]:
        maker = self._asked.unit_of(edge.parent)
        if maker is None or maker not in self._group_of:
            return ()
        above = self._group_of[maker]
        if above is group and edge.is_identity:
            return ()  # the same run makes it
        if edge.is_constant:
            if edge not in self._constant:
                self._constant[edge] = list(self._upstream(edge, self._asked[unit], maker, above))
            return self._constant[edge]
        return self._upstream(edge, _ordinals(self._asked[unit], piece), maker, above)

    def _upstream(self, edge: PlanEdge, children: OrdinalSet, maker: PlanUnit, above: NumberedGroup) -> Iterator[Range]:
        parents = children if edge.is_identity else edge.upstream(children, self._view).existing
        return above.numbers_of(parents & self._asked[maker])


def _ordinals(asked: OrdinalSet, piece: Piece) -> OrdinalSet:
    return OrdinalSet([piece.first]) if piece.count == 1 else asked & OrdinalSet.of_range(piece.first, piece.last + 1)


def _text(ranges: list[Range], number: int) -> str:
    """Ranges in any order as text, joined where they touch; what a run makes itself it does not need."""
    joined: list[Range] = []
    for low, high_given in sorted(ranges):
        high = high_given - (high_given == number)
        if joined and low <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], high))
        elif low <= high:
            joined.append((low, high))
    assert not joined or joined[-1][1] < number, (joined, number)
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in joined)
