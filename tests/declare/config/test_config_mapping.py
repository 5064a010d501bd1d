"""Config of a whole graph or job made of a smaller one."""

from typing import Any

import pytest

from watchbell.declare.config.config import Config
from watchbell.declare.config.config_mapping import ConfigMapping, config_mapping
from watchbell.declare.config.config_schema import Field
from watchbell.declare.config.config_type import STRING
from watchbell.declare.config.run_config_value import RunConfig
from watchbell.declare.graphs.graph import GraphDefinition
from watchbell.declare.graphs.graph_decorator import graph
from watchbell.declare.graphs.op import op
from watchbell.declare.job import JobDefinition, job
from watchbell.declare.run_config import resolve_run_config
from watchbell.ground.errors import (
    DagsterConfigMappingFunctionError,
    DagsterInvalidConfigError,
    DagsterInvalidDefinitionError,
    ParameterCheckError,
)


class Size(Config):
    rows: int
    more: int = 2


@op(config_schema={"n": int})
def number(context: Any) -> int:
    return int(context.op_config["n"])


@config_mapping(config_schema={"x": int, "y": Field(int, default_value=2)})
def summed(config: Any) -> Any:
    return {"number": {"config": {"n": config["x"] + config["y"]}}}


@graph(config=summed)
def inner() -> Any:
    return number()


def job_with(definition: GraphDefinition) -> JobDefinition:
    @job(name="outer")
    def outer() -> None:
        definition()

    return outer


def value(job_def: JobDefinition, run_config: Any, node: str = "inner.number") -> Any:
    return job_def.execute_in_process(run_config).output_for_node(node)


def test_a_graph_takes_its_own_config_only() -> None:
    outer = job_with(inner)

    assert value(outer, {"ops": {"inner": {"config": {"x": 4}}}}) == 6
    with pytest.raises(DagsterInvalidConfigError, match="root:ops:inner:ops: unknown entry") as caught:
        outer.execute_in_process({"ops": {"inner": {"ops": {"number": {"config": {"n": 1}}}}}})
    assert "root:ops:inner:config: missing; expected {x: Int, y?: Int}" in str(caught.value)


def test_a_job_of_such_a_graph_takes_it_under_ops() -> None:
    assert value(inner.to_job(), {"ops": {"config": {"x": 4}}}, "number") == 6


def test_what_the_mapping_makes_must_fit() -> None:
    @graph(config=ConfigMapping(lambda config: {"number": {"config": {"m": config["x"]}}}, {"x": int}))
    def wrong() -> Any:
        return number()

    with pytest.raises(DagsterInvalidConfigError) as caught:
        job_with(wrong).execute_in_process({"ops": {"wrong": {"config": {"x": 1}}}})
    assert len(caught.value.errors) == 2
    assert "made of it does not fit at ops:number:config:m: unknown entry" in str(caught.value)
    assert "made of it does not fit at ops:number:config:n: missing" in str(caught.value)


def test_a_mapping_that_raises_is_the_users_error() -> None:
    @graph(config=ConfigMapping(lambda config: config["z"], {"x": int}))
    def broken() -> Any:
        return number()

    with pytest.raises(DagsterConfigMappingFunctionError, match="config mapping of graph 'broken' raised KeyError"):
        job_with(broken).execute_in_process({"ops": {"broken": {"config": {"x": 1}}}})


def test_a_mapping_that_returns_no_dict_is_a_mistake() -> None:
    @graph(config=ConfigMapping(lambda _config: 3, {"x": int}))
    def odd() -> Any:
        return number()

    with pytest.raises(DagsterInvalidConfigError, match="root:ops:odd:config: .* returned 3"):
        job_with(odd).execute_in_process({"ops": {"odd": {"config": {"x": 1}}}})


def test_graphs_in_graphs_map_one_after_the_other() -> None:
    @graph(config=ConfigMapping(lambda config: {"inner": {"config": {"x": config["half"] * 2}}}, {"half": int}))
    def around() -> Any:
        return inner()

    assert value(job_with(around), {"ops": {"around": {"config": {"half": 5}}}}, "around.inner.number") == 12


def test_a_graph_has_fixed_config() -> None:
    @graph(config={"number": {"config": {"n": 8}}})
    def fixed() -> Any:
        return number()

    assert value(job_with(fixed), None, "fixed.number") == 8
    assert value(fixed.to_job(), None, "number") == 8


def test_a_graph_is_configured() -> None:
    nine = inner.configured({"x": 7}, name="nine")
    other = inner.configured(lambda config: {"x": config["z"], "y": 0}, name="other", config_schema={"z": int})

    assert value(job_with(nine), None, "nine.number") == 9
    assert value(job_with(other), {"ops": {"other": {"config": {"z": 3}}}}, "other.number") == 3


def test_a_graph_without_config_is_not_configured() -> None:
    @graph
    def bare() -> Any:
        return number()

    with pytest.raises(DagsterInvalidDefinitionError, match="'bare' has no config of its own"):
        bare.configured({"x": 1}, name="other")


def test_a_job_takes_what_its_mapping_takes() -> None:
    @config_mapping
    def sized(size: Size) -> RunConfig:
        return RunConfig(ops={"number": {"config": {"n": size.rows + size.more}}})

    @job(config=sized)
    def small() -> None:
        number()

    assert value(small, {"rows": 1}, "number") == 3
    with pytest.raises(DagsterInvalidConfigError, match="root:rows: expected Int"):
        small.execute_in_process({"rows": "x"})
    with pytest.raises(DagsterInvalidConfigError, match="root:ops: unknown entry"):
        small.execute_in_process({"ops": {"number": {"config": {"n": 1}}}})


def test_what_a_jobs_mapping_makes_must_fit() -> None:
    @job(config=ConfigMapping(lambda _config: {"ops": {"number": {"config": {"n": "x"}}}}, {"x": int}))
    def small() -> None:
        number()

    with pytest.raises(DagsterInvalidConfigError, match="root:ops:number:config:n: expected Int"):
        small.execute_in_process({"x": 1})


def test_the_function_may_be_given_what_was_written() -> None:
    seen = []

    def keep(config: Any) -> Any:
        seen.append(config)
        return {"number": {"config": {"n": 1}}}

    @graph(config=ConfigMapping(keep, {"x": Field(int, default_value=3)}, receive_processed_config_values=False))
    def raw() -> Any:
        return number()

    job_with(raw).execute_in_process({"ops": {"raw": {"config": {}}}})

    assert seen == [{}]


def test_variables_are_read_before_the_function_runs_and_not_when_a_run_is_requested() -> None:
    seen = []

    def keep(config: Any) -> Any:
        seen.append(config)
        return {"number": {"config": {"n": 1}}}

    @graph(config=ConfigMapping(keep, {"x": STRING}))
    def late() -> Any:
        return number()

    outer = job_with(late)
    run_config = {"ops": {"late": {"config": {"x": {"env": "SECRET"}}}}}
    resolve_run_config(outer, run_config)
    assert seen == []
    resolve_run_config(outer, run_config, {"SECRET": "s"}.get)

    assert seen == [{"x": "s"}]


def test_a_mapping_needs_a_function() -> None:
    with pytest.raises(ParameterCheckError, match="config_fn of a ConfigMapping"):
        ConfigMapping(3)  # type: ignore[arg-type]
    with pytest.raises(DagsterInvalidDefinitionError, match="config= is a dict"):

        @graph(config=3)
        def odd() -> Any:
            return number()
