"""Windows of time that depend on windows of time: those that overlap, moved by some windows."""

from __future__ import annotations

from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.mapping import OrdinalMapping, UpstreamOrdinals
from watchbell.declare.partitions.time_window import TimeWindowPartitionsDefinition
from watchbell.declare.partitions.view import PartitionsView
from watchbell.declare.partitions.window_overlap import overlapping
from watchbell.ground.errors import DagsterInvalidDefinitionError, ParameterCheckError
from watchbell.ground.value import dataclass
from watchbell.record.ordinal_set import ORDINAL_MAX, OrdinalSet

OFFSET_MAX = 10_000_000  # windows; about a thousand years of hours


@dataclass(frozen=True)
class TimeWindowPartitionMapping(OrdinalMapping):
    """A window depends on the upstream windows that overlap with it; both sides may differ in length, zone and start.

    Args:
        start_offset: from how many windows earlier (negative) or later on (count; downstream windows).
        end_offset: up to how many windows earlier or later, in the same way.
        allow_nonexistent_upstream_partitions: whether upstream windows that do not exist are simply left out, instead
            of being required.

    An offset that reaches back before the first upstream window, or on past the last one, requires nothing there: the
    first day that depends on the day before it depends on nothing.

    Raises:
        ParameterCheckError: an argument has the wrong type, or an offset is beyond ten million windows.

    Example:
        >>> days = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-05")
        >>> mapping = TimeWindowPartitionMapping(start_offset=-1)
        >>> result = mapping.get_upstream_mapped_partitions_result_for_partitions(
        ...     days.subset_with_partition_keys(["2026-01-03"]), days, days
        ... )
        >>> list(result.partitions_subset.get_partition_keys())
        ['2026-01-02', '2026-01-03']
    """

    start_offset: int = 0
    end_offset: int = 0
    allow_nonexistent_upstream_partitions: bool = False

    def __post_init__(self) -> None:
        for name in ("start_offset", "end_offset"):
            value = getattr(self, name)
            if not isinstance(value, int) or abs(value) > OFFSET_MAX:
                raise ParameterCheckError(
                    f"{name} of TimeWindowPartitionMapping is a number of windows (at most {OFFSET_MAX:,} either way), "
                    f"not {value!r}",
                    parameter=name,
                    value=value,
                )

    @property
    def description(self) -> str:
        """What it maps to what, for people."""
        text = "each partition depends on the upstream partitions whose windows overlap with its own"
        if self.start_offset or self.end_offset:
            text += f", its start moved by {self.start_offset} and its end by {self.end_offset} partitions"
        return text

    def validate_partition_mapping(
        self, upstream_partitions_def: PartitionsDefinition, downstream_partitions_def: PartitionsDefinition | None
    ) -> None:
        """Nothing, if both sides are windows of time.

        Args:
            upstream_partitions_def: that of the asset that is depended on.
            downstream_partitions_def: that of the asset that depends.

        Raises:
            DagsterInvalidDefinitionError: one of them is something else.
        """
        _windows(upstream_partitions_def, "upstream")
        _windows(downstream_partitions_def, "downstream")

    def ordinals_up(
        self,
        downstream: OrdinalSet | None,
        downstream_def: PartitionsDefinition | None,
        upstream_def: PartitionsDefinition,
        view: PartitionsView,
    ) -> UpstreamOrdinals:
        """The windows that overlap; see :meth:`PartitionMapping.upstream_of`."""
        below, above = _windows(downstream_def, "downstream"), _windows(upstream_def, "upstream")
        needed = OrdinalSet()
        if downstream and self.start_offset <= self.end_offset:
            spread = _spread(downstream, below, self.start_offset, self.end_offset)
            needed = overlapping(spread, below.counter, above.counter)
        there = above.ordinals(view)
        existing = needed & there
        missing = OrdinalSet()
        if not self.allow_nonexistent_upstream_partitions and len(existing) < len(needed):
            missing = above.without_excluded(self._required(needed - existing, above, there))
        return UpstreamOrdinals(existing, missing)

    def ordinals_down(
        self,
        upstream: OrdinalSet,
        upstream_def: PartitionsDefinition,
        downstream_def: PartitionsDefinition,
        view: PartitionsView,
    ) -> OrdinalSet:
        """The windows that overlap; see :meth:`PartitionMapping.downstream_of`."""
        above, below = _windows(upstream_def, "upstream"), _windows(downstream_def, "downstream")
        if not upstream or self.start_offset > self.end_offset:
            return OrdinalSet()
        touched = overlapping(upstream, above.counter, below.counter)
        return _reached(touched, below, self.start_offset, self.end_offset) & below.ordinals(view)

    def _required(self, absent: OrdinalSet, above: TimeWindowPartitionsDefinition, there: OrdinalSet) -> OrdinalSet:
        """Those of absent windows that had to be there."""
        first = above.first_ordinal
        last = there.last()
        start = first if self.start_offset < 0 else 0
        stop = ORDINAL_MAX
        if self.end_offset > 0:
            stop = first if last is None else last + 1
        # Not further than the set itself: a range to the greatest ordinal would take all memory.
        return absent & OrdinalSet.of_range(max(start, absent.first() or 0), min(stop, (absent.last() or 0) + 1))


def _windows(definition: PartitionsDefinition | None, side: str) -> TimeWindowPartitionsDefinition:
    if not isinstance(definition, TimeWindowPartitionsDefinition):
        what = "has no partitions" if definition is None else f"is {definition!r}"
        raise DagsterInvalidDefinitionError(
            f"TimeWindowPartitionMapping maps between windows of time, but {side} {what}; give another "
            "partition_mapping, e.g. AllPartitionMapping()"
        )
    return definition


def _spread(
    ordinals: OrdinalSet, definition: TimeWindowPartitionsDefinition, start_offset: int, end_offset: int
) -> OrdinalSet:
    """The windows from ``start_offset`` to ``end_offset`` windows after those of a set, gaps between them included."""
    if not start_offset and not end_offset:
        return ordinals
    if not definition.exclusions:
        return _smeared(ordinals, start_offset, end_offset)
    places = _Places(ordinals, definition, max(abs(start_offset), abs(end_offset)))
    moved = OrdinalSet.of_ranges(
        (places.moved(start, start_offset), places.moved(stop - 1, end_offset) + 1) for start, stop in ordinals.ranges()
    )
    return moved if start_offset < end_offset else definition.without_excluded(moved)


def _reached(
    ordinals: OrdinalSet, definition: TimeWindowPartitionsDefinition, start_offset: int, end_offset: int
) -> OrdinalSet:
    """The windows whose spread meets a set: the reverse of `_spread`."""
    if not start_offset and not end_offset:
        return ordinals
    if not definition.exclusions:
        return _smeared(ordinals, -end_offset, -start_offset)
    places = _Places(ordinals, definition, max(abs(start_offset), abs(end_offset)))
    if not places:
        return OrdinalSet()
    if start_offset == end_offset:
        ordinals = definition.without_excluded(ordinals)
    return OrdinalSet.of_ranges(
        (places.moved(start, -end_offset), places.moved_back(stop - 1, -start_offset) + 1)
        for start, stop in ordinals.ranges()
    )


def _smeared(ordinals: OrdinalSet, start_offset: int, end_offset: int) -> OrdinalSet:
    """Each member and its neighbours: by doubling, so a wide spread is as cheap as a narrow one."""
    wanted = end_offset - start_offset + 1
    covered = 1
    while covered < wanted:
        step = min(covered, wanted - covered)
        ordinals |= ordinals.shifted(step)
        covered += step
    return ordinals.shifted(start_offset)


class _Places:
    """The windows around a set that are not left out, by place.

    Args:
        ordinals: the set.
        definition: with exclusions.
        reach: so many windows beyond the set are known on either side (count).
    """

    def __init__(self, ordinals: OrdinalSet, definition: TimeWindowPartitionsDefinition, reach: int) -> None:
        first, last = ordinals.first() or 0, ordinals.last() or 0
        margin = reach + 2
        for _ in range(12):  # twelve doublings: exclusions that leave one window of four thousand
            self._there = definition.without_excluded(OrdinalSet.of_range(max(first - margin, 0), last + margin + 1))
            before, upto = self._there.count_below(first), self._there.count_below(last + 1)
            if before > reach and len(self._there) - upto > reach:
                break
            margin *= 2

    def __bool__(self) -> bool:
        return bool(self._there)

    def moved(self, ordinal: int, by: int) -> int:
        """The window so many places after an ordinal, or after the next one that is not left out."""
        return self._at(self._there.count_below(ordinal) + by)

    def moved_back(self, ordinal: int, by: int) -> int:
        """The window so many places after an ordinal, or after the last one before it that is not left out."""
        return self._at(self._there.count_below(ordinal + 1) - 1 + by)

    def _at(self, place: int) -> int:
        return self._there.at(min(max(place, 0), len(self._there) - 1))
