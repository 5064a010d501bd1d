"""A run of a thousand steps with a hundred thousand log lines, which failed in one of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from tests.ui.moments import NOW
from tests.ui.seeds.life import Life
from watchbell.record.event import DagsterEventType, EventLogEntry

MODULES = ("steps",)
LINES = 97
"""Of each step; with what the run says itself that makes a hundred thousand."""
STEP_SECONDS = 3.6


def fill(home: Path) -> dict[str, str]:
    """A short real run, stretched: its steps last, and say a lot."""
    life = Life(home, "steps", NOW - timedelta(hours=2))
    first = life.launch("long_job")
    life.carry_out(first)
    log = life.events(first)
    life.clock.set(NOW - timedelta(minutes=70))
    run_id = life.launch("long_job", tags={"team": "platform"})
    run = life.begin(run_id)
    at, lane_at, entries = life.clock.now().timestamp(), {}, []
    for entry in log:
        kind = None if entry.dagster_event is None else entry.dagster_event.event_type
        if kind in {DagsterEventType.RUN_ENQUEUED, DagsterEventType.RUN_DEQUEUED, DagsterEventType.RUN_STARTING}:
            continue
        lane = (entry.step_key or "").partition("_")[0]
        moment = lane_at.get(lane, at)
        if kind is DagsterEventType.STEP_SUCCESS:
            entries += _lines(run_id, run.job_name, entry.step_key or "", moment)
            moment = lane_at[lane] = moment + STEP_SECONDS
        if not lane and kind is DagsterEventType.RUN_SUCCESS:
            moment = max(lane_at.values())
        entries.append(replace(entry, run_id=run_id, timestamp=moment, storage_id=None))
    entries.sort(key=lambda each: each.timestamp)
    for begin in range(0, len(entries), 5_000):
        life.store.append(entries[begin : begin + 5_000], attempt=run.attempt)
    life.clock.set(NOW)
    life.release()
    return {"location": "steps", "run": run_id, "lines": str(len(entries))}


def _lines(run_id: str, job_name: str, step_key: str, at: float) -> list[EventLogEntry]:
    gap = STEP_SECONDS / (LINES + 1)
    return [
        EventLogEntry(
            run_id, at + gap * (number + 1), 20, f"{step_key}: row {number * 1_000} is done", step_key, job_name
        )
        for number in range(LINES)
    ]
