"""What the questions of pages cost: by which index lists and facts beside them are found, however much is stored."""

import re

import pytest

from tests.contract.making import NOON_AT, SCHEDULE, SENSOR, at
from tests.store import test_plans
from tests.store.test_plans import Act, backfill_of, statements_of
from watchbell.record.backfill import BackfillStatus
from watchbell.record.change_store import StorePosition
from watchbell.record.run_query import RunFact, RunQuery, RunSort, RunTerm
from watchbell.store.sqlite import SqliteDatabase

database = test_plans.database


def runs_with(fact: RunFact, value: str, tag: str = "") -> Act:
    """The newest runs of which something holds."""
    return lambda store: store.find_runs(RunQuery([RunTerm(fact, (value,), tag)], limit=10))


PAGES: dict[str, Act] = {
    "runs": lambda store: store.find_runs(RunQuery(limit=10)),
    "runs, further on": lambda store: store.find_runs(RunQuery(limit=10, after=(9.0, 3))),
    "runs without those of backfills": lambda store: store.find_runs(RunQuery(limit=10), without_backfills=True),
    "failed runs": runs_with(RunFact.STATUS, "FAILURE"),
    "runs of a job": runs_with(RunFact.JOB, "etl"),
    "runs of a tag": runs_with(RunFact.TAG, "v", "k"),
    "runs of an asset": runs_with(RunFact.ASSET, "x"),
    "runs by the beginning of their ids": runs_with(RunFact.ID, "a"),
    "how many runs wait": lambda store: store.count_matching_runs([RunTerm(RunFact.STATUS, ("QUEUED",))], NOON_AT),
    "backfills among runs": lambda store: store.backfills_of_runs([], NOON_AT),
    "backfills among the newest runs": lambda store: store.backfills_of_runs([], NOON_AT, above=1),
    "runs by number": lambda store: store.run_records_numbered([1, 2]),
    "first failures of runs": lambda store: store.first_failures(["a"]),
    "failures of a run": lambda store: store.failures_of_run("a", limit=3),
    "how long runs usually take": lambda store: store.usual_durations(["a"]),
    "the runs beside one": lambda store: store.neighbours(store.run_record("a")),
    "the worker of a run": lambda store: store.run_worker("a"),
    "a run and its retries": lambda store: store.run_chain("a"),
    "the place in a log": lambda store: store.log_place("a", 1, 10),
    "what is wrong": lambda store: store.troubles(NOON_AT),
    "runs of a stretch of time": lambda store: store.runs_between(NOON_AT, at(60), limit=10),
    "runs of a job in a stretch of time": lambda store: store.runs_between(NOON_AT, at(60), limit=10, job_name="etl"),
    "runs by stretches of time": lambda store: store.over_bins(0, 99_999_999, 60.0, with_origin=False),
    "runs by stretches of time, and who asked": lambda store: store.over_bins(0, 99_999_999, 60.0, with_origin=True),
    "runs that are not over by stretches": lambda store: store.open_bins(60.0, with_origin=False),
    "when the third newest run was": lambda store: store.nth_newest_run_at(3),
    "when all ticked last": lambda store: store.last_ticks(),
    "what people switched": lambda store: store.switched_automations(),
    "how far the counters are": lambda store: store.position(),
    "what changed": lambda store: store.changes_since(StorePosition()),
    "newest runs of a job": lambda store: store.newest_runs_of_job("etl", 5),
    "newest runs of all jobs": lambda store: store.newest_runs_of_jobs(5),
    "a tick": lambda store: store.tick(1),
    "ticks of all": lambda store: store.all_ticks(limit=10),
    "ticks that failed": lambda store: store.all_ticks(limit=10, only_failed=True),
    "the newest tick of each": lambda store: store.newest_ticks(),
    "newest ticks of many": lambda store: store.tick_strips([SENSOR, SCHEDULE], count=5),
    "how many runs many caused": lambda store: store.runs_caused([SENSOR, SCHEDULE], NOON_AT),
    "ticks by number": lambda store: store.ticks_numbered([1]),
    "the tick after one": lambda store: store.tick_after(SENSOR, 0),
    "the last tick": lambda store: store.last_tick_id(),
    "the first tick since": lambda store: store.first_tick_id_since(NOON_AT),
    "what is paused": lambda store: store.paused_states(),
    "how many backfills": lambda store: store.count_backfills(statuses=[BackfillStatus.IN_PROGRESS]),
    "cells of a backfill": lambda store: store.backfill_cells(backfill_of(store), 10),
    "how fast backfills are": lambda store: store.backfill_paces(["b"], NOON_AT),
    "evaluations of a condition": lambda store: store.condition_evaluations("x", limit=10),
    "assets that failed": lambda store: store.failed_asset_facts(),
    "users": lambda store: store.users(),
    "tokens": lambda store: store.tokens(),
    "whether there are accounts": lambda store: store.has_accounts(NOON_AT),
    "sessions of all": lambda store: store.sessions(),
}
ORDERS = [(sort, after) for sort in RunSort for after in (None, (9.0, 3))]
SMALL = "automations|users|tokens|sessions|counters|pool_claims|names|counted|walk"
"""Tables with a row for each definition or person, not for each thing that happened; and what was found already, such
as the distinct words of an index."""
OF_TROUBLE = "ix_ticks_failed|ix_ticks_missed|ix_check_executions_failed|ix_asset_state_failed"
"""Indexes that hold nothing but trouble."""


def faults(database: SqliteDatabase, act: Act) -> list[tuple[str, str]]:
    """Walks through what grows, and sorts of such walks."""
    connection = database._connection
    assert connection is not None
    found = []
    for sql in statements_of(database, act):
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
        is_sorted = any("TEMP B-TREE" in line for line in plan)
        for line in plan:
            walks = re.match(rf"SCAN (?!CONSTANT|(?:{SMALL})\b|\w+ USING INDEX (?:{OF_TROUBLE})\b)", line)
            # The newest ones are read in the order of the table, until there are enough.
            if walks and (is_sorted or "LIMIT" not in sql):
                found.append((line, sql))
    return found


@pytest.mark.parametrize("name", PAGES)
def test_no_page_walks_through_what_grows(name: str, database: SqliteDatabase) -> None:
    assert statements_of(database, PAGES[name])
    assert faults(database, PAGES[name]) == []


@pytest.mark.parametrize("is_ascending", [False, True])
@pytest.mark.parametrize(("sort", "after"), ORDERS)
def test_each_order_of_runs_is_read_off_an_index(
    sort: RunSort, after: tuple[float, int] | None, is_ascending: bool, database: SqliteDatabase
) -> None:
    query = RunQuery(sort=sort, is_ascending=is_ascending, after=after, limit=10)

    connection = database._connection
    assert connection is not None
    [sql] = statements_of(database, lambda store: store.find_runs(query))
    plans = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]

    assert not [line for line in plans if "TEMP B-TREE" in line]
    if sort is not RunSort.CREATED:
        assert all(f"INDEX ix_runs_{sort.value}" in line for line in plans)
    if after is not None:
        assert all(line.startswith("SEARCH runs USING ") for line in plans)
