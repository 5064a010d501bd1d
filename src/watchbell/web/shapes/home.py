"""What needs attention, and the timeline, as the API tells them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal

from watchbell.record.run import DagsterRunStatus
from watchbell.web.shapes.shape import Shape


class AttentionKind(StrEnum):
    """What sort of trouble it is, the gravest first."""

    SERVICE = "service"
    LOCATION = "location"
    JOB = "job"
    FAILED_ASSET = "failed_asset"
    AUTOMATION = "automation"
    QUARANTINE = "quarantine"
    LATE = "late"
    MISSED = "missed"
    QUEUE = "queue"
    LOST_RUN = "lost_run"
    STUCK_RUN = "stuck_run"
    BACKFILL = "backfill"
    CHECK = "check"
    STALE_ASSET = "stale_asset"


class AttentionRow(Shape):
    """Something that needs attention.

    Args:
        key: names it, for snoozing.
        kind: what sort of trouble it is.
        name: what is in trouble.
        location: its code location, if known.
        text: what is wrong: the last error line, a reason.
        since: since when.
        at: when it was last so, e.g. the newest failure.
        count: how many times since then.
        run_id: the run that shows it.
        tick_id: the tick that shows it.
        automation: of schedules and sensors, ``"schedule"`` or ``"sensor"``.
        check: of a check, its name; ``name`` is the asset then.
        backfill_id: the backfill that it is about.
        snoozed_until: it is not to be shown until then.
    """

    key: str
    kind: AttentionKind
    name: str
    location: str | None = None
    text: str
    since: datetime | None = None
    at: datetime | None = None
    count: int = 1
    run_id: str | None = None
    tick_id: int | None = None
    automation: str | None = None
    check: str | None = None
    backfill_id: str | None = None
    snoozed_until: datetime | None = None


class Attention(Shape):
    """All that needs attention.

    Args:
        items: the gravest kinds first, of each kind the newest first; snoozed ones last.
        open_count: how many are not snoozed.
        is_complete: whether these are all there are of each kind.
        has_code: whether any code is loaded.
        has_runs: whether anything ever ran.
        at: when the answer was made.
    """

    items: list[AttentionRow]
    open_count: int
    is_complete: bool
    has_code: bool
    has_runs: bool
    at: datetime


class TimelineLane(Shape):
    """A lane of the timeline. What cannot be told apart on a screen is one mark: of each mark the lists of numbers have
    one, the oldest first.

    Args:
        name: of the job, the group or the automation; empty: no group, or a person or a backfill.
        location: its code location; None: none is known, or it spans them.
        failed: runs of it that failed (count).
        parts: in which part of the window the runs of each mark were stored; before 0: before it.
        at: when the first of them began (seconds after the beginning of the window).
        seconds: how long they went on from there, the last of them up to now if it is not over.
        runs: by state how many of its runs each mark has; states that do not occur are left out.
        lost: of the marks with runs that are said to go on while their processes are gone, by place, how many.
        ticks: times to come, of each part of the window the first (seconds after the beginning of the window).
    """

    name: str
    location: str | None
    failed: int
    parts: list[int]
    at: list[int]
    seconds: list[int]
    runs: dict[DagsterRunStatus, list[int]]
    lost: dict[int, int]
    ticks: list[int]


class Timeline(Shape):
    """What ran, and what is to run, as marks. The size of it does not depend on how many runs there are; what a mark
    stands for is told by ``/api/timeline/marks``.

    Args:
        start: where the window begins.
        end: where it ends, in the future.
        hours: its length (hours).
        bin_seconds: length of each of its parts.
        by: what a lane is.
        lanes: those with failures first, then by what ran last.
        lane_count: how many there are.
        run_count: runs in all of them (count).
        failed_count: those that failed (count).
        next_at: the next time to come in the window; None: there is none.
        has_more_ticks: whether there are more times to come than are shown.
        at: when the answer was made.
    """

    start: datetime
    end: datetime
    hours: float
    bin_seconds: float
    by: Literal["job", "group", "automation"]
    lanes: list[TimelineLane]
    lane_count: int
    run_count: int
    failed_count: int
    next_at: datetime | None
    has_more_ticks: bool
    at: datetime


class TimelineRun(Shape):
    """A run that a mark of the timeline stands for.

    Args:
        run_id: its id.
        job: its job.
        location: the job's code location.
        automation: what asked for it: a schedule or sensor by its name; empty: a person, or a backfill.
        partition: what it is for; empty: nothing.
        status: its state.
        is_lost: whether its process is gone, although it is said to go on.
        created_at: when it was stored.
        started_at: when its work began.
        ended_at: when it was over.
    """

    run_id: str
    job: str
    location: str | None
    automation: str
    partition: str
    status: DagsterRunStatus
    is_lost: bool
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class TimelineTick(Shape):
    """A time at which a schedule is to tick.

    Args:
        at: when.
        automation: the schedule.
        location: its code location.
        job: its job; empty: it has none.
    """

    at: datetime
    automation: str
    location: str
    job: str


class TimelineMarks(Shape):
    """What marks of the timeline stand for.

    Args:
        runs: those that failed first, then the newest.
        has_more_runs: whether there are more.
        ticks: times to come, the next first.
        has_more_ticks: whether there are more.
        at: when the answer was made.
    """

    runs: list[TimelineRun]
    has_more_runs: bool
    ticks: list[TimelineTick]
    has_more_ticks: bool
    at: datetime


class HomePage(Shape):
    """What the first page shows.

    Args:
        attention: what needs attention.
        timeline: what ran, and what is to run.
    """

    attention: Attention
    timeline: Timeline
