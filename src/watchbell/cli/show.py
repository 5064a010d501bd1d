"""Printing: the same rows as a table for people and as JSON for scripts."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import click

from watchbell.ground.shown import harmless

F = TypeVar("F", bound=Callable[..., Any])
Row = Mapping[str, Any]

GAP = 3  # between two columns
SHORT_ID = 8  # a command that takes a run's id takes its beginning
TEXT_MIN = 16
IDS = ("run_id", "waits_for")
TEXTS = frozenset({"description", "why", "reason", "cursor", "run_config", "tags", "warnings", "log"})
"""Columns that may be cut on a terminal; ``--json`` has the whole."""

COLOUR_OF = {
    "SUCCESS": "green",
    "RUNNING": "green",
    "STARTED": "blue",
    "STARTING": "blue",
    "QUEUED": "cyan",
    "FAILURE": "red",
    "QUARANTINED": "red",
    "CANCELED": "yellow",
    "CANCELING": "yellow",
    "MISSED": "yellow",
}

json_option: Callable[[F], F] = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")


class Counting(click.IntRange):
    """A whole number from 1 on, no larger than a database can hold."""

    def __init__(self) -> None:
        super().__init__(1)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Reads what was typed, or says what is accepted."""
        number: int = super().convert(value, param, ctx)
        if number >= 2**63:
            self.fail(f"{number} is larger than any there is", param, ctx)
        return number


COUNTING = Counting()


class Drawn(str):
    """Text with colours of our own among the facts of :func:`show_facts`; of all other text codes are spelled out."""

    __slots__ = ()


def show_rows(
    rows: Sequence[Row], *, as_json: bool, empty: str, title: str | None = None, spare: Sequence[str] = ()
) -> None:
    """Prints rows that all have the same keys.

    To a terminal that is too narrow for them, columns of ``spare``, and then the ends of texts and ids, are left out.

    Args:
        rows: what to print; the keys are the columns. A datetime is printed in UTC, None as nothing.
        as_json: as a JSON list instead.
        empty: what to say when there is none.
        title: a line above the table.
        spare: columns that a narrow terminal is not shown, the first to go first.
    """
    if as_json:
        click.echo(json.dumps([{key: _plain(value) for key, value in row.items()} for row in rows], indent=1))
        return
    if not rows:
        click.echo(empty)
        return
    console, table = _console_and_table(title)
    texts = {column: [_text(row[column]) for row in rows] for column in rows[0]}
    for column, width in fitting(texts, console.width, spare).items():
        table.add_column(
            column.replace("_", " "),
            max_width=width,
            no_wrap=width is not None,
            overflow="crop" if column in IDS else "ellipsis" if width is not None else "fold",
        )
        if width is not None:
            texts[column] = [_cut(column, text) for text in texts[column]]
    shown = [str(column.header).replace(" ", "_") for column in table.columns]
    for at in range(len(rows)):
        table.add_row(*[_cell(texts[column][at]) for column in shown])
    with console.capture() as printed:  # not printed by rich, which makes a reader that stops early an error
        console.print(table)
    click.echo(printed.get(), nl=False)


def _cut(column: str, text: str) -> str:
    """A cell of a column that is too wide: its first line, of an id the beginning that commands take."""
    return text[:SHORT_ID] if column in IDS else text.partition("\n")[0]


def show_facts(facts: Row, *, as_json: bool) -> None:
    """Prints one thing's facts, a line each."""
    if as_json:
        click.echo(json.dumps({key: _plain(value) for key, value in facts.items()}, indent=1))
        return
    width = max(len(key) for key in facts) + 2
    for key, value in facts.items():
        text = _text(value)
        lines = text.splitlines() or [""]
        click.echo(f"{key.replace('_', ' '):<{width}}{lines[0]}")
        for line in lines[1:]:
            click.echo(" " * width + line)


def ago(moment: datetime | None, now: datetime) -> str:
    """How long ago (or in how long) ``moment`` is, as people say it; empty for None."""
    if moment is None:
        return ""
    seconds = (now - moment).total_seconds()
    text = duration(abs(seconds))
    return f"in {text}" if seconds < 0 else f"{text} ago"


def percent(part: int, whole: int) -> int:
    """A part of a whole in whole percent; 100 only for all of it, 0 only for nothing."""
    if not whole or not part:
        return 0
    return 100 if part == whole else min(99, max(1, round(100 * part / whole)))


def duration(seconds: float) -> str:
    """A length of time in its two largest units."""
    if seconds < 10:
        return f"{seconds:.2g} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h"


def fitting(texts: Mapping[str, Sequence[str]], width: int, spare: Sequence[str] = ()) -> dict[str, int | None]:
    """The columns that are shown, each with the width it is cut to; None: as wide as it takes.

    Args:
        texts: the cells of each column.
        width: characters of a line.
        spare: columns to leave out when it gets narrow, the first first.
    """
    wide = {
        column: max(len(column), *(len(line) for text in cells for line in text.split("\n")))
        for column, cells in texts.items()
    }
    cut: dict[str, int | None] = dict.fromkeys(texts)

    def excess() -> int:
        return sum(cut[column] or wide[column] for column in cut) + GAP * len(cut) - width

    for column in [each for each in texts if not any(texts[each])]:  # nobody misses an empty one
        if excess() > 0:
            del cut[column]
    for column in [each for each in IDS if each in cut]:
        if excess() > 0:
            cut[column] = max(SHORT_ID, len(column))
    leftmost = next(iter(texts))
    for column in [*spare, *reversed(list(texts))]:
        over = excess()
        if over <= 0:
            break
        if column in TEXTS and column in cut:
            cut[column] = max(TEXT_MIN, wide[column] - over)
        elif column in spare and column in cut and column != leftmost:
            del cut[column]
    return cut


def _console_and_table(title: str | None) -> tuple[Any, Any]:
    from rich import box  # 50 ms that `--json` and `job execute` need not pay
    from rich.console import Console
    from rich.table import Table

    # To a pipe: as wide as it takes, so that nothing is cut for grep.
    console = Console(width=None if sys.stdout.isatty() else 10_000, highlight=False)
    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False, show_edge=False)
    return console, table


def _cell(text: str) -> Any:
    from rich.text import Text  # as above; also: user text is never read as markup

    return Text(text, style=COLOUR_OF.get(text, ""))


def _text(value: object) -> str:
    return value if isinstance(value, Drawn) else harmless(_plain_text(value))


def _plain_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(str(item) for item in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={item}" for key, item in value.items())
    return str(value)


def _plain(value: object) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, set | frozenset):
        return sorted(str(item) for item in value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return value if isinstance(value, str | int | float | bool | None) else str(value)
