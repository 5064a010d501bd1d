"""Which partitions of an asset a value belongs to, as IO managers are told."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.view import PartitionsView, partitions_view
from watchbell.ground.errors import (
    CheckError,
    DagsterInvalidInvocationError,
    DagsterInvariantViolationError,
    DagsterUnknownPartitionError,
)
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.partition import PartitionKeyRange, TimeWindow


class AssetPartitions:
    """One or more partitions of an asset. Of one key no set is made, and keys of a set only for who asks for them.

    Made by :meth:`of_key`, :meth:`of_range` and :meth:`of_ordinals`.

    Args:
        definition: the asset's partitions; None: only the key, or the range, is known.
        key: the only partition.
        ordinals: the partitions, as numbers of the definition.
        key_range: the partitions, where the definition is not known.
        view: from where one looks.
    """

    def __init__(
        self,
        definition: PartitionsDefinition | None,
        *,
        key: str | None = None,
        ordinals: OrdinalSet | None = None,
        key_range: PartitionKeyRange | None = None,
        view: PartitionsView | None = None,
    ) -> None:
        self.definition = definition
        self._key = key
        self._ordinals = ordinals
        self._key_range = key_range
        self._view = partitions_view() if view is None else view

    @classmethod
    def of_key(
        cls, definition: PartitionsDefinition | None, key: str, view: PartitionsView | None = None
    ) -> AssetPartitions:
        """One partition.

        Raises:
            DagsterInvalidInvocationError: the definition has no such key.
        """
        looking = partitions_view() if view is None else view
        if definition is not None:
            try:
                # As the definition writes it: a key of two dimensions knows both.
                key = definition.key_of(definition.require_ordinal(key, looking), looking)
            except DagsterUnknownPartitionError as error:
                raise DagsterInvalidInvocationError(str(error)) from error
        return cls(definition, key=key, view=looking)

    @classmethod
    def of_range(
        cls, definition: PartitionsDefinition | None, key_range: PartitionKeyRange, view: PartitionsView | None = None
    ) -> AssetPartitions:
        """The partitions from one to another.

        Raises:
            DagsterInvalidInvocationError: the definition does not have one of them, or their order is wrong.
        """
        if definition is None:
            return cls(None, key_range=key_range, view=view)
        looking = partitions_view() if view is None else view
        try:
            return cls(definition, ordinals=definition.range_ordinals(key_range, looking), view=looking)
        except DagsterUnknownPartitionError as error:
            raise DagsterInvalidInvocationError(str(error)) from error

    @classmethod
    def of_ordinals(
        cls, definition: PartitionsDefinition, ordinals: OrdinalSet, view: PartitionsView | None = None
    ) -> AssetPartitions:
        """A set of partitions, also an empty one."""
        return cls(definition, ordinals=ordinals, view=view)

    def __len__(self) -> int:
        if self._key is not None:
            return 1
        if self._ordinals is None:
            return len(self.keys)
        return len(self._ordinals)

    def __contains__(self, key: object) -> bool:
        """Whether a partition is one of them; its key is enough, however many they are."""
        if self._key is not None:
            return key == self._key
        if self.definition is None or self._ordinals is None:
            return key in self.keys
        ordinal = self.definition.ordinal_of(key, self._view) if isinstance(key, str) else None
        return ordinal is not None and ordinal in self._ordinals

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        shown = self._key if self._ordinals is None else f"{len(self._ordinals)} partitions"
        return f"AssetPartitions({shown or self._key_range!r})"

    @cached_property
    def keys(self) -> Sequence[str]:
        """The keys, in the order of the definition.

        Raises:
            DagsterInvariantViolationError: only the range is known, and not the definition.
        """
        if self._key is not None:
            return [self._key]
        if self.definition is None or self._ordinals is None:
            if self._key_range is not None and self._key_range.start == self._key_range.end:
                return [self._key_range.start]
            raise DagsterInvariantViolationError(
                f"which partitions lie in {self._key_range!r} is not known without the definition of partitions; "
                "pass asset_partitions_def="
            )
        return self.definition.keys_of(self._ordinals, self._view)

    @property
    def numbers(self) -> Sequence[int | None]:
        """The number of each of the keys; None for one that the definition does not have, or that is not known."""
        if self.definition is None:
            return [None] * len(self.keys)
        if self._ordinals is not None and self.definition.is_ordered:
            return list(self._ordinals)
        return self.definition.ordinals_of(self.keys, self._view)

    @cached_property
    def ordinals(self) -> OrdinalSet:
        """The partitions as numbers of the definition.

        Raises:
            DagsterInvariantViolationError: the definition is not known.
            DagsterUnknownPartitionError: it has no such partition.
        """
        if self._ordinals is not None:
            return self._ordinals
        if self.definition is None:
            raise DagsterInvariantViolationError("the definition of the partitions is not known; pass one")
        if self._key is None:
            return OrdinalSet()
        return OrdinalSet([self.definition.require_ordinal(self._key, self._view)])

    @property
    def key_range(self) -> PartitionKeyRange:
        """The first and the last partition, where nothing between them is missing.

        Raises:
            CheckError: they are no range, or there are none.
        """
        if self._key is not None:
            return PartitionKeyRange(self._key, self._key)
        if self._key_range is not None:
            return self._key_range
        found = self._as_range
        if found is None:
            why = f"the {len(self)} partitions are no single range, as some between them are left out"
            if not len(self):
                why = "there are no partitions here, and so no range of them"
            raise CheckError(f"{why}; use asset_partition_keys")
        return found

    @cached_property
    def _as_range(self) -> PartitionKeyRange | None:
        definition, ordinals = self.definition, self._ordinals
        first = None if ordinals is None else ordinals.first()
        last = None if ordinals is None else ordinals.last()
        if definition is None or ordinals is None or first is None or last is None:
            return None
        ends = PartitionKeyRange(definition.key_of(first, self._view), definition.key_of(last, self._view))
        return ends if first == last or definition.range_ordinals(ends, self._view) == ordinals else None

    @property
    def time_window(self) -> TimeWindow:
        """The time that the partitions span.

        Raises:
            DagsterInvariantViolationError: the partitions are none of time, or not known.
            CheckError: they are no range.
        """
        definition = self.definition
        if definition is None:
            raise DagsterInvariantViolationError(
                "which time a partition spans is not known without the definition of partitions; pass "
                "asset_partitions_def="
            )
        window_of = _window_function(definition)
        ends = self.key_range
        first: TimeWindow = window_of(ends.start)
        return first if ends.start == ends.end else TimeWindow(first.start, window_of(ends.end).end)


def _window_function(definition: PartitionsDefinition) -> Any:
    found = getattr(definition, "time_window_for_partition_key", None)
    if found is None or not getattr(definition, "has_time_window_dimension", True):
        raise DagsterInvariantViolationError(
            f"partitions of {definition!r} span no time; use asset_partition_keys or asset_partition_key_range"
        )
    return found
