"""What needs attention, and the timeline, as the API tells them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from watchbell.record.run import DagsterRunStatus
from watchbell.web.shapes.shape import Shape


class AttentionKind(StrEnum):
    """What sort of trouble it is, the gravest first."""

    SERVICE = "service"
    LOCATION = "location"
    JOB = "job"
    AUTOMATION = "automation"
    QUARANTINE = "quarantine"
    MISSED = "missed"
    LOST_RUN = "lost_run"
    STUCK_RUN = "stuck_run"
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


class TimelineRun(Shape):
    """A run on the timeline.

    Args:
        run_id: its id.
        job: its job, the lane when lanes are jobs.
        location: the job's code location.
        group: the group of the assets it makes; empty: it makes none.
        automation: what asked for it: a schedule or sensor by its name; empty: a person, or a backfill.
        partition: what it is for; empty: nothing.
        status: its state.
        created_at: when it was stored.
        started_at: when its work began.
        ended_at: when it was over.
    """

    run_id: str
    job: str
    location: str | None
    group: str
    automation: str
    partition: str
    status: DagsterRunStatus
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
        group: the group of the assets that makes; empty: none.
    """

    at: datetime
    automation: str
    location: str
    job: str
    group: str


class Timeline(Shape):
    """What ran, and what is to run.

    Args:
        start: where the window begins.
        end: where it ends, in the future.
        hours: its length (hours).
        runs: the newest first; if there are too many, every failure and the newest others.
        is_complete: whether these are all.
        ticks: what is to come, the next first.
        has_more_ticks: whether more is to come within the window.
        at: when the answer was made.
    """

    start: datetime
    end: datetime
    hours: float
    runs: list[TimelineRun]
    is_complete: bool
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
