"""How long windows of partitions are, what two dimensions are made of, and from where partitions are looked at."""

from watchbell.declare.partitions.multi import PartitionDimensionDefinition
from watchbell.declare.partitions.schedule_type import ScheduleType
from watchbell.declare.partitions.view import DynamicPartitionsStore
from watchbell.declare.partitions.view import PartitionsView as PartitionLoadingContext
from watchbell.record.partition import PartitionDimensionKey

__all__ = [
    "DynamicPartitionsStore",
    "PartitionDimensionDefinition",
    "PartitionDimensionKey",
    "PartitionLoadingContext",
    "ScheduleType",
]
