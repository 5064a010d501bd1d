"""Which partitions of one definition depend on which of another, both ways, on whole sets.

Users' mappings fulfil :class:`PartitionMapping` with sets that answer to keys. Those of this package are
:class:`OrdinalMapping`: they work on ordinals, and the public methods are made of that here, once. A user's class
that derives from one of them and overrides a public method is asked through that method.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime
from typing import NamedTuple

from watchbell.declare.names import check_instance
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.subset import PartitionsSubset
from watchbell.declare.partitions.view import DynamicPartitionsStore, PartitionsView, partitions_view
from watchbell.record.ordinal_set import OrdinalSet


class UpstreamOrdinals(NamedTuple):
    """What partitions depend on, as numbers.

    Args:
        existing: upstream partitions that exist.
        missing: numbers that the mapping asks for and that do not exist (as yet, or any more).
        missing_keys: keys that it asks for and that have no number upstream.
    """

    existing: OrdinalSet
    missing: OrdinalSet
    missing_keys: frozenset[str] = frozenset()


class UpstreamPartitionsResult(NamedTuple):
    """What partitions depend on.

    Args:
        partitions_subset: upstream partitions that exist.
        required_but_nonexistent_subset: those that are needed and do not exist.

    Example:
        >>> letters = StaticPartitionsDefinition(["a", "b"])
        >>> result = UpstreamPartitionsResult(letters.subset_with_partition_keys(["a"]), letters.empty_subset())
        >>> list(result.partitions_subset.get_partition_keys())
        ['a']
    """

    partitions_subset: PartitionsSubset
    required_but_nonexistent_subset: PartitionsSubset

    @property
    def required_but_nonexistent_partition_keys(self) -> list[str]:
        """The keys that are needed and do not exist."""
        return list(self.required_but_nonexistent_subset.get_partition_keys())


class PartitionMapping(ABC):
    """How partitions of a downstream asset depend on those of an upstream asset; the base of mappings of one's own.

    Derive from it, tell ``description``, ``validate_partition_mapping`` and the two questions about sets, and pass an
    object of the class as ``partition_mapping`` of :class:`AssetDep` or :class:`AssetIn`.

    Example:
        >>> class Neighbours(PartitionMapping):
        ...     description = "each letter needs all letters before it"
        ...
        ...     def validate_partition_mapping(self, upstream_partitions_def, downstream_partitions_def):
        ...         pass
        ...
        ...     def get_upstream_mapped_partitions_result_for_partitions(
        ...         self,
        ...         downstream_partitions_subset,
        ...         downstream_partitions_def,
        ...         upstream_partitions_def,
        ...         current_time=None,
        ...         dynamic_partitions_store=None,
        ...     ):
        ...         last = max(downstream_partitions_subset.get_partition_keys())
        ...         keys = [key for key in upstream_partitions_def.get_partition_keys() if key < last]
        ...         found = upstream_partitions_def.subset_with_partition_keys(keys)
        ...         return UpstreamPartitionsResult(found, upstream_partitions_def.empty_subset())
        ...
        ...     def get_downstream_partitions_for_partitions(
        ...         self,
        ...         upstream_partitions_subset,
        ...         upstream_partitions_def,
        ...         downstream_partitions_def,
        ...         current_time=None,
        ...         dynamic_partitions_store=None,
        ...     ):
        ...         first = min(upstream_partitions_subset.get_partition_keys())
        ...         keys = [key for key in downstream_partitions_def.get_partition_keys() if key > first]
        ...         return downstream_partitions_def.subset_with_partition_keys(keys)
        >>> Neighbours().description
        'each letter needs all letters before it'
    """

    @property
    @abstractmethod
    def description(self) -> str:
        """What it maps to what, for people."""

    @abstractmethod
    def validate_partition_mapping(
        self, upstream_partitions_def: PartitionsDefinition, downstream_partitions_def: PartitionsDefinition | None
    ) -> None:
        """Nothing, if it can map between the two.

        Args:
            upstream_partitions_def: that of the asset that is depended on.
            downstream_partitions_def: that of the asset that depends; None: it has no partitions.

        Raises:
            Exception: it cannot; asked when definitions are put together.
        """

    @abstractmethod
    def get_upstream_mapped_partitions_result_for_partitions(
        self,
        downstream_partitions_subset: PartitionsSubset | None,
        downstream_partitions_def: PartitionsDefinition | None,
        upstream_partitions_def: PartitionsDefinition,
        current_time: datetime | None = None,
        dynamic_partitions_store: DynamicPartitionsStore | None = None,
    ) -> UpstreamPartitionsResult:
        """What partitions depend on.

        Args:
            downstream_partitions_subset: the partitions; None: the downstream asset has none.
            downstream_partitions_def: their definition; None as above.
            upstream_partitions_def: the definition of the upstream asset.
            current_time: the moment that decides which windows are over, aware; None: now.
            dynamic_partitions_store: who knows dynamic partitions: an instance.
        """

    @abstractmethod
    def get_downstream_partitions_for_partitions(
        self,
        upstream_partitions_subset: PartitionsSubset,
        upstream_partitions_def: PartitionsDefinition,
        downstream_partitions_def: PartitionsDefinition,
        current_time: datetime | None = None,
        dynamic_partitions_store: DynamicPartitionsStore | None = None,
    ) -> PartitionsSubset:
        """The partitions that depend on some of those.

        Args:
            upstream_partitions_subset: the upstream partitions.
            upstream_partitions_def: their definition.
            downstream_partitions_def: the definition of the downstream asset.
            current_time: the moment that decides which windows are over, aware; None: now.
            dynamic_partitions_store: who knows dynamic partitions: an instance.
        """

    # ------------------------------------------------- as the rest of the house asks

    def upstream_of(
        self,
        downstream: OrdinalSet | None,
        downstream_def: PartitionsDefinition | None,
        upstream_def: PartitionsDefinition,
        view: PartitionsView,
    ) -> UpstreamOrdinals:
        """What a set of partitions depends on.

        Args:
            downstream: the partitions; None: the downstream asset has none.
            downstream_def: their definition; None as above.
            upstream_def: the definition of the upstream asset.
            view: from where one looks.
        """
        asked = None
        if downstream_def is not None:
            asked = PartitionsSubset(downstream_def, OrdinalSet() if downstream is None else downstream, view=view)
        result = self.get_upstream_mapped_partitions_result_for_partitions(
            asked, downstream_def, upstream_def, view.current_time, view.store
        )
        what = f"the answer of get_upstream_mapped_partitions_result_for_partitions of {type(self).__name__}"
        check_instance(result, UpstreamPartitionsResult, what)
        found = PartitionsSubset(upstream_def, OrdinalSet(), view=view) | result.partitions_subset
        missing = PartitionsSubset(upstream_def, OrdinalSet(), view=view) | result.required_but_nonexistent_subset
        return UpstreamOrdinals(found.ordinals, missing.ordinals, missing.strange_keys | found.strange_keys)

    def downstream_of(
        self,
        upstream: OrdinalSet,
        upstream_def: PartitionsDefinition,
        downstream_def: PartitionsDefinition,
        view: PartitionsView,
    ) -> OrdinalSet:
        """The partitions that depend on some of a set; all of them exist.

        Args:
            upstream: the upstream partitions.
            upstream_def: their definition.
            downstream_def: the definition of the downstream asset.
            view: from where one looks.
        """
        result = self.get_downstream_partitions_for_partitions(
            PartitionsSubset(upstream_def, upstream, view=view),
            upstream_def,
            downstream_def,
            view.current_time,
            view.store,
        )
        what = f"the answer of get_downstream_partitions_for_partitions of {type(self).__name__}"
        check_instance(result, PartitionsSubset, what)
        return ordinals_in(result, downstream_def, view) & downstream_def.ordinals(view)


class OrdinalMapping(PartitionMapping):
    """A mapping that works on ordinals: the base of those of this package."""

    @abstractmethod
    def ordinals_up(
        self,
        downstream: OrdinalSet | None,
        downstream_def: PartitionsDefinition | None,
        upstream_def: PartitionsDefinition,
        view: PartitionsView,
    ) -> UpstreamOrdinals:
        """As :meth:`upstream_of`."""

    @abstractmethod
    def ordinals_down(
        self,
        upstream: OrdinalSet,
        upstream_def: PartitionsDefinition,
        downstream_def: PartitionsDefinition,
        view: PartitionsView,
    ) -> OrdinalSet:
        """As :meth:`downstream_of`."""

    def validate_partition_mapping(
        self, upstream_partitions_def: PartitionsDefinition, downstream_partitions_def: PartitionsDefinition | None
    ) -> None:
        """Nothing, if it can map between the two.

        Args:
            upstream_partitions_def: that of the asset that is depended on.
            downstream_partitions_def: that of the asset that depends; None: it has no partitions.

        Raises:
            DagsterInvalidDefinitionError: it cannot.
        """

    def get_upstream_mapped_partitions_result_for_partitions(
        self,
        downstream_partitions_subset: PartitionsSubset | None,
        downstream_partitions_def: PartitionsDefinition | None,
        upstream_partitions_def: PartitionsDefinition,
        current_time: datetime | None = None,
        dynamic_partitions_store: DynamicPartitionsStore | None = None,
    ) -> UpstreamPartitionsResult:
        """What partitions depend on.

        Args:
            downstream_partitions_subset: the partitions; None: the downstream asset has none.
            downstream_partitions_def: their definition; None as above.
            upstream_partitions_def: the definition of the upstream asset.
            current_time: the moment that decides which windows are over, aware; None: now.
            dynamic_partitions_store: who knows dynamic partitions: an instance.
        """
        view = partitions_view(current_time, dynamic_partitions_store)
        asked = None
        if downstream_partitions_subset is not None and downstream_partitions_def is not None:
            asked = ordinals_in(downstream_partitions_subset, downstream_partitions_def, view)
        found = self.ordinals_up(asked, downstream_partitions_def, upstream_partitions_def, view)
        return UpstreamPartitionsResult(
            PartitionsSubset(upstream_partitions_def, found.existing, view=view),
            PartitionsSubset(upstream_partitions_def, found.missing, found.missing_keys, view),
        )

    def get_downstream_partitions_for_partitions(
        self,
        upstream_partitions_subset: PartitionsSubset,
        upstream_partitions_def: PartitionsDefinition,
        downstream_partitions_def: PartitionsDefinition,
        current_time: datetime | None = None,
        dynamic_partitions_store: DynamicPartitionsStore | None = None,
    ) -> PartitionsSubset:
        """The partitions that depend on some of those.

        Args:
            upstream_partitions_subset: the upstream partitions.
            upstream_partitions_def: their definition.
            downstream_partitions_def: the definition of the downstream asset.
            current_time: the moment that decides which windows are over, aware; None: now.
            dynamic_partitions_store: who knows dynamic partitions: an instance.
        """
        view = partitions_view(current_time, dynamic_partitions_store)
        asked = ordinals_in(upstream_partitions_subset, upstream_partitions_def, view)
        found = self.ordinals_down(asked, upstream_partitions_def, downstream_partitions_def, view)
        return PartitionsSubset(downstream_partitions_def, found, view=view)

    def upstream_of(
        self,
        downstream: OrdinalSet | None,
        downstream_def: PartitionsDefinition | None,
        upstream_def: PartitionsDefinition,
        view: PartitionsView,
    ) -> UpstreamOrdinals:
        """What a set of partitions depends on: see :meth:`PartitionMapping.upstream_of`."""
        ours = OrdinalMapping.get_upstream_mapped_partitions_result_for_partitions
        if type(self).get_upstream_mapped_partitions_result_for_partitions is not ours:
            return super().upstream_of(downstream, downstream_def, upstream_def, view)
        return self.ordinals_up(downstream, downstream_def, upstream_def, view)

    def downstream_of(
        self,
        upstream: OrdinalSet,
        upstream_def: PartitionsDefinition,
        downstream_def: PartitionsDefinition,
        view: PartitionsView,
    ) -> OrdinalSet:
        """The partitions that depend on some of a set: see :meth:`PartitionMapping.downstream_of`."""
        ours = OrdinalMapping.get_downstream_partitions_for_partitions
        if type(self).get_downstream_partitions_for_partitions is not ours:
            return super().downstream_of(upstream, upstream_def, downstream_def, view)
        return self.ordinals_down(upstream, upstream_def, downstream_def, view)


def ordinals_in(subset: PartitionsSubset, definition: PartitionsDefinition, view: PartitionsView) -> OrdinalSet:
    """A set in the numbers of a definition; keys that it does not have are left out."""
    if subset.partitions_def.numbering == definition.numbering:
        return subset.ordinals
    return (PartitionsSubset(definition, OrdinalSet(), view=view) | subset).ordinals
