"""``watchbell instance concurrency``: how many slots pools have, and who has them."""

from __future__ import annotations

import click

from watchbell.cli.code import open_instance
from watchbell.cli.show import json_option, show_rows


@click.group()
def concurrency() -> None:
    """How many slots pools have."""


@concurrency.command()
@click.argument("pool", required=False)
@click.option("--all", "all_pools", is_flag=True, help="Every pool that has a limit or is in use.")
@json_option
def get(pool: str | None, all_pools: bool, as_json: bool) -> None:
    """Show the slots of a pool: how many, taken by which runs, and who waits."""
    if pool is None and not all_pools:
        raise click.UsageError("name a pool, or give --all for every one")
    with open_instance() as opened:
        limits = opened.event_log_storage
        pools = sorted(limits.get_concurrency_keys()) if pool is None else [pool]
        found = [limits.get_concurrency_info(each) for each in pools]
        rows = [
            {
                "pool": each.concurrency_key,
                "slots": each.slot_count,
                "taken": each.active_slot_count,
                "waiting": each.pending_step_count,
                "runs": ", ".join(sorted(each.active_run_ids)),
            }
            for each in found
        ]
    show_rows(
        rows, as_json=as_json, empty="no pool has a limit; set one: watchbell instance concurrency set POOL SLOTS"
    )


@concurrency.command("set")
@click.argument("pool")
@click.argument("slots", type=click.IntRange(0))
def set_(pool: str, slots: int) -> None:
    """Give a pool so many slots. Steps that have one keep it."""
    with open_instance() as opened:
        opened.event_log_storage.set_concurrency_slots(pool, slots)
    click.echo(f"pool {pool} has {slots} {'slot' if slots == 1 else 'slots'}")


@concurrency.command()
@click.argument("pool")
def unset(pool: str) -> None:
    """Take a pool's limit away: the setting pool_default_limit counts again."""
    with open_instance() as opened:
        opened.event_log_storage.delete_concurrency_limit(pool)
    click.echo(f"pool {pool} has no limit of its own any more")
