"""The partitions a run is for, read from its tags: nothing, one, or a range.

A run for one partition makes no set: its key is all it asks of the definition. A range is a set of ordinals, whatever
its length; keys are made of it for those who ask for keys.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TypeVar

from watchbell.declare.io.asset_partitions import AssetPartitions
from watchbell.declare.job import JobDefinition
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.view import DynamicPartitionsStore, PartitionsView, looking_from
from watchbell.ground.errors import DagsterInvalidInvocationError, DagsterInvariantViolationError
from watchbell.record.partition import (
    DIMENSION_DELIMITER,
    PARTITION_TAG,
    RANGE_END_TAG,
    RANGE_START_TAG,
    PartitionKeyRange,
)

T = TypeVar("T")
_DIMENSION_PREFIX = f"{PARTITION_TAG}/"


class RunPartitions:
    """The partitions a run is for.

    Args:
        tags: tags of the run.
        definition: the partitions of its job; None: the job has none.
        current_time: the moment that decides which windows are over, aware: when the run began.
        open_store: who knows dynamic partitions: the run's instance, opened when it is asked.

    Raises:
        DagsterInvariantViolationError: the tags contradict each other.
        DagsterUnknownPartitionError: there is no such partition.
        DagsterInvalidInvocationError: the range ends before it begins, or an end of it does not exist.

    Example:
        >>> letters = StaticPartitionsDefinition(["a", "b", "c"])
        >>> RunPartitions({"dagster/partition": "b"}, letters).of(letters).keys
        ['b']
    """

    __slots__ = ("__dict__", "definition", "key", "key_range", "view")

    def __init__(
        self,
        tags: Mapping[str, str],
        definition: PartitionsDefinition | None = None,
        current_time: datetime | None = None,
        open_store: Callable[[], DynamicPartitionsStore] | None = None,
    ) -> None:
        self.definition = definition
        self.view = PartitionsView(current_time, None if open_store is None else OpenedLater(open_store))
        self.key_range = _range_in(tags)
        self.key: str | None = _key_in(tags) if self.key_range is None else None
        if definition is None:
            return
        if self.key is not None:  # as the definition writes it: that of two dimensions knows both
            self.key = self._as_written_by(definition, self.key)
        elif self.key_range is not None and not definition.range_ordinals(self.key_range, self.view):
            raise DagsterInvalidInvocationError(
                f"the run is for the partitions {self.key_range.start!r} to {self.key_range.end!r}, which is none: its "
                "end comes first"
            )

    def around(self, execute: Callable[[], T]) -> Callable[[], T]:
        """The same call, with questions about partitions in it answered as of this run; itself where none will come."""
        if self.definition is None and not self.is_given:
            return execute

        def looking() -> T:
            with looking_from(self.view.current_time, self.view.store):
                return execute()

        return looking

    @property
    def is_given(self) -> bool:
        """Whether the run is for partitions at all."""
        return self.key is not None or self.key_range is not None

    @cached_property
    def own(self) -> AssetPartitions | None:
        """The run's partitions by the definition of its job; None if it is for none, or the job has no definition."""
        return None if self.definition is None else self.of(self.definition)

    def of(self, definition: PartitionsDefinition) -> AssetPartitions | None:
        """The run's partitions as those of an asset; None if the run is for none.

        Args:
            definition: the asset's partitions.

        Raises:
            DagsterUnknownPartitionError: the asset has no such partition.
        """
        if self.key is not None:
            key = self.key if definition is self.definition else self._as_written_by(definition, self.key)
            return AssetPartitions(definition, key=key, view=self.view)
        if self.key_range is not None:
            if definition is self.definition and "own" in self.__dict__ and self.own is not None:
                return self.own
            ordinals = definition.range_ordinals(self.key_range, self.view)
            return AssetPartitions.of_ordinals(definition, ordinals, self.view)
        return None

    def _as_written_by(self, definition: PartitionsDefinition, key: str) -> str:
        return definition.key_of(definition.require_ordinal(key, self.view), self.view)

    def required(self, definition: PartitionsDefinition, what: str) -> AssetPartitions:
        """As :meth:`of`.

        Args:
            definition: the asset's partitions.
            what: who asks, for the message.

        Raises:
            DagsterInvariantViolationError: the run is for none.
        """
        found = self.of(definition)
        if found is None:
            raise DagsterInvariantViolationError(
                f"{what} has partitions, and this run is for none of them; start it with partition_key=, or with the "
                f"tags {RANGE_START_TAG} and {RANGE_END_TAG}"
            )
        return found


def partition_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Those of a run's tags that say which partitions it is for."""
    return {
        tag: value
        for tag, value in tags.items()
        if tag in (PARTITION_TAG, RANGE_START_TAG, RANGE_END_TAG) or tag.startswith(_DIMENSION_PREFIX)
    }


def partitions_of_run(
    job: JobDefinition,
    tags: Mapping[str, str],
    current_time: datetime,
    open_store: Callable[[], DynamicPartitionsStore] | None,
) -> RunPartitions:
    """The partitions a run of ``job`` with these tags is for; arguments and errors as of :class:`RunPartitions`."""
    return RunPartitions(tags, job.partitions_def, current_time, open_store)


class OpenedLater:
    """An instance's dynamic partitions; it is opened when the first of them is asked for."""

    __slots__ = ("_open",)

    def __init__(self, open_store: Callable[[], DynamicPartitionsStore]) -> None:
        self._open = open_store

    def get_dynamic_partitions(self, partitions_def_name: str) -> Sequence[str]:
        """The keys there are."""
        return self._open().get_dynamic_partitions(partitions_def_name)

    def has_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> bool:
        """Whether the key is there."""
        return self._open().has_dynamic_partition(partitions_def_name, partition_key)

    def dynamic_partition_numbers(
        self, partitions_def_name: str, keys: Sequence[str] | None = None, numbers: Sequence[int] | None = None
    ) -> Sequence[tuple[int, str]]:
        """Number and key of those that are there."""
        return self._open().dynamic_partition_numbers(partitions_def_name, keys, numbers)


def _range_in(tags: Mapping[str, str]) -> PartitionKeyRange | None:
    start, end = tags.get(RANGE_START_TAG), tags.get(RANGE_END_TAG)
    if start is None and end is None:
        return None
    if start is None or end is None:
        there, missing = (RANGE_START_TAG, RANGE_END_TAG) if end is None else (RANGE_END_TAG, RANGE_START_TAG)
        raise DagsterInvariantViolationError(f"the run has the tag {there!r} without {missing!r}; give both or none")
    if PARTITION_TAG in tags:
        raise DagsterInvariantViolationError(
            f"the run has the tags of a range of partitions ({start!r} to {end!r}) and {PARTITION_TAG!r} "
            f"({tags[PARTITION_TAG]!r}); a run is for a range or for one partition"
        )
    return PartitionKeyRange(start, end)


def _key_in(tags: Mapping[str, str]) -> str | None:
    key = tags.get(PARTITION_TAG)
    if key is not None:
        return key
    dimensions = {tag: value for tag, value in tags.items() if tag.startswith(_DIMENSION_PREFIX)}
    # As keys of several dimensions are written: in the order of the dimensions' names.
    return DIMENSION_DELIMITER.join(dimensions[tag] for tag in sorted(dimensions)) if dimensions else None


NO_PARTITIONS = RunPartitions({})
"""Of a run that is for none."""
