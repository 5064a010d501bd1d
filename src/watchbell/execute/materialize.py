"""Assets made in the caller's own process: ``materialize`` and ``materialize_to_memory``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from watchbell.declare.assets.asset import AssetsDefinition
from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.assets.asset_job import asset_job, define_asset_job
from watchbell.declare.assets.asset_spec import AssetSpec
from watchbell.declare.assets.selection import AssetSelection, CoercibleToAssetSelection
from watchbell.declare.assets.source_asset import SourceAsset
from watchbell.declare.graphs.output import DEFAULT_IO_MANAGER_KEY
from watchbell.declare.io.io_manager import IOManagerDefinition
from watchbell.declare.io.mem_io_manager import mem_io_manager
from watchbell.declare.job import JobDefinition
from watchbell.declare.resource import ResourceDefinition, resource_definitions
from watchbell.execute.in_process import execute_job_in_process
from watchbell.execute.result import ExecuteInProcessResult
from watchbell.ground.errors import DagsterInvalidInvocationError, ParameterCheckError
from watchbell.instance import DagsterInstance

JOB_NAME = "__ephemeral_asset_job__"
EVERYTHING = AssetSelection.all() | AssetSelection.all_asset_checks()

Assets = Sequence[AssetsDefinition | AssetSpec | SourceAsset]


def materialize(
    assets: Assets,
    run_config: Any = None,
    instance: DagsterInstance | None = None,
    resources: Mapping[str, object] | None = None,
    partition_key: str | None = None,
    raise_on_error: bool = True,
    tags: Mapping[str, str] | None = None,
    selection: CoercibleToAssetSelection | None = None,
    run_id: str | None = None,
) -> ExecuteInProcessResult:
    """Makes assets in this process; values are stored by their IO managers, by default as files.

    Args:
        assets: the assets, and those they load.
        run_config: config of the run; a dict or a RunConfig.
        instance: where the run is recorded and files lie; None: a temporary one, gone when the run is over.
        resources: resources by key.
        partition_key: the partition to make; None: the assets have none, or ``tags`` name a range.
        raise_on_error: whether the first failed asset ends the run and raises what its function raised.
        tags: tags of the run.
        selection: which of the assets to make; None: all of them.
        run_id: id of the run; None: a new one.

    Raises:
        DagsterInvalidDefinitionError: an asset depends on one that is not given, or a resource is missing.
        DagsterInvalidConfigError: the config does not fit.
        DagsterUnknownPartitionError: there is no such partition.
        CheckError: a partition is named and the assets have none.
        ParameterCheckError: ``assets`` holds something else.
        Exception: what made the run fail, if ``raise_on_error``.

    Example:
        >>> @asset
        ... def numbers():
        ...     return [1, 2, 3]
        >>> materialize([numbers]).asset_value("numbers")
        [1, 2, 3]
    """
    job = _job_of(assets, selection, resource_definitions(resources, "materialize()"), "materialize")
    return execute_job_in_process(
        job,
        run_config=run_config,
        instance=instance,
        raise_on_error=raise_on_error,
        run_id=run_id,
        tags=tags,
        keep_io_manager=True,
        partition_key=partition_key,
    )


def materialize_to_memory(
    assets: Assets,
    run_config: Any = None,
    instance: DagsterInstance | None = None,
    resources: Mapping[str, object] | None = None,
    partition_key: str | None = None,
    raise_on_error: bool = True,
    tags: Mapping[str, str] | None = None,
    selection: CoercibleToAssetSelection | None = None,
    run_id: str | None = None,
) -> ExecuteInProcessResult:
    """Makes assets in this process and keeps their values in memory, whatever IO managers they name; for tests.

    Parameters and errors as for :func:`materialize`.

    Raises:
        DagsterInvalidInvocationError: ``resources`` has an IO manager, which would not be used.

    Example:
        >>> @asset
        ... def numbers():
        ...     return [1, 2, 3]
        >>> materialize_to_memory([numbers]).success
        True
    """
    given = resource_definitions(resources, "materialize_to_memory()")
    for key, definition in given.items():
        if isinstance(definition, IOManagerDefinition):
            raise DagsterInvalidInvocationError(
                f"materialize_to_memory keeps values in memory, so the IO manager {key!r} would not be used; "
                "leave it out, or call materialize",
                resource_key=key,
            )
    in_memory = dict.fromkeys(_io_manager_keys(assets), mem_io_manager)
    job = _job_of(assets, selection, {**given, **in_memory}, "materialize_to_memory")
    return execute_job_in_process(
        job,
        run_config=run_config,
        instance=instance,
        raise_on_error=raise_on_error,
        run_id=run_id,
        tags=tags,
        keep_io_manager=True,
        partition_key=partition_key,
    )


def observe(
    assets: Assets,
    run_config: Any = None,
    instance: DagsterInstance | None = None,
    resources: Mapping[str, object] | None = None,
    partition_key: str | None = None,
    raise_on_error: bool = True,
    tags: Mapping[str, str] | None = None,
) -> ExecuteInProcessResult:
    """Looks, in this process, at assets that something else makes; parameters and errors as for :func:`materialize`.

    Args:
        assets: observable assets; others among them are not looked at, nor made.
        run_config: as of :func:`materialize`.
        instance: likewise.
        resources: likewise.
        partition_key: likewise.
        raise_on_error: likewise.
        tags: likewise.

    Example:
        >>> @observable_source_asset
        ... def raw_orders():
        ...     return ObserveResult(metadata={"files": 3})
        >>> observe([raw_orders]).success
        True
    """
    graph = AssetGraph.of(_checked(assets, "observe"))
    job = asset_job(JOB_NAME, graph, graph.observable_keys, resource_definitions(resources, "observe()"))
    return execute_job_in_process(
        job,
        run_config=run_config,
        instance=instance,
        raise_on_error=raise_on_error,
        run_id=None,
        tags=tags,
        keep_io_manager=True,
        partition_key=partition_key,
    )


def _job_of(
    assets: Assets,
    selection: CoercibleToAssetSelection | None,
    resources: Mapping[str, ResourceDefinition],
    caller: str,
) -> JobDefinition:
    graph = AssetGraph.of(_checked(assets, caller))
    chosen = EVERYTHING if selection is None else selection
    return define_asset_job(JOB_NAME, chosen).resolve(graph, resources)


def _io_manager_keys(assets: Assets) -> Iterable[str]:
    yield DEFAULT_IO_MANAGER_KEY
    for each in assets:
        if isinstance(each, AssetsDefinition) and each.is_executable:
            yield from each.node.manager_keys
        elif isinstance(each, SourceAsset) and each.io_manager_key is not None:
            yield each.io_manager_key


def _checked(assets: Assets, caller: str) -> Assets:
    if not isinstance(assets, Sequence):
        raise ParameterCheckError(f"{caller} takes a list of assets, not {assets!r}", parameter="assets", value=assets)
    for each in assets:
        if not isinstance(each, AssetsDefinition | AssetSpec | SourceAsset):
            raise ParameterCheckError(
                f"{caller} takes assets; {each!r} in its list is a {type(each).__name__}",
                parameter="assets",
                value=each,
            )
    return assets
