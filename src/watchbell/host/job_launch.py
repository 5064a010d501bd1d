"""Launching a job: its run is checked, and queued. What commands and pages do alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from watchbell.declare.job import JobDefinition
from watchbell.declare.partitions.view import PartitionsView
from watchbell.declare.run_config import resolve_run_config
from watchbell.instance import DagsterInstance
from watchbell.record.partition import PARTITION_TAG, RANGE_START_TAG
from watchbell.record.run import DagsterRun, DagsterRunStatus


def cut_down(job: JobDefinition, op_selection: Sequence[str]) -> JobDefinition:
    """A job with only the selected ops; all of it if nothing is selected.

    Raises:
        DagsterInvalidSubsetError: nothing fits the selection.
    """
    wanted = [each.strip() for each in op_selection if each.strip()]
    return job.get_subset(op_selection=wanted) if wanted else job


def for_partition(
    job: JobDefinition,
    partition: str | None,
    config: Mapping[str, Any],
    tags: Mapping[str, str],
    instance: DagsterInstance,
) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    """Config and tags of a run for a partition; as they are, without one.

    Args:
        job: the job, cut down to what is to run.
        partition: a key; None: no partition.
        config: what was given; empty: the config that the job makes for the partition.
        tags: what was given.
        instance: knows dynamic partitions and the time.

    Raises:
        CheckError: the job has no partitions.
        DagsterUnknownPartitionError: there is no such partition.
    """
    if partition is None:
        return config, tags
    return job.for_partition(partition, config, tags, PartitionsView(instance.clock.now(), instance))


def is_for_no_partition(job: JobDefinition, tags: Mapping[str, str]) -> bool:
    """Whether a job has partitions, and a run with these tags is for none: allowed, but seldom meant."""
    return job.partitions_def is not None and not any(tag in tags for tag in (PARTITION_TAG, RANGE_START_TAG))


def queue_run(
    job: JobDefinition,
    instance: DagsterInstance,
    location_name: str,
    config: Mapping[str, Any],
    tags: Mapping[str, str],
    *,
    parent: DagsterRun | None = None,
) -> DagsterRun:
    """Puts a run of a job into the queue; mistakes that would keep it from starting are told now.

    Args:
        job: the job, cut down to what is to run.
        instance: where it is stored.
        location_name: the job's code location.
        config: its config.
        tags: its tags, besides those of the job.
        parent: the run that it executes again, with whatever was changed; None: none.

    Raises:
        DagsterInvalidConfigError: the config does not fit; lists every mistake.
    """
    resolve_run_config(job, config)
    return instance.create_run_for_job(
        job,
        run_config=config,
        tags={**job.run_tags, **tags},
        status=DagsterRunStatus.QUEUED,
        op_selection=job.op_selection,
        location_name=location_name,
        parent_run_id=None if parent is None else parent.run_id,
        root_run_id=None if parent is None else parent.root_run_id or parent.run_id,
    )
