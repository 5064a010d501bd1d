"""The assets of a backfill as its planner sees them: what is made together, of which partitions, and from what.

An asset without partitions is planned as one with a single partition, whose number is 0; so sets, needs and runs have
one rule for both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field

from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.partitions.backfill_policy import BackfillPolicy
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.mapping import PartitionMapping, UpstreamOrdinals
from watchbell.declare.partitions.plain_mapping import (
    AllPartitionMapping,
    IdentityPartitionMapping,
    LastPartitionMapping,
    SpecificPartitionsPartitionMapping,
)
from watchbell.declare.partitions.time_mapping import TimeWindowPartitionMapping
from watchbell.declare.partitions.view import PartitionsView
from watchbell.ground.errors import DagsterInvalidSubsetError
from watchbell.ground.value import dataclass
from watchbell.record.asset_check_key import AssetCheckKey
from watchbell.record.keys import AssetKey
from watchbell.record.ordinal_set import OrdinalSet

ONE_PARTITION_A_RUN = BackfillPolicy.multi_run(1)
WHOLE_ORDINAL = 0
"""The only partition of what has none."""


@dataclass(frozen=True, eq=False)
class PlanEdge:
    """That an asset of a backfill is made from another.

    Args:
        child: the asset.
        parent: what it is made from; may be itself, at other partitions.
        child_def: partitions of the asset; None: it has none.
        parent_def: partitions of the parent; None: it has none.
        mapping: which partitions depend on which; None if the parent has none.
        parent_is_made: whether something in the location makes the parent.
    """

    child: AssetKey
    parent: AssetKey
    child_def: PartitionsDefinition | None
    parent_def: PartitionsDefinition | None
    mapping: PartitionMapping | None
    parent_is_made: bool = True

    @property
    def is_identity(self) -> bool:
        """Whether each partition depends on the one of the same key, and on no other."""
        if self.parent_def is None or self.child_def is None:
            return self.parent_def is self.child_def
        return self.parent_def == self.child_def and _keeps_keys(self.mapping)

    @property
    def is_constant(self) -> bool:
        """Whether all partitions of the child depend on the same ones."""
        return (
            self.child_def is None or self.parent_def is None or self.mapping is None or type(self.mapping) in _CONSTANT
        )

    def upstream(self, children: OrdinalSet, view: PartitionsView) -> UpstreamOrdinals:
        """What partitions of the child depend on."""
        if not children:
            return UpstreamOrdinals(OrdinalSet(), OrdinalSet())
        if self.parent_def is None:
            return UpstreamOrdinals(OrdinalSet([WHOLE_ORDINAL]), OrdinalSet())
        if self.mapping is None:
            return UpstreamOrdinals(self.parent_def.ordinals(view), OrdinalSet())
        return self.mapping.upstream_of(
            None if self.child_def is None else children, self.child_def, self.parent_def, view
        )

    def downstream(self, parents: OrdinalSet, view: PartitionsView) -> OrdinalSet:
        """The partitions of the child that depend on some of the parent; all of them if the parent has none."""
        if not parents:
            return OrdinalSet()
        if self.child_def is None:
            return OrdinalSet([WHOLE_ORDINAL])
        if self.parent_def is None or self.mapping is None:
            return self.child_def.ordinals(view)
        return self.mapping.downstream_of(parents, self.parent_def, self.child_def, view)


@dataclass(frozen=True, eq=False)
class PlanUnit:
    """Assets that are always made together.

    Args:
        keys: the assets.
        definition: their partitions; None: they have none.
        policy: how many partitions a run makes.
        edges: what they are made from, that of their own left out unless it is of other partitions.
        check_keys: asset checks that are executed by themselves, if it is about these.
    """

    keys: tuple[AssetKey, ...]
    definition: PartitionsDefinition | None
    policy: BackfillPolicy
    edges: tuple[PlanEdge, ...] = field(default=(), repr=False)
    check_keys: tuple[AssetCheckKey, ...] = ()

    @property
    def name(self) -> str:
        """The first of its assets, for people."""
        return self.keys[0].to_user_string()

    @property
    def needs_itself(self) -> bool:
        """Whether its partitions depend on others of its own."""
        return any(edge.parent in self.keys for edge in self.edges)

    def existing(self, view: PartitionsView) -> OrdinalSet:
        """All its partitions."""
        return OrdinalSet([WHOLE_ORDINAL]) if self.definition is None else self.definition.ordinals(view)


def units_of(graph: AssetGraph, keys: Iterable[AssetKey]) -> list[PlanUnit]:
    """What is made together of a selection, upstream first.

    Args:
        graph: all assets of the location.
        keys: the selected assets; something makes each of them.

    Raises:
        DagsterInvalidSubsetError: one is selected without others that it can only be made with.
    """
    wanted = set(keys)
    units = []
    done: set[AssetKey] = set()
    for key in graph.upstream_first(wanted):
        if key in done:
            continue
        together = graph.made_together(key)
        if not together <= wanted:
            others = ", ".join(sorted(each.to_user_string() for each in together - wanted))
            raise DagsterInvalidSubsetError(
                f"the asset {key.to_user_string()!r} can only be made together with {others}; select these as well, or "
                "write can_subset=True",
                asset_key=key,
            )
        done |= together
        members = tuple(graph.upstream_first(together))
        units.append(
            PlanUnit(
                members,
                graph.partitions_def_of(key),
                graph.backfill_policy_of(key) or ONE_PARTITION_A_RUN,
                tuple(edge for member in members for edge in _edges(graph, member, together)),
            )
        )
    return units


def _edges(graph: AssetGraph, child: AssetKey, together: Iterable[AssetKey]) -> Iterator[PlanEdge]:
    inside = set(together)
    for parent in dict.fromkeys(graph.upstream_of(child)):
        edge = PlanEdge(
            child,
            parent,
            graph.partitions_def_of(child),
            graph.partitions_def_of(parent),
            graph.partition_mapping_of(child, parent),
            parent in graph.materializable_keys,
        )
        if parent not in inside or not edge.is_identity:
            yield edge


_CONSTANT = (AllPartitionMapping, LastPartitionMapping, SpecificPartitionsPartitionMapping)


def _keeps_keys(mapping: PartitionMapping | None) -> bool:
    """Whether a mapping between equal definitions leaves each key as it is."""
    if type(mapping) is TimeWindowPartitionMapping:
        return mapping.start_offset == mapping.end_offset == 0
    return mapping is None or type(mapping) is IdentityPartitionMapping
