"""Resources passed to direct calls: ready while the function runs, torn down when its answer is whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from pydantic import PrivateAttr

from watchbell import (
    AssetCheckResult,
    ConfigurableResource,
    DagsterInvalidInvocationError,
    Output,
    ResourceParam,
    SkipReason,
    asset,
    asset_check,
    build_asset_context,
    op,
    resource,
    sensor,
)

happened: list[str] = []


class Line(ConfigurableResource):
    """Says when it is set up and torn down."""

    number: int = 5
    _ready: int = PrivateAttr(default=0)

    def setup_for_execution(self, context: Any) -> None:
        happened.append("setup")
        self._ready = self.number

    def teardown_after_execution(self, context: Any) -> None:
        happened.append("teardown")


@pytest.fixture(autouse=True)
def _nothing_has_happened() -> None:
    happened.clear()


def test_a_function_finds_the_resource_set_up_and_leaves_it_torn_down() -> None:
    @asset
    def rows(line: Line) -> int:
        happened.append("work")
        return line._ready

    assert rows(line=Line(number=7)) == 7
    assert happened == ["setup", "work", "teardown"]


def test_it_is_torn_down_when_the_function_fails() -> None:
    @op
    def fails(line: Line) -> None:
        raise ValueError("no rows")

    with pytest.raises(ValueError, match="no rows"):
        fails(line=Line())

    assert happened == ["setup", "teardown"]


def test_what_yields_is_torn_down_at_its_end() -> None:
    @op
    def yields(line: Line) -> Iterator[Output[int]]:
        yield Output(line._ready)

    items = yields(line=Line())
    assert next(items).value == 5
    assert happened == ["setup"]
    assert list(items) == []
    assert happened == ["setup", "teardown"]


def test_what_is_awaited_is_torn_down_at_its_end() -> None:
    @op
    async def awaits(line: Line) -> int:
        return line._ready

    @op
    async def yields(line: Line) -> AsyncIterator[Output[int]]:
        yield Output(line._ready)

    async def first() -> int:
        return await anext(item.value async for item in yields(line=Line()))

    assert asyncio.run(awaits(line=Line())) == 5
    assert asyncio.run(first()) == 5
    assert happened == ["setup", "teardown"] * 2


def test_checks_and_sensors_are_given_it_likewise() -> None:
    @asset_check(asset="rows")
    def enough(line: Line) -> AssetCheckResult:
        return AssetCheckResult(passed=line._ready == 5)

    @sensor(job_name="job")
    def waits(line: Line) -> SkipReason:
        return SkipReason(str(line._ready))

    assert enough(line=Line()).passed
    assert waits(line=Line()).skip_message == "5"
    assert happened == ["setup", "teardown"] * 2


def test_a_definition_is_passed_on_as_what_it_makes() -> None:
    @resource
    def opened() -> Iterator[str]:
        yield "open"
        happened.append("closed")

    @op
    def uses(line: ResourceParam[str]) -> str:
        return line

    assert uses(line=opened) == "open"
    assert happened == ["closed"]


def test_a_resource_of_the_context_is_not_set_up_twice() -> None:
    @asset
    def rows(context, line: Line) -> int:
        return line._ready

    with build_asset_context(resources={"line": Line()}) as context:
        rows(context)

    assert happened == ["setup", "teardown"]


def test_a_resource_without_a_context_is_called_without_arguments() -> None:
    @resource
    def five() -> int:
        return 5

    assert five() == 5
    with pytest.raises(DagsterInvalidInvocationError, match="five takes no context"):
        five(None)
