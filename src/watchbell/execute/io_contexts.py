"""What IO managers are told inside a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from watchbell.declare.assets.asset_spec import AssetSpec
from watchbell.declare.io.asset_partitions import AssetPartitions
from watchbell.declare.io.io_context import InputContext, OutputContext
from watchbell.declare.log_manager import DagsterLogManager
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.execute.contexts import StepExecutionContext
from watchbell.execute.log import step_logger
from watchbell.execute.plan import FromAsset, Step, StepInput, StepOut
from watchbell.execute.run_scope import Manager, RunScope
from watchbell.execute.step_scope import StepScope
from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetMaterialization, AssetObservation

# An asset that is loaded outside the run that made it was given by no step that is known here.
NO_STEP = "none"
NO_RUN = "__EPHEMERAL_RUN_ID"


class StepOutputContext(OutputContext):
    """An output's context inside a run: the instance is opened, and the logger made, when first asked for."""

    def __init__(self, scope: RunScope, **facts: Any) -> None:
        super().__init__(**facts)
        self._scope = scope

    @property
    def instance(self) -> Any:
        """The instance of the run."""
        return self._scope.open_instance()

    @cached_property
    def log(self) -> DagsterLogManager:
        """The run's logger."""
        return step_logger(self._scope.journal, self._facts.get("step_key"))

    @cached_property
    def step_context(self) -> StepExecutionContext:
        """The context of the step that gives the output.

        Raises:
            DagsterInvariantViolationError: it was given by a step that is over, or in another run.
        """
        return _step_context(self._facts.get("step_state"), self.kind)

    @cached_property
    def asset_spec(self) -> Any:
        """The specification of the asset it belongs to.

        Raises:
            DagsterInvariantViolationError: it belongs to none.
        """
        key = self.asset_key
        assets_def = self._facts.get("assets_def")
        found = None if assets_def is None else assets_def.specs_by_key.get(key)
        return AssetSpec(key, metadata=self.definition_metadata) if found is None else found


class StepInputContext(InputContext):
    """An input's context inside a run: the instance is opened, and the logger made, when first asked for."""

    def __init__(self, scope: RunScope, step_key: str, **facts: Any) -> None:
        super().__init__(**facts)
        self._scope = scope
        self._step_key = step_key

    @property
    def instance(self) -> Any:
        """The instance of the run."""
        return self._scope.open_instance()

    @cached_property
    def log(self) -> DagsterLogManager:
        """The run's logger."""
        return step_logger(self._scope.journal, self._step_key)

    @cached_property
    def step_context(self) -> StepExecutionContext:
        """The context of the step that takes the input.

        Raises:
            DagsterInvariantViolationError: no step takes it: the value is loaded for somebody else.
        """
        return _step_context(self._facts.get("step_state"), self.kind)


def _step_context(state: StepScope | None, kind: str) -> StepExecutionContext:
    if state is None:
        raise DagsterInvariantViolationError(
            f"this {kind} context has no step_context: no step that is running made it"
        )
    return StepExecutionContext(state)


def output_context(scope: RunScope, step: Step, out: StepOut, manager: Manager, **facts: Any) -> StepOutputContext:
    """What the IO manager of an output is told.

    Args:
        scope: the run.
        step: the step that gives, or gave, the output.
        out: the output.
        manager: the IO manager.
        facts: what else is known of it here.
    """
    definition, partitions = _partitions_of(scope, out.asset_key)
    return StepOutputContext(
        scope,
        step_key=step.key,
        name=out.name,
        job_name=scope.run.job_name,
        run_id=scope.run_id_of(step),
        definition_metadata=out.metadata,
        dagster_type=out.type,
        op_def=step.op,
        asset_key=out.asset_key,
        partition_key=scope.partitions.key,
        asset_partitions_def=definition,
        asset_partitions=partitions,
        assets_def=step.assets_def,
        config=out.config,
        resource_config=manager.config,
        resources=manager.resources,
        **facts,
    )


def asset_context(scope: RunScope, source: FromAsset, manager: Manager) -> StepOutputContext:
    """What the IO manager of an asset that this run does not make is told of the output it once was.

    Args:
        scope: the run.
        source: the asset.
        manager: the IO manager.
    """
    return StepOutputContext(
        scope,
        step_key=NO_STEP,
        name=source.asset_key.path[-1],
        run_id=NO_RUN,
        asset_key=source.asset_key,
        asset_partitions_def=scope.plan.job.asset_layer.load_of(source.asset_key).partitions_def,
        definition_metadata=source.metadata,
        resource_config=manager.config,
        resources=manager.resources,
    )


def input_context(
    scope: RunScope,
    step: Step,
    state: StepScope,
    into: StepInput,
    manager: Manager,
    upstream: StepOutputContext | None,
    partitions: AssetPartitions | None = None,
) -> StepInputContext:
    """What the manager that loads an input is told.

    Args:
        scope: the run.
        step: the step that takes the input.
        state: its attempt.
        into: the input.
        manager: the manager.
        upstream: the output that is loaded; None: none is known.
        partitions: those of the asset that are loaded; None: those that the step's partitions are mapped to.
    """
    key = into.asset_key
    definition = None if key is None else scope.plan.job.asset_layer.load_of(key).partitions_def
    if partitions is None and definition is not None and key is not None and state.partitions is not None:
        partitions = state.partitions.taken(key)
    return StepInputContext(
        scope,
        step.key,
        name=into.name,
        job_name=scope.run.job_name,
        run_id=scope.run.run_id,
        definition_metadata=into.metadata,
        upstream_output=upstream,
        dagster_type=into.type,
        op_def=step.op,
        asset_key=key,
        partition_key=scope.partitions.key,
        asset_partitions_def=definition,
        asset_partitions=partitions,
        config=into.config,
        resource_config=manager.config,
        resources=manager.resources,
        step_state=state,
    )


def _partitions_of(scope: RunScope, key: AssetKey | None) -> tuple[PartitionsDefinition | None, AssetPartitions | None]:
    """How an asset that the run makes is divided, and which of its partitions are made."""
    definition = None if key is None else scope.plan.job.asset_layer.load_of(key).partitions_def
    return (None, None) if definition is None else (definition, scope.partitions.of(definition))


def take_answer(context: OutputContext, answer: Any) -> None:
    """Takes what ``handle_output`` returned or yielded: metadata and events.

    An event without metadata of its own gets the output's, as if it were about the same value.

    Raises:
        DagsterInvariantViolationError: it is neither.
    """
    events: list[AssetMaterialization | AssetObservation] = []
    for item in answer if isinstance(answer, Iterator) else (answer,):
        if isinstance(item, AssetMaterialization | AssetObservation):
            events.append(item)
        elif isinstance(item, Mapping):
            context.add_output_metadata(item)
        elif item is not None:
            raise DagsterInvariantViolationError(
                f"handle_output gave {item!r}; it may return or yield metadata (a dict), AssetMaterialization or "
                "AssetObservation"
            )
    said = context.get_logged_metadata()
    for event in events:
        context.log_event(event if event.metadata or not said else event.with_metadata(said))
