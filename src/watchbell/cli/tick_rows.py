"""Ticks as people and programs read them: rows of a table, log lines, JSON."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import click

from watchbell.cli.show import COLOUR_OF, COUNTING, json_option
from watchbell.cli.when import TimeText, instant_of
from watchbell.ground.durations import duration_text
from watchbell.ground.shown import harmless
from watchbell.ground.value import dataclass
from watchbell.instance import DagsterInstance
from watchbell.record.error_info import SerializableErrorInfo
from watchbell.record.event import at_of
from watchbell.record.tick import Tick, TickLogLine

F = TypeVar("F", bound=Callable[..., Any])
RUNS_SHOWN = 2
KEYS_SHOWN = 3
LEVEL_COLOURS = {logging.WARNING: "yellow", logging.ERROR: "red", logging.CRITICAL: "red"}


@dataclass(frozen=True)
class LogPage:
    """Which ticks of a log are wanted.

    Args:
        limit: at most so many, the newest.
        since: that ended then or later.
        before: that ended earlier.
        before_id: with a smaller number.
        has_lines: whether each is shown with the lines it logged.
        as_json: whether for a program.
    """

    limit: int
    since: datetime | timedelta | None
    before: datetime | timedelta | None
    before_id: int | None
    has_lines: bool
    as_json: bool

    def ids(self, instance: DagsterInstance) -> tuple[int | None, int | None]:
        """The same as numbers of ticks: below the first, above the second."""
        now, store = instance.clock.now(), instance.store
        since, before = instant_of(self.since, now, "--since"), instant_of(self.before, now, "--before")
        after_id = None if since is None else store.first_tick_id_since(since) - 1
        ends = [] if before is None else [store.first_tick_id_since(before)]
        ends += [] if self.before_id is None else [self.before_id]
        return min(ends, default=None), after_id


def log_options(command: F) -> F:
    """Adds the options of a log of ticks; the command gets them by name, and :class:`LogPage` takes them."""
    when = TimeText(or_length=True)
    options = [
        click.option("-n", "--limit", default=20, show_default=True, type=COUNTING, help="At most so many."),
        click.option("--since", type=when, help="Only ticks from then on: 2h, 3d, 2026-03-29T06:00."),
        click.option("--before", type=when, help="Only ticks before then."),
        click.option("--before-id", type=COUNTING, metavar="ID", help="Go on after the last one shown."),
        click.option("--lines", "has_lines", is_flag=True, help="Show the lines each tick logged."),
        json_option,
    ]
    for option in reversed(options):
        command = option(command)
    return command


def tick_row(tick: Tick) -> dict[str, Any]:
    """A tick as a row of a table."""
    more = len(tick.run_ids) - RUNS_SHOWN
    shown = [run_id[:8] for run_id in tick.run_ids[:RUNS_SHOWN]]
    return {
        "id": tick.tick_id,
        "at": tick.tick_at,
        "status": tick.status.value,
        "took": took(tick),
        "runs": ", ".join(shown) + (f" +{more:,}" if more > 0 else ""),
        "lines": f"{len(tick.log):,}" if tick.log else "",
        "reason": reason_text(tick),
    }


def tick_json(tick: Tick) -> dict[str, Any]:
    """A tick for a program."""
    return {
        "id": tick.tick_id,
        "at": tick.tick_at,
        "status": tick.status.value,
        "started": tick.started_at,
        "ended": tick.ended_at,
        "run_ids": tick.run_ids,
        "run_keys": tick.run_keys,
        "dropped_run_keys": tick.dropped_run_keys,
        "held_by": tick.key_holders,
        "reason": error_text(tick.error) if tick.error else tick.skip_reason,
        "cursor": tick.cursor,
        "attempt": tick.attempt,
        "log": [line_json(line) for line in tick.log],
    }


def error_text(error: SerializableErrorInfo) -> str:
    """What was raised, without where."""
    return error.root.message.strip()


def _asked_text(tick: Tick) -> str:
    """What a tick of conditions logged that it asks for; else nothing."""
    return next((line.message for line in tick.log if line.message.startswith("asks for ")), "") if tick.run_ids else ""


def reason_text(tick: Tick) -> str:
    """Why a tick ended as it did, with the run keys that had their run already."""
    reason = error_text(tick.error) if tick.error else tick.skip_reason or _asked_text(tick)
    dropped = [dropped_text(tick, key, holder) for key, holder in tick.key_holders.items()]
    if not dropped:
        return reason
    more = f" and {len(dropped) - KEYS_SHOWN:,} more" if len(dropped) > KEYS_SHOWN else ""
    text = f"not run again: {', '.join(dropped[:KEYS_SHOWN])}{more}"
    return f"{reason}; {text}" if reason else text


def dropped_text(tick: Tick, key: str, holder: str | None) -> str:
    """A run key that made no run, and why."""
    if holder is None:
        return key
    return f"{key} ({'asked for twice' if holder in tick.run_ids else f'run {holder[:8]} has it'})"


def took(tick: Tick) -> str:
    """How long an evaluation was under way."""
    return duration_text(max(0.0, (tick.ended_at - tick.started_at).total_seconds()))


def line_json(line: TickLogLine) -> dict[str, Any]:
    """A log line for a program."""
    return {"at": at_of(line.timestamp), "level": logging.getLevelName(line.level), "message": line.message}


def print_line(line: TickLogLine, *, indent: int = 0, err: bool = False) -> None:
    """Prints a log line with its time and level; what follows its first line break stands below."""
    moment = f"{at_of(line.timestamp):%H:%M:%S.%f}"[:-3]
    level = f"{logging.getLevelName(line.level):<8}"
    first, *rest = harmless(line.message).splitlines() or [""]
    level = click.style(level, fg=LEVEL_COLOURS.get(line.level))
    click.echo(f"{'':{indent}}{moment}  {level}  {first}", err=err)
    for each in rest:
        click.echo(f"{'':{indent + 24}}{each}", err=err)


def print_tick(tick: Tick, whose: str = "") -> None:
    """Prints a tick as a paragraph: a line that sums it up, then why, then everything it logged."""
    row = tick_row(tick)
    status = click.style(f"{row['status']:<9}", fg=COLOUR_OF.get(row["status"]))
    runs = f"  runs {row['runs']}" if row["runs"] else ""
    whose = f"{whose}  " if whose else ""
    click.echo(f"{row['id']}  {tick.tick_at:%Y-%m-%d %H:%M:%S}  {status}{whose}took {row['took']}{runs}")
    for text in harmless(row["reason"]).splitlines():
        click.echo(f"    {text}")
    for line in tick.log:
        print_line(line, indent=4)
