"""Jobs: a graph with the resources, executor, config and policies it runs with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import Any, overload

from watchbell.declare.assets.asset_layer import AssetLayer, AssetLoad, layer_of
from watchbell.declare.assets.asset_subset import cut_to_assets
from watchbell.declare.checks.asset_check_graph import checks_in_job
from watchbell.declare.config.run_config_value import plain_run_config
from watchbell.declare.executor import ExecutorDefinition, multi_or_in_process_executor
from watchbell.declare.graphs.flat_graph import FlatGraph
from watchbell.declare.graphs.graph import GraphDefinition
from watchbell.declare.graphs.graph_decorator import GraphSpec, compose_graph
from watchbell.declare.graphs.op_selection import select_ops, subset_graph
from watchbell.declare.graphs.output import DEFAULT_IO_MANAGER_KEY
from watchbell.declare.hook import HookDefinition, check_hooks
from watchbell.declare.io.fs_io_manager import fs_io_manager
from watchbell.declare.job_checks import check_input_values, check_inputs, resource_needs
from watchbell.declare.job_members import JobMembers
from watchbell.declare.job_partitions import JobPartitions
from watchbell.declare.logger_definition import LoggerDefinition, check_loggers, default_loggers
from watchbell.declare.names import check_instance, check_mapping, check_name, definition_tags
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.view import looking_from
from watchbell.declare.resource import (
    ResourceDefinition,
    missing_resource,
    resource_definitions,
    resource_order,
)
from watchbell.declare.retry import RetryPolicy
from watchbell.ground.errors import (
    DagsterInvalidInvocationError,
    DagsterInvariantViolationError,
    ParameterCheckError,
)
from watchbell.ground.upward import call_upward
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.keys import AssetKey
from watchbell.record.metadata import MetadataValue, RawMetadataMapping, normalize_metadata


class JobDefinition(JobPartitions, JobMembers):
    """A job: made by :func:`job`, by ``define_asset_job``, or of a graph.

    Args:
        graph_def: its ops and what connects them.
        resource_defs: resources by key; what is no definition is the resource itself. If some are given, they must be
            all that the job needs; else the location's are used.
        executor_def: in how many processes its steps go on; None: one for each step.
        logger_defs: loggers by key, besides the run's own log; a run writes to those that its config names.
        name: left out: the graph's.
        config: run config it has when a run gives none, a dict or a RunConfig; a ConfigMapping, which makes the run
            config of a smaller one; or a PartitionedConfig, which makes it for a partition.
        description: left out: the graph's.
        partitions_def: its partitions; left out: those of ``config``, or of all its assets.
        tags: labels, also of its runs unless ``run_tags`` is given.
        run_tags: labels of its runs instead of ``tags``.
        metadata: labelled facts.
        hook_defs: hooks of all its steps.
        op_retry_policy: for ops without one of their own.
        asset_layer: which assets its ops make and take; None: as the graph's nodes say.
        input_values: values of the graph's inputs.
        owners: who answers for it.

    Raises:
        DagsterInvalidDefinitionError: a name, a resource or an input's value is missing or wrong.
        ParameterCheckError: an argument of the wrong type.
    """

    def __init__(
        self,
        *,
        graph_def: GraphDefinition,
        resource_defs: Mapping[str, object] | None = None,
        executor_def: ExecutorDefinition | None = None,
        logger_defs: Mapping[str, object] | None = None,
        name: str | None = None,
        config: Any = None,
        description: str | None = None,
        partitions_def: PartitionsDefinition | None = None,
        tags: Mapping[str, Any] | None = None,
        run_tags: Mapping[str, Any] | None = None,
        metadata: RawMetadataMapping | None = None,
        hook_defs: AbstractSet[HookDefinition] | None = None,
        op_retry_policy: RetryPolicy | None = None,
        asset_layer: AssetLayer | None = None,
        input_values: Mapping[str, object] | None = None,
        owners: Sequence[str] | None = None,
    ) -> None:
        self.name = check_name(graph_def.name if name is None else name, "job")
        what = f"job {self.name!r}"
        self.explicit_logger_defs = check_loggers(logger_defs, what)
        self.hook_defs = check_hooks(hook_defs, what)
        if executor_def is not None:
            check_instance(executor_def, ExecutorDefinition, f"executor_def of {what}")
        if op_retry_policy is not None:
            check_instance(op_retry_policy, RetryPolicy, f"op_retry_policy of {what}")
        self.graph = graph_def
        assert graph_def.flat.dims is not None  # finds ops that cannot be mapped as they are
        self.asset_layer = layer_of(graph_def) if asset_layer is None else asset_layer
        given_resources = resource_definitions(resource_defs, what)
        self.explicit_resource_defs: Mapping[str, ResourceDefinition] = {
            **self.asset_layer.brought_resources(),
            **given_resources,
        }
        self.resource_defs = _with_default_io_manager(self.explicit_resource_defs)
        self.explicit_executor_def = executor_def
        self._take_config(config, partitions_def, what)
        self.description = graph_def.description if description is None else description
        self.tags: Mapping[str, str] = {**graph_def.tags, **definition_tags(tags, what)}
        own_tags = self.tags if run_tags is None else definition_tags(run_tags, what)
        self.run_tags: Mapping[str, str] = {**graph_def.tags, **own_tags}
        self.metadata: Mapping[str, MetadataValue] = normalize_metadata(metadata)
        self.op_retry_policy = op_retry_policy
        self.input_values: Mapping[str, Any] = dict(check_mapping(input_values, f"input_values of {what}"))
        self.owners = tuple(owners or ())
        self.code_place = graph_def.code_place  # as file:line; None: no code of the user's says it
        # When it is to be run: set for asset jobs that have a condition.
        self.automation_condition: Any = None
        # What the job was cut down to; None: it is whole.
        self.op_selection: tuple[str, ...] | None = None
        self.asset_selection: frozenset[AssetKey] | None = None
        self.asset_check_selection: frozenset[AssetCheckKey] | None = None
        check_input_values(self.input_values, graph_def.input_mappings, what)
        check_inputs(graph_def.flat, self.asset_layer, what)
        if given_resources:
            self.check_resources()

    def __repr__(self) -> str:
        return f"<job {self.name!r}>"

    @property
    def run_config(self) -> Mapping[str, Any] | None:
        """Run config it has when a run gives none."""
        return self.config

    @property
    def executor_def(self) -> ExecutorDefinition:
        """In how many processes its steps go on."""
        return self.explicit_executor_def or multi_or_in_process_executor

    @cached_property
    def flat(self) -> FlatGraph:
        """Its ops by path, with nested graphs dissolved; nodes carry tags and the nearest retry policy."""
        return self.graph.flat

    @property
    def is_subset(self) -> bool:
        """Whether it was cut down to some of its ops or assets."""
        return self.op_selection is not None or self.asset_selection is not None

    @cached_property
    def required_resource_keys(self) -> frozenset[str]:
        """The resources that its ops, inputs and outputs need, IO managers included; not what those need."""
        return frozenset().union(*(keys for _, _, keys in self._resource_needs()))

    def _resource_needs(self) -> Iterable[tuple[str, str | None, AbstractSet[str]]]:
        return resource_needs(self.flat, self.asset_layer, self.hook_defs)

    def check_resources(self) -> None:
        """Does nothing if every resource the job needs is there.

        Raises:
            DagsterInvalidDefinitionError: one is missing, or resources need each other in a circle.
        """
        what = f"job {self.name!r}"
        missing = self.required_resource_keys - self.resource_defs.keys()
        for needed_by, path, keys in self._resource_needs() if missing else ():
            for key in sorted(keys & missing):
                shown = "" if path is None else self.asset_layer.shown(path)
                raise missing_resource(key, f"{needed_by}{shown} of {what}", self.resource_defs)
        resource_order(self.resource_defs, self.required_resource_keys, what)

    def with_resources(self, resource_defs: Mapping[str, ResourceDefinition]) -> JobDefinition:
        """The same job with the location's resources for those it has not itself."""
        made = self._copied()
        made.explicit_resource_defs = {**resource_defs, **self.explicit_resource_defs}
        made.resource_defs = _with_default_io_manager(made.explicit_resource_defs)
        return made

    def with_asset_loads(self, loads: Mapping[AssetKey, AssetLoad]) -> JobDefinition:
        """The same job, told how the stored values of assets that it takes are loaded."""
        made = self._copied()
        made.asset_layer = self.asset_layer.with_loads(loads)
        brought = {key: each for load in loads.values() for key, each in load.resource_defs.items()}
        if brought:
            made.explicit_resource_defs = {**brought, **self.explicit_resource_defs}
            made.resource_defs = _with_default_io_manager(made.explicit_resource_defs)
        return made

    @property
    def loggers(self) -> Mapping[str, LoggerDefinition]:
        """The loggers that its runs may write to, by key."""
        return self.explicit_logger_defs or default_loggers()

    def with_loggers(self, logger_defs: Mapping[str, LoggerDefinition]) -> JobDefinition:
        """The same job with the location's loggers if it has none itself."""
        if self.explicit_logger_defs or not logger_defs:
            return self
        made = self._copied()
        made.explicit_logger_defs = dict(logger_defs)
        return made

    def with_executor(self, executor_def: ExecutorDefinition | None) -> JobDefinition:
        """The same job with the location's executor if it has none itself."""
        if self.explicit_executor_def is not None or executor_def is None:
            return self
        made = self._copied()
        made.explicit_executor_def = executor_def
        return made

    def with_hooks(self, hook_defs: AbstractSet[HookDefinition]) -> JobDefinition:
        """The same job with more hooks for all its steps."""
        made = self._copied()
        made.hook_defs = self.hook_defs | check_hooks(hook_defs, f"job {self.name!r}")
        if made.explicit_resource_defs:
            made.check_resources()
        return made

    def with_replaced_resources(self, resource_defs: Mapping[str, object]) -> JobDefinition:
        """The same job with these resources instead of its own of the same keys."""
        made = self._copied()
        given = resource_definitions(resource_defs, f"job {self.name!r}")
        made.explicit_resource_defs = {**self.explicit_resource_defs, **given}
        made.resource_defs = _with_default_io_manager(made.explicit_resource_defs)
        return made

    with_top_level_resources = with_replaced_resources

    def get_subset(
        self,
        *,
        op_selection: Iterable[str] | None = None,
        asset_selection: AbstractSet[AssetKey] | Sequence[AssetKey] | None = None,
        asset_check_selection: Iterable[AssetCheckKey] | None = None,
    ) -> JobDefinition:
        """The job with only some of its ops.

        Args:
            op_selection: clauses such as ``"load"``, ``"*load"``, ``"load+"``; None: no choice by ops.
            asset_selection: the assets to make; None: no choice by assets.
            asset_check_selection: the asset checks to make; None: those of the assets.

        Raises:
            DagsterInvalidSubsetError: something is named that the job does not have.
            DagsterInvalidInvocationError: ops and assets both.
        """
        if op_selection is not None and asset_selection is not None:
            raise DagsterInvalidInvocationError(f"job {self.name!r}: give op_selection or asset_selection, not both")
        if op_selection is not None:
            chosen = tuple(op_selection) if not isinstance(op_selection, str) else op_selection
            if not chosen:
                return self
            paths = select_ops(self.flat, chosen, f"job {self.name!r}")
            return self._cut(paths, tuple(chosen))
        if asset_selection is not None or asset_check_selection is not None:
            keys = frozenset(AssetKey.from_coercible(each) for each in asset_selection or ())
            wanted = None if asset_check_selection is None else frozenset(asset_check_selection)
            checks = checks_in_job(self.asset_layer.assets_by_node, keys, wanted, f"job {self.name!r}")
            made = self._copied()
            made.graph, made.asset_layer = cut_to_assets(self.graph, self.asset_layer, keys, checks, wanted, self.name)
            made.asset_selection, made.asset_check_selection = keys, wanted
            return made
        return self

    def _cut(
        self,
        paths: frozenset[str],
        op_selection: tuple[str, ...],
    ) -> JobDefinition:
        made = self._copied()
        made.graph = subset_graph(self.graph, paths)
        made.asset_layer = self.asset_layer.restricted(paths)
        made.op_selection = op_selection
        made.input_values = {
            name: each for name, each in self.input_values.items() if name in made.graph.input_mappings
        }
        return made

    def execute_in_process(
        self,
        run_config: Any = None,
        instance: Any = None,
        partition_key: str | None = None,
        raise_on_error: bool = True,
        op_selection: Sequence[str] | None = None,
        asset_selection: Sequence[AssetKey] | None = None,
        run_id: str | None = None,
        input_values: Mapping[str, object] | None = None,
        tags: Mapping[str, str] | None = None,
        resources: Mapping[str, object] | None = None,
    ) -> Any:
        """Runs the job in this process, all steps one after the other.

        Args:
            run_config: config of the run; a dict or a RunConfig. None: the job's own.
            instance: where the run is recorded; None: nowhere beyond the result.
            partition_key: the partition to run for, if the job has partitions.
            raise_on_error: whether a failed run raises what made it fail.
            op_selection: only these ops.
            asset_selection: only these assets.
            run_id: id of the run; None: a new one.
            input_values: values of the graph's inputs.
            tags: more tags of the run.
            resources: resources instead of the job's own of the same keys.

        Returns:
            An ExecuteInProcessResult.

        Raises:
            DagsterInvalidConfigError: the config does not fit.
            DagsterInvalidSubsetError: something is selected that the job does not have.
            Exception: what made the run fail, if ``raise_on_error``.

        Example:
            >>> @op(config_schema={"limit": int})
            ... def load(context):
            ...     return list(range(context.op_config["limit"]))
            >>> @job
            ... def nightly():
            ...     load()
            >>> result = nightly.execute_in_process(run_config={"ops": {"load": {"config": {"limit": 3}}}})
            >>> result.output_for_node("load")
            [0, 1, 2]
        """
        chosen = self.get_subset(op_selection=op_selection, asset_selection=asset_selection)
        if resources is not None:
            chosen = chosen.with_replaced_resources(resources)
        if input_values is not None:
            chosen = chosen._with_input_values(input_values)
        chosen.check_resources()
        if partition_key is not None:
            with looking_from(store=instance):
                run_config, tags = chosen.for_partition(partition_key, plain_run_config(run_config, "run_config"), tags)
        return call_upward(
            "execute_in_process",
            chosen,
            run_config=run_config,
            instance=instance,
            raise_on_error=raise_on_error,
            run_id=run_id,
            tags=tags,
        )

    def _with_input_values(self, input_values: Mapping[str, object]) -> JobDefinition:
        made = self._copied()
        made.input_values = {**self.input_values, **check_mapping(input_values, "input_values")}
        check_input_values(made.input_values, made.graph.input_mappings, f"job {self.name!r}")
        return made

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """A job is not called.

        Raises:
            DagsterInvariantViolationError: always.
        """
        raise DagsterInvariantViolationError(
            f"job {self.name!r} was called; to run it, use its execute_in_process() or an instance's launcher"
        )


@overload
def job(compose_fn: Callable[..., Any]) -> JobDefinition: ...


@overload
def job(
    *,
    name: str | None = ...,
    description: str | None = ...,
    resource_defs: Mapping[str, object] | None = ...,
    config: Any = ...,
    tags: Mapping[str, Any] | None = ...,
    run_tags: Mapping[str, Any] | None = ...,
    metadata: RawMetadataMapping | None = ...,
    logger_defs: Mapping[str, object] | None = ...,
    executor_def: ExecutorDefinition | None = ...,
    hooks: AbstractSet[HookDefinition] | None = ...,
    op_retry_policy: RetryPolicy | None = ...,
    partitions_def: PartitionsDefinition | None = ...,
    input_values: Mapping[str, object] | None = ...,
    owners: Sequence[str] | None = ...,
) -> Callable[[Callable[..., Any]], JobDefinition]: ...


def job(
    compose_fn: Callable[..., Any] | None = None,
    *,
    name: str | None = None,
    description: str | None = None,
    resource_defs: Mapping[str, object] | None = None,
    config: Any = None,
    tags: Mapping[str, Any] | None = None,
    run_tags: Mapping[str, Any] | None = None,
    metadata: RawMetadataMapping | None = None,
    logger_defs: Mapping[str, object] | None = None,
    executor_def: ExecutorDefinition | None = None,
    hooks: AbstractSet[HookDefinition] | None = None,
    op_retry_policy: RetryPolicy | None = None,
    partitions_def: PartitionsDefinition | None = None,
    input_values: Mapping[str, object] | None = None,
    owners: Sequence[str] | None = None,
) -> JobDefinition | Callable[[Callable[..., Any]], JobDefinition]:
    """Makes a job of a function that calls ops and so connects them.

    The function runs once, now; the ops it calls do not run but are recorded.

    Args:
        compose_fn: the function, when used without parentheses.
        name: left out: the function's.
        description: left out: the function's docstring.
        resource_defs: resources by key; if some are given, they must be all that the job needs.
        config: run config it has when a run gives none; a dict, a RunConfig, a ConfigMapping or a PartitionedConfig.
        tags: labels, also of its runs unless ``run_tags`` is given.
        run_tags: labels of its runs instead of ``tags``.
        metadata: labelled facts.
        hooks: hooks of all its steps.
        logger_defs: loggers by key, besides the run's own log; a run writes to those that its config names.
        partitions_def: its partitions; left out: those of ``config``, if that is a PartitionedConfig.
        executor_def: in how many processes its steps go on; None: one for each step.
        op_retry_policy: for ops without one of their own.
        input_values: values of the function's parameters, the job's inputs.
        owners: who answers for it.

    Returns:
        The job; with arguments, a decorator that makes it.

    Raises:
        DagsterInvalidDefinitionError: the function takes, connects or returns what it cannot; a resource is missing.
        ParameterCheckError: an argument of the wrong type.

    Example:
        >>> @op
        ... def load():
        ...     return [3, 1, 2]
        >>> @op
        ... def tidy(rows):
        ...     return sorted(rows)
        >>> @job
        ... def nightly():
        ...     tidy(load())
        >>> nightly.execute_in_process().output_for_node("tidy")
        [1, 2, 3]
    """
    if compose_fn is not None and not callable(compose_fn):
        raise ParameterCheckError(f"@job is put on a function, not on {compose_fn!r}", parameter="compose_fn")

    def decorate(fn: Callable[..., Any]) -> JobDefinition:
        return JobDefinition(
            graph_def=compose_graph(fn, GraphSpec("job", name or fn.__name__, description)),
            resource_defs=resource_defs,
            executor_def=executor_def,
            logger_defs=logger_defs,
            config=config,
            partitions_def=partitions_def,
            tags=tags,
            run_tags=run_tags,
            metadata=metadata,
            hook_defs=hooks,
            op_retry_policy=op_retry_policy,
            input_values=input_values,
            owners=owners,
        )

    return decorate if compose_fn is None else decorate(compose_fn)


def job_of_graph(graph: GraphDefinition, **given: Any) -> JobDefinition:
    """The job of a graph; see :meth:`GraphDefinition.to_job`."""
    op_selection = given.pop("op_selection", None)
    made = JobDefinition(graph_def=graph, **given)
    return made if op_selection is None else made.get_subset(op_selection=op_selection)


def _with_default_io_manager(given: Mapping[str, ResourceDefinition]) -> Mapping[str, ResourceDefinition]:
    return given if DEFAULT_IO_MANAGER_KEY in given else {DEFAULT_IO_MANAGER_KEY: fs_io_manager, **given}
