"""What the cursors of sensors mean: those of sensors of runs and assets are numbers of events, those of condition
sensors tell how far they have read; where each condition stands is stored beside them."""

from __future__ import annotations

from datetime import datetime

from watchbell.automate.conditions.cursor import ConditionCursor
from watchbell.cli.show import ago
from watchbell.declare.automation.asset_sensor import AssetSensorDefinition
from watchbell.declare.automation.sensor import SensorDefinition, SensorType
from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.instance import DagsterInstance
from watchbell.record.asset_cursor import DIGITS_MAX, read_cursor
from watchbell.record.event import EVENT_TYPE_OF_STATUS, DagsterEventType, at_of
from watchbell.record.log_text import about
from watchbell.record.query import EventQuery

WAITING_MAX = 1_000
"""Events that wait for a sensor which are counted (count)."""
NAMES_MAX = 5
"""Assets that are named (count)."""


def cursor_meaning(instance: DagsterInstance, definition: SensorDefinition, cursor: str | None) -> list[str]:
    """What a cursor of this sensor says, in sentences for people; none for a sensor that makes up its own."""
    kind, now = definition.sensor_type, instance.clock.now()
    if kind is SensorType.STANDARD:
        return []
    if kind is SensorType.AUTOMATION:
        return [condition_cursor_meaning(cursor, now)]
    if cursor is None:
        if kind is SensorType.RUN_STATUS:
            return ["no cursor: it begins with what happens after it was turned on"]
        return ["no cursor: it has not dealt with any materialization yet"]
    if kind is SensorType.MULTI_ASSET:
        return _of_several(instance, cursor, now)
    if not cursor.isdecimal() or len(cursor) > DIGITS_MAX:
        return [f"this is no number of an event; set one of 0 to {instance.last_event_id()}, or --delete it"]
    number = int(cursor)
    return [
        f"it has dealt with events up to {_event_text(instance, number, now)}",
        _waiting(instance, definition, number),
    ]


def condition_cursor_meaning(cursor: str | None, now: datetime) -> str:
    """What the cursor of a condition sensor says, in a sentence for people."""
    read = ConditionCursor.of(cursor)
    if read is None:
        return "no cursor: all conditions begin anew; what happened before the first evaluation is no news to them"
    waits = f"; still to be asked for: {', '.join(list(read.waiting)[:NAMES_MAX])}" if read.waiting else ""
    at = f"{read.position.at:%Y-%m-%d %H:%M:%S}, {ago(read.position.at, now)}"
    return f"evaluation {read.tick}, at {at}; has seen what happened up to event {read.position.event_id:,}{waits}"


def _of_several(instance: DagsterInstance, cursor: str, now: datetime) -> list[str]:
    try:
        consumed = read_cursor(cursor)
    except DagsterInvariantViolationError as error:
        return [str(error)]
    return [
        f"{key}: up to {_event_text(instance, each.storage_id, now)}"
        + (f"; left over: partitions {', '.join(each.trailing)}" if each.trailing else "")
        for key, each in consumed.items()
    ]


def _event_text(instance: DagsterInstance, number: int, now: datetime) -> str:
    if not number:
        return "none yet"
    found = next(iter(instance.events(EventQuery(storage_ids=[number]))), None)
    if found is None:
        return f"event {number:,} (it is not there any more)"
    return f"event {number:,}, {about(found)}, {ago(at_of(found.timestamp), now)}"


def waiting_query(definition: SensorDefinition, number: int) -> EventQuery:
    """The events after a number that a sensor of runs, or of one asset, may have to deal with."""
    limit = WAITING_MAX + 1
    if definition.sensor_type is SensorType.RUN_STATUS:
        types = frozenset(EVENT_TYPE_OF_STATUS[each] for each in definition.run_statuses)
        return EventQuery(types=types, after_id=number, limit=limit)
    assert isinstance(definition, AssetSensorDefinition)
    key = definition.asset_key
    kinds = frozenset({DagsterEventType.ASSET_MATERIALIZATION})
    return EventQuery(types=kinds, asset_key=key, after_id=number, limit=limit)


def _waiting(instance: DagsterInstance, definition: SensorDefinition, number: int) -> str:
    entries = instance.events(waiting_query(definition, number))
    if not entries:
        return "nothing waits for it"
    count = f"more than {WAITING_MAX:,}" if len(entries) > WAITING_MAX else f"{len(entries):,}"
    some = "some of other jobs, maybe; " if definition.sensor_type is SensorType.RUN_STATUS else ""
    return f"{count} after it, {some}the first: event {entries[0].storage_id:,}, {about(entries[0])}"
