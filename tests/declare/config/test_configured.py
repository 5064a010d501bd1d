"""Definitions whose config is given already, or made from another."""

from typing import Any

import pytest

from watchbell.declare.config.config import Config
from watchbell.declare.config.config_schema import Field, field_of
from watchbell.declare.config.config_type import ABSENT
from watchbell.declare.config.configured import configured, configured_field
from watchbell.declare.executor import multiprocess_executor
from watchbell.declare.graphs.op import OpDefinition, op
from watchbell.declare.io.io_manager import IOManagerDefinition, io_manager
from watchbell.declare.io.mem_io_manager import InMemoryIOManager
from watchbell.declare.job import JobDefinition, job
from watchbell.declare.resource import resource
from watchbell.declare.run_config import resolve_run_config
from watchbell.ground.errors import (
    DagsterConfigMappingFunctionError,
    DagsterInvalidConfigError,
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    ParameterCheckError,
)


class Day(Config):
    day: int
    suffix: str = "csv"


@op(config_schema={"n": int})
def number(context: Any) -> int:
    return int(context.op_config["n"])


def job_of(definition: OpDefinition) -> JobDefinition:
    @job(name="small")
    def small() -> None:
        definition()

    return small


def test_fixed_config_needs_no_more() -> None:
    entry = configured_field(field_of({"a": int, "b": Field(int, default_value=2)}), {"a": 1}, None, "op 'o'")

    assert entry.resolve(ABSENT, "op 'o'") == {"a": 1, "b": 2}


def test_fixed_config_that_does_not_fit_is_refused_at_once() -> None:
    with pytest.raises(DagsterInvalidConfigError, match="op 'o'"):
        configured_field(field_of({"a": int}), {"a": "x"}, None, "op 'o'")


def test_config_is_mapped_from_another() -> None:
    entry = configured_field(field_of({"a": int}), lambda outer: {"a": outer["n"] * 2}, {"n": int}, "op 'o'")

    assert entry.resolve({"n": 4}, "op 'o'") == {"a": 8}


def test_a_mapping_that_raises_is_the_users_error() -> None:
    entry = configured_field(field_of({"a": int}), lambda outer: outer["x"], {"n": int}, "op 'o'")

    with pytest.raises(DagsterConfigMappingFunctionError, match="configures op 'o' raised KeyError"):
        entry.resolve({"n": 4}, "op 'o'")


def test_a_decorated_function_makes_an_op_of_another() -> None:
    @configured(number, config_schema={"twice": int})
    def doubled(config: Any) -> Any:
        return {"n": config["twice"] * 2}

    result = job_of(doubled).execute_in_process({"ops": {"doubled": {"config": {"twice": 4}}}})

    assert (doubled.name, result.output_for_node("doubled")) == ("doubled", 8)


def test_without_a_schema_no_config_is_needed() -> None:
    @configured(number)
    def four(_config: Any) -> Any:
        return {"n": 4}

    assert job_of(four).execute_in_process().output_for_node("four") == 4


def test_a_function_may_take_a_config_class() -> None:
    @configured(number)
    def of_day(config: Day) -> Any:
        return {"n": config.day + len(config.suffix)}

    result = job_of(of_day).execute_in_process({"ops": {"of_day": {"config": {"day": 4}}}})

    assert result.output_for_node("of_day") == 7


def test_a_function_may_return_a_config_object() -> None:
    @op
    def shown(config: Day) -> str:
        return f"{config.day}.{config.suffix}"

    @configured(shown, config_schema={"d": int})
    def of_d(config: Any) -> Day:
        return Day(day=config["d"])

    result = job_of(of_d).execute_in_process({"ops": {"of_d": {"config": {"d": 3}}}})

    assert result.output_for_node("of_d") == "3.csv"


def test_a_config_object_configures() -> None:
    @op
    def shown(config: Day) -> str:
        return f"{config.day}.{config.suffix}"

    assert job_of(shown.configured(Day(day=3), name="three")).execute_in_process().output_for_node("three") == "3.csv"


def test_a_configured_op_can_be_configured_again() -> None:
    @configured(number, config_schema={"twice": int})
    def doubled(config: Any) -> Any:
        return {"n": config["twice"] * 2}

    six = doubled.configured({"twice": 3}, name="six")

    assert job_of(six).execute_in_process().output_for_node("six") == 6
    with pytest.raises(DagsterInvalidConfigError, match="twice: expected Int"):
        doubled.configured({"twice": "x"}, name="wrong")


def test_mistakes_of_the_outer_config_have_its_path() -> None:
    @configured(number, config_schema={"twice": int})
    def doubled(config: Any) -> Any:
        return {"n": config["twice"] * 2}

    with pytest.raises(DagsterInvalidConfigError, match="root:ops:doubled:config:twice: expected Int"):
        job_of(doubled).execute_in_process({"ops": {"doubled": {"config": {"twice": "x"}}}})


def test_resources_io_managers_and_executors_are_configured_too() -> None:
    @resource(config_schema={"url": str})
    def database(context: Any) -> str:
        return str(context.resource_config["url"])

    @configured(database, {"host": str})
    def of_host(config: Any) -> Any:
        return {"url": f"db://{config['host']}"}

    @io_manager(config_schema={"base": str})
    def files(_context: Any) -> InMemoryIOManager:
        return InMemoryIOManager()

    @configured(multiprocess_executor)
    def narrow(_config: Any) -> Any:
        return {"max_concurrent": 2}

    @op(required_resource_keys={"db"})
    def use(context: Any) -> str:
        return str(context.resources.db)

    @job(resource_defs={"db": of_host}, executor_def=narrow)
    def small() -> None:
        use()

    result = small.execute_in_process({"resources": {"db": {"config": {"host": "here"}}}})

    assert result.output_for_node("use") == "db://here"
    assert small.executor_def.name == "narrow"
    assert isinstance(files.configured({"base": "x"}), IOManagerDefinition)


def test_a_name_is_needed_where_two_could_not_be_told_apart() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="needs name="):
        number.configured({"n": 1})


def test_the_description_can_be_another() -> None:
    assert number.configured({"n": 1}, name="one", description="one").description == "one"


def test_what_has_no_config_is_refused() -> None:
    with pytest.raises(ParameterCheckError, match="configured.. takes an op"):
        configured(3)
    with pytest.raises(DagsterInvalidInvocationError, match="subclassed"):
        configured(Day)


def test_a_function_is_told_of_what_the_environment_holds_only_when_the_run_starts() -> None:
    seen = []

    @op(config_schema={"url": str})
    def connect(context) -> str:
        return context.op_config["url"]

    def from_host(config):
        seen.append(config)
        return {"url": "db://" + config["host"]}

    made = configured(connect, name="connect_to", config_schema={"host": str})(from_host)

    @job
    def connecting() -> None:
        made()

    config = {"ops": {"connect_to": {"config": {"host": {"env": "SHOP_HOST"}}}}}
    resolve_run_config(connecting, config)

    assert seen == []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHOP_HOST", "shop")
        assert connecting.execute_in_process(run_config=config).output_for_node("connect_to") == "db://shop"


def test_configured_is_called_with_config_itself() -> None:
    @op(config_schema={"limit": int})
    def load(context: Any) -> Any:
        return context.op_config["limit"]

    few = configured(load, name="few")({"limit": 3})

    @job
    def loading() -> None:
        few()

    assert loading.execute_in_process().output_for_node("few") == 3
