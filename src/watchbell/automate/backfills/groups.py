"""Which assets of a backfill share runs, and how the partitions are cut into runs.

Assets of one definition that depend on each other by the same key, and assets that do not depend on each other, share
a run for each partition; where a mapping leads to other partitions a new *group* begins. Groups lie in levels: what a
group needs of others lies in lower levels, so groups, level by level, are an order that can run.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Protocol

from watchbell.automate.backfills.units import PlanUnit
from watchbell.declare.partitions.backfill_policy import BackfillPolicy
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.multi import LOW_BITS
from watchbell.declare.partitions.subset import joined_ranges
from watchbell.declare.partitions.view import PartitionsView
from watchbell.ground.value import dataclass
from watchbell.record.keys import AssetKey
from watchbell.record.ordinal_set import OrdinalSet


class UnitSets(Protocol):
    """Which partitions are to be made: of a backfill, or of what conditions ask for."""

    @property
    def units(self) -> Sequence[PlanUnit]:
        """Those of which something is to be made, upstream first."""

    def unit_of(self, key: AssetKey) -> PlanUnit | None:
        """The unit that makes an asset; None: it is not to be made."""

    def __getitem__(self, unit: PlanUnit) -> OrdinalSet: ...


@dataclass(frozen=True, eq=False)
class RunGroup:
    """Assets that share runs.

    Args:
        level: greater than that of every group it needs something of.
        units: what its runs make.
        definition: their partitions; None: they have none.
        policy: how many partitions a run makes.
        in_order: whether its runs need each other, earlier partitions first.
    """

    level: int
    units: tuple[PlanUnit, ...]
    definition: PartitionsDefinition | None
    policy: BackfillPolicy
    in_order: bool = False


@dataclass(frozen=True)
class Piece:
    """What one run makes.

    Args:
        first: its first partition.
        last: its last one; between the two lie no others of the definition than those it makes.
        count: how many they are.
        makes: which of the group's sets of units (place).
    """

    first: int
    last: int
    count: int
    makes: int


class GroupPieces:
    """The runs of a group, in the order of their partitions.

    Args:
        units_of: the units that each of its sets makes.
        pieces: ascending; no two overlap.
    """

    def __init__(self, units_of: Sequence[tuple[PlanUnit, ...]], pieces: Sequence[Piece]) -> None:
        self.units_of = units_of
        self.pieces = pieces
        self._firsts = [piece.first for piece in pieces]

    def __len__(self) -> int:
        return len(self.pieces)

    def place_of(self, ordinal: int) -> int:
        """The place of the run that makes a partition; one of them does."""
        return bisect_right(self._firsts, ordinal) - 1


def groups_of(asked: UnitSets) -> list[RunGroup]:
    """The groups of a backfill in an order that can run."""
    levels: dict[PlanUnit, int] = {}
    kinds: list[list[PlanUnit]] = []  # units that may share runs as far as their own declarations go
    members: dict[tuple[int, int], list[PlanUnit]] = {}
    kind_of: dict[PlanUnit, int] = {}
    for unit in asked.units:
        kind_of[unit] = kind = _kind(unit, kinds)
        level = 0
        for edge in unit.edges:
            parent = asked.unit_of(edge.parent)
            if parent is None or parent is unit or parent not in levels:
                continue
            is_shared = edge.is_identity and kind_of[parent] == kind
            level = max(level, levels[parent] + (not is_shared))
        levels[unit] = level
        members.setdefault((level, kind), []).append(unit)
    return [
        RunGroup(level, tuple(units), units[0].definition, units[0].policy, _goes_in_order(units[0]))
        for (level, _), units in sorted(members.items(), key=lambda item: item[0][0])
    ]


def _goes_in_order(unit: PlanUnit) -> bool:
    return unit.needs_itself and unit.policy.max_partitions_per_run is not None


def _kind(unit: PlanUnit, kinds: list[list[PlanUnit]]) -> int:
    """Which units may be in a run with this one; one whose runs wait for each other holds up no other."""
    for place, alike in enumerate(kinds):
        other = alike[0]
        is_alike = other.definition == unit.definition and other.policy == unit.policy
        if is_alike and not _goes_in_order(other) and not _goes_in_order(unit):
            alike.append(unit)
            return place
    kinds.append([unit])
    return len(kinds) - 1


def pieces_of(group: RunGroup, asked: UnitSets, view: PartitionsView) -> GroupPieces:
    """How the partitions of a group are cut into runs.

    Where not all units of it are asked for the same partitions, each run makes those that are.
    """
    classes = _classes(group.units, asked)
    existing = group.units[0].existing(view)
    most = group.policy.max_partitions_per_run
    pieces = [piece for makes, (_, ordinals) in enumerate(classes) for piece in _cut(ordinals, existing, most, makes)]
    if len(classes) > 1:
        pieces.sort(key=lambda piece: piece.first)
    return GroupPieces([units for units, _ in classes], pieces)


def _classes(units: Sequence[PlanUnit], asked: UnitSets) -> list[tuple[tuple[PlanUnit, ...], OrdinalSet]]:
    """Sets of partitions, each with the units that are asked for all of it; no two of them overlap."""
    alike: dict[OrdinalSet, list[int]] = {}  # units by what is asked for of them: as a rule very few sets
    for place, unit in enumerate(units):
        alike.setdefault(asked[unit], []).append(place)
    classes: list[tuple[list[int], OrdinalSet]] = []
    for wanted, places in alike.items():
        rest = wanted
        refined: list[tuple[list[int], OrdinalSet]] = []
        for members, ordinals in classes:
            both = ordinals & rest
            rest = rest - both
            refined += [(members + places, both), (members, ordinals - both)]
        refined.append((places, rest))
        classes = [(members, ordinals) for members, ordinals in refined if ordinals]
    return [(tuple(units[place] for place in sorted(members)), ordinals) for members, ordinals in classes]


def _cut(ordinals: OrdinalSet, existing: OrdinalSet, most: int | None, makes: int) -> Iterator[Piece]:
    if most == 1:
        for ordinal in ordinals:
            yield Piece(ordinal, ordinal, 1, makes)
        return
    done = 0
    for first, last in _stretches(ordinals, existing):
        count = ordinals.count_between(first, last + 1)
        size = count if most is None else most
        for start in range(0, count, size):
            end = min(start + size, count)
            yield Piece(ordinals.at(done + start), ordinals.at(done + end - 1), end - start, makes)
        done += count


def _stretches(ordinals: OrdinalSet, existing: OrdinalSet) -> Iterator[tuple[int, int]]:
    """Ranges that miss nothing; one of two dimensions stays at one partition of the upper dimension."""
    for first, last in joined_ranges(ordinals, existing):
        begin = first
        while begin >> LOW_BITS != last >> LOW_BITS:
            places = ordinals.count_below(((begin >> LOW_BITS) + 1) << LOW_BITS)
            yield begin, ordinals.at(places - 1)
            begin = ordinals.at(places)
        yield begin, last
