"""Partitions and mappings as text and back."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell import (
    AllPartitionMapping,
    DailyPartitionsDefinition,
    DimensionPartitionMapping,
    DynamicPartitionsDefinition,
    HourlyPartitionsDefinition,
    IdentityPartitionMapping,
    LastPartitionMapping,
    MonthlyPartitionsDefinition,
    MultiPartitionMapping,
    MultiPartitionsDefinition,
    MultiToSingleDimensionPartitionMapping,
    PartitionMapping,
    PartitionsDefinition,
    SpecificPartitionsPartitionMapping,
    StaticPartitionMapping,
    StaticPartitionsDefinition,
    TimeWindowPartitionMapping,
    TimeWindowPartitionsDefinition,
    WeeklyPartitionsDefinition,
)
from watchbell.declare.partitions import partitions_wire
from watchbell.declare.partitions.partitions_wire import (
    mapping_from_text,
    mapping_text,
    partitions_from_text,
    partitions_text,
)
from watchbell.ground.wire import WireError

DEFINITIONS = [
    StaticPartitionsDefinition(["a", "ü", '"']),
    DynamicPartitionsDefinition(name="cities"),
    DailyPartitionsDefinition("2024-01-01"),
    DailyPartitionsDefinition("2024-01-01", end_date="2024-03-01", timezone="Europe/Berlin", end_offset=1),
    DailyPartitionsDefinition("2024-01-01", hour_offset=3, exclusions=["0 3 * * SUN", datetime(2024, 2, 1, 3)]),
    HourlyPartitionsDefinition("2024-01-01-00:00", minute_offset=15, timezone="America/New_York"),
    WeeklyPartitionsDefinition("2024-01-01", day_offset=2),
    MonthlyPartitionsDefinition("2024/01/01", fmt="%Y/%m/%d", end_offset=-2),
    TimeWindowPartitionsDefinition("2024-01-01", "%Y-%m-%d", cron_schedule="0 0 * * MON-FRI"),
    MultiPartitionsDefinition(
        {"shop": StaticPartitionsDefinition(["fr", "it"]), "day": DailyPartitionsDefinition("2024-01-01")}
    ),
    MultiPartitionsDefinition(
        {"shop": StaticPartitionsDefinition(["fr"]), "city": DynamicPartitionsDefinition(name="cities")}
    ),
]
MAPPINGS = [
    IdentityPartitionMapping(),
    AllPartitionMapping(),
    LastPartitionMapping(),
    SpecificPartitionsPartitionMapping(["a", "b"]),
    StaticPartitionMapping({"a": "x", "b": ["x", "y"]}),
    TimeWindowPartitionMapping(start_offset=-2, end_offset=-1, allow_nonexistent_upstream_partitions=True),
    MultiToSingleDimensionPartitionMapping(),
    MultiToSingleDimensionPartitionMapping("shop"),
    MultiPartitionMapping(
        {
            "day": DimensionPartitionMapping("day", TimeWindowPartitionMapping(start_offset=-1)),
            "shop": DimensionPartitionMapping("place", AllPartitionMapping()),
        }
    ),
]


@pytest.mark.parametrize("definition", DEFINITIONS, ids=str)
def test_partitions_are_read_back(definition: PartitionsDefinition) -> None:
    text = partitions_text(definition)

    assert text is not None
    found = partitions_from_text(text)
    assert (found.numbering, text) == (definition.numbering, partitions_text(found))
    assert found == definition


@pytest.mark.parametrize("mapping", MAPPINGS, ids=str)
def test_mappings_are_read_back(mapping: PartitionMapping) -> None:
    text = mapping_text(mapping)

    assert text is not None
    assert mapping_from_text(text) == mapping


@given(st.lists(st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1), unique=True, max_size=8))
def test_any_listed_keys_are_read_back(keys: list[str]) -> None:
    text = partitions_text(StaticPartitionsDefinition(keys))

    assert text is not None
    assert list(partitions_from_text(text).get_partition_keys()) == keys


def listing(now: datetime | None = None) -> list[str]:
    return ["a"]


def test_what_only_its_own_code_can_tell_has_no_text() -> None:
    class Own(IdentityPartitionMapping):
        pass

    listed = DynamicPartitionsDefinition(partition_fn=listing)
    inner = MultiPartitionMapping({"a": DimensionPartitionMapping("a", Own())})

    assert [partitions_text(listed), mapping_text(Own()), mapping_text(inner)] == [None, None, None]


def test_very_many_listed_keys_are_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partitions_wire, "KEYS_MAX", 2)

    assert partitions_text(StaticPartitionsDefinition(["a", "b"])) is not None
    assert partitions_text(StaticPartitionsDefinition(["a", "b", "c"])) is None


@pytest.mark.parametrize("text", ['"a"', "{}", '{"hours":1}', "[]"])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(WireError, match="no partitions are written"):
        partitions_from_text(text)
    with pytest.raises(WireError, match="no mapping of partitions is written"):
        mapping_from_text(text)
