"""From checked definitions to the plain values that other processes are given."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from heapq import nsmallest
from types import MappingProxyType
from typing import Any

from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.assets.asset_job import IMPLICIT_ASSET_JOB_NAME
from watchbell.declare.automation.asset_sensor import AssetSensorDefinition
from watchbell.declare.automation.condition_sensor import EntityKeys
from watchbell.declare.automation.monitored import Monitored
from watchbell.declare.automation.multi_asset_sensor import MultiAssetSensorDefinition
from watchbell.declare.automation.run_status_sensor import RunStatusSensorDefinition
from watchbell.declare.automation.schedule import DefaultScheduleStatus, ScheduleDefinition
from watchbell.declare.automation.sensor import DefaultSensorStatus, SensorDefinition, SensorType
from watchbell.declare.code_place import place_of
from watchbell.declare.config.config_schema import Field
from watchbell.declare.job import JobDefinition
from watchbell.declare.labels import COMPUTE_KIND_TAG
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.resource import ResourceDefinition
from watchbell.declare.said_texts import SaidTexts
from watchbell.ground.masking import masked_facts
from watchbell.ground.upward import call_upward
from watchbell.ground.wire import WireError, to_plain
from watchbell.record.asset_job_key import entity_text
from watchbell.record.keys import AssetKey
from watchbell.record.metadata import DagsterInvalidMetadata, MetadataValue, TextMetadataValue, normalize_metadata_value
from watchbell.record.snapshot import (
    AssetSnapshot,
    CheckSnapshot,
    ConfigFieldSnapshot,
    JobSnapshot,
    LocationSnapshot,
    NodeSnapshot,
    PartitionsSnapshot,
    ResourceSnapshot,
    ScheduleSnapshot,
    SensorSnapshot,
)

DEFAULT_CHARS_MAX = 1_000
KEYS_TOLD = 100
"""Assets and checks of a condition sensor that a snapshot names (count)."""


def snapshot_of(
    location_name: str,
    schedules: Iterable[ScheduleDefinition],
    sensors: Iterable[SensorDefinition],
    jobs: Sequence[JobDefinition],
    asset_graph: AssetGraph,
    conditioned_by: Callable[[str], EntityKeys] = lambda sensor_name: frozenset(),
    resources: Mapping[str, ResourceDefinition] = MappingProxyType({}),
) -> LocationSnapshot:
    """Definitions as plain values.

    Args:
        location_name: the code location's name.
        schedules: its schedules.
        sensors: its sensors.
        jobs: its jobs, the implicit asset job included.
        asset_graph: its assets.
        conditioned_by: by the name of a sensor, whose conditions it evaluates.
        resources: its resources by key.
    """
    jobs_of_asset: dict[AssetKey, list[str]] = {}
    for job in jobs:
        for key in job.asset_layer.executable_keys:
            jobs_of_asset.setdefault(key, []).append(job.name)
    texts = SaidTexts(asset_graph)
    return LocationSnapshot(
        name=location_name,
        schedules=tuple(
            _schedule(each, _made_by(each, jobs, asset_graph)) for each in sorted(schedules, key=lambda each: each.name)
        ),
        sensors=tuple(
            _sensor(each, asset_graph, conditioned_by(each.name), _made_by(each, jobs, asset_graph))
            for each in sorted(sensors, key=lambda each: each.name)
        ),
        jobs=tuple(_job(each) for each in sorted(jobs, key=lambda each: each.name)),
        assets=tuple(_asset(key, asset_graph, jobs_of_asset.get(key, ()), texts) for key in asset_graph.specs),
        resources=tuple(_resource(key, resources[key]) for key in sorted(resources)),
    )


def _resource(key: str, definition: ResourceDefinition) -> ResourceSnapshot:
    config = tuple(replace(each, default_text=None) for each in _config(definition.config_field))
    return ResourceSnapshot(key, definition.description, config, tuple(sorted(definition.required_resource_keys)))


def _made_by(
    definition: ScheduleDefinition | SensorDefinition, jobs: Sequence[JobDefinition], asset_graph: AssetGraph
) -> Sequence[AssetKey]:
    """The assets that a schedule or sensor has made without a job that somebody named."""
    if isinstance(definition, SensorDefinition) and definition.asset_selection is not None:
        if definition.sensor_type is SensorType.AUTOMATION:  # whose conditions it evaluates is told by itself
            return ()
        return sorted(definition.asset_selection.keys_in(asset_graph, allow_missing=True) & asset_graph.executable_keys)
    unnamed = {each.job_name for each in definition.targets if each.is_anonymous}
    keys = (key for job in jobs if job.name in unnamed for key in job.asset_layer.executable_keys)
    return sorted(set(keys)) if unnamed else ()


def _schedule(definition: ScheduleDefinition, makes: Sequence[AssetKey]) -> ScheduleSnapshot:
    return ScheduleSnapshot(
        name=definition.name,
        cron=definition.cron.texts,
        timezone=definition.cron.zone,
        job_name=definition.job_name,
        running_by_default=definition.default_status is DefaultScheduleStatus.RUNNING,
        description=definition.description,
        tags=definition.tags,
        metadata=_shown(definition.metadata),
        owners=tuple(definition.owners),
        policy=definition.policy,
        code=definition.code_place,
        makes=tuple(key.to_user_string() for key in makes[:KEYS_TOLD]),
        makes_count=len(makes),
    )


def _sensor(
    definition: SensorDefinition, asset_graph: AssetGraph, conditioned: EntityKeys, makes: Sequence[AssetKey]
) -> SensorSnapshot:
    job_names = definition.job_names
    if definition.asset_selection is not None:
        job_names = (IMPLICIT_ASSET_JOB_NAME,)
    monitored = definition.monitored if isinstance(definition, RunStatusSensorDefinition) else Monitored()
    interval_seconds = definition.minimum_interval_seconds
    if isinstance(definition, RunStatusSensorDefinition):
        interval_seconds = definition.pause_seconds
    watched: tuple[AssetKey, ...] | None = None
    if isinstance(definition, AssetSensorDefinition | MultiAssetSensorDefinition):
        watched = definition.monitored_keys(asset_graph)
    return SensorSnapshot(
        name=definition.name,
        job_names=job_names,
        minimum_interval_seconds=interval_seconds,
        running_by_default=definition.default_status is DefaultSensorStatus.RUNNING,
        description=definition.description,
        run_statuses=definition.run_statuses,
        monitored_jobs=monitored.job_names,
        monitored_runs=monitored.by_location,
        monitors_all_locations=monitored.all_locations,
        asset_keys=watched,
        sensor_type=definition.sensor_type.value,
        every_event=isinstance(definition, AssetSensorDefinition) and definition.every_event,
        tags=definition.tags,
        metadata=_shown(definition.metadata),
        owners=tuple(definition.owners),
        policy=definition.policy,
        looks_after=tuple(nsmallest(KEYS_TOLD, map(entity_text, conditioned))),
        looks_after_count=len(conditioned),
        code=definition.code_place,
        makes=tuple(key.to_user_string() for key in makes[:KEYS_TOLD]),
        makes_count=len(makes),
    )


def _job(definition: JobDefinition) -> JobSnapshot:
    flat = definition.flat
    upstream, assets = flat.upstream, definition.asset_layer.assets_by_node
    return JobSnapshot(
        name=definition.name,
        description=definition.description,
        tags=definition.run_tags,
        nodes=tuple(
            NodeSnapshot(path, made.name, upstream[path], None if path in assets else _place_in(made))
            for path in flat.order
            for made in (flat.nodes[path].definition,)
        ),
        asset_keys=tuple(sorted(definition.asset_layer.executable_keys)),
        partitions=_partitions(definition.partitions_def),
        owners=definition.owners,
        code=definition.code_place,
    )


def _asset(key: AssetKey, asset_graph: AssetGraph, job_names: Sequence[str], texts: SaidTexts) -> AssetSnapshot:
    spec = asset_graph.specs[key]
    maker = asset_graph.definition_by_key.get(key)
    older_kind = maker.node_def.tags.get(COMPUTE_KIND_TAG) if maker is not None else None
    return AssetSnapshot(
        key=key,
        deps=asset_graph.upstream[key],
        group_name=asset_graph.group_name(key),
        description=spec.description,
        kinds=tuple(sorted(spec.kinds | ({older_kind} if older_kind else set()))),
        owners=spec.owners,
        tags=spec.tags,
        metadata=_shown(spec.metadata),
        op_name=maker.node_def.name if maker is not None else None,
        job_names=tuple(job_names),
        executable=maker is not None,
        checks=_checks(key, asset_graph, texts) if asset_graph.check_keys else (),
        partitions=_partitions(spec.partitions_def),
        condition=texts.condition(key if maker is not None else None, spec.automation_condition),
        observable=key in asset_graph.observable_keys,
        partitions_text=texts.partitions(key if maker is not None else None, spec.partitions_def),
        mapping_texts=texts.mappings(spec.partition_mappings),
        freshness_text=texts.freshness(spec.freshness_policy or spec.legacy_freshness_policy),
        code_version=spec.code_version,
        partitions_per_run=_partitions_per_run(key, asset_graph),
        config=_config(getattr(maker.node_def, "config_field", None)) if maker is not None else (),
        code=None if maker is None else _place_in(maker.node_def),
    )


def _place_in(node: object) -> str | None:
    """Where the function of an op, or the body of a graph, stands."""
    body = getattr(node, "function", None)
    return getattr(node, "code_place", None) if body is None else place_of(body.fn)


def _partitions_per_run(key: AssetKey, asset_graph: AssetGraph) -> int | None:
    policy = asset_graph.backfill_policy_of(key)
    return 1 if policy is None else policy.max_partitions_per_run


def _config(config_field: Field | None) -> tuple[ConfigFieldSnapshot, ...]:
    """The entries of an op's config; config that is no mapping of names has none."""
    entries = getattr(getattr(config_field, "config_type", None), "fields", None)
    return tuple(_config_entry(name, entry) for name, entry in entries.items()) if entries else ()


def _config_entry(name: str, entry: Field) -> ConfigFieldSnapshot:
    default = None
    if entry.has_default and not entry.is_secret:
        try:
            plain = json.loads(json.dumps(entry.default, default=str))
            default = json.dumps(masked_facts({str(name): plain})[str(name)], ensure_ascii=False)[:DEFAULT_CHARS_MAX]
        except ValueError:  # it holds itself
            default = None
    return ConfigFieldSnapshot(str(name), entry.config_type.label, entry.is_required, default, entry.description)


def _partitions(definition: PartitionsDefinition | None) -> PartitionsSnapshot | None:
    return None if definition is None else call_upward("partitions_snapshot", definition)


def _checks(key: AssetKey, asset_graph: AssetGraph, texts: SaidTexts) -> tuple[CheckSnapshot, ...]:
    found = []
    for check in asset_graph.check_keys_by_asset.get(key, ()):
        spec, maker = asset_graph.check_specs[check], asset_graph.checks[check]
        condition = texts.condition(None, spec.automation_condition)
        told = CheckSnapshot(check.name, spec.description, spec.blocking, maker.node_def.name, condition)
        found.append(replace(told, code=_place_in(maker.node_def)))
    return tuple(found)


def _shown(metadata: Mapping[str, Any]) -> dict[str, MetadataValue]:
    """Definition metadata for people; an object that only an IO manager understands is shown as text."""
    return {key: _shown_value(value) for key, value in metadata.items()}


def _shown_value(value: Any) -> MetadataValue:
    try:
        normal = normalize_metadata_value(value)
        to_plain(normal)
    except (DagsterInvalidMetadata, WireError):
        return TextMetadataValue(repr(value)[:1_000])
    return normal
