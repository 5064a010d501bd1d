"""What an external process is told of the partitions of a run."""

from __future__ import annotations

from typing import Any, NamedTuple

from watchbell.ground.errors import DagsterError
from watchbell_pipes import PipesPartitionKeyRange, PipesTimeWindow


class ToldPartitions(NamedTuple):
    """What a message to an external process says of partitions.

    Args:
        key: the only partition.
        key_range: ``start`` and ``end``, both included.
        time_window: ``start`` and ``end`` (excluded) in ISO 8601.
    """

    key: str | None = None
    key_range: PipesPartitionKeyRange | None = None
    time_window: PipesTimeWindow | None = None


def told_partitions(context: Any) -> ToldPartitions:
    """The partitions that the run of a step is for.

    Args:
        context: the context of the step; that of a test may know little.
    """
    has_key = bool(context.has_partition_key)
    if not has_key and not getattr(context, "has_partition_key_range", False):
        return ToldPartitions()
    key = str(context.partition_key) if has_key else None
    ends = (key, key) if key is not None else tuple(context.partition_key_range)
    return ToldPartitions(key, {"start": str(ends[0]), "end": str(ends[1])}, _time_window(context))


def _time_window(context: Any) -> PipesTimeWindow | None:
    try:
        window = context.partition_time_window
    except DagsterError:  # partitions that are none of time
        return None
    return {"start": window.start.isoformat(), "end": window.end.isoformat()}
