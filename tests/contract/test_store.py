"""What every store does: the port ``Store``, method by method."""

import threading
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contract.conftest import Topics
from tests.contract.making import (
    NOON_AT,
    WORKER,
    at,
    materialized,
    message,
    observed,
    planned,
    run,
    start,
    status_event,
    take_lease,
)  # fmt: skip
from watchbell.ground.errors import (
    DagsterInvariantViolationError,
    DagsterRunAlreadyExists,
    DagsterRunNotFoundError,
    LeaseLostError,
    ParameterCheckError,
)
from watchbell.record.evaluation import StartRun
from watchbell.record.event import DagsterEventType, EventLogEntry
from watchbell.record.filters import RUN_STATUS_EVENT_TYPES
from watchbell.record.keys import AssetKey
from watchbell.record.ports import Store
from watchbell.record.query import AssetState, EventQuery
from watchbell.record.run import FINISHED_STATUSES, DagsterRunStatus, RunsFilter
from watchbell.store.notify import NullNotifier
from watchbell.store.sqlite import IN_MEMORY, SqliteDatabase
from watchbell.store.store import SqlStore

T, S = DagsterEventType, DagsterRunStatus
ENDINGS = {S.SUCCESS: T.RUN_SUCCESS, S.FAILURE: T.RUN_FAILURE, S.CANCELED: T.RUN_CANCELED}


def kinds(entries: list[EventLogEntry]) -> list[DagsterEventType | None]:
    return [entry.dagster_event_type for entry in entries]


def ids(store: Store, filters: RunsFilter) -> list[str]:
    return [record.dagster_run.run_id for record in store.run_records(filters)]


def status_of(store: Store, run_id: str) -> DagsterRunStatus:
    record = store.run_record(run_id)
    assert record is not None
    return record.dagster_run.status


class TestRuns:
    def test_a_run_comes_back_as_it_was_stored(self, store: Store) -> None:
        given = run(
            "a",
            run_config={"ops": {"load": {"config": {"n": 1, "text": "ä"}}}},
            tags={"kind": "daily", "empty": ""},
            asset_selection=frozenset({AssetKey(["x", "y"]), AssetKey("z")}),
            op_selection=["load"],
            parent_run_id="p",
            root_run_id="r",
            location_name="here",
        )

        store.add_runs([given], NOON_AT)

        record = store.run_record("a")
        assert record is not None
        stored = record.dagster_run
        assert record.create_timestamp == record.update_timestamp == stored.created_at == NOON_AT
        assert {**vars(given), "created_at": NOON_AT} == vars(stored)

    def test_a_run_that_nobody_stored_is_none(self, store: Store) -> None:
        assert store.run_record("a") is None

    def test_a_queued_run_is_born_with_its_event(self, store: Store) -> None:
        store.add_runs([run("a"), run("b", status=S.NOT_STARTED)], NOON_AT)

        assert kinds(store.events(EventQuery(run_id="a"))) == [T.RUN_ENQUEUED]
        assert store.events(EventQuery(run_id="b")) == []

    def test_an_id_that_is_taken_stores_none_of_them(self, store: Store) -> None:
        store.add_runs([run("a")], NOON_AT)

        with pytest.raises(DagsterRunAlreadyExists, match="'a'"):
            store.add_runs([run("b"), run("a")], NOON_AT)

        assert ids(store, RunsFilter()) == ["a"]

    def test_two_runs_with_one_id_are_refused(self, store: Store) -> None:
        with pytest.raises(DagsterRunAlreadyExists, match="'a'"):
            store.add_runs([run("a"), run("a")], NOON_AT)

        assert store.count_runs(RunsFilter()) == 0

    def test_storing_no_runs_changes_nothing(self, store: Store) -> None:
        store.add_runs([], NOON_AT)

        assert store.last_event_id() == 0

    @pytest.mark.parametrize("tags", [{"a\x00": "b"}, {"a": "\ud800"}, {"a": "x" * 100_001}, {"k" * 1_001: "v"}])
    def test_tags_that_cannot_be_stored_are_refused(self, store: Store, tags: dict[str, str]) -> None:
        with pytest.raises(ParameterCheckError):
            store.add_runs([run("a", tags=tags)], NOON_AT)

        assert store.count_runs(RunsFilter()) == 0

    def test_runs_come_newest_first_and_page_by_run_id(self, store: Store) -> None:
        store.add_runs([run(each) for each in "abcd"], NOON_AT)

        def page(**how: object) -> list[str]:
            found = store.run_records(RunsFilter(), **how)  # type: ignore[arg-type]
            return [each.dagster_run.run_id for each in found]

        assert page(limit=2) == ["d", "c"]
        assert page(limit=2, cursor="c") == ["b", "a"]
        assert page(cursor="b", ascending=True) == ["c", "d"]
        assert page(cursor="unknown") == []

    def test_each_filter_narrows(self, store: Store) -> None:
        store.add_runs([run("a", "one", tags={"k": "1"})], at(0))
        store.add_runs([run("b", "two", S.NOT_STARTED, tags={"k": "2"}, location_name="there")], at(10))
        store.add_runs([run("c", "two", S.NOT_STARTED, tags={"k": "3", "l": "1"})], at(20))
        store.add_run_tags("a", {"m": "1"}, at(30))

        found = {
            "run_ids": ids(store, RunsFilter(run_ids=["a", "c", "x"])),
            "no run_ids": ids(store, RunsFilter(run_ids=[])),
            "job_name": ids(store, RunsFilter(job_name="two")),
            "statuses": ids(store, RunsFilter(statuses=[S.QUEUED, S.FAILURE])),
            "tag": ids(store, RunsFilter(tags={"k": "2"})),
            "tag values": ids(store, RunsFilter(tags={"k": ["1", "3"]})),
            "two tags": ids(store, RunsFilter(tags={"k": ["1", "3"], "l": "1"})),
            "created": ids(store, RunsFilter(created_after=at(5), created_before=at(15))),
            "naive": ids(store, RunsFilter(created_after=datetime(2024, 5, 1, 12, 0, 15))),
            "updated": ids(store, RunsFilter(updated_after=at(20))),
            "updated_before": ids(store, RunsFilter(updated_before=at(20))),
            "location": ids(store, RunsFilter(location_name="there")),
            "all": ids(store, RunsFilter(job_name="two", tags={"l": "1"}, statuses=[S.NOT_STARTED])),
        }
        assert found == {
            "run_ids": ["c", "a"],
            "no run_ids": [],
            "job_name": ["c", "b"],
            "statuses": ["a"],
            "tag": ["b"],
            "tag values": ["c", "a"],
            "two tags": ["c"],
            "created": ["b"],
            "naive": ["c"],
            "updated": ["a"],
            "updated_before": ["b"],
            "location": ["b"],
            "all": ["c"],
        }
        assert store.count_runs(RunsFilter(job_name="two")) == 2

    def test_a_thousand_run_ids_are_found_at_once(self, store: Store) -> None:
        names = [f"run {number:04}" for number in range(1_200)]
        store.add_runs([run(name) for name in names], NOON_AT)

        assert store.count_runs(RunsFilter(run_ids=names)) == 1_200

    def test_more_run_ids_than_a_statement_takes_are_found_in_order(self, store: Store) -> None:
        store.add_runs([run("a"), run("b"), run("c")], NOON_AT)
        names = ["b", *(f"unknown {number}" for number in range(70_000)), "a", "c", "b"]

        found = store.run_records(RunsFilter(run_ids=names, statuses=[S.QUEUED]), limit=2)

        assert [record.dagster_run.run_id for record in found] == ["c", "b"]
        assert store.count_runs(RunsFilter(run_ids=names)) == 3

    def test_long_tag_values_are_found_too(self, store: Store) -> None:
        store.add_runs([run("a", tags={"k": "x" * 90_000}), run("b", tags={"k": "x" * 90_001})], NOON_AT)

        assert ids(store, RunsFilter(tags={"k": "x" * 90_000})) == ["a"]

    def test_added_tags_replace_those_of_the_same_key(self, store: Store) -> None:
        store.add_runs([run("a", tags={"k": "1", "l": "1"})], NOON_AT)

        store.add_run_tags("a", {"k": "2", "m": "3"}, at(1))

        record = store.run_record("a")
        assert record is not None
        assert record.dagster_run.tags == {"k": "2", "l": "1", "m": "3"}
        assert record.update_timestamp == at(1)
        assert ids(store, RunsFilter(tags={"k": "1"})) == []
        assert ids(store, RunsFilter(tags={"k": "2"})) == ["a"]

    def test_tags_of_an_unknown_run_are_an_error_that_names_it(self, store: Store) -> None:
        with pytest.raises(DagsterRunNotFoundError, match="'nope'"):
            store.add_run_tags("nope", {"k": "1"}, NOON_AT)

    def test_run_ids_are_found_by_their_beginning(self, store: Store) -> None:
        store.add_runs([run(each) for each in ("ab1", "ab2", "ac1", "b")], NOON_AT)

        assert store.run_ids_with_prefix("ab") == ["ab1", "ab2"]
        assert store.run_ids_with_prefix("a", limit=2) == ["ab1", "ab2"]
        assert store.run_ids_with_prefix("") == ["ab1", "ab2", "ac1", "b"]
        assert store.run_ids_with_prefix("c") == []

    def test_a_deleted_run_takes_tags_and_events_along_but_no_asset_state(self, store: Store) -> None:
        store.add_runs([run("a", tags={"k": "1"}), run("b")], NOON_AT)
        store.append([materialized("orders", "a")])

        store.delete_run("a")
        store.delete_run("never stored")

        assert ids(store, RunsFilter(tags={"k": "1"})) == []
        assert store.events(EventQuery(run_id="a")) == []
        latest = store.latest_materialization(AssetKey("orders"))
        assert latest is not None
        assert latest.run_id == "a"
        assert ids(store, RunsFilter()) == ["b"]


class TestStartingRuns:
    def test_only_queued_runs_are_handed_out_each_with_a_new_attempt(self, store: Store) -> None:
        store.add_runs([run("a"), run("b", status=S.NOT_STARTED)], NOON_AT)
        lease = take_lease(store)

        first = store.hand_out_runs(["a", "b", "unknown"], lease, at(1))
        again = store.hand_out_runs(["a"], lease, at(2))

        assert first == [StartRun("a", 1)]
        assert again == []
        assert status_of(store, "a") == S.STARTING
        assert kinds(store.events(EventQuery(run_id="a"))) == [T.RUN_ENQUEUED, T.RUN_DEQUEUED, T.RUN_STARTING]

    def test_nothing_is_handed_out_under_a_lost_lease(self, store: Store) -> None:
        store.add_runs([run("a")], NOON_AT)
        lost = take_lease(store, "me")
        take_lease(store, "other", seconds=31)

        with pytest.raises(LeaseLostError, match="other"):
            store.hand_out_runs(["a"], lost, at(32))

        assert status_of(store, "a") == S.QUEUED

    def test_one_worker_begins_and_no_second_one(self, store: Store) -> None:
        store.add_runs([run("a")], NOON_AT)
        store.hand_out_runs(["a"], take_lease(store), at(1))

        assert store.begin_run("a", 1, WORKER, at(2)) is True
        assert store.begin_run("a", 1, WORKER, at(2)) is False
        assert store.begin_run("a", 2, WORKER, at(2)) is False
        assert store.begin_run("unknown", 1, WORKER, at(2)) is False
        assert store.run_workers() == {"a": (1, WORKER)}

    def test_a_run_handed_back_is_queued_and_its_late_worker_gives_up(self, store: Store) -> None:
        store.add_runs([run("a")], NOON_AT)
        lease = take_lease(store)
        store.hand_out_runs(["a"], lease, at(1))
        assert store.run_workers() == {"a": (1, None)}

        assert store.hand_back_run("a", 1, at(2)) is True
        assert store.begin_run("a", 1, WORKER, at(3)) is False
        assert store.hand_out_runs(["a"], lease, at(4)) == [StartRun("a", 2)]
        assert store.hand_back_run("a", 1, at(5)) is False
        assert store.begin_run("a", 1, WORKER, at(5)) is False
        assert store.begin_run("a", 2, WORKER, at(5)) is True

    def test_a_run_that_began_is_not_handed_back(self, store: Store) -> None:
        store.add_runs([run("a")], NOON_AT)
        start(store, "a")

        assert store.hand_back_run("a", 1, at(3)) is False
        assert status_of(store, "a") == S.STARTING

    def test_canceling_a_run_that_has_not_begun_ends_it(self, store: Store) -> None:
        store.add_runs([run("queued"), run("starting")], NOON_AT)
        store.hand_out_runs(["starting"], take_lease(store), at(1))

        after = [store.request_cancel(each, at(2)) for each in ("queued", "starting")]

        assert [each and each.status for each in after] == [S.CANCELED, S.CANCELED]
        assert store.begin_run("starting", 1, WORKER, at(3)) is False
        assert kinds(store.events(EventQuery(run_id="queued")))[-1] == T.RUN_CANCELED
        assert store.request_cancel("unknown", at(2)) is None

    def test_canceling_a_run_that_goes_on_asks_it_to_stop_once(self, store: Store) -> None:
        store.add_runs([run("a")], NOON_AT)
        start(store, "a")

        after = [store.request_cancel("a", at(3)), store.request_cancel("a", at(4))]

        assert [each and each.status for each in after] == [S.CANCELING, S.CANCELING]
        assert kinds(store.events(EventQuery(run_id="a"))).count(T.RUN_CANCELING) == 1

    def test_canceling_a_finished_run_leaves_it(self, store: Store) -> None:
        store.add_runs([run("a", status=S.STARTED)], NOON_AT)
        store.append([status_event("a", T.RUN_SUCCESS)])

        after = store.request_cancel("a", at(1))

        assert after is not None
        assert after.status == S.SUCCESS


class TestEvents:
    def test_entries_come_back_as_they_were_stored(self, store: Store) -> None:
        given = [
            message("a", "hello", 0.25, "step"),
            materialized("orders", "a", 1.125, "2024", "step"),
            observed("orders", "a", 2),
            status_event("a", T.RUN_START, 3),
        ]

        numbers = store.append(given)

        stored = store.events(EventQuery(run_id="a"))
        assert stored == given
        assert [entry.storage_id for entry in stored] == numbers
        assert [entry.timestamp for entry in stored] == [each.timestamp for each in given]
        assert stored[1].dagster_event is not None
        assert stored[1].dagster_event.timestamp == given[1].timestamp

    def test_each_condition_of_a_query_narrows(self, store: Store) -> None:
        store.add_runs([run("b", "other", S.STARTED)], NOON_AT)
        store.append(
            [message("a", "1", 1), materialized("x", "a", 2, "p1", "s1"), materialized("x", "a", 3, "p2", "s2")]
        )
        store.append([status_event("b", T.RUN_SUCCESS, 4)])
        store.append([materialized("y", "", 5)])

        def found(**conditions: object) -> list[int]:
            entries = store.events(EventQuery(**conditions))  # type: ignore[arg-type]
            return [entry.storage_id or 0 for entry in entries]

        made = frozenset({T.ASSET_MATERIALIZATION})
        assert found() == [1, 2, 3, 4, 5]
        assert found(run_id="a") == [1, 2, 3]
        assert found(run_id="") == [5]
        assert found(run_id="a", types=made) == [2, 3]
        assert found(types=frozenset({T.RUN_SUCCESS, T.RUN_FAILURE})) == [4]
        assert found(types=frozenset()) == []
        assert found(asset_key=AssetKey("x")) == [2, 3]
        assert found(asset_key=AssetKey("x"), types=made, partitions=["p2"]) == [3]
        assert found(after_id=2) == [3, 4, 5]
        assert found(before_id=2) == [1]
        assert found(after_at=at(3)) == [4, 5]
        assert found(before_at=at(2)) == [1]
        assert found(step_key="s2") == [3]
        assert found(storage_ids=[2, 5, 99]) == [2, 5]
        assert found(job_names=["other"]) == [4]
        assert found(newest_first=True, limit=2) == [5, 4]
        assert found(limit=2) == [1, 2]

    def test_the_run_goes_where_its_events_lead(self, store: Store) -> None:
        store.add_runs([run("a", status=S.NOT_STARTED)], NOON_AT)
        seen = []
        for seconds, kind in enumerate([T.RUN_ENQUEUED, T.RUN_STARTING, T.RUN_START, T.RUN_CANCELING, T.RUN_CANCELED]):
            store.append([status_event("a", kind, seconds)])
            seen.append(status_of(store, "a"))

        record = store.run_record("a")
        assert seen == [S.QUEUED, S.STARTING, S.STARTED, S.CANCELING, S.CANCELED]
        assert record is not None
        assert (record.start_time, record.end_time) == (at(2).timestamp(), at(4).timestamp())
        assert (record.dagster_run.started_at, record.dagster_run.ended_at) == (at(2), at(4))

    @pytest.mark.parametrize("final", [T.RUN_SUCCESS, T.RUN_FAILURE, T.RUN_CANCELED])
    @pytest.mark.parametrize("late", [T.RUN_START, T.RUN_SUCCESS, T.RUN_FAILURE, T.RUN_CANCELED, T.RUN_CANCELING])
    def test_a_finished_run_never_changes(self, store: Store, final: DagsterEventType, late: DagsterEventType) -> None:
        store.add_runs([run("a", status=S.STARTED)], NOON_AT)
        store.append([status_event("a", final, 1)])
        before = store.run_record("a")

        numbers = store.append([message("a", "late", 2), status_event("a", late, 3), message("a", "later", 4)])

        assert numbers == [2, 0, 3]
        assert store.run_record("a") == before
        assert kinds(store.events(EventQuery(run_id="a"))) == [final, None, None]

    def test_a_second_end_in_one_batch_is_left_out(self, store: Store) -> None:
        store.add_runs([run("a", status=S.STARTED)], NOON_AT)

        numbers = store.append([status_event("a", T.RUN_SUCCESS, 1), status_event("a", T.RUN_FAILURE, 2)])

        assert numbers == [1, 0]
        assert status_of(store, "a") == S.SUCCESS

    def test_a_late_start_does_not_take_a_run_back(self, store: Store) -> None:
        store.add_runs([run("a")], NOON_AT)
        start(store, "a")
        store.request_cancel("a", at(3))

        store.append([status_event("a", T.RUN_START, 4)])

        record = store.run_record("a")
        assert record is not None
        assert (record.dagster_run.status, record.dagster_run.started_at) == (S.CANCELING, at(4))

    def test_a_worker_of_an_earlier_attempt_writes_nothing(self, store: Store) -> None:
        store.add_runs([run("a")], NOON_AT)
        attempt = start(store, "a")
        written = store.last_event_id()

        with pytest.raises(LeaseLostError, match="attempt 1"):
            store.append([message("a", "late")], attempt=attempt - 1)
        with pytest.raises(LeaseLostError, match="deleted"):
            store.append([message("unknown", "late")], attempt=1)

        assert store.last_event_id() == written
        assert store.append([message("a", "mine")], attempt=attempt) == [written + 1]

    def test_entries_of_two_runs_are_not_appended_together(self, store: Store) -> None:
        with pytest.raises(DagsterInvariantViolationError):
            store.append([message("a", "1"), message("b", "2")])

        assert store.append([]) == []

    def test_whatever_text_user_code_logs_is_stored(self, store: Store) -> None:
        given = [message("a", text) for text in ("half a character \udcff", "nothing \x00", "日本")]

        store.append(given)

        assert [entry.user_message for entry in store.events(EventQuery(run_id="a"))] == [
            "half a character \udcff",
            "nothing \x00",
            "日本",
        ]

    def test_numbers_are_never_used_twice(self, store: Store) -> None:
        store.append([message("a", "1"), message("a", "2")])
        store.delete_run("a")
        assert store.append([message("a", "3")]) == [3]

        store.wipe()

        assert store.last_event_id() == 3
        assert store.append([message("a", "4")]) == [4]

    def test_threads_that_write_at_once_get_numbers_of_their_own(self, store: Store) -> None:
        numbers: list[int] = []

        def write(name: str) -> None:
            for count in range(50):
                numbers.extend(store.append([message(name, str(count)), materialized(name, name)]))

        threads = [threading.Thread(target=write, args=(f"run {number}",)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(numbers) == list(range(1, 401))
        assert len(store.events(EventQuery())) == 400


class TestAssets:
    def test_the_latest_of_an_asset_is_kept(self, store: Store) -> None:
        store.append([planned("x", "a"), materialized("x", "a", 1), materialized("x", "a", 2), observed("x", "a", 3)])
        store.append([observed("y", "", 4)])

        assert store.asset_states() == {
            AssetKey("x"): AssetState(AssetKey("x"), 3, at(2), "a", 4, "a"),
            AssetKey("y"): AssetState(AssetKey("y"), observation_id=5),
        }
        assert set(store.asset_states([AssetKey("y"), AssetKey("z")])) == {AssetKey("y")}
        assert store.asset_states([]) == {}

    def test_the_newest_materialization_is_the_stored_entry(self, store: Store) -> None:
        store.append([materialized("x", "a", 1), materialized("x", "a", 2, "p", "step")])
        store.append([observed("y")])

        assert store.latest_materialization(AssetKey("x")) == materialized("x", "a", 2, "p", "step")
        assert store.latest_materialization(AssetKey("y")) is None
        assert store.latest_materialization(AssetKey("z")) is None

    def test_keys_of_many_parts_are_told_apart(self, store: Store) -> None:
        store.append([materialized("a/b")])

        assert store.latest_materialization(AssetKey(["a", "b"])) is None
        assert store.latest_materialization(AssetKey("a/b")) is not None

    def test_a_wiped_asset_was_never_made(self, store: Store) -> None:
        store.append([materialized("x", "a"), materialized("y", "a")])

        store.wipe_asset(AssetKey("x"))

        assert list(store.asset_states()) == [AssetKey("y")]
        assert [entry.asset_key for entry in store.events(EventQuery())] == [AssetKey("y")]


class TestLeases:
    def test_a_lease_has_one_holder_at_a_time(self, store: Store) -> None:
        first = store.acquire_lease("daemon", "me", at(0), 30)

        assert first is not None
        assert store.acquire_lease("daemon", "other", at(29), 30) is None
        assert store.lease("daemon") == first
        assert store.lease("unknown") is None

    def test_renewing_keeps_the_epoch_and_taking_over_does_not(self, store: Store) -> None:
        store.acquire_lease("daemon", "me", at(0), 30)
        renewed = store.acquire_lease("daemon", "me", at(20), 30)
        taken = store.acquire_lease("daemon", "other", at(50), 30)

        assert renewed is not None
        assert (renewed.epoch, renewed.expires_at) == (1, at(50))
        assert taken is not None
        assert (taken.owner, taken.epoch) == ("other", 2)

    def test_a_lease_given_back_is_free_at_once(self, store: Store) -> None:
        lease = take_lease(store)

        store.release_lease(lease)

        assert store.acquire_lease("daemon", "other", at(1), 30) is not None

    def test_giving_back_a_lost_lease_changes_nothing(self, store: Store) -> None:
        lost = take_lease(store, "me")
        mine = take_lease(store, "other", 31)

        store.release_lease(lost)

        assert store.lease("daemon") == mine


def test_info_tells_where_and_how_much(store: Store) -> None:
    store.add_runs([run("a")], NOON_AT)

    facts = store.info()

    assert facts["location"] == store.location
    assert (facts["runs"], facts["newest_event_id"], facts["schema"]) == (1, 1, "0001")


def test_wiping_forgets_everything(store: Store) -> None:
    store.add_runs([run("a", tags={"k": "1"})], NOON_AT)
    store.append([materialized("x", "a")])
    take_lease(store)

    store.wipe()

    assert store.run_records(RunsFilter()) == []
    assert store.events(EventQuery()) == []
    assert store.asset_states() == {}
    assert store.lease("daemon") is None


def test_each_commit_tells_what_changed(store: Store, topics: Topics) -> None:
    store.add_runs([run("a")], NOON_AT)
    store.append([message("a", "x")])
    store.append([status_event("a", T.RUN_START)])

    assert topics.told == [("runs", "run_status", "events"), ("events",), ("runs", "run_status", "events")]


def test_what_was_made_is_told_apart_from_other_events(store: Store, topics: Topics) -> None:
    store.append([message("a", "x"), materialized("x", "a")])

    assert topics.told == [("events", "assets")]


def test_what_was_made_since_is_read_in_order_without_other_events(store: Store) -> None:
    first, *_ = store.append([materialized("x", "a"), message("a", "note"), materialized("y", "a")])
    second = store.append([materialized("x", "a")])[0]

    made = store.made_assets(first, limit=10)

    assert made == [(first + 2, AssetKey("y")), (second, AssetKey("x"))]
    assert store.made_assets(first - 1, limit=1) == [(first, AssetKey("x"))]
    assert store.made_assets(second, limit=10) == []


def test_a_refused_change_tells_nothing(store: Store, topics: Topics) -> None:
    with pytest.raises(LeaseLostError):
        store.append([message("a", "x")], attempt=1)

    assert topics.told == []


def test_every_final_state_has_its_event(store: Store) -> None:
    assert set(ENDINGS) == set(FINISHED_STATUSES)
    for number, (status, kind) in enumerate(ENDINGS.items()):
        store.add_runs([run(str(number))], NOON_AT)
        store.append([status_event(str(number), kind)])
        assert status_of(store, str(number)) == status


@given(st.lists(st.sampled_from(sorted(RUN_STATUS_EVENT_TYPES, key=str)), max_size=8))
def test_whatever_events_come_a_run_ends_once_and_stays(sent: list[DagsterEventType]) -> None:
    store = SqlStore(SqliteDatabase(IN_MEMORY), NullNotifier())
    store.add_runs([run("a", status=S.NOT_STARTED)], NOON_AT)
    ended: DagsterRunStatus | None = None
    for seconds, kind in enumerate(sent):
        (number,) = store.append([status_event("a", kind, seconds)])
        status = status_of(store, "a")
        assert (number == 0) == (ended is not None)
        assert ended in {None, status}
        ended = status if status in FINISHED_STATUSES else None

    stored = [entry.dagster_event_type for entry in store.events(EventQuery(run_id="a"))]
    assert len([kind for kind in stored if kind in ENDINGS.values()]) <= 1
    store.close()
