"""Which partitions a step makes, and which it takes of the assets these are made from."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from watchbell.declare.assets.asset import asset
from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.assets.asset_spec import AssetDep
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.named_windows import DailyPartitionsDefinition, HourlyPartitionsDefinition
from watchbell.declare.partitions.plain_mapping import AllPartitionMapping, SpecificPartitionsPartitionMapping
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.declare.partitions.time_mapping import TimeWindowPartitionMapping
from watchbell.execute.run_partitions import RunPartitions
from watchbell.execute.step_partitions import StepPartitions
from watchbell.ground.errors import CheckError, DagsterInvariantViolationError
from watchbell.record.keys import AssetKey

DAYS = DailyPartitionsDefinition("2024-01-01")
HOURS = HourlyPartitionsDefinition("2024-01-01-00:00")
LETTERS = StaticPartitionsDefinition(["a", "b", "c", "d"])
NOW = datetime(2024, 3, 1, tzinfo=UTC)
UP, DOWN = AssetKey("up"), AssetKey("down")


def step(
    up_def: PartitionsDefinition | None, down_def: PartitionsDefinition | None, mapping: Any = None, **tags: str
) -> StepPartitions:
    """The step of an asset ``down`` that is made from ``up``; tags with ``_`` for ``dagster/``."""

    @asset(name="up", partitions_def=up_def)
    def up() -> None: ...

    @asset(name="down", partitions_def=down_def, deps=[AssetDep(UP, partition_mapping=mapping)])
    def down() -> None: ...

    graph = AssetGraph.of([up, down])
    run = RunPartitions({f"dagster/{tag}": key for tag, key in tags.items()}, down_def, NOW)
    return StepPartitions(run, graph.definition(DOWN), graph.partitions_def_of)


def taken(partitions: StepPartitions) -> list[str]:
    found = partitions.taken(UP)
    assert found is not None
    return list(found.keys)


def test_a_day_takes_its_hours() -> None:
    found = step(HOURS, DAYS, partition="2024-01-02").taken(UP)

    assert found is not None
    assert (len(found), found.key_range) == (24, ("2024-01-02-00:00", "2024-01-02-23:00"))


def test_a_mapping_that_was_given_counts() -> None:
    yesterday = TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)

    assert taken(step(DAYS, DAYS, yesterday, partition="2024-01-02")) == ["2024-01-01"]
    assert taken(step(LETTERS, LETTERS, AllPartitionMapping(), partition="b")) == ["a", "b", "c", "d"]


def test_a_range_takes_what_its_partitions_take_together() -> None:
    partitions = step(DAYS, DAYS, asset_partition_range_start="2024-01-02", asset_partition_range_end="2024-01-04")

    assert taken(partitions) == ["2024-01-02", "2024-01-03", "2024-01-04"]


def test_an_asset_without_partitions_takes_all() -> None:
    assert taken(step(LETTERS, None)) == ["a", "b", "c", "d"]


def test_partitions_that_are_no_range_say_so() -> None:
    found = step(LETTERS, None, SpecificPartitionsPartitionMapping(["a", "c"])).taken(UP)

    assert found is not None
    assert list(found.keys) == ["a", "c"]
    with pytest.raises(CheckError, match="no single range"):
        assert found.key_range


def test_an_asset_without_partitions_has_none_to_take() -> None:
    assert step(None, DAYS, partition="2024-01-02").taken(UP) is None


def test_the_same_key_is_found_without_a_set() -> None:
    partitions = step(DAYS, DAYS, partition="2024-01-02")
    found = partitions.taken(UP)

    assert found is not None
    assert (found.keys, vars(found)["_ordinals"]) == (["2024-01-02"], None)


def test_missing_partitions_are_named_up_to_a_few() -> None:
    short = HourlyPartitionsDefinition("2024-01-01-00:00", end_date="2024-01-02-20:00")

    with pytest.raises(DagsterInvariantViolationError, match="do not exist: '2024-01-02-20:00', '2024-01-02-21:00'"):
        step(short, DAYS, partition="2024-01-02").taken(UP)
    with pytest.raises(DagsterInvariantViolationError, match="'2024-02-01-04:00' and more; choose other"):
        step(short, DAYS, partition="2024-02-01").taken(UP)


def test_a_mapping_may_allow_them_to_be_missing() -> None:
    short = DailyPartitionsDefinition("2024-01-01", end_date="2024-01-05")
    lenient = TimeWindowPartitionMapping(allow_nonexistent_upstream_partitions=True)

    assert taken(step(short, DAYS, lenient, partition="2024-01-10")) == []


def test_a_run_for_no_partition_cannot_say_what_it_takes() -> None:
    with pytest.raises(DagsterInvariantViolationError, match="'down' has partitions, and this run is for none"):
        step(DAYS, DAYS).taken(UP)


def test_what_is_made_is_the_run_s_own() -> None:
    partitions = step(HOURS, DAYS, partition="2024-01-02")
    made = partitions.made(DOWN)

    assert made is not None
    assert (made.keys, partitions.definition, partitions.own and partitions.own.keys) == (
        ["2024-01-02"],
        DAYS,
        ["2024-01-02"],
    )
    assert step(None, None).made(DOWN) is None
