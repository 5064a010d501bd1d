"""What every store does with automation conditions: states and evaluations, with the tick, kept for a time."""

import itertools
from collections.abc import Sequence
from dataclasses import replace

from tests.contract.making import NOON_AT, SENSOR, at, materialized, run, status_event
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.condition import ConditionCommit, ConditionEvaluation
from watchbell.record.event import DagsterEventType
from watchbell.record.keys import AssetKey
from watchbell.record.ports import Store
from watchbell.record.tick import AutomationState, CommittedTick, RunOrder, TickCommit

DAY = 86_400.0


def commit(
    store: Store, given: ConditionCommit, orders: Sequence[RunOrder] = (), before: AutomationState | None = None
) -> CommittedTick:
    state = store.automation_state(SENSOR) or AutomationState(SENSOR)
    base = state if before is None else before
    (done,) = store.commit_ticks([TickCommit(base, base, (), tuple(orders), conditions=given)], None, NOON_AT)
    return done


def evaluation(entity: str, seconds: float = 0, requested: int = 0, **more: tuple[str, ...]) -> ConditionEvaluation:
    return ConditionEvaluation(entity, at(seconds).timestamp(), requested, f"{entity} at {seconds}", **more)


class TestStates:
    def test_states_are_stored_changed_and_forgotten(self, store: Store) -> None:
        commit(store, ConditionCommit({"a": "1", "b": "1"}))
        commit(store, ConditionCommit({"a": "2", "b": None, "c": "1", "d": None}))

        assert store.condition_states(SENSOR.id) == {"a": "2", "c": "1"}
        assert store.condition_states("of another") == {}

    def test_a_refused_tick_stores_nothing(self, store: Store) -> None:
        stale = AutomationState(SENSOR, version=7)

        done = commit(store, ConditionCommit({"a": "1"}, (evaluation("a"),)), before=stale)

        assert done.conflict
        assert store.condition_states(SENSOR.id) == {}
        assert store.condition_evaluations("a", limit=5) == []

    def test_what_is_there_no_more_can_be_forgotten(self, store: Store) -> None:
        commit(store, ConditionCommit({"a": "1", "b": "1"}, (evaluation("a"), evaluation("b"))))

        store.forget_conditions(SENSOR.id, ["a"])
        store.forget_conditions(SENSOR.id, ["b"], evaluations=True)

        assert store.condition_states(SENSOR.id) == {}
        assert len(store.condition_evaluations("a", limit=5)) == 1
        assert store.condition_evaluations("b", limit=5) == []


class TestEvaluations:
    def test_they_are_read_newest_first(self, store: Store) -> None:
        for second in range(4):
            commit(store, ConditionCommit({}, (evaluation("a", second), evaluation("b", second))))

        found = store.condition_evaluations("a", limit=3)

        assert [evaluation("a", second) for second in (3, 2, 1)] == found
        numbers = [each.evaluation_id for each in found]
        assert numbers == sorted(numbers, reverse=True)
        assert [evaluation("a", 0)] == store.condition_evaluations("a", limit=5, before_id=numbers[-1])
        assert [evaluation("a", 3)] == store.condition_evaluations("a", limit=5, after_id=numbers[1])
        assert [evaluation("a", 1)] == store.condition_evaluations("a", limit=1, until=at(1.5).timestamp())

    def test_they_know_the_runs_that_were_made(self, store: Store) -> None:
        check = AssetCheckKey(AssetKey("a"), "rows")
        orders = [
            RunOrder(replace(run("r1"), asset_selection=frozenset({AssetKey("a"), AssetKey("b")}))),
            RunOrder(replace(run("r2"), asset_selection=frozenset({AssetKey("a")}))),
            RunOrder(replace(run("r3"), asset_check_selection=frozenset({check}))),
        ]
        asked = [evaluation("a", requested=2), evaluation("b"), evaluation("a:rows", requested=1)]

        commit(store, ConditionCommit({}, tuple(asked)), orders)

        assert store.condition_evaluations("a", limit=1)[0].run_ids == ("r1", "r2")
        assert store.condition_evaluations("b", limit=1)[0].run_ids == ()
        assert store.condition_evaluations("a:rows", limit=1)[0].run_ids == ("r3",)

    def test_runs_that_were_not_made_are_left_out(self, store: Store) -> None:
        asked = evaluation("a", requested=2, run_ids=("r1", "dropped"))

        commit(store, ConditionCommit({}, (asked,)), [RunOrder(run("r1"))])

        assert store.condition_evaluations("a", limit=1)[0].run_ids == ("r1",)

    def test_old_ones_are_deleted_on_the_way(self, store: Store) -> None:
        commit(store, ConditionCommit({}, tuple(evaluation("a", second) for second in range(3))))
        commit(store, ConditionCommit({}, (evaluation("b", 2 * DAY),), keep_seconds=2 * DAY - 1))

        assert [evaluation("a", 2), evaluation("a", 1)] == store.condition_evaluations("a", limit=5)

    def test_a_clock_that_was_set_back_deletes_nothing(self, store: Store) -> None:
        commit(store, ConditionCommit({}, (evaluation("a", 2 * DAY),), keep_seconds=60))
        commit(store, ConditionCommit({}, (evaluation("a"),), keep_seconds=60))

        assert len(store.condition_evaluations("a", limit=5)) == 2

    def test_only_so_many_of_an_entity_are_kept(self, store: Store) -> None:
        for second in range(0, 500, 5):
            more = tuple(evaluation("a", second + each) for each in range(5))
            commit(store, ConditionCommit({}, more, keep_count=10))

        found = store.condition_evaluations("a", limit=500)

        assert 10 <= len(found) <= 300
        assert evaluation("a", 499) == found[0]


class TestPosition:
    def test_it_moves_with_events_what_is_forgotten_and_dynamic_partitions(self, store: Store) -> None:
        seen = [store.condition_position()]
        for act in (
            lambda: store.append([materialized("a")]),
            lambda: store.wipe_asset(AssetKey("a")),
            lambda: store.wipe_partitions(AssetKey("a"), ["p"]),
            lambda: store.add_runs([run("r")], NOON_AT),
            lambda: store.delete_run("r"),
            lambda: store.add_dynamic_partitions("customers", ["acme"]),
            lambda: store.add_dynamic_partitions("customers", ["acme"]),
            lambda: store.delete_dynamic_partitions("customers", ["acme"]),
            lambda: store.delete_dynamic_partitions("customers", ["acme"]),
            store.wipe,
        ):
            act()
            seen.append(store.condition_position())

        moved = [
            tuple(name for name in now._fields if getattr(now, name) > getattr(before, name))
            for before, now in itertools.pairwise(seen)
        ]

        assert moved == [
            ("event_id",),
            ("forgotten",),
            ("forgotten",),
            ("event_id",),
            ("forgotten",),
            ("dynamic",),
            (),
            ("dynamic",),
            (),
            ("forgotten", "dynamic"),
        ]


class TestFailures:
    def test_an_asset_knows_when_a_run_failed_to_make_it(self, store: Store) -> None:
        store.add_runs([run("r")], NOON_AT)
        planned = [DagsterEventType.ASSET_MATERIALIZATION_PLANNED]
        for asset in ("a", "b"):
            entry = materialized(asset, "r", 1)
            event = entry.dagster_event
            assert event is not None
            store.append([replace(entry, dagster_event=replace(event, event_type=planned[0]))])
        store.append([materialized("a", "r", 2)])
        store.append([status_event("r", DagsterEventType.RUN_FAILURE, 5)])

        found = {each.asset: each for each in store.asset_facts()}

        assert None is found[AssetKey("a").to_string()].failed_at
        assert at(5).timestamp() == found[AssetKey("b").to_string()].failed_at
        assert found[AssetKey("b").to_string()].planned_status == "FAILURE"
        assert [found[AssetKey("b").to_string()]] == store.failed_asset_facts()

        store.append([materialized("b", "r2", 6)])
        assert store.failed_asset_facts() == []
