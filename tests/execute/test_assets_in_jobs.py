"""Assets called inside the body of a job or graph: the job makes them."""

from typing import Any

import pytest

from watchbell.declare.assets.asset import asset
from watchbell.declare.collect import Definitions
from watchbell.declare.graphs.graph_decorator import graph
from watchbell.declare.graphs.op import op
from watchbell.declare.graphs.result import MaterializeResult
from watchbell.declare.io.io_manager import IOManager
from watchbell.declare.job import job
from watchbell.ground.errors import DagsterInvalidDefinitionError
from watchbell.instance import DagsterInstance
from watchbell.record.keys import AssetKey
from watchbell.testing.instance import instance_for_test


@asset(metadata={"unit": "EUR"})
def orders() -> int:
    return 20


@asset
def totals(orders: int) -> int:
    return orders + 1


@op
def double(rows: int) -> int:
    return rows * 2


class Kept(IOManager):
    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def handle_output(self, context: Any, obj: Any) -> None:
        self.values[context.asset_key.to_user_string()] = obj

    def load_input(self, context: Any) -> Any:
        return self.values[context.upstream_output.asset_key.to_user_string()]


def materialized(instance: DagsterInstance, *keys: str) -> list[bool]:
    return [instance.get_latest_materialization_event(AssetKey(key)) is not None for key in keys]


def test_a_job_stores_the_materializations_of_the_assets_it_calls() -> None:
    @job
    def nightly() -> None:
        double(totals(orders()))

    with instance_for_test() as instance:
        result = nightly.execute_in_process(instance=instance)

        assert materialized(instance, "orders", "totals") == [True, True]
        assert result.output_for_node("double") == 42
        assert result.asset_value("totals") == 21
        planned = [each.event_type_value for each in result.all_events if "PLANNED" in each.event_type_value]
        assert planned == []  # intentions are in the log, not among what happened


def test_the_job_is_known_as_a_maker_of_its_assets() -> None:
    @job
    def nightly() -> None:
        totals(orders())

    snapshot = Definitions(jobs=[nightly]).get_repository_def().snapshot("here")

    assert [each.asset_keys for each in snapshot.jobs if each.name == "nightly"] == [
        (AssetKey("orders"), AssetKey("totals"))
    ]


def test_an_asset_inside_a_nested_graph_is_made_too() -> None:
    @graph
    def inner() -> Any:
        return totals(orders())

    @job
    def nightly() -> None:
        double(inner())

    with instance_for_test() as instance:
        nightly.execute_in_process(instance=instance)

        assert materialized(instance, "orders", "totals") == [True, True]


def test_an_asset_takes_what_an_op_gives() -> None:
    @op
    def read() -> int:
        return 4

    @job
    def nightly() -> None:
        totals(read())

    with instance_for_test() as instance:
        assert nightly.execute_in_process(instance=instance).output_for_node("totals") == 5
        assert materialized(instance, "orders", "totals") == [False, True]


def test_an_input_that_is_not_connected_is_loaded_from_where_it_was_stored() -> None:
    @asset(io_manager_key="kept")
    def prices() -> int:
        return 7

    @asset
    def report(prices: int) -> int:
        return prices + 1

    @job
    def nightly() -> None:
        report()

    kept = Kept()
    kept.values["prices"] = 7
    ready = Definitions([prices, report], jobs=[nightly], resources={"kept": kept}).resolve_job_def("nightly")

    with instance_for_test() as instance:
        assert ready.execute_in_process(instance=instance).output_for_node("report") == 8


def test_an_asset_brings_its_resources_into_the_job() -> None:
    kept = Kept()

    @asset(io_manager_def=kept)
    def prices() -> int:
        return 7

    @job
    def nightly() -> None:
        prices()

    nightly.execute_in_process()

    assert kept.values == {"prices": 7}


def test_assets_that_bring_different_resources_of_one_key_are_refused() -> None:
    @asset(resource_defs={"db": 1})
    def left() -> None: ...

    @asset(resource_defs={"db": 2})
    def right() -> None: ...

    with pytest.raises(DagsterInvalidDefinitionError, match="'left' and 'right' bring along different resources"):

        @job
        def nightly() -> None:
            left()
            right()


def test_an_asset_that_is_not_called_is_refused_where_an_output_is_expected() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="call it to get its output"):

        @job
        def nightly() -> None:
            totals(orders)


def test_only_some_assets_of_the_job_can_be_made() -> None:
    @job
    def nightly() -> None:
        totals(orders())

    with instance_for_test() as instance:
        nightly.execute_in_process(instance=instance)
        result = nightly.execute_in_process(instance=instance, asset_selection=[AssetKey("totals")])

        assert result.asset_value("totals") == 21
        assert [each.step_key for each in result.get_step_success_events()] == ["totals"]


def test_an_asset_that_stores_itself_says_so_through_its_result() -> None:
    @asset
    def report() -> MaterializeResult[Any]:
        return MaterializeResult(metadata={"rows": 3})

    @job
    def nightly() -> None:
        report()

    with instance_for_test() as instance:
        nightly.execute_in_process(instance=instance)
        event = instance.get_latest_materialization_event(AssetKey("report"))

        assert event is not None
        assert event.asset_materialization is not None
        assert event.asset_materialization.metadata["rows"].value == 3


def test_the_same_asset_called_twice_is_made_twice() -> None:
    @job
    def nightly() -> None:
        orders()
        orders()

    with instance_for_test() as instance:
        result = nightly.execute_in_process(instance=instance)

        assert [each.step_key for each in result.get_asset_materialization_events()] == ["orders", "orders_2"]


def test_a_missing_resource_is_told_with_the_asset_that_needs_it() -> None:
    @asset(key_prefix="raw", required_resource_keys={"db"})
    def prices() -> None: ...

    with pytest.raises(DagsterInvalidDefinitionError, match="^asset 'raw/prices' of job .* needs the resource 'db'"):
        Definitions([prices]).get_repository_def()
