"""Schedules of asset jobs that wait for their assets."""

from watchbell.declare.automation.unresolved_schedule import UnresolvedPartitionedAssetScheduleDefinition

__all__ = ["UnresolvedPartitionedAssetScheduleDefinition"]
