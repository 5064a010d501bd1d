"""What a run for a partition is asked with: run config and tags."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from watchbell.declare.job import JobDefinition
from watchbell.declare.partitions.view import DynamicPartitionsStore, looking_from
from watchbell.execute.run_partitions import partitions_def_of_job
from watchbell.ground.errors import CheckError


class PartitionRequest(NamedTuple):
    """What a run is asked with.

    Args:
        run_config: config of the run; None: the job's own.
        tags: tags of the run.
    """

    run_config: Any
    tags: Mapping[str, str]


def request_for(
    job: JobDefinition,
    partition_key: str | None,
    run_config: Any,
    tags: Mapping[str, str] | None,
    now: datetime,
    store: DynamicPartitionsStore | None,
) -> PartitionRequest:
    """The config and tags of a run.

    Args:
        job: the job.
        partition_key: the partition; None: the run is for none.
        run_config: what was given; None: the config that the job makes for the partition.
        tags: what was given; the tags of the partition go before these.
        now: the moment that decides which windows are over, aware.
        store: who knows dynamic partitions.

    Raises:
        CheckError: the job has no partitions.
        DagsterUnknownPartitionError: there is no such partition.
    """
    if partition_key is None:
        return PartitionRequest(run_config, tags or {})
    definition = partitions_def_of_job(job)
    if definition is None:
        raise CheckError(
            f"job {job.name!r} has no partitions, so it cannot run for the partition {partition_key!r}; give its assets "
            "or the job a partitions_def, or leave partition_key out"
        )
    with looking_from(now, store):
        definition.validate_partition_key(partition_key)
        if run_config is None and hasattr(job, "get_run_config_for_partition_key"):
            run_config = job.get_run_config_for_partition_key(partition_key)
        if hasattr(job, "get_tags_for_partition_key"):
            own = job.get_tags_for_partition_key(partition_key)
        else:
            own = definition.get_tags_for_partition_key(partition_key)
        return PartitionRequest(run_config, {**(tags or {}), **own})
