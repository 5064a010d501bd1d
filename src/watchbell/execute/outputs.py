"""Outputs of a step: checked, stored by their IO manager, and written down; an asset's is its materialization."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from watchbell.declare.data_type import TypeCheck
from watchbell.declare.io_context import OutputContext
from watchbell.declare.log_manager import DagsterLogManager
from watchbell.execute.answers import GivenOutput
from watchbell.execute.contexts import log_asset_event
from watchbell.execute.log import step_logger
from watchbell.execute.plan import Step, StepOut
from watchbell.execute.run_scope import Manager, RunScope
from watchbell.execute.step_scope import StepScope
from watchbell.execute.type_checks import PASSED, check_value, refused
from watchbell.ground.errors import (
    DagsterExecutionHandleOutputError,
    DagsterInvariantViolationError,
)
from watchbell.record.event import (
    DagsterEventType,
    HandledOutputData,
    StepMaterializationData,
    StepOutputData,
)
from watchbell.record.materialization import AssetMaterialization, AssetObservation
from watchbell.record.metadata import MetadataValue, normalize_metadata


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


def output_context(scope: RunScope, step: Step, out: StepOut, manager: Manager, **facts: Any) -> StepOutputContext:
    """What the IO manager of an output is told.

    Args:
        scope: the run.
        step: the step that gives, or gave, the output.
        out: the output.
        manager: the IO manager.
        facts: what else is known of it here.
    """
    return StepOutputContext(
        scope,
        step_key=step.key,
        name=out.name,
        job_name=scope.run.job_name,
        run_id=scope.run.run_id,
        definition_metadata=out.metadata,
        dagster_type=out.type,
        op_def=step.op,
        asset_key=out.asset_key,
        resource_config=manager.config,
        resources=manager.resources,
        **facts,
    )


def give_output(scope: RunScope, step: Step, state: StepScope, given: GivenOutput) -> None:
    """Takes an output that user code gave: checks, stores and writes down.

    Raises:
        DagsterTypeCheckDidNotPass: the value is not of the output's type.
        DagsterExecutionHandleOutputError: the IO manager raised.
    """
    out = given.out
    name = out.name
    said = state.output_metadata.get(name)
    metadata: Mapping[str, MetadataValue] = given.metadata or {}
    if said:
        metadata = {**metadata, **normalize_metadata(said)}
    if state.record is not None:
        state.record.note(name, given.value, metadata, getattr(given, "mapping_key", None))
    if given.has_value:
        _check(scope, step, out, given.value, metadata)
        if scope.captured is not None:
            scope.captured[step.key, name] = given.value
    else:
        _say_output(scope, step, out, metadata)
        if scope.captured is not None:
            scope.captured[step.key, name] = None
    stored: Mapping[str, MetadataValue] | None = None
    if given.has_value and not out.type.is_nothing:
        stored = _store(scope, step, state, given.value, out, metadata)
    if out.asset_key is not None:
        about = state.asset_metadata.get(out.asset_key)
        made = AssetMaterialization(
            out.asset_key, metadata={**metadata, **(stored or {}), **(about or {})}, tags=given.tags
        )
        text = f"{step.key} materialized {out.asset_key.to_user_string()}"
        scope.journal.event(DagsterEventType.ASSET_MATERIALIZATION, text, step.key, StepMaterializationData(made))
    if stored is not None:
        text = f"{step.key}: {out.io_manager_key} stored {name}"
        data = HandledOutputData(name, out.io_manager_key, stored)
        scope.journal.event(DagsterEventType.HANDLED_OUTPUT, text, step.key, data)


def _check(scope: RunScope, step: Step, out: StepOut, value: Any, metadata: Mapping[str, MetadataValue]) -> None:
    check = check_value(scope, step, out.type, value, f"output {out.name!r}")
    _say_output(scope, step, out, metadata, check)
    if not check.success:
        raise refused(step, f"output {out.name!r}", out.type, value, check)


def _say_output(
    scope: RunScope, step: Step, out: StepOut, metadata: Mapping[str, MetadataValue], check: TypeCheck = PASSED
) -> None:
    if check.success:
        text = f"{step.key} gave {out.name} ({out.type.display_name})"
    else:
        text = f"{step.key} gave {out.name}, which is no {out.type.display_name}: {check.description}"
    data = StepOutputData(out.name, None, check.success, check.description, metadata, check.metadata)
    scope.journal.event(DagsterEventType.STEP_OUTPUT, text, step.key, data)


def _store(
    scope: RunScope, step: Step, state: StepScope, value: Any, out: StepOut, said: Mapping[str, MetadataValue]
) -> Mapping[str, MetadataValue]:
    manager = scope.managers[out.io_manager_key]
    context = output_context(scope, step, out, manager, output_metadata=said, step_context=state)
    interrupts = scope.interrupts
    interrupts.enter_user_code()
    try:
        answer = manager.value.handle_output(context, value)
        if inspect.isgenerator(answer):
            for item in answer:
                _take_yielded(context, item)
    except Exception as error:
        raise DagsterExecutionHandleOutputError(
            f'IO manager {manager.key!r} could not store output {out.name!r} of "{step.key}"',
            user_exception=error,
            step_key=step.key,
            output_name=out.name,
        ) from error
    finally:
        interrupts.leave_user_code()
    for event in context.get_logged_events():
        log_asset_event(scope.journal, step.key, event)
    return context.get_logged_metadata()


def _take_yielded(context: StepOutputContext, item: Any) -> None:
    if isinstance(item, AssetMaterialization | AssetObservation):
        context.log_event(item)
    elif isinstance(item, Mapping):
        context.add_output_metadata(normalize_metadata(item))
    elif item is not None:
        raise DagsterInvariantViolationError(
            f"handle_output yielded {item!r}; it may yield metadata (a dict), AssetMaterialization or AssetObservation"
        )
