"""The timeline: what ran in a stretch of time, and at which times schedules are to tick in the rest of it.

What lies too close together to be told apart on a screen is one mark: the answer has a size of its own, whatever
happened. What a mark stands for is asked for when somebody points at it (``marks.py``).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, datetime, timedelta

from watchbell.ground.value import dataclass
from watchbell.record.run import IN_PROGRESS_RUN_STATUSES, DagsterRunStatus
from watchbell.web.home.bins import Kind, Pile, piles_between
from watchbell.web.home.coming import Coming, coming_between
from watchbell.web.home.lanes import Lane, Lanes, LanesBy
from watchbell.web.runs.rows import lost_of
from watchbell.web.runs.waiting import runs_by_id
from watchbell.web.shapes.home import Timeline, TimelineLane
from watchbell.web.view import View

HOURS = (1.0, 3.0, 6.0, 12.0, 24.0, 72.0, 168.0)
"""The lengths of windows that are offered (hours)."""
FUTURE_PART = 0.25
"""So much of a window that reaches into the future lies there."""
EARLIEST_AT, LATEST_AT = datetime(1971, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""Between these windows end: nothing ran before, and nobody looks further ahead."""
BINS = 144
"""Parts of a window (count); runs that were stored in the same one are one mark, 6 pixels wide on a usual screen."""
BEFORE = BINS // 4
"""Parts before the window that are looked at for runs that reach into it (count)."""
SHOWN_RUNS = 20
"""By default the window is so long that as many runs are in it (count)."""
_GOING = {each.value for each in IN_PROGRESS_RUN_STATUSES}


@dataclass(eq=False)
class _Lane:
    """What lies in one lane, as far as it was looked at."""

    piles: dict[int, list[Pile]] = field(default_factory=dict)
    ticks: dict[int, datetime] = field(default_factory=dict)
    lost: Counter[int] = field(default_factory=Counter)
    failed: int = 0
    last_at: float = 0.0


@dataclass(frozen=True)
class Stretch:
    """What a window is cut into.

    Args:
        first: its first part, counted from the beginning of 1970.
        bin_seconds: length of each part.
        now: the present.
    """

    first: int
    bin_seconds: float
    now: datetime

    @property
    def start(self) -> float:
        """Where it begins (seconds since 1970)."""
        return self.first * self.bin_seconds

    @property
    def last(self) -> int:
        """Its last part."""
        return self.first + BINS - 1

    @property
    def end(self) -> float:
        """Where it ends (seconds since 1970)."""
        return (self.last + 1) * self.bin_seconds

    def part(self, at: datetime) -> int:
        """The part in which an instant lies."""
        return math.floor(at.timestamp() / self.bin_seconds)


def timeline_of(
    view: View, hours: float | None, end: datetime | None, by: LanesBy = "job", lanes_max: int = 25
) -> Timeline:
    """What ran, and what is to run; a fixed number of queries.

    Args:
        view: what is looked at.
        hours: length of the window; None: so long that the last 20 runs are in it.
        end: where it ends; None: a quarter of its length from now.
        by: what a lane is.
        lanes_max: most lanes that are told, those with failures first (count).
    """
    now = view.now()
    length = timedelta(hours=hours if hours is not None else _fitting_hours(view, now))
    stretch = _stretch(now, length, end)
    found: dict[Lane, _Lane] = {}
    lanes = Lanes(view, by)
    count, failed = _add_runs(view, stretch, lanes, found, with_origin=by != "job")
    _mark_lost(view, stretch, lanes, found)
    coming = Coming((), False)
    if stretch.end > now.timestamp():
        coming = coming_between(view, max(stretch.first, stretch.part(now)), stretch.last, stretch.bin_seconds)
        for at, schedules in coming.times:
            for key, schedule in schedules:
                lane = found.setdefault(lanes.of_schedule(schedule, key.location_name), _Lane())
                lane.ticks.setdefault(stretch.part(at), at)
    ordered = sorted(found.items(), key=lambda it: (-it[1].failed, -it[1].last_at, it[0][0], it[0][1] or ""))
    return Timeline(
        start=datetime.fromtimestamp(stretch.start, UTC),
        end=datetime.fromtimestamp(stretch.end, UTC),
        hours=length.total_seconds() / 3600,
        bin_seconds=stretch.bin_seconds,
        by=by,
        lanes=[_shape(key, lane, stretch) for key, lane in ordered[:lanes_max]],
        lane_count=len(ordered),
        run_count=count,
        failed_count=failed,
        next_at=coming.times[0][0] if coming.times else None,
        has_more_ticks=coming.has_more,
        at=now,
    )


def _stretch(now: datetime, length: timedelta, end: datetime | None) -> Stretch:
    bin_seconds = length.total_seconds() / BINS
    until = min(max(end or now + length * FUTURE_PART, EARLIEST_AT), LATEST_AT).timestamp()
    return Stretch(math.ceil(until / bin_seconds) - BINS, bin_seconds, now)


def _fitting_hours(view: View, now: datetime) -> float:
    oldest_at = view.store.nth_newest_run_at(SHOWN_RUNS - 1)
    if oldest_at is None:
        return 24.0
    needed = (now - oldest_at).total_seconds() / 3600 / (1 - FUTURE_PART)
    return next((each for each in HOURS if each >= needed), HOURS[-1])


def _add_runs(
    view: View, stretch: Stretch, lanes: Lanes, found: dict[Lane, _Lane], *, with_origin: bool
) -> tuple[int, int]:
    """Puts the runs of a window into their lanes; how many there are, and how many of them failed."""
    first, start = stretch.first, stretch.start
    last = min(stretch.last, stretch.part(stretch.now))
    if last < first - BEFORE:
        return 0, 0
    position = view.store.position()
    piles = piles_between(view, position, first - BEFORE, last, stretch.bin_seconds, with_origin=with_origin)
    count = failed = 0
    of_kind: dict[Kind, _Lane] = {}
    for pile in piles:
        number = pile.number
        if number < first and pile.ended_at <= start:
            continue
        kind = pile.kind
        lane = of_kind.get(kind)
        if lane is None:
            lane = of_kind[kind] = found.setdefault(lanes.of_kind(kind), _Lane())
        of_part = lane.piles.get(number)
        if of_part is None:
            lane.piles[number] = [pile]
        else:
            of_part.append(pile)
        lane.last_at = max(lane.last_at, pile.began_at)
        count += pile.count
        if pile.failed:
            lane.failed += pile.failed
            failed += pile.failed
    return count, failed


def _mark_lost(view: View, stretch: Stretch, lanes: Lanes, found: Mapping[Lane, _Lane]) -> None:
    """Counts the runs that are said to go on, while their processes are gone; one query, two where there are any."""
    if not any(_GOING & pile.counts.keys() for lane in found.values() for of_part in lane.piles.values()
               for pile in of_part if pile.ended_at == math.inf):  # fmt: skip
        return
    lost = lost_of(view, list(view.store.run_workers()))
    for run in runs_by_id(view, sorted(lost)).values():
        lane = found.get(lanes.of_run(run))
        if lane is not None and run.created_at is not None:
            lane.lost[stretch.part(run.created_at)] += 1


def _shape(key: Lane, lane: _Lane, stretch: Stretch) -> TimelineLane:
    first, start, now_at = stretch.first, stretch.start, stretch.now.timestamp()
    parts, at, seconds = [], [], []
    runs: dict[str, list[int]] = {}
    for number in sorted(lane.piles):
        piles = lane.piles[number]
        begin, end = piles[0].began_at, piles[0].ended_at
        for pile in piles[1:]:
            begin, end = min(begin, pile.began_at), max(end, pile.ended_at)
        parts.append(number - first)
        at.append(round(begin - start))
        seconds.append(max(0, round(min(end, now_at) - begin)))
        for pile in piles:
            for status, count in pile.counts.items():
                of_state = runs.get(status)
                if of_state is None:
                    of_state = runs[status] = [0] * len(lane.piles)
                of_state[len(parts) - 1] += count
    return TimelineLane(
        name=key[0],
        location=key[1],
        failed=lane.failed,
        parts=parts,
        at=at,
        seconds=seconds,
        runs={DagsterRunStatus(status): counts for status, counts in runs.items()},
        lost={parts.index(number - first): many for number, many in lane.lost.items() if number in lane.piles},
        ticks=[round(each.timestamp() - start) for each in sorted(lane.ticks.values())],
    )
