"""What a mark of the timeline stands for: its runs, or the times to come."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta

from watchbell.record.log_text import made_for, target_of
from watchbell.record.run import IN_PROGRESS_RUN_STATUSES, SCHEDULE_NAME_TAG, SENSOR_NAME_TAG, DagsterRun
from watchbell.record.snapshot import ScheduleSnapshot
from watchbell.record.tick import AutomationKey
from watchbell.web.home.coming import all_between
from watchbell.web.home.lanes import Lane, Lanes, LanesBy
from watchbell.web.runs.rows import lost_of
from watchbell.web.shapes.home import TimelineMarks, TimelineRun, TimelineTick
from watchbell.web.view import View

LOOKED_AT_MAX = 2_000
"""Runs of one stretch of time that are looked at for those of a lane (count)."""
_MOMENT = timedelta(microseconds=1)


def marks_between(
    view: View, start: datetime, end: datetime, *, by: LanesBy, lane: Lane | None, most: int
) -> TimelineMarks:
    """The runs that were stored in a stretch of time, and the times to come in it; a fixed number of queries.

    Args:
        view: what is looked at.
        start: from here on.
        end: up to here, not included.
        by: what a lane is.
        lane: which one; None: all of them.
        most: so many runs and so many times at most (count).
    """
    lanes, now = Lanes(view, by), view.now()
    is_narrow = lane is not None and by != "job"
    runs, has_more = view.store.runs_between(
        start,
        end - _MOMENT,
        limit=LOOKED_AT_MAX if is_narrow else most,
        job_name=lane[0] if lane is not None and by == "job" else None,
    )
    if lane is not None:
        runs = [each for each in runs if lanes.of_run(each) == lane]
    shown = sorted(runs, key=lambda each: not each.is_failure)[:most]
    lost = lost_of(view, [each.run_id for each in shown if each.status in IN_PROGRESS_RUN_STATUSES])
    times = all_between(view, start, end, LOOKED_AT_MAX if lane is not None else most) if end > now else []
    ticks = [
        TimelineTick(at=at, automation=schedule.name, location=key.location_name, job=schedule.job_name or "")
        for at, key, schedule in times
        if lane is None or _lane_of(lanes, key, schedule) == lane
    ]
    return TimelineMarks(
        runs=[_run(each, lost, now) for each in shown],
        has_more_runs=has_more or len(runs) > most,
        ticks=ticks[:most],
        has_more_ticks=len(ticks) > most,
        at=now,
    )


def _lane_of(lanes: Lanes, key: AutomationKey, schedule: ScheduleSnapshot) -> Lane:
    return lanes.of_schedule(schedule, key.location_name)


def _run(run: DagsterRun, lost: AbstractSet[str], now: datetime) -> TimelineRun:
    return TimelineRun(
        run_id=run.run_id,
        job=target_of(run),
        location=run.location_name,
        automation=run.tags.get(SCHEDULE_NAME_TAG) or run.tags.get(SENSOR_NAME_TAG) or "",
        partition=made_for(run),
        status=run.status,
        is_lost=run.run_id in lost,
        created_at=run.created_at or run.started_at or now,
        started_at=run.started_at,
        ended_at=run.ended_at,
    )
