"""``watchbell instance``: what is stored where, and migrating the database."""

from __future__ import annotations

import click

from watchbell.cli.code import home_folder, open_instance
from watchbell.cli.concurrency import concurrency
from watchbell.cli.show import json_option, show_facts
from watchbell.ground.upward import call_upward
from watchbell.services.lease import working_service


@click.group()
def instance() -> None:
    """What is stored where; migrate the database; slots of pools."""


instance.add_command(concurrency)


@instance.command()
@json_option
def info(as_json: bool) -> None:
    """Show the home folder, the database and the settings."""
    with open_instance() as opened:
        service = working_service(opened.store, opened.clock.now())
        daemon = "not running" if service is None else f"running ({service})"
        facts = {"home": str(opened.home), "daemon": daemon, **opened.store.info()}
        facts |= {f"setting {name}": value for name, value in vars(opened.settings).items()}
    show_facts(facts, as_json=as_json)


@instance.command()
def migrate() -> None:
    """Bring an older database to this version; a newer one is refused. Nothing happens if it is up to date."""
    click.echo(call_upward("migrate_store", home_folder()))
