"""What is done to runs, as it is asked for and answered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from watchbell.record.run import DagsterRunStatus
from watchbell.web.shapes.runs import RunRef, RunRow
from watchbell.web.shapes.shape import Flag, Shape

REASON_CHARS_MAX = 1_000
BULK_MAX = 10_000
"""Runs of one bulk action (count)."""
Reason = Annotated[str, Field(max_length=REASON_CHARS_MAX)]
Priority = Annotated[int, Field(ge=-1_000_000_000, le=1_000_000_000, strict=True)]
TagText = Annotated[str, Field(min_length=1, max_length=1_000)]


class WhyShape(Shape):
    """Why something is done.

    Args:
        reason: in the person's words; may be empty.
    """

    reason: Reason = ""


class CancelAsked(WhyShape):
    """How a run is stopped.

    Args:
        is_forced: its process is killed, without time to clean up; only after it had ten seconds to stop.
    """

    is_forced: Flag = False


class ReexecuteAsked(WhyShape):
    """How a run is executed again.

    Args:
        from_failure: only what did not end well; the rest is taken from the run.
        steps: only these steps.
        config: run config instead of the run's own.
        tags: more tags.
        without_tags: tags that the new run does not take over.
    """

    from_failure: Flag = False
    steps: list[str] | None = None
    config: dict[str, Any] | None = None
    tags: dict[TagText, str] = {}
    without_tags: list[str] = []


class RunChange(WhyShape):
    """What is changed of a run.

    Args:
        priority: in the queue; higher goes first.
        add_tags: tags to add, or to replace.
        remove_tags: keys of tags to take away.
    """

    priority: Priority | None = None
    add_tags: dict[TagText, str] = {}
    remove_tags: list[str] = []


class RunDone(Shape):
    """What came of an action.

    Args:
        run_id: the run; the new one where one was made.
        status: its state now; None: it is gone.
        text: in a sentence.
    """

    run_id: str
    status: DagsterRunStatus | None
    text: str


class BulkAsked(WhyShape):
    """Something to do to many runs.

    Args:
        action: what.
        run_ids: to these runs.
        q: or to all that this query finds.
        tab: of these, those in the states of a tab.
        zone: of times in the query.
        is_rehearsal: nothing is done; it is told what would be.
        priority: for ``"priority"``.
        add_tags: for ``"tags"``.
        remove_tags: for ``"tags"``.
    """

    action: Literal["cancel", "delete", "reexecute", "reexecute_from_failure", "priority", "tags"]
    run_ids: Annotated[list[str], Field(max_length=BULK_MAX)] | None = None
    q: str | None = None
    tab: Literal["all", "queued", "running", "failed"] = "all"
    zone: str | None = None
    is_rehearsal: Flag = False
    priority: Priority | None = None
    add_tags: dict[TagText, str] = {}
    remove_tags: list[str] = []


class BulkItem(Shape):
    """What came of one of many runs.

    Args:
        run_id: the run.
        job: its job.
        outcome: ``"done"``, ``"skipped"`` (there is nothing to do) or ``"failed"``.
        text: in a sentence.
        new_run_id: the run that was made of it.
    """

    run_id: str
    job: str
    outcome: Literal["done", "skipped", "failed"]
    text: str
    new_run_id: str | None = None


class BulkDone(Shape):
    """What came of many.

    Args:
        items: run by run.
        done: so many were done, or would be.
        skipped: of so many there was nothing to do.
        failed: so many failed.
        is_rehearsal: whether nothing was done.
        is_whole: whether these are all that the query finds; else the first so many.
    """

    items: list[BulkItem]
    done: int
    skipped: int
    failed: int
    is_rehearsal: bool
    is_whole: bool


class Slot(Shape):
    """A run that goes on.

    Args:
        run: the run.
        since: since when it has its place.
        seconds: for how long.
        is_lost: whether its process is gone.
    """

    run: RunRef
    since: datetime | None
    seconds: float
    is_lost: bool


class PoolUse(Shape):
    """A pool that is in use.

    Args:
        pool: its name.
        slots: how many it has; None: no limit.
        held: which runs, and steps of them, have one.
        waiting: who waits, the first one first.
    """

    pool: str
    slots: int | None
    held: list[PoolPlace]
    waiting: list[PoolPlace]


class PoolPlace(Shape):
    """A place in a pool.

    Args:
        run: the run.
        step: the step; empty: the run as a whole.
        since: since when the run goes on.
    """

    run: RunRef
    step: str
    since: datetime | None


class QueueShape(Shape):
    """The queue.

    Args:
        limit: so many runs may go on at once.
        going_count: so many do.
        going: which, the longest first; the first ones of very many.
        line: the queued runs in the order in which they begin; the first ones of very many.
        queued_count: how many are queued.
        is_exact: whether all were counted.
        pools: the pools that are in use.
        text: how the queue does, in a sentence.
        at: when the answer was made.
    """

    limit: int
    going_count: int
    going: list[Slot]
    line: list[RunRow]
    queued_count: int
    is_exact: bool
    pools: list[PoolUse]
    text: str
    at: datetime
