"""A line of the log: from an entry to the row that is stored, and back."""

from __future__ import annotations

from functools import lru_cache

from watchbell.ground.wire import dumps, loads
from watchbell.record.event import DagsterEvent, EventLogEntry
from watchbell.record.keys import AssetKey


def row_of(number: int, entry: EventLogEntry) -> tuple[object, ...]:
    """A line of the log as it is stored: the columns of ``events``, in order."""
    event = entry.dagster_event
    kind = asset = partition = None
    body: dict[str, object] = {}
    job_name, message = "", ""  # an event says both already
    if event is not None:
        job_name, message = event.job_name, event.message or ""
        kind = event.event_type.value
        key = event.asset_key
        if key is not None:
            asset, partition = asset_text(key), event.partition
        body["e"] = event
    if entry.level != 20:
        body["l"] = entry.level
    if entry.user_message:
        body["m"] = entry.user_message == message or entry.user_message
    if entry.job_name != job_name:
        body["j"] = entry.job_name
    if entry.error_info is not None:
        body["x"] = entry.error_info
    step_key = entry.step_key
    return (number, entry.run_id, entry.timestamp, kind, step_key, asset, partition, dumps(body))


@lru_cache(maxsize=4_096)
def asset_text(key: AssetKey) -> str:
    """How a key is stored; a process speaks of few assets, of each very often."""
    return key.to_string()


def entry_of(number: int, run_id: str, at: float, step_key: str | None, body: str) -> EventLogEntry:
    """A line of the log from what is stored of it."""
    held = loads(body)
    event, job_name = held.get("e"), ""
    message = held.get("m", "")
    if event is not None:
        job_name = event.job_name
        message = event.message if message is True else message
        kind, data = event.event_type, event.event_specific_data
        event = DagsterEvent(kind, job_name, event.step_key, event.message, data, at)
    job_name = held.get("j", job_name)
    return EventLogEntry(run_id, at, held.get("l", 20), message, step_key, job_name, event, held.get("x"), number)
