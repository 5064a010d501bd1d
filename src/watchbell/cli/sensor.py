"""``watchbell sensor``: list, start, stop and preview sensors; their cursors and ticks."""

from __future__ import annotations

from typing import Any

import click

from watchbell.automate.due import is_on
from watchbell.automate.switch import started, stopped, with_cursor
from watchbell.cli.automation import show_log, show_preview, state_text, states_by_key, told_as
from watchbell.cli.code import code_options, find_sensor, load_locations, open_instance
from watchbell.cli.show import ago, json_option, show_rows
from watchbell.declare.automation.run_status_sensor import RunStatusSensorDefinition
from watchbell.declare.automation.sensor import DefaultSensorStatus
from watchbell.declare.automation.sensor_context import SensorEvaluationContext
from watchbell.ground.errors import SensorExecutionError
from watchbell.host.targets import CodeTarget
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState, TickStatus
from watchbell.services.switch import change_state


@click.group()
def sensor() -> None:
    """List, start, stop and preview sensors; their cursors and ticks."""


@sensor.command("list")
@code_options
@json_option
def list_(targets: list[CodeTarget], as_json: bool) -> None:
    """List sensors: on or off, interval, cursor, last tick."""
    locations = load_locations(targets)
    with open_instance() as instance:
        states = states_by_key(instance)
        now = instance.clock.now()
        rows = []
        for location in locations:
            for each in location.repository.sensor_defs:
                key = AutomationKey(location.name, AutomationKind.SENSOR, each.name)
                state = states.get(key) or AutomationState(key)
                on = is_on(state, each.default_status == DefaultSensorStatus.RUNNING)
                rows.append(
                    {
                        "sensor": each.name,
                        "status": state_text(state, on),
                        "interval": f"{each.minimum_interval_seconds:g} s",
                        "cursor": _short(state.cursor),
                        "last_tick": ago(state.last_tick_at, now),
                    }
                )
    show_rows(rows, as_json=as_json, empty="no sensors are defined here")


@sensor.command()
@click.argument("name")
@code_options
def start(targets: list[CodeTarget], name: str) -> None:
    """Turn sensor NAME on."""
    key, _, definition = find_sensor(load_locations(targets), name)
    with open_instance() as instance:
        now = instance.clock.now()
        change_state(instance.store, key, lambda state: started(state, now), now)
    interval = f"{definition.minimum_interval_seconds:g} s"
    follows_runs = isinstance(definition, RunStatusSensorDefinition)
    click.echo(f"sensor {name} is on; {'runs wake it' if follows_runs else 'it is evaluated'} every {interval} at most")


@sensor.command()
@click.argument("name")
@code_options
def stop(targets: list[CodeTarget], name: str) -> None:
    """Turn sensor NAME off; its cursor stays."""
    key, _, _ = find_sensor(load_locations(targets), name)
    with open_instance() as instance:
        change_state(instance.store, key, stopped, instance.clock.now())
    click.echo(f"sensor {name} is off")


@sensor.command()
@click.argument("name")
@click.option("--cursor", help="Evaluate with this cursor instead of the stored one.")
@code_options
@json_option
def preview(targets: list[CodeTarget], name: str, cursor: str | None, as_json: bool) -> None:
    """Evaluate sensor NAME and show what it would request. Nothing is stored or run."""
    key, location, definition = find_sensor(load_locations(targets), name)
    with open_instance() as instance:
        state = instance.store.automation_state(key) or AutomationState(key)
        before = state.cursor if cursor is None else cursor
        context = SensorEvaluationContext(
            name, instance=instance, cursor=before, repository_def=location.repository, last_run_key=state.last_run_key
        )
        with context, told_as(SensorExecutionError, definition.name):
            result = definition.evaluate_tick(context)
            requests = [location.repository.resolve_request(definition, each) for each in result.run_requests or ()]
            lines = [line.message for line in context.log.lines]
    facts: dict[str, Any] = {"cursor_before": before, "cursor_after": result.cursor or before}
    show_preview(facts, requests, result.skip_message, lines, as_json=as_json)


@sensor.command()
@click.argument("name")
@click.option("--set", "value", help="Store this cursor.")
@click.option("--delete", is_flag=True, help="Forget the cursor: the sensor starts anew.")
@code_options
def cursor(targets: list[CodeTarget], name: str, value: str | None, delete: bool) -> None:
    """Print the cursor of sensor NAME, or change it."""
    if delete and value is not None:
        raise click.UsageError("give --set or --delete, not both")
    key, _, _ = find_sensor(load_locations(targets), name)
    with open_instance() as instance:
        if delete or value is not None:
            change_state(instance.store, key, lambda state: with_cursor(state, value), instance.clock.now())
        state = instance.store.automation_state(key)
    click.echo(state.cursor if state is not None and state.cursor is not None else "")


@sensor.command()
@click.argument("name")
@click.option("-n", "--limit", default=20, show_default=True, type=click.IntRange(1), help="At most so many.")
@click.option("-s", "--status", "statuses", multiple=True, type=click.Choice([each.value for each in TickStatus]))
@code_options
@json_option
def logs(targets: list[CodeTarget], name: str, limit: int, statuses: tuple[str, ...], as_json: bool) -> None:
    """Show the ticks of sensor NAME, the newest first."""
    key, _, _ = find_sensor(load_locations(targets), name)
    show_log(key, limit, statuses, as_json=as_json)


def _short(cursor: str | None) -> str:
    if cursor is None:
        return ""
    return cursor if len(cursor) <= 40 else f"{cursor[:37]}…"
