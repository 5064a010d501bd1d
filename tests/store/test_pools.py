"""Slots of pools: never more than there are, in order, and free when whoever had them is gone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.ground.errors import LeaseLostError
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry
from watchbell.record.pool import PoolClaim
from watchbell.record.run import DagsterRun, DagsterRunStatus, RunWorker
from watchbell.store.notify import NullNotifier
from watchbell.store.sqlite import IN_MEMORY, SqliteDatabase
from watchbell.store.store import SqlStore

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def a_store() -> SqlStore:
    """Of two runs that go on."""
    made = SqlStore(SqliteDatabase(IN_MEMORY), NullNotifier())
    made.add_runs([DagsterRun("etl", each, status=DagsterRunStatus.STARTED) for each in ("r", "other")], NOON)
    return made


@pytest.fixture
def store() -> Iterator[SqlStore]:
    made = a_store()
    yield made
    made.close()


def claim(store: SqlStore, step: str, priority: int = 0, run: str = "r") -> bool:
    return store.claim_slot(PoolClaim("db", run, step, priority), None)


def test_a_pool_without_a_limit_has_slots_for_all(store: SqlStore) -> None:
    assert all(claim(store, str(number)) for number in range(20))
    assert store.pool_claims() == []


def test_a_slot_goes_to_the_next_in_line_when_it_is_free(store: SqlStore) -> None:
    store.set_pool_limit("db", 1)

    assert [claim(store, "a"), claim(store, "b"), claim(store, "c")] == [True, False, False]
    store.free_slots("r", "a")
    assert [claim(store, "c"), claim(store, "b"), claim(store, "c")] == [False, True, False]


def test_who_has_a_higher_priority_goes_first(store: SqlStore) -> None:
    store.set_pool_limit("db", 1)
    claim(store, "a")
    claim(store, "low")
    claim(store, "high", priority=5)
    store.free_slots("r", "a")

    assert [claim(store, "low"), claim(store, "high", priority=5)] == [False, True]


def test_a_claim_that_holds_its_slot_keeps_it(store: SqlStore) -> None:
    store.set_pool_limit("db", 1)

    assert claim(store, "a")
    store.set_pool_limit("db", 0)
    assert claim(store, "a")


def test_the_default_counts_where_no_limit_was_set(store: SqlStore) -> None:
    assert store.claim_slot(PoolClaim("db", "r", "a"), 1)
    assert not store.claim_slot(PoolClaim("db", "r", "b"), 1)
    store.set_pool_limit("db", 2)
    assert store.claim_slot(PoolClaim("db", "r", "b"), 1)
    assert store.pool_limits() == {"db": 2}
    store.set_pool_limit("db", None)
    assert store.pool_limits() == {}


@pytest.mark.parametrize(
    "kind", [DagsterEventType.RUN_SUCCESS, DagsterEventType.RUN_FAILURE, DagsterEventType.RUN_CANCELED]
)
def test_a_run_that_is_over_has_no_slots(store: SqlStore, kind: DagsterEventType) -> None:
    store.set_pool_limit("db", 1)
    claim(store, "a")
    claim(store, "b")

    store.append([EventLogEntry("r", 1.0, dagster_event=DagsterEvent(kind))])

    assert store.pool_claims() == []
    assert claim(store, "x", run="other")


def test_a_run_that_is_deleted_has_no_slots(store: SqlStore) -> None:
    store.set_pool_limit("db", 1)
    claim(store, "a")

    store.delete_run("r")

    assert store.pool_claims("db") == []


def test_claims_are_told_in_the_order_of_the_line(store: SqlStore) -> None:
    store.set_pool_limit("db", 1)
    for step, priority in (("a", 0), ("b", 0), ("c", 3)):
        claim(store, step, priority)

    assert [(each.step_key, each.is_held) for each in store.pool_claims("db")] == [
        ("a", True),
        ("c", False),
        ("b", False),
    ]


@given(
    limit=st.integers(0, 3),
    acts=st.lists(st.tuples(st.sampled_from(["claim", "free"]), st.integers(0, 5), st.integers(0, 2)), max_size=40),
)
def test_never_more_hold_a_slot_than_there_are(limit: int, acts: list[tuple[str, int, int]]) -> None:
    store = a_store()
    store.set_pool_limit("db", limit)
    held: set[int] = set()
    for act, step, priority in acts:
        if act == "free":
            store.free_slots("r", str(step))
            held.discard(step)
        elif claim(store, str(step), priority):
            held.add(step)

        assert len(held) <= limit
        assert {each.step_key for each in store.pool_claims() if each.is_held} == {str(each) for each in held}
    store.close()


@pytest.mark.parametrize("how", ["is over", "is deleted"])
def test_a_run_that_is_gone_gets_no_slot_which_nobody_would_free(store: SqlStore, how: str) -> None:
    store.set_pool_limit("db", 1)
    if how == "is over":
        store.append([EventLogEntry("r", 1.0, dagster_event=DagsterEvent(DagsterEventType.RUN_FAILURE))])
    else:
        store.delete_run("r")

    with pytest.raises(LeaseLostError, match="run r"):
        claim(store, "a")

    assert store.pool_claims() == []


def test_who_lets_others_pass_keeps_its_place(store: SqlStore) -> None:
    store.set_pool_limit("db", 1)
    claim(store, "a")
    claim(store, "b")
    claim(store, "c", run="other")
    store.let_others_pass("r")
    store.free_slots("r", "a")

    assert claim(store, "c", run="other")
    assert not claim(store, "d", run="other")
    assert not claim(store, "b")
    store.free_slots("other", "c")
    assert [claim(store, "d", run="other"), claim(store, "b")] == [False, True]


def test_a_limit_that_is_lowered_takes_nothing_away_and_lets_nobody_in_until_enough_are_free(store: SqlStore) -> None:
    store.set_pool_limit("db", 3)
    for step in "abc":
        claim(store, step)

    store.set_pool_limit("db", 1)
    assert not claim(store, "d")
    store.free_slots("r", "a")
    store.free_slots("r", "b")
    assert not claim(store, "d")
    store.set_pool_limit("db", 2)
    assert claim(store, "d")


def test_what_began_while_there_was_no_limit_counts_if_it_had_waited(store: SqlStore) -> None:
    store.set_pool_limit("db", 1)
    claim(store, "a")
    claim(store, "b")
    store.set_pool_limit("db", None)

    assert claim(store, "b")
    store.set_pool_limit("db", 1)
    store.free_slots("r", "a")
    assert not claim(store, "c")


def test_owners_are_told_with_their_state_and_their_process(store: SqlStore) -> None:
    worker = RunWorker(1, "then", "boot", "box")
    store.set_pool_limit("db", 1)
    store.add_runs([DagsterRun("etl", "own", status=DagsterRunStatus.STARTING)], NOON, worker)
    claim(store, "a", run="own")
    claim(store, "b")

    assert store.pool_owners("db") == {
        "own": (DagsterRunStatus.STARTING, worker),
        "r": (DagsterRunStatus.STARTED, None),
    }
