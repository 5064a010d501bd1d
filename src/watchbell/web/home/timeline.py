"""The timeline: what ran in a stretch of time, and at which times schedules are to tick in the rest of it."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

from watchbell.automate.due import jitter_offset, next_due
from watchbell.ground.cron import Cron
from watchbell.record.keys import AssetKey
from watchbell.record.log_text import made_for
from watchbell.record.run import SCHEDULE_NAME_TAG, SENSOR_NAME_TAG, DagsterRun
from watchbell.record.snapshot import ScheduleSnapshot
from watchbell.record.tick import AutomationKey, AutomationKind
from watchbell.web.assets.memory import catalog_of
from watchbell.web.shapes.home import Timeline, TimelineRun, TimelineTick
from watchbell.web.view import View

HOURS = (1.0, 3.0, 6.0, 12.0, 24.0, 72.0, 168.0)
"""The lengths of windows that are offered (hours)."""
FUTURE_PART = 0.25
"""So much of a window that reaches into the future lies there."""
RUNS_MAX = 3_000
TICKS_MAX = 500
SHOWN_RUNS = 20
"""By default the window is so long that as many runs are in it (count)."""
_KNOWN_MAX = 5_000


class _NextTimes:
    """The next time of each cron string, looked up once until it is over: thousands of schedules share few of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[tuple[tuple[str, ...], str], tuple[Cron, datetime, datetime | None]] = {}

    def cron(self, schedule: ScheduleSnapshot, now: datetime) -> tuple[Cron, datetime | None]:
        """The times of a schedule, and the next one; None: there is none."""
        key = (schedule.cron, schedule.timezone)
        with self._lock:
            known = self._known.get(key)
        if known is not None and known[1] <= now and (known[2] is None or now < known[2]):
            return known[0], known[2]
        cron = Cron.of(list(schedule.cron), schedule.timezone)
        following = next_due(cron, now)
        with self._lock:
            if len(self._known) >= _KNOWN_MAX:
                self._known.clear()
            self._known[key] = (cron, now, following)
        return cron, following


_next_times = _NextTimes()


def timeline_of(view: View, hours: float | None, end: datetime | None) -> Timeline:
    """What ran, and what is to run; a fixed number of queries.

    Args:
        view: what is looked at.
        hours: length of the window; None: so long that the last 20 runs are in it.
        end: where it ends; None: a quarter of its length from now.
    """
    now = view.now()
    length = timedelta(hours=hours if hours is not None else _fitting_hours(view, now))
    until = end if end is not None else now + length * FUTURE_PART
    start = until - length
    runs, has_more = view.store.runs_between(start, min(until, now), limit=RUNS_MAX) if start < now else ([], False)
    groups = _Groups(view)
    ticks, has_more_ticks = ([], False) if until <= now else _ticks(view, max(start, now), until, groups)
    return Timeline(
        start=start,
        end=until,
        hours=length.total_seconds() / 3600,
        runs=[_run(each, groups, now) for each in runs],
        is_complete=not has_more,
        ticks=ticks,
        has_more_ticks=has_more_ticks,
        at=now,
    )


def _fitting_hours(view: View, now: datetime) -> float:
    oldest_at = view.store.nth_newest_run_at(SHOWN_RUNS - 1)
    if oldest_at is None:
        return 24.0
    needed = (now - oldest_at).total_seconds() / 3600 / (1 - FUTURE_PART)
    return next((each for each in HOURS if each >= needed), HOURS[-1])


class _Groups:
    """In which group the assets of a run are."""

    def __init__(self, view: View) -> None:
        self._catalog = catalog_of(view)
        self._of_job: dict[tuple[str, str | None], str] = {}

    def of_job(self, job_name: str, location_name: str | None) -> str:
        """The group of the assets that a job makes; of several the first; empty: it makes none."""
        key = (job_name, location_name)
        if key not in self._of_job:
            self._of_job[key] = self.of_assets(self._catalog.assets_of_job(job_name, location_name))
        return self._of_job[key]

    def of_assets(self, keys: frozenset[AssetKey]) -> str:
        """The group of these assets; of several the first by name; empty: none of them is known."""
        by_key = self._catalog.by_key
        return min((by_key[key].told.group_name for key in keys if key in by_key), default="")


def _run(run: DagsterRun, groups: _Groups, now: datetime) -> TimelineRun:
    chosen = run.asset_selection
    group = groups.of_assets(chosen) if chosen else groups.of_job(run.job_name, run.location_name)
    return TimelineRun(
        run_id=run.run_id,
        job=run.job_name,
        location=run.location_name,
        group=group,
        automation=run.tags.get(SCHEDULE_NAME_TAG) or run.tags.get(SENSOR_NAME_TAG) or "",
        partition=made_for(run),
        status=run.status,
        created_at=run.created_at or run.started_at or now,
        started_at=run.started_at,
        ended_at=run.ended_at,
    )


def _ticks(view: View, start: datetime, end: datetime, groups: _Groups) -> tuple[list[TimelineTick], bool]:
    """The times of schedules that are on, in order, up to a limit; and whether there are more."""
    heap = []
    for place, (location, schedule) in enumerate(_schedules_on(view)):
        key = AutomationKey(location, AutomationKind.SCHEDULE, schedule.name)
        cron, following = _next_times.cron(schedule, start)
        offset = jitter_offset(key, schedule.policy)
        if offset:
            following = next_due(cron, start - offset, offset)
        if following is not None and following <= end:
            heap.append((following, place, location, schedule, cron, offset))
    heapq.heapify(heap)
    found: list[TimelineTick] = []
    while heap and len(found) < TICKS_MAX:
        at, place, location, schedule, cron, offset = heapq.heappop(heap)
        job = schedule.job_name or ""
        group = groups.of_job(job, location) if job else ""
        found.append(TimelineTick(at=at, automation=schedule.name, location=location, job=job, group=group))
        following = next_due(cron, at - offset, offset)
        if following is not None and following <= end:
            heapq.heappush(heap, (following, place, location, schedule, cron, offset))
    return found, bool(heap)


def _schedules_on(view: View) -> Iterator[tuple[str, ScheduleSnapshot]]:
    switched = view.store.switched_automations()
    for location in view.locations():
        for each in location.schedules:
            key = AutomationKey(location.name, AutomationKind.SCHEDULE, each.name)
            if switched.get(key, each.running_by_default):
                yield location.name, each
