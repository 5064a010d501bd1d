"""Inputs of a step: loaded from where the plan says, checked, and written down."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from watchbell.declare.retry import Failure, RetryRequested
from watchbell.execute.asset_events import log_asset_event
from watchbell.execute.io_contexts import (
    StepInputContext,
    StepOutputContext,
    asset_context,
    input_context,
    output_context,
)
from watchbell.execute.plan import FromAsset, FromConfig, FromDefault, FromManager, FromStep, FromSteps, Step, StepInput
from watchbell.execute.run_scope import Manager, RunScope
from watchbell.execute.step_scope import StepScope
from watchbell.execute.type_checks import check_value, refused, value_of_config
from watchbell.ground.errors import DagsterExecutionLoadInputError
from watchbell.record.event import DagsterEventType, LoadedInputData, StepInputData
from watchbell.record.metadata import DagsterInvalidMetadata, MetadataValue, normalize_metadata

Served = Callable[[FromSteps], Sequence[FromStep | FromConfig]]


def load_inputs(scope: RunScope, step: Step, state: StepScope, served: Served) -> dict[str, Any]:
    """The values of a step's inputs by name; inputs that only order have none.

    Raises:
        DagsterExecutionLoadInputError: an IO manager raised.
        DagsterTypeCheckDidNotPass: a value is not of its input's type.
    """
    values: dict[str, Any] = {}
    for each in step.inputs:
        if each.is_nothing:
            continue
        source = each.source
        if isinstance(source, FromStep):
            value = _load_output(scope, step, state, each, source)
        elif isinstance(source, FromSteps):
            value = [_load_one(scope, step, state, each, one) for one in served(source)]
        elif isinstance(source, FromAsset):
            value = _load_asset(scope, step, state, each, source)
        elif isinstance(source, FromManager):
            value = _load_by_manager(scope, step, state, each)
        elif isinstance(source, FromConfig):
            value = value_of_config(scope, step, source.value, each.name)
        elif isinstance(source, FromDefault):
            value = source.value
        else:
            continue
        values[each.name] = value
    for each in step.inputs:
        if each.name in values:
            _check(scope, step, each, values[each.name])
    return values


def _load_one(scope: RunScope, step: Step, state: StepScope, into: StepInput, source: FromStep | FromConfig) -> Any:
    if isinstance(source, FromConfig):
        return value_of_config(scope, step, source.value, into.name)
    return _load_output(scope, step, state, into, source)


def _load_output(scope: RunScope, step: Step, state: StepScope, into: StepInput, source: FromStep) -> Any:
    upstream = scope.plan.step(source.step_key)
    out = upstream.outputs[source.output_name]
    if out.type.is_nothing:
        return None  # nothing was stored for it
    manager = scope.managers[into.manager_key or out.io_manager_key]
    stored_by = scope.managers.get(out.io_manager_key, manager)
    told = output_context(scope, upstream, out, stored_by, mapping_key=source.mapping_key)
    value, context = _load(scope, step, state, into, manager, told)
    where = f"{source.step_key}.{source.output_name}"
    _say_loaded(scope, step, into, context, LoadedInputData(into.name, manager.key, out.name, upstream.key), where)
    return value


def _load_asset(scope: RunScope, step: Step, state: StepScope, into: StepInput, source: FromAsset) -> Any:
    manager = scope.managers[into.manager_key or source.io_manager_key]
    told = asset_context(scope, source, manager)
    value, context = _load(scope, step, state, into, manager, told)
    where = f"asset {source.asset_key.to_user_string()}"
    _say_loaded(scope, step, into, context, LoadedInputData(into.name, manager.key), where)
    return value


def _load_by_manager(scope: RunScope, step: Step, state: StepScope, into: StepInput) -> Any:
    manager = scope.managers[into.manager_key or ""]
    value, context = _load(scope, step, state, into, manager, None)
    _say_loaded(scope, step, into, context, LoadedInputData(into.name, manager.key), "where it knows")
    return value


def _load(
    scope: RunScope,
    step: Step,
    state: StepScope,
    into: StepInput,
    manager: Manager,
    upstream: StepOutputContext | None,
) -> tuple[Any, StepInputContext]:
    context = input_context(scope, step, state, into, manager, upstream)
    interrupts = scope.interrupts
    interrupts.enter_user_code()
    try:
        return manager.value.load_input(context), context
    except (Failure, RetryRequested):
        raise
    except Exception as error:
        raise DagsterExecutionLoadInputError(
            f'{manager.key!r} could not load input {into.name!r} of "{step.key}"',
            user_exception=error,
            step_key=step.key,
            input_name=into.name,
        ) from error
    finally:
        interrupts.leave_user_code()


def _say_loaded(
    scope: RunScope, step: Step, into: StepInput, context: StepInputContext, data: LoadedInputData, where: str
) -> None:
    for observation in context.get_observations():
        log_asset_event(scope.journal, step.key, observation)
    said = context.get_logged_metadata()
    if into.metadata:
        said = {**_storable(into.metadata), **said}
    if said:
        data = LoadedInputData(
            data.input_name, data.manager_key, data.upstream_output_name, data.upstream_step_key, said
        )
    text = f"{step.key}: {data.manager_key} loaded {into.name} from {where}"
    scope.journal.event(DagsterEventType.LOADED_INPUT, text, step.key, data)


def _storable(metadata: Mapping[str, Any]) -> dict[str, MetadataValue]:
    """Metadata of a definition as values; what is no metadata, such as a class, was meant for the manager alone."""
    found: dict[str, MetadataValue] = {}
    for label, value in metadata.items():
        try:
            found.update(normalize_metadata({label: value}))
        except DagsterInvalidMetadata:
            continue
    return found


def _check(scope: RunScope, step: Step, into: StepInput, value: Any) -> None:
    check = check_value(scope, step, into.type, value, ("input", into.name))
    if check.success:
        text = f"{step.key} got {into.name} ({into.type.display_name})"
    else:
        text = f"{step.key} got {into.name}, which is no {into.type.display_name}: {check.description}"
    data = StepInputData(into.name, check.success, check.description, check.metadata)
    scope.journal.event(DagsterEventType.STEP_INPUT, text, step.key, data)
    if not check.success:
        raise refused(step, ("input", into.name), into.type, value, check)
