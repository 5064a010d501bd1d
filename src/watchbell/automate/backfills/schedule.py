"""The past times of a schedule as parts of a backfill."""

from __future__ import annotations

from datetime import datetime, timedelta

from watchbell.automate.backfills.plan import PlannedAssets, check_runs_count, many_runs_remark
from watchbell.automate.backfills.request import Remark
from watchbell.automate.backfills.steps import PlanStep
from watchbell.declare.automation.schedule import ScheduleDefinition
from watchbell.ground.cron import Cron
from watchbell.ground.errors import DagsterInvalidInvocationError
from watchbell.record.backfill import BackfillPart, BackfillTarget

_BEFORE = timedelta(seconds=1)  # fires fall on whole seconds


def planned_times(
    schedule: ScheduleDefinition,
    start: datetime,
    end: datetime,
    now: datetime,
    location_name: str,
    *,
    newest_first: bool = False,
) -> PlannedAssets:
    """Every time at which a schedule should have fired in a range.

    Args:
        schedule: the schedule.
        start: the first time, aware, included.
        end: the last time, aware, included; times after ``now`` are left out.
        now: the end of the past, aware.
        location_name: its code location.
        newest_first: whether later times begin first.

    Raises:
        DagsterInvalidInvocationError: there are none, or too many.
        NaiveTimeError: a bound has no zone.
    """
    cron = Cron.of(schedule.cron_schedule, schedule.execution_timezone)
    what = f"schedule {schedule.name!r} ({', '.join(cron.texts)} in {cron.zone})"
    times: list[datetime] = []
    for moment in cron.fires(after=start - _BEFORE, until=min(end, now)):
        times.append(moment)
        check_runs_count(len(times), what)
    if not times:
        raise DagsterInvalidInvocationError(f"{what} {_no_time(start, end, now)}")
    remarks = [Remark(schedule.name, "times after now are left out")] if end > now else []
    job_name = (schedule.job_name or "") if schedule.has_job else ""
    step = PlanStep(
        1,
        f"schedule {schedule.name}",
        0,
        len(times),
        times[0].isoformat(" "),
        times[-1].isoformat(" "),
        job_name=job_name,
        schedule_name=schedule.name,
    )
    return PlannedAssets(
        (BackfillTarget(job_name, location_name),),
        [
            BackfillPart(number, scheduled_at=moment)
            for number, moment in enumerate(reversed(times) if newest_first else times)
        ],
        [step],
        [*remarks, *many_runs_remark(len(times))],
        {},
    )


def _no_time(start: datetime, end: datetime, now: datetime) -> str:
    """Why a schedule has no past time in a range."""
    bounds = f"from {start.isoformat(' ', 'seconds')} to {end.isoformat(' ', 'seconds')}"
    if start > now:
        return (
            f"has no past time from {start.isoformat(' ', 'seconds')} on: it is {now.isoformat(' ', 'seconds')}, and "
            "only past times can be filled in"
        )
    if start > end:
        return f"has no time {bounds}: the end comes before the beginning; turn them round"
    return f"does not fire {bounds}"
