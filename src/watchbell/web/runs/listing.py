"""One page of a list of runs: the filter, the order, the place in it, what is folded, how many there are."""

from __future__ import annotations

from collections.abc import Sequence

from watchbell.ground.value import dataclass
from watchbell.record.run import DagsterRun, RunRecord
from watchbell.record.run_query import COUNT_MAX, BackfillRuns, RunFact, RunQuery, RunSort, RunTerm
from watchbell.web.problem import Problem
from watchbell.web.query.runs import STATUSES
from watchbell.web.runs.rows import run_rows
from watchbell.web.shapes.runs import RunCounts, RunsPage
from watchbell.web.shapes.shape import Total
from watchbell.web.view import View

TABS = {"all": (), "queued": STATUSES["queued"], "running": STATUSES["running"], "failed": STATUSES["failed"]}
"""The tabs of the list, and the states that each shows."""


@dataclass(frozen=True)
class ListAsked:
    """Which page of which list.

    Args:
        terms: the filter.
        tab: the states that are shown.
        sort: the order.
        is_ascending: the smallest first.
        is_folded: whether the runs of a backfill are one row.
        limit: most rows.
        cursor: of the page before.
        with_total: whether the rows of all pages are counted.
    """

    terms: tuple[RunTerm, ...]
    tab: str
    sort: RunSort
    is_ascending: bool
    is_folded: bool
    limit: int
    cursor: str | None
    with_total: bool


def runs_page(view: View, asked: ListAsked) -> RunsPage:
    """A page."""
    now = view.now()
    states = TABS[asked.tab]
    terms = (*asked.terms, RunTerm(RunFact.STATUS, states)) if states else asked.terms
    query = RunQuery(terms, asked.sort, asked.is_ascending, _place(asked.cursor), asked.limit + 1, now)
    folds: dict[str, BackfillRuns] = {}
    if asked.is_folded and asked.sort is RunSort.CREATED and not _speaks_of_backfills(asked.terms):
        records, folds = _folded(view, query, terms)
    else:
        records = view.store.find_runs(query)
    shown = records[: asked.limit]
    total = counts = None
    if asked.with_total and asked.cursor is None:
        number = view.store.count_matching_runs(terms, now)
        total = Total(count=min(number, COUNT_MAX), is_exact=number <= COUNT_MAX)
        counts = _counts(view, asked.terms)
    return RunsPage(
        items=run_rows(view, [each.dagster_run for each in shown], folds),
        next_cursor=_cursor(shown[-1], asked.sort) if len(records) > asked.limit else None,
        total=total,
        at=now,
        counts=counts,
    )


def _counts(view: View, terms: Sequence[RunTerm]) -> RunCounts:
    now = view.now()
    others = [each for each in terms if each.fact is not RunFact.STATUS]
    found = {
        tab: view.store.count_matching_runs([*others, RunTerm(RunFact.STATUS, states)], now)
        for tab, states in TABS.items()
        if states
    }
    is_exact = all(number <= COUNT_MAX for number in found.values())
    return RunCounts(**{tab: min(number, COUNT_MAX) for tab, number in found.items()}, is_exact=is_exact)


def _folded(view: View, query: RunQuery, terms: Sequence[RunTerm]) -> tuple[list[RunRecord], dict[str, BackfillRuns]]:
    """Runs of no backfill, and of each backfill its newest run, in one order."""
    single = view.store.find_runs(query, without_backfills=True)
    # Newest first, what has no run above the last row of a full page comes on a later one.
    is_full = len(single) == query.limit and not query.is_ascending
    backfills = view.store.backfills_of_runs(terms, view.now(), above=single[-1].storage_id if is_full else 0)
    if query.after is not None:
        place = query.after[1]
        backfills = [each for each in backfills if (each.newest > place) is query.is_ascending]
    backfills = backfills[::-1] if query.is_ascending else backfills
    newest = {each.newest: each for each in backfills[: query.limit]}
    several = view.store.run_records_numbered(list(newest)) if newest else []
    records = sorted([*single, *several], key=lambda each: each.storage_id, reverse=not query.is_ascending)
    folds = {each.dagster_run.run_id: newest[each.storage_id] for each in several}
    return records[: query.limit], folds


def _speaks_of_backfills(terms: Sequence[RunTerm]) -> bool:
    return any("backfill" in each.tag or _speaks_of_backfills(each.parts) for each in terms)


def _cursor(record: RunRecord, sort: RunSort) -> str:
    run: DagsterRun = record.dagster_run
    started, ended = record.start_time, record.end_time
    values = {
        RunSort.CREATED: 0.0,
        RunSort.ENDED: -1.0 if ended is None else ended,
        RunSort.DURATION: -1.0 if started is None or ended is None else ended - started,
    }
    assert run.run_id
    return f"{values[sort]!r},{record.storage_id}"


def _place(cursor: str | None) -> tuple[float, int] | None:
    """The place that a cursor names.

    Raises:
        Problem: 422, this server gave out no such cursor.
    """
    if cursor is None:
        return None
    value, _, number = cursor.partition(",")
    if number.isascii() and number.isdigit() and len(number) < 19:
        try:
            return float(value), int(number)
        except ValueError:
            pass
    raise Problem(422, "invalid-request", f"{cursor[:100]!r} is no cursor that this server gave out")
