"""Partitions of direct calls: what the context that a test builds says of them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from watchbell import AssetExecutionContext, asset, build_asset_context, build_op_context, op
from watchbell.declare.partitions.multi import MultiPartitionsDefinition
from watchbell.declare.partitions.named_windows import DailyPartitionsDefinition
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.ground.errors import (
    CheckError,
    DagsterInvalidPropertyError,
    DagsterInvariantViolationError,
    ParameterCheckError,
)
from watchbell.record.partition import PartitionKeyRange, TimeWindow

DAYS = DailyPartitionsDefinition("2026-01-01", end_date="2026-02-01")
LETTERS = StaticPartitionsDefinition(["a", "b", "c"])
SOME_DAYS = PartitionKeyRange("2026-01-02", "2026-01-04")


@asset(partitions_def=DAYS)
def daily(context: AssetExecutionContext, ask: Any) -> Any:
    return ask(context)


def test_an_asset_sees_its_partition_and_the_time_it_spans() -> None:
    context = build_asset_context(partition_key="2026-01-02")

    seen = daily(context, lambda c: (c.partition_key, c.partition_keys, c.partition_time_window, c.partition_key_range))

    window = TimeWindow(datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 3, tzinfo=UTC))
    assert seen == ("2026-01-02", ["2026-01-02"], window, PartitionKeyRange("2026-01-02", "2026-01-02"))
    assert daily(context, lambda c: c.asset_partition_key_for_output()) == "2026-01-02"
    assert daily(context, lambda c: c.asset_partitions_time_window_for_output()) == window


def test_an_asset_sees_a_range() -> None:
    context = build_asset_context(partition_key_range=SOME_DAYS)

    assert daily(context, lambda c: (c.has_partition_key, c.has_partition_key_range)) == (False, True)
    assert daily(context, lambda c: list(c.partition_keys)) == ["2026-01-02", "2026-01-03", "2026-01-04"]
    assert daily(context, lambda c: c.partition_time_window.end) == datetime(2026, 1, 5, tzinfo=UTC)
    assert context.partition_key_range == SOME_DAYS
    with pytest.raises(CheckError, match="without a partition_key"):
        daily(context, lambda c: c.partition_key)


def test_a_grid_sees_both_dimensions() -> None:
    grid = MultiPartitionsDefinition({"day": DAYS, "letter": LETTERS})

    @asset(partitions_def=grid)
    def cells(context: AssetExecutionContext) -> Any:
        return context.partition_time_window.start.day, list(context.partition_keys)

    assert cells(build_asset_context(partition_key="2026-01-02|a")) == (2, ["2026-01-02|a"])


def test_an_op_sees_the_key_alone() -> None:
    context = build_op_context(partition_key="any")

    @op
    def shown(context: Any) -> str:
        key: str = context.partition_key
        return key

    assert shown(context) == "any"
    assert context.partition_key_range == PartitionKeyRange("any", "any")
    for member in ("partition_keys", "partition_time_window"):
        with pytest.raises(DagsterInvalidPropertyError, match=f"context.{member} is not there"):
            getattr(context, member)


@pytest.mark.parametrize("member", ["partition_key", "partition_keys", "partition_key_range"])
def test_a_context_without_partition_says_so(member: str) -> None:
    with pytest.raises(CheckError, match="pass"):
        getattr(build_asset_context(), member)


def test_an_asset_without_partitions_has_the_key_and_no_time() -> None:
    @asset
    def plain(context: AssetExecutionContext, member: str) -> Any:
        return getattr(context, member)

    context = build_asset_context(partition_key="x")

    assert plain(context, "partition_key") == "x"
    with pytest.raises(DagsterInvariantViolationError, match="has no partitions"):
        plain(context, "partition_keys")
    with pytest.raises(CheckError, match="has no partitions"):
        plain(context, "partition_time_window")


def test_listed_partitions_span_no_time() -> None:
    @asset(partitions_def=LETTERS)
    def letters(context: AssetExecutionContext) -> Any:
        return context.partition_time_window

    with pytest.raises(DagsterInvariantViolationError, match="span no time"):
        letters(build_asset_context(partition_key="a"))


@pytest.mark.parametrize("member", ["key", "keys", "key_range", "s_def", "s_time_window"])
def test_nothing_says_how_upstream_assets_are_partitioned(member: str) -> None:
    name = f"asset_partition{member}_for_input"

    with pytest.raises(DagsterInvalidPropertyError, match="where an op or asset is called directly"):
        getattr(build_asset_context(partition_key="a"), name.replace("partitionkey", "partition_key"))("up")


def test_builders_take_a_key_or_a_range() -> None:
    for build in (build_asset_context, build_op_context):
        with pytest.raises(CheckError, match="not for both"):
            build(partition_key="a", partition_key_range=SOME_DAYS)
        with pytest.raises(ParameterCheckError, match="partition_key is text"):
            build(partition_key=3)
        with pytest.raises(ParameterCheckError, match="is a PartitionKeyRange"):
            build(partition_key_range=("a", "b"))
