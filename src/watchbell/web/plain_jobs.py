"""What is known of jobs that no condition looks after, for the answer to why one ran or did not."""

from __future__ import annotations

from datetime import datetime, timedelta

from watchbell.automate.due import is_on, jitter_offset, next_tick_at
from watchbell.automate.explain.job import Asker, JobFacts
from watchbell.record.run import DagsterRun, RunsFilter
from watchbell.record.snapshot import LocationSnapshot, ScheduleSnapshot
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState
from watchbell.web.automation_rows import cron_of
from watchbell.web.view import View

_MOMENT = timedelta(microseconds=1)


def job_facts(view: View, location: LocationSnapshot, name: str, asked_at: datetime | None) -> JobFacts:
    """What is known of a job, by four queries at most.

    Args:
        view: where to look.
        location: the code location that defines it.
        name: the job.
        asked_at: the time that is asked about; None: the last time.
    """
    now = view.now()
    before = _run(view, RunsFilter(job_name=name, created_before=asked_at))
    after = None
    if asked_at is not None:
        after = _run(view, RunsFilter(job_name=name, created_after=asked_at - _MOMENT), is_first=True)
    states = {each.key: each for each in view.store.automation_states(location.name)}
    return JobFacts(name, now, asked_at, before, after, tuple(_askers(location, name, states, now)))


def _run(view: View, wanted: RunsFilter, *, is_first: bool = False) -> DagsterRun | None:
    found = view.store.run_records(wanted, limit=1, ascending=is_first)
    return found[0].dagster_run if found else None


def _askers(
    location: LocationSnapshot, name: str, states: dict[AutomationKey, AutomationState], now: datetime
) -> list[Asker]:
    found = []
    for schedule in location.schedules:
        if schedule.job_name == name:
            key = AutomationKey(location.name, AutomationKind.SCHEDULE, schedule.name)
            on = is_on(states.get(key, AutomationState(key)), schedule.running_by_default)
            found.append(Asker(key, on, _next_at(key, schedule, now) if on else None))
    for sensor in location.sensors:
        if name in sensor.job_names:
            key = AutomationKey(location.name, AutomationKind.SENSOR, sensor.name)
            found.append(Asker(key, is_on(states.get(key, AutomationState(key)), sensor.running_by_default)))
    return found


def _next_at(key: AutomationKey, schedule: ScheduleSnapshot, now: datetime) -> datetime | None:
    return next_tick_at(cron_of(schedule), now, jitter_offset(key, schedule.policy))
