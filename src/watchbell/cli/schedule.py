"""``watchbell schedule``: list, start, stop and preview schedules; read their ticks."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import Any

import click

from watchbell.automate.due import is_on
from watchbell.automate.switch import started, stopped
from watchbell.cli.automation import show_log, show_preview, state_text, states_by_key, told_as
from watchbell.cli.code import code_options, find_schedule, load_locations, open_instance
from watchbell.cli.show import ago, json_option, show_rows
from watchbell.declare.automation.schedule import DefaultScheduleStatus, ScheduleDefinition, ScheduleEvaluationContext
from watchbell.ground.cron import Cron
from watchbell.ground.errors import ScheduleExecutionError
from watchbell.host.targets import CodeTarget
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState, TickStatus
from watchbell.services.switch import change_state

FIRES_SHOWN = 5


@click.group()
def schedule() -> None:
    """List, start, stop and preview schedules; read their ticks."""


@schedule.command("list")
@code_options
@json_option
def list_(targets: list[CodeTarget], as_json: bool) -> None:
    """List schedules: on or off, cron, next and last tick."""
    locations = load_locations(targets)
    with open_instance() as instance:
        states = states_by_key(instance)
        now = instance.clock.now()
        rows = []
        for location in locations:
            for each in location.repository.schedule_defs:
                key = AutomationKey(location.name, AutomationKind.SCHEDULE, each.name)
                state = states.get(key) or AutomationState(key)
                rows.append(_row(each, state, now))
    show_rows(rows, as_json=as_json, empty="no schedules are defined here")


@schedule.command()
@click.argument("name")
@code_options
def start(targets: list[CodeTarget], name: str) -> None:
    """Turn schedule NAME on; it owes nothing for the time before."""
    key, _, definition = find_schedule(load_locations(targets), name)
    with open_instance() as instance:
        now = instance.clock.now()
        change_state(instance.store, key, lambda state: started(state, now), now)
    click.echo(f"schedule {name} is on; it fires next at {_cron(definition).next_after(now).isoformat(' ')}")


@schedule.command()
@click.argument("name")
@code_options
def stop(targets: list[CodeTarget], name: str) -> None:
    """Turn schedule NAME off."""
    key, _, _ = find_schedule(load_locations(targets), name)
    with open_instance() as instance:
        change_state(instance.store, key, stopped, instance.clock.now())
    click.echo(f"schedule {name} is off")


@schedule.command()
@click.argument("name")
@click.option(
    "--at", type=click.DateTime(), help="The time to evaluate for, in the schedule's zone; default: its next."
)
@code_options
@json_option
def preview(targets: list[CodeTarget], name: str, at: datetime | None, as_json: bool) -> None:
    """Show when schedule NAME fires next and what it would request then. Nothing is stored or run."""
    _, location, definition = find_schedule(load_locations(targets), name)
    cron = _cron(definition)
    with open_instance() as instance:
        now = instance.clock.now()
        fires = list(islice(cron.fires(after=now), FIRES_SHOWN))
        moment = fires[0] if at is None else at.replace(tzinfo=fires[0].tzinfo)
        context = ScheduleEvaluationContext(
            name, scheduled_execution_time=moment, instance=instance, repository_def=location.repository
        )
        with context, told_as(ScheduleExecutionError, definition.name):
            result = definition.evaluate_tick(context)
            requests = [location.repository.resolve_request(definition, each) for each in result.run_requests or ()]
            lines = [line.message for line in context.log.lines]
    facts: dict[str, Any] = {"fires": [each.isoformat(" ") for each in fires], "evaluated_for": moment.isoformat(" ")}
    show_preview(facts, requests, result.skip_message, lines, as_json=as_json)


@schedule.command()
@click.argument("name")
@click.option("-n", "--limit", default=20, show_default=True, type=click.IntRange(1), help="At most so many.")
@click.option("-s", "--status", "statuses", multiple=True, type=click.Choice([each.value for each in TickStatus]))
@code_options
@json_option
def logs(targets: list[CodeTarget], name: str, limit: int, statuses: tuple[str, ...], as_json: bool) -> None:
    """Show the ticks of schedule NAME, the newest first."""
    key, _, _ = find_schedule(load_locations(targets), name)
    show_log(key, limit, statuses, as_json=as_json)


def _row(definition: ScheduleDefinition, state: AutomationState, now: datetime) -> dict[str, Any]:
    on = is_on(state, definition.default_status == DefaultScheduleStatus.RUNNING)
    cron = _cron(definition)
    return {
        "schedule": definition.name,
        "status": state_text(state, on),
        "cron": ", ".join(cron.texts),
        "zone": cron.zone,
        "job": definition.job_name if definition.has_job else None,
        "next_tick": cron.next_after(now) if on else None,
        "last_tick": ago(state.last_tick_at, now),
    }


def _cron(definition: ScheduleDefinition) -> Cron:
    return Cron.of(definition.cron_schedule, definition.execution_timezone)
