"""Jobs with their newest runs and what starts them; all of a page from two looks into the store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from statistics import median, quantiles

from watchbell.automate.due import is_on, jitter_offset, next_tick_at
from watchbell.ground.cron import Cron
from watchbell.record.job_store import JobRun
from watchbell.record.run import IN_PROGRESS_RUN_STATUSES, DagsterRunStatus
from watchbell.record.snapshot import JobSnapshot, LocationSnapshot, ScheduleSnapshot, SensorSnapshot
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState
from watchbell.web.runs.rows import lost_of
from watchbell.web.shapes.jobs import JobMark, JobRow, JobStarter
from watchbell.web.view import View

MARKS = 20
States = Mapping[AutomationKey, AutomationState]


def job_rows(view: View) -> list[JobRow]:
    """Every job of every location, by name; the implicit one of assets left out."""
    runs = view.store.newest_runs_of_jobs(MARKS)
    states = {each.key: each for each in view.store.automation_states()}
    lost = lost_of_jobs(view, runs)
    by_name: dict[str, list[JobRun]] = {}
    for run in runs:
        by_name.setdefault(run.job_name, []).append(run)
    now = view.now()
    found = []
    for location in view.locations():
        starters = starters_by_job(location, states, now)
        for job in location.jobs:
            if not job.name.startswith("__"):
                own = [each for each in by_name.get(job.name, ()) if each.location_name in (location.name, None)]
                found.append(job_row(location, job, own, starters.get(job.name, ()), lost))
    return sorted(found, key=lambda each: (each.name, each.location))


def job_row(
    location: LocationSnapshot,
    job: JobSnapshot,
    runs: Sequence[JobRun],
    starters: Sequence[JobStarter],
    lost: AbstractSet[str] = frozenset(),
) -> JobRow:
    """One job.

    Args:
        location: where it is.
        job: the job.
        runs: its newest runs, newest first.
        starters: what starts it.
        lost: ids of runs that are said to go on and whose processes are gone.
    """
    nexts = [(each.next_at, each.name) for each in starters if each.next_at is not None]
    next_at, next_by = min(nexts, default=(None, None))
    took = good_seconds(runs)
    return JobRow(
        location=location.name,
        name=job.name,
        description=job.description,
        owners=list(job.owners),
        tags=dict(job.tags),
        op_count=len(job.nodes),
        asset_count=len(job.asset_keys),
        partitions=None if job.partitions is None else job.partitions.description,
        marks=[mark_of(each, lost) for each in reversed(runs[:MARKS])],
        usual_seconds=median(took) if took else None,
        next_at=next_at,
        next_by=next_by,
        started_by=len(starters),
    )


def lost_of_jobs(view: View, runs: Sequence[JobRun]) -> set[str]:
    """Which of the runs are said to go on, while their processes are gone."""
    return lost_of(view, [each.run_id for each in runs if each.status in IN_PROGRESS_RUN_STATUSES])


def mark_of(run: JobRun, lost: AbstractSet[str] = frozenset()) -> JobMark:
    """A run as a mark of a strip."""
    return JobMark(
        run_id=run.run_id,
        status=run.status,
        is_lost=run.run_id in lost,
        created_at=run.created_at,
        seconds=run.seconds,
    )


def good_seconds(runs: Sequence[JobRun]) -> list[float]:
    """How long the runs took that ended well."""
    return [each.seconds for each in runs if each.status is DagsterRunStatus.SUCCESS and each.seconds is not None]


def usual_range(runs: Sequence[JobRun]) -> tuple[float | None, float | None]:
    """Between what nine of ten good runs took on either side; None twice, if they are too few to say."""
    took = good_seconds(runs)
    if len(took) < 5:
        return None, None
    tenths = quantiles(took, n=10, method="inclusive")
    return tenths[0], tenths[-1]


def starters_by_job(location: LocationSnapshot, states: States, now: datetime) -> dict[str, list[JobStarter]]:
    """The schedules and sensors of a location, by the jobs that they start."""
    found: dict[str, list[JobStarter]] = {}
    for name, starter in (*_schedules(location, states, now), *_sensors(location, states)):
        found.setdefault(name, []).append(starter)
    return found


def _schedules(location: LocationSnapshot, states: States, now: datetime) -> Iterator[tuple[str, JobStarter]]:
    for each in location.schedules:
        if each.job_name is None:
            continue
        state, on = _state(location, AutomationKind.SCHEDULE, each, states)
        next_at = None
        if on:
            cron = Cron.of(list(each.cron), each.timezone)
            next_at = next_tick_at(cron, now, jitter_offset(state.key, each.policy))
        yield (
            each.job_name,
            JobStarter(
                kind="SCHEDULE",
                name=each.name,
                is_on=on,
                next_at=next_at,
                last_at=state.last_tick_at,
                when=f"{' or '.join(each.cron)} {each.timezone}",
            ),
        )


def _sensors(location: LocationSnapshot, states: States) -> Iterator[tuple[str, JobStarter]]:
    for each in location.sensors:
        state, on = _state(location, AutomationKind.SENSOR, each, states)
        for name in each.job_names:
            starter = JobStarter(
                kind="SENSOR", name=each.name, is_on=on, next_at=None, last_at=state.last_tick_at, when=""
            )
            yield name, starter


def _state(
    location: LocationSnapshot, kind: AutomationKind, each: ScheduleSnapshot | SensorSnapshot, states: States
) -> tuple[AutomationState, bool]:
    key = AutomationKey(location.name, kind, each.name)
    state = states.get(key) or AutomationState(key)
    return state, is_on(state, each.running_by_default)
