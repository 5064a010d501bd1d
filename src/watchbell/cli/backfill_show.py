"""Backfills in the terminal: the plan, how far one is as a bar and a strip of cells, and one that is watched."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import click

from watchbell.automate.backfills.plan import BackfillPlan
from watchbell.automate.backfills.steps import PlanStep
from watchbell.cli.partition_strip import FAILED, GOING, MADE, MISSING, PARTLY, Cell, cells_of
from watchbell.cli.show import GAP, SHORT_ID, Drawn, ago, duration, percent, show_rows
from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.ground.suggest import did_you_mean
from watchbell.instance import DagsterInstance
from watchbell.record.backfill import Backfill, BackfillPart, BackfillStatus, PartState
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.partition_state import PartitionState
from watchbell.services.lease import working_service

WIDTH_MAX = 100
BAR_CELLS = 30
STRIP_PARTS_MAX = 20_000
"""Of a backfill with more parts than this no strip is drawn: all of them would have to be read."""
KEY_LENGTH_MAX = 28  # characters of a partition that a table shows
NAMES_LENGTH_MIN = 24  # characters of what is made that a table shows, however narrow the terminal is
FILE_COLUMNS = 120
FOLLOW_POLL_SECONDS = 0.5
FILE_LINE_SECONDS = 10.0
"""Into a file or pipe a watched backfill writes a line at most so often, and at each change of its status."""
PREFIX_LOOK_MAX = 1_000  # backfills among which one is found by the beginning of its id
COLOUR_OF = {
    BackfillStatus.COMPLETED_SUCCESS: "green",
    BackfillStatus.COMPLETED_FAILED: "red",
    BackfillStatus.CANCELED: "yellow",
    BackfillStatus.CANCELING: "yellow",
    BackfillStatus.PAUSED: "yellow",
}
DONE = (PartState.SUCCEEDED, PartState.SKIPPED)
BAD = (PartState.FAILED, PartState.BLOCKED, PartState.CANCELED)
WORD_OF = {
    PartState.SUCCEEDED: "done",
    PartState.SKIPPED: "skipped",
    PartState.RUNNING: "begun",
    PartState.WAITING: "waiting",
    PartState.FAILED: "failed",
    PartState.BLOCKED: "blocked",
    PartState.CANCELED: "canceled",
}
LEGEND = {
    MADE: "done",
    PARTLY: "partly done",
    GOING: "begun",
    FAILED: "failed, blocked or canceled",
    MISSING: "waiting",
}


def find_backfill(instance: DagsterInstance, backfill_id: str) -> Backfill:
    """The backfill of this id, or the only one whose id begins so.

    Raises:
        DagsterInvariantViolationError: there is none, or more than one; gives the nearest.
    """
    exact = instance.get_backfill(backfill_id)
    if exact is not None:
        return exact
    known = [each.backfill_id for each in instance.store.backfills(limit=PREFIX_LOOK_MAX, with_counts=False)]
    close = [each for each in known if backfill_id and each.startswith(backfill_id)]
    only = instance.get_backfill(close[0]) if len(close) == 1 else None
    if only is not None:
        return only
    if close:
        raise DagsterInvariantViolationError(f"more than one backfill begins with {backfill_id!r}; give more of its id")
    raise DagsterInvariantViolationError(
        f"there is no backfill {backfill_id!r}; `watchbell backfill list` shows them{did_you_mean(backfill_id, known)}"
    )


# ------------------------------------------------------------------------ plan


def show_plan(plan: BackfillPlan) -> None:
    """Prints a plan: its steps, what to know, how long it may take."""
    show_rows(_step_rows(plan.steps, _columns()), as_json=False, empty="")
    for remark in plan.remarks:
        about = f"{remark.about}: " if remark.about else ""
        click.secho(
            f"{'! ' if remark.is_doubt else '- '}{about}{remark.text}", fg="yellow" if remark.is_doubt else None
        )
    made = f" make {counted(plan.partitions_count, 'partition')}" if plan.partitions_count else ""
    estimate = f"; {plan.estimate.text}" if plan.estimate is not None else ""
    click.echo(f"{counted(plan.runs_count, 'run')}{made}{estimate}")


def _step_rows(steps: Sequence[PlanStep], width: int) -> list[dict[str, Any]]:
    """The steps as a table; what they make is as much as a line has room for."""
    rows = [
        {
            "step": step.number,
            "makes": step.label,
            "from": shortened(step.first or "", KEY_LENGTH_MAX),
            "to": shortened(step.last or "", KEY_LENGTH_MAX),
            "partitions": f"{step.partitions_count:,}" if step.partitions_count else "",
            "runs": f"{step.runs_count:,}" + (", in turn" if step.in_order and step.runs_count > 1 else ""),
        }
        for step in steps
    ]
    taken = sum(
        GAP + max(len(column), *(len(str(row[column])) for row in rows)) for column in rows[0] if column != "makes"
    )
    for row, step in zip(rows, steps, strict=True):
        names = [key.to_user_string() for key in step.asset_keys] or [step.label]
        row["makes"] = few_names(names, max(NAMES_LENGTH_MIN, width - taken - GAP))
    return rows


def few_names(names: Sequence[str], length: int) -> str:
    """As many names as there is room for, and how many more there are; at least one.

    Args:
        names: at least one.
        length: characters there is room for.
    """
    whole = ", ".join(names)
    if len(whole) <= length or len(names) == 1:
        return shortened(whole, length)
    for count in range(len(names) - 1, 0, -1):
        text = ", ".join(names[:count]) + f" and {len(names) - count} more"
        if len(text) <= length:
            return text
    more = f" and {len(names) - 1} more"
    return shortened(names[0], max(KEY_LENGTH_MAX // 2, length - len(more))) + more


def shortened(text: str, length: int) -> str:
    """A text that is too long without its middle, for beginnings and ends tell keys apart.

    Example:
        >>> shortened("warehouse/customers/2026", 15)
        'warehou…rs/2026'
    """
    if len(text) <= length:
        return text
    end = (length - 1) // 2
    return f"{text[: length - 1 - end]}…{text[-end:]}"


def _columns() -> int:
    """Characters of a line of the terminal; of a file what is good to read."""
    return shutil.get_terminal_size((FILE_COLUMNS, 24)).columns


# -------------------------------------------------------------------- progress


def show_row(backfill: Backfill, now: datetime, *, as_json: bool) -> dict[str, Any]:
    """A backfill as a row of a table."""
    done, total = backfill.count(*DONE), backfill.parts_count
    row: dict[str, Any] = {
        "backfill": backfill.backfill_id,
        "status": backfill.status.value,
        "progress": f"{done:,}/{total:,} ({percent(done, total)} %)",
        "failed": backfill.count(PartState.FAILED),
        "asked": backfill.title or backfill.asked,
        "begun": ago(backfill.created_at, now),
        "by": backfill.created_by,
    }
    return row if not as_json else progress_facts(backfill, now)


def progress_facts(backfill: Backfill, now: datetime, instance: DagsterInstance | None = None) -> dict[str, Any]:
    """How far a backfill is; for people with a bar and a strip, if an instance to read them from is given."""
    facts: dict[str, Any] = {
        "backfill": backfill.backfill_id,
        "title": backfill.title,
        "asked": backfill.asked,
        "status": backfill.status.value,
        "created": backfill.created_at,
        "ended": backfill.ended_at,
        "took": duration(((backfill.ended_at or now) - backfill.created_at).total_seconds()),
        "by": backfill.created_by,
        "tags": dict(backfill.tags),
        "max_concurrent_runs": backfill.max_concurrent_runs,
        "newest_first": backfill.newest_first,
        "note": backfill.note,
    }
    if instance is None:
        facts["parts"] = backfill.parts_count
        facts["counts"] = {state.value: backfill.count(state) for state in PartState}
        return facts
    facts = {key: value for key, value in facts.items() if value not in (None, "", {}, False)}
    facts["progress"] = Drawn(bar(backfill))
    if strip := strip_of(instance, backfill):
        facts["parts"] = Drawn(strip)
    return facts


def bar(backfill: Backfill) -> str:
    """How much is done, as a bar and in numbers."""
    return f"{bar_cells(backfill, BAR_CELLS)} {progress_words(backfill)}"


def bar_cells(backfill: Backfill, width: int) -> str:
    """How much is done, as a bar; empty if it has no room."""
    total = backfill.parts_count
    done, going, bad = backfill.count(*DONE), backfill.count(PartState.RUNNING), backfill.count(*BAD)
    cells = [
        click.style(look.mark * (upto * width // total - before * width // total), fg=look.colour)
        for look, before, upto in (
            (MADE, 0, done),
            (FAILED, done, done + bad),
            (GOING, done + bad, done + bad + going),
            (MISSING, done + bad + going, total),
        )
        if total and width > 0
    ]
    return "".join(cells)


def progress_words(backfill: Backfill) -> str:
    """How much is done, in numbers."""
    words = [f"{backfill.count(state):,} {word}" for state, word in WORD_OF.items() if backfill.count(state)]
    return f"{percent(backfill.count(*DONE), backfill.parts_count)} %  {', '.join(words)}"


def strip_of(instance: DagsterInstance, backfill: Backfill) -> str:
    """A cell for each part, or for some neighbours, in their order; empty for a backfill of very many."""
    total = backfill.parts_count
    if not 1 < total <= STRIP_PARTS_MAX:
        return ""
    states: dict[PartState, list[int]] = {}
    for part in instance.store.backfill_parts(backfill):
        states.setdefault(part.state, []).append(part.number)
    cells = strip_cells(total, states, min(WIDTH_MAX, shutil.get_terminal_size((80, 24)).columns - 12))
    looks = [cell.look for cell in cells]
    legend = "  ".join(
        f"{click.style(look.mark, fg=look.colour)} {word}" for look, word in LEGEND.items() if look in looks
    )
    return "".join(click.style(look.mark, fg=look.colour) for look in looks) + "\n" + legend


def strip_cells(total: int, states: dict[PartState, list[int]], width: int) -> list[Cell]:
    """At most ``width`` cells for parts 0 to ``total``, each with how its parts stand.

    Args:
        total: how many parts (count, >= 1).
        states: the numbers of the parts by state.
        width: most cells (count, >= 1).
    """

    def numbers(*which: PartState) -> OrdinalSet:
        return OrdinalSet(number for state in which for number in states.get(state, ()))

    state = PartitionState(numbers(*DONE), numbers(*BAD), numbers(PartState.RUNNING))
    return cells_of(OrdinalSet.of_range(0, total), state, max(1, width))


def part_rows(
    instance: DagsterInstance, backfill: Backfill, states: Sequence[PartState], limit: int
) -> list[dict[str, Any]]:
    """Parts in some states as rows of a table."""
    parts = [part for state in states for part in instance.store.backfill_parts(backfill, states=[state], limit=limit)][
        :limit
    ]
    return [
        {
            "part": part.number,
            "makes": _makes(backfill, part),
            "for": part.label,
            "state": part.state.value,
            "attempt": part.attempt,
            "run_id": part.run_id,
            "needs": part.needs,
            "why": part.note,
        }
        for part in parts
    ]


def show_parts(rows: Sequence[dict[str, Any]]) -> None:
    """Prints parts as a table: of each what a line has room for."""
    short = [
        {
            **row,
            "makes": few_names(row["makes"].split(", "), NAMES_LENGTH_MIN),
            "for": shortened(row["for"], 2 * KEY_LENGTH_MAX),
            "needs": shortened(row["needs"], NAMES_LENGTH_MIN),
            "why": row["why"].partition("\n")[0],
        }
        for row in rows
    ]
    show_rows(short, as_json=False, empty="no parts are in such a state", spare=("needs", "attempt"))


def advice_on(backfill: Backfill, rows: Sequence[dict[str, Any]]) -> list[str]:
    """What to do about a backfill that is paused or of which not all went well, a line each; else nothing.

    Args:
        backfill: as it is.
        rows: its parts that are listed.
    """
    bad, shown = backfill.count(*BAD), [row for row in rows if PartState(row["state"]) in BAD]
    backfill_id, lines = backfill.backfill_id, []
    if backfill.status is BackfillStatus.PAUSED:
        lines.append(f"to go on: watchbell backfill resume {backfill_id}")
    if not bad:
        return lines
    if bad > len(shown) and shown:
        lines.append(f"{bad - len(shown):,} more: watchbell backfill show {backfill_id} --limit {bad}")
    failed_ids = [row["run_id"] for row in shown if row["state"] == PartState.FAILED.value and row["run_id"]]
    if failed_ids:
        lines.append(f"why a run failed: watchbell run show {failed_ids[0][:SHORT_ID]}")
    if backfill.status is not BackfillStatus.CANCELING:
        lines.append(f"to run them again: watchbell backfill retry {backfill_id}")
    return lines


def _makes(backfill: Backfill, part: BackfillPart) -> str:
    if backfill.schedule_name is not None:
        return backfill.schedule_name
    target = backfill.targets[part.target]
    if target.asset_keys is None:
        return target.job_name
    return ", ".join(key.to_user_string() for key in target.asset_keys)


def counted(count: int, noun: str) -> str:
    """A number of things in words."""
    return f"1 {noun}" if count == 1 else f"{count:,} {noun}s"


# ----------------------------------------------------------------------- follow


def follow(instance: DagsterInstance, backfill_id: str, *, quiet: bool) -> Backfill:
    """Shows how far a backfill is until it is over: one line that changes in a terminal, else a line at each change.

    Args:
        instance: where it is stored.
        backfill_id: its id.
        quiet: show nothing.

    Returns:
        It as it ended.
    """
    is_terminal = sys.stdout.isatty()
    line = ProgressLine(is_terminal)
    told_idle = False
    while True:
        found = instance.get_backfill(backfill_id)
        if found is None:
            raise DagsterInvariantViolationError(f"backfill {backfill_id!r} is gone: somebody deleted it")
        if not quiet:
            line.show(found, time.monotonic())
        if found.status.is_over:
            break
        if not told_idle and working_service(instance.store, instance.clock.now()) is None:
            click.echo("no daemon is running here; it goes on when one is (watchbell dev)", err=True)
            told_idle = True
        time.sleep(FOLLOW_POLL_SECONDS)
    if is_terminal and not quiet:
        click.echo()
    return found


class ProgressLine:
    """The line of a watched backfill: written over in a terminal, now and then a new one in a file.

    Args:
        is_terminal: whether it can be written over.
    """

    def __init__(self, is_terminal: bool) -> None:
        self._is_terminal = is_terminal
        self._shown, self._status, self._shown_seconds = "", "", 0.0

    def show(self, backfill: Backfill, now_seconds: float) -> None:
        """Shows how far a backfill is, if that changed."""
        status = backfill.status.value
        words = progress_words(backfill)
        if self._is_terminal:
            most = _columns() - len(status) - 4
            words = words if len(words) <= most else f"{words[: most - 1]}…"
        room = _columns() - 1 - len(status) - len(words) - 3  # a line that wraps cannot be written over
        cells = bar_cells(backfill, min(BAR_CELLS, room) if self._is_terminal else BAR_CELLS)
        text = f"{click.style(status, fg=COLOUR_OF.get(backfill.status))}  {cells} {words}"
        if text == self._shown:
            return
        is_soon = now_seconds - self._shown_seconds < FILE_LINE_SECONDS
        if not self._is_terminal and status == self._status and is_soon:
            return
        self._shown, self._status, self._shown_seconds = text, status, now_seconds
        click.echo(f"\r\x1b[K{text}" if self._is_terminal else click.unstyle(text), nl=not self._is_terminal)
