"""Launching assets and checks: what can be made in one run, and for which partitions. What commands and pages share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.collect import RepositoryDefinition
from watchbell.declare.job import JobDefinition
from watchbell.declare.partitions.view import PartitionsView
from watchbell.declare.run_config import resolve_run_config
from watchbell.execute.run_partitions import partitions_of_run
from watchbell.ground.ids import new_run_id
from watchbell.instance import DagsterInstance
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.keys import AssetKey
from watchbell.record.partition import RANGE_END_TAG, RANGE_START_TAG, PartitionKeyRange
from watchbell.record.run import DagsterRun, DagsterRunStatus


def job_of_assets(repository: RepositoryDefinition, keys: Iterable[AssetKey]) -> JobDefinition:
    """The job that makes these assets, and nothing else.

    Raises:
        DagsterInvalidSubsetError: nothing here makes one of them.
    """
    return repository.get_implicit_global_asset_job_def().get_subset(asset_selection=frozenset(keys))


def job_of_checks(repository: RepositoryDefinition, keys: Iterable[AssetCheckKey]) -> JobDefinition:
    """The job that executes these checks without their assets.

    Raises:
        DagsterInvalidSubsetError: there is no such check, or it is made together with its asset only.
    """
    job = repository.get_implicit_global_asset_job_def()
    return job.get_subset(asset_selection=(), asset_check_selection=frozenset(keys))


def first_partitioned(graph: AssetGraph, keys: Iterable[AssetKey]) -> AssetKey | None:
    """The first of these assets that has partitions; None: none has."""
    return next((key for key in sorted(keys) if graph.partitions_def_of(key) is not None), None)


def first_of_few(graph: AssetGraph, keys: Iterable[AssetKey]) -> tuple[AssetKey, int] | None:
    """The first of these assets that does not make any number of partitions in a run, with how many; None: all do."""
    for key in sorted(keys):
        if graph.partitions_def_of(key) is None:
            continue
        policy = graph.backfill_policy_of(key)
        most = 1 if policy is None else policy.max_partitions_per_run
        if most is not None:
            return key, most
    return None


def range_request(
    job: JobDefinition, key_range: PartitionKeyRange, tags: Mapping[str, str], instance: DagsterInstance
) -> Mapping[str, str] | None:
    """The tags of a run for a range of partitions; None: nothing that is selected has partitions.

    Args:
        job: the job, cut down to what is to run.
        key_range: the first and the last key.
        tags: what was given.
        instance: knows dynamic partitions and the time.

    Raises:
        DagsterUnknownPartitionError: there is no such partition.
        DagsterInvalidInvocationError: the range ends before it begins.
    """
    found = {**tags, RANGE_START_TAG: key_range.start, RANGE_END_TAG: key_range.end}
    return None if partitions_of_run(job, found, instance.clock.now(), lambda: instance).own is None else found


def partition_run(
    job: JobDefinition,
    partition: str,
    config: Mapping[str, Any],
    tags: Mapping[str, str],
    instance: DagsterInstance,
) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    """Config and tags of a run for one partition; of no config, that which the job makes for it.

    Raises:
        CheckError: the job has no partitions.
        DagsterUnknownPartitionError: there is no such partition.
    """
    return job.for_partition(partition, config, tags, PartitionsView(instance.clock.now(), instance))


def queue_assets(
    job: JobDefinition,
    instance: DagsterInstance,
    location_name: str,
    config: Mapping[str, Any],
    tags: Mapping[str, str],
) -> DagsterRun:
    """Puts a run of a job of assets into the queue; mistakes that would keep it from starting are told now.

    Args:
        job: cut down to assets, checks or both.
        instance: where it is stored.
        location_name: its code location.
        config: its config.
        tags: its tags, besides those of the job.

    Raises:
        DagsterInvalidConfigError: the config does not fit; lists every mistake.
    """
    resolve_run_config(job, config)
    run = DagsterRun(
        job.name,
        new_run_id(),
        dict(config),
        DagsterRunStatus.QUEUED,
        {**job.run_tags, **tags},
        asset_selection=None if job.asset_selection is None else frozenset(job.asset_selection),
        asset_check_selection=job.asset_check_selection,
        location_name=location_name,
    )
    return instance.add_run(run)
