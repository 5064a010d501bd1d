"""Arguments of the sensors that send alerts: checked when they are declared, read when something is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from watchbell.declare.config.env_var import EnvVar, IntEnvVar
from watchbell.declare.names import check_instance
from watchbell.ground.errors import DagsterInvariantViolationError, ParameterCheckError


def check_optional_text(value: object, what: str) -> str | None:
    """``value`` itself, if it is text (an EnvVar too) or None.

    Raises:
        ParameterCheckError: it is something else.
    """
    return None if value is None else check_instance(value, str, what)


def check_optional_function(value: object, what: str) -> Callable[..., Any] | None:
    """``value`` itself, if it is a function or None.

    Raises:
        ParameterCheckError: it is something else.
    """
    if value is None or callable(value):
        return value
    raise ParameterCheckError(
        f"{what} is a function that takes the context and returns text, not {value!r}", parameter=what, value=value
    )


def check_seconds(value: object, what: str) -> float:
    """``value`` as seconds.

    Raises:
        ParameterCheckError: it is no number above 0.
    """
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < float("inf"):
        return float(value)
    raise ParameterCheckError(f"{what} is a number of seconds above 0, not {value!r}", parameter=what, value=value)


def text_now(value: str | None, what: str) -> str | None:
    """Text as it is now: that of the environment variable, if ``value`` names one.

    Raises:
        DagsterInvariantViolationError: the variable is not set, or is empty.
    """
    if not isinstance(value, EnvVar):
        return value
    text = value.get_value()
    if not text:
        raise DagsterInvariantViolationError(
            f"{what}: the environment variable {value.env_var_name} is {'not set' if text is None else 'empty'} in the "
            "process that evaluates the sensor; set it where the service is started, and start it again"
        )
    return str(text)


def number_now(value: int | None, what: str) -> int | None:
    """A number as it is now: that of the environment variable, if ``value`` names one.

    Raises:
        DagsterInvariantViolationError: the variable is not set, or holds no whole number.
    """
    if not isinstance(value, IntEnvVar):
        return value
    try:
        number = value.get_value()
    except ValueError:
        number = None
    if number is None:
        raise DagsterInvariantViolationError(
            f"{what}: the environment variable {value.env_var_name} is not set to a whole number in the process that "
            "evaluates the sensor"
        )
    return number


def said_by(fn: Callable[..., Any], context: Any, what: str) -> str:
    """The text that a function of the user's makes of the context.

    Raises:
        DagsterInvariantViolationError: it returned something else.
    """
    text = fn(context)
    if not isinstance(text, str):
        raise DagsterInvariantViolationError(f"{what} returned {text!r} ({type(text).__name__}); expected text")
    return text
