"""``watchbell asset``: list and materialize assets."""

from __future__ import annotations

import click

from watchbell.cli.asset_status import checks, chosen_keys, status
from watchbell.cli.code import code_options, load_locations, open_instance
from watchbell.cli.execution import execute_here
from watchbell.cli.job import read_config
from watchbell.cli.partition_options import (
    partition_option,
    partition_request,
    range_option,
    require_no_partitions,
    require_single_run,
)
from watchbell.cli.show import ago, json_option, show_rows
from watchbell.ground.errors import DagsterInvalidSubsetError
from watchbell.ground.suggest import did_you_mean
from watchbell.host.asset_launch import job_of_assets
from watchbell.host.targets import CodeTarget
from watchbell.record.keys import AssetKey


@click.group()
def asset() -> None:
    """List and materialize assets, and see how they are."""


@asset.command("list")
@click.option(
    "-s", "--select", "selection", metavar="SELECTION", help='Only these, e.g. "orders*", "a,b" or "group:raw".'
)
@code_options
@json_option
def list_(targets: list[CodeTarget], selection: str | None, as_json: bool) -> None:
    """List assets with what they are made from and when they were made last."""
    rows = []
    locations = load_locations(targets)
    with open_instance() as instance:
        now = instance.clock.now()
        graphs = [location.repository.asset_graph for location in locations]
        kept = None if selection is None else chosen_keys(selection, graphs)
        for at, location in enumerate(locations):
            snapshot = location.repository.snapshot(location.name)
            shown = [each for each in snapshot.assets if kept is None or each.key in kept[at]]
            states = instance.store.asset_states([each.key for each in shown])
            for each in shown:
                state = states.get(each.key)
                rows.append(
                    {
                        "asset": each.key.to_user_string(),
                        "group": each.group_name,
                        "checks": ", ".join(check.name for check in each.checks),
                        "made_from": [key.to_user_string() for key in each.deps],
                        "kinds": each.kinds,
                        "made": ago(state.materialized_at, now) if state is not None else "",
                        "description": each.description,
                    }
                )
    empty = "no assets are selected" if selection else "no assets are defined here"
    show_rows(rows, as_json=as_json, empty=empty, spare=("kinds", "checks", "group"))


@asset.command()
@click.option(
    "-s", "--select", "selection", required=True, metavar="SELECTION", help='Which, e.g. "orders*", "a,b" or "*".'
)
@click.option("-c", "--config", "config_files", multiple=True, metavar="FILE", help="YAML files of run config, merged.")
@click.option("--config-json", metavar="JSON", help="Run config as JSON.")
@partition_option
@range_option
@code_options
def materialize(
    targets: list[CodeTarget],
    selection: str,
    config_files: tuple[str, ...],
    config_json: str | None,
    partition: str | None,
    partition_range: str | None,
) -> None:
    """Make the selected assets here and now. Exit code 0 if all could be made, 1 if not."""
    config = read_config(config_files, config_json)
    locations = load_locations(targets)
    graphs = [location.repository.asset_graph for location in locations]
    found = zip(locations, graphs, chosen_keys(selection, graphs), strict=True)
    chosen = [(location, keys & graph.executable_keys) for location, graph, keys in found]
    if not any(keys for _, keys in chosen):
        raise DagsterInvalidSubsetError(f"{selection!r} selects no asset; `watchbell asset list` shows what there is")
    succeeded = True
    with open_instance() as instance:
        for location, keys in chosen:
            if not keys:
                continue
            job = job_of_assets(location.repository, keys)
            if partition_range is not None:
                require_single_run(location.repository.asset_graph, keys)
            elif partition is None:
                require_no_partitions(location.repository.asset_graph, keys)
            own, tags = partition_request(job, partition, partition_range, config, {}, instance)
            succeeded &= execute_here(job, instance, location.name, run_config=own, tags=tags, asset_keys=keys)
    raise SystemExit(0 if succeeded else 1)


@asset.command()
@click.argument("keys", nargs=-1)
@click.option("--all", "all_assets", is_flag=True, help="Every asset that was ever made.")
@click.option("--noprompt", is_flag=True, help="Do not ask.")
def wipe(keys: tuple[str, ...], all_assets: bool, noprompt: bool) -> None:
    """Forget that the assets KEYS were ever made, and their events; stored values stay where they are."""
    if bool(keys) == all_assets:
        raise click.UsageError("name the assets, e.g. `asset wipe orders raw/users`, or give --all")
    with open_instance() as instance:
        known = instance.get_asset_keys()
        chosen = [AssetKey.from_user_string(each) for each in keys] or known
        for key in chosen:
            if key not in known:
                near = did_you_mean(key.to_user_string(), [each.to_user_string() for each in known])
                raise DagsterInvalidSubsetError(f"asset {key.to_user_string()!r} was never made{near}")
        names = ", ".join(key.to_user_string() for key in chosen) or "nothing: no asset was ever made"
        if not noprompt:
            click.confirm(f"Forget {names}?", abort=True)
        instance.wipe_assets(chosen)
    click.echo(f"forgotten: {names}")


asset.add_command(status)
asset.add_command(checks)
