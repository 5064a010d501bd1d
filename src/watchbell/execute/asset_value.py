"""The stored value of an asset, loaded while a step runs: ``context.load_asset_value``."""

from __future__ import annotations

from typing import Any

from watchbell.declare.config.annotation_type import type_of_annotation
from watchbell.declare.config.data_type import ANY
from watchbell.declare.io.asset_partitions import AssetPartitions
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.resource import Resources
from watchbell.declare.resource_setup import opened_resources
from watchbell.declare.retry import Failure, RetryRequested
from watchbell.execute.io_contexts import asset_context, input_context
from watchbell.execute.plan import FromAsset, Step, StepInput
from watchbell.execute.run_scope import Manager, RunScope
from watchbell.execute.step_scope import StepScope
from watchbell.ground.errors import DagsterExecutionLoadInputError, DagsterInvariantViolationError
from watchbell.record.keys import AssetKey


def load_asset_value(
    scope: RunScope,
    step: Step,
    state: StepScope,
    asset_key: AssetKey,
    python_type: type | None = None,
    partition_key: str | None = None,
) -> Any:
    """The value that an asset's IO manager has stored.

    An IO manager that no step of this process uses is set up for this call, and torn down again.

    Args:
        scope: the run.
        step: the step that asks.
        state: its attempt.
        asset_key: the asset.
        python_type: what the IO manager is told the value is to be; None: anything.
        partition_key: the partition; None: those that the step's own partitions are mapped to.

    Raises:
        DagsterInvariantViolationError: a partition of an asset without partitions.
        DagsterInvalidInvocationError: there is no such partition.
        DagsterExecutionLoadInputError: the IO manager raised.
        DagsterInvalidDefinitionError: there is no such IO manager.
    """
    load = scope.plan.job.asset_layer.load_of(asset_key)
    source = FromAsset(asset_key, load.io_manager_key, load.metadata)
    partitions = None if partition_key is None else _one_partition(scope, load.partitions_def, asset_key, partition_key)
    kind = ANY if python_type is None else type_of_annotation(python_type)
    into = StepInput(name=asset_key.path[-1], source=source, type=kind, asset_key=asset_key)
    manager = scope.managers.get(load.io_manager_key)
    if manager is not None:
        return _loaded(scope, step, state, into, manager, partitions)
    definitions = scope.plan.job.resource_defs
    what = f'step "{step.key}", which loads the asset {asset_key.to_user_string()!r}'
    config = scope.run.run_config.get("resources")
    with opened_resources(
        definitions, [load.io_manager_key], what, config=config, open_instance=scope.open_instance
    ) as ready:
        value = getattr(ready, load.io_manager_key)
        manager = Manager(load.io_manager_key, value, None, Resources({}, what))
        return _loaded(scope, step, state, into, manager, partitions)


def _one_partition(
    scope: RunScope, definition: PartitionsDefinition | None, asset_key: AssetKey, partition_key: str
) -> AssetPartitions:
    if definition is None:
        raise DagsterInvariantViolationError(
            f"load_asset_value({asset_key.to_user_string()!r}, partition_key={partition_key!r}): the asset is not "
            "partitioned; leave partition_key out",
            asset_key=asset_key,
        )
    return AssetPartitions.of_key(definition, partition_key, scope.partitions.view)


def _loaded(
    scope: RunScope,
    step: Step,
    state: StepScope,
    into: StepInput,
    manager: Manager,
    partitions: AssetPartitions | None,
) -> Any:
    assert isinstance(into.source, FromAsset)
    context = input_context(scope, step, state, into, manager, asset_context(scope, into.source, manager), partitions)
    try:
        return manager.value.load_input(context)
    except (Failure, RetryRequested):
        raise
    except Exception as error:
        key = into.source.asset_key.to_user_string()
        raise DagsterExecutionLoadInputError(
            f'{manager.key!r} could not load the asset {key!r} for "{step.key}"',
            user_exception=error,
            step_key=step.key,
            input_name=into.name,
        ) from error
