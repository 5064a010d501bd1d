"""What people change by hand about an automation: on, off, as the code says, paused for a while, its cursor."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from watchbell.ground.errors import ParameterCheckError
from watchbell.record.request import CURSOR_BYTES_MAX, check_text
from watchbell.record.tick import AutomationKind, AutomationState, AutomationStatus

PAUSE_MAX = timedelta(days=366)


def started(state: AutomationState, now: datetime, last_event_id: int = 0) -> AutomationState:
    """The state of an automation that somebody turns on: it owes nothing for the time before ``now``.

    Quarantine ends. A sensor that was in quarantine, which nobody asked for, goes on where it stopped: with the event
    at fault, and what happened since. One that is on already keeps the time it took effect. One that ticked later than
    ``now``, under a clock that was wrong, goes on from ``now``; times it took already have their tick and are not taken
    twice.

    Args:
        state: as stored.
        now: aware.
        last_event_id: for a sensor, storage id of the newest event there is.
    """
    is_ahead = state.last_tick_at is not None and state.last_tick_at > now
    was_on = state.status == AutomationStatus.RUNNING and state.quarantine_reason is None
    if state.quarantine_reason is not None and state.key.kind is AutomationKind.SENSOR:
        was_on = state.status != AutomationStatus.STOPPED and state.effective_at is not None
    return replace(
        state,
        status=AutomationStatus.RUNNING,
        effective_at=state.effective_at if was_on and not is_ahead else now,
        last_tick_at=None if is_ahead else state.last_tick_at,
        failures_in_row=0,
        quarantine_reason=None,
        paused_until=None,
        pause_reason=None,
        effective_event=state.effective_event if was_on else last_event_id,
    )


def stopped(state: AutomationState) -> AutomationState:
    """The state of an automation that somebody turns off."""
    return replace(state, status=AutomationStatus.STOPPED, effective_at=None, paused_until=None, pause_reason=None)


def as_declared(
    state: AutomationState, now: datetime, last_event_id: int = 0, *, running_by_default: bool
) -> AutomationState:
    """The state of an automation that is on or off again as its code says.

    Args:
        state: as stored.
        now: aware.
        last_event_id: for a sensor, storage id of the newest event there is.
        running_by_default: what its code says.
    """
    changed = started(state, now, last_event_id) if running_by_default else stopped(state)
    return replace(changed, status=AutomationStatus.DECLARED, quarantine_reason=None, failures_in_row=0)


def paused(state: AutomationState, until: datetime, reason: str, now: datetime) -> AutomationState:
    """The state of an automation, which is on, that is not evaluated until an instant.

    It keeps its place: what it missed is dealt with afterwards, by the rules for missed times; a sensor goes on with
    the first event it has not seen.

    Args:
        state: as stored.
        until: when the pause ends; aware.
        reason: why, for people; may be empty.
        now: aware.

    Raises:
        ParameterCheckError: ``until`` is not after ``now``, or more than a year off.
    """
    if not now < until <= now + PAUSE_MAX:
        raise ParameterCheckError(
            f"a pause ends after the present and within {PAUSE_MAX.days} days, not at {until.isoformat(' ')}; "
            "turn off what is not to run at all",
            parameter="until",
            value=until,
        )
    text = check_text(reason, "reason") if reason else ""
    return replace(state, paused_until=until, pause_reason=text or None)


def resumed(state: AutomationState) -> AutomationState:
    """The state of an automation whose pause is over."""
    return replace(state, paused_until=None, pause_reason=None)


def with_cursor(state: AutomationState, cursor: str | None) -> AutomationState:
    """The state with another cursor; None: as if it had never run.

    Raises:
        ParameterCheckError: a cursor that cannot be stored.
    """
    text = None if cursor is None else check_text(cursor, "cursor", CURSOR_BYTES_MAX)
    return replace(state, cursor=text, settled_to=0)
