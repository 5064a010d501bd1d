"""What people change of a backfill: pause, resume, cancel, retry, another cap. From what is there to what shall be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.record.backfill import Backfill, BackfillCommit, BackfillPart, BackfillStatus, PartMove, PartState
from watchbell.record.run import PRIORITY_TAG

RETRIED_STATES = (PartState.FAILED, PartState.CANCELED, PartState.BLOCKED)
"""The states of parts that a retry takes up again."""


def paused(backfill: Backfill, note: str = "") -> BackfillCommit:
    """No part begins any more; runs that wait in the queue stay there, those that go on go on.

    Args:
        backfill: in progress or paused.
        note: why, for people.

    Raises:
        DagsterInvariantViolationError: it is over, or asked to stop.
    """
    if backfill.status not in (BackfillStatus.IN_PROGRESS, BackfillStatus.PAUSED):
        raise _not_now(backfill, "paused", "only one that is in progress can be")
    return BackfillCommit(backfill, replace(backfill, status=BackfillStatus.PAUSED, note=note or backfill.note))


def resumed(backfill: Backfill) -> BackfillCommit:
    """Parts begin again.

    Raises:
        DagsterInvariantViolationError: it is over, or asked to stop.
    """
    if backfill.status not in (BackfillStatus.IN_PROGRESS, BackfillStatus.PAUSED):
        hint = "retry it to run again what did not end well" if backfill.status.is_over else "wait until it is over"
        raise _not_now(backfill, "resumed", hint)
    return BackfillCommit(backfill, replace(backfill, status=BackfillStatus.IN_PROGRESS, note=""))


def canceling(backfill: Backfill, note: str = "") -> BackfillCommit:
    """No part begins any more, and its runs are asked to stop.

    Args:
        backfill: not over.
        note: why, for people.

    Raises:
        DagsterInvariantViolationError: it is over.
    """
    if backfill.status.is_over:
        raise _not_now(backfill, "canceled", "it is over")
    return BackfillCommit(backfill, replace(backfill, status=BackfillStatus.CANCELING, note=note or backfill.note))


def retried(backfill: Backfill, parts: Iterable[BackfillPart]) -> BackfillCommit:
    """What failed, was canceled, or was blocked by that waits again.

    Args:
        backfill: over, paused or in progress.
        parts: its parts in any of ``RETRIED_STATES``.

    Raises:
        DagsterInvariantViolationError: it is asked to stop, or there is nothing to retry.
    """
    if backfill.status is BackfillStatus.CANCELING:
        raise _not_now(backfill, "retried", "wait until its runs have stopped")
    moves = tuple(
        PartMove(part.number, PartState.WAITING, part.attempt, part.run_ids)
        for part in parts
        if part.state in RETRIED_STATES
    )
    if not moves:
        raise _not_now(backfill, "retried", "no part of it failed, was canceled or is blocked")
    status = BackfillStatus.PAUSED if backfill.status is BackfillStatus.PAUSED else BackfillStatus.IN_PROGRESS
    return BackfillCommit(backfill, replace(backfill, status=status, ended_at=None, note=""), moves)


def prioritized(backfill: Backfill, priority: int | None) -> BackfillCommit:
    """Another priority of its runs, those that are queued included; None: behind all runs that are of no backfill.

    Raises:
        DagsterInvariantViolationError: it is over, or asked to stop.
    """
    if backfill.status not in (BackfillStatus.IN_PROGRESS, BackfillStatus.PAUSED):
        raise _not_now(backfill, "given another priority", "only one that is in progress or paused can be")
    tags = {tag: value for tag, value in backfill.tags.items() if tag != PRIORITY_TAG}
    if priority is not None:
        tags[PRIORITY_TAG] = str(priority)
    return BackfillCommit(backfill, replace(backfill, tags=tags))


def capped(backfill: Backfill, max_concurrent_runs: int | None) -> BackfillCommit:
    """Another cap; None: no limit of its own.

    Raises:
        DagsterInvariantViolationError: the number is less than 1.
    """
    if max_concurrent_runs is not None and max_concurrent_runs < 1:
        raise DagsterInvariantViolationError(
            f"a backfill runs at least one part at a time: max_concurrent_runs is {max_concurrent_runs}; expected 1 or "
            "more, or None for no limit. To stop it for a while, pause it"
        )
    return BackfillCommit(backfill, replace(backfill, max_concurrent_runs=max_concurrent_runs))


def _not_now(backfill: Backfill, what: str, hint: str) -> DagsterInvariantViolationError:
    return DagsterInvariantViolationError(
        f"backfill {backfill.backfill_id!r} is {backfill.status.value} and cannot be {what}: {hint}"
    )
