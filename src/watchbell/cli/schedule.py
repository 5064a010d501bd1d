"""``watchbell schedule``: list, start, stop, pause and preview schedules; when they fire, and their ticks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import click

from watchbell.automate.due import is_on, jitter_offset, next_tick_at
from watchbell.automate.fire_times import FireTime, fire_times, fires_at, offset_text
from watchbell.automate.switch import started, stopped
from watchbell.cli.automation import change_each, one_or_all, show_log, state_text, states_by_key, status_option
from watchbell.cli.code import code_options, load_locations, location_option, open_instance
from watchbell.cli.dagster_commands import refused
from watchbell.cli.pause import pause_command, resume_command
from watchbell.cli.rehearsal import rehearse, show_preview
from watchbell.cli.show import ago, json_option, show_rows
from watchbell.cli.tick_rows import LogPage, log_options
from watchbell.cli.when import TimeText, in_zone
from watchbell.declare.automation.schedule import DefaultScheduleStatus, ScheduleDefinition
from watchbell.ground.cron import Cron
from watchbell.host.places import Place, find_schedule, within
from watchbell.host.targets import CodeTarget
from watchbell.record.evaluation import Evaluation
from watchbell.record.labels import labels_json
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState
from watchbell.store.look_only import Look

FIRES_SHOWN = 5
FIRES_MAX = 10_000
REFUSED = {
    "up": "schedules are known once their code is loaded; `watchbell schedule start --start-all` turns them on",
    "wipe": "ticks are the record of what happened; `watchbell schedule stop NAME` turns one off",
    "debug": "`watchbell schedule list`, `schedule logs NAME` and `tick list --failed` tell how schedules are",
}
"""Commands of Dagster's without a place here, each with what to use instead."""


@click.group()
def schedule() -> None:
    """List, start, stop, pause and preview schedules; when they fire, and their ticks."""


@schedule.command("list")
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
    """List schedules: on or off, cron, next and last tick."""
    locations = within(load_locations(targets), location_name)
    with open_instance() as instance:
        states = states_by_key(instance)
        now = instance.clock.now()
        rows = []
        for location in locations:
            for each in location.repository.schedule_defs:
                key = AutomationKey(location.name, AutomationKind.SCHEDULE, each.name)
                state = states.get(key) or AutomationState(key)
                on = _is_on(each, state)
                if running in (stopped, on):
                    rows.append({**_row(each, state, now), **(labels_json(each) if as_json else {})})
    if only_names and not as_json:
        click.echo("".join(f"{row['schedule']}\n" for row in rows), nl=False)
        return
    show_rows(rows, as_json=as_json, empty="no schedules are defined here")


@schedule.command()
@click.argument("name", required=False)
@click.option("--start-all", is_flag=True, help="Every schedule, instead of one.")
@location_option
@one_or_all("--start-all")
@code_options
def start(targets: list[CodeTarget], name: str | None, start_all: bool, location_name: str | None) -> None:
    """Turn schedule NAME on; it owes nothing for the time before."""
    found = _found(load_locations(targets), name, location_name)
    with open_instance() as instance:
        now = instance.clock.now()
        change_each(instance, [key for key, _ in found], lambda state: started(state, now))
    for key, definition in found:
        click.echo(f"{key.kind.value.lower()} {key.name} is on; it fires next at {_next_text(definition, now)}")
    if not found:
        click.echo("no schedules are defined here")


@schedule.command()
@click.argument("name")
@location_option
@code_options
def stop(targets: list[CodeTarget], name: str, location_name: str | None) -> None:
    """Turn schedule NAME off."""
    key, _, _ = find_schedule(load_locations(targets), name, location_name)
    with open_instance() as instance:
        change_each(instance, [key], stopped)
    click.echo(f"schedule {name} is off")


@schedule.command()
@click.argument("name", required=False)
@click.option("--restart-all-running", is_flag=True, help="Every schedule that is on, instead of one.")
@location_option
@one_or_all("--restart-all-running")
@code_options
def restart(targets: list[CodeTarget], name: str | None, restart_all_running: bool, location_name: str | None) -> None:
    """Turn schedule NAME off and on: what it still owes is forgotten, and a quarantine ends."""
    found = _found(load_locations(targets), name, location_name)
    with open_instance() as instance:
        states, now = states_by_key(instance), instance.clock.now()
        if name is None:
            found = [each for each in found if _is_on(each[1], states.get(each[0]) or AutomationState(each[0]))]
        change_each(instance, [key for key, _ in found], lambda state: started(stopped(state), now))
    for key, definition in found:
        click.echo(f"schedule {key.name} begins anew; it fires next at {_next_text(definition, now)}")
    if not found:
        click.echo("no schedule is on")


@schedule.command("next")
@click.argument("name")
@click.option("-n", "--limit", default=10, show_default=True, type=click.IntRange(1, FIRES_MAX), help="So many.")
@click.option("--from", "begin", type=TimeText(), help="From this time on, in the schedule's zone; default: now.")
@location_option
@code_options
@json_option
def next_(
    targets: list[CodeTarget], name: str, limit: int, begin: datetime | None, location_name: str | None, as_json: bool
) -> None:
    """Show when schedule NAME fires next, in its zone, and what summer time does to it."""
    key, _, definition = find_schedule(load_locations(targets), name, location_name)
    cron, now = _cron(definition), _now()
    after = now if begin is None else in_zone(begin, cron.zone, "--from")
    offset = jitter_offset(key, definition.policy)
    fires = fire_times(cron, after=after, count=limit, jitter_seconds=offset.total_seconds())
    if not as_json:
        click.echo(f"{name} fires at {', '.join(repr(each) for each in cron.texts)} in {cron.zone}")
    rows = [_fire_row(each, now, has_jitter=bool(offset), as_json=as_json) for each in fires]
    show_rows(rows, as_json=as_json, empty="never again", spare=("utc",))


@schedule.command()
@click.argument("name")
@click.option("--at", type=TimeText(), help="The time to evaluate for, in the schedule's zone; default: its next.")
@location_option
@code_options
@json_option
def preview(
    targets: list[CodeTarget], name: str, at: datetime | None, location_name: str | None, as_json: bool
) -> None:
    """Show when schedule NAME fires next and what it would request then. Nothing is stored or run."""
    key, location, definition = find_schedule(load_locations(targets), name, location_name)
    cron, now = _cron(definition), _now()
    times = [each.at.isoformat(" ") for each in fire_times(cron, after=now, count=FIRES_SHOWN)]
    fires = times if as_json else "\n".join(times)
    moment = cron.next_after(now) if at is None else in_zone(at, cron.zone, "--at")
    facts: dict[str, Any] = {"fires": fires, "evaluated_for": moment.isoformat(" ")}
    if not fires_at(cron, moment):
        facts["note"] = "none of its cron strings names this time; the daemon would not evaluate it then"
    evaluation = Evaluation(0, key.kind, name, scheduled_at=moment)
    answer = rehearse(location, evaluation, Look(), keeps_stdout=as_json)
    show_preview(facts, evaluation, [answer], as_json=as_json)


@schedule.command()
@click.argument("name")
@status_option
@log_options
@location_option
@code_options
def logs(
    targets: list[CodeTarget], name: str, statuses: tuple[str, ...], location_name: str | None, **page: Any
) -> None:
    """Show the ticks of schedule NAME, the newest first."""
    key, _, _ = find_schedule(load_locations(targets), name, location_name)
    show_log(key, LogPage(**page), statuses)


schedule.add_command(pause_command(AutomationKind.SCHEDULE))
schedule.add_command(resume_command(AutomationKind.SCHEDULE))
for _name, _instead in REFUSED.items():
    schedule.add_command(refused(_name, _instead))


def _found(
    locations: Sequence[Place], name: str | None, location_name: str | None
) -> list[tuple[AutomationKey, ScheduleDefinition]]:
    """The schedule of that name, or, without one, all of them."""
    if name is not None:
        key, _, definition = find_schedule(locations, name, location_name)
        return [(key, definition)]
    return [
        (AutomationKey(location.name, AutomationKind.SCHEDULE, each.name), each)
        for location in within(locations, location_name)
        for each in location.repository.schedule_defs
    ]


def _row(definition: ScheduleDefinition, state: AutomationState, now: datetime) -> dict[str, Any]:
    on = _is_on(definition, state)
    cron = _cron(definition)
    return {
        "schedule": definition.name,
        "status": state_text(state, on),
        "cron": ", ".join(cron.texts),
        "zone": cron.zone,
        "job": definition.job_name if definition.has_job else None,
        "next_tick": next_tick_at(cron, now, jitter_offset(state.key, definition.policy)) if on else None,
        "last_tick": ago(state.last_tick_at, now),
    }


def _fire_row(fire: FireTime, now: datetime, *, has_jitter: bool, as_json: bool) -> dict[str, Any]:
    row: dict[str, Any] = {
        "at": fire.at.isoformat() if as_json else f"{fire.at:%a %Y-%m-%d %H:%M:%S}",
        "offset": offset_text(fire.at),
        "utc": fire.at,
        "away": ago(fire.at, now),
    }
    if has_jitter:
        row["ticks_at"] = fire.ticks_at.isoformat() if as_json else f"{fire.ticks_at:%H:%M:%S.%f}"[:-3]
    row["marks"] = list(fire.marks) if as_json else "; ".join(fire.marks)
    return row


def _is_on(definition: ScheduleDefinition, state: AutomationState) -> bool:
    return is_on(state, definition.default_status == DefaultScheduleStatus.RUNNING)


def _cron(definition: ScheduleDefinition) -> Cron:
    return Cron.of(definition.cron_schedule, definition.execution_timezone)


def _next_text(definition: ScheduleDefinition, now: datetime) -> str:
    return _cron(definition).next_after(now).isoformat(" ")


def _now() -> datetime:
    with open_instance() as instance:
        return instance.clock.now()
