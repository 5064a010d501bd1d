"""Partitions as values: keys, ranges of keys, windows of time."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from watchbell.ground.value import dataclass

PARTITION_TAG = "dagster/partition"
"""Run tag: the partition the run is for; that of a dimension is ``dagster/partition/<dimension>``."""
RANGE_START_TAG = "dagster/asset_partition_range_start"
"""Run tags: the first and the last partition of a run for a range."""
RANGE_END_TAG = "dagster/asset_partition_range_end"
BACKFILL_TAG = "dagster/backfill"
"""Run tag: the backfill the run belongs to."""
DIMENSION_DELIMITER = "|"


class TimeWindow(NamedTuple):
    """A stretch of time.

    Args:
        start: aware, included.
        end: aware, excluded.

    Example:
        >>> from datetime import UTC
        >>> TimeWindow(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)).end.day
        2
    """

    start: datetime
    end: datetime


class PartitionKeyRange(NamedTuple):
    """Partitions from one to another, in the order of their definition.

    Args:
        start: the first key.
        end: the last key, included.

    Example:
        >>> PartitionKeyRange("2026-01-01", "2026-01-31").end
        '2026-01-31'
    """

    start: str
    end: str


@dataclass(frozen=True)
class PartitionNumber:
    """Which partition, as a number.

    Args:
        numbering: which mapping of keys to numbers: see ``PartitionsDefinition.numbering``.
        ordinal: the number (>= 0).
    """

    numbering: str
    ordinal: int
