from collections.abc import Iterator
from typing import Any

import pytest

from watchbell import (
    AssetKey,
    DagsterInstance,
    InMemoryIOManager,
    build_init_resource_context,
    build_input_context,
    build_output_context,
    build_resources,
    resource,
)
from watchbell.ground.errors import DagsterInvariantViolationError, ParameterCheckError


def test_an_io_manager_can_be_called_without_a_run() -> None:
    manager = InMemoryIOManager()
    output = build_output_context(step_key="load", name="rows", asset_key=["raw", "orders"])

    manager.handle_output(output, 3)

    assert manager.load_input(build_input_context(asset_key=["raw", "orders"], upstream_output=output)) == 3


def test_contexts_carry_what_they_are_given() -> None:
    output = build_output_context(
        name="rows", definition_metadata={"n": 1}, dagster_type=int, resources={"db": 3}, resource_config={"url": "x"}
    )

    assert (
        output.name,
        output.definition_metadata,
        output.dagster_type.display_name,
        output.resources.db,
        output.resource_config,
    ) == ("rows", {"n": 1}, "Int", 3, {"url": "x"})
    assert AssetKey("a") == build_input_context(asset_key="a").asset_key
    output.log.info("stored")


def test_what_was_not_given_says_how_to_give_it() -> None:
    with pytest.raises(DagsterInvariantViolationError, match="step_key= to build_output_context"):
        _ = build_output_context().step_key


@pytest.mark.parametrize("build", [build_input_context, build_output_context])
def test_partitions_are_those_of_a_definition(build: Any) -> None:
    with pytest.raises(ParameterCheckError, match="asset_partitions_def is a PartitionsDefinition"):
        build(asset_partitions_def=object())


def test_a_resources_function_can_be_called_without_a_run() -> None:
    @resource(config_schema={"url": str})
    def database(context: Any) -> str:
        return f"{context.resource_config['url']} {context.resources.limit}"

    assert database(build_init_resource_context(config={"url": "x"}, resources={"limit": 3})) == "x 3"


def test_resources_are_set_up_for_a_block_and_find_the_instance() -> None:
    said: list[str] = []

    @resource
    def database(context: Any) -> Iterator[Any]:
        yield context.instance
        said.append("closed")

    with DagsterInstance.ephemeral() as instance, build_resources({"db": database}, instance=instance) as resources:
        assert instance is resources.db
        assert said == []

    assert said == ["closed"]
