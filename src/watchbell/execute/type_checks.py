"""Values of a step against the types of its inputs and outputs, and values that a type's loader makes of config."""

from __future__ import annotations

from typing import Any

from watchbell.declare.config.data_type import ANY, DagsterType, TypeCheck
from watchbell.declare.config.type_context import DagsterTypeLoaderContext, TypeCheckContext
from watchbell.declare.config.type_loader import ConfigToLoad
from watchbell.declare.resource import Resources
from watchbell.execute.log import step_logger
from watchbell.execute.plan import Step
from watchbell.execute.run_scope import RunScope
from watchbell.ground.errors import (
    DagsterInvariantViolationError,
    DagsterTypeCheckDidNotPass,
    DagsterTypeCheckError,
    DagsterTypeLoadingError,
)

PASSED = TypeCheck(True)
Place = tuple[str, str]  # "input" or "output", and its name


def check_value(scope: RunScope, step: Step, declared: DagsterType, value: Any, place: Place) -> TypeCheck:
    """What the check of the declared type says of ``value``.

    Args:
        scope: the run.
        step: the step.
        declared: the type of the input or output.
        value: the value.
        place: the input or output, for the message.

    Raises:
        DagsterTypeCheckError: the user's check raised.
        DagsterInvariantViolationError: the user's check answered with something that is no answer.
    """
    if declared is ANY:
        return PASSED
    if declared.is_nothing:
        if value is None:
            return PASSED
        return TypeCheck(False, f"a {type(value).__name__} was given where nothing (None) is expected")
    if not declared.takes_context:
        return declared.type_check(None, value)
    context = TypeCheckContext(dagster_type=declared, **_facts(scope, step, declared.all_resource_keys))
    scope.interrupts.enter_user_code()
    try:
        return declared.type_check(context, value)
    except DagsterInvariantViolationError:
        raise
    except Exception as error:
        raise DagsterTypeCheckError(
            f"the check of type {declared.display_name!r} raised {type(error).__name__} for {place[0]} {place[1]!r} of "
            f'"{step.key}", a {type(value).__name__}',
            user_exception=error,
            step_key=step.key,
            type_name=declared.display_name,
        ) from error
    finally:
        scope.interrupts.leave_user_code()


def refused(
    step: Step, place: Place, declared: DagsterType, value: Any, check: TypeCheck
) -> DagsterTypeCheckDidNotPass:
    """The error for a value that is not of its declared type.

    Args:
        step: the step.
        place: the input or output.
        declared: its type.
        value: the value.
        check: what the type's check said.
    """
    reason = check.description or f"{value!r:.80} did not pass the type's check"
    return DagsterTypeCheckDidNotPass(
        f'{place[0]} {place[1]!r} of "{step.key}" is declared as {declared.display_name}: {reason}',
        step_key=step.key,
        description=check.description,
        metadata=check.metadata,
        dagster_type=declared,
    )


def value_of_config(scope: RunScope, step: Step, given: Any, input_name: str) -> Any:
    """The value that run config gives an input: as it is, or made by its type's loader.

    Raises:
        DagsterTypeLoadingError: the loader raised.
    """
    if not isinstance(given, ConfigToLoad):
        return given
    keys = frozenset(given.loader.required_resource_keys())
    context = DagsterTypeLoaderContext(
        step=step, run=scope.run, job_def=scope.plan.job, **_facts(scope, step, keys | step.resource_keys)
    )
    scope.interrupts.enter_user_code()
    try:
        return given.loader.construct_from_config_value(context, given.config)
    except Exception as error:
        raise DagsterTypeLoadingError(
            f'the value of input {input_name!r} of "{step.key}" could not be made of the run config: '
            f"its loader raised {type(error).__name__}",
            user_exception=error,
            step_key=step.key,
            input_name=input_name,
        ) from error
    finally:
        scope.interrupts.leave_user_code()


def _facts(scope: RunScope, step: Step, keys: frozenset[str]) -> dict[str, Any]:
    there = {key: scope.resources[key] for key in keys if key in scope.resources}
    return {
        "run_id": scope.run.run_id,
        "log": step_logger(scope.journal, step.key),
        "resources": Resources(there, f'a type used by "{step.key}"'),
        "open_instance": scope.open_instance,
    }
