"""Asset sensors: which materializations their functions are given, and what becomes of what they answer."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from watchbell import (
    AssetKey,
    AssetMaterialization,
    AssetSelection,
    AssetSensorDefinition,
    ConfigurableResource,
    DagsterInstance,
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    DagsterInvariantViolationError,
    DefaultSensorStatus,
    Definitions,
    EventLogEntry,
    MetadataValue,
    RunRequest,
    SensorResult,
    SensorType,
    SkipReason,
    asset,
    asset_sensor,
    build_sensor_context,
    job,
)
from watchbell.declare.automation.sensor_answer import SensorExecutionData
from watchbell.declare.automation.sensor_context import BATCH_SECONDS, EVENTS_MAX
from watchbell.ground.clock import ManualClock
from watchbell.ground.errors import ParameterCheckError
from watchbell.ground.upward import call_upward

ORDERS = AssetKey("orders")


@job
def report() -> None: ...


class Mail(ConfigurableResource):
    address: str


def instance_with(*names: str) -> DagsterInstance:
    """An instance in which these assets were made, in this order."""
    instance = DagsterInstance.ephemeral()
    for number, name in enumerate(names):
        instance.report_runless_asset_event(AssetMaterialization(name, metadata={"number": number}))
    return instance


def sensor_of(fn: Callable[..., Any], **fields: Any) -> AssetSensorDefinition:
    return asset_sensor(asset_key=ORDERS, name="made", **{"job": report, **fields})(fn)


def tick(sensor: AssetSensorDefinition, instance: DagsterInstance, cursor: str | None = None) -> SensorExecutionData:
    return sensor.evaluate_tick(build_sensor_context(instance, cursor))


def numbered(context: object, asset_event: EventLogEntry) -> RunRequest:
    return RunRequest(run_key=str(asset_event.storage_id))


def test_the_newest_materialization_is_told_once() -> None:
    instance = instance_with("orders", "users", "orders", "users")
    sensor = sensor_of(numbered)

    first = tick(sensor, instance)
    second = tick(sensor, instance, first.cursor)

    assert ([each.run_key for each in first.run_requests], first.cursor) == (["3"], "3")
    assert (second.run_requests, second.cursor) == ([], "3")
    assert second.skip_message == "No new materialization of the asset 'orders'"


def test_every_event_tells_of_each_in_order() -> None:
    instance = instance_with("orders", "users", "orders", "orders")
    sensor = sensor_of(numbered, every_event=True)

    found = tick(sensor, instance, "0")

    assert ([each.run_key for each in found.run_requests], found.cursor) == (["1", "3", "4"], "4")
    assert tick(sensor, instance, "3").cursor == "4"
    assert tick(sensor, instance, "4").run_requests == []


def test_four_that_came_together_are_four() -> None:
    instance = DagsterInstance.ephemeral()
    sensor = sensor_of(lambda context, event: RunRequest(run_key=event.dagster_event.partition), every_event=True)
    assert tick(sensor, instance).run_requests == []

    for partition in ("a", "b", "c", "b"):
        instance.report_runless_asset_event(AssetMaterialization("orders", partition=partition))

    assert [each.run_key for each in tick(sensor, instance).run_requests] == ["a", "b", "c", "b"]


def test_a_burst_comes_in_batches() -> None:
    instance = instance_with(*["orders"] * (EVENTS_MAX + 1))
    sensor = sensor_of(numbered, every_event=True)

    first = tick(sensor, instance)
    second = tick(sensor, instance, first.cursor)

    assert (len(first.run_requests), len(second.run_requests)) == (EVENTS_MAX, 1)


def test_a_batch_of_slow_calls_ends_before_its_evaluation_is_killed() -> None:
    clock = ManualClock(datetime(2024, 3, 1, tzinfo=UTC))
    instance = call_upward("open_instance", "ephemeral", None, clock=clock)
    for _ in range(5):
        instance.report_runless_asset_event(AssetMaterialization("orders"))

    def slow(context, asset_event):
        clock.advance(BATCH_SECONDS * 0.6)
        return numbered(context, asset_event)

    found = tick(sensor_of(slow, every_event=True), instance)

    assert ([each.run_key for each in found.run_requests], found.cursor) == (["1", "2"], "2")


def test_what_was_asked_for_before_an_error_counts_and_the_next_evaluation_begins_with_the_error() -> None:
    instance = instance_with("orders", "orders", "orders")

    def picky(context, asset_event):
        if asset_event.storage_id == 2:
            raise ValueError("not this one")
        return RunRequest(run_key=str(asset_event.storage_id))

    sensor = sensor_of(picky, every_event=True)
    first = tick(sensor, instance)

    assert ([each.run_key for each in first.run_requests], first.cursor) == (["1"], "1")
    assert "materialization 2" in first.log[-1].message
    with pytest.raises(ValueError, match="not this one"):
        tick(sensor, instance, first.cursor)


def test_a_request_that_cannot_be_run_does_not_take_those_before_it_along() -> None:
    instance = instance_with("orders", "orders")

    def unknown(context, asset_event):
        selection = [AssetKey("nowhere")] if asset_event.storage_id == 2 else None
        return RunRequest(run_key=str(asset_event.storage_id), asset_selection=selection)

    sensor = sensor_of(unknown, every_event=True)
    defs = Definitions(jobs=[report], sensors=[sensor])

    found = sensor.evaluate_tick(build_sensor_context(instance, definitions=defs))

    assert ([each.run_key for each in found.run_requests], found.cursor) == (["1"], "1")


@pytest.mark.parametrize(
    ("fn", "wanted"),
    [
        (lambda: RunRequest(run_key="nothing"), "nothing"),
        (lambda context: RunRequest(run_key=type(context).__name__), "SensorEvaluationContext"),
        (lambda anything: RunRequest(run_key=type(anything).__name__), "SensorEvaluationContext"),
        (lambda asset_event: RunRequest(run_key=type(asset_event).__name__), "EventLogEntry"),
        (lambda x, y: RunRequest(run_key=f"{type(x).__name__[:6]} {type(y).__name__}"), "Sensor EventLogEntry"),
        (lambda _context, e: RunRequest(run_key=type(e).__name__), "EventLogEntry"),
    ],
)  # fmt: skip
def test_what_the_function_takes_is_what_it_is_given(fn: Callable[..., Any], wanted: str) -> None:
    assert tick(sensor_of(fn), instance_with("orders")).run_requests[0].run_key == wanted


def test_a_third_parameter_is_refused_where_it_is_written() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="'extra'.*ResourceParam"):
        sensor_of(lambda context, asset_event, extra: None)


@pytest.mark.parametrize(
    ("returned", "keys", "skip"),
    [
        (None, [], "Sensor function returned an empty result"),
        (SkipReason("too small"), [], "too small"),
        ([RunRequest("1"), RunRequest("2")], ["1", "2"], None),
        (SensorResult(run_requests=[RunRequest("3")]), ["3"], None),
    ],
)
def test_every_kind_of_answer_moves_the_cursor(returned: Any, keys: list[str], skip: str | None) -> None:
    found = tick(sensor_of(lambda context, event: returned), instance_with("orders"))

    assert ([each.run_key for each in found.run_requests], found.skip_message, found.cursor) == (keys, skip, "1")


def test_a_generator_is_read_to_its_end() -> None:
    def two(context, asset_event):
        yield RunRequest("1")
        yield RunRequest("2")

    assert [each.run_key for each in tick(sensor_of(two), instance_with("orders")).run_requests] == ["1", "2"]


def test_a_cursor_of_its_own_is_refused() -> None:
    sensor = sensor_of(lambda context, event: SensorResult(cursor="mine"))

    with pytest.raises(DagsterInvariantViolationError, match="returned a SensorResult with a cursor"):
        tick(sensor, instance_with("orders"))


def test_what_the_function_raises_comes_out_and_the_cursor_stays() -> None:
    def broken(context, asset_event):
        raise KeyError("rows")

    with pytest.raises(KeyError, match="rows"):
        tick(sensor_of(broken), instance_with("orders"))


def test_resources_come_as_parameters_and_by_the_context() -> None:
    def by_both(context, mail: Mail, asset_event):
        return RunRequest(run_key=f"{mail.address} {context.resources.other}")

    sensor = sensor_of(by_both, required_resource_keys={"other"})
    context = build_sensor_context(instance_with("orders"), resources={"mail": Mail(address="a@b"), "other": 7})

    assert sensor.required_resource_keys == {"mail", "other"}
    assert sensor.evaluate_tick(context).run_requests[0].run_key == "a@b 7"


class TestCalledDirectly:
    def test_with_context_and_event_it_returns_what_the_function_returns(self) -> None:
        instance = instance_with("orders")
        event = instance.get_latest_materialization_event(ORDERS)
        sensor = sensor_of(lambda context, asset_event: (context.cursor, asset_event.storage_id))
        context = build_sensor_context(instance, "9")

        assert (
            sensor(context, event) == sensor(context, asset_event=event) == sensor(asset_event=event, context=context)
        )
        assert sensor(context, event) == ("9", 1)

    def test_with_a_context_alone_it_gives_what_is_new(self) -> None:
        instance = instance_with("orders", "orders")

        assert [each.run_key for each in sensor_of(numbered)(build_sensor_context(instance))] == ["2"]
        assert [type(each) for each in sensor_of(numbered)(build_sensor_context(instance, "2"))] == [SkipReason]

    def test_with_the_event_alone_where_no_context_is_taken(self) -> None:
        event = instance_with("orders").get_latest_materialization_event(ORDERS)

        assert sensor_of(lambda asset_event: asset_event.storage_id)(event) == 1

    def test_with_resources_by_name(self) -> None:
        instance = instance_with("orders")
        event = instance.get_latest_materialization_event(ORDERS)

        def mailing(context, asset_event, mail: Mail):
            return mail.address

        assert sensor_of(mailing)(build_sensor_context(instance), event, mail=Mail(address="a@b")) == "a@b"

    def test_without_a_context_it_says_how_to_build_one(self) -> None:
        with pytest.raises(DagsterInvalidInvocationError, match="build_sensor_context"):
            sensor_of(numbered)()

    def test_with_something_unknown_it_names_it(self) -> None:
        with pytest.raises(DagsterInvalidInvocationError, match="'speed'"):
            sensor_of(numbered)(build_sensor_context(), speed=3)


class TestDeclared:
    def test_its_members(self) -> None:
        @asset_sensor(asset_key=ORDERS, job=report)
        def orders_made(context, asset_event):
            """When orders come."""

        assert orders_made.name == "orders_made"
        assert orders_made.description == "When orders come."
        assert orders_made.sensor_type is SensorType.ASSET
        assert orders_made.minimum_interval_seconds == 30
        assert orders_made.default_status is DefaultSensorStatus.STOPPED
        assert (orders_made.asset_key, orders_made.job_name, orders_made.every_event) == (ORDERS, "report", False)

    @pytest.mark.parametrize("key", ["orders", ["raw", "orders"], None])
    def test_something_else_than_a_key_is_refused(self, key: Any) -> None:
        with pytest.raises(ParameterCheckError, match="AssetKey"):
            asset_sensor(asset_key=key, job=report)

    def test_without_parentheses_it_is_refused(self) -> None:
        with pytest.raises(ParameterCheckError, match="takes an asset_key"):
            asset_sensor(numbered)  # type: ignore[arg-type]

    def test_a_target_may_be_assets(self) -> None:
        @asset
        def summary() -> None: ...

        sensor = asset_sensor(asset_key=ORDERS, name="made", target=AssetSelection.assets(summary))(numbered)
        defs = Definitions(assets=[summary], sensors=[sensor])
        request = tick(sensor, instance_with("orders")).run_requests[0]

        assert defs.get_repository_def().resolve_request(sensor, request).job_name == sensor.job_name

    def test_its_snapshot_says_what_wakes_it(self) -> None:
        sensors = [sensor_of(numbered, every_event=True)]
        snapshot = Definitions(jobs=[report], sensors=sensors).get_repository_def().snapshot("here").sensors[0]

        assert (snapshot.asset_keys, snapshot.every_event, snapshot.sensor_type) == ((ORDERS,), True, "ASSET")


def test_the_event_has_what_the_specification_reads() -> None:
    instance = DagsterInstance.ephemeral()
    metadata = {"records": 5_000, "share": 0.5, "note": "fine", "at": MetadataValue.path("/x")}
    instance.report_runless_asset_event(AssetMaterialization("orders", metadata=metadata, partition="2024"))
    seen: list[EventLogEntry] = []
    tick(sensor_of(lambda context, asset_event: seen.append(asset_event)), instance)
    event = seen[0]
    made = event.dagster_event.step_materialization_data.materialization

    assert (event.storage_id, event.run_id, event.dagster_event.asset_key, made.partition) == (1, "", ORDERS, "2024")
    assert isinstance(event.timestamp, float)
    entries = {entry.label: entry for entry in made.metadata_entries}
    assert list(entries) == list(metadata)
    assert [entries["records"].entry_data.int_value, entries["note"].entry_data.int_value] == [5_000, None]
    assert [entries["share"].entry_data.float_value, entries["records"].entry_data.float_value] == [0.5, None]
    assert [entries["note"].entry_data.text, entries["records"].entry_data.text] == ["fine", None]
    assert entries["records"].value.value == 5_000
