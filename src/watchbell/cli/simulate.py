"""``watchbell simulate``: what would run between two instants."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from watchbell.automate.due import is_on
from watchbell.automate.fire_times import offset_text
from watchbell.automate.simulation.events import events_of
from watchbell.automate.simulation.memory import Rim
from watchbell.automate.simulation.result import Simulation
from watchbell.automate.simulation.simulate import simulated
from watchbell.automate.simulation.terms import EVERYTHING, SimulationTerms, failures_of
from watchbell.cli.automation import states_by_key
from watchbell.cli.code import code_options, load_locations, location_option, open_instance
from watchbell.cli.show import COUNTING, duration, json_option, show_rows
from watchbell.cli.when import SECONDS_OF, TimeText, instant_of, length_of
from watchbell.declare.automation.schedule import DefaultScheduleStatus
from watchbell.declare.automation.sensor import DefaultSensorStatus
from watchbell.ground.shown import harmless
from watchbell.host.places import Place, within
from watchbell.host.targets import CodeTarget
from watchbell.instance import DagsterInstance
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState
from watchbell.store.look_only import Look, looking_only

ROWS_SHOWN = 100
DEFAULT_SPAN = timedelta(days=1)
PROGRESS_AFTER_SECONDS = 1.0
ERRORS_SHOWN = 5


@click.command()
@click.option(
    "--from", "begin", type=TimeText(), help="From this time on (UTC unless it says otherwise); default: now."
)
@click.option("--to", "end", type=TimeText(), help="Up to this time, not included; default: a day later.")
@click.option(
    "--events",
    "event_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="What happens from outside: CSV or JSON lines with time, asset, partition, kind, check, name.",
)
@click.option(
    "--duration",
    "durations",
    multiple=True,
    metavar="[NAME=]LENGTH",
    help="How long runs take (5m), or those of a job or asset (orders=20m); default: 1m.",
)
@click.option(
    "--fail", "failures", multiple=True, metavar="NAME[@TIME]", help="A job, asset or check that fails; at TIME: once."
)
@click.option("--assume-success", is_flag=True, help="All runs succeed. So they do unless --fail says otherwise.")
@click.option("--sensors/--no-sensors", "sensors", default=None, help="Call every sensor's function, or none.")
@click.option("--sensor", "sensor_names", multiple=True, metavar="NAME", help="Of the sensors, these.")
@click.option("--only", multiple=True, metavar="NAME", help="This schedule, sensor or asset with a condition.")
@click.option("--max-concurrent-runs", "going_max", type=COUNTING, metavar="N", help="So many runs go on at a time.")
@click.option("--with-state", is_flag=True, help="Only what is on; schedules see what the home remembers.")
@click.option("-n", "--limit", type=click.IntRange(0), default=ROWS_SHOWN, show_default=True, help="So many rows.")
@click.option("--summary", "summary_only", is_flag=True, help="Print the summary alone.")
@location_option
@code_options
@json_option
def simulate(
    targets: list[CodeTarget],
    location_name: str | None,
    event_file: Path | None,
    with_state: bool,
    limit: int,
    summary_only: bool,
    as_json: bool,
    **asked: Any,
) -> None:
    """Show what would run: schedules, sensors and conditions on a virtual clock. Nothing is stored or run."""
    locations = within(load_locations(targets), location_name)
    with open_instance() as instance:
        terms = _terms(locations, instance, with_state, asked)
    events = [] if event_file is None else events_of(event_file)
    look = Look(now=terms.start)
    shown_progress = _Progress(terms)
    rim = Rim(open_instance if with_state else None, lambda at: setattr(look, "now", at), shown_progress)
    repositories = {each.name: each.repository for each in locations}
    with looking_only(look), redirect_stdout(sys.stderr):
        found = simulated(repositories, terms, events, rim)
    shown_progress.clear()
    if as_json:
        click.echo(json.dumps(_as_json(found, 0 if summary_only else limit), indent=1))
        return
    if not summary_only:
        _show_rows(found, limit)
    _show_summary(found)


def _terms(
    locations: Sequence[Place], instance: DagsterInstance, with_state: bool, asked: dict[str, Any]
) -> SimulationTerms:
    """What the options say is taken for granted."""
    now = instance.clock.now().replace(second=0, microsecond=0)
    start = instant_of(asked["begin"], now, "--from") or now
    end = instant_of(asked["end"], now, "--to") or start + DEFAULT_SPAN
    if end <= start:
        raise click.BadParameter(f"{end.isoformat(' ')} is not after {start.isoformat(' ')}", param_hint="--to")
    if asked["assume_success"] and asked["failures"]:
        raise click.UsageError("--assume-success and --fail contradict each other; give one of them")
    names: Sequence[str] = asked["sensor_names"]
    if names and asked["sensors"] is not None:
        raise click.UsageError("--sensor names those that are called; leave out --sensors and --no-sensors")
    only = frozenset(asked["only"]) or None
    return SimulationTerms(
        start=start.astimezone(UTC),
        end=end.astimezone(UTC),
        durations=_durations(asked["durations"]),
        failures=failures_of(list(asked["failures"])),
        sensors=frozenset(names) if names else asked["sensors"],
        only=only,
        off=_off(locations, instance) if with_state else frozenset(),
        going_max=asked["going_max"],
    )


def _durations(given: Sequence[str]) -> dict[str, float]:
    found: dict[str, float] = {}
    for text in given:
        name, sign, length = text.rpartition("=")
        seconds = length_of(length)
        if seconds is None:
            raise click.BadParameter(
                f"{text!r} is no length of time; write 5m or orders=20m, with {', '.join(SECONDS_OF)}",
                param_hint="--duration",
            )
        found[name if sign else EVERYTHING] = seconds
    return found


def _off(locations: Sequence[Place], instance: DagsterInstance) -> frozenset[tuple[str, str]]:
    """Location and name of the schedules and sensors that are off."""
    states = states_by_key(instance)
    found = set()
    for location in locations:
        defined = [
            *(
                (AutomationKind.SCHEDULE, each.name, each.default_status is DefaultScheduleStatus.RUNNING)
                for each in location.repository.schedule_defs
            ),
            *(
                (AutomationKind.SENSOR, each.name, each.default_status is DefaultSensorStatus.RUNNING)
                for each in location.repository.sensor_defs
            ),
        ]
        for kind, name, by_default in defined:
            key = AutomationKey(location.name, kind, name)
            if not is_on(states.get(key) or AutomationState(key), by_default):
                found.add((location.name, name))
    return frozenset(found)


class _Progress:
    """How far it has come, on a terminal, when it takes a while."""

    def __init__(self, terms: SimulationTerms) -> None:
        self._terms = terms
        self._begun = time.monotonic()
        self._width = 0

    def __call__(self, at: datetime) -> None:
        took = time.monotonic() - self._begun
        if took < PROGRESS_AFTER_SECONDS or not sys.stderr.isatty():
            return
        part = (at - self._terms.start) / (self._terms.end - self._terms.start)
        text = f"{at:%Y-%m-%d %H:%M}, {part:.0%}, about {duration(took / max(part, 0.001) - took)} to go"
        click.echo("\r" + text.ljust(self._width), nl=False, err=True)
        self._width = len(text)

    def clear(self) -> None:
        """Takes the line away."""
        if self._width:
            click.echo("\r" + " " * self._width + "\r", nl=False, err=True)


def _show_rows(found: Simulation, limit: int) -> None:
    rows = found.rows(limit)
    shown = [
        {
            "utc": f"{row['at'].astimezone(UTC):%Y-%m-%d %H:%M:%S}",
            "local": "" if str(row["at"].tzinfo) == "UTC" else f"{row['at']:%a %H:%M} {offset_text(row['at'])}",
            "by": row["by"],
            "what": harmless(str(row["what"]).partition("\n")[0]),
            "partition": row["partition"],
            "waits": _span(row["begins"], row["asked"]),
            "takes": _span(row["ends"], row["begins"]),
            "status": row["status"],
            "marks": row["marks"],
        }
        for row in rows
    ]
    used = [name for name in shown[0] if any(row[name] for row in shown)] if shown else []
    table = [{name: row[name] for name in used} for row in shown]
    show_rows(table, as_json=False, empty="nothing would run", spare=("local", "takes"))
    more = found.row_count - len(rows)
    if more:
        click.echo(f"… {more:,} more (--limit)")


def _span(end: datetime | None, begin: datetime | None) -> str:
    if end is None or begin is None or end <= begin:
        return ""
    return duration((end - begin).total_seconds())


def _show_summary(found: Simulation) -> None:
    rows = [
        {"by": f"{each.kind} {each.name}", "ticks": each.ticks, "runs": each.runs, "skipped": each.skips,
         "raised": each.failures}
        for each in found.counts()
    ]  # fmt: skip
    span = f"{found.start:%Y-%m-%d %H:%M} to {found.end:%Y-%m-%d %H:%M} UTC"
    click.echo()
    show_rows(rows, as_json=False, empty=f"nothing would be evaluated from {span}", title=span)
    count = len(found.runs)
    click.echo(f"{count:,} run{'' if count == 1 else 's'}; at most {found.queue_depth_max:,} waited at a time")
    told: set[tuple[str, str]] = set()
    for error in found.errors:
        who = (error.kind, error.name)
        if who not in told and len(told) < ERRORS_SHOWN:
            told.add(who)
            click.echo(f"{error.kind} {error.name} raised, first at {error.at.isoformat(' ')}:", err=True)
            click.echo(harmless(error.reason or ""), err=True)
    for each in found.left_out:
        click.echo(f"not simulated: {each.kind} {each.name}: {each.reason}")
    if found.cut_short is not None:
        click.echo(found.cut_short, err=True)


def _as_json(found: Simulation, limit: int) -> dict[str, Any]:
    return {
        "from": found.start.isoformat(),
        "to": found.end.isoformat(),
        "rows": [{name: _plain(value) for name, value in row.items()} for row in found.rows(limit)],
        "row_count": found.row_count,
        "run_count": len(found.runs),
        "counts": [vars(each) for each in found.counts()],
        "queue_depth_max": found.queue_depth_max,
        "queue_depth": [[at.isoformat(), depth] for at, depth in found.queue_depth],
        "left_out": [vars(each) for each in found.left_out],
        "cut_short": found.cut_short,
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
