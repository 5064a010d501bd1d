"""Runs, as the API tells them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from watchbell.record.run import DagsterRunStatus
from watchbell.web.shapes.shape import Shape


class RunRow(Shape):
    """A run in a list.

    Args:
        run_id: its id.
        job: its job.
        status: its state.
        made_for: the partition or range it is for; empty if none.
        started_by: what asked for it, in words.
        created_at: when it was stored.
        started_at: when its work began.
        ended_at: when it ended.
        waits: of a queued run, what it waits for; None if for nothing but its turn.
        tags: its tags.
    """

    run_id: str
    job: str
    status: DagsterRunStatus
    made_for: str
    started_by: str
    created_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    waits: str | None
    tags: dict[str, str]


class RunDetail(RunRow):
    """One run.

    Args:
        run_config: what it was configured with.
    """

    run_config: dict[str, Any]


class EventRow(Shape):
    """An entry of a run's log.

    Args:
        id: its number; later entries have greater ones.
        at: when.
        kind: what happened; empty for lines of user code.
        step: the step it is of.
        level: its log level, as in Python's logging.
        message: in one line or more.
        error: of a failure, the innermost message.
    """

    id: int
    at: datetime
    kind: str
    step: str | None
    level: int
    message: str
    error: str | None
