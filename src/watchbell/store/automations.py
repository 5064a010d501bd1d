"""States of schedules and sensors."""

from __future__ import annotations

from datetime import UTC, datetime

from watchbell.record.request import CURSOR_BYTES_MAX, check_text
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState, AutomationStatus
from watchbell.store.session import Row, Session


def all_of(session: Session, location_name: str | None) -> list[AutomationState]:
    """Every state that is stored (of one location)."""
    if location_name is None:
        rows = session.rows("automations")
    else:
        rows = session.rows("automations_of_location", location=location_name)
    return [_state(row) for row in rows]


def paused(session: Session) -> list[AutomationState]:
    """The states of those that somebody paused."""
    return [_state(row) for row in session.rows("automations_paused")]


def one(session: Session, key: AutomationKey) -> AutomationState | None:
    """One state, None if it was never stored."""
    row = session.row("automation", automation=key.id)
    return None if row is None else _state(row)


def put(session: Session, before: AutomationState, after: AutomationState, now: datetime) -> AutomationState | None:
    """Stores ``after`` if the stored version is ``before``'s (0: not stored); None, and nothing written, if not."""
    version = before.version + 1
    spec, quarantine_reason = _storable(after.spec), _storable(after.quarantine_reason)
    pause_reason = _storable(after.pause_reason)
    values = {
        "status": after.status.value,
        "cursor": after.cursor,
        "effective_at": _seconds(after.effective_at),
        "spec": spec,
        "last_tick_at": _seconds(after.last_tick_at),
        "last_run_key": after.last_run_key,
        "failures_in_row": after.failures_in_row,
        "quarantine_reason": quarantine_reason,
        "settled_to": after.settled_to,
        "effective_event": after.effective_event,
        "version": version,
        "updated_at": now.timestamp(),
        "paused_until": _seconds(after.paused_until),
        "pause_reason": pause_reason,
    }
    key = after.key
    if before.version:
        if not session.run("change_automation", automation=key.id, version_now=before.version, **values):
            return None
    elif session.row("automation_version", automation=key.id) is not None:
        return None
    else:
        place = {"location_name": key.location_name, "kind": key.kind.value, "name": key.name}
        session.run("new_automation", id=key.id, **place, **values)
    return AutomationState(
        key,
        after.status,
        after.cursor,
        after.effective_at,
        spec,
        after.last_tick_at,
        after.last_run_key,
        after.failures_in_row,
        quarantine_reason,
        version,
        after.settled_to,
        after.effective_event,
        now,
        after.paused_until,
        pause_reason,
    )


def check(state: AutomationState) -> None:
    """Refuses a state that must not be stored, before anything is.

    Raises:
        ParameterCheckError: its name or cursor is no storable text.
    """
    check_text(state.key.location_name, "location_name")
    check_text(state.key.name, f"the name of a {state.key.kind.value.lower()}")
    if state.cursor is not None:
        check_text(state.cursor, f"the cursor of {state.key}", CURSOR_BYTES_MAX)


def _state(row: Row) -> AutomationState:
    _, location, kind, name, status, cursor, effective, spec, ticked, run_key, failures, quarantine, *rest = row
    settled_to, effective_event, version, changed, paused_until, pause_reason = rest
    return AutomationState(
        AutomationKey(location, AutomationKind(kind), name),
        AutomationStatus(status),
        cursor,
        _moment(effective),
        spec,
        _moment(ticked),
        run_key,
        failures,
        quarantine,
        version,
        settled_to,
        effective_event,
        _moment(changed),
        _moment(paused_until),
        pause_reason,
    )


def _storable(text: str | None) -> str | None:
    """Text that may repeat what user code said: whatever an engine would not take is replaced."""
    return None if text is None else text.encode("utf-8", "replace").decode().replace("\x00", "\\x00")


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
