"""Inputs of a step: loaded from where the plan says, checked, and written down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from watchbell.declare.io_context import InputContext
from watchbell.declare.log_manager import DagsterLogManager
from watchbell.execute.contexts import log_asset_event
from watchbell.execute.log import step_logger
from watchbell.execute.outputs import StepOutputContext, output_context
from watchbell.execute.plan import FromAsset, FromConfig, FromDefault, FromStep, FromSteps, Step, StepInput
from watchbell.execute.run_scope import Manager, RunScope
from watchbell.execute.step_scope import StepScope
from watchbell.execute.type_checks import check_value, refused, value_of_config
from watchbell.ground.errors import DagsterExecutionLoadInputError
from watchbell.record.event import DagsterEventType, LoadedInputData, StepInputData
from watchbell.record.materialization import AssetObservation

Served = Callable[[FromSteps], Sequence[FromStep]]


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
            value = [_load_output(scope, step, state, each, one) for one in served(source)]
        elif isinstance(source, FromAsset):
            value = _load_asset(scope, step, state, each, source)
        elif isinstance(source, FromConfig):
            value = value_of_config(scope, step, source.value, each.name)
        elif isinstance(source, FromDefault):
            value = source.value
        else:
            continue
        _check(scope, step, each, value)
        values[each.name] = value
    return values


def _load_output(scope: RunScope, step: Step, state: StepScope, into: StepInput, source: FromStep) -> Any:
    upstream = scope.plan.by_key[source.step_key]
    out = upstream.outputs[source.output_name]
    if out.type.is_nothing:
        return None  # nothing was stored for it
    manager = scope.managers[into.manager_key or out.io_manager_key]
    told = output_context(scope, upstream, out, scope.managers.get(out.io_manager_key, manager))
    value, context = _load(scope, step, state, into, manager, told)
    where = f"{source.step_key}.{source.output_name}"
    _say_loaded(scope, step, into, context, LoadedInputData(into.name, manager.key, out.name, upstream.key), where)
    return value


def _load_asset(scope: RunScope, step: Step, state: StepScope, into: StepInput, source: FromAsset) -> Any:
    manager = scope.managers[into.manager_key or source.io_manager_key]
    told = StepOutputContext(
        scope,
        asset_key=source.asset_key,
        name="result",
        definition_metadata=source.metadata,
        resource_config=manager.config,
        resources=manager.resources,
        job_name=scope.run.job_name,
    )
    value, context = _load(scope, step, state, into, manager, told)
    where = f"asset {source.asset_key.to_user_string()}"
    _say_loaded(scope, step, into, context, LoadedInputData(into.name, manager.key), where)
    return value


def _load(
    scope: RunScope, step: Step, state: StepScope, into: StepInput, manager: Manager, upstream: StepOutputContext
) -> tuple[Any, StepInputContext]:
    context = StepInputContext(
        scope,
        step.key,
        name=into.name,
        job_name=scope.run.job_name,
        run_id=scope.run.run_id,
        definition_metadata=into.metadata,
        upstream_output=upstream,
        dagster_type=into.type,
        op_def=step.op,
        asset_key=into.asset_key,
        resource_config=manager.config,
        resources=manager.resources,
        step_context=state,
    )
    interrupts = scope.interrupts
    interrupts.enter_user_code()
    try:
        return manager.value.load_input(context), context
    except Exception as error:
        raise DagsterExecutionLoadInputError(
            f'IO manager {manager.key!r} could not load input {into.name!r} of "{step.key}"',
            user_exception=error,
            step_key=step.key,
            input_name=into.name,
        ) from error
    finally:
        interrupts.leave_user_code()


def _say_loaded(
    scope: RunScope, step: Step, into: StepInput, context: StepInputContext, data: LoadedInputData, where: str
) -> None:
    said = context.get_logged_metadata()
    if said:
        data = LoadedInputData(
            data.input_name, data.manager_key, data.upstream_output_name, data.upstream_step_key, said
        )
    text = f"{step.key}: {data.manager_key} loaded {into.name} from {where}"
    scope.journal.event(DagsterEventType.LOADED_INPUT, text, step.key, data)
    if said and into.asset_key is not None:
        log_asset_event(scope.journal, step.key, AssetObservation(into.asset_key, metadata=said))


def _check(scope: RunScope, step: Step, into: StepInput, value: Any) -> None:
    check = check_value(scope, step, into.type, value, f"input {into.name!r}")
    if check.success:
        text = f"{step.key} got {into.name} ({into.type.display_name})"
    else:
        text = f"{step.key} got {into.name}, which is no {into.type.display_name}: {check.description}"
    data = StepInputData(into.name, check.success, check.description, check.metadata)
    scope.journal.event(DagsterEventType.STEP_INPUT, text, step.key, data)
    if not check.success:
        raise refused(step, f"input {into.name!r}", into.type, value, check)
