"""What IO managers are told."""

import pytest

from watchbell.declare.config.data_type import ANY
from watchbell.declare.io.asset_partitions import AssetPartitions
from watchbell.declare.io.io_context import InputContext, OutputContext
from watchbell.ground.errors import CheckError, DagsterInvariantViolationError
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetMaterialization, AssetObservation
from watchbell.record.metadata import DagsterInvalidMetadata

OUTPUT = OutputContext(run_id="r", step_key="load", name="rows", asset_key=AssetKey(["raw", "orders"]))


def test_a_value_has_a_place_of_its_own() -> None:
    assert OUTPUT.get_identifier() == ["r", "load", "rows"]
    assert OutputContext(run_id="r", step_key="s", name="n", mapping_key="k").get_identifier() == ["r", "s", "n", "k"]


def test_the_place_of_an_asset_is_its_key_and_partition() -> None:
    partitioned = OutputContext(asset_key=AssetKey("orders"), asset_partitions=AssetPartitions.of_key(None, "mon"))

    assert OUTPUT.get_asset_identifier() == ["raw", "orders"]
    assert partitioned.get_asset_identifier() == ["orders", "mon"]


def test_an_input_has_the_place_of_its_upstream_output() -> None:
    assert InputContext(upstream_output=OUTPUT).get_identifier() == OUTPUT.get_identifier()
    with pytest.raises(DagsterInvariantViolationError, match="no upstream_output"):
        InputContext().get_identifier()


@pytest.mark.parametrize("name", ["name", "step_key", "run_id", "log", "op_def", "instance", "step_context"])
def test_a_fact_that_is_not_known_says_how_to_give_it(name: str) -> None:
    with pytest.raises(DagsterInvariantViolationError, match="build_output_context"):
        getattr(OutputContext(), name)


@pytest.mark.parametrize("name", ["asset_key", "partition_key", "asset_partition_keys", "asset_partition_key"])
def test_what_may_be_missing_says_what_to_ask_first(name: str) -> None:
    with pytest.raises((CheckError, DagsterInvariantViolationError), match="ask has_"):
        getattr(InputContext(), name)


@pytest.mark.parametrize("name", ["asset_partitions_def", "asset_partition_key_range", "asset_partitions_time_window"])
def test_an_asset_without_partitions_says_what_to_ask_first(name: str) -> None:
    with pytest.raises((CheckError, DagsterInvariantViolationError), match="ask has_asset_partitions first"):
        getattr(OUTPUT, name)


def test_what_is_optional_has_a_plain_default() -> None:
    context = InputContext()

    assert (context.dagster_type, context.config, dict(context.definition_metadata)) == (ANY, None, {})
    assert [context.has_asset_key, context.has_partition_key, context.has_asset_partitions] == [False] * 3


def test_resources_given_as_a_dict_are_attributes() -> None:
    assert OutputContext(resources={"db": 1}).resources.db == 1


def test_metadata_is_collected_once_a_label() -> None:
    context = OutputContext()

    context.add_output_metadata({"rows": 3})
    context.add_output_metadata({"path": "x"})

    assert {label: each.value for label, each in context.get_logged_metadata().items()} == {"rows": 3, "path": "x"}
    with pytest.raises(DagsterInvalidMetadata, match="'rows' was added"):
        context.add_output_metadata({"rows": 4})


def test_metadata_that_was_consumed_is_gone() -> None:
    output, taken = OutputContext(), InputContext()
    output.add_output_metadata({"rows": 3})
    taken.add_input_metadata({"rows": 4})

    assert [each.value for each in output.consume_logged_metadata().values()] == [3]
    assert [each.value for each in taken.consume_logged_metadata().values()] == [4]
    assert (dict(output.get_logged_metadata()), dict(taken.get_logged_metadata())) == ({}, {})


def test_events_are_collected() -> None:
    context = OutputContext()

    context.log_event(AssetMaterialization("orders"))

    assert context.get_logged_events() == [AssetMaterialization("orders")]
    assert list(context.consume_events()) == [AssetMaterialization("orders")]
    assert list(context.consume_events()) == []
    assert context.get_logged_events() == [AssetMaterialization("orders")], "what was logged stays logged"


def test_metadata_of_an_assets_input_is_an_observation() -> None:
    of_asset, plain = InputContext(asset_key=AssetKey("orders")), InputContext()

    of_asset.add_input_metadata({"rows": 3}, description="read")
    of_asset.add_input_metadata({"size": 1})
    plain.add_input_metadata({"rows": 3})

    first = AssetObservation("orders", "read", {"rows": 3})
    assert of_asset.get_observations() == [first, AssetObservation("orders", metadata={"size": 1})]
    assert next(iter(of_asset.consume_events())) == first
    assert len(list(of_asset.consume_events())) == 1
    assert plain.get_observations() == []


def test_a_version_makes_the_place_the_same_in_every_run() -> None:
    context = OutputContext(run_id="r", step_key="s", name="n", version="v", mapping_key="k")

    assert context.get_identifier() == ["versioned_outputs", "v", "s", "n", "k"]
    assert context.get_run_scoped_output_identifier() == ["r", "s", "n", "k"]


def test_old_names_still_answer() -> None:
    assert OUTPUT.get_output_identifier() == OUTPUT.get_identifier()
    assert OUTPUT.get_asset_output_identifier() == OUTPUT.get_asset_identifier()
    assert [InputContext(name="a").has_input_name, InputContext().has_input_name] == [True, False]
