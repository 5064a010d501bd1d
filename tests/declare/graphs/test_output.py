"""Inputs, outputs and the values of outputs."""

import pickle

import pytest

from watchbell.declare.config.annotation_type import type_of_annotation
from watchbell.declare.config.data_type import ANY
from watchbell.declare.graphs.output import NO_VALUE, In, Nothing, Out, Output
from watchbell.ground.errors import DagsterInvalidDefinitionError, ParameterCheckError
from watchbell.record.data_version import DataVersion
from watchbell.record.keys import AssetKey
from watchbell.record.metadata import DagsterInvalidMetadata


def test_an_input_without_a_type_takes_anything() -> None:
    assert In().dagster_type is ANY


def test_an_input_takes_type_and_default_from_its_parameter() -> None:
    completed = In(description="rows").completed(int, 3)

    assert (completed.dagster_type, completed.default_value) == (type_of_annotation(int), 3)
    assert completed.description == "rows"


def test_what_an_input_says_itself_stays() -> None:
    completed = In(str, default_value="a").completed(int, 3)

    assert (completed.dagster_type, completed.default_value) == (type_of_annotation(str), "a")


def test_an_input_keeps_its_asset_key_when_completed() -> None:
    assert In(asset_key="orders").completed(int, NO_VALUE).asset_key == AssetKey("orders")


def test_none_is_a_default_value() -> None:
    assert In(default_value=None).has_default_value


def test_a_nothing_input_only_orders() -> None:
    assert In(Nothing).is_nothing


def test_an_input_keeps_the_partitions_of_its_asset() -> None:
    given = In(asset_key="a", asset_partitions={"x"}).completed(int, NO_VALUE)

    assert given.asset_partitions == {"x"}


def test_partitions_of_an_input_are_a_set_or_a_function() -> None:
    with pytest.raises(ParameterCheckError, match="a set of partition keys, or a function that answers one, not 'x'"):
        In(asset_key="a", asset_partitions="x")  # type: ignore[arg-type]


def test_an_output_is_stored_by_the_default_io_manager() -> None:
    assert Out().io_manager_key == "io_manager"


def test_an_output_takes_its_type_from_the_annotation() -> None:
    assert Out(io_manager_key="files").completed(int) == Out(int, io_manager_key="files")


def test_none_is_no_type_of_an_output() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="leave it out for any type"):
        Out(None)


def test_an_output_is_required_or_not() -> None:
    with pytest.raises(ParameterCheckError, match="is_required"):
        Out(is_required="no")  # type: ignore[arg-type]


def test_the_value_of_an_output_carries_metadata_and_tags() -> None:
    output = Output(3, "rows", metadata={"n": 3}, tags={"kind": "daily"})

    assert (output.value, output.output_name, output.metadata["n"].value, output.tags) == (
        3,
        "rows",
        3,
        {"kind": "daily"},
    )


def test_outputs_are_equal_by_what_they_say() -> None:
    assert Output(3, metadata={"n": 1}) == Output(3, metadata={"n": 1})
    assert Output(3) != Output(4)


def test_metadata_of_no_known_kind_is_refused() -> None:
    with pytest.raises(DagsterInvalidMetadata, match="metadata 'x'"):
        Output(3, metadata={"x": object()})


def test_no_value_stays_one_object_through_a_pickle() -> None:
    assert pickle.loads(pickle.dumps(NO_VALUE)) is NO_VALUE


def test_metadata_of_an_output_can_be_replaced() -> None:
    output = Output(3, "rows", {"a": 1}, DataVersion("7"), tags={"k": "v"}).with_metadata({"b": 2})

    assert output == Output(3, "rows", {"b": 2}, DataVersion("7"), tags={"k": "v"})


def test_a_data_version_that_is_none_is_refused() -> None:
    with pytest.raises(ParameterCheckError, match="data_version of an Output is a DataVersion, not '7'"):
        Output(3, data_version="7")  # type: ignore[arg-type]
