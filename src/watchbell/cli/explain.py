"""``watchbell explain``: why a schedule, a sensor, a run or an asset did or did not run, in plain words."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import click

from watchbell.automate.explain.explanation import Branch, Explanation, Mark
from watchbell.automate.explain.run import explain_run
from watchbell.automate.explain.schedule import explain_schedule
from watchbell.automate.explain.sensor import explain_sensor
from watchbell.cli.code import code_options, location_option, open_instance
from watchbell.cli.explain_automation import Code, schedule_facts, sensor_facts
from watchbell.cli.explain_run import run_facts
from watchbell.cli.run import find_run
from watchbell.cli.show import Drawn, json_option, show_facts
from watchbell.cli.when import TimeText, in_zone, instant_of
from watchbell.ground.shown import harmless
from watchbell.host.targets import CodeTarget

MARKS = {Mark.TRUE: "+", Mark.FALSE: "-", Mark.NOT_REACHED: ".", Mark.UNKNOWN: "?"}
COLOURS = {Mark.TRUE: "green", Mark.FALSE: "red", Mark.NOT_REACHED: None, Mark.UNKNOWN: "yellow"}


@click.group()
def explain() -> None:
    """Say in plain words why something did or did not run, and what can change it next."""


@explain.command()
@click.argument("name")
@click.option("--at", type=TimeText(or_length=True), help="At this time, in the schedule's zone; default: its last.")
@location_option
@code_options
@json_option
def schedule(
    targets: list[CodeTarget], name: str, at: datetime | timedelta | None, location_name: str | None, as_json: bool
) -> None:
    """Say why schedule NAME ran, or did not, the last time or at another one."""
    code = Code(targets)
    with open_instance() as instance:
        facts = schedule_facts(code, instance, name, location_name, None)
        if at is not None:
            now = instance.clock.now()
            asked = now - at if isinstance(at, timedelta) else in_zone(at, facts.zone, "--at")
            facts = schedule_facts(code, instance, name, location_name, asked)
    show_explanation(explain_schedule(facts), as_json=as_json)


@explain.command()
@click.argument("name")
@click.option("--at", type=TimeText(or_length=True), help="At this time, UTC; default: its last evaluation.")
@location_option
@code_options
@json_option
def sensor(
    targets: list[CodeTarget], name: str, at: datetime | timedelta | None, location_name: str | None, as_json: bool
) -> None:
    """Say why sensor NAME asked for runs, or did not, the last time or at another one."""
    code = Code(targets)
    with open_instance() as instance:
        asked = instant_of(at, instance.clock.now(), "--at")
        facts = sensor_facts(code, instance, name, location_name, asked)
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


def show_explanation(explanation: Explanation, *, as_json: bool) -> None:
    """Prints an explanation: the sentence, what it rests on, what can change it, and the tree."""
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
        _show_branch(explanation.tree, 0)


def _show_branch(branch: Branch, depth: int) -> None:
    mark = click.style(MARKS[branch.mark], fg=COLOURS[branch.mark])
    blame = "*" if branch.is_blamed else " "
    seen = f"  ({harmless(branch.seen)})" if branch.seen else ""
    click.echo(Drawn(f"{blame} {'  ' * depth}{mark} {harmless(branch.text)}{seen}"))
    for each in branch.children:
        _show_branch(each, depth + 1)
