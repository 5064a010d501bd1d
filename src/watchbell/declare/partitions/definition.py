"""What every kind of partitions definition is: keys that are numbers.

A kind answers four questions by arithmetic (``numbering``, ``ordinal_of``, ``key_of``, ``ordinals``); everything else
follows from them here. Ordinals do not move when the definition grows or its start moves; those of two definitions
can be compared if their ``numbering`` is the same text.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from datetime import datetime

from watchbell.declare.partitions.subset import PartitionsSubset, joined_ranges, read_keys
from watchbell.declare.partitions.view import DynamicPartitionsStore, PartitionsView, partitions_view
from watchbell.ground.errors import DagsterInvalidInvocationError, DagsterUnknownPartitionError
from watchbell.ground.suggest import did_you_mean
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.page import PaginatedResults
from watchbell.record.partition import PARTITION_TAG, PartitionKeyRange

_SHOWN_MAX = 1_000  # keys among which a nearest one is looked for


class PartitionsDefinition(ABC):
    """How something is divided into partitions, each with a key.

    Not made itself: use :class:`DailyPartitionsDefinition`, :class:`StaticPartitionsDefinition` and their sisters.
    """

    is_ordered = True
    """Whether keys of ordinals stand in the order of these, however they are asked for."""

    @property
    @abstractmethod
    def numbering(self) -> str:
        """Names the mapping of keys to ordinals; definitions of the same text number their keys alike."""

    @abstractmethod
    def ordinal_of(self, key: str, view: PartitionsView) -> int | None:
        """The ordinal of a key that exists; None if there is no such partition (as seen from ``view``)."""

    @abstractmethod
    def key_of(self, ordinal: int, view: PartitionsView) -> str:
        """The key of an ordinal that :meth:`ordinals` holds."""

    @abstractmethod
    def ordinals(self, view: PartitionsView) -> OrdinalSet:
        """All that exist; cheap, whatever their number."""

    def continues(self, numbering: str) -> bool:
        """Whether numbers of another numbering mean the same here: that of a list before it grew."""
        return numbering == self.numbering

    def ordinals_of(self, keys: Sequence[str], view: PartitionsView) -> Sequence[int | None]:
        """The ordinals of keys, None for one that does not exist."""
        return [self.ordinal_of(key, view) for key in keys]

    # The order of keys is that of their ordinals, but for kinds that say otherwise.

    def keys_of(self, ordinals: Iterable[int], view: PartitionsView) -> list[str]:
        """The keys of ordinals, in their order."""
        return [self.key_of(each, view) for each in ordinals]

    def require_ordinal(self, key: str, view: PartitionsView) -> int:
        """As :meth:`ordinal_of`.

        Raises:
            DagsterUnknownPartitionError: there is no such partition; names the nearest.
        """
        ordinal = self.ordinal_of(key, view)
        if ordinal is None:
            raise DagsterUnknownPartitionError(f"no partition {key!r} in {self.unknown_key_text(key, view)}")
        return ordinal

    def unknown_key_text(self, key: str, view: PartitionsView) -> str:
        """The end of a sentence about a key that does not exist: where it is not, and the nearest, or what there is."""
        return f"{self!r}{did_you_mean(key, self.some_keys(view))}"

    def some_keys(self, view: PartitionsView) -> list[str]:
        """The first and the last keys, among which a nearest one is looked for."""
        there = self.ordinals(view)
        page = [*there.page(0, _SHOWN_MAX), *there.page(max(_SHOWN_MAX, len(there) - _SHOWN_MAX), _SHOWN_MAX)]
        return self.keys_of(page, view)

    # ------------------------------------------------------- what users ask

    def get_partition_keys(
        self, current_time: datetime | None = None, dynamic_partitions_store: DynamicPartitionsStore | None = None
    ) -> Sequence[str]:
        """All keys, in order.

        Args:
            current_time: the moment that decides which windows are over, aware; None: now.
            dynamic_partitions_store: an instance, for dynamic partitions.
        """
        view = partitions_view(current_time, dynamic_partitions_store)
        return self.keys_of(self.ordinals(view), view)

    def get_first_partition_key(self) -> str | None:
        """The first key, None if there is none."""
        view = partitions_view()
        first = self.ordinals(view).first()
        return None if first is None else self.key_of(first, view)

    def get_last_partition_key(self) -> str | None:
        """The last key, None if there is none."""
        view = partitions_view()
        last = self.ordinals(view).last()
        return None if last is None else self.key_of(last, view)

    def get_num_partitions(self) -> int:
        """How many there are (count)."""
        return len(self.ordinals(partitions_view()))

    def has_partition_key(self, partition_key: str) -> bool:
        """Whether there is such a partition."""
        return self.ordinal_of(partition_key, partitions_view()) is not None

    def validate_partition_key(self, partition_key: str, context: PartitionsView | None = None) -> None:
        """Nothing, if there is such a partition.

        Args:
            partition_key: the key.
            context: from where one looks; None: from where the surroundings look.

        Raises:
            DagsterUnknownPartitionError: there is no such partition.
        """
        self.require_ordinal(partition_key, partitions_view() if context is None else context)

    def filter_valid_partition_keys(self, partition_keys: Iterable[str]) -> set[str]:
        """Those of some keys that exist."""
        view = partitions_view()
        return {key for key in partition_keys if self.ordinal_of(key, view) is not None}

    def range_ordinals(self, key_range: PartitionKeyRange, view: PartitionsView) -> OrdinalSet:
        """The partitions of a range; none if its end comes first.

        Raises:
            DagsterInvalidInvocationError: an end of it does not exist.
        """
        start, end = self.require_ends(key_range, view)
        return self.ordinals(view) & OrdinalSet.of_range(start, end + 1)

    def require_ends(self, key_range: PartitionKeyRange, view: PartitionsView) -> tuple[int, int]:
        """The ordinals of the first and the last partition of a range.

        Raises:
            DagsterInvalidInvocationError: one of them does not exist.
        """
        try:
            return self.require_ordinal(key_range.start, view), self.require_ordinal(key_range.end, view)
        except DagsterUnknownPartitionError as error:
            raise DagsterInvalidInvocationError(
                f"the range of partitions {key_range.start!r} to {key_range.end!r} is none: {error}"
            ) from None

    def stretches(self, ordinals: OrdinalSet, view: PartitionsView) -> list[tuple[int, int]]:
        """A set as ranges: the first and the last partition of each; :meth:`range_ordinals` leads back."""
        return joined_ranges(ordinals, self.ordinals(view))

    def get_partition_keys_in_range(
        self, partition_key_range: PartitionKeyRange, dynamic_partitions_store: DynamicPartitionsStore | None = None
    ) -> Sequence[str]:
        """The keys from one to another, both included; none if the end comes first.

        Args:
            partition_key_range: the first and the last key.
            dynamic_partitions_store: an instance, for dynamic partitions.

        Raises:
            DagsterInvalidInvocationError: an end of the range does not exist.
        """
        view = partitions_view(None, dynamic_partitions_store)
        return self.keys_of(self.range_ordinals(partition_key_range, view), view)

    def get_paginated_partition_keys(
        self, context: PartitionsView, limit: int, ascending: bool, cursor: str | None = None
    ) -> PaginatedResults[str]:
        """One page of keys.

        Args:
            context: from where one looks: what ``partition_loading_context`` gives.
            limit: most keys (count).
            ascending: whether from the first key on, or from the last one back.
            cursor: that of the page before; None: the first page.

        Raises:
            DagsterInvalidInvocationError: the cursor is none of this definition.
        """
        ordinals = self.ordinals(context)
        start = _page_start(cursor, ordinals, ascending)
        page = ordinals.page(start, limit) if ascending else ordinals.page(max(start - limit, 0), min(limit, start))
        left = len(ordinals) - start if ascending else start
        last = cursor or ""
        if page:
            last = f"{page[-1] + 1 if ascending else page[0]}"
        keys = self.keys_of(page, context)
        return PaginatedResults(keys if ascending else keys[::-1], last, left > len(page))

    @abstractmethod
    def get_serializable_unique_identifier(self, dynamic_partitions_store: DynamicPartitionsStore | None = None) -> str:
        """Text that is the same for equal definitions.

        Args:
            dynamic_partitions_store: an instance, for dynamic partitions.
        """

    def get_tags_for_partition_key(self, partition_key: str) -> dict[str, str]:
        """The tags of a run for a partition."""
        return {PARTITION_TAG: partition_key}

    # ----------------------------------------------------------------- sets

    def empty_subset(self) -> PartitionsSubset:
        """The set of no partitions."""
        return PartitionsSubset(self, OrdinalSet())

    def subset_with_partition_keys(self, partition_keys: Iterable[str]) -> PartitionsSubset:
        """The set of some partitions.

        Args:
            partition_keys: their keys, in any order. Those that do not exist stay in the set as text.
        """
        return self.empty_subset().with_partition_keys(partition_keys)

    def deserialize_subset(self, serialized: str) -> PartitionsSubset:
        """The set that a set's ``serialize`` wrote as text.

        Args:
            serialized: the text.

        Raises:
            ParameterCheckError: it is no such text.
        """
        return self.subset_with_partition_keys(read_keys(serialized))

    def subset_with_all_partitions(self) -> PartitionsSubset:
        """The set of all partitions there are."""
        return PartitionsSubset(self, self.ordinals(partitions_view()))


def _page_start(cursor: str | None, ordinals: OrdinalSet, ascending: bool) -> int:
    """The place (0: the smallest ordinal) before which, or from which on, a page lies."""
    if not cursor:
        return 0 if ascending else len(ordinals)
    if not cursor.isdigit():
        raise DagsterInvalidInvocationError(f"{cursor!r} is no cursor of partition keys; pass that of the page before")
    return ordinals.count_below(int(cursor))
