"""Ops: inputs, outputs, config and resources from function and arguments."""

import subprocess
import sys
from typing import Any

import pytest

from watchbell.declare.config.annotation_type import type_of_annotation
from watchbell.declare.config.config import Config
from watchbell.declare.config.config_type import ABSENT
from watchbell.declare.config.data_type import NOTHING
from watchbell.declare.configurable_resource import ConfigurableResource
from watchbell.declare.graphs.op import OpDefinition, op
from watchbell.declare.graphs.output import In, Nothing, Out, Output
from watchbell.declare.retry import RetryPolicy
from watchbell.ground.errors import (
    DagsterInvalidConfigError,
    DagsterInvalidDefinitionError,
    ParameterCheckError,
)


class Limits(Config):
    rows: int = 3


class Database(ConfigurableResource[Any]):
    url: str


def test_a_function_is_an_op_of_its_name() -> None:
    @op
    def load(context: Any, rows: int, day: str = "mon") -> float:
        """Loads."""
        return rows / 2

    assert isinstance(load, OpDefinition)
    assert (load.name, load.description, list(load.ins)) == ("load", "Loads.", ["rows", "day"])
    assert load.ins["rows"].dagster_type is type_of_annotation(int)
    assert load.ins["day"].default_value == "mon"
    assert load.outs["result"].dagster_type is type_of_annotation(float)


def test_arguments_of_the_decorator_win() -> None:
    @op(name="other", description="d", tags={"n": 1}, retry_policy=RetryPolicy(), code_version="2", out=Out(str))
    def load() -> Any: ...

    assert (load.name, load.description, load.tags, load.code_version) == ("other", "d", {"n": "1"}, "2")
    assert load.outs["result"].dagster_type is type_of_annotation(str)


def test_config_and_resources_come_from_parameters() -> None:
    @op(required_resource_keys={"log_store"})
    def load(config: Limits, db: Database) -> None: ...

    assert load.required_resource_keys == {"log_store", "db"}
    assert load.config_field is not None
    assert load.config_argument(load.config_field.resolve(ABSENT, "op")) == Limits(rows=3)
    assert load.ins == {}


def test_several_outputs_take_their_types_from_a_tuple() -> None:
    @op(out={"rows": Out(), "report": Out(io_manager_key="files")})
    def load() -> tuple[int, Output[str]]: ...

    assert [each.dagster_type.display_name for each in load.outs.values()] == ["Int", "String"]
    assert load.outs["report"].io_manager_key == "files"


def test_a_function_without_a_value_has_a_nothing_output() -> None:
    @op
    def done() -> None: ...

    assert done.outs["result"].dagster_type is NOTHING


def test_a_nothing_input_needs_no_parameter() -> None:
    @op(ins={"start": In(Nothing)})
    def after() -> None: ...

    assert after.input_names == ["start"]


def test_a_nothing_input_may_have_no_parameter() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="'start' is Nothing"):

        @op(ins={"start": In(Nothing)})
        def after(start: Any) -> None: ...


def test_an_input_without_a_parameter_is_told_the_nearest() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="ins= has 'row'.*did you mean 'rows'"):

        @op(ins={"row": In(int)})
        def load(rows: int) -> None: ...


@pytest.mark.parametrize("name", ["a-b", "class", "context"])
def test_a_bad_name_is_refused(name: str) -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="not a valid name for an op"):

        @op(name=name)
        def load() -> None: ...


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"out": 5}, "out of op 'load'"),
        ({"out": {"a": int}}, "output 'a' of op 'load'"),
        ({"ins": {"rows": int}}, "input 'rows' of op 'load'"),
        ({"retry_policy": 3}, "retry_policy of op 'load'"),
        ({"required_resource_keys": "db"}, "is a set of text"),
        ({"tags": ["a"]}, "tags of op 'load'"),
    ],
)
def test_arguments_of_the_wrong_kind_are_named(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ParameterCheckError, match=words):

        @op(**given)
        def load(rows: int) -> None: ...


def test_config_is_declared_once() -> None:
    with pytest.raises(ParameterCheckError, match="keep one of them"):

        @op(config_schema={"a": int})
        def load(config: Limits) -> None: ...


def test_a_pool_is_text_without_blanks() -> None:
    @op(pool="db/main")
    def load() -> None: ...

    assert load.pool == "db/main"
    with pytest.raises(DagsterInvalidDefinitionError, match="without blanks"):
        op(name="other", pool="the db")(lambda: None)


def test_an_op_is_put_on_a_function() -> None:
    with pytest.raises(ParameterCheckError, match="not on 5"):
        op(5)  # type: ignore[call-overload]


def test_a_configured_op_has_its_config_and_another_name() -> None:
    @op(config_schema={"rows": int})
    def load(context: Any) -> None: ...

    small = load.configured({"rows": 1}, name="small")

    assert small.name == "small"
    assert small.config_field is not None
    assert small.config_field.resolve(ABSENT, "op") == {"rows": 1}
    assert load.name == "load"


def test_configuring_needs_a_name_and_fitting_config() -> None:
    @op(config_schema={"rows": int})
    def load(context: Any) -> None: ...

    with pytest.raises(DagsterInvalidDefinitionError, match="needs name="):
        load.configured({"rows": 1})
    with pytest.raises(DagsterInvalidConfigError):
        load.configured({"rows": "x"}, name="small")


def test_declaring_ops_and_jobs_loads_no_pydantic() -> None:
    script = (
        "import sys; from watchbell import op, job, In, Out, RunConfig, Definitions\n"
        "@op\ndef load(context, rows: int = 3) -> int: return rows\n"
        "@job\ndef nightly(): load()\n"
        "print('pydantic' in sys.modules, 'sqlalchemy' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["False", "False"]
