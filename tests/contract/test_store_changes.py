"""What every store tells of what changed, and of what is wrong."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.contract.making import NOON_AT, SCHEDULE, SENSOR, at, commit, materialized, run
from watchbell.record.change_store import CHANGES_MAX, StorePosition
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry
from watchbell.record.keys import AssetKey
from watchbell.record.ports import Store
from watchbell.record.run import DagsterRunStatus
from watchbell.record.tick import AutomationState, AutomationStatus, TickStatus
from watchbell.store.sqlite import DATABASE_FILE, SqliteDatabase


def ended(run_id: str, job: str, kind: DagsterEventType, second: int) -> EventLogEntry:
    event = DagsterEvent(kind, job, None, "over")
    return EventLogEntry(run_id, at(second).timestamp(), 20, "", None, job, event)


def store_runs(store: Store, *ids: str, job: str = "etl") -> None:
    store.add_runs([replace(run(each), job_name=job, status=DagsterRunStatus.QUEUED) for each in ids], at(0))


class TestVersion:
    def test_it_is_another_one_after_each_commit_and_the_same_while_there_is_none(self, store: Store) -> None:
        store_runs(store, "a")
        first = store.version()
        store.run_record("a")
        same = store.version()
        store_runs(store, "b")

        assert first is not None
        assert (same == first, store.version() == first) == (True, False)

    def test_of_a_store_that_was_closed_nobody_can_tell_it_in_a_file(self, tmp_path) -> None:
        database = SqliteDatabase(tmp_path / DATABASE_FILE)
        assert database.version() is not None
        database.close()

        assert database.version() is None

    def test_it_sees_what_another_connection_commits(self, tmp_path) -> None:
        with (
            closing(SqliteDatabase(tmp_path / DATABASE_FILE)) as one,
            closing(SqliteDatabase(tmp_path / DATABASE_FILE)) as other,
        ):
            before = one.version()
            with other.write() as session:
                session.take_numbers("runs", 1)

            assert one.version() != before


class TestChanges:
    def test_nothing_came_after_where_the_store_is(self, store: Store) -> None:
        store_runs(store, "a")

        changes = store.changes_since(store.position())

        assert (changes.events, changes.ticks, changes.new_runs, changes.entities) == ((), (), (), ())
        assert changes.position == store.position()

    def test_a_run_is_told_with_its_first_event(self, store: Store) -> None:
        before = store.position()
        store_runs(store, "a")

        changes = store.changes_since(before)

        assert changes.new_runs == ("a",)
        assert [(each.run_id, each.kind) for each in changes.events or ()] == [("a", "PIPELINE_ENQUEUED")]

    def test_an_asset_is_told_with_its_key(self, store: Store) -> None:
        store_runs(store, "a")
        before = store.position()
        entry = materialized("orders", "a")
        store.append([entry])

        [mark] = store.changes_since(before).events or ()

        assert mark.asset is not None
        assert mark.asset.to_user_string() == "orders"

    def test_a_tick_is_told_with_whose_it_is_and_how_it_ended(self, store: Store) -> None:
        before = store.position()
        store.commit_ticks([commit(AutomationState(SENSOR), 1)], None, at(60))

        [note] = store.changes_since(before).ticks or ()

        assert (note.key, note.tick_id) == (SENSOR, 1)
        assert isinstance(note.status, TickStatus)

    def test_more_than_can_be_told_is_told_as_such(self, store: Store) -> None:
        store_runs(store, *(f"r{number}" for number in range(CHANGES_MAX + 1)))

        changes = store.changes_since(StorePosition())

        assert (changes.new_runs, changes.events) == (None, None)

    def test_a_switch_only_moves_the_position(self, store: Store) -> None:
        before = store.position()
        store.put_state(AutomationState(SCHEDULE), AutomationState(SCHEDULE, AutomationStatus.STOPPED), at(0))

        assert store.position() == replace(before, states=before.states + 1)


class TestTroubles:
    def test_a_job_fails_until_it_succeeds(self, store: Store) -> None:
        store_runs(store, "a", "b", "c")
        store.append([ended("a", "etl", DagsterEventType.RUN_FAILURE, 1)])
        store.append([ended("b", "etl", DagsterEventType.RUN_FAILURE, 2)])
        [failing] = store.troubles(NOON_AT - timedelta(days=1)).jobs
        store.append([ended("c", "etl", DagsterEventType.RUN_SUCCESS, 3)])

        assert (failing.run_id, failing.failures, failing.since_at, failing.failed_at) == ("b", 2, at(1), at(2))
        assert store.troubles(NOON_AT - timedelta(days=1)).jobs == ()

    def test_jobs_of_one_name_in_two_places_are_two(self, store: Store) -> None:
        here, there = replace(run("a"), location_name="here"), replace(run("b"), location_name="there")
        store.add_runs([replace(each, status=DagsterRunStatus.QUEUED) for each in (here, there)], at(0))
        store.append([ended("a", here.job_name, DagsterEventType.RUN_FAILURE, 1)])
        store.append([ended("b", there.job_name, DagsterEventType.RUN_SUCCESS, 2)])

        assert [each.location_name for each in store.troubles(NOON_AT - timedelta(days=1)).jobs] == ["here"]

    def test_what_failed_before_is_left_out(self, store: Store) -> None:
        store_runs(store, "a")
        store.append([ended("a", "etl", DagsterEventType.RUN_FAILURE, 1)])

        assert store.troubles(at(3_600)).jobs == ()

    def test_the_runs_of_a_stretch_are_its_failures_and_then_the_newest_others(self, store: Store) -> None:
        store_runs(store, "a", "b", "c", "d")
        store.append([ended("a", "etl", DagsterEventType.RUN_FAILURE, 1)])

        found, has_more = store.runs_between(at(-60), at(60), limit=2)

        assert [each.run_id for each in found] == ["d", "a"]
        assert has_more

    def test_the_runs_of_a_stretch_can_be_those_of_one_job(self, store: Store) -> None:
        store_runs(store, "a", "b")
        store.add_runs([replace(run("c"), job_name="other")], at(120))

        assert [each.run_id for each in store.runs_between(at(-60), at(200), limit=9, job_name="other")[0]] == ["c"]
        assert [each.run_id for each in store.runs_between(at(-60), at(60), limit=9)[0]] == ["b", "a"]

    @pytest.mark.parametrize(("place", "minutes"), [(0, 2), (1, 1), (9, 0)])
    def test_the_time_of_the_nth_newest_run_or_the_oldest(self, store: Store, place: int, minutes: int) -> None:
        for number in range(3):
            store.add_runs([run(f"r{number}")], at(60 * number))

        assert store.nth_newest_run_at(place) == at(60 * minutes)

    def test_what_somebody_switched_is_told_and_nothing_else(self, store: Store) -> None:
        store.put_state(AutomationState(SCHEDULE), AutomationState(SCHEDULE, AutomationStatus.RUNNING), at(0))
        quarantined = AutomationState(SENSOR, AutomationStatus.RUNNING, quarantine_reason="hangs")
        store.put_state(AutomationState(SENSOR), quarantined, at(0))

        assert store.switched_automations() == {SCHEDULE: True, SENSOR: False}
        assert [(each.key, each.reason) for each in store.troubles(at(0)).quarantined] == [(SENSOR, "hangs")]


class TestLastTicks:
    def test_only_what_may_be_on_and_has_taken_effect_is_told(self, store: Store) -> None:
        store.put_state(AutomationState(SCHEDULE), AutomationState(SCHEDULE, effective_at=at(0)), at(0))
        store.put_state(AutomationState(SENSOR), AutomationState(SENSOR, AutomationStatus.STOPPED), at(0))

        [found] = store.last_ticks()

        assert (found.location_name, found.name, found.is_on) == (SCHEDULE.location_name, SCHEDULE.name, None)
        assert (found.at, found.has_ticked) == (at(0).timestamp(), False)


class TestStretches:
    @pytest.mark.parametrize("with_origin", [False, True])
    def test_runs_are_counted_by_when_they_were_stored_and_how_they_stand(
        self, store: Store, with_origin: bool
    ) -> None:
        store_runs(store, "a", "b", "c")
        store.append([ended("a", "etl", DagsterEventType.RUN_FAILURE, 1)])
        store.append([ended("b", "etl", DagsterEventType.RUN_FAILURE, 5)])
        number = int(at(0).timestamp() // 60)

        [over] = store.over_bins(number - 3, number, 60.0, with_origin=with_origin)
        [going] = store.open_bins(60.0, with_origin=with_origin)

        assert (over.number, over.job_name, over.status, over.count) == (number, "etl", DagsterRunStatus.FAILURE, 2)
        assert (over.began_at, over.ended_at) == (at(0).timestamp(), at(5).timestamp())
        assert (going.number, going.status, going.count, going.ended_at) == (number, DagsterRunStatus.QUEUED, 1, None)

    def test_they_are_told_apart_by_what_asked_for_them_and_what_they_make(self, store: Store) -> None:
        chosen = frozenset({AssetKey("x")})
        of_schedule = replace(run("a"), tags={"dagster/schedule_name": "nightly"})
        store.add_runs([of_schedule, replace(run("b"), asset_selection=chosen), run("c"), run("d")], at(0))

        found = store.open_bins(60.0, with_origin=True)

        assert sorted((each.automation, len(each.assets), each.count) for each in found) == [
            ("", 0, 2),
            ("", 1, 1),
            ("nightly", 0, 1),
        ]

    def test_other_stretches_are_left_out(self, store: Store) -> None:
        store_runs(store, "a")
        store.append([ended("a", "etl", DagsterEventType.RUN_SUCCESS, 1)])
        number = int(at(0).timestamp() // 60)

        assert store.over_bins(number + 1, number + 9, 60.0, with_origin=False) == []
