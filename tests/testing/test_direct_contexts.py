"""Ops and assets called directly in tests: what the built context answers, what it collects, what is refused."""

import asyncio
from collections.abc import Iterator
from typing import Any
from unittest.mock import MagicMock

import pytest

from watchbell import (
    AssetExecutionContext,
    AssetKey,
    AssetMaterialization,
    AssetObservation,
    Config,
    ConfigurableResource,
    DagsterInvalidInvocationError,
    DagsterInvariantViolationError,
    DagsterTypeCheckDidNotPass,
    In,
    MaterializeResult,
    Nothing,
    OpExecutionContext,
    Out,
    Output,
    asset,
    build_asset_context,
    build_op_context,
    materialize,
    op,
    resource,
)
from watchbell.ground.errors import DagsterInvalidPropertyError


class Database(ConfigurableResource):
    rows: int

    def count(self) -> int:
        return self.rows


class Settings(Config):
    factor: int = 3


@op
def counted(context: OpExecutionContext, config: Settings, db: Database, more: int) -> int:
    return config.factor * db.count() + more


@pytest.mark.parametrize(
    ("context", "args", "kwargs"),
    [
        (build_op_context(), (Settings(factor=2), Database(rows=5), 1), {}),
        (build_op_context(), (), {"config": Settings(factor=2), "db": Database(rows=5), "more": 1}),
        (build_op_context(), (), {"config": {"factor": 2}, "db": Database(rows=5), "more": 1}),
        (build_op_context(resources={"db": Database(rows=5)}, op_config={"factor": 2}), (), {"more": 1}),
        (build_op_context(resources={"db": Database(rows=5)}, config={"factor": 2}), (1,), {}),
        (build_op_context(resources={"db": Database(rows=5)}), (), {"config": Settings(factor=2), "more": 1}),
    ],
)
def test_config_and_resources_are_given_by_context_or_as_arguments(context: Any, args: Any, kwargs: Any) -> None:
    assert counted(context, *args, **kwargs) == 11


def test_what_is_given_twice_is_refused() -> None:
    context = build_op_context(resources={"db": Database(rows=5)}, op_config={"factor": 2})

    with pytest.raises(DagsterInvalidInvocationError, match="resource 'db' is given by the context and as an argument"):
        counted(context, db=Database(rows=1), more=1)
    with pytest.raises(DagsterInvalidInvocationError, match="config is given by the context and as an argument"):
        counted(context, config=Settings(), more=1)


@pytest.mark.parametrize("first", [1, "x", {"a": 1}, [1], (1,)])
def test_data_in_the_place_of_the_context_is_refused(first: Any) -> None:
    with pytest.raises(DagsterInvalidInvocationError, match="takes a context first"):
        counted(first, more=1)


def test_an_input_that_only_orders_takes_no_value() -> None:
    @op(ins={"before": In(Nothing), "rows": In(int)})
    def made(rows: int) -> int:
        return rows

    assert made(2) == 2
    assert made(rows=2) == 2
    with pytest.raises(DagsterInvalidInvocationError, match="takes no value"):
        made(before=None, rows=2)


def test_an_output_is_yielded_once() -> None:
    @op(out={"a": Out(int)})
    def twice() -> Iterator[Output[int]]:
        yield Output(1, "a")
        yield Output(2, "a")

    with pytest.raises(DagsterInvariantViolationError, match="gave its output 'a' twice"):
        list(twice())


def test_asynchronous_ops_are_awaited_by_the_test() -> None:
    @op
    async def later(rows: int) -> int:
        return rows

    @op
    async def wrong() -> int:
        return "x"  # type: ignore[return-value]

    @op
    async def stream() -> Any:
        yield AssetMaterialization("seen")
        yield Output(1)

    async def collected() -> list[Any]:
        return [each async for each in stream()]

    assert asyncio.run(later(3)) == 3
    assert [type(each) for each in asyncio.run(collected())] == [AssetMaterialization, Output]
    with pytest.raises(DagsterTypeCheckDidNotPass):
        asyncio.run(wrong())


def test_the_context_collects_what_is_logged() -> None:
    seen, made = AssetObservation("seen"), AssetMaterialization("made")

    @op
    def logging_op(context: OpExecutionContext) -> bool:
        before = context.has_events()
        context.log.info("hello")
        context.log_event(seen)
        context.log_event(made)
        return before

    context = build_op_context()

    assert logging_op(context) is False
    assert context.get_events() == [seen, made]
    assert context.get_logged_lines() == ["hello"]
    assert context.has_events()
    assert list(context.consume_events()) == [seen, made]
    assert not context.has_events()
    assert context.get_events() == [seen, made], "consumed, and yet seen"


def test_the_context_keeps_what_is_said_of_outputs() -> None:
    @op(out={"a": Out(), "b": Out()})
    def saying(context: OpExecutionContext) -> tuple[int, int]:
        context.add_output_metadata({"rows": 1}, output_name="a")
        return 1, 2

    @asset
    def orders(context: AssetExecutionContext) -> MaterializeResult:
        context.add_output_metadata({"rows": 2})
        return MaterializeResult(metadata={"more": 1})

    op_context, asset_context = build_op_context(), build_asset_context()
    saying(op_context)
    result = orders(asset_context)

    assert (op_context.get_output_metadata("a"), op_context.get_output_metadata("b")) == ({"rows": 1}, None)
    assert asset_context.get_output_metadata("result") == {"rows": 2}
    assert result.metadata == {"more": 1}


def test_an_assets_context_knows_the_asset_and_its_inputs() -> None:
    @asset(key_prefix="raw")
    def report(context: AssetExecutionContext, orders: int) -> list[Any]:
        return [
            context.asset_key,
            context.asset_key_for_output(),
            context.asset_key_for_input("orders"),
            context.output_for_asset_key(AssetKey(["raw", "report"])),
            context.selected_asset_keys,
            context.op_def.name,
            context.has_tag("a"),
            context.run_id,
        ]

    key = AssetKey(["raw", "report"])
    expected = [key, key, AssetKey("orders"), "result", {key}, "raw__report", True, "EPHEMERAL"]
    assert report(build_asset_context(run_tags={"a": "b"}), 3) == expected
    assert report(build_asset_context(run_tags={"a": "b"}), orders=3) == expected


@pytest.mark.parametrize("name", ["job_def", "job_name", "repository_def", "get_step_execution_context"])
def test_what_only_a_job_has_says_so(name: str) -> None:
    @op
    def asking(context: OpExecutionContext) -> Any:
        return getattr(context, name)

    with pytest.raises(
        DagsterInvalidPropertyError, match=f"context.{name} is not there where an op or asset is called"
    ):
        asking(build_op_context())


@pytest.mark.parametrize("name", ["op", "op_def"])
def test_a_context_that_calls_nothing_has_no_op(name: str) -> None:
    with pytest.raises(DagsterInvalidPropertyError, match="no op is being called with this context"):
        getattr(build_op_context(), name)


def test_generator_resources_are_torn_down_where_with_ends() -> None:
    steps: list[str] = []

    @resource
    def connection() -> Iterator[str]:
        steps.append("open")
        yield "connected"
        steps.append("closed")

    @asset(required_resource_keys={"connection"})
    def orders(context: AssetExecutionContext) -> str:
        return str(context.resources.connection)

    with build_asset_context(resources={"connection": connection}) as context:
        assert orders(context) == "connected"
        assert steps == ["open"]
    assert steps == ["open", "closed"]


def test_an_instance_that_is_given_is_the_contexts() -> None:
    @op
    def asking(context: OpExecutionContext) -> Any:
        return context.instance

    given = object()

    assert asking(build_op_context(instance=given)) is given  # type: ignore[arg-type]


def test_an_asset_may_yield_its_result() -> None:
    @asset
    def orders() -> Iterator[MaterializeResult]:
        yield MaterializeResult(metadata={"rows": 1})

    [result] = orders()

    assert result.metadata == {"rows": 1}


def test_a_mock_stands_for_a_resource() -> None:
    @asset
    def orders(context: AssetExecutionContext, db: Database) -> int:
        return db.count()

    mock = MagicMock()
    mock.count.return_value = 9

    assert orders(build_asset_context(resources={"db": mock})) == 9
    assert orders(build_asset_context(), db=mock) == 9
    assert materialize([orders], resources={"db": mock}).output_for_node("orders") == 9
