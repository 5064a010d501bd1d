"""Asset jobs: from a selection of assets to a job that makes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import field, replace
from datetime import datetime
from functools import partial
from typing import Any

from watchbell.declare.assets.asset import AssetsDefinition, io_manager_key_of
from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.assets.asset_layer import AssetLayer, AssetLoad, layer_of
from watchbell.declare.assets.asset_makers import makers_of
from watchbell.declare.assets.asset_node import InputPlace
from watchbell.declare.assets.asset_partitions import check_same_partitions
from watchbell.declare.assets.selection import AssetSelection, CoercibleToAssetSelection, selection_of
from watchbell.declare.checks.asset_check_graph import check_inline, check_makers, implied_checks
from watchbell.declare.code_place import place_here
from watchbell.declare.conditions.condition_arguments import ConditionKind, checked_condition
from watchbell.declare.executor import ExecutorDefinition
from watchbell.declare.graphs.compose import Node
from watchbell.declare.graphs.graph import GraphDefinition
from watchbell.declare.graphs.handles import OutputHandle, Source
from watchbell.declare.graphs.output import DEFAULT_IO_MANAGER_KEY
from watchbell.declare.hook import NO_HOOKS, HookDefinition, check_hooks
from watchbell.declare.job import JobDefinition
from watchbell.declare.job_partitions import partition_run
from watchbell.declare.labels import check_owners
from watchbell.declare.names import check_instance, check_name, definition_tags
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.partition_arguments import checked_partitions_def
from watchbell.declare.partitions.partitioned_config import PartitionedConfig
from watchbell.declare.partitions.view import DynamicPartitionsStore, partitions_view
from watchbell.declare.resource import ResourceDefinition
from watchbell.declare.retry import RetryPolicy
from watchbell.ground.errors import CheckError, DagsterInvalidDefinitionError, DagsterInvalidSubsetError
from watchbell.ground.upward import call_upward
from watchbell.ground.value import dataclass
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.keys import AssetKey
from watchbell.record.metadata import MetadataValue, RawMetadataMapping, normalize_metadata
from watchbell.record.request import RunRequest

IMPLICIT_ASSET_JOB_NAME = "__ASSET_JOB"


@dataclass(frozen=True, eq=False)
class UnresolvedAssetJobDefinition:
    """A job that makes a selection of assets, written before the assets are collected; see :func:`define_asset_job`.

    Args:
        name: its name.
        selection: the assets.
        config: run config its runs have.
        description: free text.
        tags: tags of its runs.
        run_tags: tags of its runs that are not shown on the job.
        metadata: labelled facts.
        executor_def: how its steps go on.
        op_retry_policy: retry policy of steps that have none.
        owners: e-mail addresses and teams.
        hooks: hooks of all its steps.
        partitions_def: its partitions, which are those of its assets; None: whatever those have.
        automation_condition: when it is to be run; None: nothing was said.
        code_place: where it was said, as ``file:line``.
    """

    name: str
    selection: AssetSelection
    config: Any = None
    description: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    run_tags: Mapping[str, str] | None = None
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)
    executor_def: ExecutorDefinition | None = None
    op_retry_policy: RetryPolicy | None = None
    owners: tuple[str, ...] = ()
    hooks: frozenset[HookDefinition] = NO_HOOKS
    partitions_def: PartitionsDefinition | None = None
    automation_condition: Any = None
    code_place: str | None = field(default=None, compare=False)

    def resolve_partitions_def(self, asset_graph: AssetGraph) -> PartitionsDefinition | None:
        """Its partitions, now that the assets are known; None if it has none.

        Raises:
            DagsterInvalidDefinitionError: its assets have different ones.
        """
        what = f"asset job {self.name!r}"
        found = self._partitions_in(asset_graph, _selected(self.selection, asset_graph, what), what)
        return self.known_partitions_def if found is None else found

    def _partitions_in(
        self, asset_graph: AssetGraph, keys: Iterable[AssetKey], what: str
    ) -> PartitionsDefinition | None:
        specs = [asset_graph.spec(key) for key in asset_graph.upstream_first(keys)]
        return check_same_partitions(specs, self.partitions_def, what)

    @property
    def known_partitions_def(self) -> PartitionsDefinition | None:
        """The partitions that it was given, by itself or with its config; None: those of its assets will tell."""
        if self.partitions_def is not None or not isinstance(self.config, PartitionedConfig):
            return self.partitions_def
        return self.config.partitions_def

    def run_request_for_partition(
        self,
        partition_key: str,
        run_key: str | None = None,
        tags: Mapping[str, str] | None = None,
        asset_selection: Sequence[AssetKey] | None = None,
        run_config: Mapping[str, Any] | None = None,
        current_time: datetime | None = None,
        dynamic_partitions_store: DynamicPartitionsStore | None = None,
    ) -> RunRequest:
        """A request for a run for one of its partitions; see :meth:`JobDefinition.run_request_for_partition`.

        Raises:
            CheckError: it was given no partitions, and those of its assets are not known yet.
            DagsterUnknownPartitionError: there is no such partition; names the nearest.
        """
        what, definition = f"asset job {self.name!r}", self.known_partitions_def
        if definition is None:
            raise CheckError(
                f"{what} was given no partitions, and those of its assets are not known yet; write "
                "define_asset_job(..., partitions_def=...), or RunRequest(partition_key=...)"
            )
        config = PartitionedConfig.from_flexible_config(self.config, definition)
        made = partition_run(config, partition_key, what, partitions_view(current_time, dynamic_partitions_store))
        return RunRequest(
            run_key=run_key,
            run_config=run_config or made.run_config,
            tags={**(tags or {}), **made.tags},
            job_name=self.name,
            asset_selection=asset_selection,
            partition_key=partition_key,
        )

    def resolve(
        self,
        asset_graph: AssetGraph,
        resource_defs: Mapping[str, ResourceDefinition] | None = None,
        default_executor_def: ExecutorDefinition | None = None,
    ) -> JobDefinition:
        """The job, now that the assets are known.

        Args:
            asset_graph: all assets of the location.
            resource_defs: resources of the location.
            default_executor_def: executor of jobs that have none.

        Raises:
            DagsterInvalidDefinitionError: the selection names an asset that is not there, or that nothing here makes.
        """
        what = f"asset job {self.name!r}"
        keys = _selected(self.selection, asset_graph, what)
        if self.automation_condition is not None and not keys:
            raise DagsterInvalidDefinitionError(
                f"{what} makes no assets: automation_condition= is for jobs that make some; a check has one of its own"
            )
        job = _asset_job_or_refusal(
            what,
            self.name,
            asset_graph,
            keys,
            resource_defs or {},
            self.selection.checks_in(asset_graph) if asset_graph.checks else None,
            config=self.config,
            partitions_def=self._partitions_in(asset_graph, keys, what),
            tags=self.tags,
            run_tags=self.run_tags,
            metadata=self.metadata,
            executor_def=self.executor_def or default_executor_def,
            op_retry_policy=self.op_retry_policy,
            description=self.description,
            owners=self.owners,
            hook_defs=self.hooks,
        )
        if self.automation_condition is not None:
            call_upward("check_job_condition", what, self.automation_condition)
            job.automation_condition = self.automation_condition
        job.code_place = self.code_place
        return job

    def made_in(self, asset_graph: AssetGraph) -> frozenset[AssetKey]:
        """The assets it makes.

        Raises:
            DagsterInvalidDefinitionError: the selection names an asset that is not there, or that nothing here makes.
        """
        return _selected(self.selection, asset_graph, f"asset job {self.name!r}")


def define_asset_job(
    name: str,
    selection: CoercibleToAssetSelection | None = None,
    config: Any = None,
    description: str | None = None,
    tags: Mapping[str, object] | None = None,
    run_tags: Mapping[str, object] | None = None,
    metadata: RawMetadataMapping | None = None,
    partitions_def: PartitionsDefinition | None = None,
    executor_def: ExecutorDefinition | None = None,
    hooks: AbstractSet[HookDefinition] | None = None,
    op_retry_policy: RetryPolicy | None = None,
    owners: Sequence[str] | None = None,
    automation_condition: ConditionKind | None = None,
) -> UnresolvedAssetJobDefinition:
    """Makes a job that makes assets.

    Args:
        name: the job's name.
        selection: which assets: a selection, text such as ``"group:sales"`` or ``"orders*"``, or a list of assets,
            keys or text; left out: all.
        config: run config its runs have; a mapping, a RunConfig, or a PartitionedConfig.
        description: free text.
        tags: tags of its runs; values that are no text are written as JSON.
        run_tags: tags of its runs that are not shown on the job.
        metadata: labelled facts.
        executor_def: how its steps go on; None: as in ``Definitions``.
        op_retry_policy: retry policy of steps that have none.
        owners: e-mail addresses and teams.
        hooks: hooks of all its steps.
        partitions_def: its partitions, which all of its assets have that have some; left out: theirs.
        automation_condition: when it is to be run: a condition that asks the assets it begins with, by
            ``any_job_root_assets_match`` or ``all_job_root_assets_match``.

    Raises:
        DagsterInvalidDefinitionError: a name or label is not valid, or an argument is not supported yet.
        ParameterCheckError: an argument of the wrong type.

    Example:
        >>> nightly = define_asset_job("nightly", selection=AssetSelection.groups("sales"))
    """
    check_name(name, "job")
    what = f"asset job {name!r}"
    if automation_condition is not None:
        checked_condition(what, automation_condition)
    if executor_def is not None:
        check_instance(executor_def, ExecutorDefinition, f"executor_def of {what}")
    if op_retry_policy is not None:
        check_instance(op_retry_policy, RetryPolicy, f"op_retry_policy of {what}")
    return UnresolvedAssetJobDefinition(
        name=name,
        selection=AssetSelection.all() if selection is None else selection_of(selection),
        config=config,
        description=description,
        tags=definition_tags(tags, what),
        run_tags=None if run_tags is None else definition_tags(run_tags, what),
        metadata=normalize_metadata(metadata),
        executor_def=executor_def,
        op_retry_policy=op_retry_policy,
        owners=check_owners(owners, what),
        hooks=check_hooks(hooks, what),
        partitions_def=checked_partitions_def(partitions_def, what),
        automation_condition=automation_condition,
        code_place=place_here(),
    )


def asset_job(
    name: str,
    asset_graph: AssetGraph,
    keys: Iterable[AssetKey],
    resource_defs: Mapping[str, ResourceDefinition],
    check_keys: AbstractSet[AssetCheckKey] | None = None,
    **job_arguments: Any,
) -> JobDefinition:
    """A job that makes these assets, in the order of the asset graph.

    Args:
        name: the job's name.
        asset_graph: all assets of the location.
        keys: the assets; all of them made here.
        resource_defs: resources of the location; those that an asset brings along are added.
        check_keys: the checks to make; None: those of the assets.
        job_arguments: further arguments of :class:`JobDefinition`.

    Raises:
        DagsterInvalidDefinitionError: two assets bring along different resources of one key, or one is missing.
    """
    wanted = frozenset(keys)
    chosen = implied_checks(asset_graph.checks, wanted) if check_keys is None else frozenset(check_keys)
    graph, layer = _graph_and_layer(name, asset_graph, wanted, chosen)
    resources = {**resource_defs, **layer.brought_resources()}
    job = JobDefinition(graph_def=graph, resource_defs=resources, asset_layer=layer, **job_arguments)
    if not resources:  # else it did so itself
        job.check_resources()
    return job


def _asset_job_or_refusal(what: str, *args: Any, **kwargs: Any) -> JobDefinition:
    """The job; a selection that cannot be made is a mistake in its definition."""
    try:
        return asset_job(*args, **kwargs)
    except DagsterInvalidSubsetError as error:
        raise DagsterInvalidDefinitionError(f"{what}: {error}") from error


def _graph_and_layer(
    name: str, asset_graph: AssetGraph, wanted: frozenset[AssetKey], checks: frozenset[AssetCheckKey]
) -> tuple[GraphDefinition, AssetLayer]:
    """The graph of a job that makes these assets and checks, and which of its ops makes what."""
    if checks:
        check_inline(asset_graph.checks, checks, wanted, f"asset job {name!r}")
    makers = makers_of(asset_graph, wanted, checks)
    if checks:
        makers.update((each.op.name, each) for each in check_makers(asset_graph.checks, checks))
    graph = _graph_of(name, makers)
    layer = layer_of(graph)
    layer = layer.with_loads(loads_of(asset_graph, layer.keys_made_elsewhere))
    return graph, replace(layer, cut=partial(_graph_and_layer, name, asset_graph))


def loads_of(asset_graph: AssetGraph, keys: Iterable[AssetKey]) -> dict[AssetKey, AssetLoad]:
    """How the stored values of those of these assets that the location knows are loaded."""
    return {key: _load_of(asset_graph, key) for key in keys if asset_graph.has(key)}


def _selected(selection: AssetSelection, asset_graph: AssetGraph, what: str) -> frozenset[AssetKey]:
    try:
        keys = selection.keys_in(asset_graph)
    except DagsterInvalidSubsetError as error:
        raise DagsterInvalidDefinitionError(f"{what}: {error}") from error
    unmade = sorted(key.to_user_string() for key in keys - asset_graph.executable_keys)
    if unmade and not keys & asset_graph.executable_keys:
        raise DagsterInvalidDefinitionError(
            f"{what} selects {unmade[0]!r}, which nothing here makes: it is only declared or depended on"
        )
    return keys & asset_graph.executable_keys


def _graph_of(name: str, makers: Mapping[str, AssetsDefinition]) -> GraphDefinition:
    made_by = {
        key: OutputHandle(node, output)
        for node, maker in makers.items()
        for output, key in maker.keys_by_output_name.items()
    }
    sources: dict[InputPlace, tuple[Source, ...]] = {}
    for node, maker in makers.items():
        for input_name, key in maker.keys_by_input_name.items():
            handle = made_by.get(key)
            if handle is not None and handle.node != node:
                sources[node, input_name] = (handle,)
    nodes = {node: Node(node, maker.node_def, assets=maker, hooks=maker.hook_defs) for node, maker in makers.items()}
    return GraphDefinition(name=name, nodes=nodes, sources=sources)


def _load_of(asset_graph: AssetGraph, key: AssetKey) -> AssetLoad:
    spec = asset_graph.spec(key)
    manager_key = io_manager_key_of(spec, asset_graph.definition_by_key.get(key))
    declared = asset_graph.declared.get(key)
    resources = {} if declared is None else declared.resource_defs
    return AssetLoad(manager_key or DEFAULT_IO_MANAGER_KEY, spec.metadata, resources, spec.partitions_def)
