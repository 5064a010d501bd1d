"""Runs of a schedule that mind each other: their tags, and what is asked about those that wait."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from watchbell.record.run import SCHEDULE_NAME_TAG, DagsterRun, DagsterRunStatus

OVERLAP_TAG = "watchbell/overlap"
"""On every run of a schedule whose overlap is not ``"allow"``, and on those that execute it again: which it is."""
WAITS_TAG = "watchbell/waits_for_schedule"
"""On a run that had to wait for earlier ones of its schedule when it was stored: the schedule's name."""


class OverlapStore(Protocol):
    """What the store knows of runs that wait for others of their schedule."""

    def overlap_waits(self, run_ids: Sequence[str]) -> Mapping[str, DagsterRun | None]:
        """For each of these runs that is QUEUED, one it waits for; None: none, so that it may begin.

        Two times of a schedule whose overlap is not ``"allow"`` never go on together: a run waits until all runs of
        earlier times are over, and while one of a later time goes on, which happens to runs that are executed again.
        Runs of schedules that allow overlap, and those of no schedule, wait for none.
        """


def blockers(store: OverlapStore, runs: Iterable[DagsterRun]) -> dict[str, DagsterRun]:
    """By run, one it waits for, of those that have to wait; who minds no overlap costs no question."""
    asked = [run.run_id for run in runs if run.status is DagsterRunStatus.QUEUED and OVERLAP_TAG in run.tags]
    found = store.overlap_waits(asked) if asked else {}
    return {run_id: blocker for run_id, blocker in found.items() if blocker is not None}


def waiting_text(run: DagsterRun, blocker: DagsterRun) -> str:
    """Why a queued run does not begin, for people.

    Args:
        run: the run that waits.
        blocker: one it waits for.
    """
    schedule = blocker.tags.get(SCHEDULE_NAME_TAG, "")
    overlap = run.tags.get(OVERLAP_TAG, "")
    return f"waits for {state_text(blocker)}, of another time of schedule {schedule!r} (overlap={overlap!r})"


def state_text(run: DagsterRun) -> str:
    """A run with its job, its state, and since when it is in it, for people."""
    since = run.started_at or run.created_at
    moment = "" if since is None else f" since {since.isoformat(timespec='seconds')}"
    return f"run {run.run_id} of job {run.job_name!r}, {run.status.value}{moment}"
