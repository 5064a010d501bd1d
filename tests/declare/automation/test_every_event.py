"""Asset sensors that are told of every materialization: whatever made it, and whatever happened to it since."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from watchbell import (
    AssetKey,
    AssetMaterialization,
    AssetObservation,
    AssetSensorDefinition,
    DagsterInstance,
    EventLogEntry,
    MaterializeResult,
    RunRequest,
    SensorResult,
    SkipReason,
    StaticPartitionsDefinition,
    asset,
    asset_sensor,
    build_sensor_context,
    job,
    materialize,
)
from watchbell.declare.automation.asset_sensor import REQUESTS_MAX
from watchbell.declare.automation.sensor_answer import SensorExecutionData
from watchbell.declare.automation.sensor_context import EventBatch, SensorEvaluationContext

ORDERS = AssetKey("orders")
DAYS = StaticPartitionsDefinition([f"day-{number}" for number in range(8)])


@job
def report() -> None: ...


@asset(name="orders")
def orders() -> MaterializeResult[None]:
    return MaterializeResult(metadata={"rows": 7})


@asset(name="orders", partitions_def=DAYS)
def daily_orders() -> None: ...


@asset(name="orders")
def broken_orders() -> None:
    raise ValueError("no orders")


def sensor_of(fn: Callable[..., Any]) -> AssetSensorDefinition:
    return asset_sensor(asset_key=ORDERS, name="made", job=report, every_event=True)(fn)


def numbered(context: SensorEvaluationContext, asset_event: EventLogEntry) -> RunRequest:
    return RunRequest(run_key=str(asset_event.storage_id))


def partitioned(context: SensorEvaluationContext, asset_event: EventLogEntry) -> RunRequest:
    assert asset_event.dagster_event is not None
    return RunRequest(run_key=asset_event.dagster_event.step_materialization_data.materialization.partition)


class Following:
    """A sensor that goes on from tick to tick."""

    def __init__(self, fn: Callable[..., Any], instance: DagsterInstance, cursor: str | None = None) -> None:
        self.sensor = sensor_of(fn)
        self.instance = instance
        self.cursor = cursor

    def tick(self, batch: EventBatch | None = None) -> SensorExecutionData:
        context = SensorEvaluationContext("made", instance=self.instance, cursor=self.cursor, batch=batch)
        data = self.sensor.evaluate_tick(context)
        self.cursor = data.cursor
        return data

    def told(self) -> list[str | None]:
        """The run keys of ticks until nothing is new."""
        keys: list[str | None] = []
        while found := self.tick().run_requests:
            keys += [request.run_key for request in found]
        return keys


def make(instance: DagsterInstance, times: int = 1, **fields: Any) -> None:
    for _ in range(times):
        instance.report_runless_asset_event(AssetMaterialization("orders", **fields))


def ids_in(instance: DagsterInstance) -> list[str | None]:
    return [str(record.storage_id) for record in instance.fetch_materializations(ORDERS, limit=1_000).records][::-1]


def test_a_run_for_a_range_is_told_of_as_each_of_its_partitions() -> None:
    instance = DagsterInstance.ephemeral()
    following = Following(partitioned, instance)
    tags = {"dagster/asset_partition_range_start": "day-2", "dagster/asset_partition_range_end": "day-6"}

    materialize([daily_orders], instance=instance, tags=tags)

    assert following.told() == [f"day-{number}" for number in range(2, 7)]


def test_runs_and_reports_are_told_of_in_the_order_of_the_log() -> None:
    instance = DagsterInstance.ephemeral()
    following = Following(numbered, instance)
    make(instance)
    materialize([orders], instance=instance)
    make(instance, 2)

    assert following.told() == ids_in(instance)
    assert len(ids_in(instance)) == 4


def test_observations_failures_and_other_assets_are_not_told_of() -> None:
    instance = DagsterInstance.ephemeral()
    instance.report_runless_asset_event(AssetObservation("orders"))
    instance.report_runless_asset_event(AssetMaterialization("users"))
    materialize([broken_orders], instance=instance, raise_on_error=False)

    assert Following(numbered, instance).told() == []


def test_materializations_of_a_deleted_run_are_passed_over_and_later_ones_told() -> None:
    instance = DagsterInstance.ephemeral()
    following = Following(numbered, instance)
    gone = materialize([orders], instance=instance)
    make(instance)
    instance.delete_run(gone.run_id)
    assert following.told() == ids_in(instance)

    last = materialize([orders], instance=instance)
    assert following.told() == ids_in(instance)[1:]
    instance.delete_run(last.run_id)
    make(instance)

    assert following.told() == ids_in(instance)[1:]


def test_a_wiped_asset_that_is_made_again_is_told_of() -> None:
    instance = DagsterInstance.ephemeral()
    following = Following(numbered, instance)
    make(instance, 3)
    assert len(following.told()) == 3
    make(instance, 2)
    instance.wipe_assets([ORDERS])
    assert following.told() == []

    make(instance)

    assert following.told() == ids_in(instance)
    assert len(ids_in(instance)) == 1


def test_a_cursor_set_by_hand_replays_what_came_after_it() -> None:
    instance = DagsterInstance.ephemeral()
    make(instance, 4)

    assert Following(numbered, instance, "2").told() == ["3", "4"]
    assert Following(numbered, instance, "0").told() == ["1", "2", "3", "4"]


def test_each_event_says_what_it_is() -> None:
    instance = DagsterInstance.ephemeral()
    seen: list[EventLogEntry] = []
    following = Following(lambda context, event: seen.append(event), instance)
    made = materialize([orders], instance=instance)
    make(instance, tags={"source": "hand"}, metadata={"rows": 3, "mean": 1.5, "note": "late"})

    following.tick()
    by_run, by_hand = seen
    entries = by_hand.dagster_event.step_materialization_data.materialization.metadata_entries  # type: ignore[union-attr]

    assert (by_run.run_id, by_run.step_key, by_run.dagster_event.asset_key) == (made.run_id, "orders", ORDERS)  # type: ignore[union-attr]
    assert by_run.asset_materialization is not None
    assert by_run.asset_materialization.metadata["rows"].value == 7
    assert by_run.timestamp <= by_hand.timestamp
    assert by_hand.tags == {"source": "hand"}
    assert [(each.label, each.value.value) for each in entries] == [("rows", 3), ("mean", 1.5), ("note", "late")]
    data = [each.entry_data for each in entries]
    assert [data[0].int_value, data[1].int_value, data[1].float_value, data[2].text] == [3, None, 1.5, "late"]


def test_what_each_answers_is_put_together() -> None:
    instance = DagsterInstance.ephemeral()
    make(instance, 3)
    answers = iter(
        [
            SkipReason("small"),
            SensorResult(run_requests=[RunRequest("a")], asset_events=[AssetMaterialization("copy")]),
            [RunRequest("b"), RunRequest("c")],
        ]
    )

    data = Following(lambda context, event: next(answers), instance).tick()

    assert [each.run_key for each in data.run_requests] == ["a", "b", "c"]
    assert ([each.asset_key.to_user_string() for each in data.asset_events], data.skip_message) == (["copy"], None)


def test_one_alone_is_taken_when_the_service_says_so() -> None:
    instance = DagsterInstance.ephemeral()
    make(instance, 3)

    data = Following(numbered, instance).tick(EventBatch(events_max=1))

    assert ([each.run_key for each in data.run_requests], data.cursor) == (["1"], "1")


def test_a_function_that_ends_its_process_takes_nothing_along() -> None:
    instance = DagsterInstance.ephemeral()
    make(instance, 2)

    def leaving(context: SensorEvaluationContext, asset_event: EventLogEntry) -> RunRequest:
        if asset_event.storage_id == 2:
            raise SystemExit(3)
        return numbered(context, asset_event)

    following = Following(leaving, instance)

    assert [each.run_key for each in following.tick().run_requests] == ["1"]
    with pytest.raises(SystemExit):
        following.tick()


def test_more_runs_than_one_tick_takes_are_spread_over_several() -> None:
    instance = DagsterInstance.ephemeral()
    make(instance, 4)
    many = REQUESTS_MAX // 2
    following = Following(lambda context, event: [RunRequest() for _ in range(many)], instance)

    first, second = following.tick(), following.tick()

    assert (len(first.run_requests), len(second.run_requests), second.cursor) == (2 * many, 2 * many, "4")


def test_its_direct_call_gives_what_is_new_one_by_one() -> None:
    instance = DagsterInstance.ephemeral()
    make(instance, 2)

    assert [each.run_key for each in sensor_of(numbered)(build_sensor_context(instance, "1"))] == ["2"]


def test_an_event_of_another_day_is_told_of_all_the_same() -> None:
    instance = DagsterInstance.ephemeral()
    following = Following(lambda context, event: RunRequest(str(event.timestamp)), instance, "0")
    at = datetime(2020, 1, 1, tzinfo=UTC).timestamp()
    make(instance)
    newest = instance.get_latest_materialization_event(ORDERS)
    assert newest is not None

    instance.store.append([EventLogEntry("", at, dagster_event=newest.dagster_event)])

    assert following.told() == [str(newest.timestamp), str(at)]
