"""Which partitions of an asset a value belongs to."""

from datetime import UTC, datetime

import pytest

from watchbell.declare.io.asset_partitions import AssetPartitions
from watchbell.declare.partitions.multi import MultiPartitionsDefinition
from watchbell.declare.partitions.named_windows import DailyPartitionsDefinition
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.declare.partitions.view import PartitionsView
from watchbell.ground.errors import CheckError, DagsterInvalidInvocationError, DagsterInvariantViolationError
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.partition import PartitionKeyRange, TimeWindow

DAYS = DailyPartitionsDefinition("2026-01-01", end_date="2026-02-01")
LETTERS = StaticPartitionsDefinition(["a", "b", "c", "d"])
GRID = MultiPartitionsDefinition({"day": DAYS, "letter": LETTERS})
VIEW = PartitionsView(datetime(2026, 3, 1, tzinfo=UTC))
GRID_KEYS = [f"2026-01-0{day}|{letter}" for day in (2, 3) for letter in "ab"]


def letters(keys: str) -> AssetPartitions:
    return AssetPartitions.of_ordinals(LETTERS, OrdinalSet(LETTERS.get_partition_keys().index(key) for key in keys))


def test_one_key_is_a_range_of_itself() -> None:
    one = AssetPartitions.of_key(LETTERS, "b")

    assert (len(one), one.keys, one.key_range) == (1, ["b"], PartitionKeyRange("b", "b"))
    assert one.ordinals == OrdinalSet([1])


def test_a_key_without_a_definition_is_taken_as_it_is() -> None:
    one = AssetPartitions.of_key(None, "any")

    assert (one.keys, one.key_range) == (["any"], PartitionKeyRange("any", "any"))
    with pytest.raises(DagsterInvariantViolationError, match="pass asset_partitions_def="):
        _ = one.time_window


def test_a_range_without_a_definition_knows_its_ends_alone() -> None:
    some = AssetPartitions.of_range(None, PartitionKeyRange("a", "c"))

    assert some.key_range == PartitionKeyRange("a", "c")
    with pytest.raises(DagsterInvariantViolationError, match="pass asset_partitions_def="):
        _ = some.keys


def test_a_key_that_is_not_there_is_refused() -> None:
    with pytest.raises(DagsterInvalidInvocationError, match="no partition 'x'"):
        AssetPartitions.of_key(LETTERS, "x")
    with pytest.raises(DagsterInvalidInvocationError, match="no partition 'x'"):
        AssetPartitions.of_range(LETTERS, PartitionKeyRange("a", "x"))


def test_keys_come_in_the_order_of_the_definition() -> None:
    assert letters("dba").keys == ["a", "b", "d"]


def test_a_set_without_gaps_is_a_range() -> None:
    assert letters("bcd").key_range == PartitionKeyRange("b", "d")
    with pytest.raises(CheckError, match="the 2 partitions are no single range"):
        _ = letters("bd").key_range
    with pytest.raises(CheckError, match="there are no partitions here"):
        _ = letters("").key_range


def test_days_span_the_time_from_the_first_to_the_last() -> None:
    week = AssetPartitions.of_range(DAYS, PartitionKeyRange("2026-01-05", "2026-01-11"))

    assert week.time_window == TimeWindow(datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 12, tzinfo=UTC))
    assert len(week) == 7


def test_a_part_of_a_grid_is_a_range_and_spans_the_time_of_its_days() -> None:
    part = AssetPartitions.of_ordinals(GRID, GRID.subset_with_partition_keys(GRID_KEYS).ordinals)

    assert part.key_range == PartitionKeyRange("2026-01-02|a", "2026-01-03|b")
    assert part.time_window == TimeWindow(datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 4, tzinfo=UTC))
    assert sorted(part.keys) == sorted(GRID_KEYS)


def test_keys_of_two_dimensions_know_both() -> None:
    (key,) = AssetPartitions.of_key(GRID, "2026-01-02|a").keys

    assert key.keys_by_dimension == {"day": "2026-01-02", "letter": "a"}  # type: ignore[attr-defined]


def test_listed_partitions_span_no_time() -> None:
    with pytest.raises(DagsterInvariantViolationError, match="span no time"):
        _ = letters("a").time_window
    two = MultiPartitionsDefinition({"x": LETTERS, "y": LETTERS})
    with pytest.raises(DagsterInvariantViolationError, match="span no time"):
        _ = AssetPartitions.of_key(two, "a|b").time_window


def test_whether_a_partition_is_one_of_them_is_known_without_their_keys() -> None:
    january = AssetPartitions.of_range(DAYS, PartitionKeyRange("2026-01-01", "2026-01-31"), VIEW)

    told = [key in january for key in ("2026-01-15", "2026-02-01", "nonsense", 3)]

    assert told == [True, False, False, False]
    assert "keys" not in vars(january)
    assert "2026-01-02" in AssetPartitions.of_key(DAYS, "2026-01-02", VIEW)
    assert "b" not in AssetPartitions(None, key_range=PartitionKeyRange("a", "a"))


def test_each_key_has_its_number() -> None:
    days_first = MultiPartitionsDefinition({"a_day": DAYS, "letter": LETTERS})
    grids = [AssetPartitions.of_ordinals(each, each.ordinals(VIEW), VIEW) for each in (GRID, days_first)]

    assert letters("db").numbers == [1, 3]
    assert AssetPartitions.of_key(LETTERS, "c").numbers == [2]
    assert AssetPartitions.of_key(None, "any").numbers == [None]
    for grid in grids:
        assert grid.definition is not None
        assert [grid.definition.ordinal_of(key, VIEW) for key in grid.keys] == grid.numbers
