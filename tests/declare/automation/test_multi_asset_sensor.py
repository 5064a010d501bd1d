"""Sensors of several assets: what their context tells, and how their cursor moves."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from watchbell import (
    AssetKey,
    AssetMaterialization,
    AssetSelection,
    ConfigurableResource,
    DagsterInstance,
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    DagsterInvariantViolationError,
    Definitions,
    EventLogRecord,
    MultiAssetSensorDefinition,
    MultiAssetSensorEvaluationContext,
    RunRequest,
    SensorResult,
    SensorType,
    SkipReason,
    asset,
    build_multi_asset_sensor_context,
    build_sensor_context,
    job,
    multi_asset_sensor,
)
from watchbell.declare.automation.sensor_answer import SensorExecutionData
from watchbell.ground.errors import ParameterCheckError
from watchbell.record.asset_cursor import NOTHING, TRAILING_MAX, Consumed, read_cursor

ORDERS, USERS, OTHER = AssetKey("orders"), AssetKey("users"), AssetKey("other")
BOTH = [ORDERS, USERS]


@job
def report() -> None: ...


class Mail(ConfigurableResource):
    address: str


def instance_with(*names: str) -> DagsterInstance:
    """An instance in which these assets were made, in this order; ``name:partition`` with a partition."""
    instance = DagsterInstance.ephemeral()
    make(instance, *names)
    return instance


def make(instance: DagsterInstance, *names: str) -> None:
    for name in names:
        key, _, partition = name.partition(":")
        instance.report_runless_asset_event(AssetMaterialization(key, partition=partition or None))


def sensor_of(fn: Callable[..., Any], monitored: Any = BOTH, **fields: Any) -> MultiAssetSensorDefinition:
    return multi_asset_sensor(monitored_assets=monitored, name="both", **{"job": report, **fields})(fn)


def tick(sensor: MultiAssetSensorDefinition, instance: Any, cursor: str | None = None) -> SensorExecutionData:
    return sensor.evaluate_tick(build_sensor_context(instance, cursor))


def context_of(instance: DagsterInstance, cursor: str | None = None, **facts: Any) -> MultiAssetSensorEvaluationContext:
    return build_multi_asset_sensor_context(
        **{"monitored_assets": BOTH, "instance": instance, "cursor": cursor, **facts}
    )


def ids(records: Sequence[EventLogRecord]) -> list[int]:
    return [record.storage_id for record in records]


def test_the_newest_of_each_asset_since_the_cursor() -> None:
    instance = instance_with("orders", "other", "orders")

    records = context_of(instance).latest_materialization_records_by_key()

    assert {key: record and record.storage_id for key, record in records.items()} == {ORDERS: 3, USERS: None}
    assert records[ORDERS].asset_key == ORDERS
    assert isinstance(records[ORDERS].timestamp, float)


def test_the_records_of_one_asset_oldest_first() -> None:
    instance = instance_with("orders", "users", "orders", "orders")
    context = context_of(instance, "{\"AssetKey(['orders'])\": [null, 1, {}]}")

    assert ids(context.materialization_records_for_key(ORDERS)) == [3, 4]
    assert ids(context.materialization_records_for_key(ORDERS, limit=1)) == [3]
    assert ids(context.materialization_records_for_key(USERS, 10)) == [2]


def test_the_cursor_moves_when_the_evaluation_ends() -> None:
    def one_by_one(context):
        records = context.materialization_records_for_key(ORDERS, limit=1)
        context.advance_cursor({ORDERS: records[0], USERS: None})
        return SkipReason(f"{context.cursor} {context.cursor_updated}")

    instance = instance_with("orders", "orders")
    first = tick(sensor_of(one_by_one), instance)
    second = tick(sensor_of(one_by_one), instance, first.cursor)

    assert first.skip_message == "None True"
    assert [read_cursor(each.cursor)[str(ORDERS)].storage_id for each in (first, second)] == [1, 2]


def test_advancing_all_leaves_nothing_new() -> None:
    def all_at_once(context):
        context.advance_all_cursors()
        return RunRequest()

    instance = instance_with("orders", "users", "orders")
    found = tick(sensor_of(all_at_once), instance)

    assert context_of(instance, found.cursor).latest_materialization_records_by_key() == {ORDERS: None, USERS: None}
    assert found.cursor == "{\"AssetKey(['orders'])\": [null, 3, {}], \"AssetKey(['users'])\": [null, 2, {}]}"


def test_what_is_made_while_it_is_evaluated_is_not_passed_over() -> None:
    instance = instance_with("orders")

    def slow(context):
        assert ids(context.materialization_records_for_key(ORDERS)) == [1]
        make(instance, "orders", "users")
        assert context.latest_materialization_records_by_key()[ORDERS].storage_id == 1
        context.advance_all_cursors()

    found = tick(sensor_of(slow), instance)

    left = context_of(instance, found.cursor).latest_materialization_records_by_key()
    assert {key: record and record.storage_id for key, record in left.items()} == {ORDERS: 2, USERS: 3}


def test_the_cursor_never_goes_back() -> None:
    context = context_of(instance_with("orders", "orders"))
    first, second = context.materialization_records_for_key(ORDERS)

    context.advance_cursor({ORDERS: second})
    context.advance_cursor({ORDERS: first})

    assert read_cursor(context.advanced_cursor)[str(ORDERS)].storage_id == 2


def test_a_run_without_moving_the_cursor_is_accepted_and_said_once() -> None:
    instance = instance_with("orders")
    sensor = sensor_of(lambda context: RunRequest(run_key="complete"))

    first, second = tick(sensor, instance), tick(sensor, instance)

    assert [first.run_requests[0].run_key, second.run_requests[0].run_key] == ["complete", "complete"]
    assert (first.cursor, second.cursor) == (None, None)
    assert ["did not move its cursor" in line.message for line in (*first.log, *second.log)] == [True]


def test_an_evaluation_says_how_far_it_saw() -> None:
    instance = instance_with("orders", "users", "other")

    looked = tick(sensor_of(lambda context: bool(context.latest_materialization_records_by_key()) and None), instance)
    blind = tick(sensor_of(lambda context: RunRequest()), DagsterInstance.ephemeral())

    assert (looked.seen_to, blind.seen_to) == (3, 0)


def test_a_run_with_nothing_new_is_no_reason_to_warn() -> None:
    assert tick(sensor_of(lambda context: RunRequest()), DagsterInstance.ephemeral()).log == ()


@pytest.mark.parametrize(
    ("returned", "keys", "skip"),
    [
        (None, [], "Sensor function returned an empty result"),
        (SkipReason("waiting"), [], "waiting"),
        ([RunRequest("1"), RunRequest("2")], ["1", "2"], None),
        (SensorResult(run_requests=[RunRequest("3")]), ["3"], None),
    ],
)
def test_every_kind_of_answer(returned: Any, keys: list[str], skip: str | None) -> None:
    found = tick(sensor_of(lambda context: returned), DagsterInstance.ephemeral())

    assert ([each.run_key for each in found.run_requests], found.skip_message) == (keys, skip)


def test_a_generator_moves_the_cursor_between_its_requests() -> None:
    def each_one(context):
        for key, record in context.latest_materialization_records_by_key().items():
            context.advance_cursor({key: record})
            yield RunRequest(run_key=key.to_user_string())

    found = tick(sensor_of(each_one), instance_with("users", "orders"))

    assert [each.run_key for each in found.run_requests] == ["orders", "users"]
    assert {key: place.storage_id for key, place in read_cursor(found.cursor).items()} == {
        str(ORDERS): 2,
        str(USERS): 1,
    }


def test_a_cursor_of_its_own_is_refused() -> None:
    with pytest.raises(DagsterInvariantViolationError, match="advance_cursor"):
        tick(sensor_of(lambda context: SensorResult(cursor="x")), DagsterInstance.ephemeral())
    with pytest.raises(DagsterInvariantViolationError, match="advance_cursor"):
        context_of(DagsterInstance.ephemeral()).update_cursor("x")


def test_what_is_not_watched_or_no_record_is_refused() -> None:
    context = context_of(instance_with("orders", "other"))
    record = context.materialization_records_for_key(ORDERS)[0]

    with pytest.raises(DagsterInvalidInvocationError, match="'other' is not watched"):
        context.materialization_records_for_key(OTHER)
    with pytest.raises(DagsterInvalidInvocationError, match="a record of AssetKey"):
        context.advance_cursor({USERS: record})
    with pytest.raises(ParameterCheckError, match="EventLogRecord"):
        context.advance_cursor({ORDERS: 3})  # type: ignore[dict-item]
    with pytest.raises(ParameterCheckError, match="asset_keys"):
        context.latest_materialization_records_by_key(["orders"])  # type: ignore[list-item]


class TestPartitionsLeftOver:
    def test_those_passed_over_are_remembered_until_they_are_dealt_with(self) -> None:
        instance = instance_with("orders:a", "orders:b", "orders:a", "orders:c")
        context = context_of(instance)
        records = {record.storage_id: record for record in context.materialization_records_for_key(ORDERS)}

        context.advance_cursor({ORDERS: records[4]})
        after = context_of(instance, context.advanced_cursor)

        assert after.get_cursor_partition(ORDERS) == "c"
        assert ids(after.get_trailing_unconsumed_events(ORDERS)) == [2, 3]
        after.advance_cursor({ORDERS: records[2]})
        assert read_cursor(after.advanced_cursor)[str(ORDERS)].trailing == {"a": 3}

    def test_advancing_all_forgets_them(self) -> None:
        instance = instance_with("orders:a", "orders:b")
        context = context_of(instance)
        context.advance_cursor({ORDERS: context.materialization_records_for_key(ORDERS)[-1]})
        after = context_of(instance, context.advanced_cursor)

        after.advance_all_cursors()

        assert context_of(instance, after.advanced_cursor).get_trailing_unconsumed_events(ORDERS) == []

    def test_of_an_asset_that_changed_its_partitions_none_is_forgotten(self) -> None:
        instance = instance_with("orders:a", "orders:b", "orders")
        context = context_of(instance)
        context.advance_cursor({ORDERS: context.materialization_records_for_key(ORDERS)[-1]})

        after = context_of(instance, context.advanced_cursor)

        assert (after.get_cursor_partition(ORDERS), ids(after.get_trailing_unconsumed_events(ORDERS))) == (None, [1, 2])

    def test_so_many_are_remembered_and_none_is_forgotten(self) -> None:
        instance = instance_with(*(f"orders:{each}" for each in range(TRAILING_MAX + 2)))
        records = context_of(instance).materialization_records_for_key(ORDERS)
        fits, too_many = context_of(instance), context_of(instance)

        fits.advance_cursor({ORDERS: records[-2]})
        too_many.advance_cursor({ORDERS: records[-1]})

        left = context_of(instance, fits.advanced_cursor).get_trailing_unconsumed_events(ORDERS)
        assert ids(left) == list(range(1, TRAILING_MAX + 1))
        with pytest.raises(DagsterInvariantViolationError, match=r"past 1,001 partitions .* at most 1,000"):
            too_many.update_cursor_after_evaluation()
        assert too_many.cursor is None

    def test_a_context_goes_on_as_the_next_evaluation_does_when_its_cursor_was_moved(self) -> None:
        instance = instance_with("orders:a", "orders:b")
        context = context_of(instance)
        context.advance_cursor({ORDERS: context.materialization_records_for_key(ORDERS)[-1]})

        context.update_cursor_after_evaluation()
        make(instance, "orders:c")

        expected = {str(ORDERS): Consumed(2, "b", {"a": 1}), str(USERS): NOTHING}
        assert read_cursor(context.cursor) == expected
        assert ids(context.get_trailing_unconsumed_events(ORDERS)) == [1]
        assert ids(context.materialization_records_for_key(ORDERS)) == [3]

    @pytest.mark.parametrize(
        "ask",
        [
            lambda context: context.latest_materialization_records_by_partition(ORDERS),
            lambda context: context.latest_materialization_records_by_partition_and_asset(),
            lambda context: context.all_partitions_materialized(ORDERS),
            lambda context: context.get_downstream_partition_keys("a", ORDERS, USERS),
        ],
    )
    def test_what_needs_the_definition_of_partitions_needs_the_definitions(self, ask: Callable[[Any], Any]) -> None:
        with pytest.raises((DagsterInvariantViolationError, DagsterInvalidInvocationError), match="definitions"):
            ask(context_of(DagsterInstance.ephemeral()))


class TestDefinitionsAround:
    @staticmethod
    def definitions() -> Definitions:
        @asset
        def orders() -> None: ...

        @asset(deps=[orders])
        def users() -> None: ...

        return Definitions(assets=[orders, users], jobs=[report])

    def test_a_selection_is_found_among_their_assets(self) -> None:
        defs = self.definitions()
        monitored = AssetSelection.assets("orders").downstream()
        context = build_multi_asset_sensor_context(monitored_assets=monitored, definitions=defs)

        assert context.asset_keys == [ORDERS, USERS]
        assert [each.key for each in context.assets_defs_by_key.values()] == [ORDERS, USERS]
        assert (context.repository_name, context.repository_def) == ("__repository__", defs.get_repository_def())

    def test_a_selection_without_them_says_what_to_pass(self) -> None:
        with pytest.raises(DagsterInvariantViolationError, match="definitions="):
            build_multi_asset_sensor_context(monitored_assets=AssetSelection.all())

    def test_a_selection_of_something_unknown_is_refused_where_all_is_collected(self) -> None:
        sensor = sensor_of(lambda context: None, AssetSelection.keys("oders"))

        with pytest.raises(DagsterInvalidDefinitionError, match=r"sensor 'both'.*'oders'.*orders"):
            Definitions(assets=self.definitions().assets, jobs=[report], sensors=[sensor]).get_repository_def()

    def test_an_asset_that_is_made_elsewhere_is_known_by_its_key(self) -> None:
        context = build_multi_asset_sensor_context(monitored_assets=[OTHER], definitions=self.definitions())

        assert context.assets_defs_by_key == {OTHER: None}

    def test_assets_may_be_what_it_requests(self) -> None:
        sensor = sensor_of(
            lambda context: RunRequest(), [ORDERS], job=None, request_assets=AssetSelection.keys("users")
        )
        defs = Definitions(assets=self.definitions().assets, sensors=[sensor])
        request = tick(sensor, DagsterInstance.ephemeral()).run_requests[0]

        assert defs.get_repository_def().resolve_request(sensor, request).asset_selection == [USERS]

    def test_its_snapshot_says_what_wakes_it(self) -> None:
        sensor = sensor_of(lambda context: None, AssetSelection.all())
        repository = Definitions(assets=self.definitions().assets, jobs=[report], sensors=[sensor]).get_repository_def()
        snapshot = repository.snapshot("here").sensors[0]

        assert (snapshot.asset_keys, snapshot.sensor_type) == ((ORDERS, USERS), "MULTI_ASSET")


class TestBuilder:
    def test_all_that_was_made_may_be_dealt_with(self) -> None:
        instance = instance_with("orders", "users")
        context = context_of(instance, cursor_from_latest_materializations=True)
        make(instance, "users")

        records = context.latest_materialization_records_by_key()

        assert {key: record and record.storage_id for key, record in records.items()} == {ORDERS: None, USERS: 3}

    def test_two_cursors_are_refused(self) -> None:
        with pytest.raises(DagsterInvalidInvocationError, match="not both"):
            context_of(DagsterInstance.ephemeral(), "{}", cursor_from_latest_materializations=True)

    @pytest.mark.parametrize("monitored", [["orders"], "orders", None, [3]])
    def test_what_is_no_list_of_keys_is_refused(self, monitored: Any) -> None:
        with pytest.raises(ParameterCheckError, match="list of AssetKeys"):
            build_multi_asset_sensor_context(monitored_assets=monitored)
        with pytest.raises(ParameterCheckError, match="list of AssetKeys"):
            sensor_of(lambda context: None, monitored)

    def test_a_direct_call_returns_what_the_function_returns(self) -> None:
        def mailing(context, mail: Mail):
            return [mail.address, len(context.asset_keys)]

        sensor, instance = sensor_of(mailing), DagsterInstance.ephemeral()

        assert sensor(context_of(instance), mail=Mail(address="a@b")) == ["a@b", 2]
        assert sensor(context_of(instance, resources={"mail": Mail(address="c@d")})) == ["c@d", 2]
        defs = Definitions(jobs=[report], resources={"mail": Mail(address="e@f")})
        assert sensor(context_of(instance, definitions=defs)) == ["e@f", 2]

    def test_a_plain_sensor_context_is_refused_in_a_direct_call(self) -> None:
        with pytest.raises(ParameterCheckError, match="MultiAssetSensorEvaluationContext"):
            sensor_of(lambda context: None)(build_sensor_context())


def test_its_members() -> None:
    sensor = sensor_of(lambda context: None)

    assert (sensor.sensor_type, sensor.job_name, sensor.minimum_interval_seconds) == (
        SensorType.MULTI_ASSET,
        "report",
        30,
    )
    assert sensor.monitored_assets == (ORDERS, USERS)


def test_without_parentheses_it_is_refused() -> None:
    with pytest.raises(DagsterInvalidInvocationError, match="parentheses"):
        multi_asset_sensor(lambda context: None)  # type: ignore[arg-type]
