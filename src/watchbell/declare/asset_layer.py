"""Which assets a job's ops make and take."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import field, replace
from functools import cached_property
from typing import Any

from watchbell.declare.compose import Node
from watchbell.declare.output import DEFAULT_IO_MANAGER_KEY
from watchbell.declare.resource import ResourceDefinition
from watchbell.ground.errors import DagsterInvalidDefinitionError
from watchbell.ground.value import dataclass
from watchbell.record.keys import AssetKey


@dataclass(frozen=True)
class AssetLoad:
    """How the stored value of an asset is loaded.

    Args:
        io_manager_key: the resource that stored it.
        metadata: metadata of its definition, for the IO manager.
    """

    io_manager_key: str = DEFAULT_IO_MANAGER_KEY
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class AssetLayer:
    """Which assets a job's ops make and take.

    Args:
        keys_by_output: (node path, output) -> the asset it makes.
        keys_by_input: (node path, input) -> the asset whose value (for ``Nothing``: whose being there) it takes. If the
            input has no source in the graph, the value is loaded through the asset's IO manager.
        assets_by_node: node path -> the AssetsDefinition it executes.
        loads: asset -> how its stored value is loaded, for every asset that is made or taken.
        selected: the assets to make, where an op may make only some of its own; None: all.
    """

    keys_by_output: Mapping[tuple[str, str], AssetKey] = field(default_factory=dict)
    keys_by_input: Mapping[tuple[str, str], AssetKey] = field(default_factory=dict)
    assets_by_node: Mapping[str, Any] = field(default_factory=dict)
    loads: Mapping[AssetKey, AssetLoad] = field(default_factory=dict)
    selected: frozenset[AssetKey] | None = None

    @cached_property
    def executable_keys(self) -> frozenset[AssetKey]:
        """The assets that the job makes."""
        made = frozenset(self.keys_by_output.values())
        return made if self.selected is None else made & self.selected

    def load_of(self, key: AssetKey) -> AssetLoad:
        """How the stored value of ``key`` is loaded."""
        return self.loads.get(key, AssetLoad())

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

    def brought_resources(self) -> dict[str, ResourceDefinition]:
        """The resources that the job's assets bring along.

        Raises:
            DagsterInvalidDefinitionError: two bring along different resources of one key.
        """
        brought: dict[str, ResourceDefinition] = {}
        brought_by: dict[str, str] = {}
        for path, assets in self.assets_by_node.items():
            for key, definition in assets.resource_defs.items():
                if brought.setdefault(key, definition) is not definition:
                    raise DagsterInvalidDefinitionError(
                        f"the assets of {brought_by[key]!r} and {path!r} bring along different resources of the key "
                        f"{key!r}; use one object for both, or two keys"
                    )
                brought_by.setdefault(key, path)
        return brought

    def restricted(self, paths: AbstractSet[str], selected: frozenset[AssetKey] | None) -> AssetLayer:
        """The layer of a part of the job."""
        return AssetLayer(
            {place: key for place, key in self.keys_by_output.items() if place[0] in paths},
            {place: key for place, key in self.keys_by_input.items() if place[0] in paths},
            {path: each for path, each in self.assets_by_node.items() if path in paths},
            self.loads,
            self.selected if selected is None else selected,
        )


NO_ASSETS = AssetLayer()


def layer_of(nodes: Mapping[str, Node], selected: frozenset[AssetKey] | None = None) -> AssetLayer:
    """The layer of a job with these nodes, by path.

    Args:
        nodes: the nodes of its flat graph; those that make assets say so.
        selected: the assets to make, where an op may make only some of its own; None: all.
    """
    assets_by_node = {path: node.assets for path, node in nodes.items() if node.assets is not None}
    if not assets_by_node:
        return NO_ASSETS
    keys_by_output: dict[tuple[str, str], AssetKey] = {}
    keys_by_input: dict[tuple[str, str], AssetKey] = {}
    loads: dict[AssetKey, AssetLoad] = {}
    for path, assets in assets_by_node.items():
        for name, key in assets.keys_by_output_name.items():
            keys_by_output[path, name] = key
            loads[key] = AssetLoad(assets.op.outs[name].io_manager_key, assets.specs_by_key[key].metadata)
        keys_by_input.update(((path, name), key) for name, key in assets.keys_by_input_name.items())
    everything = selected is None or selected.issuperset(keys_by_output.values())
    return AssetLayer(keys_by_output, keys_by_input, assets_by_node, loads, None if everything else selected)
