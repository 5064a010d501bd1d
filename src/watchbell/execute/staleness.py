"""Whether the assets of a location are up to date, from its definitions and what is remembered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.assets.stale_rules import Definition, Known, Staleness, staleness
from watchbell.execute.provenance import latest_version
from watchbell.recall import Recall
from watchbell.record.keys import AssetKey
from watchbell.record.provenance import extract_data_provenance_from_entry


def stale_states(
    asset_graph: AssetGraph, recall: Recall, keys: Iterable[AssetKey] | None = None
) -> Mapping[AssetKey, Staleness]:
    """Whether assets are up to date with their code and with what they are made from.

    Args:
        asset_graph: all assets of the location.
        recall: the instance.
        keys: which; None: all.
    """
    wanted = list(asset_graph.specs if keys is None else keys)
    definitions = {key: _definition(asset_graph, key) for key in wanted}
    needed = dict.fromkeys([*wanted, *(dep for each in definitions.values() for dep in each.deps)])
    return staleness(definitions, {key: _known(recall, key) for key in needed})


def _definition(asset_graph: AssetGraph, key: AssetKey) -> Definition:
    spec = asset_graph.spec(key)
    deps = tuple(dep.asset_key for dep in spec.deps)
    return Definition(deps, spec.code_version, key in asset_graph.materializable_keys)


def _known(recall: Recall, key: AssetKey) -> Known:
    made = recall.get_latest_materialization_event(key)
    provenance = None if made is None else extract_data_provenance_from_entry(made)
    return Known(latest_version(recall, key).version, provenance, made is not None)
