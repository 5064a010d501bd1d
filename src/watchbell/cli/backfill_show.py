"""Backfills in the terminal: the plan, how far one is as a bar and a strip of cells, and one that is watched."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import click

from watchbell.automate.backfill_plan import BackfillPlan
from watchbell.cli.partition_strip import FAILED, GOING, MADE, MISSING, PARTLY, Cell, cells_of
from watchbell.cli.show import ago, duration, percent, show_rows
from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.ground.suggest import did_you_mean
from watchbell.instance import DagsterInstance
from watchbell.record.backfill import Backfill, BackfillPart, BackfillStatus, PartState
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.partition_state import PartitionState
from watchbell.services.lease import working_service

WIDTH_MAX = 100
STRIP_PARTS_MAX = 20_000
"""Of a backfill with more parts than this no strip is drawn: all of them would have to be read."""
FOLLOW_POLL_SECONDS = 0.5
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
    rows = [
        {
            "step": step.number,
            "makes": step.label,
            "from": step.first,
            "to": step.last,
            "partitions": f"{step.partitions_count:,}" if step.partitions_count else "",
            "runs": f"{step.runs_count:,}" + (", one after the other" if step.in_order and step.runs_count > 1 else ""),
        }
        for step in plan.steps
    ]
    show_rows(rows, as_json=False, empty="")
    for remark in plan.remarks:
        about = f"{remark.about}: " if remark.about else ""
        click.secho(
            f"{'! ' if remark.is_doubt else '- '}{about}{remark.text}", fg="yellow" if remark.is_doubt else None
        )
    verb = "makes" if plan.runs_count == 1 else "make"
    made = f" {verb} {_plural(plan.partitions_count, 'partition')}" if plan.partitions_count else ""
    click.echo(f"{_plural(plan.runs_count, 'run')}{made}; {plan.estimate.text if plan.estimate is not None else ''}")


def plan_facts(plan: BackfillPlan) -> dict[str, Any]:
    """A plan for scripts."""
    estimate = plan.estimate
    return {
        "asked": plan.backfill.asked,
        "runs": plan.runs_count,
        "partitions": plan.partitions_count,
        "steps": [
            {
                "step": step.number,
                "makes": step.label,
                "assets": [key.to_user_string() for key in step.asset_keys],
                "job": step.job_name,
                "from": step.first,
                "to": step.last,
                "partitions": step.partitions_count,
                "runs": step.runs_count,
                "one_after_the_other": step.in_order,
            }
            for step in plan.steps
        ],
        "remarks": [
            {"about": remark.about, "text": remark.text, "is_doubt": remark.is_doubt} for remark in plan.remarks
        ],
        "estimate_seconds": None if estimate is None else estimate.seconds,
        "runs_at_once": None if estimate is None else estimate.at_once,
    }


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
    facts["progress"] = bar(backfill, 30)
    if strip := strip_of(instance, backfill):
        facts["parts"] = strip
    return facts


def bar(backfill: Backfill, width: int) -> str:
    """How much is done, as a bar and in numbers."""
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
        if total
    ]
    words = [f"{backfill.count(state):,} {word}" for state, word in WORD_OF.items() if backfill.count(state)]
    return f"{''.join(cells)} {percent(done, total)} %  {', '.join(words)}"


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
    parts = instance.store.backfill_parts(backfill, states=states, limit=limit)
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


def _makes(backfill: Backfill, part: BackfillPart) -> str:
    if backfill.schedule_name is not None:
        return backfill.schedule_name
    target = backfill.targets[part.target]
    if target.asset_keys is None:
        return target.job_name
    return ", ".join(key.to_user_string() for key in target.asset_keys)


def _plural(count: int, noun: str) -> str:
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
    shown, told_idle = "", False
    while True:
        found = instance.get_backfill(backfill_id)
        if found is None:
            raise DagsterInvariantViolationError(f"backfill {backfill_id!r} is gone: somebody deleted it")
        text = f"{click.style(found.status.value, fg=COLOUR_OF.get(found.status))}  {bar(found, 30)}"
        if text != shown and not quiet:
            click.echo(f"\r\x1b[K{text}" if is_terminal else click.unstyle(text), nl=not is_terminal)
            shown = text
        if found.status.is_over:
            break
        if not told_idle and working_service(instance.store, instance.clock.now()) is None:
            click.echo("no daemon is running here; it goes on when one is (watchbell dev)", err=True)
            told_idle = True
        time.sleep(FOLLOW_POLL_SECONDS)
    if is_terminal and not quiet:
        click.echo()
    return found
