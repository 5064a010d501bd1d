"""What a question costs: by which index it is answered, and with how many statements."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.contract.making import (
    NOON_AT,
    SCHEDULE,
    SENSOR,
    WORKER,
    at,
    commit,
    materialized,
    message,
    run,
    status_event,
    take_lease,
)
from watchbell.record.account import LoginSession
from watchbell.record.audit import AuditQuery
from watchbell.record.automation_policy import AutomationPolicy, Overlap
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
from watchbell.record.overlap import OVERLAP_TAG
from watchbell.record.query import EventQuery
from watchbell.record.run import DagsterRun, DagsterRunStatus, RunsFilter
from watchbell.record.tick import AutomationState, RunOrder, TickCommit
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
    "skip a time": lambda store: store.commit_ticks([time_of_schedule(Overlap.SKIP)], None, NOON_AT),
    "buffer a time": lambda store: store.commit_ticks([time_of_schedule(Overlap.BUFFER_ONE)], None, NOON_AT),
    "cancel what runs": lambda store: store.commit_ticks([time_of_schedule(Overlap.CANCEL_RUNNING)], None, NOON_AT),
    "use run keys again": lambda store: store.commit_ticks(
        [replace(commit(AutomationState(SENSOR), 60, {"t": "key"}), policy=AutomationPolicy(run_key_ttl_seconds=9))],
        None,
        NOON_AT,
    ),
    "what a run waits for": lambda store: store.overlap_waits(["of 12:00", "of 12:01", "of 12:02"]),
    "hand out of a schedule": lambda store: store.hand_out_runs(["of 12:01"], take_lease(store), NOON_AT),
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
    "the user of a cookie": lambda store: store.session_by_digest("cookie"),
    "the token of a secret": lambda store: store.token_by_digest("secret"),
    "a user": lambda store: store.user_with_password("ada"),
    "the sessions of a user": lambda store: store.sessions("ada"),
    "log in": lambda store: store.add_session(
        LoginSession(0, "ada", NOON_AT, at(60), NOON_AT), "cookie", replaces="other"
    ),
    "audit log": lambda store: store.audit(AuditQuery(before_id=9)),
    "audit log of somebody": lambda store: store.audit(AuditQuery(who="ada", before_id=9)),
    "audit log of a thing": lambda store: store.audit(AuditQuery(kind="run", target="a")),
    "wipe an asset": lambda store: store.wipe_asset(AssetKey("x")),
}


def of_schedule(minute: int) -> DagsterRun:
    """A run of a schedule's time, as a tick stores it."""
    own = {"dagster/schedule_name": "daily", ".dagster/scheduled_execution_time": at(60 * minute).isoformat()}
    return run(f"of 12:0{minute}", tags={**own, OVERLAP_TAG: "buffer_one"}, location_name="here")


def time_of_schedule(overlap: Overlap) -> TickCommit:
    wanted = commit(AutomationState(SCHEDULE), 180, {"of 12:03": None})
    orders = (RunOrder(of_schedule(3)),)
    return replace(wanted, orders=orders, policy=AutomationPolicy(overlap=overlap))


def backfill_of(store: SqlStore) -> Backfill:
    found = store.backfill("b")
    assert found is not None
    return found


@pytest.fixture
def database() -> Iterator[SqliteDatabase]:
    opened = SqliteDatabase(IN_MEMORY)
    store = SqlStore(opened, NullNotifier())
    store.add_runs([run("a", tags={"k": "v"}), run("b"), *map(of_schedule, range(3))], NOON_AT)
    store.append([status_event("of 12:02", T.RUN_START)])
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
        ("the user of a cookie", 1),
        ("the token of a secret", 1),
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


OF_A_SCHEDULE = "runs.schedule = "
"""What every statement says that looks for unfinished runs of a schedule."""


@pytest.mark.parametrize(
    "name", ["skip a time", "buffer a time", "cancel what runs", "what a run waits for", "hand out of a schedule"]
)
def test_unfinished_runs_of_a_schedule_have_an_index_of_their_own(name: str, database: SqliteDatabase) -> None:
    connection = database._connection
    assert connection is not None
    asked = [sql for sql in statements_of(database, ACTS[name]) if OF_A_SCHEDULE in sql]

    plans = [" ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")) for sql in asked]

    assert asked
    assert all("INDEX ix_runs_schedule (schedule=? AND location_name=?" in plan for plan in plans), plans


def test_the_index_of_unfinished_runs_has_no_room_for_others(database: SqliteDatabase) -> None:
    """Two thousand runs that are over: as many steps of the engine as without them."""
    connection = database._connection
    assert connection is not None
    store = SqlStore(database, NullNotifier())

    def steps() -> int:
        counted: list[None] = []
        connection.set_progress_handler(lambda: counted.append(None), 1)
        assert store.overlap_waits(["of 12:01"]).keys() == {"of 12:01"}
        connection.set_progress_handler(None, 0)
        return len(counted)

    before = steps()
    over = [
        replace(of_schedule(1), run_id=f"over {number}", status=DagsterRunStatus.SUCCESS) for number in range(2_000)
    ]
    store.add_runs(over, NOON_AT)

    assert steps() <= before + 5  # deeper trees of other indexes


def test_who_allows_overlap_does_not_pay_for_it(database: SqliteDatabase) -> None:
    def plain(store: SqlStore) -> object:
        return store.commit_ticks([replace(time_of_schedule(Overlap.ALLOW))], None, NOON_AT)

    sent = statements_of(database, plain)
    handed_out = statements_of(database, ACTS["hand out"])

    assert [sql for sql in [*sent, *handed_out] if OF_A_SCHEDULE in sql] == []


def test_run_keys_without_an_end_cost_nothing_more(database: SqliteDatabase) -> None:
    def plain(store: SqlStore) -> object:
        return store.commit_ticks([commit(AutomationState(SENSOR), 60, {"t": "key"})], None, NOON_AT)

    sent = [sql for sql in statements_of(database, plain) if " run_keys" in sql]

    assert [sql.split(" ", 1)[0] for sql in sent] == ["SELECT", "INSERT"]
