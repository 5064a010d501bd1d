"""Ticks, as the API tells them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from watchbell.record.run import DagsterRunStatus
from watchbell.record.tick import TickStatus
from watchbell.web.shapes.automations import Kind
from watchbell.web.shapes.errors import ErrorShape
from watchbell.web.shapes.shape import Shape


class DroppedKey(Shape):
    """A run key that was asked for and made no run.

    Args:
        run_key: the key.
        run_id: the run that has it; null: not known.
    """

    run_key: str
    run_id: str | None


class TickRow(Shape):
    """A tick in a list.

    Args:
        tick_id: its number; later ticks have greater ones.
        kind: of its automation.
        location: likewise.
        name: likewise.
        at: the nominal time of a schedule; when a sensor's evaluation began.
        status: how it ended.
        started_at: when the evaluation began.
        ended_at: when its answer came.
        run_ids: runs it caused; the first hundred.
        run_count: how many these are.
        dropped: run keys that made no run; the first hundred.
        dropped_count: how many these are.
        skip_reason: why there is no run.
        error: the first line of the error.
        line_count: lines that user code logged.
        attempt: how often its evaluation was begun, this time included: it is begun again when its process ended.
        earlier: how the attempt before this one ended.
    """

    tick_id: int
    kind: Kind
    location: str
    name: str
    at: datetime
    status: TickStatus
    started_at: datetime
    ended_at: datetime
    run_ids: list[str]
    run_count: int
    dropped: list[DroppedKey]
    dropped_count: int
    skip_reason: str | None
    error: str | None
    line_count: int
    attempt: int
    earlier: str | None


class TickFold(Shape):
    """Ticks one after the other that ended in the same way; one, where its neighbours are others.

    Args:
        tick: the newest of them.
        count: how many.
        is_more: whether there may be more of them on the next page.
        oldest_id: number of the oldest.
        oldest_at: its time.
    """

    tick: TickRow
    count: int
    is_more: bool
    oldest_id: int
    oldest_at: datetime


class TickLine(Shape):
    """A line that user code logged.

    Args:
        at: when.
        level: name of the level.
        message: the text.
    """

    at: datetime
    level: str
    message: str


class TickRun(Shape):
    """A run that a tick caused.

    Args:
        run_id: its id.
        run_key: its run key.
        job: its job; null: it was deleted.
        status: its state now.
        made_for: its partition.
    """

    run_id: str
    run_key: str | None
    job: str | None
    status: DagsterRunStatus | None
    made_for: str


class TickDetail(Shape):
    """One tick.

    Args:
        row: as in the list.
        runs: the runs it caused; the first hundred.
        error: what was raised.
        log: what user code logged.
        cursor_before: the cursor it began with.
        cursor_after: the cursor after it.
        event_ids: numbers of the events it was called for; the first hundred.
        event_count: how many these are.
        effects: what it changed besides runs: what of, and how much.
        newer_id: the tick of the automation after it.
        older_id: the one before it.
    """

    row: TickRow
    runs: list[TickRun]
    error: ErrorShape | None
    log: list[TickLine]
    cursor_before: str | None
    cursor_after: str | None
    event_ids: list[int]
    event_count: int
    effects: dict[str, Any]
    newer_id: int | None
    older_id: int | None
