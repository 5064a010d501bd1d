"""What is written down of partitions: what a run is to make, and what it made or saw, one event a partition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from watchbell.execute.answers import GivenOutput
from watchbell.execute.run_scope import RunScope
from watchbell.execute.step_scope import StepScope
from watchbell.record.data_version import DATA_VERSION_TAG
from watchbell.record.event_data import AssetMaterializationPlannedData
from watchbell.record.keys import AssetKey
from watchbell.record.metadata import MetadataValue
from watchbell.record.partition import PARTITION_TAG

KEYS_NOTED_MAX = 10_000
"""Of a run for more partitions than so many, the keys are not written down with what it is to make."""


def planned_data(scope: RunScope, key: AssetKey) -> AssetMaterializationPlannedData:
    """What a run says that it is to make of an asset: nothing but the asset, one partition, or a set.

    Args:
        scope: the run.
        key: the asset.
    """
    run = scope.partitions
    definition = scope.plan.job.asset_layer.load_of(key).partitions_def if run.is_given else None
    if definition is None:
        return AssetMaterializationPlannedData(key)
    if run.key is not None:
        ordinal = definition.require_ordinal(run.key, run.view)
        return AssetMaterializationPlannedData(key, str(run.key), definition.numbering, ordinal)
    made = run.of(definition)
    assert made is not None
    # So that what fails is known by key, too, should other code number the keys otherwise.
    keys = tuple(map(str, made.keys)) if len(made.ordinals) <= KEYS_NOTED_MAX else None
    return AssetMaterializationPlannedData(key, None, definition.numbering, made.ordinals.to_text(), keys)


def made_partitions(state: StepScope, key: AssetKey) -> Iterator[str | None]:
    """The partitions of an asset that an output stands for, one after the other; None alone: it has none."""
    made = None if state.partitions is None else state.partitions.made(key)
    yield from (None,) if made is None else made.keys


def seen_partitions(
    state: StepScope, key: AssetKey, given: GivenOutput
) -> Iterator[tuple[str | None, Mapping[str, str] | None]]:
    """The partitions of an asset that a look at it stands for, with the tags of their observations."""
    if given.versions is not None:
        for each, version in given.versions.items():
            yield each, {DATA_VERSION_TAG: version.value}
        return
    tags = given.tags
    for partition in made_partitions(state, key):
        yield partition, tags if partition is None else {**(tags or {}), **dimension_tags(partition)}


def dimension_tags(partition: str | None) -> Mapping[str, str]:
    """The tags that say the dimensions of a partition that has several."""
    by_dimension: Mapping[str, str] = getattr(partition, "keys_by_dimension", {})
    return {f"{PARTITION_TAG}/{name}": key for name, key in by_dimension.items()}


def said_of_partition(
    state: StepScope, key: AssetKey, partition: str | None, metadata: Mapping[str, MetadataValue]
) -> Mapping[str, MetadataValue]:
    """The metadata of one partition: what was said of the asset, and of that partition."""
    if partition is None or state.partition_metadata is None:
        return metadata
    return {**metadata, **state.partition_metadata.get((key, partition), {})}
