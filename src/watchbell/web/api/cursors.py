"""``…/cursor``: the cursor of a sensor, changed by hand; never over one that the sensor has moved on from meanwhile."""

from __future__ import annotations

from watchbell.automate.cursor_rules import check_cursor_text
from watchbell.automate.switch import with_cursor
from watchbell.ground.errors import DagsterError
from watchbell.record.snapshot import SensorSnapshot
from watchbell.record.tick import AutomationState
from watchbell.services.switch import change_state
from watchbell.web.api.automations import cursor_shape, found_automation
from watchbell.web.audit import AuditNoteOf
from watchbell.web.problem import Problem
from watchbell.web.routing import api_router
from watchbell.web.shapes.automations import CursorAsk, CursorShape
from watchbell.web.view import ViewOf

router = api_router()

NOTED_CHARS_MAX = 1_000
"""Of a cursor, so much stands in the audit log."""


@router.get("/automations/sensor/{location}/{name}/cursor-meaning")
def explain_cursor(location: str, name: str, view: ViewOf, cursor: str | None = None) -> CursorShape:
    """What a cursor would mean to a sensor; refused if the sensor could make nothing of it."""
    _, snapshot = found_automation(view, "sensor", location, name)
    assert isinstance(snapshot, SensorSnapshot)
    _check(view, snapshot, cursor)
    return cursor_shape(view, snapshot, cursor)


@router.put("/automations/sensor/{location}/{name}/cursor")
def set_cursor(location: str, name: str, ask: CursorAsk, view: ViewOf, note: AuditNoteOf) -> CursorShape:
    """Stores a cursor, if the stored one is still that which the caller has seen; else 409, with the stored one."""
    key, snapshot = found_automation(view, "sensor", location, name)
    assert isinstance(snapshot, SensorSnapshot)
    _check(view, snapshot, ask.cursor)

    def change(state: AutomationState) -> AutomationState:
        if state.cursor != ask.expected:
            text = "the sensor has moved its cursor meanwhile; look at the new one, and decide again"
            raise Problem(409, "cursor-moved", text, cursor=state.cursor)
        return with_cursor(state, ask.cursor)

    note.about(f"sensor {location} {name}", before=_noted(ask.expected), after=_noted(ask.cursor))
    stored = change_state(view.store, key, change, view.now())
    return cursor_shape(view, snapshot, stored.cursor)


def _check(view: ViewOf, snapshot: SensorSnapshot, cursor: str | None) -> None:
    if cursor is None:
        return
    try:
        check_cursor_text(snapshot.name, snapshot.sensor_type, cursor, view.store.last_event_id())
    except DagsterError as error:
        raise Problem(422, "wrong-cursor", str(error), where="cursor") from error


def _noted(cursor: str | None) -> str | None:
    return None if cursor is None else cursor[:NOTED_CHARS_MAX]
