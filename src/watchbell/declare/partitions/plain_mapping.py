"""Mappings that ask for no kind of partitions: the same key, all, the last, some by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.mapping import OrdinalMapping, UpstreamOrdinals
from watchbell.declare.partitions.view import PartitionsView
from watchbell.ground.errors import CheckError, DagsterInvalidDefinitionError, ParameterCheckError
from watchbell.ground.value import dataclass
from watchbell.record.ordinal_set import OrdinalSet


@dataclass(frozen=True)
class IdentityPartitionMapping(OrdinalMapping):
    """Each partition depends on the one with the same key.

    Example:
        >>> letters = StaticPartitionsDefinition(["a", "b"])
        >>> some = letters.subset_with_partition_keys(["b"])
        >>> result = IdentityPartitionMapping().get_upstream_mapped_partitions_result_for_partitions(
        ...     some, letters, letters
        ... )
        >>> list(result.partitions_subset.get_partition_keys())
        ['b']
    """

    @property
    def description(self) -> str:
        """What it maps to what, for people."""
        return "each partition depends on the upstream partition with the same key"

    def validate_partition_mapping(
        self, upstream_partitions_def: PartitionsDefinition, downstream_partitions_def: PartitionsDefinition | None
    ) -> None:
        """Nothing, if both are of one kind.

        Args:
            upstream_partitions_def: that of the asset that is depended on.
            downstream_partitions_def: that of the asset that depends; None: it has no partitions.

        Raises:
            DagsterInvalidDefinitionError: they are of different kinds.
        """
        if downstream_partitions_def is not None:
            if type(upstream_partitions_def) is type(downstream_partitions_def):
                return
            if upstream_partitions_def.numbering == downstream_partitions_def.numbering:
                return
        raise DagsterInvalidDefinitionError(
            f"IdentityPartitionMapping needs the same kind of partitions on both sides, but upstream is "
            f"{upstream_partitions_def!r} and downstream {downstream_partitions_def!r}; give another "
            "partition_mapping, e.g. AllPartitionMapping()"
        )

    def ordinals_up(
        self,
        downstream: OrdinalSet | None,
        downstream_def: PartitionsDefinition | None,
        upstream_def: PartitionsDefinition,
        view: PartitionsView,
    ) -> UpstreamOrdinals:
        """The same keys; see :meth:`PartitionMapping.upstream_of`."""
        if downstream is None or downstream_def is None:
            raise CheckError(
                f"IdentityPartitionMapping cannot tell which of {upstream_def!r} an asset without partitions needs; "
                "give it AllPartitionMapping(), LastPartitionMapping() or SpecificPartitionsPartitionMapping([...])"
            )
        if downstream_def.numbering == upstream_def.numbering:
            existing = downstream & upstream_def.ordinals(view)
            return UpstreamOrdinals(existing, downstream - existing)
        return numbered(downstream_def.keys_of(downstream, view), upstream_def, view)

    def ordinals_down(
        self,
        upstream: OrdinalSet,
        upstream_def: PartitionsDefinition,
        downstream_def: PartitionsDefinition,
        view: PartitionsView,
    ) -> OrdinalSet:
        """The same keys; see :meth:`PartitionMapping.downstream_of`."""
        if downstream_def.numbering == upstream_def.numbering:
            return upstream & downstream_def.ordinals(view)
        return numbered(upstream_def.keys_of(upstream, view), downstream_def, view).existing


@dataclass(frozen=True)
class AllPartitionMapping(OrdinalMapping):
    """Each partition depends on all upstream partitions.

    Example:
        >>> letters = StaticPartitionsDefinition(["a", "b"])
        >>> result = AllPartitionMapping().get_upstream_mapped_partitions_result_for_partitions(
        ...     None, None, letters
        ... )
        >>> list(result.partitions_subset.get_partition_keys())
        ['a', 'b']
    """

    @property
    def description(self) -> str:
        """What it maps to what, for people."""
        return "each partition depends on all upstream partitions"

    def ordinals_up(
        self,
        downstream: OrdinalSet | None,
        downstream_def: PartitionsDefinition | None,
        upstream_def: PartitionsDefinition,
        view: PartitionsView,
    ) -> UpstreamOrdinals:
        """All there are; see :meth:`PartitionMapping.upstream_of`."""
        return UpstreamOrdinals(upstream_def.ordinals(view), OrdinalSet())

    def ordinals_down(
        self,
        upstream: OrdinalSet,
        upstream_def: PartitionsDefinition,
        downstream_def: PartitionsDefinition,
        view: PartitionsView,
    ) -> OrdinalSet:
        """All there are; see :meth:`PartitionMapping.downstream_of`."""
        return downstream_def.ordinals(view) if upstream else OrdinalSet()


@dataclass(frozen=True)
class LastPartitionMapping(OrdinalMapping):
    """Each partition depends on the last upstream partition.

    Example:
        >>> letters = StaticPartitionsDefinition(["a", "b"])
        >>> result = LastPartitionMapping().get_upstream_mapped_partitions_result_for_partitions(
        ...     None, None, letters
        ... )
        >>> list(result.partitions_subset.get_partition_keys())
        ['b']
    """

    @property
    def description(self) -> str:
        """What it maps to what, for people."""
        return "each partition depends on the last upstream partition"

    def ordinals_up(
        self,
        downstream: OrdinalSet | None,
        downstream_def: PartitionsDefinition | None,
        upstream_def: PartitionsDefinition,
        view: PartitionsView,
    ) -> UpstreamOrdinals:
        """The last there is; see :meth:`PartitionMapping.upstream_of`."""
        return UpstreamOrdinals(_last(upstream_def, view), OrdinalSet())

    def ordinals_down(
        self,
        upstream: OrdinalSet,
        upstream_def: PartitionsDefinition,
        downstream_def: PartitionsDefinition,
        view: PartitionsView,
    ) -> OrdinalSet:
        """All, if the last is among those; see :meth:`PartitionMapping.downstream_of`."""
        is_asked = not upstream.isdisjoint(_last(upstream_def, view))
        return downstream_def.ordinals(view) if is_asked else OrdinalSet()


@dataclass(frozen=True)
class SpecificPartitionsPartitionMapping(OrdinalMapping):
    """Each partition depends on some upstream partitions, the same for all.

    Args:
        partition_keys: the keys of the upstream partitions.

    Raises:
        ParameterCheckError: they are no list of texts.

    Example:
        >>> letters = StaticPartitionsDefinition(["a", "b", "c"])
        >>> mapping = SpecificPartitionsPartitionMapping(["a", "c"])
        >>> result = mapping.get_upstream_mapped_partitions_result_for_partitions(None, None, letters)
        >>> list(result.partitions_subset.get_partition_keys())
        ['a', 'c']
    """

    partition_keys: Sequence[str]

    def __post_init__(self) -> None:
        keys = self.partition_keys
        if isinstance(keys, str) or not isinstance(keys, Sequence) or not all(isinstance(key, str) for key in keys):
            raise ParameterCheckError(
                f"partition_keys of SpecificPartitionsPartitionMapping is a list of texts, not {keys!r}"
                + (f"; write [{keys!r}]" if isinstance(keys, str) else ""),
                parameter="partition_keys",
                value=keys,
            )

    def __hash__(self) -> int:
        return hash((type(self), tuple(self.partition_keys)))

    @property
    def description(self) -> str:
        """What it maps to what, for people."""
        shown = ", ".join(map(repr, self.partition_keys))
        return f"each partition depends on these upstream partitions: {shown or 'none'}"

    def ordinals_up(
        self,
        downstream: OrdinalSet | None,
        downstream_def: PartitionsDefinition | None,
        upstream_def: PartitionsDefinition,
        view: PartitionsView,
    ) -> UpstreamOrdinals:
        """Those that are named; see :meth:`PartitionMapping.upstream_of`."""
        return numbered(self.partition_keys, upstream_def, view)

    def ordinals_down(
        self,
        upstream: OrdinalSet,
        upstream_def: PartitionsDefinition,
        downstream_def: PartitionsDefinition,
        view: PartitionsView,
    ) -> OrdinalSet:
        """All, if one of those that are named is there; see :meth:`PartitionMapping.downstream_of`."""
        is_asked = not upstream.isdisjoint(numbered(self.partition_keys, upstream_def, view).existing)
        return downstream_def.ordinals(view) if is_asked else OrdinalSet()


def _last(definition: PartitionsDefinition, view: PartitionsView) -> OrdinalSet:
    last = definition.ordinals(view).last()
    return OrdinalSet() if last is None else OrdinalSet([last])


def numbered(keys: Iterable[str], definition: PartitionsDefinition, view: PartitionsView) -> UpstreamOrdinals:
    """Keys as numbers of a definition; those it does not have are missing."""
    found: list[int] = []
    strange: set[str] = set()
    for key in keys:
        ordinal = definition.ordinal_of(key, view)
        if ordinal is None:
            strange.add(str(key))
        else:
            found.append(ordinal)
    return UpstreamOrdinals(OrdinalSet(found), OrdinalSet(), frozenset(strange))
