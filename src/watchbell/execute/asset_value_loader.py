"""Stored values of assets, loaded outside any run."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.assets.asset_job import loads_of
from watchbell.declare.assets.assets_definition import AssetsDefinition
from watchbell.declare.config.annotation_type import type_of_annotation
from watchbell.declare.graphs.output import DEFAULT_IO_MANAGER_KEY
from watchbell.declare.io.asset_partitions import AssetPartitions
from watchbell.declare.io.fs_io_manager import fs_io_manager
from watchbell.declare.io.io_context import InputContext, OutputContext
from watchbell.declare.log_manager import EvaluationLogger
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.view import partitions_view
from watchbell.declare.resource import ResourceDefinition, Resources
from watchbell.declare.resource_setup import opened_resources
from watchbell.execute.run_partitions import OpenedLater
from watchbell.ground.errors import DagsterInvalidDefinitionError, DagsterInvariantViolationError
from watchbell.ground.suggest import did_you_mean
from watchbell.instance import DagsterInstance
from watchbell.record.keys import AssetKey, CoercibleToAssetKey

NO_RUN = "none"


class AssetValueLoader:
    """Loads what assets stored, each through its own IO manager; as a context manager it closes what it opened.

    Made by ``defs.get_asset_value_loader()``.

    Args:
        assets_defs_by_key: the assets.
        instance: where they are recorded; None: that of the environment, opened when an IO manager asks for it.
        asset_graph: the same assets and those made elsewhere; None: of ``assets_defs_by_key``.
        resource_defs: resources by key, besides those of the assets.

    Example:
            with defs.get_asset_value_loader() as loader:
                orders = loader.load_asset_value("orders")
    """

    def __init__(
        self,
        assets_defs_by_key: Mapping[AssetKey, AssetsDefinition],
        instance: DagsterInstance | None = None,
        *,
        asset_graph: AssetGraph | None = None,
        resource_defs: Mapping[str, ResourceDefinition] | None = None,
    ) -> None:
        unique = {id(each): each for each in assets_defs_by_key.values()}
        self._graph = asset_graph if asset_graph is not None else AssetGraph.of(list(unique.values()))
        self._resource_defs = {DEFAULT_IO_MANAGER_KEY: fs_io_manager, **(resource_defs or {})}
        self._instance = instance
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def load_asset_value(
        self,
        asset_key: CoercibleToAssetKey,
        *,
        python_type: Any = None,
        partition_key: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        resource_config: Mapping[str, Any] | None = None,
        input_definition_metadata: Mapping[str, Any] | None = None,
    ) -> Any:
        """What an asset stored when it was made last.

        Args:
            asset_key: the asset.
            python_type: what the value is wanted as, for IO managers that load several types.
            partition_key: which partition of it; None: the asset has none, or its IO manager needs no key.
            metadata: metadata of the input, for the IO manager.
            resource_config: config of the IO manager and what it requires, by key, each ``{"config": ...}``.
            input_definition_metadata: the same as ``metadata``.

        Raises:
            DagsterInvariantViolationError: there is no such asset.
            DagsterInvalidDefinitionError: its IO manager is not defined.
            DagsterInvalidInvocationError: there is no such partition.
            Exception: what the IO manager raises, for example because nothing is stored.
        """
        key = AssetKey.from_coercible(asset_key)
        if key not in self._graph.specs:
            shown = key.to_user_string()
            known = [each.to_user_string() for each in self._graph.specs]
            raise DagsterInvariantViolationError(
                f"there is no asset {shown!r}{did_you_mean(shown, known)}", asset_key=key
            )
        load = loads_of(self._graph, [key])[key]
        maker = self._graph.definition_by_key.get(key)
        definitions = {**self._resource_defs, **load.resource_defs, **({} if maker is None else maker.resource_defs)}
        what = f"asset {key.to_user_string()!r}"
        opened = opened_resources(
            definitions, [load.io_manager_key], what, config=resource_config, open_instance=self._open_instance
        )
        with opened as ready:
            manager = ready.original_resource_dict[load.io_manager_key]
            if not hasattr(manager, "load_input"):
                raise DagsterInvalidDefinitionError(
                    f"{what}: the resource {load.io_manager_key!r} is a {type(manager).__name__} and no IO manager"
                )
            config = ((resource_config or {}).get(load.io_manager_key) or {}).get("config")
            required = definitions[load.io_manager_key].required_resource_keys
            facts = {
                "asset_key": key,
                "resource_config": config,
                "resources": Resources({each: ready.original_resource_dict[each] for each in required}, what),
                "log_manager": EvaluationLogger("asset"),
            }
            facts["asset_partitions_def"] = load.partitions_def
            upstream = _StoredOutput(
                self, name=key.path[-1], step_key=NO_RUN, run_id=NO_RUN, definition_metadata=load.metadata, **facts
            )
            context = _LoadedInput(
                self,
                name=None,
                upstream_output=upstream,
                definition_metadata=metadata or input_definition_metadata or {},
                dagster_type=None if python_type is None else type_of_annotation(python_type),
                partition_key=partition_key,
                asset_partitions=self._one_partition(load.partitions_def, partition_key),
                **facts,
            )
            return manager.load_input(context)

    def _one_partition(self, definition: PartitionsDefinition | None, key: str | None) -> AssetPartitions | None:
        if key is None:
            return None
        # Only dynamic partitions ask the instance, which may have to be opened for it.
        view = partitions_view(None, OpenedLater(self._open_instance))
        return AssetPartitions.of_key(definition, key, view)

    def _open_instance(self) -> DagsterInstance:
        if self._instance is None:
            self._instance = self._stack.enter_context(DagsterInstance.get())
        return self._instance


class _StoredOutput(OutputContext):
    def __init__(self, loader: AssetValueLoader, **facts: Any) -> None:
        super().__init__(**facts)
        self._loader = loader

    @property
    def instance(self) -> DagsterInstance:
        return self._loader._open_instance()


class _LoadedInput(InputContext):
    def __init__(self, loader: AssetValueLoader, **facts: Any) -> None:
        super().__init__(**facts)
        self._loader = loader

    @property
    def instance(self) -> DagsterInstance:
        return self._loader._open_instance()
