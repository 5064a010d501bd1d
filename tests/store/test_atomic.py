"""Each method of the store that changes something is cut off at each of its statements: then it changed nothing."""

import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.contract.making import NOON_AT
from watchbell.record.account import LoginSession, Role, Token, User
from watchbell.record.asset_check import AssetCheckEvaluation, AssetCheckEvaluationPlanned
from watchbell.record.audit import AuditEntry, Outcome
from watchbell.record.automation_policy import AutomationPolicy, Overlap
from watchbell.record.backfill import (
    Backfill,
    BackfillCommit,
    BackfillPart,
    BackfillTarget,
    BackfillTick,
    PartMove,
    PartState,
)
from watchbell.record.condition import ConditionCommit, ConditionEvaluation
from watchbell.record.event import (
    AssetMaterializationPlannedData,
    DagsterEvent,
    DagsterEventType,
    EventData,
    EventLogEntry,
    StepMaterializationData,
)
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetMaterialization
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.pool import PoolClaim
from watchbell.record.request import AddDynamicPartitionsRequest, DeleteDynamicPartitionsRequest
from watchbell.record.run import DagsterRun, DagsterRunStatus, RunWorker
from watchbell.record.saved_view import SavedView, Snooze
from watchbell.record.tick import (
    AutomationKey,
    AutomationKind,
    AutomationState,
    RunOrder,
    Tick,
    TickCommit,
    TickStatus,
)
from watchbell.store import sqlite_text
from watchbell.store.notify import NullNotifier
from watchbell.store.session import Session
from watchbell.store.sqlite import SqliteDatabase
from watchbell.store.store import SqlStore

KEY = AutomationKey("here", AutomationKind.SCHEDULE, "hourly")
BUSY = AutomationState(AutomationKey("here", AutomationKind.SCHEDULE, "busy"))
STATE = AutomationState(KEY)
WORKER = RunWorker(1, "then", "boot", "box")
STATEMENTS_MAX = 200


class Cut(BaseException):
    """The process ends here."""


class Cutting:
    """A connection on which the n-th statement is never made.

    Args:
        connection: the real one.
        at: which statement, from 1.
    """

    def __init__(self, connection: Any, at: int) -> None:
        self._connection = connection
        self._left = at

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        self._count()
        return self._connection.execute(sql, parameters)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> Any:
        self._count()
        return self._connection.executemany(sql, rows)

    def _count(self) -> None:
        self._left -= 1
        if self._left == 0:
            raise Cut


def event(kind: DagsterEventType, run_id: str) -> EventLogEntry:
    data = StepMaterializationData(AssetMaterialization("orders")) if kind.value == "ASSET_MATERIALIZATION" else None
    return EventLogEntry(run_id, 1.0, dagster_event=DagsterEvent(kind, "etl", event_specific_data=data))


def queued(run_id: str) -> DagsterRun:
    return DagsterRun("etl", run_id, status=DagsterRunStatus.QUEUED, tags={"team": "blue"})


def tick(store: SqlStore) -> object:
    orders = (RunOrder(queued("a"), "key a"), RunOrder(queued("b"), "key b"))
    done = Tick(NOON_AT, TickStatus.SUCCESS, NOON_AT, NOON_AT, ("a", "b"), ("key a", "key b"), cursor="1")
    after = replace(STATE, cursor="1", last_tick_at=NOON_AT)
    made = event(DagsterEventType.ASSET_MATERIALIZATION, "")
    return store.commit_ticks([TickCommit(STATE, after, (done,), orders, (made,))], None, NOON_AT)


def hand_out(store: SqlStore) -> object:
    lease = store.acquire_lease("daemon", "me", NOON_AT, 1.0)
    assert lease is not None
    return store.hand_out_runs(["waits", "waits too"], lease, NOON_AT)


def finish(store: SqlStore) -> object:
    kinds = (DagsterEventType.RUN_START, DagsterEventType.ASSET_MATERIALIZATION, DagsterEventType.RUN_SUCCESS)
    return store.append([event(kind, "starts") for kind in kinds], attempt=1)


def retry(store: SqlStore) -> object:
    new = DagsterRun("etl", "again", status=DagsterRunStatus.QUEUED, parent_run_id="starts")
    return store.commit_retries(None, 7, [new], None, NOON_AT)


def claim_and_free(store: SqlStore) -> object:
    return store.free_slots("holds", "load")


def claim_again(store: SqlStore) -> object:
    return store.claim_slot(PoolClaim("other", "holds", "waits"), 3)


def evaluate(store: SqlStore) -> object:
    orders = AssetKey("orders")
    planned = AssetCheckEvaluationPlanned(orders, "no_nulls")
    found = AssetCheckEvaluation(orders, "no_nulls", passed=True)
    kinds = (DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED, DagsterEventType.ASSET_CHECK_EVALUATION)
    events = [DagsterEvent(*each) for each in zip(kinds, ("etl", "etl"), strict=True)]
    about = [replace(each, event_specific_data=data) for each, data in zip(events, (planned, found), strict=True)]
    return store.append([EventLogEntry("starts", 1.0, dagster_event=each) for each in about], attempt=1)


def backfill(backfill_id: str) -> Backfill:
    return Backfill(backfill_id, (BackfillTarget("etl", "here"),), NOON_AT)


def move_backfill(store: SqlStore) -> object:
    before = store.backfill("days")
    assert before is not None
    done = Tick(NOON_AT, TickStatus.SUCCESS, NOON_AT, NOON_AT, ("b",), ("key b",))
    commit = BackfillCommit(
        before,
        replace(before, max_concurrent_runs=3),
        moves=(PartMove(1, PartState.RUNNING, 1, ("a",)), PartMove(2, PartState.SKIPPED)),
        runs=(queued("a"),),
        ticks=(BackfillTick(3, KEY, done, (RunOrder(queued("b"), "key b"),)),),
    )
    return store.commit_backfill(commit, store.lease("daemon"), NOON_AT)


def release(store: SqlStore) -> object:
    lease = store.lease("daemon")
    assert lease is not None
    return store.release_lease(lease)


DAYS = "cron:0 0 * * *:UTC"


def of_partitions(run_id: str, *ordinals: int, ends: DagsterEventType | None = None) -> list[EventLogEntry]:
    """A run plans three partitions, makes some, and ends."""
    orders = AssetKey("orders")
    plan = AssetMaterializationPlannedData(orders, None, DAYS, OrdinalSet([1, 2, 70_000]).to_text())
    made = [StepMaterializationData(AssetMaterialization(orders, partition=f"p{n}"), DAYS, n) for n in ordinals]
    kinds = [DagsterEventType.ASSET_MATERIALIZATION_PLANNED, *[DagsterEventType.ASSET_MATERIALIZATION] * len(made)]
    data: list[EventData | None] = [plan, *made]
    events = [DagsterEvent(kind, "etl", event_specific_data=each) for kind, each in zip(kinds, data, strict=True)]
    if ends is not None:
        events.append(DagsterEvent(ends, "etl"))
    return [EventLogEntry(run_id, 1.0, dagster_event=each) for each in events]


def add_keys_with_a_tick(store: SqlStore) -> object:
    requests = (
        AddDynamicPartitionsRequest("customers", ["acme", "bolt"]),
        DeleteDynamicPartitionsRequest("customers", ["old"]),
    )
    done = Tick(NOON_AT, TickStatus.SUCCESS, NOON_AT, NOON_AT, ("a",), (), cursor="1")
    after = replace(STATE, cursor="1", last_tick_at=NOON_AT)
    orders = (RunOrder(queued("a")),)
    return store.commit_ticks([TickCommit(STATE, after, (done,), orders, (), requests)], None, NOON_AT)


def evaluate_conditions(store: SqlStore) -> object:
    states = {"orders": "new", "old": None, "kept": "changed"}
    done = ConditionEvaluation("orders", NOON_AT.timestamp(), 1, "body")
    after = replace(STATE, cursor="1", last_tick_at=NOON_AT)
    orders = (RunOrder(replace(queued("a"), asset_selection=frozenset({AssetKey("orders")}))),)
    conditions = ConditionCommit(states, (done,), keep_seconds=60.0)
    return store.commit_ticks([TickCommit(STATE, after, (), orders, conditions=conditions)], None, NOON_AT)


def of_schedule(run_id: str, hour: int) -> DagsterRun:
    """A run of a schedule's time."""
    moment = NOON_AT.replace(hour=hour).isoformat()
    tags = {"dagster/schedule_name": BUSY.key.name, ".dagster/scheduled_execution_time": moment}
    return replace(queued(run_id), tags=tags, location_name=BUSY.key.location_name)


def cancel_for_a_time(store: SqlStore) -> object:
    """One run waits, one goes on; and a run key is used again."""
    done = Tick(NOON_AT, TickStatus.SUCCESS, NOON_AT, NOON_AT, ("a", "b"), ("key a", "key of before"))
    orders = (RunOrder(of_schedule("a", 12), "key a"), RunOrder(of_schedule("b", 12), "key of before"))
    policy = AutomationPolicy(overlap=Overlap.CANCEL_RUNNING, run_key_ttl_seconds=1)
    before = store.automation_state(BUSY.key) or BUSY
    after = replace(before, last_tick_at=NOON_AT)
    return store.commit_ticks([TickCommit(before, after, (done,), orders, policy=policy)], None, NOON_AT)


ADA = User("ada", Role.ADMIN, NOON_AT)
TOKEN = Token(0, "ci", Role.VIEWER, NOON_AT, "ada", "ada")
LOGIN = LoginSession(0, "ada", NOON_AT, NOON_AT.replace(hour=13), NOON_AT)
ACTION = AuditEntry(NOON_AT, "ada", "session", "admin", "launchRun")
VIEW = SavedView(0, "ada", "runs", "red", "q=x", NOON_AT)
SNOOZE = Snooze("ada", "job:etl", NOON_AT.replace(hour=13), "ada", NOON_AT)

CHANGES: dict[str, Callable[[SqlStore], object]] = {
    "commit_ticks": tick,
    "commit_ticks that cancel": cancel_for_a_time,
    "add_runs": lambda store: store.add_runs([queued("a"), queued("b")], NOON_AT),
    "hand_out_runs": hand_out,
    "hand_back_run": lambda store: store.hand_back_run("starts", 1, NOON_AT),
    "begin_run": lambda store: store.begin_run("starts", 1, WORKER, NOON_AT),
    "request_cancel": lambda store: store.request_cancel("starts", NOON_AT),
    "request_cancel by a rule": lambda store: store.request_cancel("starts", NOON_AT, "too long"),
    "commit_retries": retry,
    "set_pool_limit": lambda store: store.set_pool_limit("db", 2),
    "claim_slot": lambda store: store.claim_slot(PoolClaim("db", "starts", "load"), 1),
    "claim_slot after a pause": claim_again,
    "free_slots": claim_and_free,
    "free_slots of a run": lambda store: store.free_slots("holds", None),
    "let_others_pass": lambda store: store.let_others_pass("stands in line"),
    "append": finish,
    "append of checks": evaluate,
    "acquire_lease": lambda store: store.acquire_lease("daemon", "me", NOON_AT, 5.0),
    "release_lease": release,
    "put_state": lambda store: store.put_state(STATE, replace(STATE, cursor="1"), NOON_AT),
    "delete_run": lambda store: store.delete_run("starts"),
    "add_run_tags": lambda store: store.add_run_tags("starts", {"team": "red", "a": "b"}, NOON_AT),
    "change_run_tags": lambda store: store.change_run_tags("starts", {"team": "red", "a": "b"}, ["c"], NOON_AT),
    "delete_run of a backfill": lambda store: store.delete_run("part"),
    "add_backfill": lambda store: store.add_backfill(backfill("months"), [BackfillPart(0), BackfillPart(1)]),
    "commit_backfill": move_backfill,
    "cancel_runs": lambda store: store.cancel_runs(["starts", "waits"], NOON_AT),
    "wipe_asset": lambda store: store.wipe_asset(AssetKey("orders")),
    "wipe": lambda store: store.wipe(),
    "append of partitions": lambda store: store.append(of_partitions("starts", 1, 70_000), attempt=1),
    "append of the end of a run for partitions": lambda store: store.append(
        [event(DagsterEventType.RUN_FAILURE, "makes partitions")]
    ),
    "commit_ticks with dynamic partitions": add_keys_with_a_tick,
    "commit_ticks of conditions": evaluate_conditions,
    "forget_conditions": lambda store: store.forget_conditions(BUSY.key.id, ["kept", "old"], evaluations=True),
    "number_partitions": lambda store: store.number_partitions(AssetKey("orders"), "other", {"p2": 5}, "seen"),
    "continue_numbering": lambda store: store.continue_numbering(AssetKey("orders"), DAYS, "other"),
    "wipe_partitions": lambda store: store.wipe_partitions(AssetKey("orders"), ["p2", "p9"]),
    "add_dynamic_partitions": lambda store: store.add_dynamic_partitions("customers", ["acme", "gone", "bolt"]),
    "delete_dynamic_partitions": lambda store: store.delete_dynamic_partitions("customers", ["old", "older"]),
    "add_user": lambda store: store.add_user(replace(ADA, name="bob"), "hash"),
    "change_user": lambda store: store.change_user("ada", NOON_AT, role=Role.VIEWER, is_disabled=True),
    "add_token": lambda store: store.add_token(TOKEN, "second"),
    "revoke_token": lambda store: store.revoke_token(1, NOON_AT),
    "note_token_used": lambda store: store.note_token_used(1, NOON_AT),
    "add_session": lambda store: store.add_session(
        replace(LOGIN, created_at=LOGIN.expires_at), "second", replaces="first"
    ),
    "note_session_seen": lambda store: store.note_session_seen(1, NOON_AT, NOON_AT),
    "end_session": lambda store: store.end_session(1),
    "end_sessions": lambda store: store.end_sessions("ada"),
    "add_audit": lambda store: store.add_audit(ACTION),
    "end_audit": lambda store: store.end_audit(1, Outcome.DONE, {}),
    "put_view": lambda store: store.put_view(replace(VIEW, name="blue")),
    "put_view again": lambda store: store.put_view(replace(VIEW, query="q=y")),
    "delete_view": lambda store: store.delete_view(1),
    "put_snooze": lambda store: store.put_snooze(replace(SNOOZE, at=SNOOZE.until_at, key="job:other")),
    "end_snooze": lambda store: store.end_snooze("ada", "job:etl"),
}


def a_store(path: Path) -> tuple[SqliteDatabase, SqlStore]:
    """Two runs wait, one starts, an asset was made, a backfill goes on."""
    database = SqliteDatabase(path)
    store = SqlStore(database, NullNotifier())
    store.add_runs([queued("starts"), queued("waits"), queued("waits too")], NOON_AT)
    lease = store.acquire_lease("daemon", "me", NOON_AT, 1.0)
    assert lease is not None
    store.hand_out_runs(["starts"], lease, NOON_AT)
    store.append([event(DagsterEventType.ASSET_MATERIALIZATION, "")])
    going = [DagsterRun("etl", each, status=DagsterRunStatus.STARTED) for each in ("holds", "stands in line")]
    store.add_runs(going, NOON_AT, WORKER)
    assert store.claim_slot(PoolClaim("other", "holds", "load"), 1)
    assert not store.claim_slot(PoolClaim("other", "holds", "waits"), 1)
    store.let_others_pass("holds")
    stored = store.add_backfill(backfill("days"), [BackfillPart(number) for number in range(5)])
    part = replace(queued("part"), tags={"dagster/backfill": "days", "watchbell/backfill_part": "0"})
    begun = (PartMove(0, PartState.RUNNING, 1, ("part",)),)
    assert store.commit_backfill(BackfillCommit(stored, stored, begun, (part,)), lease, NOON_AT)
    assert store.claim_slot(PoolClaim("other", "stands in line", "load"), 2)
    assert not store.claim_slot(PoolClaim("other", "stands in line", "more"), 2)
    store.add_runs([DagsterRun("etl", "makes partitions", status=DagsterRunStatus.STARTED)], NOON_AT)
    store.append(of_partitions("makes partitions", 2))
    store.add_runs([of_schedule("is going", 10), of_schedule("is waiting", 11)], NOON_AT)
    store.append([event(DagsterEventType.RUN_START, "is going")])
    other = replace(BUSY, last_run_key="key of before")
    keyed = (RunOrder(queued("had the key"), "key of before"),)
    earlier = NOON_AT.replace(hour=9)
    evaluations = tuple(ConditionEvaluation(each, earlier.timestamp() - 3_600, 0, "seen") for each in ("old", "kept"))
    conditions = ConditionCommit({"old": "old state", "kept": "kept state"}, evaluations)
    store.commit_ticks([TickCommit(BUSY, other, (), keyed, conditions=conditions)], None, earlier)
    store.add_dynamic_partitions("customers", ["older", "old", "gone"])
    store.delete_dynamic_partitions("customers", ["gone"])
    store.add_user(ADA, "hash")
    store.add_token(TOKEN, "first")
    store.add_session(LOGIN, "first")
    store.add_audit(ACTION)
    store.put_view(VIEW)
    store.put_snooze(SNOOZE)
    return database, store


def content(database: SqliteDatabase) -> list[str]:
    assert database._connection is not None
    return list(database._connection.iterdump())


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_that_is_cut_off_anywhere_is_no_change(tmp_path: Path, name: str) -> None:
    database, store = a_store(tmp_path / "test.db")
    whole, before = database._session, content(database)

    for at in range(1, STATEMENTS_MAX):
        database._session = Session(Cutting(database._connection, at), sqlite_text.DIALECT)
        try:
            CHANGES[name](store)
        except Cut:
            assert content(database) == before
            continue
        break
    database._session = whole

    assert 1 < at < STATEMENTS_MAX
    assert content(database) != before
    store.close()


def test_no_method_that_changes_something_is_left_out() -> None:
    methods = dict(inspect.getmembers(SqlStore, inspect.isfunction))
    changing = {name for name, method in methods.items() if "_database.write(" in inspect.getsource(method)}

    assert {name.partition(" ")[0] for name in CHANGES} == changing
