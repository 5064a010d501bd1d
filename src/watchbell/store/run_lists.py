"""Lists of runs: a person's filter as conditions, the orders, and what is shown beside a run."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from watchbell.record.event import EventLogEntry
from watchbell.record.keys import AssetKey
from watchbell.record.run import DagsterRunStatus, RunRecord
from watchbell.record.run_query import BackfillRuns, RunFact, RunQuery, RunSort, RunTerm
from watchbell.store import runs
from watchbell.store.log_lines import entry_of
from watchbell.store.session import Row, Session
from watchbell.store.statements import Condition, Group, Pieces

WORDS_MAX = 5_000
"""Names of jobs that a pattern is compared with (count)."""
NEWEST_TAGGED = (2, 10)
"""So many times the runs that are asked for are looked at, of those of a tag, before all of them are."""
NUMBER_MAX = 2**62
_WILD = re.compile(r"[*]")


def find(session: Session, query: RunQuery, *, without_backfills: bool) -> list[RunRecord]:
    """Runs in their order."""
    tagged = _one_tag(query)
    if tagged is not None and query.limit is not None:
        # The newest runs of a tag are at the end of its index: mostly they hold all that is asked for.
        lookup, below = runs.lookup_of(tagged.values[0]), NUMBER_MAX if query.after is None else query.after[1]
        rest = replace(query, terms=tuple(each for each in query.terms if each is not tagged))
        for times in NEWEST_TAGGED:
            newest = {"tag": tagged.tag, "lookup": lookup, "below": below, "most": times * query.limit}
            found = _find(session, rest, [("run_tagged_newest", newest)], without_backfills)
            if len(found) == query.limit:
                return found
    return _find(session, query, [], without_backfills)


def _one_tag(query: RunQuery) -> RunTerm | None:
    """A term that asks for one value of a tag, where the newest runs are asked for; None: there is none."""
    if query.sort is not RunSort.CREATED or query.is_ascending:
        return None
    for term in query.terms:
        is_exact = len(term.values) == 1 and not _WILD.search(term.values[0])
        if term.fact is RunFact.TAG and is_exact and not term.is_negated:
            return term
    return None


def _find(session: Session, query: RunQuery, more: Sequence[Condition], without_backfills: bool) -> list[RunRecord]:
    conditions = [*conditions_of(session, query.terms, _now(query)), *more]
    if without_backfills:
        conditions.append(("run_in_no_backfill", {}))
    side = "above" if query.is_ascending else "below"
    if query.after is not None:
        value, number = query.after
        if query.sort is RunSort.CREATED:
            conditions.append((f"run_number_{side}", {"number_now": number}))
        else:
            conditions.append((f"run_{query.sort.value}_{side}", {"value_now": value, "number_now": number}))
    order = "run_id_order" if query.sort is RunSort.CREATED else (f"run_{query.sort.value}_order", "run_id_order")
    pieces = Pieces("select_runs", conditions, order, descending=not query.is_ascending, limit=query.limit)
    return [runs.record_of(row) for row in session.select(pieces)]


def _now(query: RunQuery) -> float:
    return 0.0 if query.now is None else query.now.timestamp()


def count(session: Session, terms: Sequence[RunTerm], now: float, limit: int) -> int:
    """How many there are, at most one more than ``limit``."""
    pieces = Pieces("one_for_each_run", conditions_of(session, terms, now), limit=limit + 1)
    return session.count(pieces)


def of_backfills(session: Session, terms: Sequence[RunTerm], now: float, above: int) -> list[BackfillRuns]:
    """The backfills among them that have a run with a greater number, the one with the newest run first."""
    conditions = conditions_of(session, terms, now)
    if above > 0:
        names = [row[0] for row in session.rows("backfills_with_run_above", above=above)]
        if not names:
            return []
        conditions.append(("run_backfill_in", {"backfills": names}))
    pieces = Pieces("run_backfills", conditions, groups="run_backfill_groups")
    newest: dict[str, int] = {}
    counts: dict[str, dict[DagsterRunStatus, int]] = {}
    for backfill_id, status, number, many in session.select(pieces):
        newest[backfill_id] = max(number, newest.get(backfill_id, 0))
        counts.setdefault(backfill_id, {})[DagsterRunStatus(status)] = many
    found = [BackfillRuns(each, number, counts[each]) for each, number in newest.items()]
    return sorted(found, key=lambda each: -each.newest)


def numbered(session: Session, storage_ids: Sequence[int]) -> list[RunRecord]:
    """The runs with these storage ids."""
    rows = session.select_in(Pieces("select_runs"), "run_number_in", "numbers", storage_ids)
    return [runs.record_of(row) for row in rows]


# ------------------------------------------------------------- conditions


def conditions_of(session: Session, terms: Sequence[RunTerm], now: float) -> list[Condition]:
    """Terms as conditions of a statement."""
    return [_condition(session, term, now) for term in terms]


def _condition(session: Session, term: RunTerm, now: float) -> Condition:
    parts = _MAKERS[term.fact](session, term, now)
    if len(parts) == 1 and not term.is_negated:
        return parts[0]
    return Group(parts, is_any=True, is_negated=term.is_negated)


def _status(session: Session, term: RunTerm, now: float) -> list[Condition]:
    return [("run_status_in", {"statuses": list(term.values)})]


def _job(session: Session, term: RunTerm, now: float) -> list[Condition]:
    names = [each for each in term.values if not _WILD.search(each)]
    patterns = [_expression(each) for each in term.values if _WILD.search(each)]
    if patterns:
        known = words(session, "jobs", "", WORDS_MAX)
        names += [name for name in known if any(pattern.fullmatch(name) for pattern in patterns)]
    return [("run_job_in", {"jobs": names})]


def _location(session: Session, term: RunTerm, now: float) -> list[Condition]:
    return [("run_location_like", {"pattern": like(each)}) for each in term.values]


def _id(session: Session, term: RunTerm, now: float) -> list[Condition]:
    return [
        Group([
            ("run_id_from", {"first": each}),
            ("run_id_below", {"beyond": each[:-1] + chr(min(ord(each[-1]) + 1, 0x10FFFF))}),
        ])
        for each in term.values
        if each
    ]  # fmt: skip


def _tag(session: Session, term: RunTerm, now: float) -> list[Condition]:
    if not term.values:
        return [("run_has_tag", {"tag": term.tag})]
    exact = [runs.lookup_of(each) for each in term.values if not _WILD.search(each)]
    found: list[Condition] = [("run_tagged", {"tag": term.tag, "lookups": exact})] if exact else []
    wild = [each for each in term.values if _WILD.search(each)]
    return found + [("run_tag_like", {"tag": term.tag, "pattern": like(each)}) for each in wild]


def _asset(session: Session, term: RunTerm, now: float) -> list[Condition]:
    names = [AssetKey(each.split("/")).to_string() for each in term.values if not _WILD.search(each)]
    patterns = [_expression(each) for each in term.values if _WILD.search(each)]
    if patterns:
        for row in session.rows("assets"):
            key = AssetKey.from_db_string(row[0])
            if key is not None and any(pattern.fullmatch(key.to_user_string()) for pattern in patterns):
                names.append(row[0])
    return [("run_of_assets", {"assets": names})]


def _created_after(session: Session, term: RunTerm, now: float) -> list[Condition]:
    return [("run_created_after", {"created_after": term.number})]


def _created_before(session: Session, term: RunTerm, now: float) -> list[Condition]:
    return [("run_created_before", {"created_before": term.number})]


def _took_over(session: Session, term: RunTerm, now: float) -> list[Condition]:
    return [("run_took_over", {"now_at": now, "seconds": term.number})]


def _took_under(session: Session, term: RunTerm, now: float) -> list[Condition]:
    return [("run_took_under", {"now_at": now, "seconds": term.number})]


def _any(session: Session, term: RunTerm, now: float) -> list[Condition]:
    return [_condition(session, part, now) for part in term.parts]


_MAKERS: dict[RunFact, Callable[[Session, RunTerm, float], list[Condition]]] = {
    RunFact.STATUS: _status,
    RunFact.JOB: _job,
    RunFact.LOCATION: _location,
    RunFact.ID: _id,
    RunFact.TAG: _tag,
    RunFact.ASSET: _asset,
    RunFact.CREATED_AFTER: _created_after,
    RunFact.CREATED_BEFORE: _created_before,
    RunFact.TOOK_OVER: _took_over,
    RunFact.TOOK_UNDER: _took_under,
    RunFact.ANY: _any,
}


def like(pattern: str) -> str:
    """A pattern with ``*`` as SQL's LIKE has it."""
    escaped = pattern.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return escaped.replace("*", "%")


def _expression(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in pattern.split("*")), re.IGNORECASE | re.DOTALL)


# ------------------------------------------------------- beside the runs


def first_failures(session: Session, run_ids: Sequence[str]) -> dict[str, EventLogEntry]:
    """Of each run that has one, the first event that a step or it itself failed."""
    rows = session.run_in("first_failures", "run_ids", run_ids)
    return {row[1]: _entry(row) for row in rows}


def failures(session: Session, run_id: str, limit: int) -> list[EventLogEntry]:
    """The first events that steps of a run or it itself failed."""
    return [_entry(row) for row in session.rows("failures_of_run", run=run_id, most=limit)]


def _entry(row: Row) -> EventLogEntry:
    number, run_id, at, _, step_key, _, _, body = row
    return entry_of(number, run_id, at, step_key, body)


def usual_durations(session: Session, run_ids: Sequence[str]) -> dict[tuple[str, str | None], list[float]]:
    """Seconds of the last good runs, by job and location."""
    found: dict[tuple[str, str | None], list[float]] = {}
    for job, location, started, ended in session.run_in("usual_durations", "run_ids", run_ids):
        found.setdefault((job, location), []).append(ended - started)
    return found


def neighbours(session: Session, run: RunRecord) -> tuple[str | None, str | None]:
    """The runs of the same job before and after it."""
    before = after = None
    for run_id, number in session.rows("runs_beside", job_now=run.dagster_run.job_name, number_now=run.storage_id):
        if number < run.storage_id:
            before = run_id
        else:
            after = run_id
    return before, after


def chain(session: Session, root_run_id: str) -> list[RunRecord]:
    """A run and those that execute it again, the oldest first."""
    rows = session.rows("run_chain", root=root_run_id)
    return [replace(runs.record_of(row)) for row in rows]


def words(session: Session, kind: str, tag: str, limit: int) -> list[str]:
    """Distinct names of jobs, keys of tags, or values of a tag."""
    params = {"tag": tag} if kind == "values" else {}
    found = [row[0] for row in session.rows(f"words_{kind}", most=limit, **params)]
    return [each for each in found if not each.startswith("\x01")]  # digests of long values
