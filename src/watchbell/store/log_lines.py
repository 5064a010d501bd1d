"""A line of the log read back: from what is stored to an entry."""

from __future__ import annotations

from functools import lru_cache

from watchbell.ground.wire import loads
from watchbell.record.event import DagsterEvent, EventLogEntry
from watchbell.record.keys import AssetKey


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
