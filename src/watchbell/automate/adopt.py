"""How a definition and the stored state of its automation come together: on or off, since when, by which terms."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from watchbell.automate.due import is_on
from watchbell.ground.wire import dumps
from watchbell.record.asset_cursor import is_number
from watchbell.record.snapshot import ScheduleSnapshot, SensorSnapshot
from watchbell.record.tick import AutomationKind, AutomationState, AutomationStatus

CHANGED_REASON = "the schedule's cron or time zone changed before this time was run"


def schedule_spec(snapshot: ScheduleSnapshot) -> str:
    """The terms by which a schedule's times are found, as text that changes exactly when they do."""
    return dumps([list(snapshot.cron), snapshot.timezone])


def sensor_spec(snapshot: SensorSnapshot) -> str | None:
    """What a sensor's ``settled_to`` is about, as text: the assets it watches; None: it settles nothing."""
    if snapshot.sensor_type != "MULTI_ASSET":
        return None
    return dumps(sorted(key.to_string() for key in snapshot.asset_keys or ()))


def adopt_schedule(snapshot: ScheduleSnapshot, state: AutomationState, now: datetime) -> AutomationState:
    """The state a schedule should have, given its definition.

    A schedule that is on takes effect now if it had not yet, or if its terms changed. One that is off by its
    definition alone loses its effect, so that it owes nothing when the definition turns it on again.

    Args:
        snapshot: its definition.
        state: as stored, or a fresh one.
        now: aware.
    """
    if not is_on(state, snapshot.running_by_default):
        if state.status == AutomationStatus.DECLARED and not state.is_held:
            return disowned(state)
        return state
    spec = schedule_spec(snapshot)
    if state.effective_at is None or (state.spec is not None and state.spec != spec):
        return replace(state, effective_at=now, spec=spec)
    return state if state.spec == spec else replace(state, spec=spec)


def spec_changed(before: AutomationState, after: AutomationState) -> bool:
    """Whether a schedule that had effect goes on by other terms, so that times of the old ones may be owed."""
    return before.spec is not None and before.effective_at is not None and after.spec not in {None, before.spec}


def disowned(state: AutomationState) -> AutomationState:
    """The state of an automation whose definition is gone, or off: nothing of the time until it returns is owed."""
    spec = state.spec if state.key.kind is AutomationKind.SENSOR else None
    if state.effective_at is None and state.spec == spec:
        return state
    return replace(state, effective_at=None, spec=spec)


def adopt_sensor(
    snapshot: SensorSnapshot, state: AutomationState, last_event_id: int, now: datetime
) -> AutomationState:
    """The state a sensor should have, given its definition.

    A run status sensor that takes effect now begins with the events after ``last_event_id``. One that somebody
    turned on while no service was running reads from the start of the log what is newer than that; so does one whose
    cursor was taken away. One whose cursor is no event's number begins after ``last_event_id``. A sensor that is
    told of every materialization begins after ``last_event_id`` as well, and keeps its place for ever. One of several
    assets has settled nothing when these are others than before.

    Args:
        snapshot: its definition.
        state: as stored, or a fresh one.
        last_event_id: storage id of the last event before it took effect (0: none).
        now: aware.
    """
    spec = sensor_spec(snapshot)
    if spec is not None and spec != state.spec and is_on(state, snapshot.running_by_default):
        return replace(state, spec=spec, settled_to=0)
    if not (snapshot.run_statuses or snapshot.every_event):
        return state
    if not is_on(state, snapshot.running_by_default):
        is_off = state.status == AutomationStatus.DECLARED and not state.is_held
        return disowned(state) if is_off else state
    if snapshot.every_event:
        if state.cursor is not None and state.effective_at is not None:
            return state
        cursor = str(last_event_id) if state.cursor is None else state.cursor
        return replace(state, cursor=cursor, effective_at=state.effective_at or now)
    if state.effective_at is None:
        return replace(state, cursor=str(last_event_id), effective_at=now, effective_event=last_event_id)
    if state.cursor is None:
        return replace(state, cursor="0")
    return state if is_number(state.cursor) else replace(state, cursor=str(last_event_id))
