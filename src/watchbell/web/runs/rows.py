"""Rows of lists of runs: a page's runs with all that stands beside them, by a fixed number of questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from watchbell.automate.queue_rules import priority_of
from watchbell.automate.retry_rules import RETRY_NUMBER_TAG
from watchbell.ground.masking import masked, masked_text
from watchbell.record.event import EventLogEntry
from watchbell.record.log_text import UNNAMED_JOB, headline, made_for
from watchbell.record.partition import BACKFILL_TAG
from watchbell.record.run import (
    IN_PROGRESS_RUN_STATUSES,
    LAUNCHED_BY_TAG,
    SCHEDULE_NAME_TAG,
    SENSOR_NAME_TAG,
    DagsterRun,
    DagsterRunStatus,
)
from watchbell.record.run_query import BackfillRuns
from watchbell.record.worker_identity import is_alive
from watchbell.web.errors import error_line
from watchbell.web.runs.waiting import QueueLook, look_at_queue, pool_waits
from watchbell.web.shapes.runs import BackfillFold, RunRow, Trigger, UsualDuration, Waiting
from watchbell.web.view import View

ASSETS_NAMED = 20
"""Assets of a run that a row names (count)."""
USUAL_RUNS_MIN = 3
"""From fewer good runs nothing is said of what is usual (count)."""
CONDITION_TAG = "dagster/from_automation_condition"
_S = DagsterRunStatus
_DIGITS = 3


def run_rows(
    view: View,
    runs: Sequence[DagsterRun],
    folds: Mapping[str, BackfillRuns] | None = None,
    queue: QueueLook | None = None,
) -> list[RunRow]:
    """Runs as rows.

    Args:
        view: what may be looked at.
        runs: in the order of the rows.
        folds: by run, the runs of its backfill that its row stands for.
        queue: the queue, if somebody has looked at it already.
    """
    store, now = view.store, view.now()
    failed = [run.run_id for run in runs if run.status is _S.FAILURE]
    failures = store.first_failures(failed) if failed else {}
    named = [run for run in runs if not run.job_name.startswith(UNNAMED_JOB)]  # the others make other assets each time
    one_of_each = {(run.job_name, run.location_name): run.run_id for run in named}
    durations = store.usual_durations(list(one_of_each.values())) if named else {}
    usual = {job: usual_of(seconds) for job, seconds in durations.items()}
    going = [run for run in runs if run.status in IN_PROGRESS_RUN_STATUSES]
    lost = lost_runs(view, going)
    waits = pool_waits(view, going)
    if any(run.status is _S.QUEUED for run in runs):
        queue = queue or look_at_queue(view)
        waits |= {run.run_id: queue.waiting(run) for run in runs if run.status is _S.QUEUED}
    return [
        _row(
            run,
            now,
            is_lost=run.run_id in lost,
            failure=failures.get(run.run_id),
            usual=usual.get((run.job_name, run.location_name)),
            waiting=waits.get(run.run_id),
            fold=None if folds is None or run.run_id not in folds else _fold(folds[run.run_id]),
        )
        for run in runs
    ]


def _row(
    run: DagsterRun,
    now: datetime,
    *,
    is_lost: bool,
    failure: EventLogEntry | None,
    usual: UsualDuration | None,
    waiting: Waiting | None,
    fold: BackfillFold | None,
) -> RunRow:
    assets = sorted(key.to_user_string() for key in run.asset_selection or ())
    return RunRow(
        run_id=run.run_id,
        job=run.job_name,
        location=run.location_name,
        status=run.status,
        is_lost=is_lost,
        partition=made_for(run),
        assets=assets[:ASSETS_NAMED],
        asset_count=len(assets),
        trigger=trigger_of(run),
        created_at=run.created_at,
        started_at=run.started_at,
        ended_at=run.ended_at,
        duration_seconds=duration_of(run, now),
        usual=usual,
        error=None if failure is None else failure_line(failure),
        failed_step=None if failure is None else failure.step_key,
        waiting=waiting,
        attempt=run.attempt,
        priority=priority_of(run.tags),
        tags=shown_tags(run.tags),
        fold=fold,
    )


def lost_runs(view: View, going: Sequence[DagsterRun]) -> set[str]:
    """Which of the runs that are said to go on have a process that is gone."""
    return lost_of(view, [run.run_id for run in going])


def lost_of(view: View, going: Sequence[str]) -> set[str]:
    """The same by their ids."""
    if not going:
        return set()
    workers = view.store.run_workers()
    found = set()
    for run_id in going:
        _, worker = workers.get(run_id, (0, None))
        if worker is not None and is_alive(worker) is False:
            found.add(run_id)
    return found


def shown_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Tags that are for people, secrets masked."""
    shown: dict[str, str] = masked({key: value for key, value in sorted(tags.items()) if not key.startswith(".")})
    return shown


def duration_of(run: DagsterRun, now: datetime) -> float | None:
    """Seconds a run went on, up to now if it does; None: it never began."""
    if run.started_at is None:
        return None
    return max(0.0, ((run.ended_at or now) - run.started_at).total_seconds())


def usual_of(durations: Sequence[float]) -> UsualDuration | None:
    """The usual range of lengths; None: too few are known."""
    if len(durations) < USUAL_RUNS_MIN:
        return None
    ordered = sorted(durations)

    def at(part: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(part * len(ordered)))], _DIGITS)

    return UsualDuration(low_seconds=at(0.1), middle_seconds=at(0.5), high_seconds=at(0.9), runs=len(ordered))


def failure_line(entry: EventLogEntry) -> str:
    """What an event that something failed says, in a line."""
    data = entry.dagster_event.event_specific_data if entry.dagster_event else None
    error = getattr(data, "error", entry.error_info)
    return error_line(error) if error is not None else masked_text(headline(entry))


def trigger_of(run: DagsterRun) -> Trigger:
    """What asked for a run."""
    tags, who = run.tags, run.tags.get(LAUNCHED_BY_TAG)
    if run.parent_run_id is not None:  # the tags of what asked for the first one were taken over
        is_retry = RETRY_NUMBER_TAG in tags
        return Trigger(kind="retry" if is_retry else "again", name=who or "", id=run.parent_run_id, who=who)
    if BACKFILL_TAG in tags:
        return Trigger(kind="backfill", name=tags[BACKFILL_TAG][:8], id=tags[BACKFILL_TAG], who=who)
    schedule, sensor = tags.get(SCHEDULE_NAME_TAG), tags.get(SENSOR_NAME_TAG)
    if schedule:
        return Trigger(kind="schedule", name=schedule, location=run.location_name, who=who)
    if sensor:
        kind = "condition" if CONDITION_TAG in tags else "sensor"
        return Trigger(kind=kind, name=sensor, location=run.location_name, who=who)
    return Trigger(kind="person", name=who or "", who=who)


def _fold(runs: BackfillRuns) -> BackfillFold:
    def many(*statuses: DagsterRunStatus) -> int:
        return sum(runs.counts.get(each, 0) for each in statuses)

    return BackfillFold(
        backfill_id=runs.backfill_id,
        total=sum(runs.counts.values()),
        queued=many(_S.QUEUED, _S.NOT_STARTED),
        running=many(*IN_PROGRESS_RUN_STATUSES),
        failed=many(_S.FAILURE),
        done=many(_S.SUCCESS),
        cancelled=many(_S.CANCELED),
    )
