"""The same done to many runs: what would come of it, and what came of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from watchbell.ground.errors import DagsterError, StoreError
from watchbell.record.log_text import target_of
from watchbell.record.run import DagsterRun, DagsterRunStatus, RunsFilter
from watchbell.record.run_query import RunFact, RunQuery, RunTerm
from watchbell.web.caller import Caller
from watchbell.web.problem import Problem
from watchbell.web.query.language import Around, zone_or_problem
from watchbell.web.query.runs import RUNS
from watchbell.web.runs import acting
from watchbell.web.runs.listing import TABS
from watchbell.web.shapes.run_actions import BULK_MAX, BulkAsked, BulkDone, BulkItem, ReexecuteAsked
from watchbell.web.view import View

Act = Callable[[DagsterRun], BulkItem]


def many(view: View, asked: BulkAsked, caller: Caller) -> BulkDone:
    """Does it, or says what would be done.

    Raises:
        Problem: 422, it does not say to which runs, or what.
    """
    runs, missing, is_whole = _meant(view, asked)
    act = _would(asked) if asked.is_rehearsal else _does(view, asked, caller)
    items = [_item(act, run) for run in runs]
    items += [BulkItem(run_id=each, job="", outcome="failed", text="there is no such run any more") for each in missing]
    return BulkDone(
        items=items,
        done=sum(each.outcome == "done" for each in items),
        skipped=sum(each.outcome == "skipped" for each in items),
        failed=sum(each.outcome == "failed" for each in items),
        is_rehearsal=asked.is_rehearsal,
        is_whole=is_whole,
    )


def _meant(view: View, asked: BulkAsked) -> tuple[list[DagsterRun], list[str], bool]:
    if (asked.run_ids is None) is (asked.q is None):
        raise Problem(422, "invalid-request", "say to which runs: give `run_ids`, or `q`")
    if asked.action == "priority" and asked.priority is None:
        raise Problem(422, "invalid-request", "give `priority`")
    if asked.action == "tags" and not asked.add_tags and not asked.remove_tags:
        raise Problem(422, "invalid-request", "give `add_tags` or `remove_tags`")
    if asked.run_ids is not None:
        ids = list(dict.fromkeys(asked.run_ids))
        records = view.store.run_records(RunsFilter(run_ids=ids)) if ids else []
        found = {each.dagster_run.run_id: each.dagster_run for each in records}
        return [found[each] for each in ids if each in found], [each for each in ids if each not in found], True
    terms = RUNS.read(asked.q or "", Around(view.now(), zone_or_problem(asked.zone)))
    if TABS[asked.tab]:
        terms.append(RunTerm(RunFact.STATUS, TABS[asked.tab]))
    records = view.store.find_runs(RunQuery(terms, limit=BULK_MAX + 1, now=view.now()))
    return [each.dagster_run for each in records[:BULK_MAX]], [], len(records) <= BULK_MAX


def _item(act: Act, run: DagsterRun) -> BulkItem:
    """What comes of one run; the others go on whatever it is."""
    try:
        return act(run)
    except acting.NothingToDoError as error:
        return BulkItem(run_id=run.run_id, job=target_of(run), outcome="skipped", text=str(error))
    except Problem as problem:
        outcome: Literal["skipped", "failed"] = "skipped" if problem.status == 409 else "failed"
        return BulkItem(run_id=run.run_id, job=target_of(run), outcome=outcome, text=problem.detail)
    except StoreError as error:
        text = f"the database could not be written ({type(error).__name__})"
        return BulkItem(run_id=run.run_id, job=target_of(run), outcome="failed", text=text)
    except DagsterError as error:
        return BulkItem(run_id=run.run_id, job=target_of(run), outcome="failed", text=str(error))


def _does(view: View, asked: BulkAsked, caller: Caller) -> Act:
    def act(run: DagsterRun) -> BulkItem:
        match asked.action:
            case "cancel":
                done = acting.cancel(view, run, caller.name, reason=asked.reason)
            case "delete":
                done = acting.delete(view, run)
            case "reexecute" | "reexecute_from_failure":
                done = acting.reexecute(view, run, _again(asked), caller)
                return _done(run, done.text, done.run_id)
            case _:
                done = acting.change(view, run, priority=asked.priority, add=asked.add_tags, remove=asked.remove_tags)
        return _done(run, done.text)

    return act


def _again(asked: BulkAsked) -> ReexecuteAsked:
    return ReexecuteAsked(from_failure=asked.action == "reexecute_from_failure")


def _done(run: DagsterRun, text: str, new_run_id: str | None = None) -> BulkItem:
    return BulkItem(run_id=run.run_id, job=target_of(run), outcome="done", text=text, new_run_id=new_run_id)


def _would(asked: BulkAsked) -> Act:
    """What would be done to a run, by the same rules."""
    texts = {
        "cancel": "would be cancelled",
        "delete": "would be deleted with its log",
        "reexecute": "would be run again",
        "reexecute_from_failure": "would be run again from its failure",
        "priority": f"would have priority {asked.priority}",
        "tags": "would have other tags",
    }

    def act(run: DagsterRun) -> BulkItem:
        name = f"run {run.run_id[:8]}"
        state = acting.word_of(run.status)
        if asked.action == "cancel" and run.is_finished:
            raise acting.NothingToDoError(f"{name} is over already: {state}")
        if asked.action == "delete" and not run.is_finished and run.status is not DagsterRunStatus.NOT_STARTED:
            raise acting.NothingToDoError(f"{name} is {state}; cancel it first")
        if asked.action.startswith("reexecute"):
            acting.check_reexecution(run, _again(asked))
        if asked.action == "priority" and run.status is not DagsterRunStatus.QUEUED:
            raise acting.NothingToDoError(f"{name} is {state}, and waits for nothing")
        return _done(run, f"{name} {texts[asked.action]}")

    return act
