"""What every store tells of what changed, and of what is wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.contract.making import NOON_AT, SCHEDULE, SENSOR, at, commit, materialized, run
from watchbell.record.change_store import CHANGES_MAX, StorePosition
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry
from watchbell.record.ports import Store
from watchbell.record.run import DagsterRunStatus
from watchbell.record.tick import AutomationState, AutomationStatus, TickStatus


def ended(run_id: str, job: str, kind: DagsterEventType, second: int) -> EventLogEntry:
    event = DagsterEvent(kind, job, None, "over")
    return EventLogEntry(run_id, at(second).timestamp(), 20, "", None, job, event)


def store_runs(store: Store, *ids: str, job: str = "etl") -> None:
    store.add_runs([replace(run(each), job_name=job, status=DagsterRunStatus.QUEUED) for each in ids], at(0))


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
