"""``watchbell job backfill``: Dagster's command, with its options; see ``backfill launch`` for all there is."""

from __future__ import annotations

import click

from watchbell.automate.backfills.planning import BackfillWishes, plan_backfill
from watchbell.cli.backfill import start
from watchbell.cli.code import code_options, load_locations, open_instance
from watchbell.cli.job import only_job, read_json
from watchbell.declare.job import JobDefinition
from watchbell.declare.partitions.view import looking_from
from watchbell.host.places import find_job
from watchbell.host.targets import CodeTarget
from watchbell.instance import DagsterInstance
from watchbell.record.partition import PartitionKeyRange


@click.command(hidden=True)
@click.option("-j", "--job", "name", help="Which job; may be left out if there is only one.")
@click.option("--partitions", metavar="KEYS", help="These partitions, with commas between.")
@click.option("--all", "every", metavar="ANY", help="All partitions, whatever is written here.")
@click.option("--from", "first", metavar="KEY", help="From this partition on.")
@click.option("--to", "last", metavar="KEY", help="Up to this partition, included.")
@click.option("--tags", "tags_json", metavar="JSON", help="Tags of all runs as JSON.")
@click.option("--noprompt", is_flag=True, help="Do not ask.")
@code_options
def backfill(
    targets: list[CodeTarget],
    name: str | None,
    partitions: str | None,
    every: str | None,
    first: str | None,
    last: str | None,
    tags_json: str | None,
    noprompt: bool,
) -> None:
    """Run a job for many partitions, all if none are named: as Dagster's command. `backfill launch` can do more."""
    if sum(each is not None for each in (partitions, every, first or last)) > 1:
        raise click.UsageError("give only one of --partitions, --all, and --from with --to")
    locations = load_locations(targets)
    location, job = find_job(locations, name or only_job(locations))
    with open_instance() as instance:
        plan = plan_backfill(
            location.repository,
            instance,
            location_name=location.name,
            job_name=job.name,
            partition_keys=None if partitions is None else [each.strip() for each in partitions.split(",")],
            partition_key_range=_range(job, first, last, instance) if first or last else None,
            wishes=BackfillWishes(tags=read_json(tags_json, "--tags")),
        )
        start(instance, plan, ask=not noprompt)


def _range(
    job: JobDefinition, first: str | None, last: str | None, instance: DagsterInstance
) -> PartitionKeyRange | None:
    """The range, open ends closed by the first or last partition there is; None if the job has none."""
    if job.partitions_def is None:
        return None
    with looking_from(instance.clock.now(), instance):
        start_key = first or job.partitions_def.get_first_partition_key()
        end_key = last or job.partitions_def.get_last_partition_key()
    return None if start_key is None or end_key is None else PartitionKeyRange(start_key, end_key)
