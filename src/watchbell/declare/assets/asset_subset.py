"""A job cut down to some of the assets it makes."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

from watchbell.declare.assets.asset_layer import AssetLayer
from watchbell.declare.graphs.graph import GraphDefinition
from watchbell.declare.graphs.op_selection import subset_graph
from watchbell.ground.errors import DagsterInvalidSubsetError
from watchbell.ground.suggest import did_you_mean
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.keys import AssetKey


def cut_to_assets(
    graph: GraphDefinition,
    layer: AssetLayer,
    keys: frozenset[AssetKey],
    checks: Mapping[str, Any],
    wanted: frozenset[AssetCheckKey] | None,
    job_name: str,
) -> tuple[GraphDefinition, AssetLayer]:
    """Graph and layer of the job that makes only these assets and checks.

    Args:
        graph: the whole job's graph.
        layer: which of its ops makes what.
        keys: the assets.
        checks: node path -> the definition of checks that stays there.
        wanted: the checks; None: those of the assets.
        job_name: for messages.

    Raises:
        DagsterInvalidSubsetError: the job does not make one of the assets, or makes it only together with others.
    """
    made = layer.keys_by_output.values()
    unmade = keys.difference(made)
    if unmade:
        text = min(unmade).to_user_string()
        near = did_you_mean(text, [key.to_user_string() for key in made])
        raise DagsterInvalidSubsetError(
            f"asset_selection of job {job_name!r} names {text!r}, which it does not make{near}", asset_key=min(unmade)
        )
    if layer.cut is not None:
        made_anew, rest = layer.cut(keys, _check_keys(layer, keys, checks) if wanted is None else wanted)
        left_out = graph.unselected.union(name for name in graph.nodes if name not in made_anew.nodes)
        return replace(made_anew, unselected=left_out) if left_out else made_anew, rest
    parts: dict[str, Any] = {}
    for path, assets in layer.assets_by_node.items():
        if path in checks or not keys.intersection(getattr(assets, "specs_by_key", ())):
            continue
        parts[path] = assets.subset_for(keys) if len(assets.specs_by_key) > 1 else assets
    paths = frozenset(
        {path for (path, _), key in layer.keys_by_output.items() if key in keys} | parts.keys() | checks.keys()
    )
    rest = layer.restricted(paths).with_definitions(checks)
    for path, part in parts.items():
        if part is not layer.assets_by_node[path]:
            rest = rest.with_part(path, part)
    return subset_graph(graph, paths), rest


def _check_keys(layer: AssetLayer, keys: AbstractSet[AssetKey], checks: Mapping[str, Any]) -> frozenset[AssetCheckKey]:
    """The checks that stay: those of the check steps, and those that functions of the assets make along with them."""
    found: set[AssetCheckKey] = set()
    for path, assets in layer.assets_by_node.items():
        if path in checks:
            chosen = checks[path].selected_checks
            found |= checks[path].check_keys if chosen is None else chosen
        elif assets.specs_by_key:
            found |= {key for key in assets.check_keys if key.asset_key in keys}
    return frozenset(found)
