"""Sets of an asset's partitions by how they stand, as stretches and as segments of a strip; no key is looked at."""

from __future__ import annotations

from enum import StrEnum

from watchbell.ground.value import dataclass
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.partition_state import PartitionState

SEGMENTS_MAX = 300
"""Segments of one strip (count); what would have more is drawn in cells of many partitions."""


class PartitionStanding(StrEnum):
    """How a partition stands: what needs attention is said first."""

    FAILED = "failed"
    IN_PROGRESS = "in_progress"
    PLANNED = "planned"
    STALE = "stale"
    MADE = "made"
    MISSING = "missing"


@dataclass(frozen=True)
class Segment:
    """Neighbouring partitions that stand alike.

    Args:
        standing: how; of a segment of many partitions, how the one stands that needs most attention.
        first: number of the first one.
        last: number of the last one.
        start: place of the first one among all (0: the first of all).
        count: how many they are.
        marked: how many of them stand so; ``count``, but for segments of a strip that is not exact.
    """

    standing: PartitionStanding
    first: int
    last: int
    start: int
    count: int
    marked: int


@dataclass(frozen=True)
class Standings:
    """All partitions, each in the one set that says how it stands.

    Args:
        there: all partitions that exist.
        sets: those that stand so, by how.
    """

    there: OrdinalSet
    sets: dict[PartitionStanding, OrdinalSet]

    @staticmethod
    def of(there: OrdinalSet, state: PartitionState, stale: OrdinalSet | None = None) -> Standings:
        """From what is known of them.

        Args:
            there: all partitions that exist.
            state: which were made, failed, are being made or are planned.
            stale: those made before what they are made from.
        """
        left = there
        sets: dict[PartitionStanding, OrdinalSet] = {}
        found = {
            PartitionStanding.FAILED: state.failed,
            PartitionStanding.IN_PROGRESS: state.in_progress,
            PartitionStanding.PLANNED: state.planned,
            PartitionStanding.STALE: OrdinalSet() if stale is None else stale & state.materialized,
            PartitionStanding.MADE: state.materialized,
        }
        for standing, ordinals in found.items():
            sets[standing] = left & ordinals
            left = left - ordinals
        sets[PartitionStanding.MISSING] = left
        return Standings(there, sets)

    def counts(self, within: OrdinalSet | None = None) -> dict[str, int]:
        """How many stand how, by name; of all, or within a set."""
        return {name.value: len(each if within is None else each & within) for name, each in self.sets.items()}

    def of_one(self, ordinal: int) -> PartitionStanding:
        """How one partition stands."""
        return next((name for name, each in self.sets.items() if ordinal in each), PartitionStanding.MISSING)

    def segments(self, limit: int = SEGMENTS_MAX) -> tuple[list[Segment], bool]:
        """The strip, in order, and whether each of its segments is of partitions that all stand alike.

        Args:
            limit: most segments (count).
        """
        found: list[Segment] = []
        for standing, ordinals in self.sets.items():
            stretches = ranges_of(ordinals, self.there, limit + 1)
            if len(found) + len(stretches) > limit:
                return self._cells(limit), False
            for first, last in stretches:
                start, count = self.there.count_below(first), self.there.count_between(first, last + 1)
                found.append(Segment(standing, first, last, start, count, count))
        return sorted(found, key=lambda each: each.start), True

    def _cells(self, width: int) -> list[Segment]:
        total = len(self.there)
        starts = [at * total // width for at in range(width)] if total > width else list(range(total))
        merged: list[Segment] = []
        for start, stop in zip(starts, [*starts[1:], total], strict=True):
            first, last = self.there.at(start), self.there.at(stop - 1)
            counts = {name: each.count_between(first, last + 1) for name, each in self.sets.items()}
            standing = next(name for name, count in counts.items() if count)
            if standing is PartitionStanding.MADE and counts[PartitionStanding.MISSING]:
                standing = PartitionStanding.MISSING  # a cell that is made in part is not made
            before = merged[-1] if merged else None
            if before is not None and before.standing is standing:
                count, marked = before.count + stop - start, before.marked + counts[standing]
                merged[-1] = Segment(standing, before.first, last, before.start, count, marked)
            else:
                merged.append(Segment(standing, first, last, start, stop - start, counts[standing]))
        return merged


def chosen_by_status(scope: OrdinalSet, state: PartitionState, status: str) -> OrdinalSet:
    """Those partitions that stand so: made, failed, in-progress, planned or missing."""
    match status:
        case "made":
            return (scope & state.materialized) - state.failed - state.in_progress
        case "failed":
            return scope & state.failed
        case "in-progress":
            return scope & state.in_progress
        case "planned":
            return scope & state.planned
        case _:
            return state.missing(scope) - state.failed - state.planned


def ranges_of(chosen: OrdinalSet, there: OrdinalSet, limit: int) -> list[tuple[int, int]]:
    """First and last ordinal of stretches of chosen partitions with no other partition between them.

    Args:
        chosen: some of ``there``.
        there: the partitions that exist; numbers that are no partition part nothing.
        limit: most stretches (count).
    """
    found: list[tuple[int, int]] = []
    others = there - chosen
    first = chosen.first()
    while first is not None and len(found) < limit:
        after = _next(others, first)
        stop = (chosen.last() or 0) + 1 if after is None else after
        below = chosen.count_below(stop)
        found.append((first, chosen.at(below - 1)))
        first = chosen.at(below) if below < len(chosen) else None
    return found


def _next(ordinals: OrdinalSet, after: int) -> int | None:
    below = ordinals.count_below(after)
    return ordinals.at(below) if below < len(ordinals) else None
