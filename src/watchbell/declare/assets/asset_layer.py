"""Which assets a job's ops make and take."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import field, replace
from functools import cached_property
from typing import Any

from watchbell.declare.graphs.graph import GraphDefinition
from watchbell.declare.graphs.output import DEFAULT_IO_MANAGER_KEY
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.resource import ResourceDefinition
from watchbell.ground.errors import DagsterInvalidDefinitionError
from watchbell.ground.value import dataclass
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.keys import AssetKey


@dataclass(frozen=True)
class AssetLoad:
    """How the stored value of an asset is loaded.

    Args:
        io_manager_key: the resource that stored it.
        metadata: metadata of its definition, for the IO manager.
        resource_defs: resources that its declaration brings along.
        partitions_def: how it is divided into partitions; None: it is not.
    """

    io_manager_key: str = DEFAULT_IO_MANAGER_KEY
    metadata: Mapping[str, Any] = field(default_factory=dict)
    resource_defs: Mapping[str, ResourceDefinition] = field(default_factory=dict)
    partitions_def: PartitionsDefinition | None = None


_USUAL_LOAD = AssetLoad()


@dataclass(frozen=True)
class AssetLayer:
    """Which assets a job's ops make and take.

    Args:
        keys_by_output: (node path, output) -> the asset it makes.
        keys_by_input: (node path, input) -> the asset whose value (for ``Nothing``: whose being there) it takes. If the
            input has no source in the graph, the value is loaded through the asset's IO manager.
        assets_by_node: node path -> the AssetsDefinition it executes.
        loads: asset -> how its stored value is loaded, for every asset that is made or taken.
        observed_keys: those of the assets in ``keys_by_output`` that are looked at, and not made.
        cut: makes graph and layer anew for some of the assets; None: the job was not made of a selection of assets.
    """

    keys_by_output: Mapping[tuple[str, str], AssetKey] = field(default_factory=dict)
    keys_by_input: Mapping[tuple[str, str], AssetKey] = field(default_factory=dict)
    assets_by_node: Mapping[str, Any] = field(default_factory=dict)
    loads: Mapping[AssetKey, AssetLoad] = field(default_factory=dict)
    observed_keys: frozenset[AssetKey] = frozenset()
    cut: Cut | None = field(default=None, compare=False, repr=False)

    @cached_property
    def executable_keys(self) -> frozenset[AssetKey]:
        """The assets that the job makes or looks at."""
        return frozenset(self.keys_by_output.values())

    def load_of(self, key: AssetKey) -> AssetLoad:
        """How the stored value of ``key`` is loaded."""
        return self.loads.get(key, _USUAL_LOAD)

    def shown(self, path: str) -> str:
        """The op at ``path`` in words: by the assets it makes, if there are some."""
        assets = self.assets_by_node.get(path)
        if assets is None:
            return f"op {path!r}"
        names = [repr(key.to_user_string()) for key in assets.specs_by_key]
        return f"asset {names[0]}" if len(names) == 1 else f"the assets {', '.join(names)}"

    @property
    def keys_made_elsewhere(self) -> frozenset[AssetKey]:
        """The assets that the job takes and does not make."""
        return frozenset(self.keys_by_input.values()).difference(self.keys_by_output.values())

    def with_loads(self, loads: Mapping[AssetKey, AssetLoad]) -> AssetLayer:
        """The layer, told more of how stored values are loaded."""
        return replace(self, loads={**self.loads, **loads})

    def with_definitions(self, assets_by_node: Mapping[str, Any]) -> AssetLayer:
        """The layer with other definitions at some nodes, such as checks cut down to a selection."""
        return replace(self, assets_by_node={**self.assets_by_node, **assets_by_node})

    def brought_resources(self) -> dict[str, ResourceDefinition]:
        """The resources that the job's assets bring along.

        Raises:
            DagsterInvalidDefinitionError: two bring along different resources of one key.
        """
        brought: dict[str, ResourceDefinition] = {}
        brought_by: dict[str, str] = {}
        loaded = {key.to_user_string(): self.loads[key] for key in self.keys_made_elsewhere if key in self.loads}
        for path, assets in {**self.assets_by_node, **loaded}.items():
            for key, definition in assets.resource_defs.items():
                if brought.setdefault(key, definition) is not definition:
                    raise DagsterInvalidDefinitionError(
                        f"the assets of {brought_by[key]!r} and {path!r} bring along different resources of the key "
                        f"{key!r}; use one object for both, or two keys"
                    )
                brought_by.setdefault(key, path)
        return brought

    def restricted(self, paths: AbstractSet[str]) -> AssetLayer:
        """The layer of a part of the job."""
        return replace(
            self,
            keys_by_output={place: key for place, key in self.keys_by_output.items() if place[0] in paths},
            keys_by_input={place: key for place, key in self.keys_by_input.items() if place[0] in paths},
            assets_by_node={path: each for path, each in self.assets_by_node.items() if path in paths},
        )

    def with_part(self, path: str, assets: Any) -> AssetLayer:
        """The layer, told that the op at ``path`` makes only some of its assets.

        Args:
            path: the op.
            assets: the part of its AssetsDefinition.
        """
        kept = {
            place: key for place, key in self.keys_by_output.items() if place[0] != path or key in assets.specs_by_key
        }
        return replace(self, keys_by_output=kept, assets_by_node={**self.assets_by_node, path: assets})


# From the assets and checks to make, to graph and layer.
Cut = Callable[[frozenset[AssetKey], frozenset[AssetCheckKey]], tuple[GraphDefinition, AssetLayer]]
NO_ASSETS = AssetLayer()


def layer_of(graph: GraphDefinition) -> AssetLayer:
    """The layer of a job of this graph; the nodes in it that make assets say so.

    Args:
        graph: the job's graph.
    """
    found = list(_assets_in(graph))
    if not found:
        return NO_ASSETS
    keys_by_output: dict[tuple[str, str], AssetKey] = {}
    keys_by_input: dict[tuple[str, str], AssetKey] = {}
    assets_by_node: dict[str, Any] = {}
    loads: dict[AssetKey, AssetLoad] = {}
    observed: set[AssetKey] = set()
    for path, assets in found:
        node = assets.node
        assets_by_node.update(dict.fromkeys(node.paths(path), assets))
        for name, key in assets.keys_by_output_name.items():
            keys_by_output[node.output_place(path, name)] = key
            spec = assets.specs_by_key[key]
            manager_key = assets.io_manager_key_of_output(name)
            loads[key] = AssetLoad(manager_key, spec.metadata, partitions_def=spec.partitions_def)
        for name, key in assets.node_keys_by_input_name.items():
            keys_by_input.update(dict.fromkeys(node.input_places(path, name), key))
        for (inner, name), key in assets.inner_loads.items():
            keys_by_input[f"{path}.{inner}", name] = key
        if assets.is_observable:
            observed.update(assets.keys)
    return AssetLayer(keys_by_output, keys_by_input, assets_by_node, loads, frozenset(observed))


def _assets_in(graph: GraphDefinition, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The assets that nodes of a graph make, with their paths; those in nested graphs too."""
    for name, node in graph.nodes.items():
        path = f"{prefix}{name}"
        if node.assets is not None:
            yield path, node.assets
        elif isinstance(node.definition, GraphDefinition):
            yield from _assets_in(node.definition, f"{path}.")
