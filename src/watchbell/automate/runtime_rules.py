"""How long a run may go on."""

from __future__ import annotations

from datetime import datetime, timedelta

from watchbell.record.run import MAX_RUNTIME_SECONDS_TAG, DagsterRun, DagsterRunStatus


def max_runtime_of(run: DagsterRun, default_seconds: int) -> float | None:
    """Seconds that a run may go on: as its tag ``dagster/max_runtime`` says, else the default; None: no limit.

    A tag that is no number counts as none.
    """
    text = run.tags.get(MAX_RUNTIME_SECONDS_TAG)
    try:
        seconds = float(default_seconds) if text is None else float(text)
    except ValueError:
        seconds = float(default_seconds)
    return seconds if seconds > 0 else None


def deadline_of(run: DagsterRun, default_seconds: int) -> datetime | None:
    """When a run that goes on has gone on for too long; None: never, or it does not go on."""
    seconds = max_runtime_of(run, default_seconds)
    if seconds is None or run.started_at is None or run.status is not DagsterRunStatus.STARTED:
        return None
    return run.started_at + timedelta(seconds=seconds)


def overdue_reason(run: DagsterRun, default_seconds: int) -> str:
    """Why a run is stopped that went on for too long."""
    return f"it went on for more than {max_runtime_of(run, default_seconds):g} seconds, the most it may"
