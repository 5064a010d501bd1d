"""Ops called directly, outside a job."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from watchbell.declare.config.config import Config
from watchbell.declare.configurable_resource import ConfigurableResource
from watchbell.declare.graphs.op import op
from watchbell.declare.graphs.output import In, Nothing, Out, Output
from watchbell.ground.errors import (
    DagsterInvalidConfigError,
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    DagsterInvariantViolationError,
    DagsterTypeCheckDidNotPass,
)
from watchbell.record.materialization import AssetMaterialization
from watchbell.testing.contexts import build_op_context


class Limits(Config):
    rows: int = 3


class Database(ConfigurableResource[Any]):
    url: str


@op
def half(rows: int) -> float:
    return rows / 2


@op
def full(context: Any, config: Limits, db: Database, day: str) -> Any:
    return config.rows, db.url, day


def test_the_function_runs_at_once() -> None:
    assert half(4) == half(rows=4) == 2.0


def test_a_default_fills_an_input() -> None:
    @op(ins={"start": In(Nothing)})
    def add(a: int, b: int = 3) -> int:
        return a + b

    assert add(1) == 4


def test_config_and_resources_come_from_the_context() -> None:
    context = build_op_context(op_config={"rows": 5}, resources={"db": Database(url="x")})

    assert full(context, day="mon") == (5, "x", "mon")
    assert full(context, "mon") == (5, "x", "mon")


def test_config_and_resources_may_be_passed_themselves() -> None:
    assert full(build_op_context(), Limits(rows=1), Database(url="x"), "mon") == (1, "x", "mon")
    assert full(build_op_context(), config={"rows": 2}, db=Database(url="x"), day="mon") == (2, "x", "mon")


@pytest.mark.parametrize(
    ("args", "kwargs", "words"),
    [
        ((), {}, "no value was given for the input 'rows'"),
        ((1, 2), {}, "takes 1 arguments but was given 2"),
        ((1,), {"rows": 1}, "by position and by name"),
        ((), {"row": 1}, "did you mean 'rows'"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(args: Any, kwargs: Any, words: str) -> None:
    with pytest.raises(DagsterInvalidInvocationError, match=words):
        half(*args, **kwargs)


def test_a_context_that_is_needed_is_asked_for() -> None:
    with pytest.raises(DagsterInvalidInvocationError, match="build_op_context"):
        full()


def test_the_context_may_be_given_by_name() -> None:
    @op
    def count(context: Any, rows: int) -> tuple[str, int]:
        return context.run_id, rows

    assert count(context=build_op_context(), rows=3) == ("EPHEMERAL", 3)
    assert count(3, context=build_op_context()) == ("EPHEMERAL", 3)


def test_a_resource_that_is_missing_is_named() -> None:
    @op(required_resource_keys={"db"})
    def ask(context: Any) -> Any:
        return context.resources.db

    with pytest.raises(DagsterInvalidDefinitionError, match="needs the resource 'db'"):
        ask(build_op_context())
    assert ask(build_op_context(resources={"db": 1})) == 1


def test_config_of_the_context_is_checked() -> None:
    @op(config_schema={"rows": int})
    def ask(context: Any) -> Any:
        return context.op_config

    with pytest.raises(DagsterInvalidConfigError, match="rows"):
        ask(build_op_context(op_config={"rows": "x"}))
    assert ask(build_op_context(op_config={"rows": 1})) == {"rows": 1}


def test_types_of_inputs_and_outputs_are_checked() -> None:
    @op
    def wrong(rows: int) -> str:
        return rows  # type: ignore[return-value]

    with pytest.raises(DagsterTypeCheckDidNotPass, match="input 'rows'"):
        wrong("x")
    with pytest.raises(DagsterTypeCheckDidNotPass, match="output 'result'"):
        wrong(1)


def test_a_generator_stays_one_and_keeps_its_events() -> None:
    @op(out={"a": Out(int), "b": Out(is_required=False)})
    def items() -> Iterator[Any]:
        yield AssetMaterialization("orders")
        yield Output(1, "a")

    assert list(items()) == [AssetMaterialization("orders"), Output(1, "a")]


def test_a_required_output_must_be_yielded() -> None:
    @op(out={"a": Out(), "b": Out()})
    def items() -> Iterator[Any]:
        yield Output(1, "a")

    with pytest.raises(DagsterInvariantViolationError, match="did not yield the output 'b'"):
        list(items())


def test_an_output_that_is_not_there_is_told_the_nearest() -> None:
    @op(out={"rows": Out(), "report": Out(is_required=False)})
    def items() -> Iterator[Any]:
        yield Output(1, "row")

    with pytest.raises(DagsterInvariantViolationError, match="did you mean 'rows'"):
        list(items())


def test_several_outputs_are_returned_as_a_tuple() -> None:
    @op(out={"a": Out(int), "b": Out(str)})
    def two(right: bool) -> Any:
        return (1, Output("x", "b")) if right else 1

    assert two(True) == (1, Output("x", "b"))
    with pytest.raises(DagsterInvariantViolationError, match=r"has 2 outputs \(a, b\) but returned int"):
        two(False)


def test_coroutines_are_awaited_by_the_caller() -> None:
    @op
    async def later(rows: int) -> int:
        return rows

    @op
    async def items() -> AsyncIterator[Output[int]]:
        yield Output(1)

    async def all_items() -> list[Any]:
        return [each async for each in items()]

    assert asyncio.run(later(3)) == 3
    assert asyncio.run(all_items()) == [Output(1)]
