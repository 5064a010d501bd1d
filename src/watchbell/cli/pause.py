"""``pause`` and ``resume`` of schedules and sensors: held until a time, and let go on before it."""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from watchbell.cli.code import code_options, load_locations, location_option, open_instance
from watchbell.cli.when import TimeText, in_zone, length_of
from watchbell.ground.zones import zone_named
from watchbell.host.places import Place, find_schedule, find_sensor
from watchbell.host.targets import CodeTarget
from watchbell.record.snapshot import ScheduleSnapshot, SensorSnapshot
from watchbell.record.tick import AutomationKey, AutomationKind
from watchbell.services.switching import CatchUp, MissedTimes, Wish, switch

MISSED_HELP = "What becomes of times missed meanwhile: none runs, the latest alone, or as its catch-up policy says."


def pause_command(kind: AutomationKind) -> click.Command:
    """The command that holds a schedule or sensor until a time."""
    what = kind.value.lower()
    zone_text = "the schedule's zone" if kind is AutomationKind.SCHEDULE else "UTC"

    @click.command("pause", help=f"Hold {what} NAME until a time; it goes on by itself, where it stopped.")
    @click.argument("name")
    @click.option("--until", type=TimeText(), help=f"When it goes on, in {zone_text}.")
    @click.option("--for", "length", metavar="LENGTH", help="How long it is held: 90min, 4h, 3d.")
    @click.option("--reason", default="", metavar="TEXT", help="Why; lists and pages show it.")
    @location_option
    @code_options
    def pause(
        targets: list[CodeTarget],
        name: str,
        until: datetime | None,
        length: str | None,
        reason: str,
        location_name: str | None,
    ) -> None:
        if (until is None) == (length is None):
            raise click.UsageError("give --until TIME or --for LENGTH" + (", not both" if until is not None else ""))
        key, snapshot = _found(kind, targets, name, location_name)
        zone = snapshot.timezone if isinstance(snapshot, ScheduleSnapshot) else "UTC"
        with open_instance() as instance:
            now = instance.clock.now()
            end = now + _length(length) if until is None else in_zone(until, zone, "--until")
            done = switch(instance.store, snapshot, key, Wish("pause", end, reason), now)
        if not done.is_changed:
            raise click.UsageError(f"{what} {name} is not paused: {done.text}")
        shown = end.astimezone(zone_named(zone)).isoformat(" ", "seconds")
        click.echo(f"{what} {name} is paused until {shown}")

    return pause


def resume_command(kind: AutomationKind) -> click.Command:
    """The command that lets a schedule or sensor go on before its pause is over."""
    what = kind.value.lower()

    def resume(targets: list[CodeTarget], name: str, location_name: str | None, catch_up: CatchUp = "policy") -> None:
        key, snapshot = _found(kind, targets, name, location_name)
        with open_instance() as instance:
            now, most = instance.clock.now(), instance.settings.max_catchup_runs
            done = switch(instance.store, snapshot, key, Wish("resume", catch_up=catch_up), now, max_catchup_runs=most)
        if not done.is_changed:
            raise click.UsageError(f"{what} {name} does not go on: {done.text}")
        click.echo(f"{what} {name} goes on{missed_text(done.missed, catch_up)}")

    help_text = f"Let {what} NAME go on before its pause is over."
    command = click.command("resume", help=help_text)(code_options(location_option(click.argument("name")(resume))))
    if kind is AutomationKind.SCHEDULE:
        choice = click.Choice(["none", "latest", "policy"])
        command.params.append(
            click.Option(["--catch-up"], type=choice, default="policy", show_default=True, help=MISSED_HELP)
        )
    return command


def missed_text(missed: MissedTimes | None, catch_up: CatchUp | None) -> str:
    """What becomes of missed times, as the end of a sentence; empty: none were missed.

    Args:
        missed: what was missed.
        catch_up: what was said of it; None: none of them runs.
    """
    if missed is None:
        return ""
    runs = {None: 0, "none": 0, "latest": min(1, missed.by_policy), "policy": missed.by_policy}[catch_up]
    count = f"more than {missed.count:,}" if missed.is_more else f"{missed.count:,}"
    return f"; of {count} missed {'time' if count == '1' else 'times'} {runs or 'none'} will run"


def _found(
    kind: AutomationKind, targets: list[CodeTarget], name: str, location_name: str | None
) -> tuple[AutomationKey, ScheduleSnapshot | SensorSnapshot]:
    locations = load_locations(targets)
    place: Place
    if kind is AutomationKind.SCHEDULE:
        key, place, _ = find_schedule(locations, name, location_name)
        told = place.repository.snapshot(place.name).schedules
        return key, next(each for each in told if each.name == key.name)
    key, place, _ = find_sensor(locations, name, location_name)
    return key, next(each for each in place.repository.snapshot(place.name).sensors if each.name == key.name)


def _length(text: str | None) -> timedelta:
    seconds = length_of(text or "")
    if seconds is None:
        raise click.BadParameter(f"{text!r} is no length of time; write 90min, 4h or 3d", param_hint="--for")
    try:
        return timedelta(seconds=seconds)
    except OverflowError as error:
        raise click.BadParameter(f"{text!r} is longer than there is time", param_hint="--for") from error
