"""``watchbell sensor``: list, start, stop, pause and preview sensors; their cursors and ticks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import click

from watchbell.automate.conditions.cursor import ConditionCursor
from watchbell.automate.due import is_on
from watchbell.automate.switch import started, stopped, with_cursor
from watchbell.cli.automation import change_each, one_or_all, show_log, state_text, states_by_key, status_option
from watchbell.cli.code import code_options, load_locations, location_option, open_instance
from watchbell.cli.pause import pause_command, resume_command
from watchbell.cli.rehearsal import rehearse, show_preview
from watchbell.cli.run import find_run
from watchbell.cli.sensor_lag import interval_text, wake_text
from watchbell.cli.show import COUNTING, ago, json_option, show_rows
from watchbell.cli.tick_rows import LogPage, log_options
from watchbell.declare.automation.sensor import DefaultSensorStatus, SensorDefinition, SensorType
from watchbell.host.places import Place, find_sensor, within
from watchbell.host.rehearsal import (
    check_cursor,
    cursor_after,
    event_numbered,
    event_of_run,
    is_of_runs,
    sensor_question,
)
from watchbell.host.targets import CodeTarget
from watchbell.instance import DagsterInstance
from watchbell.record.event import EventLogEntry
from watchbell.record.labels import labels_json
from watchbell.record.log_text import about
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState
from watchbell.services.sensor_words import lag_texts, meaning_of_cursor
from watchbell.services.switch import change_state
from watchbell.store.look_only import Look


@click.group()
def sensor() -> None:
    """List, start, stop, pause and preview sensors; their cursors and ticks."""


@sensor.command("list")
@click.option("--running", is_flag=True, help="Only those that are on.")
@click.option("--stopped", is_flag=True, help="Only those that are off.")
@click.option("--name", "only_names", is_flag=True, help="Print names alone.")
@location_option
@code_options
@json_option
def list_(
    targets: list[CodeTarget],
    running: bool,
    stopped: bool,
    only_names: bool,
    location_name: str | None,
    as_json: bool,
) -> None:
    """List sensors: on or off, interval, cursor, last tick, and how many run events wait for those of runs."""
    found = _found(load_locations(targets), None, location_name)
    with open_instance() as instance:
        states = states_by_key(instance)
        now = instance.clock.now()
        lags = lag_texts(instance.store, found, states, now)
    rows = []
    for key, each in found:
        state = states.get(key) or AutomationState(key)
        on = is_on(state, each.default_status == DefaultSensorStatus.RUNNING)
        if running in (stopped, on):
            labels = labels_json(each) if as_json else {}
            rows.append({**_row(each, state, on, now), "waiting": lags.get(key, ""), **labels})
    if only_names and not as_json:
        click.echo("".join(f"{row['sensor']}\n" for row in rows), nl=False)
        return
    show_rows(rows, as_json=as_json, empty="no sensors are defined here")


@sensor.command()
@click.argument("name", required=False)
@click.option("--start-all", is_flag=True, help="Every sensor, instead of one.")
@location_option
@one_or_all("--start-all")
@code_options
def start(targets: list[CodeTarget], name: str | None, start_all: bool, location_name: str | None) -> None:
    """Turn sensor NAME on."""
    found = _found(load_locations(targets), name, location_name)
    with open_instance() as instance:
        now = instance.clock.now()
        newest = instance.store.last_event_id()
        change_each(instance, [key for key, _ in found], lambda state: started(state, now, newest))
    for key, definition in found:
        place = f" of {key.location_name}" if sum(each.name == key.name for each, _ in found) > 1 else ""
        click.echo(f"sensor {key.name}{place} is on; {wake_text(definition)}")
    if not found:
        click.echo("no sensors are defined here")


@sensor.command()
@click.argument("name")
@location_option
@code_options
def stop(targets: list[CodeTarget], name: str, location_name: str | None) -> None:
    """Turn sensor NAME off; its cursor stays."""
    key, _, _ = find_sensor(load_locations(targets), name, location_name)
    with open_instance() as instance:
        change_each(instance, [key], stopped)
    click.echo(f"sensor {name} is off")


@sensor.command()
@click.argument("name")
@click.option("--cursor", help="Evaluate with this cursor instead of the stored one.")
@click.option("--event", "event_id", type=COUNTING, metavar="ID", help="Of runs: for this event of the log.")
@click.option("--run", "run_id", metavar="RUN_ID", help="Of runs: for this run, if it came to the state in question.")
@click.option("--last-run-key", "--last_run_key", metavar="KEY", help="As if this had been the last run key.")
@click.option(
    "--since", type=float, metavar="SECONDS", help="As if the last tick had ended then, in seconds since 1970."
)
@location_option
@code_options
@json_option
def preview(
    targets: list[CodeTarget],
    name: str,
    cursor: str | None,
    event_id: int | None,
    run_id: str | None,
    location_name: str | None,
    as_json: bool,
    **last: Any,
) -> None:
    """Evaluate sensor NAME and show what it would request. Nothing is stored or run."""
    key, location, definition = find_sensor(load_locations(targets), name, location_name)
    facts: dict[str, Any] = {}
    with open_instance() as instance:
        state = instance.store.automation_state(key) or AutomationState(key)
        before = state.cursor if cursor is None else cursor
        if cursor is not None and not is_of_runs(definition):
            check_cursor(instance, definition, cursor)
        begins = " ".join(meaning_of_cursor(instance, definition, before))
        entry = None
        if event_id is not None or run_id is not None:
            entry = _run_event(instance, definition, event_id, run_id)
            facts["event"] = f"{entry.storage_id}: {about(entry)}"
    since = last["since"]
    evaluation = sensor_question(
        state,
        cursor=before,
        last_run_key=last["last_run_key"],
        last_tick_at=None if since is None else _instant(since),
        entry=entry,
    )
    answer = rehearse(location, evaluation, Look(), keeps_stdout=as_json)
    answers = answer.parts or (answer,)
    is_of_conditions = definition.sensor_type is SensorType.AUTOMATION
    if is_of_conditions:
        facts["begins at"] = begins
    else:
        facts.update(cursor_before=before, cursor_after=cursor_after(answer, before))
    show_preview(facts, evaluation, answers, as_json=as_json, is_of_conditions=is_of_conditions)
    if is_of_conditions and not as_json:
        click.echo("`watchbell explain asset KEY --now` tells why one of its assets is asked for, or is not")


@sensor.command()
@click.argument("name")
@click.option("--set", "value", help="Store this cursor.")
@click.option("--delete", is_flag=True, help="Forget the cursor: the sensor starts anew.")
@location_option
@code_options
def cursor(targets: list[CodeTarget], name: str, value: str | None, delete: bool, location_name: str | None) -> None:
    """Print the cursor of sensor NAME, or change it; what it means is told on stderr."""
    if delete and value is not None:
        raise click.UsageError("give --set or --delete, not both")
    key, _, definition = find_sensor(load_locations(targets), name, location_name)
    with open_instance() as instance:
        if value is not None:
            check_cursor(instance, definition, value)
        if delete or value is not None:
            change_state(instance.store, key, lambda state: with_cursor(state, value), instance.clock.now())
        state = instance.store.automation_state(key)
        stored = None if state is None else state.cursor
        meaning = meaning_of_cursor(instance, definition, stored)
    click.echo(stored or "")
    for line in meaning:
        click.echo(line, err=True)


@sensor.command()
@click.argument("name")
@status_option
@log_options
@location_option
@code_options
def logs(
    targets: list[CodeTarget], name: str, statuses: tuple[str, ...], location_name: str | None, **page: Any
) -> None:
    """Show the ticks of sensor NAME, the newest first."""
    key, _, _ = find_sensor(load_locations(targets), name, location_name)
    show_log(key, LogPage(**page), statuses)


sensor.add_command(pause_command(AutomationKind.SENSOR))
sensor.add_command(resume_command(AutomationKind.SENSOR))


def _found(
    locations: Sequence[Place], name: str | None, location_name: str | None
) -> list[tuple[AutomationKey, SensorDefinition]]:
    """The sensor of that name, or, without one, all of them."""
    if name is not None:
        key, _, definition = find_sensor(locations, name, location_name)
        return [(key, definition)]
    return [
        (AutomationKey(location.name, AutomationKind.SENSOR, each.name), each)
        for location in within(locations, location_name)
        for each in location.repository.sensor_defs
    ]


def _instant(seconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise click.BadParameter(f"{seconds:g} seconds since 1970 are no time", param_hint="--since") from error


def _run_event(
    instance: DagsterInstance, definition: SensorDefinition, event_id: int | None, run_id: str | None
) -> EventLogEntry:
    """The event that a run status sensor is to be shown.

    Raises:
        click.UsageError: it is another kind of sensor, or both were given.
        ParameterCheckError: there is no such event, or the sensor does not react to it.
    """
    if not is_of_runs(definition):
        raise click.UsageError(f"--event and --run are for sensors of runs; {definition.name!r} takes --cursor")
    if event_id is not None and run_id is not None:
        raise click.UsageError("give --event or --run, not both")
    if run_id is not None:
        return event_of_run(instance, definition, find_run(instance, run_id).run_id)
    return event_numbered(instance, definition, event_id or 0)


def _row(definition: SensorDefinition, state: AutomationState, on: bool, now: datetime) -> dict[str, Any]:
    return {
        "sensor": definition.name,
        "status": state_text(state, on),
        "interval": interval_text(definition),
        "cursor": _cursor_text(definition, state.cursor),
        "last_tick": ago(state.last_tick_at, now),
    }


def _cursor_text(definition: SensorDefinition, cursor: str | None) -> str:
    """A cursor in a table; that of a condition sensor is for programs, so only its number is shown."""
    read = ConditionCursor.of(cursor) if definition.sensor_type is SensorType.AUTOMATION else None
    return _short(cursor) if read is None else f"evaluation {read.tick:,}"


def _short(cursor: str | None) -> str:
    if cursor is None:
        return ""
    return cursor if len(cursor) <= 40 else f"{cursor[:37]}…"
