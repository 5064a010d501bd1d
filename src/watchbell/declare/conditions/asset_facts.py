"""The assets of a location as conditions of one's own ask for them: ``context.asset_graph.get(key).parent_keys``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.assets.asset_spec import AssetSpec
from watchbell.declare.partitions.backfill_policy import BackfillPolicy
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.record.asset_check_key import AssetCheckKey
from watchbell.record.keys import AssetKey


class AssetFacts:
    """What is said of an asset, and what is around it. Whatever its :class:`AssetSpec` has is there as well.

    Args:
        graph: the assets.
        spec: what is said of the asset.
    """

    def __init__(self, graph: AssetGraph, spec: AssetSpec) -> None:
        self._graph = graph
        self._spec = spec

    @property
    def key(self) -> AssetKey:
        """Which asset."""
        return self._spec.key

    @property
    def parent_keys(self) -> frozenset[AssetKey]:
        """What it is made from; itself, if its partitions are made from others of its own."""
        return frozenset(self._graph.upstream_of(self.key))

    @property
    def child_keys(self) -> frozenset[AssetKey]:
        """What is made from it."""
        return frozenset(self._graph.downstream_of(self.key))

    @property
    def check_keys(self) -> frozenset[AssetCheckKey]:
        """Its checks."""
        return frozenset(self._graph.check_keys_by_asset.get(self.key, ()))

    @property
    def parent_entity_keys(self) -> frozenset[AssetKey]:
        """As ``parent_keys``."""
        return self.parent_keys

    @property
    def child_entity_keys(self) -> frozenset[AssetKey | AssetCheckKey]:
        """What is made from it, and its checks."""
        return self.child_keys | self.check_keys

    @property
    def partitions_def(self) -> PartitionsDefinition | None:
        """Its partitions; None: it has none."""
        return self._graph.partitions_def_of(self.key)

    @property
    def partition_mappings(self) -> Mapping[AssetKey, Any]:
        """By what it is made from, the mapping that was given; what was given none is left out."""
        return self._spec.partition_mappings

    @property
    def is_partitioned(self) -> bool:
        """Whether it has partitions."""
        return self.partitions_def is not None

    @property
    def is_materializable(self) -> bool:
        """Whether something of the location makes it."""
        return self.key in self._graph.materializable_keys

    @property
    def is_observable(self) -> bool:
        """Whether something of the location looks at it."""
        return self.key in self._graph.observable_keys

    @property
    def is_external(self) -> bool:
        """Whether nothing of the location makes it."""
        return not self.is_materializable

    @property
    def is_executable(self) -> bool:
        """Whether something of the location makes it, or looks at it."""
        return self.key in self._graph.executable_keys

    @property
    def backfill_policy(self) -> BackfillPolicy | None:
        """How many partitions a run makes; None: nothing was said."""
        return self._graph.backfill_policy_of(self.key)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._spec, name)

    def __repr__(self) -> str:
        return f"AssetFacts({self.key.to_user_string()!r})"


class AssetGraphFacts:
    """The assets of a location; whatever :class:`AssetGraph` knows is there as well.

    Args:
        graph: the assets.
    """

    def __init__(self, graph: AssetGraph) -> None:
        self._graph = graph

    def get(self, key: AssetKey | AssetCheckKey) -> Any:
        """What is said of an asset (:class:`AssetFacts`), or of a check.

        Raises:
            DagsterInvariantViolationError: there is no such asset or check; gives the nearest.
        """
        spec = self._graph.get(key)
        return AssetFacts(self._graph, spec) if isinstance(spec, AssetSpec) else spec

    @property
    def asset_nodes(self) -> Sequence[AssetFacts]:
        """All assets, upstream first."""
        return [self.get(key) for key in self._graph.upstream_first(self._graph.all_keys)]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._graph, name)
