"""Run requests with ``stale_assets_only``: which of their assets are out of date at the tick.

Decided where user code is, as code versions and mappings are needed, and at the tick, so that the run that is stored
says which assets it is for.
"""

from __future__ import annotations

from collections.abc import Iterable

from watchbell.declare.assets.stale_rules import StaleStatus
from watchbell.declare.collect import RepositoryDefinition
from watchbell.execute.staleness import stale_state_of_partition, stale_states
from watchbell.ground.errors import DagsterUnknownPartitionError
from watchbell.instance import DagsterInstance
from watchbell.record.keys import AssetKey
from watchbell.record.request import RunRequest


def only_stale(repository: RepositoryDefinition, instance: DagsterInstance, request: RunRequest) -> RunRequest | None:
    """The request for those of its assets that are not up to date, in their order; None: all of them are.

    Args:
        repository: the code.
        instance: what is remembered.
        request: a request with its job and the tags of its partition.
    """
    assert request.job_name is not None  # a resolved request names its job
    keys: Iterable[AssetKey]
    if request.asset_selection is None:
        keys = sorted(repository.get_job(request.job_name).asset_layer.executable_keys)
    else:
        keys = request.asset_selection
    stale = _stale_among(repository, instance, list(keys), request)
    return request.with_replaced_attrs(asset_selection=stale, stale_assets_only=False) if stale else None


def _stale_among(
    repository: RepositoryDefinition, instance: DagsterInstance, keys: list[AssetKey], request: RunRequest
) -> list[AssetKey]:
    graph, key_range = repository.asset_graph, request.partition_key_range
    parts: dict[AssetKey, Iterable[str]] = {}
    for key in keys:
        definition = graph.partitions_def_of(key)
        if definition is not None and request.partition_key is not None:
            parts[key] = (request.partition_key,)
        elif definition is not None and key_range is not None:
            parts[key] = definition.get_partition_keys_in_range(key_range, instance)
    whole = stale_states(graph, instance, [key for key in keys if key not in parts])

    def is_stale(key: AssetKey) -> bool:
        if key not in parts:
            return whole[key].status is not StaleStatus.FRESH
        return any(_is_stale_partition(repository, instance, key, each) for each in parts[key])

    return [key for key in keys if is_stale(key)]


def _is_stale_partition(
    repository: RepositoryDefinition, instance: DagsterInstance, key: AssetKey, partition: str
) -> bool:
    try:
        state = stale_state_of_partition(repository.asset_graph, instance, key, partition)
    except DagsterUnknownPartitionError:
        return True  # the same tick adds it, or its run could not have been asked for
    return state.status is not StaleStatus.FRESH
