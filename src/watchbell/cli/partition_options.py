"""Options that choose partitions for a run: ``--partition`` and ``--partition-range``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import click

from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.job import JobDefinition
from watchbell.host.asset_launch import first_of_few, first_partitioned, partition_run, range_request
from watchbell.instance import DagsterInstance
from watchbell.record.keys import AssetKey
from watchbell.record.partition import PartitionKeyRange

F = TypeVar("F", bound=Callable[..., Any])
RANGE_DELIMITER = "..."

partition_option: Callable[[F], F] = click.option("--partition", metavar="KEY", help="The partition the run is for.")
range_option: Callable[[F], F] = click.option(
    "--partition-range",
    "partition_range",
    metavar="FIRST...LAST",
    help="Partitions to make in one run, e.g. 2026-01-01...2026-01-31.",
)


def partition_request(
    job: JobDefinition,
    partition: str | None,
    partition_range: str | None,
    config: Mapping[str, Any],
    tags: Mapping[str, str],
    instance: DagsterInstance,
) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    """Run config and tags of a run for what the options say.

    Args:
        job: the job, cut down to what is to run.
        partition: a key; None: no option was given.
        partition_range: the ends of a range; None: likewise.
        config: what was given; empty: the config that the job makes for the partition.
        tags: what was given.
        instance: knows dynamic partitions and the time.

    Raises:
        click.UsageError: both options are given, or the range is not written as one.
        CheckError: the job has no partitions.
        DagsterUnknownPartitionError: there is no such partition.
        DagsterInvalidInvocationError: the range ends before it begins.
    """
    if partition is not None and partition_range is not None:
        raise click.UsageError("give --partition or --partition-range, not both")
    if partition_range is not None:
        found = range_request(job, read_range(partition_range, "--partition-range"), tags, instance)
        if found is None:
            raise click.UsageError("nothing that is selected has partitions; leave --partition-range out")
        return config, found
    if partition is None:
        return config, tags
    return partition_run(job, partition, config, tags, instance)


def read_range(text: str, option: str) -> PartitionKeyRange:
    """The first and the last key of a range on the command line.

    Args:
        text: what was written.
        option: where, for the message.

    Raises:
        click.UsageError: it is not written as a range.
    """
    start, dots, end = text.partition(RANGE_DELIMITER)
    if not dots or not start or not end:
        raise click.UsageError(f"{option} is written first...last, e.g. 2026-01-01...2026-01-31, not {text!r}")
    return PartitionKeyRange(start, end)


def require_single_run(graph: AssetGraph, keys: Iterable[AssetKey]) -> None:
    """Does nothing if all these assets make several partitions in one run.

    Raises:
        click.UsageError: one does not; its function would be given a range that it does not expect.
    """
    few = first_of_few(graph, keys)
    if few is not None:
        name, most = few[0].to_user_string(), few[1]
        count = "one partition" if most == 1 else f"at most {most:,} partitions"
        raise click.UsageError(
            f"asset {name!r} makes {count} in a run; give it "
            "backfill_policy=BackfillPolicy.single_run(), or start as many runs as it needs: watchbell backfill "
            f"launch -s {name} --range FIRST...LAST"
        )


def require_no_partitions(graph: AssetGraph, keys: Iterable[AssetKey]) -> None:
    """Does nothing if none of these assets has partitions.

    Raises:
        click.UsageError: one has, and nobody said which of them to make.
    """
    key = first_partitioned(graph, keys)
    if key is not None:
        name = key.to_user_string()
        raise click.UsageError(
            f"asset {name!r} has partitions; say which one to make: --partition KEY (`watchbell partitions list "
            f"{name}` lists them), or make many: watchbell backfill launch -s {name} --missing"
        )
