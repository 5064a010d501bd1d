"""Contexts for calling IO managers and resources directly, without a run; and resources set up for a block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from watchbell.declare.assets.asset_spec import AssetSpec
from watchbell.declare.config.annotation_type import type_of_annotation
from watchbell.declare.io.asset_partitions import AssetPartitions
from watchbell.declare.io.io_context import InputContext, OutputContext
from watchbell.declare.log_manager import EvaluationLogger
from watchbell.declare.names import check_instance
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.resource import Resources, resource_definitions
from watchbell.declare.resource_setup import opened_resources
from watchbell.ground.errors import ParameterCheckError
from watchbell.instance import DagsterInstance
from watchbell.record.keys import AssetKey, CoercibleToAssetKey
from watchbell.record.partition import PartitionKeyRange
from watchbell.testing.built_contexts import EPHEMERAL_RUN_ID, BuiltInputContext, BuiltOutputContext


def build_output_context(
    step_key: str | None = None,
    name: str | None = None,
    definition_metadata: Mapping[str, Any] | None = None,
    run_id: str | None = None,
    mapping_key: str | None = None,
    config: Any = None,
    dagster_type: Any = None,
    version: str | None = None,
    resource_config: Mapping[str, object] | None = None,
    resources: Resources | Mapping[str, object] | None = None,
    op_def: Any = None,
    asset_key: CoercibleToAssetKey | None = None,
    partition_key: str | None = None,
    asset_partitions_def: PartitionsDefinition | None = None,
    asset_partition_key_range: PartitionKeyRange | None = None,
    instance: DagsterInstance | None = None,
    asset_spec: AssetSpec | None = None,
    metadata: Mapping[str, Any] | None = None,
    output_metadata: Mapping[str, Any] | None = None,
) -> OutputContext:
    """A context to call ``IOManager.handle_output`` with, in a test. What is not given raises when it is read.

    Args:
        step_key: the step.
        name: name of the output.
        definition_metadata: metadata of its definition; ``metadata`` is the older name.
        asset_key: the asset it is.
        resources: the resources that the IO manager requires: values, or definitions to set up, by key; generators are
            torn down where ``with`` ends.
        partition_key: the run's partition; of an asset it is also the one that is stored.
        asset_partition_key_range: the asset's partitions, if they are others.
        asset_partitions_def: how the asset is divided into partitions.

    Raises:
        ParameterCheckError: an argument has the wrong type, or metadata is given by both its names.
        DagsterInvalidInvocationError: there is no such partition.

    Example:
        >>> build_output_context(asset_key="orders").asset_key
        AssetKey(['orders'])
    """
    partitions = _partitions_told(asset_key, partition_key, asset_partition_key_range, asset_partitions_def)
    return BuiltOutputContext(
        step_key=step_key,
        name=name,
        definition_metadata=_definition_metadata(definition_metadata, metadata),
        run_id=EPHEMERAL_RUN_ID if run_id is None else run_id,
        mapping_key=mapping_key,
        config=config,
        dagster_type=None if dagster_type is None else type_of_annotation(dagster_type),
        version=version,
        resource_config=resource_config or {},
        resources=resources,
        op_def=op_def,
        asset_key=_key(asset_key),
        partition_key=partition_key,
        asset_partitions=partitions,
        asset_partitions_def=asset_partitions_def,
        instance=instance,
        asset_spec=asset_spec,
        output_metadata=output_metadata,
        log_manager=EvaluationLogger("output"),
    )


def build_input_context(
    name: str | None = None,
    config: Any = None,
    definition_metadata: Mapping[str, Any] | None = None,
    upstream_output: OutputContext | None = None,
    dagster_type: Any = None,
    resource_config: Mapping[str, Any] | None = None,
    resources: Mapping[str, Any] | None = None,
    op_def: Any = None,
    step_context: Any = None,
    asset_key: CoercibleToAssetKey | None = None,
    partition_key: str | None = None,
    asset_partition_key_range: PartitionKeyRange | None = None,
    asset_partitions_def: PartitionsDefinition | None = None,
    instance: DagsterInstance | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> InputContext:
    """A context to call ``IOManager.load_input`` with, in a test. What is not given raises when it is read.

    Args:
        name: name of the input.
        upstream_output: context of the output that is loaded, from :func:`build_output_context`.
        dagster_type: what the value may be.
        asset_key: the asset it is.
        resources: the resources that the IO manager requires: values, or definitions to set up, by key; generators are
            torn down where ``with`` ends.
        partition_key: the run's partition; of an asset it is also the one that is loaded.
        asset_partition_key_range: the asset's partitions, if they are others.
        asset_partitions_def: how the asset is divided into partitions.

    Raises:
        ParameterCheckError: an argument has the wrong type, or metadata is given by both its names.
        DagsterInvalidInvocationError: there is no such partition.

    Example:
        >>> build_input_context(upstream_output=build_output_context(name="rows")).upstream_output.name
        'rows'
    """
    partitions = _partitions_told(asset_key, partition_key, asset_partition_key_range, asset_partitions_def)
    return BuiltInputContext(
        name=name,
        config=config,
        definition_metadata=_definition_metadata(definition_metadata, metadata),
        upstream_output=upstream_output,
        dagster_type=None if dagster_type is None else type_of_annotation(dagster_type),
        resource_config=resource_config or {},
        resources=resources,
        op_def=op_def,
        step_context=step_context,
        asset_key=_key(asset_key),
        partition_key=partition_key,
        asset_partitions=partitions,
        asset_partitions_def=asset_partitions_def,
        instance=instance,
        log_manager=EvaluationLogger("input"),
    )


@contextmanager
def build_resources(
    resources: Mapping[str, Any],
    instance: DagsterInstance | None = None,
    resource_config: Mapping[str, Any] | None = None,
) -> Iterator[Resources]:
    """While entered, resources set up; torn down after.

    Args:
        resources: resources by key: values, or definitions to set up.
        instance: the instance that their functions find.
        resource_config: config by resource key, each ``{"config": …}``.

    Raises:
        DagsterResourceFunctionError: one raised while it was set up.

    Example:
        >>> with build_resources({"limit": 3}) as resources:
        ...     resources.limit
        3
    """
    what = "build_resources"
    definitions = resource_definitions(resources, what)
    opened = opened_resources(
        definitions,
        definitions,
        what,
        config=resource_config,
        open_instance=lambda: instance,
        log=EvaluationLogger("resource"),
    )
    with opened as ready:
        yield ready


def _definition_metadata(given: Mapping[str, Any] | None, old: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    if given is not None and old is not None:
        raise ParameterCheckError("metadata= is the old name of definition_metadata=; give one", parameter="metadata")
    return old if given is None else given


def _key(asset_key: CoercibleToAssetKey | None) -> AssetKey | None:
    return None if asset_key is None else AssetKey.from_coercible(asset_key)


def _partitions_told(
    asset_key: CoercibleToAssetKey | None, partition_key: object, key_range: object, definition: object
) -> AssetPartitions | None:
    if partition_key is not None:
        check_instance(partition_key, str, "partition_key")
    if key_range is not None:
        check_instance(key_range, PartitionKeyRange, "asset_partition_key_range")
    if definition is not None and not isinstance(definition, PartitionsDefinition):
        raise ParameterCheckError(
            f"asset_partitions_def is a PartitionsDefinition, not {definition!r}",
            parameter="asset_partitions_def",
            value=definition,
        )
    if asset_key is None:
        return None
    if isinstance(key_range, PartitionKeyRange):
        return AssetPartitions.of_range(definition, key_range)
    return AssetPartitions.of_key(definition, partition_key) if isinstance(partition_key, str) else None
