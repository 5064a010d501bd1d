"""Mappings of partitions in two dimensions: dimension by dimension, on products of sets.

A set in two dimensions is taken apart into products: one for each different set of lows, with all highs that have it.
A mapping of single dimensions maps a product to a product, so nothing is asked key by key.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple, Self

from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.mapping import OrdinalMapping, PartitionMapping, UpstreamOrdinals
from watchbell.declare.partitions.multi import MultiPartitionsDefinition
from watchbell.declare.partitions.plain_mapping import IdentityPartitionMapping
from watchbell.declare.partitions.time_mapping import TimeWindowPartitionMapping
from watchbell.declare.partitions.time_window import TimeWindowPartitionsDefinition
from watchbell.declare.partitions.view import PartitionsView
from watchbell.ground.errors import CheckError, DagsterInvalidDefinitionError, ParameterCheckError
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass
from watchbell.record.ordinal_set import OrdinalSet


class _Link(NamedTuple):
    """That a dimension upstream depends on a dimension downstream; None: the side has no dimensions."""

    upstream: str | None
    downstream: str | None
    mapping: PartitionMapping


class _ByDimension(OrdinalMapping):
    """What both mappings of dimensions have in common: they are links between dimensions."""

    @abstractmethod
    def links(
        self, upstream_def: PartitionsDefinition, downstream_def: PartitionsDefinition | None
    ) -> tuple[_Link, ...]:
        """Which dimensions depend on which.

        Raises:
            CheckError: it cannot map between the two.
        """

    def validate_partition_mapping(
        self, upstream_partitions_def: PartitionsDefinition, downstream_partitions_def: PartitionsDefinition | None
    ) -> None:
        """Nothing, if it can map between the two.

        Args:
            upstream_partitions_def: that of the asset that is depended on.
            downstream_partitions_def: that of the asset that depends; None: it has no partitions.

        Raises:
            DagsterInvalidDefinitionError: it cannot; says why.
        """
        try:
            links = self.links(upstream_partitions_def, downstream_partitions_def)
        except CheckError as error:
            raise DagsterInvalidDefinitionError(str(error)) from error
        for link in links:
            link.mapping.validate_partition_mapping(
                _side(upstream_partitions_def, link.upstream), _side(downstream_partitions_def, link.downstream)
            )

    def ordinals_up(
        self,
        downstream: OrdinalSet | None,
        downstream_def: PartitionsDefinition | None,
        upstream_def: PartitionsDefinition,
        view: PartitionsView,
    ) -> UpstreamOrdinals:
        """Dimension by dimension; see :meth:`PartitionMapping.upstream_of`."""
        links = self.links(upstream_def, downstream_def)
        assert downstream is not None
        assert downstream_def is not None
        existing: list[OrdinalSet] = []
        missing: list[OrdinalSet] = []
        strange: set[str] = set()
        for product in _products(downstream, downstream_def):
            found: dict[str | None, UpstreamOrdinals] = {}
            for link in links:
                found[link.upstream] = link.mapping.upstream_of(
                    product[link.downstream],
                    _side(downstream_def, link.downstream),
                    _side(upstream_def, link.upstream),
                    view,
                )
                strange |= found[link.upstream].missing_keys
            there = {name: each.existing for name, each in found.items()}
            existing.append(_joined(upstream_def, there, view))
            for name, each in found.items():
                if each.missing:
                    wider = {other: one.existing | one.missing for other, one in found.items()}
                    missing.append(_joined(upstream_def, {**wider, name: each.missing}, view))
        return UpstreamOrdinals(OrdinalSet.union(existing), OrdinalSet.union(missing), frozenset(strange))

    def ordinals_down(
        self,
        upstream: OrdinalSet,
        upstream_def: PartitionsDefinition,
        downstream_def: PartitionsDefinition,
        view: PartitionsView,
    ) -> OrdinalSet:
        """Dimension by dimension; see :meth:`PartitionMapping.downstream_of`."""
        links = self.links(upstream_def, downstream_def)
        existing = []
        for product in _products(upstream, upstream_def):
            found = {
                link.downstream: link.mapping.downstream_of(
                    product[link.upstream],
                    _side(upstream_def, link.upstream),
                    _side(downstream_def, link.downstream),
                    view,
                )
                for link in links
            }
            existing.append(_joined(downstream_def, found, view))
        return OrdinalSet.union(existing)


@dataclass(frozen=True)
class MultiToSingleDimensionPartitionMapping(_ByDimension):
    """Partitions in two dimensions on one side; on the other those of one of the dimensions.

    The single definition is one of the dimensions, or it and just one of the dimensions are windows of time. Either
    side may be the upstream one.

    Args:
        partition_dimension_name: the dimension; None: the one that fits.

    Example:
        >>> shops = StaticPartitionsDefinition(["fr", "it"])
        >>> sizes = StaticPartitionsDefinition(["big", "small"])
        >>> both = MultiPartitionsDefinition({"shop": shops, "size": sizes})
        >>> mapping = MultiToSingleDimensionPartitionMapping("shop")
        >>> result = mapping.get_upstream_mapped_partitions_result_for_partitions(
        ...     shops.subset_with_partition_keys(["it"]), shops, both
        ... )
        >>> list(result.partitions_subset.get_partition_keys())
        ['it|big', 'it|small']
    """

    partition_dimension_name: str | None = None

    def __post_init__(self) -> None:
        name = self.partition_dimension_name
        if name is not None and not isinstance(name, str):
            raise ParameterCheckError(
                f"partition_dimension_name of MultiToSingleDimensionPartitionMapping is text or None, not {name!r}",
                parameter="partition_dimension_name",
                value=name,
            )

    @property
    def description(self) -> str:
        """What it maps to what, for people."""
        which = "one dimension" if self.partition_dimension_name is None else repr(self.partition_dimension_name)
        return (
            f"one side has the partitions of {which} of the other: a key of it belongs to all keys that have it in "
            "that dimension"
        )

    def is_possible(self, upstream_def: PartitionsDefinition, downstream_def: PartitionsDefinition) -> bool:
        """Whether it can map between the two."""
        try:
            self.links(upstream_def, downstream_def)
        except CheckError:
            return False
        return True

    def links(
        self, upstream_def: PartitionsDefinition, downstream_def: PartitionsDefinition | None
    ) -> tuple[_Link, ...]:
        """Which dimensions depend on which.

        Raises:
            CheckError: it cannot map between the two.
        """
        if downstream_def is None:
            raise CheckError(f"{self!r} cannot tell which of {upstream_def!r} an asset without partitions needs")
        multis = [each for each in (upstream_def, downstream_def) if isinstance(each, MultiPartitionsDefinition)]
        if len(multis) != 1:
            raise CheckError(
                f"MultiToSingleDimensionPartitionMapping has partitions in two dimensions on one side, not on "
                f"{'both' if multis else 'none'}: upstream is {upstream_def!r}, downstream {downstream_def!r}"
                + ("; use MultiPartitionMapping" if multis else "")
            )
        multi = multis[0]
        single = downstream_def if multi is upstream_def else upstream_def
        name, mapping = self._dimension(multi, single)
        return (_Link(name, None, mapping) if multi is upstream_def else _Link(None, name, mapping),)

    def _dimension(
        self, multi: MultiPartitionsDefinition, single: PartitionsDefinition
    ) -> tuple[str, PartitionMapping]:
        wanted, names = self.partition_dimension_name, multi.partition_dimension_names
        if wanted is not None and wanted not in names:
            raise CheckError(
                f"partition_dimension_name={wanted!r} is no dimension of {multi!r}; it has "
                f"{' and '.join(map(repr, names))}{did_you_mean(wanted, names)}"
            )
        sides = [each for each in multi.partitions_defs if wanted in (None, each.name)]
        equal = [each.name for each in sides if each.partitions_def == single]
        if len(equal) > 1:
            raise CheckError(
                f"the dimensions {' and '.join(map(repr, equal))} are both {single!r}; say which is meant: "
                f"MultiToSingleDimensionPartitionMapping(partition_dimension_name={equal[0]!r})"
            )
        if equal:
            return equal[0], IdentityPartitionMapping()
        windows = [each.name for each in sides if isinstance(each.partitions_def, TimeWindowPartitionsDefinition)]
        if len(windows) == 1 and isinstance(single, TimeWindowPartitionsDefinition):
            return windows[0], TimeWindowPartitionMapping()
        raise CheckError(
            f"{single!r} is not {'one of the dimensions' if wanted is None else f'dimension {wanted!r}'} of {multi!r}, "
            "nor are both windows of time"
        )


class DimensionPartitionMapping(
    NamedTuple("DimensionPartitionMapping", [("dimension_name", str), ("partition_mapping", PartitionMapping)])
):
    """Which downstream dimension depends on an upstream dimension, and how; for :class:`MultiPartitionMapping`.

    Args:
        dimension_name: the downstream dimension.
        partition_mapping: how its partitions depend on those of the upstream dimension.

    Raises:
        ParameterCheckError: one of them is something else.

    Example:
        >>> DimensionPartitionMapping("day", TimeWindowPartitionMapping(start_offset=-1)).dimension_name
        'day'
    """

    __slots__ = ()

    def __new__(cls, dimension_name: str, partition_mapping: PartitionMapping) -> Self:
        for name, value, kind in (
            ("dimension_name", dimension_name, str),
            ("partition_mapping", partition_mapping, PartitionMapping),
        ):
            if not isinstance(value, kind):
                raise ParameterCheckError(
                    f"{name} of DimensionPartitionMapping is a {kind.__name__}, not {value!r}",
                    parameter=name,
                    value=value,
                )
        return super().__new__(cls, dimension_name, partition_mapping)


@dataclass(frozen=True)
class MultiPartitionMapping(_ByDimension):
    """Partitions in two dimensions on both sides: dimensions depend on dimensions.

    A dimension that is not mentioned does not matter: what is mapped depends on all of its keys.

    Args:
        downstream_mappings_by_upstream_dimension: for an upstream dimension (its name), which downstream dimension
            depends on it and how.

    Raises:
        ParameterCheckError: it is no mapping of names.
        CheckError: a value is no DimensionPartitionMapping.

    Example:
        >>> letters, digits = StaticPartitionsDefinition(["a", "b"]), StaticPartitionsDefinition(["1", "2"])
        >>> both = MultiPartitionsDefinition({"letter": letters, "digit": digits})
        >>> mapping = MultiPartitionMapping(
        ...     {"letter": DimensionPartitionMapping("letter", IdentityPartitionMapping())}
        ... )
        >>> result = mapping.get_upstream_mapped_partitions_result_for_partitions(
        ...     both.subset_with_partition_keys(["1|a"]), both, both
        ... )
        >>> list(result.partitions_subset.get_partition_keys())
        ['1|a', '2|a']
    """

    downstream_mappings_by_upstream_dimension: Mapping[str, DimensionPartitionMapping]

    def __post_init__(self) -> None:
        given = self.downstream_mappings_by_upstream_dimension
        if not isinstance(given, Mapping):
            raise ParameterCheckError(
                "downstream_mappings_by_upstream_dimension of MultiPartitionMapping maps names of upstream dimensions, "
                f"and is not {given!r}",
                parameter="downstream_mappings_by_upstream_dimension",
                value=given,
            )
        for name, each in given.items():
            if not isinstance(name, str) or not isinstance(each, DimensionPartitionMapping):
                raise CheckError(
                    "MultiPartitionMapping maps the name of an upstream dimension to "
                    f"DimensionPartitionMapping(downstream dimension, mapping), but {name!r} to {each!r}"
                )

    def __hash__(self) -> int:
        return hash((type(self), tuple(self.downstream_mappings_by_upstream_dimension.items())))

    @property
    def description(self) -> str:
        """What it maps to what, for people."""
        return "; ".join(
            f"upstream dimension {name!r} is mapped to downstream dimension {each.dimension_name!r} by "
            f"{type(each.partition_mapping).__name__}"
            for name, each in self.downstream_mappings_by_upstream_dimension.items()
        )

    def links(
        self, upstream_def: PartitionsDefinition, downstream_def: PartitionsDefinition | None
    ) -> tuple[_Link, ...]:
        """Which dimensions depend on which.

        Raises:
            CheckError: it cannot map between the two.
        """
        given = self.downstream_mappings_by_upstream_dimension
        for side, definition, names in (
            ("upstream", upstream_def, list(given)),
            ("downstream", downstream_def, [each.dimension_name for each in given.values()]),
        ):
            if not isinstance(definition, MultiPartitionsDefinition):
                raise CheckError(
                    f"MultiPartitionMapping needs partitions in two dimensions on both sides; {side} is {definition!r}"
                )
            _check_names(names, definition, side)
        return tuple(_Link(name, each.dimension_name, each.partition_mapping) for name, each in given.items())


def _check_names(names: Collection[str], definition: MultiPartitionsDefinition, side: str) -> None:
    known = definition.partition_dimension_names
    for name in names:
        if name not in known:
            raise CheckError(
                f"MultiPartitionMapping names the {side} dimension {name!r}, but {side} has "
                f"{' and '.join(map(repr, known))}{did_you_mean(name, known)}"
            )
    if len(set(names)) < len(names):
        raise CheckError(
            f"MultiPartitionMapping maps two dimensions to the same {side} dimension, {names!r}; map each to another"
        )


def _side(definition: PartitionsDefinition | None, dimension: str | None) -> PartitionsDefinition:
    """The partitions of a dimension; those of the whole side if it has no dimensions."""
    assert definition is not None
    if dimension is None:
        return definition
    assert isinstance(definition, MultiPartitionsDefinition)
    return definition.get_partitions_def_for_dimension(dimension)


def _products(ordinals: OrdinalSet, definition: PartitionsDefinition) -> Iterator[dict[str | None, OrdinalSet]]:
    """A set as a union of products: the ordinals of each in each dimension."""
    if not isinstance(definition, MultiPartitionsDefinition):
        yield {None: ordinals}
        return
    rows: dict[int, list[tuple[int, int]]] = {}
    for start, stop in ordinals.ranges():
        high, low = definition.split(start)
        rows.setdefault(high, []).append((low, low + stop - start))
    highs_of: dict[tuple[tuple[int, int], ...], list[int]] = {}
    for high, ranges in rows.items():
        highs_of.setdefault(tuple(ranges), []).append(high)
    for lows, highs in highs_of.items():
        yield {definition.high.name: OrdinalSet(highs), definition.low.name: OrdinalSet.of_ranges(lows)}


def _joined(
    definition: PartitionsDefinition, found: Mapping[str | None, OrdinalSet], view: PartitionsView
) -> OrdinalSet:
    """The product of sets in the dimensions; a dimension of which nothing is known is whole."""
    if not isinstance(definition, MultiPartitionsDefinition):
        return found[None]
    high, low = (
        found[each.name] if each.name in found else each.partitions_def.ordinals(view)
        for each in (definition.high, definition.low)
    )
    return definition.product(high, low)
