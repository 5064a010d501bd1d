"""``watchbell job``: list, launch and execute jobs."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from watchbell.cli.code import code_options, load_locations, open_instance
from watchbell.cli.execution import execute_here
from watchbell.cli.partition_options import partition_option, partition_request
from watchbell.cli.show import json_option, show_rows
from watchbell.declare.job import JobDefinition
from watchbell.declare.run_config import resolve_run_config
from watchbell.host.job_launch import cut_down, is_for_no_partition, queue_run
from watchbell.host.places import Place, find_job
from watchbell.host.targets import CodeTarget
from watchbell.services.lease import working_service

F = TypeVar("F", bound=Callable[..., Any])


op_selection_option: Callable[[F], F] = click.option(
    "-o", "--op-selection", "ops", metavar="SELECTION", help='Only these ops, e.g. "load" or "load+,count".'
)


class JobCommands(click.Group):
    """The commands about jobs; that of Dagster's which fills in partitions is loaded when it is used."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name; None if there is none."""
        if cmd_name == "backfill":
            command: click.Command = importlib.import_module("watchbell.cli.job_backfill").backfill
            return command
        return super().get_command(ctx, cmd_name)


@click.group(cls=JobCommands)
def job() -> None:
    """List, launch and execute jobs."""


@job.command("list")
@code_options
@json_option
def list_(targets: list[CodeTarget], as_json: bool) -> None:
    """List jobs with their size."""
    rows = [
        {
            "job": each.name,
            "location": location.name,
            "ops": len(each.nodes),
            "assets": len(each.asset_keys),
            "description": each.description,
        }
        for location in load_locations(targets)
        for each in location.repository.snapshot(location.name).jobs
        if not each.name.startswith("__")
    ]
    show_rows(rows, as_json=as_json, empty="no jobs are defined here")


@job.command()
@click.option("-j", "--job", "name", help="Which job; may be left out if there is only one.")
@click.option("-c", "--config", "config_files", multiple=True, metavar="FILE", help="YAML files of run config, merged.")
@click.option("--config-json", metavar="JSON", help="Run config as JSON.")
@click.option("--tags", "tags_json", metavar="JSON", help="Tags of the run as JSON.")
@op_selection_option
@partition_option
@code_options
def launch(
    targets: list[CodeTarget],
    name: str | None,
    config_files: tuple[str, ...],
    config_json: str | None,
    tags_json: str,
    ops: str | None,
    partition: str | None,
) -> None:
    """Put a run into the queue; the daemon starts it. Prints its id."""
    location, found = _chosen(load_locations(targets), name, ops)
    given = read_config(config_files, config_json)
    with open_instance() as instance:
        config, tags = partition_request(found, partition, None, given, read_json(tags_json, "--tags"), instance)
        _tell_of_partitions(found, tags)
        run = queue_run(found, instance, location.name, config, tags)
        if working_service(instance.store, instance.clock.now()) is None:
            click.echo("no daemon is running here; the run waits until one is (watchbell dev)", err=True)
    click.echo(run.run_id)


@job.command()
@click.option("-j", "--job", "name", help="Which job; may be left out if there is only one.")
@click.option("-c", "--config", "config_files", multiple=True, metavar="FILE", help="YAML files of run config, merged.")
@click.option("--config-json", metavar="JSON", help="Run config as JSON.")
@click.option("--tags", "tags_json", metavar="JSON", help="Tags of the run as JSON.")
@op_selection_option
@partition_option
@code_options
def execute(
    targets: list[CodeTarget],
    name: str | None,
    config_files: tuple[str, ...],
    config_json: str | None,
    tags_json: str,
    ops: str | None,
    partition: str | None,
) -> None:
    """Run a job here and now. Exit code 0 if it succeeds, 1 if not."""
    location, found = _chosen(load_locations(targets), name, ops)
    given = read_config(config_files, config_json)
    with open_instance() as instance:
        config, tags = partition_request(found, partition, None, given, read_json(tags_json, "--tags"), instance)
        _tell_of_partitions(found, tags)
        resolve_run_config(found, config)  # every mistake is told before there is a run
        succeeded = execute_here(found, instance, location.name, run_config=config, tags=tags)
    raise SystemExit(0 if succeeded else 1)


def _tell_of_partitions(job: JobDefinition, tags: Mapping[str, str]) -> None:
    """A run for no partition is allowed, but seldom meant."""
    if is_for_no_partition(job, tags):
        click.echo(
            f"job {job.name!r} has partitions, and this run is for none of them; --partition KEY says which", err=True
        )


def _chosen(locations: list[Place], name: str | None, ops: str | None) -> tuple[Place, JobDefinition]:
    location, found = find_job(locations, name or only_job(locations))
    return location, cut_down(found, () if ops is None else ops.split(","))


def only_job(locations: list[Place]) -> str:
    """The name of the only job there is.

    Raises:
        click.UsageError: there are several, or none.
    """
    names = [each for location in locations for each in location.repository.job_names if not each.startswith("__")]
    if len(names) == 1:
        return names[0]
    raise click.UsageError(f"say which job with -j: {', '.join(sorted(names)) or 'there are none'}")


def read_config(files: tuple[str, ...], text: str | None) -> dict[str, Any]:
    """The run config from YAML files (later ones win, deeply) and JSON text.

    Raises:
        click.UsageError: a file is missing, or something is no mapping.
    """
    merged: dict[str, Any] = {}
    for file in files:
        _merge(merged, _yaml_mapping(Path(file)))
    _merge(merged, read_json(text, "--config-json"))
    return merged


def read_json(text: str | None, option: str) -> dict[str, Any]:
    """A JSON object given on the command line; empty for None.

    Raises:
        click.UsageError: it is no JSON object; says where.
    """
    if text is None:
        return {}
    try:
        value = json.loads(text)
    except ValueError as error:
        raise click.UsageError(f"{option} is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise click.UsageError(f'{option} is a JSON object such as {{"key": "value"}}, not {value!r}')
    return value


def _yaml_mapping(path: Path) -> dict[str, Any]:
    import yaml

    try:
        value = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise click.UsageError(f"{path} cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{path} is not YAML: {error}") from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise click.UsageError(f"{path} holds {type(value).__name__}, expected a mapping such as `ops: ...`")
    return value


def _merge(into: dict[str, Any], more: dict[str, Any]) -> None:
    for key, value in more.items():
        held = into.get(key)
        if isinstance(held, dict) and isinstance(value, dict):
            _merge(held, value)
        else:
            into[key] = value
