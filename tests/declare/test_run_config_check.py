"""Run config checked without a run."""

from typing import Any

import pytest

from watchbell.declare.config.config_schema import Field
from watchbell.declare.config.run_config_value import RunConfig
from watchbell.declare.graphs.graph_decorator import graph
from watchbell.declare.graphs.op import op
from watchbell.declare.job import job
from watchbell.declare.run_config_check import validate_run_config
from watchbell.ground.errors import DagsterInvalidConfigError, ParameterCheckError


@op(config_schema={"n": int, "m": Field(int, default_value=2)})
def number(context: Any) -> int:
    return int(context.op_config["n"])


@graph
def around() -> Any:
    return number()


@job
def nightly() -> None:
    number.alias("first")()
    around()


GIVEN = {"ops": {"first": {"config": {"n": 1}}, "around": {"ops": {"number": {"config": {"n": 3}}}}}}


@pytest.mark.parametrize("run_config", [GIVEN, RunConfig(**GIVEN)])  # type: ignore[arg-type]
def test_the_whole_config_is_returned_with_defaults(run_config: Any) -> None:
    found = validate_run_config(nightly, run_config)

    assert found["ops"] == {
        "first": {"config": {"n": 1, "m": 2}, "inputs": {}, "outputs": None},
        "around": {"ops": {"number": {"config": {"n": 3, "m": 2}, "inputs": {}, "outputs": None}}},
    }
    assert {"multi_or_in_process_executor"} == set(found["execution"])
    assert {"io_manager"} == set(found["resources"])


def test_every_mistake_is_told() -> None:
    with pytest.raises(DagsterInvalidConfigError) as caught:
        validate_run_config(nightly, {"ops": {"frist": {}}, "solids": {}})

    assert {
        ("solids",),
        ("ops", "frist"),
        ("ops", "first", "config"),
        ("ops", "around", "ops", "number", "config"),
    } == {mistake.path for mistake in caught.value.errors}


def test_a_job_is_needed() -> None:
    with pytest.raises(ParameterCheckError, match="job_def of validate_run_config"):
        validate_run_config(None, {})
