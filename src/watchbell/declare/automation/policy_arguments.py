"""The policy arguments of schedules and sensors, read once into an :class:`AutomationPolicy`."""

from __future__ import annotations

import math
from datetime import timedelta
from enum import Enum
from typing import TypeVar

from watchbell.ground.errors import DagsterInvalidDefinitionError, ParameterCheckError
from watchbell.ground.suggest import did_you_mean
from watchbell.record.automation_policy import PLAIN_POLICY, AutomationPolicy, Catchup, Overlap

Length = timedelta | float
"""A length of time: a ``timedelta``, or seconds."""
JITTER_SECONDS_MAX = 366 * 86_400.0
"""The longest jitter (seconds): that of a schedule that ticks once a year."""
Choice = TypeVar("Choice", bound=Enum)


def schedule_policy(
    what: str,
    catchup: Catchup | str,
    catchup_window: Length | None,
    overlap: Overlap | str,
    jitter: Length | None,
    timeout_seconds: float | None,
    run_key_ttl: Length | None,
) -> AutomationPolicy:
    """The policy of a schedule.

    Args:
        what: the schedule, for messages, e.g. ``"schedule 'daily'"``.
        catchup: ``"default"``, ``"none"``, ``"latest"`` or ``"all"``.
        catchup_window: how old a missed time may be that is still run.
        overlap: ``"allow"``, ``"skip"``, ``"buffer_one"`` or ``"cancel_running"``.
        jitter: how much later than its time it may tick.
        timeout_seconds: how long an evaluation may take.
        run_key_ttl: after what time a run key may be used again.

    Raises:
        DagsterInvalidDefinitionError: a choice that does not exist, arguments that contradict each other, or a length
            that is not positive.
        ParameterCheckError: an argument has the wrong type.
    """
    if (catchup, catchup_window, overlap, jitter) == ("default", None, "allow", None):
        return sensor_policy(what, timeout_seconds, run_key_ttl)
    chosen = _choice(Catchup, catchup, f"catchup of {what}")
    if chosen is Catchup.NONE and catchup_window is not None:
        raise DagsterInvalidDefinitionError(
            f"{what} has catchup='none' and a catchup_window; without catching up there is no window: give one of them"
        )
    jitter_seconds = _seconds(jitter, f"jitter of {what}", may_be_zero=True) or 0.0
    if jitter_seconds > JITTER_SECONDS_MAX:
        raise DagsterInvalidDefinitionError(f"jitter of {what} is {jitter!r}; expected 366 days or less")
    return AutomationPolicy(
        catchup=chosen,
        catchup_window_seconds=_seconds(catchup_window, f"catchup_window of {what}"),
        overlap=_choice(Overlap, overlap, f"overlap of {what}"),
        jitter_seconds=jitter_seconds,
        timeout_seconds=_timeout(timeout_seconds, what),
        run_key_ttl_seconds=_seconds(run_key_ttl, f"run_key_ttl of {what}"),
    )


def sensor_policy(what: str, timeout_seconds: float | None, run_key_ttl: Length | None) -> AutomationPolicy:
    """The policy of a sensor; arguments and what is raised as for :func:`schedule_policy`."""
    if timeout_seconds is None and run_key_ttl is None:
        return PLAIN_POLICY
    return AutomationPolicy(
        timeout_seconds=_timeout(timeout_seconds, what),
        run_key_ttl_seconds=_seconds(run_key_ttl, f"run_key_ttl of {what}"),
    )


def _choice(kind: type[Choice], value: object, what: str) -> Choice:
    names = [str(each.value) for each in kind]
    if isinstance(value, kind):
        return value
    if not isinstance(value, str):
        raise ParameterCheckError(f"{what} is one of {', '.join(map(repr, names))}, not {value!r}", parameter="value")
    if value not in names:
        raise DagsterInvalidDefinitionError(
            f"{what} is {value!r}; expected one of {', '.join(map(repr, names))}{did_you_mean(value, names)}"
        )
    return kind(value)


def _timeout(value: object, what: str) -> float | None:
    if isinstance(value, timedelta):
        raise ParameterCheckError(f"timeout_seconds of {what} is a number of seconds, not {value!r}", parameter="value")
    return _seconds(value, f"timeout_seconds of {what}")


def _seconds(value: object, what: str, *, may_be_zero: bool = False) -> float | None:
    if value is None:
        return None
    seconds = value.total_seconds() if isinstance(value, timedelta) else value
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise ParameterCheckError(
            f"{what} is a timedelta or a number of seconds, not {value!r}", parameter="value", value=value
        )
    if not math.isfinite(seconds) or seconds < 0 or (seconds == 0 and not may_be_zero):
        raise DagsterInvalidDefinitionError(
            f"{what} is {value!r}; expected {'0 or more' if may_be_zero else 'more than 0'}"
        )
    return float(seconds)
