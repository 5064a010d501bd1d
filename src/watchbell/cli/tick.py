"""``watchbell tick``: what schedules and sensors did, tick by tick; and whether today's code would do the same."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click

from watchbell.cli.code import code_options, load_locations, open_instance
from watchbell.cli.main import show_error
from watchbell.cli.replay import Replayed, find_tick, recorded, replay
from watchbell.cli.show import COUNTING, json_option, show_facts, show_rows
from watchbell.cli.tick_rows import LogPage, line_json, log_options, print_line, print_tick, tick_json, tick_row
from watchbell.cli.tick_show import show_tick
from watchbell.ground.errors import DagsterError
from watchbell.ground.shown import harmless
from watchbell.ground.suggest import did_you_mean
from watchbell.host.targets import CodeTarget
from watchbell.instance import DagsterInstance
from watchbell.record.tick_store import TickOf

LOOKED_BACK = 10_000
"""Ticks that are looked at for those of one code location (count)."""
DIFFERENT, NO_REPLAY = 1, 2


@click.group()
def tick() -> None:
    """What schedules and sensors did, tick by tick; evaluate a tick once more."""


@tick.command("list")
@click.option("--failed", is_flag=True, help="Only ticks that failed.")
@click.option("-l", "--location", "location_name", metavar="NAME", help="Only of this code location.")
@log_options
def list_(failed: bool, location_name: str | None, **options: Any) -> None:
    """List ticks of all schedules and sensors, the newest first."""
    page = LogPage(**options)
    with open_instance() as instance:
        before_id, after_id = page.ids(instance)
        if location_name is not None:
            _check_location(instance, location_name)
            newest = (before_id or instance.store.last_tick_id() + 1) - 1
            after_id = max(after_id or 0, newest - LOOKED_BACK)
        found = instance.store.all_ticks(
            limit=page.limit, before_id=before_id, after_id=after_id, only_failed=failed, location_name=location_name
        )
        oldest = 0 if location_name is None or len(found) == page.limit else after_id or 0
    if page.has_lines and not page.as_json:
        for each in found:
            print_tick(each.tick, str(each.key))
    if not (page.has_lines and found) or page.as_json:
        rows = [_row(each, as_json=page.as_json) for each in found]
        empty = "no tick failed" if failed else "nothing has ticked"
        asks = page.since is not None or before_id is not None or location_name is not None
        show_rows(
            rows, as_json=page.as_json, empty=f"{empty}{' there' if asks else ' yet'}", spare=("took", "location")
        )
    if oldest > 0 and page.since is None:
        click.echo(f"looked back to tick {oldest + 1}; go on with --before-id {oldest + 1}", err=True)


@tick.command()
@click.argument("tick_id", metavar="ID", type=COUNTING)
@json_option
def show(tick_id: int, as_json: bool) -> None:
    """Show everything of one tick: why, cursor, runs, events, error, what it logged."""
    found = find_tick(tick_id)
    with open_instance() as instance:
        show_tick(instance, found, as_json=as_json)


@tick.command("replay")
@click.argument("tick_id", metavar="ID", type=COUNTING)
@click.option("--pdb", "debugs", is_flag=True, help="Open the debugger where the function raises.")
@code_options
@json_option
def replay_(targets: list[CodeTarget], tick_id: int, debugs: bool, as_json: bool) -> None:
    """Evaluate a tick once more, with the code as it is now, and print what is different.

    Nothing is stored or run. The exit code is 0 if the same came of it, 1 if something else did, 2 if it cannot be
    evaluated once more.
    """
    try:
        found = recorded(tick_id)
        done = replay(found, load_locations(targets), debugs=debugs, keeps_stdout=as_json)
    except DagsterError as error:
        show_error(error)
        sys.exit(NO_REPLAY)
    _show_replayed(done, as_json=as_json)
    if done.differences:
        sys.exit(DIFFERENT)


def _show_replayed(done: Replayed, *, as_json: bool) -> None:
    rows = [{"what": each.what, "then": each.then, "now": each.now} for each in done.differences]
    tick = done.found.tick
    if as_json:
        facts = {
            "tick": tick.tick_id,
            "is_same": not rows,
            "differences": rows,
            "error": None if done.answer.error is None else done.answer.error.to_string(),
            "notes": list(done.notes),
            "log": [line_json(line) for line in done.answer.log],
        }
        show_facts(facts, as_json=True)
        return
    began = f"cursor {tick.cursor_before!r}" if tick.cursor_before is not None else "no cursor"
    terms = f"for {tick.tick_at:%Y-%m-%d %H:%M:%S} UTC" if done.found.key.kind.value == "SCHEDULE" else f"with {began}"
    click.echo(f"tick {tick.tick_id} of {done.found.key}, evaluated once more {terms}")
    for line in done.answer.log:
        print_line(line)
    for note in done.notes:
        click.echo(f"note: {harmless(note)}")
    if not rows:
        click.echo(f"the same: {harmless(_outcome(done))}")
        return
    missing = "none"
    shown = [{name: missing if value is None else value for name, value in row.items()} for row in rows]
    show_rows(shown, as_json=False, empty="", title=f"{len(rows)} difference{'s' if len(rows) > 1 else ''}")
    click.echo("what the function reads elsewhere (files, other services, the machine's clock) is as it is now")
    if done.answer.error is not None:
        click.echo(f"\n{harmless(done.answer.error.to_string().rstrip())}")


def _outcome(done: Replayed) -> str:
    now = done.now
    if now.error is not None:
        return now.error
    if now.asked:
        return f"{len(now.asked)} run{'s' if len(now.asked) > 1 else ''} asked for"
    return f"skipped, {now.skip_reason}" if now.skip_reason else "called, and no run asked for"


def _row(found: TickOf, *, as_json: bool) -> dict[str, Any]:
    whose = {"kind": found.key.kind.value, "name": found.key.name, "location": found.key.location_name}
    if as_json:
        return {**tick_json(found.tick), **whose}
    row = tick_row(found.tick)
    name = f"{found.key.kind.value.lower()} {found.key.name}"
    return {"id": row["id"], "at": row["at"], "automation": name, "location": found.key.location_name} | row


def _check_location(instance: DagsterInstance, location_name: str) -> None:
    names: Sequence[str] = sorted({each.key.location_name for each in instance.store.automation_states()})
    if location_name not in names:
        raise click.BadParameter(
            f"no schedule or sensor of {location_name!r} ever ticked here{did_you_mean(location_name, names)}; "
            f"there is {', '.join(names) or 'none'}",
            param_hint="--location",
        )
