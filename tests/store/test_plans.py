"""What a question costs: by which index it is answered, and with how many statements."""

import re
from collections.abc import Callable, Iterator

import pytest

from tests.contract.making import NOON_AT, SCHEDULE, SENSOR, WORKER, at, commit, materialized, message, run, take_lease
from watchbell.record.backfill import (
    Backfill,
    BackfillCommit,
    BackfillPart,
    BackfillStatus,
    BackfillTarget,
    PartMove,
    PartState,
)
from watchbell.record.event import DagsterEventType
from watchbell.record.keys import AssetKey
from watchbell.record.query import EventQuery
from watchbell.record.run import DagsterRunStatus, RunsFilter
from watchbell.record.tick import AutomationState
from watchbell.store.notify import NullNotifier
from watchbell.store.sqlite import IN_MEMORY, SqliteDatabase
from watchbell.store.store import SqlStore

T = DagsterEventType
Act = Callable[[SqlStore], object]

MADE = frozenset({T.ASSET_MATERIALIZATION})
ENDED = frozenset({T.RUN_FAILURE, T.RUN_SUCCESS})
QUEUED = [DagsterRunStatus.QUEUED]

ACTS: dict[str, Act] = {
    "one run": lambda store: store.run_record("a"),
    "queued runs": lambda store: store.run_records(RunsFilter(statuses=QUEUED), limit=10, ascending=True),
    "runs of a job": lambda store: store.run_records(RunsFilter(job_name="etl"), limit=10),
    "runs of a tag": lambda store: store.run_records(RunsFilter(tags={"k": "v"}), limit=10),
    "runs after another": lambda store: store.run_records(RunsFilter(), cursor="a", limit=10),
    "runs changed lately": lambda store: store.count_runs(RunsFilter(updated_after=at(5))),
    "run ids by prefix": lambda store: store.run_ids_with_prefix("a", limit=2),
    "workers": lambda store: store.run_workers(),
    "log of a run": lambda store: store.events(EventQuery(run_id="a")),
    "log of a run, followed": lambda store: store.events(EventQuery(run_id="a", after_id=1, limit=10)),
    "failures of a run": lambda store: store.events(EventQuery(run_id="a", types=frozenset({T.STEP_FAILURE}))),
    "ended runs since": lambda store: store.events(EventQuery(types=ENDED, after_id=1, limit=10)),
    "an asset's history": lambda store: store.events(
        EventQuery(asset_key=AssetKey("x"), types=MADE, newest_first=True, limit=1)
    ),
    "an asset's events since": lambda store: store.events(
        EventQuery(asset_key=AssetKey("x"), types=MADE, after_id=0, limit=100)
    ),
    "an asset's last event before": lambda store: store.events(
        EventQuery(asset_key=AssetKey("x"), types=MADE, before_at=at(5), newest_first=True, limit=1)
    ),
    "what was made since": lambda store: store.made_assets(0, limit=100),
    "new events": lambda store: store.events(EventQuery(after_id=1, limit=10)),
    "latest materialization": lambda store: store.latest_materialization(AssetKey("x")),
    "states of some assets": lambda store: store.asset_states([AssetKey("x"), AssetKey("y")]),
    "an automation's state": lambda store: store.automation_state(SENSOR),
    "newest ticks": lambda store: store.ticks(SENSOR, limit=10),
    "a lease": lambda store: store.lease("daemon"),
    "newest event": lambda store: store.last_event_id(),
    "append": lambda store: store.append([message("a", "x"), materialized("x", "a")], attempt=0),
    "add a run": lambda store: store.add_runs([run("new", tags={"k": "v"})], NOON_AT),
    "tag a run": lambda store: store.add_run_tags("a", {"k": "w"}, NOON_AT),
    "delete a run": lambda store: store.delete_run("a"),
    "hand out": lambda store: store.hand_out_runs(["a"], take_lease(store), NOON_AT),
    "begin": lambda store: store.begin_run("a", 1, WORKER, NOON_AT),
    "cancel": lambda store: store.request_cancel("a", NOON_AT),
    "commit a schedule's tick": lambda store: store.commit_ticks(
        [commit(AutomationState(SCHEDULE), 60, {"t": "key"})], None, NOON_AT
    ),
    "a backfill": lambda store: store.backfill("b"),
    "backfills that go on": lambda store: store.backfills(statuses=[BackfillStatus.IN_PROGRESS, BackfillStatus.PAUSED]),
    "newest backfills": lambda store: store.backfills(before_id=9, limit=10),
    "parts of a backfill": lambda store: store.backfill_parts(backfill_of(store), after=0, limit=10),
    "failed parts": lambda store: store.backfill_parts(backfill_of(store), states=[PartState.FAILED]),
    "move a backfill": lambda store: store.commit_backfill(
        BackfillCommit(backfill_of(store), backfill_of(store), (PartMove(1, PartState.SKIPPED),)), None, NOON_AT
    ),
    "delete a run of a backfill": lambda store: store.delete_run("part"),
    "states of runs": lambda store: store.run_statuses(["a", "b"]),
    "wipe an asset": lambda store: store.wipe_asset(AssetKey("x")),
}


def backfill_of(store: SqlStore) -> Backfill:
    found = store.backfill("b")
    assert found is not None
    return found


@pytest.fixture
def database() -> Iterator[SqliteDatabase]:
    opened = SqliteDatabase(IN_MEMORY)
    store = SqlStore(opened, NullNotifier())
    store.add_runs([run("a", tags={"k": "v"}), run("b")], NOON_AT)
    store.append([materialized("x", "a")])
    added = store.add_backfill(
        Backfill("b", (BackfillTarget("etl", "here"),), NOON_AT), [BackfillPart(0), BackfillPart(1)]
    )
    part = run("part", tags={"dagster/backfill": "b", "watchbell/backfill_part": "0"})
    store.commit_backfill(
        BackfillCommit(added, added, (PartMove(0, PartState.RUNNING, 1, ("part",)),), (part,)), None, NOON_AT
    )
    yield opened
    opened.close()


def statements_of(database: SqliteDatabase, act: Act) -> list[str]:
    """What is sent to the engine, with the values in it."""
    connection = database._connection
    assert connection is not None
    sent: list[str] = []
    connection.set_trace_callback(sent.append)
    act(SqlStore(database, NullNotifier()))
    connection.set_trace_callback(None)
    return [each for each in sent if not each.startswith(("BEGIN", "COMMIT"))]


@pytest.mark.parametrize("name", ACTS)
def test_no_question_walks_through_a_table(name: str, database: SqliteDatabase) -> None:
    connection = database._connection
    assert connection is not None

    plans = {
        sql: [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
        for sql in statements_of(database, ACTS[name])
        if not sql.startswith("INSERT")
    }

    assert plans
    walks = {sql: plan for sql, plan in plans.items() if any(re.match(r"SCAN (?!CONSTANT)", line) for line in plan)}
    sorts = {sql: plan for sql, plan in plans.items() if any("TEMP B-TREE" in line for line in plan)}
    assert walks == {}
    # Kinds of event and tags are several ranges of one index; what is found in them is few, and is put in order.
    assert set(sorts) <= {sql for sql in plans if name in {"ended runs since", "runs of a tag", "backfills that go on"}}


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("latest materialization", 1),
        ("one run", 1),
        ("log of a run", 1),
        ("queued runs", 1),
        ("states of some assets", 1),
        ("what was made since", 1),
    ],
)
def test_a_question_is_one_statement(name: str, count: int, database: SqliteDatabase) -> None:
    assert len(statements_of(database, ACTS[name])) == count


def test_the_log_of_a_run_is_read_by_the_runs_index_whatever_kinds_are_asked_for(database: SqliteDatabase) -> None:
    connection = database._connection
    assert connection is not None
    (sql,) = statements_of(database, ACTS["failures of a run"])

    plan = " ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}"))

    assert "ix_events_run" in plan


@pytest.mark.parametrize(
    ("act", "index"),
    [
        (
            lambda store: store.events(
                EventQuery(asset_key=AssetKey("x"), types=MADE, partitions=("a",), newest_first=True, limit=1)
            ),
            "ix_events_partition (asset_key=? AND partition=? AND type=?)",
        ),
        (
            lambda store: store.dynamic_partitions("files", keys=["a"]),
            "PRIMARY KEY (name=? AND partition=?)",
        ),
        (
            lambda store: store.dynamic_partitions("files", numbers=[3]),
            "sqlite_autoindex_dynamic_partitions_3 (name=? AND number=?)",
        ),
    ],
)
def test_a_few_partitions_are_found_without_looking_at_all(act: Act, index: str, database: SqliteDatabase) -> None:
    connection = database._connection
    assert connection is not None
    (sql,) = statements_of(database, act)

    plan = " ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}"))

    assert index in plan


def test_ticks_committed_together_cost_few_statements_each(database: SqliteDatabase) -> None:
    state = AutomationState(SCHEDULE)

    def one(store: SqlStore) -> object:
        return store.commit_ticks([commit(state, 60)], None, NOON_AT)

    assert len(statements_of(database, one)) <= 7
