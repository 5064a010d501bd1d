"""What user code is given while a step runs: ``context`` of ops and assets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from contextvars import ContextVar
from functools import cached_property
from typing import Any

from watchbell.declare.log_manager import DagsterLogManager
from watchbell.execute.asset_events import log_asset_event
from watchbell.execute.context_members import ContextMembers
from watchbell.execute.copies import copy_key, keys_of, path_of
from watchbell.execute.data_versions import DataVersionMembers
from watchbell.execute.dynamic_answers import metadata_place
from watchbell.execute.log import step_logger
from watchbell.execute.step_scope import NodeHandle, StepHandle, StepScope
from watchbell.ground.errors import (
    DagsterInvalidPropertyError,
    DagsterInvariantViolationError,
)
from watchbell.ground.suggest import did_you_mean
from watchbell.instance import DagsterInstance
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.expectation import ExpectationResult
from watchbell.record.keys import AssetKey, CoercibleToAssetKey
from watchbell.record.materialization import AssetMaterialization, AssetObservation
from watchbell.record.metadata import RawMetadataMapping, normalize_metadata
from watchbell.record.run import DagsterRun

_current: ContextVar[OpExecutionContext | AssetExecutionContext] = ContextVar("watchbell_execution_context")
_entered: list[OpExecutionContext | AssetExecutionContext] = []  # of every thread of this process


class _StepContext(DataVersionMembers, ContextMembers):
    """What the contexts of ops and assets have in common."""

    def __init__(self, scope: StepScope) -> None:
        self._scope = scope

    @cached_property
    def log(self) -> DagsterLogManager:
        """Logger whose lines are stored with the run."""
        return step_logger(self._scope.journal, self._scope.step_key)

    @property
    def run(self) -> DagsterRun:
        """The run this step belongs to."""
        return self._scope.run

    @property
    def dagster_run(self) -> DagsterRun:
        """The same as :attr:`run`."""
        return self._scope.run

    @property
    def run_id(self) -> str:
        """Id of the run."""
        return self._scope.run.run_id

    @property
    def run_config(self) -> Mapping[str, Any]:
        """The config the run was asked to run with."""
        return self._scope.run.run_config

    @property
    def run_tags(self) -> Mapping[str, str]:
        """Tags of the run."""
        return self._scope.run.tags

    def has_tag(self, key: str) -> bool:
        """Whether the run has this tag."""
        return key in self._scope.run.tags

    def get_tag(self, key: str) -> str | None:
        """The run's tag, None if it has none of this key."""
        return self._scope.run.tags.get(key)

    @property
    def job_name(self) -> str:
        """Name of the job."""
        return self._scope.run.job_name

    @property
    def job_def(self) -> Any:
        """Definition of the job."""
        return self._scope.job_def

    @property
    def instance(self) -> DagsterInstance:
        """The instance the run is recorded in."""
        return self._scope.open_instance()

    @property
    def resources(self) -> Any:
        """The resources this step requires, as attributes by their keys."""
        return self._scope.resources

    @property
    def op_config(self) -> Any:
        """The config of this op; None without one."""
        return self._scope.op_config

    @property
    def op_def(self) -> Any:
        """Definition of the op."""
        return self._scope.node.definition

    @property
    def op(self) -> Any:
        """The op as a node of its graph: ``name``, ``definition``, ``tags``."""
        return self._scope.node

    @property
    def node_handle(self) -> NodeHandle:
        """Where the op stands in its job."""
        return NodeHandle(tuple(path_of(self._scope.step_key).split(".")))

    @property
    def op_handle(self) -> NodeHandle:
        """The same as :attr:`node_handle`."""
        return self.node_handle

    @property
    def retry_number(self) -> int:
        """Attempts at this step before this one (count): 0 at the first."""
        return self._scope.retry_number

    def describe_op(self) -> str:
        """The op in words."""
        return f'op "{self._scope.step_key}"'

    # ------------------------------------------------------------- events

    def log_event(self, event: AssetMaterialization | AssetObservation | ExpectationResult) -> None:
        """Stores an event of this step at once.

        Args:
            event: an AssetMaterialization, AssetObservation or ExpectationResult.

        Raises:
            ParameterCheckError: it is none of them.
        """
        log_asset_event(self._scope.journal, self._scope.step_key, event, self._scope.partitions)
        self._scope.logged.append(event)

    def get_step_execution_context(self) -> StepExecutionContext:
        """The context as the step itself has it."""
        return StepExecutionContext(self._scope)

    # ----------------------------------------------------------- metadata

    def add_output_metadata(
        self, metadata: RawMetadataMapping, output_name: str | None = None, mapping_key: str | None = None
    ) -> None:
        """Says something about an output that is still to be given.

        Args:
            metadata: labelled facts; may be added in several calls.
            output_name: which output; may be left out if there is only one.
            mapping_key: of a dynamic output, which of its values.

        Raises:
            DagsterInvariantViolationError: no such output, several and none named, or it was given already.
            DagsterInvalidMetadata: a value cannot be metadata.
        """
        scope = self._scope
        name = output_name if output_name is not None else self._only_output("add_output_metadata")
        if name not in scope.output_names:
            raise DagsterInvariantViolationError(
                f'op "{scope.step_key}" has no output {name!r}{did_you_mean(name, scope.output_names)}'
            )
        name = metadata_place(scope, name, mapping_key)
        normalize_metadata(metadata)  # refused here; kept as given for `get_output_metadata`
        scope.output_metadata.setdefault(name, {}).update(metadata)

    def get_output_metadata(self, output_name: str, mapping_key: str | None = None) -> Mapping[str, Any] | None:
        """What was said so far of an output by :meth:`add_output_metadata`; None if nothing was."""
        place = output_name if mapping_key is None else copy_key(output_name, [mapping_key])
        return self._scope.output_metadata.get(place)

    def get_mapping_key(self) -> str | None:
        """The mapping key this step runs for, of maps inside maps that of the innermost; None if it is not mapped."""
        keys = keys_of(self._scope.step_key)
        return keys[-1] if keys else None

    # ------------------------------------------------------------- assets

    @property
    def has_assets_def(self) -> bool:
        """Whether this op makes assets."""
        return self._scope.assets_def is not None

    @property
    def assets_def(self) -> Any:
        """Definition of the assets this op makes.

        Raises:
            DagsterInvalidPropertyError: it makes none.
        """
        self._require_assets("assets_def")
        return self._scope.assets_def

    @property
    def selected_asset_keys(self) -> AbstractSet[AssetKey]:
        """The assets made in this run by the definition this step belongs to; empty for a plain op."""
        assets = self._scope.assets_def
        return set(self._scope.asset_keys_by_output.values() if assets is None else assets.keys)

    @property
    def selected_asset_check_keys(self) -> AbstractSet[AssetCheckKey]:
        """The asset checks this step makes in this run."""
        checks = self._scope.checks
        return set() if checks is None else set(checks.specs)

    @property
    def selected_output_names(self) -> AbstractSet[str]:
        """The outputs this step gives in this run; those of asset checks too."""
        checks = self._scope.checks
        names = set(self._scope.output_names)
        return names if checks is None else names.union(checks.output_names.values())

    @property
    def is_subset(self) -> bool:
        """Whether only some of the assets of this definition are made."""
        return self._scope.assets_def is not None and self._scope.assets_def.is_subset

    @property
    def asset_key(self) -> AssetKey:
        """The asset this step makes.

        Raises:
            DagsterInvalidPropertyError: it makes none.
            DagsterInvariantViolationError: it makes several.
        """
        self._require_assets("asset_key")
        keys = set(self.selected_asset_keys)
        if len(keys) != 1:
            raise DagsterInvariantViolationError(
                f'step "{self._scope.step_key}" makes {len(keys)} assets, so asset_key is not one; '
                "use asset_key_for_output(output_name)"
            )
        return keys.pop()

    def asset_key_for_output(self, output_name: str = "result") -> AssetKey:
        """The asset that an output is.

        Raises:
            DagsterInvariantViolationError: the output is none.
        """
        return self._asset_key(self._scope.asset_keys_by_output, output_name, "output")

    def asset_key_for_input(self, input_name: str) -> AssetKey:
        """The asset that an input is.

        Raises:
            DagsterInvariantViolationError: the input is none.
        """
        return self._asset_key(self._scope.asset_keys_by_input, input_name, "input")

    def output_for_asset_key(self, asset_key: CoercibleToAssetKey) -> str:
        """Name of the output that is this asset.

        Raises:
            DagsterInvariantViolationError: no output is.
        """
        wanted = AssetKey.from_coercible(asset_key)
        for name, key in self._scope.asset_keys_by_output.items():
            if key == wanted:
                return name
        known = [key.to_user_string() for key in self._scope.asset_keys_by_output.values()]
        shown = wanted.to_user_string()
        raise DagsterInvariantViolationError(
            f'step "{self._scope.step_key}" does not make the asset {shown!r}{did_you_mean(shown, known)}'
        )

    # ------------------------------------------------------------- inside

    def _only_output(self, member: str) -> str:
        names = self._scope.output_names
        if len(names) == 1:
            return names[0]
        shown = ", ".join(names)
        raise DagsterInvariantViolationError(
            f'op "{self._scope.step_key}" has the outputs {shown}; tell {member} which one by output_name='
        )

    def _require_assets(self, member: str) -> None:
        if self._scope.assets_def is None:
            raise DagsterInvalidPropertyError(
                f'op "{self._scope.step_key}" makes no assets, so context.{member} has no value'
            )

    def _asset_key(self, keys: Mapping[str, AssetKey], name: str, kind: str) -> AssetKey:
        key = keys.get(name)
        if key is None:
            raise DagsterInvariantViolationError(
                f'no asset belongs to {kind} {name!r} of step "{self._scope.step_key}"{did_you_mean(name, keys)}'
            )
        return key


class OpExecutionContext(_StepContext):
    """What an op's function is given as ``context``.

    Example:
        >>> @op
        ... def count(context: OpExecutionContext, rows):
        ...     context.log.info("%s rows in run %s", len(rows), context.run_id)
    """

    @property
    def op_execution_context(self) -> OpExecutionContext:
        """This context itself."""
        return self

    @staticmethod
    def get() -> OpExecutionContext:
        """The context of the step that is running in this thread.

        Raises:
            DagsterInvariantViolationError: none is.
        """
        found = _running("OpExecutionContext")
        return found if isinstance(found, OpExecutionContext) else found.op_execution_context


class StepExecutionContext(OpExecutionContext):
    """What is known of the step itself; IO managers have it as ``context.step_context``."""

    @property
    def step(self) -> StepHandle:
        """The step: its ``key``, ``node_handle`` and ``tags``."""
        return StepHandle(self._scope.step_key, self.node_handle, self._scope.node.tags)

    @property
    def step_key(self) -> str:
        """The step's key."""
        return self._scope.step_key

    @property
    def previous_attempt_count(self) -> int:
        """Attempts at this step before this one (count): 0 at the first."""
        return self._scope.retry_number

    @property
    def is_sda_step(self) -> bool:
        """Whether the step makes assets."""
        return self.has_assets_def


class AssetExecutionContext(_StepContext):
    """What an asset's function is given as ``context``.

    Example:
        >>> @asset
        ... def orders(context: AssetExecutionContext):
        ...     context.add_asset_metadata({"rows": 12})
    """

    @cached_property
    def op_execution_context(self) -> OpExecutionContext:
        """The context of the op behind the asset."""
        return OpExecutionContext(self._scope)

    def get_op_execution_context(self) -> OpExecutionContext:
        """The same as :attr:`op_execution_context`."""
        return self.op_execution_context

    def add_asset_metadata(
        self,
        metadata: RawMetadataMapping,
        asset_key: CoercibleToAssetKey | None = None,
        partition_key: str | None = None,
    ) -> None:
        """Says something about an asset that this step makes; it goes to its materialization.

        Args:
            metadata: labelled facts; may be added in several calls.
            asset_key: which asset; may be left out if the step makes only one.
            partition_key: of which partition, of those that the run is for; None: of all of them.

        Raises:
            DagsterInvariantViolationError: the step does not make that asset, makes several, or gave it already; or the
                run is not for that partition.
            DagsterInvalidMetadata: a value cannot be metadata.
        """
        key = self.asset_key if asset_key is None else AssetKey.from_coercible(asset_key)
        if self.output_for_asset_key(key) in self._scope.yielded:
            raise DagsterInvariantViolationError(
                f"the asset {key.to_user_string()!r} was given already; add metadata before that"
            )
        if partition_key is None:
            self._scope.asset_metadata.setdefault(key, {}).update(normalize_metadata(metadata))
        else:
            self._require_made(key, partition_key)
            said = self._scope.partition_metadata = self._scope.partition_metadata or {}
            said.setdefault((key, str(partition_key)), {}).update(normalize_metadata(metadata))

    def load_asset_value(
        self, asset_key: CoercibleToAssetKey, *, python_type: type | None = None, partition_key: str | None = None
    ) -> Any:
        """The stored value of an asset, loaded by its IO manager now.

        Args:
            asset_key: the asset; for its value to be there it should be among the ``deps`` of this one.
            python_type: what the IO manager is told the value is to be; None: anything.
            partition_key: the partition; None: those that the run's own partitions are mapped to.

        Raises:
            DagsterInvariantViolationError: there is no run, or the asset has no partitions.
            DagsterInvalidInvocationError: there is no such partition.
            DagsterExecutionLoadInputError: the IO manager raised.
        """
        load = self._scope.load_asset
        if load is None:
            raise DagsterInvariantViolationError(f"load_asset_value({asset_key!r}) cannot load it: no run is going on")
        return load(AssetKey.from_coercible(asset_key), python_type, partition_key)

    @staticmethod
    def get() -> AssetExecutionContext:
        """The context of the asset that is being made in this thread.

        Raises:
            DagsterInvariantViolationError: none is.
        """
        found = _running("AssetExecutionContext")
        if not isinstance(found, AssetExecutionContext):
            raise DagsterInvariantViolationError("the running step is a plain op; use OpExecutionContext.get()")
        return found


def enter_context(context: OpExecutionContext | AssetExecutionContext) -> Callable[[], None]:
    """Makes ``context`` the one that ``get()`` answers with; call the result when the step is over."""
    token = _current.set(context)
    _entered.append(context)

    def leave() -> None:
        _entered.remove(context)
        _current.reset(token)

    return leave


def running_context() -> OpExecutionContext | AssetExecutionContext | None:
    """The context of the step that runs here, also for threads that the step started; None outside of a step."""
    context = _current.get(None)
    if context is None and len(_entered) == 1:  # a new thread knows no context, but it can only be this one's
        return next(iter(_entered), None)
    return context


def _running(kind: str) -> OpExecutionContext | AssetExecutionContext:
    try:
        return _current.get()
    except LookupError:
        raise DagsterInvariantViolationError(
            f"{kind}.get() was called outside a step; it works in code that an op or asset calls while it runs"
        ) from None
