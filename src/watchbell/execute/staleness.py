"""Whether the assets of a location are up to date, from its definitions and what is remembered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.assets.stale_rules import Definition, Known, Staleness, staleness
from watchbell.execute.partition_provenance import USED_MAX, combined, latest_of_partitions
from watchbell.execute.provenance import latest_version
from watchbell.execute.run_partitions import RunPartitions
from watchbell.execute.step_partitions import StepPartitions
from watchbell.execute.used_version import UsedVersion
from watchbell.instance import DagsterInstance
from watchbell.record.event import EventLogEntry
from watchbell.record.filters import AssetRecordsFilter
from watchbell.record.keys import AssetKey
from watchbell.record.partition import PARTITION_TAG
from watchbell.record.provenance import DataProvenance, extract_data_provenance_from_entry


def stale_states(
    asset_graph: AssetGraph, instance: DagsterInstance, keys: Iterable[AssetKey] | None = None
) -> Mapping[AssetKey, Staleness]:
    """Whether assets are up to date with their code and with what they are made from.

    Of an asset with partitions: whether the one that was made last is up to date with its code and with what has no
    partitions; see :func:`stale_state_of_partition` for each.

    Args:
        asset_graph: all assets of the location.
        instance: what is remembered.
        keys: which; None: all.
    """
    wanted = list(asset_graph.specs if keys is None else keys)
    plain = [key for key in wanted if not _has_to_do_with_partitions(asset_graph, key)]
    definitions = {key: _definition(asset_graph, key) for key in plain}
    needed = dict.fromkeys([*plain, *(dep for each in definitions.values() for dep in each.deps)])
    found = dict(staleness(definitions, {key: _known(instance, key) for key in needed}))
    for key in wanted:
        if key not in definitions:
            found[key] = _state(asset_graph, instance, key, None)
    return {key: found[key] for key in wanted}


def stale_state_of_partition(
    asset_graph: AssetGraph, instance: DagsterInstance, key: AssetKey, partition_key: str
) -> Staleness:
    """Whether one partition of an asset is up to date with its code and with the partitions it is made from.

    Args:
        asset_graph: all assets of the location.
        instance: what is remembered.
        key: the asset.
        partition_key: the partition.

    Raises:
        DagsterUnknownPartitionError: there is no such partition.
    """
    return _state(asset_graph, instance, key, partition_key)


def _has_to_do_with_partitions(asset_graph: AssetGraph, key: AssetKey) -> bool:
    keys = (key, *(dep.asset_key for dep in asset_graph.spec(key).deps))
    return any(asset_graph.partitions_def_of(each) is not None for each in keys)


def _state(asset_graph: AssetGraph, instance: DagsterInstance, key: AssetKey, partition_key: str | None) -> Staleness:
    tags = {} if partition_key is None else {PARTITION_TAG: partition_key}
    own_def = asset_graph.partitions_def_of(key)
    run = RunPartitions(tags, own_def, instance.clock.now(), lambda: instance)
    assets_def = asset_graph.definition_by_key.get(key)
    partitions = StepPartitions(run, assets_def, asset_graph.partitions_def_of)
    definition = _definition(asset_graph, key)
    is_whole = own_def is not None and partition_key is None
    left_out = {dep for dep in definition.deps if is_whole and asset_graph.partitions_def_of(dep) is not None}
    deps = tuple(dep for dep in definition.deps if dep not in left_out)
    known = {dep: Known(_version_now(instance, partitions, key, dep).version) for dep in deps}
    made = _latest(instance, key, partition_key)
    provenance = None if made is None else _without(extract_data_provenance_from_entry(made), left_out)
    known[key] = Known(latest_version(instance, key).version, provenance, made is not None)
    return staleness({key: Definition(deps, definition.code_version, definition.is_made_here)}, known)[key]


def _version_now(instance: DagsterInstance, partitions: StepPartitions, key: AssetKey, dep: AssetKey) -> UsedVersion:
    """The version of ``dep`` that the asset would be made from now."""
    upstream = partitions.mapped(dep, partitions.made(key))
    if upstream is None or len(upstream.partitions) > USED_MAX:
        return latest_version(instance, dep)
    return combined(latest_of_partitions(instance, dep, upstream.partitions.keys))


def _latest(instance: DagsterInstance, key: AssetKey, partition_key: str | None) -> EventLogEntry | None:
    if partition_key is None:
        return instance.get_latest_materialization_event(key)
    newest = instance.store.partition_records(key, partitions=[partition_key])
    number = newest[0].materialization_id if newest else None
    if number is None:
        return None
    found = instance.fetch_materializations(AssetRecordsFilter(key, storage_ids=[number]), limit=1).records
    return found[0].event_log_entry if found else None


def _without(provenance: DataProvenance | None, deps: set[AssetKey]) -> DataProvenance | None:
    if provenance is None or not deps:
        return provenance
    used = {dep: version for dep, version in provenance.input_data_versions.items() if dep not in deps}
    return DataProvenance(provenance.code_version, used, provenance.input_storage_ids, provenance.is_user_provided)


def _definition(asset_graph: AssetGraph, key: AssetKey) -> Definition:
    spec = asset_graph.spec(key)
    deps = tuple(dep.asset_key for dep in spec.deps)
    return Definition(deps, spec.code_version, key in asset_graph.materializable_keys)


def _known(instance: DagsterInstance, key: AssetKey) -> Known:
    made = instance.get_latest_materialization_event(key)
    provenance = None if made is None else extract_data_provenance_from_entry(made)
    return Known(latest_version(instance, key).version, provenance, made is not None)
