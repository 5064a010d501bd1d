"""What people do to runs: cancel, end by force, delete, execute again, give priority, tag. One run at a time."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

from watchbell.automate.queue_rules import priority_of
from watchbell.automate.retry_rules import reexecution_of
from watchbell.ground.errors import DagsterError
from watchbell.ground.ids import new_run_id
from watchbell.ground.masking import masked
from watchbell.ground.process_tree import ProcessTree
from watchbell.record.event import DagsterEventType, at_of
from watchbell.record.query import EventQuery
from watchbell.record.run import PRIORITY_TAG, DagsterRun, DagsterRunStatus, RunWorker
from watchbell.record.run_origin import ORIGIN_TAGS, tags_of_person
from watchbell.record.worker_identity import is_alive
from watchbell.services.cancelling import cancel_run
from watchbell.web.caller import Caller
from watchbell.web.problem import Problem
from watchbell.web.runs.detail import FORCE_AFTER_SECONDS
from watchbell.web.shapes.run_actions import ReexecuteAsked, RunDone
from watchbell.web.view import View

RESERVED = ("dagster/", "watchbell/", ".")
"""Beginnings of the tags that say what a run is; people change none of these but its priority."""
_S = DagsterRunStatus


class NothingToDoError(Exception):
    """A run is already as it was to be; the text says how it is."""


def cancel(view: View, run: DagsterRun, who: str, *, reason: str = "", is_forced: bool = False) -> RunDone:
    """Stops a run; one that waits never begins. The run's log says who asked, and why.

    Args:
        view: what may be changed.
        run: the run.
        who: the person who asks.
        reason: in the person's words; may be empty.
        is_forced: whether its process is killed.

    Raises:
        NothingToDoError: it is over.
        Problem: 409, it may not be ended by force yet, or is executed on another machine.
    """
    if run.is_finished:
        raise NothingToDoError(f"run {run.run_id[:8]} is over already: {word_of(run.status)}")
    if is_forced:
        return _force(view, run, who)
    after = cancel_run(view.instance, run, who, reason)
    text = "it will not begin" if after.status is _S.CANCELED else "its process is asked to stop"
    return RunDone(run_id=run.run_id, status=after.status, text=f"run {run.run_id[:8]} is cancelled: {text}")


def _force(view: View, run: DagsterRun, who: str) -> RunDone:
    asked_at = None
    if run.status is _S.CANCELING:
        kinds = frozenset({DagsterEventType.RUN_CANCELING})
        asked = view.store.events(EventQuery(run_id=run.run_id, types=kinds, limit=1))
        asked_at = at_of(asked[0].timestamp) if asked else None
    if asked_at is None or view.now() - asked_at < timedelta(seconds=FORCE_AFTER_SECONDS):
        text = f"cancel run {run.run_id[:8]} first; it has {FORCE_AFTER_SECONDS:g} seconds to stop by itself"
        raise Problem(409, "not-yet", text)
    _, worker = view.store.run_worker(run.run_id) or (0, None)
    if worker is not None and is_alive(worker) is None:
        text = f"the process of run {run.run_id[:8]} is on {worker.host_name}, out of reach from here"
        raise Problem(409, "elsewhere", text)
    if worker is not None:
        _kill(worker)
    message = f"{who} had its process ended by force, without time to clean up."
    view.instance.report_run_canceled(run, message)
    return RunDone(run_id=run.run_id, status=_S.CANCELED, text=f"run {run.run_id[:8]} was ended by force")


def _kill(worker: RunWorker) -> None:
    """Ends a worker with all it started, if it is that very process."""
    if not is_alive(worker):
        return
    below = ProcessTree(worker.pid)
    with suppress(ProcessLookupError, PermissionError):
        os.kill(worker.pid, signal.SIGKILL)
    below.kill()


def delete(view: View, run: DagsterRun) -> RunDone:
    """Forgets a run that is over, with its log; what is known of assets stays.

    Raises:
        Problem: 409, it is not over.
    """
    if not run.is_finished and run.status is not _S.NOT_STARTED:
        raise Problem(409, "not-over", f"run {run.run_id[:8]} is {word_of(run.status)}; cancel it first")
    view.instance.delete_run(run.run_id)
    return RunDone(run_id=run.run_id, status=None, text=f"run {run.run_id[:8]} and its log are deleted")


def reexecute(view: View, run: DagsterRun, asked: ReexecuteAsked, caller: Caller) -> RunDone:
    """Queues a run that executes another one again.

    Raises:
        NothingToDoError: it did not fail, so there is no failure to go on from.
        Problem: 409, it is not over; 422, what is asked for contradicts itself.
    """
    check_reexecution(run, asked)
    again = reexecution_of(
        run,
        new_run_id(),
        from_failure=asked.from_failure,
        step_keys=asked.steps or None,
        tags=tags_of_person(asked.tags, caller.name),
    )
    dropped = set(asked.without_tags) - ORIGIN_TAGS
    if dropped:
        again = again.with_tags({key: value for key, value in again.tags.items() if key not in dropped})
    if asked.config is not None:
        again = replace(again, run_config=_unmasked(asked.config, run.run_config))
    view.store.add_runs([again], view.now())
    what = "what failed" if asked.from_failure else _steps_text(asked.steps)
    text = f"run {again.run_id[:8]} is queued and executes {what} of run {run.run_id[:8]} again"
    return RunDone(run_id=again.run_id, status=_S.QUEUED, text=text)


def check_reexecution(run: DagsterRun, asked: ReexecuteAsked) -> None:
    """Whether a run can be executed again so; raises as :func:`reexecute` does."""
    if asked.from_failure and asked.steps:
        raise Problem(422, "invalid-request", "give `from_failure` or `steps`, not both")
    wrong = [each for each in (*asked.tags, *asked.without_tags) if each != PRIORITY_TAG and each.startswith(RESERVED)]
    if wrong:
        raise reserved_problem(wrong)
    if not run.is_finished:
        raise Problem(409, "not-over", f"run {run.run_id[:8]} is {word_of(run.status)}; it can be run again when over")
    if asked.from_failure and run.is_success:
        raise NothingToDoError(f"run {run.run_id[:8]} did not fail, so there is no failure to go on from")


def _steps_text(steps: Sequence[str] | None) -> str:
    if not steps:
        return "all"
    return f"step {steps[0]}" if len(steps) == 1 else f"{len(steps)} steps"


def _unmasked(config: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """A config that was shown with secrets masked: what is still masked is taken from what is stored."""
    shown = masked(dict(stored))
    return {key: _unmask(value, shown.get(key), stored.get(key)) for key, value in config.items()}


def _unmask(value: Any, shown: Any, stored: Any) -> Any:
    if value == shown:
        return stored
    if isinstance(value, Mapping) and isinstance(shown, Mapping) and isinstance(stored, Mapping):
        return {key: _unmask(each, shown.get(key), stored.get(key)) for key, each in value.items()}
    return value


def change(
    view: View, run: DagsterRun, *, priority: int | None, add: Mapping[str, str], remove: Sequence[str]
) -> RunDone:
    """Gives a run another priority, adds tags, takes some away.

    Raises:
        NothingToDoError: it has all that already.
        Problem: 409, it does not wait any more, so that it has no priority; 422, a tag is not for people to change.
    """
    wrong = [each for each in (*add, *remove) if each.startswith(RESERVED)]
    if wrong:
        raise reserved_problem(wrong)
    added, removed = dict(add), list(remove)
    if priority is not None:
        if run.status not in {_S.QUEUED, _S.NOT_STARTED}:
            text = f"run {run.run_id[:8]} is {word_of(run.status)}, and waits for nothing"
            raise Problem(409, "not-queued", text)
        added[PRIORITY_TAG] = str(priority)
    is_new = any(run.tags.get(key) != value for key, value in added.items()) or any(key in run.tags for key in removed)
    if not is_new:
        raise NothingToDoError(f"run {run.run_id[:8]} is so already")
    try:
        after = view.store.change_run_tags(run.run_id, added, removed, view.now())
    except DagsterError as error:
        raise Problem(422, "invalid-request", str(error)) from error
    text = (
        f"run {run.run_id[:8]} has priority {priority_of(after.tags)}" if priority is not None else "its tags changed"
    )
    return RunDone(run_id=run.run_id, status=after.status, text=text)


def reserved_problem(tags: Sequence[str]) -> Problem:
    """That tags are not for people to change."""
    text = f"{', '.join(tags[:5])}: tags that begin with {', '.join(RESERVED)} say what a run is, and stay as they are"
    return Problem(422, "invalid-request", text)


def word_of(status: DagsterRunStatus) -> str:
    """A state as people call it."""
    words = {
        _S.QUEUED: "queued",
        _S.NOT_STARTED: "not queued",
        _S.STARTING: "starting",
        _S.STARTED: "running",
        _S.CANCELING: "being cancelled",
        _S.SUCCESS: "done",
        _S.FAILURE: "failed",
        _S.CANCELED: "cancelled",
    }
    return words.get(status, status.value.lower())
