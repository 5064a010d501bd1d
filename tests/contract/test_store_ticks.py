"""What every store does with schedules and sensors: states, ticks, run keys; once, and all at once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contract.conftest import Topics
from tests.contract.making import (
    NOON_AT,
    SCHEDULE,
    SENSOR,
    at,
    commit,
    materialized,
    run,
    take_lease,
    tick,
)  # fmt: skip
from watchbell.ground.errors import DagsterRunAlreadyExists, LeaseLostError, ParameterCheckError
from watchbell.record.event import DagsterEventType
from watchbell.record.keys import AssetKey
from watchbell.record.ports import Store
from watchbell.record.query import EventQuery
from watchbell.record.request import RUN_REQUESTS_MAX
from watchbell.record.run import DagsterRunStatus, RunsFilter
from watchbell.record.tick import (
    AutomationKey,
    AutomationKind,
    AutomationState,
    AutomationStatus,
    CommittedTick,
    RunOrder,
    TickCommit,
    TickStatus,
)
from watchbell.store import sqlite_text
from watchbell.store.notify import NullNotifier
from watchbell.store.sqlite import IN_MEMORY, SqliteDatabase
from watchbell.store.store import SqlStore
from watchbell.store.ticks import ALL_DROPPED

NEW_SENSOR, NEW_SCHEDULE = AutomationState(SENSOR), AutomationState(SCHEDULE)


def run_ids(store: Store) -> list[str]:
    return sorted(record.dagster_run.run_id for record in store.run_records(RunsFilter()))


def commit_one(store: Store, one: TickCommit) -> CommittedTick:
    (done,) = store.commit_ticks([one], None, at(60))
    return done


class TestStates:
    def test_a_state_comes_back_with_a_new_version(self, store: Store) -> None:
        given_state = AutomationState(
            SENSOR, AutomationStatus.RUNNING, "c", at(1), "every 30", at(2), "key", 2, "hangs", version=0
        )

        stored = store.put_state(NEW_SENSOR, given_state, NOON_AT)

        assert stored == replace(given_state, version=1)
        assert store.automation_state(SENSOR) == stored
        assert store.automation_states() == [stored]

    def test_a_state_nobody_stored_is_none(self, store: Store) -> None:
        assert store.automation_state(SENSOR) is None

    def test_a_state_that_changed_meanwhile_is_not_replaced(self, store: Store) -> None:
        first = store.put_state(NEW_SENSOR, NEW_SENSOR, NOON_AT)
        assert first is not None
        second = store.put_state(first, replace(first, cursor="2"), NOON_AT)

        assert store.put_state(first, replace(first, cursor="other"), NOON_AT) is None
        assert store.put_state(NEW_SENSOR, NEW_SENSOR, NOON_AT) is None
        assert store.automation_state(SENSOR) == second

    def test_a_number_tells_whether_somebody_changed_a_state(self, store: Store) -> None:
        assert store.last_state_change() == 0
        first = store.put_state(NEW_SENSOR, NEW_SENSOR, NOON_AT)
        assert first is not None
        number = store.last_state_change()

        assert number > 0
        assert store.put_state(NEW_SENSOR, NEW_SENSOR, NOON_AT) is None
        store.commit_ticks([TickCommit(first, replace(first, cursor="1"), ())], None, NOON_AT)
        assert store.last_state_change() == number

    def test_a_version_that_was_never_stored_is_refused(self, store: Store) -> None:
        ahead = replace(NEW_SENSOR, version=3)

        assert store.put_state(ahead, ahead, NOON_AT) is None
        assert store.automation_states() == []

    def test_what_a_sensor_of_assets_settled_is_kept(self, store: Store) -> None:
        stored = store.put_state(NEW_SENSOR, replace(NEW_SENSOR, settled_to=12), NOON_AT)

        assert stored.settled_to == 12
        assert store.automation_state(SENSOR) == stored

    def test_a_reason_that_repeats_user_text_is_stored_in_any_case(self, store: Store) -> None:
        stored = store.put_state(NEW_SENSOR, replace(NEW_SENSOR, quarantine_reason="bad \udcff\x00"), NOON_AT)

        assert stored is not None
        assert stored.quarantine_reason == "bad ?\\x00"
        assert store.automation_state(SENSOR) == stored

    def test_states_are_told_apart_by_location_and_kind(self, store: Store) -> None:
        keys = [AutomationKey(location, kind, "same") for location in ("here", "there") for kind in AutomationKind]
        for key in keys:
            assert store.put_state(AutomationState(key), AutomationState(key), NOON_AT) is not None

        assert {state.key for state in store.automation_states()} == set(keys)
        assert {state.key for state in store.automation_states("there")} == set(keys[2:])

    @pytest.mark.parametrize("cursor", ["\x00", "\udfff", "x" * 1_000_001])
    def test_a_cursor_that_cannot_be_stored_is_refused(self, store: Store, cursor: str) -> None:
        with pytest.raises(ParameterCheckError, match="cursor of sensor 'files'"):
            store.put_state(NEW_SENSOR, replace(NEW_SENSOR, cursor=cursor), NOON_AT)
        with pytest.raises(ParameterCheckError, match="cursor"):
            commit_one(store, commit(NEW_SENSOR, 0, {"a": None}, cursor=cursor))

        assert store.automation_states() == []
        assert run_ids(store) == []


class TestCommit:
    def test_everything_a_tick_causes_appears_together(self, store: Store, topics: Topics) -> None:
        events = (materialized("x", seconds=5),)
        done = commit_one(store, commit(NEW_SENSOR, 5, {"a": "k1", "b": None}, events, cursor="7"))

        assert done.conflict is False
        assert store.automation_state(SENSOR) == done.state
        assert (done.state.cursor, done.state.version, done.state.last_tick_at) == ("7", 1, at(5))
        assert store.ticks(SENSOR) == list(done.ticks)
        assert (done.ticks[0].run_ids, done.ticks[0].tick_id) == (("a", "b"), 1)
        queued = store.run_records(RunsFilter(statuses=[DagsterRunStatus.QUEUED]))
        assert [record.dagster_run.run_id for record in queued] == ["b", "a"]
        enqueued = store.events(EventQuery(types=frozenset({DagsterEventType.RUN_ENQUEUED})))
        assert [entry.run_id for entry in enqueued] == ["a", "b"]
        assert list(store.asset_states()) == [AssetKey("x")]
        assert topics.told == [("ticks", "runs", "run_status", "events", "assets")]

    def test_a_commit_on_an_old_state_is_refused_alone(self, store: Store) -> None:
        first = commit_one(store, commit(NEW_SENSOR, 1, {"a": None})).state

        done = store.commit_ticks(
            [commit(NEW_SENSOR, 2, {"b": None}), commit(NEW_SCHEDULE, 2, {"c": None})], None, at(9)
        )

        assert [each.conflict for each in done] == [True, False]
        assert (done[0].state, done[0].ticks) == (first, ())
        assert run_ids(store) == ["a", "c"]

    def test_a_commit_for_a_state_that_was_never_stored_under_a_version_is_refused(self, store: Store) -> None:
        done = commit_one(store, commit(replace(NEW_SENSOR, version=4), 1, {"a": "k"}))

        assert done == CommittedTick(NEW_SENSOR, conflict=True)
        assert run_ids(store) == []

    def test_nothing_is_written_under_a_lost_lease(self, store: Store) -> None:
        lost = take_lease(store, "me")
        lease = take_lease(store, "other", seconds=31)

        with pytest.raises(LeaseLostError, match="'daemon'"):
            store.commit_ticks([commit(NEW_SENSOR, 1, {"a": None})], lost, at(40))
        assert run_ids(store) == []
        assert store.automation_states() == []

        store.commit_ticks([commit(NEW_SENSOR, 1, {"a": None})], lease, at(40))
        assert run_ids(store) == ["a"]

    def test_when_one_of_many_fails_none_is_written(self, store: Store) -> None:
        store.add_runs([run("taken")], NOON_AT)

        with pytest.raises(DagsterRunAlreadyExists):
            store.commit_ticks(
                [commit(NEW_SENSOR, 1, {"a": "k"}), commit(NEW_SCHEDULE, 1, {"taken": None})], None, at(2)
            )

        assert run_ids(store) == ["taken"]
        assert store.automation_states() == []
        assert store.ticks(SENSOR) == []
        assert commit_one(store, commit(NEW_SENSOR, 1, {"a": "k"})).ticks[0].run_ids == ("a",)

    def test_no_commits_are_no_change(self, store: Store) -> None:
        assert store.commit_ticks([], None, NOON_AT) == []

    def test_ten_thousand_requests_in_one_tick(self, store: Store) -> None:
        wanted = {f"run {number}": f"key {number}" for number in range(10_000)}

        state = commit_one(store, commit(NEW_SENSOR, 1, wanted)).state
        again = commit_one(store, commit(state, 2, {f"other {name}": key for name, key in wanted.items()}))

        assert store.count_runs(RunsFilter(statuses=[DagsterRunStatus.QUEUED])) == 10_000
        assert len(again.ticks[0].dropped_run_keys) == 10_000

    def test_more_requests_than_a_tick_may_have_are_refused(self, store: Store) -> None:
        wanted = {str(number): None for number in range(RUN_REQUESTS_MAX + 1)}

        with pytest.raises(ParameterCheckError, match="50,000"):
            commit_one(store, commit(NEW_SENSOR, 1, wanted))

        assert store.count_runs(RunsFilter()) == 0

    def test_a_run_key_that_cannot_be_stored_is_refused(self, store: Store) -> None:
        with pytest.raises(ParameterCheckError, match="run key of sensor 'files'"):
            commit_one(store, commit(NEW_SENSOR, 1, {"a": "fine", "b": "\x00"}))

        assert run_ids(store) == []


class TestRunKeys:
    def test_a_key_used_before_makes_no_second_run(self, store: Store) -> None:
        state = commit_one(store, commit(NEW_SENSOR, 1, {"a": "k1"}, last_run_key="k1")).state

        done = commit_one(store, commit(state, 2, {"b": "k1", "c": "k2", "d": None}, last_run_key="k2"))

        (stored,) = done.ticks
        assert (stored.run_ids, stored.run_keys, stored.dropped_run_keys) == (("c", "d"), ("k2",), ("k1",))
        assert stored.status == TickStatus.SUCCESS
        assert done.state.last_run_key == "k2"
        assert run_ids(store) == ["a", "c", "d"]

    def test_a_key_asked_for_twice_in_one_tick_makes_one_run(self, store: Store) -> None:
        (stored,) = commit_one(store, commit(NEW_SENSOR, 1, {"a": "k", "b": "k", "c": "l"})).ticks

        assert (stored.run_ids, stored.run_keys, stored.dropped_run_keys) == (("a", "c"), ("k", "l"), ("k",))
        assert run_ids(store) == ["a", "c"]

    def test_a_tick_of_which_nothing_is_left_is_skipped_with_the_reason(self, store: Store) -> None:
        state = commit_one(store, commit(NEW_SENSOR, 1, {"a": "k"}, last_run_key="k")).state

        done = commit_one(store, commit(state, 2, {"b": "k"}, cursor="on", last_run_key="k"))

        (stored,) = done.ticks
        assert (stored.status, stored.skip_reason) == (TickStatus.SKIPPED, ALL_DROPPED)
        assert (stored.run_ids, stored.dropped_run_keys) == ((), ("k",))
        assert done.state.cursor == "on"
        assert store.ticks(SENSOR, limit=1) == [stored]

    def test_the_last_run_key_is_that_of_a_run(self, store: Store) -> None:
        state = commit_one(store, commit(NEW_SENSOR, 1, {"a": "k1"}, last_run_key="k1")).state
        state = commit_one(store, commit(state, 2, {"b": "k2"}, last_run_key="k2")).state

        done = commit_one(store, commit(state, 3, {"c": "k3", "d": "k1"}, last_run_key="k1"))

        assert done.state.last_run_key == "k3"

    def test_another_automation_may_use_the_same_key(self, store: Store) -> None:
        store.commit_ticks([commit(NEW_SENSOR, 1, {"a": "k"}), commit(NEW_SCHEDULE, 1, {"b": "k"})], None, at(2))

        assert run_ids(store) == ["a", "b"]

    def test_keys_outlive_their_runs(self, store: Store) -> None:
        state = commit_one(store, commit(NEW_SENSOR, 1, {"a": "k"})).state
        store.delete_run("a")

        commit_one(store, commit(state, 2, {"b": "k"}))

        assert run_ids(store) == []

    def test_a_refused_commit_uses_no_key(self, store: Store) -> None:
        state = commit_one(store, commit(NEW_SENSOR, 1)).state
        assert commit_one(store, commit(NEW_SENSOR, 2, {"a": "k"})).conflict

        commit_one(store, commit(state, 3, {"b": "k"}))

        assert run_ids(store) == ["b"]


class TestSlots:
    def test_a_schedule_has_one_tick_for_each_of_its_times(self, store: Store) -> None:
        state = commit_one(store, commit(NEW_SCHEDULE, 60, {"a": None})).state

        again = commit_one(store, commit(state, 60, {"b": None}))

        assert (again.conflict, again.ticks, again.state.version) == (False, (), 2)
        assert run_ids(store) == ["a"]

    def test_only_the_times_that_are_new_are_taken(self, store: Store) -> None:
        state = commit_one(store, commit(NEW_SCHEDULE, 60, {"a": None})).state
        orders = (RunOrder(run("b")), RunOrder(run("c")))
        both = (tick(60, orders[:1]), tick(120, orders[1:]))

        done = commit_one(store, TickCommit(state, replace(state, last_tick_at=at(120)), both, orders))

        assert [each.run_ids for each in done.ticks] == [("c",)]
        assert run_ids(store) == ["a", "c"]

    def test_one_time_twice_in_one_commit_is_taken_once(self, store: Store) -> None:
        orders = (RunOrder(run("a")), RunOrder(run("b")))
        both = (tick(60, orders[:1]), tick(60, orders[1:]))

        done = commit_one(store, TickCommit(NEW_SCHEDULE, NEW_SCHEDULE, both, orders))

        assert [each.run_ids for each in done.ticks] == [("a",)]
        assert run_ids(store) == ["a"]

    def test_a_sensor_may_tick_twice_in_one_instant(self, store: Store) -> None:
        state = commit_one(store, commit(NEW_SENSOR, 60)).state

        commit_one(store, commit(state, 60))

        assert len(store.ticks(SENSOR)) == 2


class TestTicks:
    def test_ticks_come_newest_first_by_pages_and_states(self, store: Store) -> None:
        state = NEW_SCHEDULE
        kinds = [TickStatus.SUCCESS, TickStatus.SKIPPED, TickStatus.FAILURE, TickStatus.MISSED]
        for number, status in enumerate(kinds):
            one = replace(commit(state, number * 60), ticks=(tick(number * 60, status=status, skip_reason="why"),))
            state = commit_one(store, one).state

        def found(**how: object) -> list[int | None]:
            return [each.tick_id for each in store.ticks(SCHEDULE, **how)]  # type: ignore[arg-type]

        assert found() == [4, 3, 2, 1]
        assert found(limit=2) == [4, 3]
        assert found(before_id=3) == [2, 1]
        assert found(statuses=[TickStatus.MISSED, TickStatus.SUCCESS]) == [4, 1]
        assert store.ticks(SENSOR) == []
        assert store.ticks(SCHEDULE, limit=1)[0].skip_reason == "why"

    def test_several_ticks_of_one_commit_keep_their_order(self, store: Store) -> None:
        missed = tuple(tick(60 * number, status=TickStatus.MISSED) for number in range(3))

        done = commit_one(store, TickCommit(NEW_SCHEDULE, NEW_SCHEDULE, missed))

        assert [each.tick_at for each in store.ticks(SCHEDULE)] == [at(120), at(60), at(0)]
        assert [each.tick_id for each in done.ticks] == [1, 2, 3]


@given(st.lists(st.lists(st.sampled_from(["k1", "k2", "k3", None]), max_size=4), max_size=6))
def test_whatever_is_asked_for_every_key_has_one_run_and_every_request_its_place(asked: list[list[str | None]]) -> None:
    store = SqlStore(SqliteDatabase(IN_MEMORY), NullNotifier())
    state, used, kept = NEW_SENSOR, set[str](), 0
    for number, keys in enumerate(asked):
        wanted = {f"{number}-{place}": key for place, key in enumerate(keys)}
        done = commit_one(store, commit(state, number, wanted))
        state = done.state
        (stored,) = done.ticks
        new = {key for key in keys if key is not None} - used
        used |= new
        kept += len(new) + keys.count(None)
        assert set(stored.run_keys) == new
        assert len(stored.run_ids) + len(stored.dropped_run_keys) == len(keys)

    assert store.count_runs(RunsFilter()) == kept
    store.close()


class TestReadBack:
    """Ticks by number, of all automations, and by time."""

    @staticmethod
    def fill(store: Store) -> list[int]:
        """Six ticks of two automations of two locations, a minute apart, the third and sixth failed."""
        other = AutomationKey("elsewhere", AutomationKind.SENSOR, "files")
        numbers = []
        for minute in range(6):
            key = SENSOR if minute % 2 else other
            before = store.automation_state(key) or AutomationState(key)
            status = TickStatus.FAILURE if minute % 3 == 2 else TickStatus.SKIPPED
            one = replace(tick(minute * 60, status=status), started_at=at(minute * 60), ended_at=at(minute * 60))
            done = commit_one(store, TickCommit(before, replace(before, cursor=str(minute)), (one,)))
            numbers.append(done.ticks[0].tick_id or 0)
        return numbers

    def test_a_tick_is_found_by_its_number_with_whose_it_is(self, store: Store) -> None:
        numbers = self.fill(store)

        found = store.tick(numbers[1])

        assert found is not None
        assert (found.key, found.tick.tick_at, found.tick.tick_id) == (SENSOR, at(60), numbers[1])
        assert store.tick(numbers[-1] + 1) is None
        assert store.last_tick_id() == numbers[-1]

    def test_ticks_of_all_come_newest_first_within_bounds(self, store: Store) -> None:
        numbers = self.fill(store)

        everything = [each.tick.tick_id for each in store.all_ticks(limit=9)]
        some = [each.tick.tick_id for each in store.all_ticks(limit=2, before_id=numbers[4], after_id=numbers[0])]

        assert everything == numbers[::-1]
        assert some == [numbers[3], numbers[2]]

    def test_failed_ones_and_those_of_a_location_are_sifted(self, store: Store) -> None:
        numbers = self.fill(store)

        failed = store.all_ticks(limit=9, only_failed=True)
        there = store.all_ticks(limit=9, location_name="elsewhere")

        assert [each.tick.tick_id for each in failed] == [numbers[5], numbers[2]]
        assert [each.tick.tick_id for each in there] == [numbers[4], numbers[2], numbers[0]]
        assert store.all_ticks(limit=9, location_name="nowhere") == []

    def test_an_automations_ticks_are_bounded_on_both_sides(self, store: Store) -> None:
        numbers = self.fill(store)

        found = store.ticks(SENSOR, before_id=numbers[5], after_id=numbers[1])

        assert [each.tick_id for each in found] == [numbers[3]]

    def test_the_first_tick_since_an_instant_is_found(self, store: Store) -> None:
        numbers = self.fill(store)

        found = [store.first_tick_id_since(at(second)) for second in (-5, 0, 60, 61, 299, 300, 301)]

        assert found == [numbers[0], numbers[0], numbers[1], numbers[2], numbers[5], numbers[5], numbers[5] + 1]

    def test_an_empty_store_has_none(self, store: Store) -> None:
        assert store.all_ticks(limit=1) == []
        assert (store.tick(1), store.last_tick_id(), store.first_tick_id_since(at(0))) == (None, 0, 1)

    def test_failed_ticks_are_found_by_their_index(self) -> None:
        database = SqliteDatabase(IN_MEMORY)
        SqlStore(database, NullNotifier())
        text = (
            "EXPLAIN QUERY PLAN SELECT id FROM ticks "
            f"WHERE ({sqlite_text.STATEMENTS['tick_failed'].text}) ORDER BY ticks.id DESC LIMIT 5"
        )

        with database.read() as session:
            plan = " ".join(str(row) for row in session._connection.execute(text).fetchall())

        assert "ix_ticks_failed" in plan


class TestPauses:
    def test_a_pause_is_stored_with_its_reason(self, store: Store) -> None:
        paused = replace(NEW_SENSOR, status=AutomationStatus.RUNNING, paused_until=at(60), pause_reason="moving \x00")

        stored = store.put_state(NEW_SENSOR, paused, NOON_AT)

        assert stored is not None
        assert (stored.paused_until, stored.pause_reason) == (at(60), "moving \\x00")
        assert store.automation_state(SENSOR) == stored

    def test_those_that_are_paused_are_found(self, store: Store) -> None:
        stored = store.put_state(NEW_SENSOR, replace(NEW_SENSOR, paused_until=at(60)), NOON_AT)
        store.put_state(NEW_SCHEDULE, NEW_SCHEDULE, NOON_AT)

        assert store.paused_states() == [stored]


class TestManyAtOnce:
    def test_the_newest_tick_of_each_is_found(self, store: Store) -> None:
        first = commit_one(store, commit(NEW_SENSOR, 1, {"a": None, "b": None})).state
        commit_one(store, commit(first, 2))
        commit_one(store, commit(NEW_SCHEDULE, 3, {"c": None}))

        found = store.newest_ticks()

        assert {each: (mark.tick_id, mark.run_count) for each, mark in found.items()} == {
            SENSOR.id: (2, 0),
            SCHEDULE.id: (3, 1),
        }
        assert found[SCHEDULE.id].status is TickStatus.SUCCESS

    def test_strips_have_the_last_ticks_the_oldest_of_them_first(self, store: Store) -> None:
        state = NEW_SENSOR
        for second in range(5):
            state = commit_one(store, commit(state, second)).state

        strips = store.tick_strips([SENSOR, SCHEDULE], count=3)

        assert {key: [mark.tick_id for mark in marks] for key, marks in strips.items()} == {
            SENSOR: [3, 4, 5],
            SCHEDULE: [],
        }

    def test_runs_caused_lately_are_counted_by_automation(self, store: Store) -> None:
        state = commit_one(store, commit(NEW_SENSOR, 1, {"a": None, "b": None})).state
        state = commit_one(store, commit(state, 10, {"c": None, "d": None, "e": None})).state
        ended_at = store.ticks(SENSOR)[0].ended_at

        assert store.runs_caused([SENSOR, SCHEDULE], NOON_AT - timedelta(days=1)) == {SENSOR: 5}
        assert store.runs_caused([SENSOR], ended_at) == {SENSOR: 3}
        assert store.runs_caused([SENSOR], ended_at + timedelta(seconds=1)) == {}

    def test_ticks_are_found_by_their_numbers(self, store: Store) -> None:
        state = commit_one(store, commit(NEW_SENSOR, 1, {"a": None})).state
        commit_one(store, commit(state, 2))

        found = store.ticks_numbered([2, 1, 77])

        assert found == {each.tick_id: each for each in store.ticks(SENSOR)}
