"""Which mapping holds between two assets: what was given, or what their partitions suggest."""

from __future__ import annotations

from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.mapping import PartitionMapping
from watchbell.declare.partitions.multi import MultiPartitionsDefinition
from watchbell.declare.partitions.multi_mapping import MultiToSingleDimensionPartitionMapping
from watchbell.declare.partitions.plain_mapping import AllPartitionMapping, IdentityPartitionMapping
from watchbell.declare.partitions.time_mapping import TimeWindowPartitionMapping
from watchbell.declare.partitions.time_window import TimeWindowPartitionsDefinition


def infer_partition_mapping(
    partition_mapping: PartitionMapping | None,
    downstream_partitions_def: PartitionsDefinition | None,
    upstream_partitions_def: PartitionsDefinition | None,
) -> PartitionMapping:
    """How the partitions of a downstream asset depend on those of an upstream asset.

    Args:
        partition_mapping: what was said; None: nothing.
        downstream_partitions_def: the partitions of the asset that depends; None: it has none.
        upstream_partitions_def: those of the asset it depends on; None: it has none.

    Returns:
        What was given. Else: all partitions if one side has none; overlapping windows of time; the matching dimension
        of partitions in two dimensions; the same key.
    """
    if partition_mapping is not None:
        return partition_mapping
    if downstream_partitions_def is None or upstream_partitions_def is None:
        return AllPartitionMapping()
    if isinstance(downstream_partitions_def, TimeWindowPartitionsDefinition) and isinstance(
        upstream_partitions_def, TimeWindowPartitionsDefinition
    ):
        return TimeWindowPartitionMapping()
    both = (downstream_partitions_def, upstream_partitions_def)
    is_multi = [isinstance(each, MultiPartitionsDefinition) for each in both]
    if sum(is_multi) == 1:
        by_dimension = MultiToSingleDimensionPartitionMapping()
        if by_dimension.is_possible(upstream_partitions_def, downstream_partitions_def):
            return by_dimension
    return IdentityPartitionMapping()
