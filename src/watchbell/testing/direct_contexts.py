"""Contexts for calling the functions of ops and assets directly, without a run."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from watchbell.declare.graphs.compose import Node
from watchbell.declare.resource import Resources, resource_definitions
from watchbell.declare.resource_setup import opened_resources
from watchbell.execute.contexts import AssetExecutionContext, OpExecutionContext
from watchbell.execute.copies import copy_key, keys_of
from watchbell.execute.journal import Journal
from watchbell.execute.step_scope import StepScope
from watchbell.ground.clock import SystemClock
from watchbell.ground.errors import DagsterInvalidPropertyError, ParameterCheckError
from watchbell.instance import DagsterInstance
from watchbell.record.event import EventLogEntry
from watchbell.record.partition import PartitionKeyRange
from watchbell.record.run import DagsterRun
from watchbell.testing.direct_partitions import DirectPartitionMembers, direct_partitions, tags_of

EPHEMERAL_RUN_ID = "EPHEMERAL"
WHAT = "this test context"


class _Bench:
    """What a direct context has that a run would have: resources to set up, an instance, a list of what was logged.

    Args:
        resources: resources by key: values, or definitions to set up.
        resources_config: config by resource key, each ``{"config": …}``.
        instance: the instance; None: an empty one in memory, opened when asked for.
        partitions: what the context says it is for: see :func:`~watchbell.testing.direct_partitions.tags_of`.
    """

    def __init__(
        self,
        resources: Mapping[str, Any] | None,
        resources_config: Mapping[str, Any] | None,
        instance: DagsterInstance | None,
        partitions: dict[str, str],
    ) -> None:
        self.definitions = resource_definitions(resources, WHAT)
        self.resources_config = resources_config
        self.instance = instance
        self.partitions = partitions
        self.entries: list[EventLogEntry] = []
        self.ready: Resources | None = None
        self.exits = ExitStack()

    def open_resources(self) -> Resources:
        if self.ready is None:
            opened = opened_resources(
                self.definitions, self.definitions, WHAT, config=self.resources_config, open_instance=self.open_instance
            )
            self.ready = self.exits.enter_context(opened)
        return self.ready

    def open_instance(self) -> DagsterInstance:
        if self.instance is None:
            self.instance = self.exits.enter_context(DagsterInstance.ephemeral())
        return self.instance

    def close(self) -> None:
        self.ready = None
        self.exits.close()


class _Direct(DirectPartitionMembers):
    """What both direct contexts add to those of a run."""

    _scope: StepScope
    _bench: _Bench

    @property
    def resources(self) -> Resources:
        """The resources that were given, set up when first asked for."""
        return self._bench.open_resources()

    @property
    def op_def(self) -> Any:
        """Definition of the op.

        Raises:
            DagsterInvalidPropertyError: no op is being called with this context.
        """
        return self.op.definition

    @property
    def op(self) -> Any:
        """The op: ``name``, ``definition``, ``tags``; raises as :attr:`op_def`."""
        if self._scope.node is None:
            raise DagsterInvalidPropertyError(
                "no op is being called with this context, so context.op is not there; call an op with it"
            )
        return self._scope.node

    def get_events(self) -> Sequence[Any]:
        """The asset events that were logged so far."""
        data = (entry.dagster_event and entry.dagster_event.event_specific_data for entry in self._bench.entries)
        return [
            getattr(each, "materialization", None) or getattr(each, "asset_observation", None) for each in data if each
        ]

    def get_logged_lines(self) -> Sequence[str]:
        """The lines that were logged so far."""
        return [entry.user_message for entry in self._bench.entries if entry.dagster_event is None]

    def for_call(self, definition: Any, config: Any) -> Any:
        """The context for one call: it knows the op and its checked config, and shares all else with this one.

        Args:
            definition: the op.
            config: its config.
        """
        return self._with_scope(
            node=Node(definition.name, definition),
            step_key=copy_key(definition.name, keys_of(self._scope.step_key)),
            op_config=config,
            output_names=tuple(definition.outs),
        )

    def for_assets(self, assets_def: Any) -> Any:
        """The context for a call of an asset: it knows which assets are made."""
        return self._with_scope(
            assets_def=assets_def,
            asset_keys_by_output=assets_def.keys_by_output_name,
            asset_keys_by_input=assets_def.keys_by_input_name,
            partitions=direct_partitions(self._bench.partitions, self._bench.open_instance, assets_def),
        )

    def close(self) -> None:
        """Tears the resources down, and closes an instance that nobody gave."""
        self._bench.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _with_scope(self, **changes: Any) -> Self:
        made = copy.copy(self)
        made.__dict__ = {name: value for name, value in self.__dict__.items() if name in {"_scope", "_bench"}}
        made._scope = replace(self._scope, **changes)
        return made


def _of_a_run(name: str) -> property:
    def read(self: _Direct) -> Any:
        raise DagsterInvalidPropertyError(
            f"context.{name} is not there where an op or asset is called directly: there is no job; "
            "use materialize() or execute_in_process() in this test"
        )

    read.__doc__ = "Not available: no job runs (raises DagsterInvalidPropertyError)."
    return property(read)


for _name in ("job_def", "job_name", "repository_def", "get_step_execution_context"):
    setattr(_Direct, _name, _of_a_run(_name))


class DirectOpExecutionContext(_Direct, OpExecutionContext):
    """The context of an op that is called directly; see :func:`build_op_context`."""

    def __init__(self, scope: StepScope, bench: _Bench) -> None:
        super().__init__(scope)
        self._bench = bench


class DirectAssetExecutionContext(_Direct, AssetExecutionContext):
    """The context of an asset that is called directly; see :func:`build_asset_context`."""

    def __init__(self, scope: StepScope, bench: _Bench) -> None:
        super().__init__(scope)
        self._bench = bench

    @property
    def op_execution_context(self) -> DirectOpExecutionContext:
        """The context of the op behind the asset."""
        return DirectOpExecutionContext(self._scope, self._bench)


def build_op_context(
    resources: Mapping[str, Any] | None = None,
    op_config: Any = None,
    resources_config: Mapping[str, Any] | None = None,
    instance: DagsterInstance | None = None,
    config: Any = None,
    partition_key: str | None = None,
    partition_key_range: PartitionKeyRange | None = None,
    mapping_key: str | None = None,
    run_tags: Mapping[str, str] | None = None,
    event_loop: object = None,
) -> DirectOpExecutionContext:
    """A context to call an op's function with, in a test.

    Args:
        resources: resources by key: values, or definitions to set up.
        op_config: config of the op.
        resources_config: config by resource key, each ``{"config": …}``.
        instance: what ``context.instance`` is; None: an empty one in memory.
        config: the same as ``op_config``.
        partition_key: the partition that ``context.partition_key`` says.
        partition_key_range: the partitions instead, if they are several.
        event_loop: not supported yet.
        mapping_key: what ``context.get_mapping_key()`` says.
        run_tags: tags of the run.

    Raises:
        ParameterCheckError: both ``op_config`` and ``config``, or an argument that is not supported yet.
        CheckError: both ``partition_key`` and ``partition_key_range``.

    Example:
        >>> @op(config_schema={"limit": int})
        ... def load(context):
        ...     return context.op_config["limit"] * context.resources.factor
        >>> load(build_op_context(op_config={"limit": 3}, resources={"factor": 2}))
        6
    """
    _refuse(event_loop=event_loop)
    if op_config is not None and config is not None:
        raise ParameterCheckError("build_op_context takes op_config or config, not both", parameter="config")
    bench = _Bench(resources, resources_config, instance, tags_of(partition_key, partition_key_range))
    scope = _scope(bench, config if op_config is None else op_config, run_tags)
    if mapping_key is not None:
        scope.step_key = copy_key(scope.step_key, [mapping_key])
    return DirectOpExecutionContext(scope, bench)


def build_asset_context(
    resources: Mapping[str, Any] | None = None,
    resources_config: Mapping[str, Any] | None = None,
    asset_config: Mapping[str, Any] | None = None,
    instance: DagsterInstance | None = None,
    partition_key: str | None = None,
    partition_key_range: PartitionKeyRange | None = None,
    run_tags: Mapping[str, str] | None = None,
    event_loop: object = None,
) -> DirectAssetExecutionContext:
    """A context to call an asset's function with, in a test.

    Args:
        resources: resources by key: values, or definitions to set up.
        resources_config: config by resource key, each ``{"config": …}``.
        asset_config: config of the asset.
        instance: what ``context.instance`` is; None: an empty one in memory.
        partition_key: the partition that ``context.partition_key`` says.
        partition_key_range: the partitions instead, if they are several.
        event_loop: not supported yet.
        run_tags: tags of the run.

    Raises:
        ParameterCheckError: an argument that is not supported yet.
        CheckError: both ``partition_key`` and ``partition_key_range``.

    Example:
        >>> @asset
        ... def orders(context: AssetExecutionContext) -> str:
        ...     return context.asset_key.to_user_string()
        >>> orders(build_asset_context())
        'orders'
    """
    _refuse(event_loop=event_loop)
    bench = _Bench(resources, resources_config, instance, tags_of(partition_key, partition_key_range))
    return DirectAssetExecutionContext(_scope(bench, asset_config, run_tags), bench)


def _scope(bench: _Bench, config: Any, run_tags: Mapping[str, str] | None) -> StepScope:
    run = DagsterRun(job_name="ephemeral", run_id=EPHEMERAL_RUN_ID, tags=dict(run_tags or {}))
    journal = Journal(run.run_id, run.job_name, SystemClock(), bench.entries.append)
    return StepScope(
        run=run,
        step_key="direct_call",
        node=None,
        journal=journal,
        open_instance=bench.open_instance,
        op_config=config,
        partitions=direct_partitions(bench.partitions, bench.open_instance),
    )


def _refuse(**arguments: object) -> None:
    for name, value in arguments.items():
        if value is not None:
            raise ParameterCheckError(f"{name}= is not supported yet; leave it out", parameter=name, value=value)
