"""Log entries as people read them, the same in the terminal and on a page."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from watchbell.record.event import EventLogEntry, JobFailureData, at_of
from watchbell.record.partition import BACKFILL_TAG, PARTITION_TAG, RANGE_END_TAG, RANGE_START_TAG
from watchbell.record.run import DagsterRun

UNNAMED_JOB = "__"
"""So begin the names of jobs that are made for assets, and which nobody chose."""
NAMES_TOLD = 3
STEPS_FAILED = "STEP_FAILURE"
"""The reason of a run's failure when steps failed: their own entries show the error."""


def kind_text(entry: EventLogEntry) -> str:
    """The event's kind, or the level of a logged message."""
    return entry.dagster_event.event_type.name if entry.dagster_event else logging.getLevelName(entry.level)


def about(entry: EventLogEntry) -> str:
    """What an event is, in few words."""
    event = entry.dagster_event
    key = None if event is None else event.asset_key
    asset = "" if key is None else f" of {key.to_user_string()}"
    partition = f" {event.partition}" if event is not None and event.partition else ""
    run = f" in run {entry.run_id[:8]}" if entry.run_id else ""
    return f"{kind_text(entry)}{asset}{partition}{run} at {at_of(entry.timestamp):%Y-%m-%d %H:%M:%S}"


def headline(entry: EventLogEntry) -> str:
    """The first line of its message."""
    return entry.message.partition("\n")[0]


def details(entry: EventLogEntry) -> str:
    """What user code raised, with the user's own frames; else the rest of a message of several lines. May be empty."""
    data = entry.dagster_event.event_specific_data if entry.dagster_event else None
    if isinstance(data, JobFailureData) and data.failure_reason == STEPS_FAILED:
        return ""
    error = getattr(data, "error", entry.error_info)
    if error is None:
        return entry.message.partition("\n")[2]
    info, texts = error.root, []
    while info is not None:
        texts.append(f"{info.message.rstrip()}\n{''.join(info.stack)}".rstrip())
        info = info.cause
    return "\ncaused by\n".join(texts)


def started_by(run: DagsterRun) -> str:
    """What asked for a run: ``schedule nightly``, ``backfill 4ee1``, ``retry of 325eefa1``; empty for a person."""
    if run.parent_run_id is not None:  # the tags of what asked for the first one were taken over
        is_retry = "dagster/retry_number" in run.tags
        return f"{'retry' if is_retry else 're-execution'} of {run.parent_run_id[:8]}"
    for kind in ("schedule", "sensor"):
        name = run.tags.get(f"dagster/{kind}_name")
        if name:
            return f"{kind} {name}"
    backfill = run.tags.get(BACKFILL_TAG)
    return f"backfill {backfill[:8]}" if backfill else ""


def target_of(run: DagsterRun) -> str:
    """What a run makes, for people: its job; of a job to which nobody gave a name, the assets or checks."""
    if not run.job_name.startswith(UNNAMED_JOB):
        return run.job_name
    assets = sorted(key.to_user_string() for key in run.asset_selection or ())
    checks = sorted(key.to_user_string() for key in run.asset_check_selection or ())
    return names_text(assets, len(assets)) if assets else names_text(checks, len(checks), "check") or "all assets"


def names_text(names: Sequence[str], count: int, what: str = "asset") -> str:
    """Things by their names, if they are few: ``orders, prices``; ``7 assets: orders, prices, stock, …``.

    Args:
        names: of the first of them.
        count: how many there are.
        what: what one of them is.
    """
    few = ", ".join(names[:NAMES_TOLD])
    return few if count <= NAMES_TOLD else f"{count:,} {what}s: {few}, …"


def made_for(run: DagsterRun) -> str:
    """The partition that a run is for, or ``first...last``; empty if it is for none."""
    if not run.is_partitioned:
        return ""
    return run.tags.get(PARTITION_TAG) or f"{run.tags[RANGE_START_TAG]}...{run.tags[RANGE_END_TAG]}"
