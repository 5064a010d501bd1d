"""Which mapping holds where none is given."""

from typing import Any

import pytest

from watchbell.declare.partitions.dynamic import DynamicPartitionsDefinition
from watchbell.declare.partitions.inference import infer_partition_mapping
from watchbell.declare.partitions.multi import MultiPartitionsDefinition
from watchbell.declare.partitions.multi_mapping import MultiToSingleDimensionPartitionMapping
from watchbell.declare.partitions.named_windows import DailyPartitionsDefinition, HourlyPartitionsDefinition
from watchbell.declare.partitions.plain_mapping import (
    AllPartitionMapping,
    IdentityPartitionMapping,
    LastPartitionMapping,
)
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.declare.partitions.time_mapping import TimeWindowPartitionMapping

LETTERS, DIGITS = StaticPartitionsDefinition(["a", "b"]), StaticPartitionsDefinition(["1", "2"])
DAYS, HOURS = DailyPartitionsDefinition("2026-01-01"), HourlyPartitionsDefinition("2026-01-01-00:00")
FILES = DynamicPartitionsDefinition(name="files")
BOTH = MultiPartitionsDefinition({"day": DAYS, "letter": LETTERS})
TWICE = MultiPartitionsDefinition({"left": LETTERS, "right": LETTERS})


@pytest.mark.parametrize(
    ("downstream", "upstream", "expected"),
    [
        (None, None, AllPartitionMapping),
        (None, DAYS, AllPartitionMapping),
        (LETTERS, None, AllPartitionMapping),
        (DAYS, DAYS, TimeWindowPartitionMapping),
        (DAYS, HOURS, TimeWindowPartitionMapping),
        (LETTERS, LETTERS, IdentityPartitionMapping),
        (LETTERS, DIGITS, IdentityPartitionMapping),
        (LETTERS, DAYS, IdentityPartitionMapping),
        (FILES, FILES, IdentityPartitionMapping),
        (BOTH, BOTH, IdentityPartitionMapping),
        (BOTH, LETTERS, MultiToSingleDimensionPartitionMapping),
        (HOURS, BOTH, MultiToSingleDimensionPartitionMapping),
        (DIGITS, BOTH, IdentityPartitionMapping),
        (TWICE, LETTERS, IdentityPartitionMapping),
    ],
)
def test_partitions_suggest_how_they_are_mapped(downstream: Any, upstream: Any, expected: type) -> None:
    assert expected is type(infer_partition_mapping(None, downstream, upstream))


@pytest.mark.parametrize("given", [IdentityPartitionMapping(), LastPartitionMapping(), TimeWindowPartitionMapping(-1)])
def test_what_is_given_holds_whatever_the_partitions(given: Any) -> None:
    for downstream, upstream in ((None, DAYS), (LETTERS, DAYS), (DAYS, None)):
        assert infer_partition_mapping(given, downstream, upstream) is given
