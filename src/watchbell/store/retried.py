"""Runs that are executed again because they failed: the new one, and that its parent has one, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from watchbell.record.run import AUTO_RETRY_TAG, DagsterRun
from watchbell.store import runs
from watchbell.store.session import Session

COUNTER = "retries"


def seen(session: Session) -> int | None:
    """Storage id of the newest failure that was dealt with; None: none ever was."""
    number = session.last_number(COUNTER)
    return number - 1 if number else None


def commit(
    session: Session, before: int | None, after: int, retries: Sequence[DagsterRun], now: datetime
) -> list[DagsterRun] | None:
    """Queues the runs and moves on.

    Args:
        session: inside a transaction.
        before: the failure that was dealt with last, as the caller knows it.
        after: the one that is dealt with now.
        retries: runs that name their parents.
        now: when they are stored.

    Returns:
        The runs that were stored; those whose parent has one already, or is gone, are left out. None: somebody else
        has moved on meanwhile, and nothing was stored.
    """
    if seen(session) != before:
        return None
    session.take_numbers(COUNTER, after - (-1 if before is None else before))
    stored = []
    for retry in retries:
        parent = runs.one(session, retry.parent_run_id or "")
        if parent is None or AUTO_RETRY_TAG in parent.dagster_run.tags:
            continue
        runs.add(session, [retry], now)
        runs.add_tags(session, parent.dagster_run.run_id, {AUTO_RETRY_TAG: retry.run_id}, now)
        stored.append(retry)
    return stored
