"""Built contexts of IO managers: resources set up and torn down, and what is there without being given."""

from collections.abc import Iterator
from typing import Any

import pytest

from watchbell import (
    DagsterInvariantViolationError,
    InitResourceContext,
    build_input_context,
    build_output_context,
    resource,
)
from watchbell.ground.errors import ParameterCheckError

BUILDERS = [build_input_context, build_output_context]


@pytest.mark.parametrize("build", BUILDERS)
def test_resources_are_values_or_definitions(build: Any) -> None:
    steps: list[str] = []

    @resource
    def connection(context: InitResourceContext) -> Iterator[str]:
        steps.append("open")
        yield "connected"
        steps.append("closed")

    with build(resources={"connection": connection, "limit": 3}) as context:
        assert steps == [], "not before it is asked for"
        assert (context.resources.connection, context.resources.limit) == ("connected", 3)
        assert context.resources.connection == "connected"
        assert steps == ["open"]
    assert steps == ["open", "closed"]


@pytest.mark.parametrize("build", BUILDERS)
def test_metadata_is_given_by_one_of_its_names(build: Any) -> None:
    assert build(metadata={"a": 1}).definition_metadata == {"a": 1}
    assert build(definition_metadata={"a": 1}).metadata == {"a": 1}
    with pytest.raises(ParameterCheckError, match="give one"):
        build(metadata={"a": 1}, definition_metadata={"a": 1})


@pytest.mark.parametrize("build", BUILDERS)
def test_the_partition_of_an_asset_is_part_of_its_place(build: Any) -> None:
    of_asset, plain = build(partition_key="p", asset_key="a"), build(partition_key="p")

    assert (of_asset.has_asset_partitions, plain.has_asset_partitions) == (True, False)
    assert of_asset.get_asset_identifier() == ["a", "p"]
    assert (of_asset.asset_partition_key, of_asset.asset_partition_keys, plain.partition_key) == ("p", ["p"], "p")


def test_an_output_has_a_run_and_no_job() -> None:
    context = build_output_context(step_key="s", name="n")

    assert context.get_identifier() == ["__EPHEMERAL_RUN_ID", "s", "n"]
    assert context.resource_config == {}
    with pytest.raises(DagsterInvariantViolationError, match="has no job_name$"):
        _ = context.job_name
