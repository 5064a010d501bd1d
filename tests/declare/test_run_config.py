"""Run config checked against the whole job."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.declare.config.config import Config
from watchbell.declare.config.run_config_value import RunConfig
from watchbell.declare.configurable_resource import ConfigurableResource
from watchbell.declare.executor import multiprocess_executor
from watchbell.declare.graphs.graph_decorator import graph
from watchbell.declare.graphs.op import op
from watchbell.declare.job import job
from watchbell.declare.resource import resource
from watchbell.declare.run_config import resolve_run_config
from watchbell.ground.errors import DagsterInvalidConfigError


class Limits(Config):
    rows: int
    day: str = "mon"


class Database(ConfigurableResource[Any]):
    url: str = "local"


@resource(config_schema={"n": int})
def unused(context: Any) -> Any: ...


@op
def load(config: Limits, db: Database) -> int:
    return config.rows


@op
def add(a: int, b: int = 3) -> int:
    return a + b


@graph
def inner(x: Any) -> Any:
    return add(x)


@job(resource_defs={"db": Database(), "unused": unused})
def etl() -> None:
    load()
    add()


@job
def nested(start: int) -> None:
    inner(start)


GOOD = {"ops": {"load": {"config": {"rows": 1}}, "add": {"inputs": {"a": 2}}}}


def mistakes(target: Any, config: Any, env: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(DagsterInvalidConfigError) as caught:
        resolve_run_config(target, config, None if env is None else env.get)
    return [str(each) for each in caught.value.errors]


def test_defaults_are_filled_in_everywhere() -> None:
    resolved = resolve_run_config(etl, GOOD)

    assert resolved.op("load").config == {"rows": 1, "day": "mon"}
    assert resolved.op("add").inputs == {"a": 2}
    assert resolved.resources["db"] == {"url": "local"}
    assert resolved.executor == "multiprocess"
    assert resolved.plain == GOOD


def test_a_resource_that_no_op_uses_needs_no_config() -> None:
    assert "unused" not in resolve_run_config(etl, GOOD).resources


def test_every_mistake_is_told_with_its_place() -> None:
    config = {
        "ops": {"laod": {}, "load": {"config": {"row": 1}}, "add": {"inputs": {"a": 1, "c": 2}, "confg": 3}},
        "resource": {},
        "resources": {"db": {"config": {"url": 5}}, "dbx": {}},
        "execution": {"config": {"multiproces": {}}},
    }

    assert mistakes(etl, config) == [
        "root:resource: unknown entry; did you mean 'resources'?",
        "root:ops:laod: unknown entry; did you mean 'load'?",
        "root:ops:load:config:row: unknown entry; did you mean 'rows'?",
        "root:ops:load:config:rows: missing; expected Int",
        "root:ops:add:confg: unknown entry; did you mean 'config'?",
        "root:ops:add:inputs:c: this input does not exist; there are: a, b",
        "root:resources:dbx: unknown entry; did you mean 'db'?",
        'root:resources:db:config:url: expected String (or {"env": NAME}), found 5 (int)',
        "root:execution:config:multiproces: unknown entry; did you mean 'multiprocess'?",
    ]


def test_missing_config_and_inputs_are_told() -> None:
    assert mistakes(etl, {}) == [
        "root:ops:load:config: missing; expected {rows: Int, day?: String}",
        "root:ops:add:inputs:a: missing; expected a value of type Int",
    ]


def test_a_run_config_object_is_the_same() -> None:
    config = RunConfig(
        ops={"load": Limits(rows=1), "add": {"inputs": {"a": {"value": 2}}}}, resources={"db": Database(url="x")}
    )

    resolved = resolve_run_config(etl, config)

    assert (resolved.op("load").config["rows"], resolved.op("add").inputs["a"]) == (1, 2)
    assert resolved.resources["db"] == {"url": "x"}


def test_ops_in_nested_graphs_are_configured_inside_them() -> None:
    config = {"ops": {"inner": {"ops": {"add": {"inputs": {"b": 9}}}}}, "inputs": {"start": 1}}

    resolved = resolve_run_config(nested, config)

    assert resolved.op("inner.add").inputs == {"b": 9}
    assert resolved.inputs == {"start": 1}
    assert mistakes(nested, {"ops": {"inner": {"config": 1}}, "inputs": {"start": 1}}) == [
        "root:ops:inner:config: unknown entry; there are: inputs, ops"
    ]


def test_an_input_of_the_job_without_a_value_is_told() -> None:
    assert mistakes(nested, {}) == ["root:inputs:start: missing; expected a value of type Int"]


def test_the_config_of_the_job_counts_where_the_run_has_none() -> None:
    @job(config=GOOD, resource_defs={"db": Database()})
    def made() -> None:
        load()
        add()

    assert resolve_run_config(made).op("load").config["rows"] == 1
    assert resolve_run_config(made, {}).op("load").config["rows"] == 1  # an empty one says nothing


def test_a_connected_input_is_not_configured() -> None:
    @job
    def chained() -> None:
        add.alias("second")(add())

    assert (
        "connected to another op"
        in mistakes(chained, {"ops": {"add": {"inputs": {"a": 1}}, "second": {"inputs": {"a": 1}}}})[0]
    )


def test_variables_are_read_at_launch_and_never_stored() -> None:
    config = {**GOOD, "resources": {"db": {"config": {"url": {"env": "SECRET"}}}}}

    asked = resolve_run_config(etl, config)
    launched = resolve_run_config(etl, config, {"SECRET": "hunter2"}.get)

    assert asked.resources["db"] == {"url": {"env": "SECRET"}}
    assert launched.resources["db"] == {"url": "hunter2"}
    assert "hunter2" not in repr(launched.plain)


@pytest.mark.parametrize(
    ("execution", "expected"),
    [
        ({}, ("multiprocess", None)),
        ({"config": {"multiprocess": {"max_concurrent": 4}}}, ("multiprocess", 4)),
        ({"config": {"in_process": {}}}, ("in_process", None)),
    ],
)
def test_execution_chooses_the_executor(execution: Any, expected: tuple[str, Any]) -> None:
    resolved = resolve_run_config(etl, {**GOOD, "execution": execution})

    assert (resolved.executor, resolved.execution.get("max_concurrent")) == expected


def test_an_executor_of_the_job_takes_its_config_plainly() -> None:
    made = job(name="made", executor_def=multiprocess_executor.configured({"max_concurrent": 2}))(
        lambda: add() and None
    )

    resolved = resolve_run_config(made, {"ops": {"add": {"inputs": {"a": 1}}}})

    assert (resolved.executor, resolved.execution["max_concurrent"]) == ("multiprocess", 2)


def test_a_line_of_yaml_without_a_value_is_nothing_given() -> None:
    resolved = resolve_run_config(etl, {**GOOD, "resources": None, "execution": None, "loggers": None})

    assert resolved.resources["db"] == {"url": "local"}


KEYS = ["ops", "resources", "config", "load", "add", "db", "inputs", "a"]
plain = st.recursive(
    st.none() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=8,
)


@given(config=st.dictionaries(st.sampled_from(["ops", "resources", "execution", "loggers", "inputs", "x"]), plain))
def test_no_config_whatever_breaks_the_check(config: dict[str, Any]) -> None:
    try:
        resolve_run_config(etl, config)
    except DagsterInvalidConfigError as error:
        assert error.errors  # noqa: PT017 - the point is that no other error comes


@pytest.mark.parametrize("value", [[1, 2], {"value": [1, 2]}, [{"value": 1}, {"value": 2}], [1, {"value": 2}]])
def test_the_items_of_a_list_may_be_given_one_by_one(value: Any) -> None:
    @op
    def total(rows: list[int]) -> int:
        return sum(rows)

    @job
    def small() -> None:
        total()

    resolved = resolve_run_config(small, {"ops": {"total": {"inputs": {"rows": value}}}})

    assert resolved.op("total").inputs["rows"] == [1, 2]
