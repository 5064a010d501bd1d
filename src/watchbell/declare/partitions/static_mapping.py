"""Mappings between listed keys, each said by hand."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.mapping import OrdinalMapping, UpstreamOrdinals
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.declare.partitions.view import PartitionsView
from watchbell.ground.errors import CheckError, DagsterInvalidDefinitionError, ParameterCheckError
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass
from watchbell.record.ordinal_set import OrdinalSet

_Pairs = dict[int, list[int]]
_ANYWHERE = PartitionsView()
_SHOWN_MAX = 1_000  # keys among which a nearest one is looked for


@dataclass(frozen=True)
class StaticPartitionMapping(OrdinalMapping):
    """Which listed key depends on which, said key by key.

    Args:
        downstream_partition_keys_by_upstream_partition_key: for each upstream key the downstream key, or keys, that
            depend on it. A downstream key may stand at several upstream keys, and depends on all of them.

    Raises:
        ParameterCheckError: it is no mapping.
        CheckError: a value is neither a text nor a collection of texts.

    Example:
        >>> cities = StaticPartitionsDefinition(["bonn", "bern", "rome"])
        >>> languages = StaticPartitionsDefinition(["de", "it"])
        >>> mapping = StaticPartitionMapping({"bonn": "de", "bern": ["de", "it"], "rome": "it"})
        >>> result = mapping.get_upstream_mapped_partitions_result_for_partitions(
        ...     languages.subset_with_partition_keys(["it"]), languages, cities
        ... )
        >>> list(result.partitions_subset.get_partition_keys())
        ['bern', 'rome']
    """

    downstream_partition_keys_by_upstream_partition_key: Mapping[str, str | Collection[str]]

    def __post_init__(self) -> None:
        given = self.downstream_partition_keys_by_upstream_partition_key
        if not isinstance(given, Mapping):
            raise ParameterCheckError(
                "downstream_partition_keys_by_upstream_partition_key of StaticPartitionMapping maps upstream keys "
                f"to downstream keys, and is not {given!r}",
                parameter="downstream_partition_keys_by_upstream_partition_key",
                value=given,
            )
        for key, each in given.items():
            is_text = isinstance(each, str)
            if not isinstance(key, str) or not (
                is_text or (isinstance(each, Collection) and all(isinstance(one, str) for one in each))
            ):
                raise CheckError(
                    f"StaticPartitionMapping maps an upstream key (text) to one downstream key or several, but {key!r} "
                    f"to {each!r}"
                )
        self.__dict__["_made"] = {}

    def __hash__(self) -> int:
        return hash((type(self), tuple(self.downstream_partition_keys_by_upstream_partition_key)))

    @property
    def description(self) -> str:
        """What it maps to what, for people."""
        pairs = self._pairs()
        shown = ", ".join(
            f"{key!r}: {', '.join(map(repr, each)) or 'nothing'}" for key, each in list(pairs.items())[:20]
        )
        more = f", ... ({len(pairs):,} upstream keys)" if len(pairs) > 20 else ""
        return f"downstream keys by the upstream key that they depend on: {shown}{more}"

    def validate_partition_mapping(
        self, upstream_partitions_def: PartitionsDefinition, downstream_partitions_def: PartitionsDefinition | None
    ) -> None:
        """Nothing, if both sides have the keys that are named.

        Args:
            upstream_partitions_def: that of the asset that is depended on.
            downstream_partitions_def: that of the asset that depends.

        Raises:
            DagsterInvalidDefinitionError: one of them is no StaticPartitionsDefinition.
            ValueError: one of them lacks a key.
        """
        self._numbers(upstream_partitions_def, downstream_partitions_def)

    def ordinals_up(
        self,
        downstream: OrdinalSet | None,
        downstream_def: PartitionsDefinition | None,
        upstream_def: PartitionsDefinition,
        view: PartitionsView,
    ) -> UpstreamOrdinals:
        """The keys that those stand at; see :meth:`PartitionMapping.upstream_of`."""
        _, ups = self._numbers(upstream_def, downstream_def)
        return UpstreamOrdinals(_followed(ups, OrdinalSet() if downstream is None else downstream), OrdinalSet())

    def ordinals_down(
        self,
        upstream: OrdinalSet,
        upstream_def: PartitionsDefinition,
        downstream_def: PartitionsDefinition,
        view: PartitionsView,
    ) -> OrdinalSet:
        """The keys that stand at those; see :meth:`PartitionMapping.downstream_of`."""
        downs, _ = self._numbers(upstream_def, downstream_def)
        return _followed(downs, upstream)

    def _numbers(
        self, upstream_def: PartitionsDefinition, downstream_def: PartitionsDefinition | None
    ) -> tuple[_Pairs, _Pairs]:
        """Its pairs as numbers, both ways; made once for two definitions, which a graph asks about again and again."""
        up, down = _checked(upstream_def, downstream_def)
        made: dict[tuple[str, str], tuple[_Pairs, _Pairs]] = self.__dict__["_made"]
        sides = (up.numbering, down.numbering)
        if sides not in made:
            made[sides] = _paired(self._pairs(), up, down)
        return made[sides]

    def _pairs(self) -> dict[str, list[str]]:
        given = self.downstream_partition_keys_by_upstream_partition_key
        return {key: [each] if isinstance(each, str) else list(each) for key, each in given.items()}


def _checked(
    upstream_def: PartitionsDefinition, downstream_def: PartitionsDefinition | None
) -> tuple[StaticPartitionsDefinition, StaticPartitionsDefinition]:
    for side, definition in (("upstream", upstream_def), ("downstream", downstream_def)):
        if not isinstance(definition, StaticPartitionsDefinition):
            raise DagsterInvalidDefinitionError(
                f"StaticPartitionMapping maps between StaticPartitionsDefinitions, but {side} is {definition!r}"
            )
    assert isinstance(upstream_def, StaticPartitionsDefinition)
    assert isinstance(downstream_def, StaticPartitionsDefinition)
    return upstream_def, downstream_def


def _followed(pairs: _Pairs, ordinals: OrdinalSet) -> OrdinalSet:
    """What a set is paired with: proportional to the smaller of the set and the pairs."""
    if len(pairs) < len(ordinals):
        found = (each for one, others in pairs.items() if one in ordinals for each in others)
    else:
        found = (each for one in ordinals for each in pairs.get(one, ()))
    return OrdinalSet(set(found))


def _paired(
    keys: Mapping[str, list[str]], upstream_def: StaticPartitionsDefinition, downstream_def: StaticPartitionsDefinition
) -> tuple[_Pairs, _Pairs]:
    """Downstream ordinals by upstream ordinal, and the reverse."""
    down_of: _Pairs = {}
    up_of: _Pairs = {}
    for key, others in keys.items():
        ordinal = _place(key, upstream_def, "upstream")
        for other in others:
            its = _place(other, downstream_def, "downstream")
            down_of.setdefault(ordinal, []).append(its)
            up_of.setdefault(its, []).append(ordinal)
    return down_of, up_of


def _place(key: str, definition: StaticPartitionsDefinition, side: str) -> int:
    place = definition.ordinal_of(key, _ANYWHERE)
    if place is None:
        near = did_you_mean(key, definition.get_partition_keys()[:_SHOWN_MAX])
        raise ValueError(
            f"StaticPartitionMapping names the {side} key {key!r}, which the {side} {definition!r} does not have{near}"
        )
    return place
