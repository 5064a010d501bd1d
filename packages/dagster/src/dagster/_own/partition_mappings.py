"""What mappings of one's own answer with, and which mapping holds where none is given."""

from watchbell.declare.partitions.inference import infer_partition_mapping
from watchbell.declare.partitions.mapping import UpstreamPartitionsResult
from watchbell.declare.partitions.subset import DefaultPartitionsSubset, PartitionsSubset

__all__ = ["DefaultPartitionsSubset", "PartitionsSubset", "UpstreamPartitionsResult", "infer_partition_mapping"]
