"""Partitions in two dimensions: each key of the one with each of the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from hashlib import sha1
from itertools import product
from typing import NamedTuple

from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.dynamic import DynamicPartitionsDefinition
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.declare.partitions.subset import joined_ranges
from watchbell.declare.partitions.time_window import ORDINAL_BASE, TimeWindowPartitionsDefinition
from watchbell.declare.partitions.view import DynamicPartitionsStore, PartitionsView, partitions_view
from watchbell.ground.errors import (
    CheckError,
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    ParameterCheckError,
)
from watchbell.ground.suggest import did_you_mean
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.partition import (
    DIMENSION_DELIMITER,
    PARTITION_TAG,
    MultiPartitionKey,
    PartitionKeyRange,
    TimeWindow,
)

DIMENSIONS_COUNT = 2
LOW_BITS = 32
_LOW_MASK = (1 << LOW_BITS) - 1
_REFUSED = "|[],"


class PartitionDimensionDefinition(NamedTuple):
    """One dimension.

    Args:
        name: its name.
        partitions_def: its partitions.
    """

    name: str
    partitions_def: PartitionsDefinition


class MultiPartitionsDefinition(PartitionsDefinition):
    """Partitions in two dimensions, e.g. days and countries; a key is text such as ``"fr|2026-01-01"``.

    The dimensions are ordered by name, also in keys.

    Args:
        partitions_defs: the two dimensions by name: windows of time, listed keys or dynamic partitions.

    Raises:
        DagsterInvalidInvocationError: there are not two dimensions.
        DagsterInvalidDefinitionError: a dimension is of another kind, or has keys with ``|``, ``[``, ``]`` or ``,``.

    Example:
        >>> shops = MultiPartitionsDefinition(
        ...     {
        ...         "country": StaticPartitionsDefinition(["fr", "it"]),
        ...         "size": StaticPartitionsDefinition(["big", "small"]),
        ...     }
        ... )
        >>> shops.get_partition_keys()[1], shops.get_partition_keys()[1].keys_by_dimension
        ('fr|small', {'country': 'fr', 'size': 'small'})
    """

    def __init__(self, partitions_defs: Mapping[str, PartitionsDefinition]) -> None:
        self._dimensions = _checked(partitions_defs)
        windows = [isinstance(each.partitions_def, TimeWindowPartitionsDefinition) for each in self._dimensions]
        self._is_time_first = windows == [True, False]
        self.is_ordered = not self._is_time_first
        first, second = self._dimensions
        # Windows of time are the low part, so that a stretch of time is a run of consecutive ordinals.
        self._high, self._low = (second, first) if self._is_time_first else (first, second)
        self._time = self._low if sum(windows) == 1 else None
        # Ordinals have 63 bits; windows in the upper half would begin at the 64th.
        self._high_base = ORDINAL_BASE // 2 if all(windows) else 0

    # ----------------------------------------------------------- dimensions

    @property
    def partitions_defs(self) -> Sequence[PartitionDimensionDefinition]:
        """The dimensions, ordered by name."""
        return list(self._dimensions)

    @property
    def partition_dimension_names(self) -> list[str]:
        """The names of the dimensions, in order."""
        return [each.name for each in self._dimensions]

    def get_partitions_def_for_dimension(self, dimension_name: str) -> PartitionsDefinition:
        """The partitions of a dimension.

        Raises:
            CheckError: there is no such dimension.
        """
        return self.dimension(dimension_name).partitions_def

    def dimension(self, name: str) -> PartitionDimensionDefinition:
        """A dimension by name.

        Raises:
            CheckError: there is none.
        """
        for each in self._dimensions:
            if each.name == name:
                return each
        names = self.partition_dimension_names
        raise CheckError(f"no dimension {name!r} among {' and '.join(map(repr, names))}{did_you_mean(name, names)}")

    @property
    def primary_dimension(self) -> PartitionDimensionDefinition:
        """The dimension of time; if both or none are, the first."""
        return self._time or self._dimensions[0]

    @property
    def secondary_dimension(self) -> PartitionDimensionDefinition:
        """The other one."""
        return self._dimensions[1] if self.primary_dimension is self._dimensions[0] else self._dimensions[0]

    @property
    def has_time_window_dimension(self) -> bool:
        """Whether just one of the dimensions is windows of time."""
        return self._time is not None

    @property
    def time_window_dimension(self) -> PartitionDimensionDefinition:
        """The dimension of time.

        Raises:
            CheckError: none is, or both are.
        """
        if self._time is None:
            raise CheckError(f"just one dimension must be windows of time, but in {self!r} both or none are")
        return self._time

    @property
    def time_window_partitions_def(self) -> TimeWindowPartitionsDefinition:
        """The partitions of the dimension of time.

        Raises:
            CheckError: none is, or both are.
        """
        found = self.time_window_dimension.partitions_def
        assert isinstance(found, TimeWindowPartitionsDefinition)
        return found

    @property
    def high(self) -> PartitionDimensionDefinition:
        """The dimension whose ordinals are the upper half of an ordinal."""
        return self._high

    @property
    def low(self) -> PartitionDimensionDefinition:
        """The dimension whose ordinals are the lower half: that of time, if there is one."""
        return self._low

    # ------------------------------------------------------------- ordinals

    @property
    def numbering(self) -> str:
        """Those of the dimensions with their names, the upper half first."""
        return "multi:" + ",".join(f"{each.name}({each.partitions_def.numbering})" for each in (self._high, self._low))

    def continues(self, numbering: str) -> bool:
        """Whether a numbering is this one, or that of dimensions that grew since."""
        head = f"multi:{self._high.name}("
        middle = f"),{self._low.name}("
        if not (numbering.startswith(head) and numbering.endswith(")")):
            return False
        inner = numbering[len(head) : -1]
        return any(
            self._high.partitions_def.continues(inner[:place])
            and self._low.partitions_def.continues(inner[place + len(middle) :])
            for place in range(len(inner))
            if inner.startswith(middle, place)
        )

    def ordinal_of(self, key: str, view: PartitionsView) -> int | None:
        """The ordinal of a key that exists."""
        by_name = self._split(key)
        if by_name is None:
            return None
        high = self._high.partitions_def.ordinal_of(by_name[self._high.name], view)
        low = self._low.partitions_def.ordinal_of(by_name[self._low.name], view)
        return None if high is None or low is None else self.join(high, low)

    def ordinals_of(self, keys: Sequence[str], view: PartitionsView) -> Sequence[int | None]:
        """The ordinals of keys, None for one that does not exist."""
        split = [self._split(key) for key in keys]
        numbers: list[dict[str, int | None]] = []
        for dimension in (self._high, self._low):
            parts = list(dict.fromkeys(each[dimension.name] for each in split if each is not None))
            numbers.append(dict(zip(parts, dimension.partitions_def.ordinals_of(parts, view), strict=True)))
        found: list[int | None] = []
        for each in split:
            high, low = (
                (None, None) if each is None else (numbers[0][each[self._high.name]], numbers[1][each[self._low.name]])
            )
            found.append(None if high is None or low is None else self.join(high, low))
        return found

    def key_of(self, ordinal: int, view: PartitionsView) -> str:
        """The key of an ordinal."""
        high, low = self.split(ordinal)
        return MultiPartitionKey(
            {
                self._high.name: self._high.partitions_def.key_of(high, view),
                self._low.name: self._low.partitions_def.key_of(low, view),
            }
        )

    def keys_of(self, ordinals: Iterable[int], view: PartitionsView) -> list[str]:
        """The keys of ordinals, ordered by the dimensions' names."""
        wanted = [self.split(each) for each in ordinals]
        highs, lows = (
            dict(zip(each, dimension.partitions_def.keys_of(each, view), strict=True))
            for dimension, each in (
                (self._high, list(dict.fromkeys(high for high, _ in wanted))),
                (self._low, sorted({low for _, low in wanted})),
            )
        )
        if self._is_time_first:
            wanted.sort(key=lambda parts: (parts[1], parts[0]))
        return [MultiPartitionKey({self._high.name: highs[high], self._low.name: lows[low]}) for high, low in wanted]

    def ordinals(self, view: PartitionsView) -> OrdinalSet:
        """All that exist."""
        return self.product(self._high.partitions_def.ordinals(view), self._low.partitions_def.ordinals(view))

    def join(self, high: int, low: int) -> int:
        """The ordinal of a partition, from those of its dimensions."""
        return high - self._high_base << LOW_BITS | low

    def split(self, ordinal: int) -> tuple[int, int]:
        """The ordinals in the upper and the lower dimension, from that of a partition."""
        return (ordinal >> LOW_BITS) + self._high_base, ordinal & _LOW_MASK

    def product(self, high: OrdinalSet, low: OrdinalSet) -> OrdinalSet:
        """All partitions that have one of some ordinals in each dimension."""
        ranges = low.ranges()

        def crossed() -> Iterator[tuple[int, int]]:
            for each in high:
                base = self.join(each, 0)
                for start, stop in ranges:
                    yield base + start, base + stop

        return OrdinalSet.of_ranges(crossed())

    def range_ordinals(self, key_range: PartitionKeyRange, view: PartitionsView) -> OrdinalSet:
        """The partitions whose key lies in the range in each dimension."""
        start, end = self.get_partition_key_from_str(key_range.start), self.get_partition_key_from_str(key_range.end)
        self.require_ends(key_range, view)
        high, low = (
            each.partitions_def.range_ordinals(
                PartitionKeyRange(start.keys_by_dimension[each.name], end.keys_by_dimension[each.name]), view
            )
            for each in (self._high, self._low)
        )
        return self.product(high, low)

    def stretches(self, ordinals: OrdinalSet, view: PartitionsView) -> list[tuple[int, int]]:
        """A set as ranges, each at one partition of the dimension of which it has fewer, or else of the primary one."""
        lows_of: dict[int, OrdinalSet] = {}
        for start, stop in ordinals.ranges():
            for high in range(start >> LOW_BITS, (stop - 1 >> LOW_BITS) + 1):
                base = high << LOW_BITS
                lows = OrdinalSet.of_range(max(start - base, 0), min(stop - base, 1 << LOW_BITS))
                lows_of[high] = lows_of[high] | lows if high in lows_of else lows
        highs_of: dict[int, list[int]] = {}
        for high, low in ((high, low) for high, lows in lows_of.items() for low in lows):
            highs_of.setdefault(low, []).append(high + self._high_base)
        if len(lows_of) < len(highs_of) + (self.primary_dimension is self._high):
            there = self._low.partitions_def.ordinals(view)
            rows = [(high << LOW_BITS, joined_ranges(lows, there)) for high, lows in lows_of.items()]
            return [(base | first, base | last) for base, each in rows for first, last in each]
        there = self._high.partitions_def.ordinals(view)
        spans = [(low, joined_ranges(OrdinalSet(highs), there)) for low, highs in sorted(highs_of.items())]
        return [(self.join(first, low), self.join(last, low)) for low, each in spans for first, last in each]

    # ------------------------------------------------------------ questions

    def get_partition_keys(
        self, current_time: datetime | None = None, dynamic_partitions_store: DynamicPartitionsStore | None = None
    ) -> Sequence[MultiPartitionKey]:
        """All keys: each of the first dimension with each of the second.

        Args:
            current_time: the moment that decides which windows are over, aware; None: now.
            dynamic_partitions_store: an instance, for dynamic partitions.
        """
        return self._crossed({}, partitions_view(current_time, dynamic_partitions_store))

    def get_first_partition_key(self) -> str | None:
        """The first key, None if there is none."""
        keys = [each.partitions_def.get_first_partition_key() for each in self._dimensions]
        return self._joined(keys)

    def get_last_partition_key(self) -> str | None:
        """The last key, None if there is none."""
        keys = [each.partitions_def.get_last_partition_key() for each in self._dimensions]
        return self._joined(keys)

    def get_num_partitions(self) -> int:
        """How many there are (count)."""
        first, second = (each.partitions_def.get_num_partitions() for each in self._dimensions)
        return first * second

    def has_partition_key(self, partition_key: str) -> bool:
        """Whether there is such a partition; of a :class:`MultiPartitionKey` also its dimensions must be these."""
        is_strange = (
            isinstance(partition_key, MultiPartitionKey)
            and list(partition_key.keys_by_dimension) != self.partition_dimension_names
        )
        return not is_strange and super().has_partition_key(partition_key)

    def get_partition_key_from_str(self, partition_key_str: str) -> MultiPartitionKey:
        """A key with its dimensions, from its text; whether it exists is not asked.

        Raises:
            CheckError: the text has not one key for each dimension.
        """
        by_name = self._split(partition_key_str)
        if by_name is None:
            raise CheckError(f"{partition_key_str!r} is no key of two dimensions; one is written {self._form!r}")
        return MultiPartitionKey(by_name)

    def unknown_key_text(self, key: str, view: PartitionsView) -> str:
        """The end of a sentence about a key that does not exist: how keys are written, or which half is wrong."""
        names = self.partition_dimension_names
        text, written = f"partitions of {' and '.join(names)}", self._form
        by_name = self._split(key)
        if by_name is None:
            first = self.ordinals(view).first()
            example = "" if first is None else f", such as {str(self.key_of(first, view))!r}"
            return f"{text}; keys are written {written!r}{example}"
        turned = DIMENSION_DELIMITER.join(reversed(list(by_name.values())))
        if self.ordinal_of(turned, view) is not None:
            return f"{text}; keys are written {written!r}: did you mean {turned!r}?"
        for name, part in by_name.items():
            definition = self.dimension(name).partitions_def
            if definition.ordinal_of(part, view) is None:
                return f"{text}; no {name} {part!r} in {definition.unknown_key_text(part, view)}"
        return text

    @property
    def _form(self) -> str:
        return DIMENSION_DELIMITER.join(f"<{name}>" for name in self.partition_dimension_names)

    def is_valid_key_format(self, partition_key: str) -> bool:
        """Whether text has one key for each dimension."""
        return self._split(partition_key) is not None

    def get_multipartition_keys_with_dimension_value(
        self, dimension_name: str, dimension_partition_key: str
    ) -> Sequence[MultiPartitionKey]:
        """The keys that have one key in a dimension.

        Args:
            dimension_name: the dimension.
            dimension_partition_key: the key in it.

        Raises:
            CheckError: there is no such dimension.
        """
        return self.get_multipartition_keys_with_dimension_values(dimension_name, [dimension_partition_key])

    def get_multipartition_keys_with_dimension_values(
        self, dimension_name: str, dimension_partition_keys: Sequence[str]
    ) -> Sequence[MultiPartitionKey]:
        """The keys that have one of some keys in a dimension, ordered by these.

        Args:
            dimension_name: the dimension.
            dimension_partition_keys: the keys in it.

        Raises:
            CheckError: there is no such dimension.
        """
        name = self.dimension(dimension_name).name
        return [key for each in dimension_partition_keys for key in self._crossed({name: [each]}, partitions_view())]

    def time_window_for_partition_key(self, partition_key: str) -> TimeWindow:
        """The window of a key in the dimension of time.

        Raises:
            CheckError: none is, or both are windows of time; or the text has not one key for each dimension.
        """
        key = self.get_partition_key_from_str(partition_key)
        name = self.time_window_dimension.name
        return self.time_window_partitions_def.time_window_for_partition_key(key.keys_by_dimension[name])

    def get_tags_for_partition_key(self, partition_key: str) -> dict[str, str]:
        """The tags of a run for a partition: one for the key, one for each dimension.

        Raises:
            CheckError: the text has not one key for each dimension.
        """
        key = self.get_partition_key_from_str(partition_key)
        dimensions = {f"{PARTITION_TAG}/{name}": each for name, each in key.keys_by_dimension.items()}
        return {PARTITION_TAG: str(partition_key), **dimensions}

    def get_serializable_unique_identifier(self, dynamic_partitions_store: DynamicPartitionsStore | None = None) -> str:
        """Text that is the same for definitions with the same dimensions.

        Args:
            dynamic_partitions_store: an instance, for dynamic partitions.
        """
        parts = [
            (each.name, each.partitions_def.get_serializable_unique_identifier(dynamic_partitions_store))
            for each in self._dimensions
        ]
        return sha1(repr(parts).encode(), usedforsecurity=False).hexdigest()

    # --------------------------------------------------------------- inside

    @cached_property
    def _names(self) -> tuple[str, str]:
        first, second = self._dimensions
        return first.name, second.name

    def _split(self, key: str) -> dict[str, str] | None:
        parts = key.split(DIMENSION_DELIMITER) if isinstance(key, str) else []
        return dict(zip(self._names, parts, strict=True)) if len(parts) == DIMENSIONS_COUNT else None

    def _joined(self, keys: Sequence[str | None]) -> MultiPartitionKey | None:
        found = [key for key in keys if key is not None]
        return MultiPartitionKey(dict(zip(self._names, found, strict=True))) if len(found) == len(keys) else None

    def _crossed(self, given: Mapping[str, Sequence[str]], view: PartitionsView) -> list[MultiPartitionKey]:
        first, second = (
            given[each.name]
            if each.name in given
            else each.partitions_def.get_partition_keys(view.current_time, view.store)
            for each in self._dimensions
        )
        return [MultiPartitionKey(dict(zip(self._names, keys, strict=True))) for keys in product(first, second)]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, MultiPartitionsDefinition):
            return NotImplemented
        return self._dimensions == other._dimensions

    def __hash__(self) -> int:
        return hash(("multi", *self._dimensions))

    def __str__(self) -> str:
        dimensions = [f"{each.name.capitalize()}: {each.partitions_def}" for each in self._dimensions]
        return "Multi-partitioned, with dimensions: \n" + " \n".join(dimensions)

    def __repr__(self) -> str:
        shown = ", ".join(f"{each.name!r}: {each.partitions_def!r}" for each in self._dimensions)
        return f"MultiPartitionsDefinition({{{shown}}})"


def _checked(partitions_defs: Mapping[str, PartitionsDefinition]) -> list[PartitionDimensionDefinition]:
    if not isinstance(partitions_defs, Mapping):
        raise ParameterCheckError(
            f"partitions_defs is a mapping of names to definitions, not {partitions_defs!r}",
            parameter="partitions_defs",
            value=partitions_defs,
        )
    if len(partitions_defs) != DIMENSIONS_COUNT:
        raise DagsterInvalidInvocationError(
            f"MultiPartitionsDefinition takes two dimensions, got {len(partitions_defs)}: {list(partitions_defs)}"
        )
    for name, definition in partitions_defs.items():
        if not isinstance(name, str) or not isinstance(definition, PartitionsDefinition):
            raise CheckError(
                f"partitions_defs maps names to partitions definitions; dimension {name!r} is {definition!r}"
            )
        _check_dimension(name, definition)
    return [PartitionDimensionDefinition(name, partitions_defs[name]) for name in sorted(partitions_defs)]


def _check_dimension(name: str, definition: PartitionsDefinition) -> None:
    kinds = (TimeWindowPartitionsDefinition, StaticPartitionsDefinition, DynamicPartitionsDefinition)
    if not isinstance(definition, kinds):
        raise DagsterInvalidDefinitionError(
            f"dimension {name!r} is a {type(definition).__name__}; a dimension is windows of time, listed keys or "
            "dynamic partitions"
        )
    if isinstance(definition, DynamicPartitionsDefinition) and definition.name is None:
        raise DagsterInvalidDefinitionError(f"the dynamic partitions of dimension {name!r} need a name")
    if isinstance(definition, StaticPartitionsDefinition):
        refused = definition.first_key_with(_REFUSED)
        if refused is not None:
            raise DagsterInvalidDefinitionError(
                f"key {refused!r} of dimension {name!r} holds one of the characters {' '.join(_REFUSED)}, which "
                "delimit the keys of several dimensions"
            )
