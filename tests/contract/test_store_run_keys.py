"""What every store does with run keys: once, for ever or for a time, and whose a dropped key is."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contract.making import SENSOR, at, run, tick
from watchbell.record.automation_policy import AutomationPolicy
from watchbell.record.ports import Store
from watchbell.record.tick import (
    AutomationKey,
    AutomationKind,
    AutomationState,
    CommittedTick,
    RunOrder,
    Tick,
    TickCommit,
    TickStatus,
)
from watchbell.store.notify import NullNotifier
from watchbell.store.sqlite import IN_MEMORY, SqliteDatabase
from watchbell.store.store import SqlStore

TTL_SECONDS = 100.0


def ask(
    store: Store,
    seconds: float,
    *wanted: tuple[str, str],
    ttl_seconds: float | None = TTL_SECONDS,
    of: AutomationKey = SENSOR,
) -> Tick:
    """A tick that asks for runs with keys (run id, run key)."""
    before = store.automation_state(of) or AutomationState(of)
    orders = tuple(RunOrder(run(run_id), key) for run_id, key in wanted)
    after = replace(before, last_run_key=wanted[-1][1])
    policy = AutomationPolicy(run_key_ttl_seconds=ttl_seconds)
    commit = TickCommit(before, after, (tick(seconds, orders),), orders, policy=policy)
    done: CommittedTick
    (done,) = store.commit_ticks([commit], None, at(seconds))
    assert done.state.last_run_key is not None
    return done.ticks[0]


def test_a_key_is_taken_until_its_time_is_over(store: Store) -> None:
    ask(store, 0, ("a", "key"))

    early, late = ask(store, 99, ("b", "key")), ask(store, 100, ("c", "key"))

    assert (early.status, early.dropped_run_keys, early.dropped_for) == (TickStatus.SKIPPED, ("key",), ("a",))
    assert (late.status, late.run_ids, late.dropped_run_keys) == (TickStatus.SUCCESS, ("c",), ())


def test_the_newest_use_counts(store: Store) -> None:
    ask(store, 0, ("a", "key"))
    ask(store, 150, ("b", "key"))

    dropped = ask(store, 200, ("c", "key"))

    assert dropped.dropped_for == ("b",)
    assert ask(store, 250, ("d", "key")).run_ids == ("d",)


def test_a_try_that_was_dropped_does_not_count_as_a_use(store: Store) -> None:
    ask(store, 0, ("a", "key"))
    ask(store, 90, ("b", "key"))

    assert ask(store, 110, ("c", "key")).run_ids == ("c",)


def test_a_key_used_before_the_clock_was_set_back_is_taken_for_its_time_from_then_on(store: Store) -> None:
    ask(store, 5_000, ("a", "key"))

    first, later, late = ask(store, 0, ("b", "key")), ask(store, 99, ("c", "key")), ask(store, 100, ("d", "key"))

    assert (first.dropped_for, later.dropped_for) == (("a",), ("a",))
    assert late.run_ids == ("d",)


def test_a_key_is_taken_for_its_time_also_when_its_run_is_deleted(store: Store) -> None:
    ask(store, 0, ("a", "key"))
    store.delete_run("a")

    assert ask(store, 50, ("b", "key")).dropped_run_keys == ("key",)
    assert ask(store, 100, ("c", "key")).run_ids == ("c",)


def test_without_a_time_a_key_is_taken_for_ever(store: Store) -> None:
    ask(store, 0, ("a", "key"), ttl_seconds=None)

    dropped = ask(store, 10**9, ("b", "key"), ttl_seconds=None)

    assert (dropped.run_ids, dropped.dropped_for) == ((), ("a",))


def test_without_a_time_a_key_is_taken_also_when_its_run_is_deleted(store: Store) -> None:
    ask(store, 0, ("a", "key"), ttl_seconds=None)
    store.delete_run("a")

    dropped = ask(store, 1, ("b", "key"), ttl_seconds=None)

    assert (dropped.status, dropped.run_ids, dropped.dropped_for) == (TickStatus.SKIPPED, (), ("a",))


def test_a_key_of_one_is_no_key_of_another_location_or_kind_of_the_same_name(store: Store) -> None:
    others = [
        SENSOR,
        AutomationKey(SENSOR.location_name, AutomationKind.SCHEDULE, SENSOR.name),
        AutomationKey("elsewhere", AutomationKind.SENSOR, SENSOR.name),
        AutomationKey("elsewhere", AutomationKind.SCHEDULE, SENSOR.name),
    ]

    first = [ask(store, 0, (f"first-{each}", "key"), of=key) for each, key in enumerate(others)]
    second = [ask(store, 1, (f"second-{each}", "key"), of=key) for each, key in enumerate(others)]

    assert [tick.run_ids for tick in first] == [(f"first-{each}",) for each in range(4)]
    assert [tick.dropped_for for tick in second] == [(f"first-{each}",) for each in range(4)]


def test_a_time_that_is_given_later_counts_for_keys_of_before(store: Store) -> None:
    ask(store, 0, ("a", "key"), ttl_seconds=None)

    assert ask(store, 500, ("b", "key")).run_ids == ("b",)
    assert ask(store, 501, ("c", "key"), ttl_seconds=None).dropped_for == ("b",)


def test_new_old_and_taken_keys_in_one_tick(store: Store) -> None:
    ask(store, 0, ("a", "old"))
    ask(store, 90, ("b", "taken"))

    done = ask(store, 120, ("c", "new"), ("d", "taken"), ("e", "old"), ("f", "new"))

    assert (done.run_ids, done.run_keys) == (("c", "e"), ("new", "old"))
    assert dict(zip(done.dropped_run_keys, done.dropped_for, strict=True)) == {"taken": "b", "new": "c"}
    assert ask(store, 130, ("g", "old"), ("h", "taken"), ("i", "new")).dropped_for == ("e", "b", "c")


def test_a_key_asked_for_twice_in_a_tick_that_drops_it_names_the_run_that_has_it(store: Store) -> None:
    ask(store, 0, ("a", "key"))
    before = store.automation_state(SENSOR)
    assert before is not None
    orders = (RunOrder(run("b"), "key"),)
    # As the answer of one evaluation is read: the second request was dropped for the first one's run.
    asked = replace(tick(50, orders), dropped_run_keys=("key",), dropped_for=("b",))

    (done,) = store.commit_ticks([TickCommit(before, before, (asked,), orders)], None, at(50))

    assert done.ticks[0].dropped_run_keys == ("key", "key")
    assert done.ticks[0].dropped_for == ("a", "a")


@pytest.mark.parametrize("ttl_seconds", [None, 30.0])
@given(tries=st.lists(st.tuples(st.integers(0, 40), st.sampled_from("xyz")), min_size=1, max_size=25))
def test_keys_are_as_a_model_says(ttl_seconds: float | None, tries: list[tuple[int, str]]) -> None:
    store = SqlStore(SqliteDatabase(IN_MEMORY), NullNotifier())
    used: dict[str, tuple[float, str]] = {}
    now = 0.0
    for number, (pause, key) in enumerate(tries):
        now += pause
        free = key not in used or (ttl_seconds is not None and now - used[key][0] >= ttl_seconds)
        expected = ((f"r{number}",), ()) if free else ((), (used[key][1],))

        done = ask(store, now, (f"r{number}", key), ttl_seconds=ttl_seconds)

        assert (done.run_ids, done.dropped_for) == expected
        if free:
            used[key] = (now, f"r{number}")
    store.close()
