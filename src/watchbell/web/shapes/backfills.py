"""Backfills, as the API tells them, and what it is asked about them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from watchbell.record.backfill import BackfillStatus, PartState
from watchbell.web.shapes.shape import Flag, Shape

Only = Literal["every", "missing", "failed", "failed_and_missing"]
PerRun = Literal["policy", "one", "range"]
Priority = Annotated[int, Field(ge=-1_000_000, le=1_000_000, strict=True)]
Parallelism = Annotated[int, Field(ge=1, le=1_000_000, strict=True)]
Reason = Annotated[str, Field(max_length=2_000)]


class BackfillRow(Shape):
    """A backfill in a list.

    Args:
        backfill_id: its id.
        title: what it is called; empty: nothing was said.
        asked: what was asked for, in words.
        status: how far it is.
        counts: its parts by state; a part is a run.
        total: all of them.
        targets: what it makes: assets or jobs, the first few.
        target_count: how many these are in all.
        location: the code location.
        schedule: the schedule whose past times its parts are; null: they are partitions.
        created_at: when it was asked for.
        created_by: by whom.
        ended_at: when it was over.
        note: why it is as it is.
        max_concurrent_runs: most of its runs at a time; null: no limit of its own.
        priority: of its runs; null: behind all runs that belong to no backfill.
        runs_per_hour: how fast its runs ended in the last hour; null: none did, or it is over.
        ends_at: when it will be over if it goes on so; null: nobody can say.
    """

    backfill_id: str
    title: str
    asked: str
    status: BackfillStatus
    counts: dict[PartState, int]
    total: int
    targets: list[str]
    target_count: int
    location: str
    schedule: str | None
    created_at: datetime
    created_by: str
    ended_at: datetime | None
    note: str
    max_concurrent_runs: int | None
    priority: int | None
    runs_per_hour: float | None
    ends_at: datetime | None


class BackfillTargetFacts(Shape):
    """What many runs of a backfill have in common.

    Args:
        job: their job; empty: the implicit one of assets.
        location: its code location.
        assets: what they make; null: all of the job.
        tags: their tags.
    """

    job: str
    location: str
    assets: list[str] | None
    tags: dict[str, str]


class FailureGroup(Shape):
    """Failed parts with one error.

    Args:
        message: the first line of what user code raised, or why there is none.
        count: parts.
        labels: what they are for; the first twenty.
        run_ids: their runs; the first five.
    """

    message: str
    count: int
    labels: list[str]
    run_ids: list[str]


class BackfillDetail(BackfillRow):
    """A backfill.

    Args:
        description: more of what it is for.
        newest_first: whether it begins with the newest partitions.
        tags: of all its runs.
        target_facts: what its runs make; the first hundred.
        failures: what went wrong, the most frequent first.
        failures_are_all: whether these are all; else those of the first failed parts.
    """

    description: str
    newest_first: bool
    tags: dict[str, str]
    target_facts: list[BackfillTargetFacts]
    failures: list[FailureGroup]
    failures_are_all: bool


class GridRange(Shape):
    """Neighbouring cells of a row in one state.

    Args:
        first: the first column (from 0).
        last: the last one.
        state: how they are.
        part: the number of the part of the first cell; the others follow in steps of ``step``.
        step: 1 or -1; 0: one cell.
    """

    first: int
    last: int
    state: PartState
    part: int
    step: int


class GridRow(Shape):
    """What one target makes, over the columns.

    Args:
        name: an asset, several made together, or a job.
        counts: cells by state.
        ranges: its cells, by column.
    """

    name: str
    counts: dict[PartState, int]
    ranges: list[GridRange]


class GridBand(Shape):
    """Rows that share their columns.

    Args:
        columns: partitions, ranges or times, in order.
        rows: what is made for them.
    """

    columns: list[str]
    rows: list[GridRow]


class BackfillGrid(Shape):
    """What is made, over the partitions it is made for.

    Args:
        bands: rows with the same columns stand together.
        is_whole: whether all parts are in it; else the first ones.
        at: when the answer was made.
    """

    bands: list[GridBand]
    is_whole: bool
    at: datetime


class PartRow(Shape):
    """A part of a backfill: a run.

    Args:
        number: its place.
        makes: what it makes.
        label: for which partition, range or time.
        state: how far it is.
        attempt: how often it was begun.
        run_id: its newest run.
        needs: numbers of the parts that have to be done before.
        note: why it is as it is.
    """

    number: int
    makes: str
    label: str
    state: PartState
    attempt: int
    run_id: str | None
    needs: str
    note: str


class BackfillAsk(Shape):
    """What a backfill shall do.

    Args:
        location: the code location.
        assets: keys of assets; of this and ``job`` one.
        job: a job.
        partitions: as people type them: keys with commas between, ``first..last``, ``latest:7``; empty: all.
        only: which of them.
        with_upstream: whether what the assets are made from is made as well.
        per_run: how many partitions a run makes: as the code says, one, or as many as follow each other.
        newest_first: whether it begins with the newest.
        max_concurrent_runs: most of its runs at a time; null: no limit of its own.
        priority: of its runs; null: behind all runs that belong to no backfill.
        tags: of all runs.
        title: what it is called.
        reason: why, for people.
    """

    location: Annotated[str, Field(max_length=1_000)]
    assets: Annotated[list[str], Field(max_length=10_000)] | None = None
    job: str | None = None
    partitions: Annotated[str, Field(max_length=2_000_000)] = ""
    only: Only = "every"
    with_upstream: Flag = False
    per_run: PerRun = "policy"
    newest_first: Flag = False
    max_concurrent_runs: Parallelism | None = None
    priority: Priority | None = None
    tags: dict[str, str] = {}
    title: Annotated[str, Field(max_length=500)] = ""
    reason: Reason = ""


class BackfillLaunch(BackfillAsk):
    """A backfill that shall begin.

    Args:
        fingerprint: of the plan that was looked at; null: whatever the plan is now.
    """

    fingerprint: str | None = None


class PlanStepFacts(Shape):
    """Runs of a plan that do the same for different partitions.

    Args:
        number: its place in the order, from 1; steps of one number do not wait for each other.
        makes: what they make.
        first: the first partition.
        last: the last one.
        partitions: how many.
        runs: how many.
        in_order: whether they go one after the other.
    """

    number: int
    makes: str
    first: str | None
    last: str | None
    partitions: int
    runs: int
    in_order: bool


class PlanRemark(Shape):
    """What to know before a plan is launched.

    Args:
        about: an asset, or empty.
        text: what.
        is_doubt: whether it may be a mistake.
    """

    about: str
    text: str
    is_doubt: bool


class BackfillPlanFacts(Shape):
    """What a backfill would do.

    Args:
        asked: what was asked for, in words.
        runs: how many it makes.
        partitions: how many its steps make together.
        skipped: of those asked for, how many need not be made; null: all are made.
        steps: the runs in few lines, in their order; the first five hundred.
        step_count: how many steps there are.
        remarks: what to know; the first hundred.
        estimate_seconds: how long it may take; null: such runs have not ended well before.
        runs_at_once: how many go on at a time, by its own cap and the home's.
        newest_first: whether it begins with the newest.
        max_concurrent_runs: its own cap.
        home_runs_max: that of the home.
        fingerprint: is another one for a plan that does something else.
    """

    asked: str
    runs: int
    partitions: int
    skipped: int | None
    steps: list[PlanStepFacts]
    step_count: int
    remarks: list[PlanRemark]
    estimate_seconds: float | None
    runs_at_once: int | None
    newest_first: bool
    max_concurrent_runs: int | None
    home_runs_max: int | None
    fingerprint: str


class BackfillStarted(Shape):
    """A backfill that was stored.

    Args:
        backfill_id: its id.
    """

    backfill_id: str


class BackfillWhy(Shape):
    """Why something is done to a backfill.

    Args:
        reason: for people; stands in its history.
    """

    reason: Reason = ""


class BackfillLimits(Shape):
    """Other limits of a backfill; both are set.

    Args:
        max_concurrent_runs: most of its runs at a time; null: no limit of its own.
        priority: of its runs, those that are queued included; null: behind all runs that belong to no backfill.
        reason: why, for people.
    """

    max_concurrent_runs: Parallelism | None = None
    priority: Priority | None = None
    reason: Reason = ""
