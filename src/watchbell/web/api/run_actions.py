"""``/api/runs/{run_id}/…``: what is done to runs; ``/api/queue``: the line in which they wait."""

from __future__ import annotations

from collections.abc import Callable

from watchbell.web.audit import AuditNoteOf
from watchbell.web.caller import CallerOf
from watchbell.web.problem import Problem
from watchbell.web.routing import api_router
from watchbell.web.runs import acting
from watchbell.web.runs.bulk import many
from watchbell.web.runs.finding import found_run
from watchbell.web.runs.queue import queue
from watchbell.web.shapes.run_actions import (
    BulkAsked,
    BulkDone,
    CancelAsked,
    QueueShape,
    ReexecuteAsked,
    RunChange,
    RunDone,
    WhyShape,
)
from watchbell.web.view import ViewOf

router = api_router()


@router.get("/queue")
def get_queue(view: ViewOf) -> QueueShape:
    """The queue: who has a place and for how long, who waits and for what, in which order."""
    return queue(view)


@router.post("/runs/bulk")
def change_runs(asked: BulkAsked, view: ViewOf, caller: CallerOf, note: AuditNoteOf) -> BulkDone:
    """Does the same to many runs, or says what would come of it; partial failure is told run by run."""
    done = many(view, asked, caller)
    note.about(asked.action, done=done.done, skipped=done.skipped, failed=done.failed)
    return done


@router.post("/runs/{run_id}/cancel")
def cancel_run(run_id: str, asked: CancelAsked, view: ViewOf, caller: CallerOf) -> RunDone:
    """Stops a run; one that waits never begins. By force only after it had ten seconds to stop by itself."""
    run = found_run(view, run_id)
    return _told(lambda: acting.cancel(view, run, caller.name, reason=asked.reason, is_forced=asked.is_forced))


@router.post("/runs/{run_id}/reexecute")
def reexecute_run(run_id: str, asked: ReexecuteAsked, view: ViewOf, caller: CallerOf, note: AuditNoteOf) -> RunDone:
    """Queues a run that executes another one again: all of it, what failed, some steps, or with another config."""
    done = _told(lambda: acting.reexecute(view, found_run(view, run_id), asked, caller))
    note.about(run_id, new_run_id=done.run_id)
    return done


@router.patch("/runs/{run_id}")
def change_run(run_id: str, asked: RunChange, view: ViewOf) -> RunDone:
    """Gives a queued run another priority; adds tags to a run, takes some away."""
    run = found_run(view, run_id)
    return _told(
        lambda: acting.change(view, run, priority=asked.priority, add=asked.add_tags, remove=asked.remove_tags)
    )


@router.post("/runs/{run_id}/delete")
def delete_run(run_id: str, why: WhyShape, view: ViewOf) -> RunDone:
    """Forgets a run that is over, with its log; what is known of assets stays."""
    return _told(lambda: acting.delete(view, found_run(view, run_id)))


def _told(act: Callable[[], RunDone]) -> RunDone:
    """The same, with nothing to do told as a problem.

    Raises:
        Problem: 409, it is so already.
    """
    try:
        return act()
    except acting.NothingToDoError as error:
        raise Problem(409, "nothing-to-do", str(error)) from error
