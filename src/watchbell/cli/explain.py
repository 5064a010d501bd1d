"""``watchbell explain``: why a schedule, a sensor, a run or an asset did or did not run, in plain words."""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext, redirect_stdout
from datetime import datetime, timedelta

import click

from watchbell.automate.explain.asset import explain_asset
from watchbell.automate.explain.explanation import Branch, Explanation, Mark
from watchbell.automate.explain.run import explain_run
from watchbell.automate.explain.schedule import explain_schedule
from watchbell.automate.explain.sensor import explain_sensor
from watchbell.cli.code import NamedCode, code_options_unread, load_locations, location_option, open_instance
from watchbell.cli.run import find_run
from watchbell.cli.show import Drawn, json_option, show_facts
from watchbell.cli.when import TimeText, in_zone, instant_of
from watchbell.ground.errors import DagsterUnknownPartitionError, NoCodeNamedError, UserCodeLoadError
from watchbell.ground.shown import harmless
from watchbell.services.explain.asset import AssetQuestion, asset_facts
from watchbell.services.explain.automation import schedule_facts, sensor_facts
from watchbell.services.explain.place import Code
from watchbell.services.explain.run import run_facts
from watchbell.store.look_only import Look, looking_only

MARKS = {Mark.TRUE: "+", Mark.FALSE: "-", Mark.NOT_REACHED: ".", Mark.UNKNOWN: "?"}
COLOURS = {Mark.TRUE: "green", Mark.FALSE: "red", Mark.NOT_REACHED: None, Mark.UNKNOWN: "yellow"}


@click.group()
def explain() -> None:
    """Say in plain words why something did or did not run, and what can change it next."""


@explain.command()
@click.argument("name")
@click.option("--at", type=TimeText(or_length=True), help="At this time, in the schedule's zone; default: its last.")
@location_option
@code_options_unread
@json_option
def schedule(
    code: NamedCode, name: str, at: datetime | timedelta | None, location_name: str | None, as_json: bool
) -> None:
    """Say why schedule NAME ran, or did not, the last time or at another one."""
    loaded = _loaded(code)
    with open_instance() as instance:
        facts = schedule_facts(loaded, instance, name, location_name, None)
        if at is not None:
            now = instance.clock.now()
            asked = now - at if isinstance(at, timedelta) else in_zone(at, facts.zone, "--at")
            facts = schedule_facts(loaded, instance, name, location_name, asked)
    show_explanation(explain_schedule(facts), as_json=as_json)


@explain.command()
@click.argument("name")
@click.option("--at", type=TimeText(or_length=True), help="At this time, UTC; default: its last evaluation.")
@location_option
@code_options_unread
@json_option
def sensor(
    code: NamedCode, name: str, at: datetime | timedelta | None, location_name: str | None, as_json: bool
) -> None:
    """Say why sensor NAME asked for runs, or did not, the last time or at another one."""
    loaded = _loaded(code)
    with open_instance() as instance:
        asked = instant_of(at, instance.clock.now(), "--at")
        facts = sensor_facts(loaded, instance, name, location_name, asked)
    show_explanation(explain_sensor(facts), as_json=as_json)


@explain.command()
@click.argument("run_id")
@json_option
def run(run_id: str, as_json: bool) -> None:
    """Say where a run stands and why: why it waits, failed, was canceled; who asked for it.

    RUN_ID may be its beginning.
    """
    with open_instance() as instance:
        facts = run_facts(instance, find_run(instance, run_id))
    show_explanation(explain_run(facts), as_json=as_json)


@explain.command()
@click.argument("key")
@click.option("--partition", metavar="KEY", help="One partition of it.")
@click.option("--at", type=TimeText(or_length=True), help="At this time, UTC; default: now.")
@click.option("--tree", "is_whole", is_flag=True, help="Show all of the condition, not only what the answer is of.")
@click.option("--now", "is_now", is_flag=True, help="Evaluate it as things are now; nothing is stored or run.")
@location_option
@code_options_unread
@json_option
def asset(
    code: NamedCode,
    key: str,
    partition: str | None,
    at: datetime | timedelta | None,
    is_whole: bool,
    is_now: bool,
    location_name: str | None,
    as_json: bool,
) -> None:
    """Say why asset KEY was, or was not, asked for by its condition: what blocked, what was seen.

    KEY may be a check, orders:not_null, or a job that has a condition, "job nightly". The stored evaluations are read;
    code is loaded if it is named, and where the record does not suffice.
    """
    if is_now and at is not None:
        raise click.UsageError("give --at or --now, not both")

    def loaded(is_needed: bool) -> Code | None:
        if not (code.is_said or is_needed):
            return None
        found = _loaded(code)
        if found.refusal is not None and code.is_said:
            raise found.refusal
        return found

    quiet = redirect_stdout(sys.stderr) if is_now else nullcontext()  # conditions of one's own may print
    with looking_only(Look()) if is_now else nullcontext(), open_instance() as instance, quiet:
        asked_at = instant_of(at, instance.clock.now(), "--at")
        try:
            facts = asset_facts(loaded, instance, AssetQuestion(key, partition, asked_at, location_name, is_now))
        except DagsterUnknownPartitionError as error:
            raise click.BadParameter(str(error), param_hint="--partition") from error
    show_explanation(explain_asset(facts), as_json=as_json, is_whole=is_whole)


def _loaded(named: NamedCode) -> Code:
    """The code of this command, as far as it loads; where nobody says which it is, the record has to do."""
    try:
        return Code(load_locations(named.targets()))
    except UserCodeLoadError as error:
        return Code((), error, None if isinstance(error, NoCodeNamedError) else str(error))


def show_explanation(explanation: Explanation, *, as_json: bool, is_whole: bool = False) -> None:
    """Prints an explanation: the sentence, what it rests on, what can change it, and the tree.

    Args:
        explanation: what is told.
        as_json: for a program, whole.
        is_whole: whether the parts of the tree that the answer is not because of are shown as well.
    """
    if as_json:
        click.echo(json.dumps(explanation.as_json(), indent=1))
        return
    click.secho(harmless(explanation.sentence), bold=True)
    told: dict[str, object] = dict(explanation.details)
    if explanation.next_change:
        told = {"next change": "\n".join(explanation.next_change), **told}
    if told:
        click.echo()
        show_facts(told, as_json=False)
    if explanation.tree is not None:
        click.echo()
        click.echo("+ true   - false   . not reached   ? unknown   * because of this")
        _show_branch(explanation.tree, 0, is_whole=is_whole)


def _show_branch(branch: Branch, depth: int, *, is_whole: bool) -> None:
    is_open = is_whole or branch.has_blame
    text = branch.text if is_open or not branch.line else branch.line
    mark = click.style(MARKS[branch.mark], fg=COLOURS[branch.mark])
    blame = "*" if branch.is_blamed else " "
    seen = f"  ({harmless(branch.seen)})" if branch.seen else ""
    click.echo(Drawn(f"{blame} {'  ' * depth}{mark} {harmless(text)}{seen}"))
    for each in branch.children if is_open else ():
        _show_branch(each, depth + 1, is_whole=is_whole)
