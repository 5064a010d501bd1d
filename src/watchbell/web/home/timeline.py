"""The timeline: what ran in a stretch of time, and at which times schedules are to tick in the rest of it."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta

from watchbell.automate.due import jitter_offset, next_due
from watchbell.ground.cron import Cron
from watchbell.ground.value import dataclass
from watchbell.record.keys import AssetKey
from watchbell.record.log_text import made_for
from watchbell.record.run import SCHEDULE_NAME_TAG, SENSOR_NAME_TAG, DagsterRun
from watchbell.record.snapshot import LocationSnapshot, ScheduleSnapshot
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


@dataclass(frozen=True, eq=False)
class _Beat:
    """Schedules that ring at the same times.

    Args:
        cron: the times.
        offset: how much later they tick.
        schedules: with their locations.
    """

    cron: Cron
    offset: timedelta
    schedules: list[tuple[AutomationKey, ScheduleSnapshot]]


class _Beats:
    """The schedules of the definitions in use by their times, kept until these are others: thousands share few."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._locations: tuple[LocationSnapshot, ...] = ()
        self._beats: list[_Beat] = []

    def of(self, locations: Sequence[LocationSnapshot]) -> list[_Beat]:
        """Those of these locations."""
        given = tuple(locations)
        with self._lock:
            same = len(given) == len(self._locations)
            if not same or any(one is not other for one, other in zip(given, self._locations, strict=True)):
                self._beats, self._locations = _beats(given), given
            return self._beats


def _beats(locations: Sequence[LocationSnapshot]) -> list[_Beat]:
    found: dict[tuple[tuple[str, ...], str, timedelta], _Beat] = {}
    for location in locations:
        for each in location.schedules:
            key = AutomationKey(location.name, AutomationKind.SCHEDULE, each.name)
            offset = jitter_offset(key, each.policy)
            mark = (each.cron, each.timezone, offset)
            if mark not in found:
                found[mark] = _Beat(Cron.of(list(each.cron), each.timezone), offset, [])
            found[mark].schedules.append((key, each))
    return list(found.values())


_kept = _Beats()


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
    beats = _kept.of(view.locations())
    switched = view.store.switched_automations()
    first = [next_due(each.cron, start - each.offset, each.offset) for each in beats]
    heap = [(at, place) for place, at in enumerate(first) if at is not None and at <= end]
    heapq.heapify(heap)
    found: list[TimelineTick] = []
    on: dict[int, list[tuple[AutomationKey, ScheduleSnapshot]]] = {}
    while heap:
        at, place = heapq.heappop(heap)
        beat = beats[place]
        if place not in on:
            on[place] = [each for each in beat.schedules if switched.get(each[0], each[1].running_by_default)]
        if not on[place]:
            continue  # nobody listens to these times
        for key, each in on[place]:
            if len(found) == TICKS_MAX:
                return found, True
            job = each.job_name or ""
            group = groups.of_job(job, key.location_name) if job else ""
            found.append(TimelineTick(at=at, automation=each.name, location=key.location_name, job=job, group=group))
        following = next_due(beat.cron, at - beat.offset, beat.offset)
        if following is not None and following <= end:
            heapq.heappush(heap, (following, place))
    return found, False
