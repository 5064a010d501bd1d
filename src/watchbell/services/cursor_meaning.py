"""What the cursors of sensors mean: those of sensors of runs and assets are numbers of events, those of condition
sensors tell how far they have read; where each condition stands is stored beside them."""

from __future__ import annotations

from datetime import datetime

from watchbell.automate.conditions.cursor import ConditionCursor
from watchbell.ground.durations import duration_text
from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.record.asset_cursor import DIGITS_MAX, read_cursor
from watchbell.record.event import EVENT_TYPE_OF_STATUS, DagsterEventType, at_of
from watchbell.record.log_text import about
from watchbell.record.ports import Store
from watchbell.record.query import EventQuery
from watchbell.record.snapshot import SensorSnapshot

WAITING_MAX = 1_000
"""Events that wait for a sensor which are counted (count)."""
NAMES_MAX = 5
"""Assets that are named (count)."""


def cursor_meaning(store: Store, sensor: SensorSnapshot, cursor: str | None, now: datetime) -> list[str]:
    """What a cursor of this sensor says, in sentences for people; none for a sensor that makes up its own."""
    kind = sensor.sensor_type
    if kind == "STANDARD":
        return []
    if kind == "AUTOMATION":
        return [condition_cursor_meaning(cursor, now)]
    if cursor is None:
        if kind == "RUN_STATUS":
            return ["no cursor: it begins with what happens after it was turned on"]
        return ["no cursor: it has not dealt with any materialization yet"]
    if kind == "MULTI_ASSET":
        return _of_several(store, cursor, now)
    if not cursor.isdecimal() or len(cursor) > DIGITS_MAX:
        return [f"this is no number of an event; set one of 0 to {store.last_event_id()}, or --delete it"]
    number = int(cursor)
    return [
        f"it has dealt with events up to {_event_text(store, number, now)}",
        _waiting(store, sensor, number),
    ]


def condition_cursor_meaning(cursor: str | None, now: datetime) -> str:
    """What the cursor of a condition sensor says, in a sentence for people."""
    read = ConditionCursor.of(cursor)
    if read is None:
        return "no cursor: all conditions begin anew; what happened before the first evaluation is no news to them"
    waits = f"; still to be asked for: {', '.join(list(read.waiting)[:NAMES_MAX])}" if read.waiting else ""
    at = f"{read.position.at:%Y-%m-%d %H:%M:%S}, {ago(read.position.at, now)}"
    return f"evaluation {read.tick}, at {at}; has seen what happened up to event {read.position.event_id:,}{waits}"


def _of_several(store: Store, cursor: str, now: datetime) -> list[str]:
    try:
        consumed = read_cursor(cursor)
    except DagsterInvariantViolationError as error:
        return [str(error)]
    return [
        f"{key}: up to {_event_text(store, each.storage_id, now)}"
        + (f"; left over: partitions {', '.join(each.trailing)}" if each.trailing else "")
        for key, each in consumed.items()
    ]


def _event_text(store: Store, number: int, now: datetime) -> str:
    if not number:
        return "none yet"
    found = next(iter(store.events(EventQuery(storage_ids=[number]))), None)
    if found is None:
        return f"event {number:,} (it is not there any more)"
    return f"event {number:,}, {about(found)}, {ago(at_of(found.timestamp), now)}"


def waiting_query(sensor: SensorSnapshot, number: int) -> EventQuery:
    """The events after a number that a sensor of runs, or of one asset, may have to deal with."""
    limit = WAITING_MAX + 1
    if sensor.sensor_type == "RUN_STATUS":
        types = frozenset(EVENT_TYPE_OF_STATUS[each] for each in sensor.run_statuses)
        return EventQuery(types=types, after_id=number, limit=limit)
    assert sensor.asset_keys  # a sensor of one asset
    key = sensor.asset_keys[0]
    kinds = frozenset({DagsterEventType.ASSET_MATERIALIZATION})
    return EventQuery(types=kinds, asset_key=key, after_id=number, limit=limit)


def _waiting(store: Store, sensor: SensorSnapshot, number: int) -> str:
    entries = store.events(waiting_query(sensor, number))
    if not entries:
        return "nothing waits for it"
    count = f"more than {WAITING_MAX:,}" if len(entries) > WAITING_MAX else f"{len(entries):,}"
    some = "some of other jobs, maybe; " if sensor.sensor_type == "RUN_STATUS" else ""
    return f"{count} after it, {some}the first: event {entries[0].storage_id:,}, {about(entries[0])}"


def ago(moment: datetime, now: datetime) -> str:
    """How long ago, or in how long, an instant is, as people say it."""
    seconds = (now - moment).total_seconds()
    text = duration_text(abs(seconds))
    return f"in {text}" if seconds < 0 else f"{text} ago"
