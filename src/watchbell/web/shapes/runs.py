"""Runs in lists, as the API tells them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from watchbell.record.run import DagsterRunStatus
from watchbell.web.shapes.shape import PAGE_MAX, Page, Shape


class RunRef(Shape):
    """A run that is spoken of.

    Args:
        run_id: its id.
        job: its job.
        status: its state; None: it was deleted.
    """

    run_id: str
    job: str
    status: DagsterRunStatus | None


class Trigger(Shape):
    """What asked for a run.

    Args:
        kind: ``"schedule"``, ``"sensor"``, ``"condition"``, ``"backfill"``, ``"retry"`` (by itself), ``"again"`` (a
            person executed a run once more) or ``"person"``.
        name: of the schedule or sensor, or who it was; empty: it is not known.
        location: of a schedule or sensor, its code location.
        id: of a backfill its id; of a retry, and of a run executed again, the run before.
        who: the person, where one asked.
    """

    kind: str
    name: str
    location: str | None = None
    id: str | None = None
    who: str | None = None


class Waiting(Shape):
    """What a run waits for.

    Args:
        reason: ``"service"`` (none works), ``"location"`` (its code is not served), ``"overlap"`` (another time of its
            schedule), ``"backfill"`` (its backfill is held), ``"limit"`` (as many runs go on as may),
            ``"pool"`` (a slot) or ``"turn"`` (it is about to begin).
        text: in words.
        runs: for whom.
        place: its place in the queue (from 1), if it stands in it.
        pool: of which pool it wants a slot.
    """

    reason: str
    text: str
    runs: list[RunRef]
    place: int | None = None
    pool: str | None = None


class UsualDuration(Shape):
    """How long the last good runs of a job took.

    Args:
        low_seconds: one in ten was quicker.
        middle_seconds: half of them were.
        high_seconds: one in ten was slower.
        runs: from how many runs that is known (count).
    """

    low_seconds: float
    middle_seconds: float
    high_seconds: float
    runs: int


class BackfillFold(Shape):
    """The runs of a backfill that the filter finds, as one row.

    Args:
        backfill_id: the backfill.
        total: how many they are.
        queued: so many wait.
        running: so many go on.
        failed: so many failed.
        done: so many ended well.
        cancelled: so many were cancelled.
    """

    backfill_id: str
    total: int
    queued: int
    running: int
    failed: int
    done: int
    cancelled: int


class RunRow(Shape):
    """A run in a list; or, with ``fold``, all those of a backfill, of which it is the newest.

    Args:
        run_id: its id.
        job: its job.
        location: the code location of the job.
        status: its state.
        is_lost: whether it is said to go on and its process is gone.
        partition: the partition or range it is for; empty if none.
        assets: the assets it makes, if it was asked for some (the first ones).
        asset_count: how many these are.
        trigger: what asked for it.
        created_at: when it was stored.
        started_at: when its work began.
        ended_at: when it ended.
        duration_seconds: how long it went on, up to now if it does.
        usual: how long its job takes.
        error: of a failed run, what was raised first, in a line.
        failed_step: the step that raised it.
        waiting: what it waits for.
        attempt: how often it was handed out.
        priority: in the queue; higher goes first.
        tags: its tags, without those that begin with a dot.
        fold: of the row of a backfill, its runs.
    """

    run_id: str
    job: str
    location: str | None
    status: DagsterRunStatus
    is_lost: bool
    partition: str
    assets: list[str]
    asset_count: int
    trigger: Trigger
    created_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    duration_seconds: float | None
    usual: UsualDuration | None
    error: str | None
    failed_step: str | None
    waiting: Waiting | None
    attempt: int
    priority: int
    tags: dict[str, str]
    fold: BackfillFold | None


class RunCounts(Shape):
    """How many of the runs that a filter finds are in which state; the filter's own states are left aside.

    Args:
        queued: they wait.
        running: they go on.
        failed: they failed.
        is_exact: whether all were counted to the end.
    """

    queued: int
    running: int
    failed: int
    is_exact: bool


class RunsPage(Page[RunRow]):
    """One page of a list of runs.

    Args:
        counts: for the tabs, on the first page where totals are asked for.
    """

    counts: RunCounts | None = None


class WordShape(Shape):
    """A field of a query.

    Args:
        name: before the colon.
        about: what it looks at.
        values: what may follow, where that is known.
    """

    name: str
    about: str
    values: list[str]


class QueryWords(Shape):
    """What a query over a list can be made of.

    Args:
        fields: its fields.
        plain: what text without a field looks for.
    """

    fields: list[WordShape]
    plain: str


Sort = Literal["created", "-created", "ended", "-ended", "duration", "-duration"]


class RunsParams(Shape):
    """Which page of which list of runs.

    Args:
        q: the filter, e.g. ``status:failed job:feed_* tag:team=platform after:-1d``.
        zone: IANA zone of times in ``q`` that say none; UTC by default.
        tab: only runs in the states of a tab.
        sort: the order; with a minus the greatest first.
        fold: whether the runs of a backfill are one row.
        limit: how many items at most.
        cursor: ``next_cursor`` of the page before.
        with_total: whether the items of all pages are counted.
    """

    q: str = ""
    zone: str | None = None
    tab: Literal["all", "queued", "running", "failed"] = "all"
    sort: Sort = "-created"
    fold: bool = False
    limit: int = Field(50, ge=1, le=PAGE_MAX)
    cursor: str | None = Field(None, max_length=2_000)
    with_total: bool = False
