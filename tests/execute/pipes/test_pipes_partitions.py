"""What an external process is told of the partitions of a run."""

from __future__ import annotations

import pytest

from watchbell.declare.assets.asset import asset
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.multi import MultiPartitionsDefinition
from watchbell.declare.partitions.named_windows import DailyPartitionsDefinition
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.execute.contexts import AssetExecutionContext
from watchbell.execute.materialize import materialize_to_memory
from watchbell.execute.pipes.pipes_partitions import ToldPartitions, told_partitions
from watchbell.execute.pipes.session import context_data_of

LETTERS = StaticPartitionsDefinition(["a", "b", "c"])
DAYS = DailyPartitionsDefinition("2024-01-01")
GRID = MultiPartitionsDefinition({"day": DAYS, "letter": LETTERS})
WINDOW = {"start": "2024-01-02T00:00:00+00:00", "end": "2024-01-03T00:00:00+00:00"}


def told(definition: PartitionsDefinition | None, **arguments: object) -> ToldPartitions:
    seen: list[ToldPartitions] = []

    @asset(partitions_def=definition)
    def step(context: AssetExecutionContext) -> None:
        seen.append(told_partitions(context))
        data = context_data_of(context, {})
        assert (data["partition_key"], data["partition_key_range"], data["partition_time_window"]) == seen[0]

    materialize_to_memory([step], **arguments)  # type: ignore[arg-type]
    return seen[0]


@pytest.mark.parametrize(
    ("definition", "key", "window"),
    [(LETTERS, "b", None), (DAYS, "2024-01-02", WINDOW), (GRID, "2024-01-02|b", WINDOW)],
)
def test_one_partition_is_a_key_and_a_range_of_one(
    definition: PartitionsDefinition, key: str, window: dict[str, str] | None
) -> None:
    assert told(definition, partition_key=key) == (key, {"start": key, "end": key}, window)


def test_a_range_has_no_key() -> None:
    ends = {"dagster/asset_partition_range_start": "2024-01-02", "dagster/asset_partition_range_end": "2024-01-04"}
    window = {"start": "2024-01-02T00:00:00+00:00", "end": "2024-01-05T00:00:00+00:00"}

    assert told(DAYS, tags=ends) == (None, {"start": "2024-01-02", "end": "2024-01-04"}, window)


def test_a_run_for_no_partition_has_nothing_to_tell() -> None:
    assert told(None) == told(DAYS) == ToldPartitions()
