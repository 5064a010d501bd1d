"""Running a job in this process while people watch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import click

from watchbell.cli.run import print_entry
from watchbell.cli.show import duration
from watchbell.declare.job import JobDefinition
from watchbell.execute.run import execute_run
from watchbell.ground.ids import new_run_id
from watchbell.instance import DagsterInstance
from watchbell.record.event import EventLogEntry
from watchbell.record.keys import AssetKey
from watchbell.record.run import DagsterRun, DagsterRunStatus
from watchbell.record.worker_identity import own_identity


def execute_here(
    job: JobDefinition,
    instance: DagsterInstance,
    location_name: str,
    *,
    run_config: Mapping[str, Any],
    tags: Mapping[str, str],
    asset_keys: AbstractSet[AssetKey] | None = None,
) -> bool:
    """Runs ``job`` in this process with its own executor, printing what happens.

    Args:
        job: cut down to what is to run.
        instance: where the run is stored.
        location_name: the code location it comes from.
        run_config: config of the run.
        tags: tags of the run, besides the job's.
        asset_keys: the assets it was cut down to; None: all of the job.

    Returns:
        Whether it succeeded.
    """
    run = DagsterRun(
        job.name,
        new_run_id(),
        dict(run_config),
        DagsterRunStatus.STARTING,
        {**job.run_tags, **tags},
        asset_selection=None if asset_keys is None else frozenset(asset_keys),
        op_selection=job.op_selection,
        location_name=location_name,
    )
    # Stored with its process: a service fails the run should this process be killed, however early.
    instance.store.add_runs([run], instance.clock.now(), own_identity())
    click.echo(f"run {run.run_id}")
    succeeded = execute_run(job, run, instance, told=_print)
    _sum_up(instance, run.run_id)
    return succeeded


def _print(entries: Sequence[EventLogEntry]) -> None:
    for entry in entries:
        print_entry(entry)


def _sum_up(instance: DagsterInstance, run_id: str) -> None:
    run = instance.get_run_by_id(run_id)
    if run is None or run.ended_at is None:
        return
    took = "" if run.started_at is None else f" in {duration((run.ended_at - run.started_at).total_seconds())}"
    click.secho(f"run {run.run_id}: {run.status.value}{took}", fg="green" if run.is_success else "red", bold=True)
