"""``watchbell definitions``: check definitions without running anything."""

from __future__ import annotations

import os

import click

from watchbell.cli.code import code_options, load_locations
from watchbell.cli.dagster_flags import accepts_dagster_flags
from watchbell.cli.show import json_option, show_rows
from watchbell.declare.doubts import doubts_about
from watchbell.host.targets import CodeTarget


@click.group()
def definitions() -> None:
    """Check definitions without running anything."""


@definitions.command()
@accepts_dagster_flags
@code_options
@json_option
def validate(targets: list[CodeTarget], as_json: bool) -> None:
    """Load the code and check everything it defines. Exit code 0 if it is sound, 1 with the mistake if not."""
    os.environ["DAGSTER_IS_DEFS_VALIDATION_CLI"] = "1"  # code that looks for it may leave out what needs the network
    rows, doubts = [], []
    for location in load_locations(targets):
        location.repository.validate_loadable()
        snapshot = location.repository.snapshot(location.name)
        warnings = [*snapshot.warnings, *doubts_about(location.repository.asset_graph)]
        doubts += warnings
        rows.append(
            {
                "location": location.name,
                "assets": len(snapshot.assets),
                "jobs": sum(not each.name.startswith("__") for each in snapshot.jobs),
                "schedules": len(snapshot.schedules),
                "sensors": len(snapshot.sensors),
                "warnings": warnings if as_json else len(warnings) or "",
            }
        )
    show_rows(rows, as_json=as_json, empty="nothing was loaded")
    if not as_json:
        for text in doubts:
            click.secho(f"warning: {text}", fg="yellow")
        click.secho("all definitions are sound", fg="green")
