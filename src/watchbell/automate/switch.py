"""What people change by hand about an automation: on, off, its cursor."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from watchbell.record.request import CURSOR_BYTES_MAX, check_text
from watchbell.record.tick import AutomationKind, AutomationState, AutomationStatus


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
        effective_event=state.effective_event if was_on else last_event_id,
    )


def stopped(state: AutomationState) -> AutomationState:
    """The state of an automation that somebody turns off."""
    return replace(state, status=AutomationStatus.STOPPED, effective_at=None)


def with_cursor(state: AutomationState, cursor: str | None) -> AutomationState:
    """The state with another cursor; None: as if it had never run.

    Raises:
        ParameterCheckError: a cursor that cannot be stored.
    """
    text = None if cursor is None else check_text(cursor, "cursor", CURSOR_BYTES_MAX)
    return replace(state, cursor=text, settled_to=0)
