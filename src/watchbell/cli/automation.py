"""What ``watchbell schedule`` and ``watchbell sensor`` show alike: states, previews, ticks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import click

from watchbell.cli.code import open_instance
from watchbell.cli.show import duration, show_facts, show_rows
from watchbell.ground.errors import DagsterError, DagsterUserCodeExecutionError
from watchbell.instance import DagsterInstance
from watchbell.record.error_info import error_info_from_exception
from watchbell.record.request import RunRequest
from watchbell.record.tick import AutomationKey, AutomationState, Tick, TickStatus


def states_by_key(instance: DagsterInstance) -> dict[AutomationKey, AutomationState]:
    """Every stored state."""
    return {state.key: state for state in instance.store.automation_states()}


def state_text(state: AutomationState, on: bool) -> str:
    """On, off or quarantined, in one word."""
    if state.quarantine_reason is not None:
        return "QUARANTINED"
    return "RUNNING" if on else "STOPPED"


@contextmanager
def told_as(kind: type[DagsterUserCodeExecutionError], name: str) -> Iterator[None]:
    """Turns what the function of a schedule or sensor raises into an error that names it."""
    try:
        yield
    except (DagsterError, KeyboardInterrupt):
        raise
    except BaseException as error:  # also sys.exit() in a sensor
        text = error_info_from_exception(error).to_string().rstrip()
        raise kind(f"{name!r} raised an error of its own:\n{text}", user_exception=error) from error


def show_preview(
    facts: Mapping[str, Any],
    requests: Sequence[RunRequest],
    skip_message: str | None,
    lines: Sequence[str],
    *,
    as_json: bool,
) -> None:
    """Prints what an evaluation answered."""
    rows = [
        {
            "job": each.job_name,
            "run_key": each.run_key,
            "run_config": dict(each.run_config) if as_json else json.dumps(each.run_config),
            "tags": dict(each.tags),
            "partition_key": each.partition_key,
        }
        for each in requests
    ]
    if as_json:
        show_facts({**facts, "requests": rows, "skip_message": skip_message, "log": list(lines)}, as_json=True)
        return
    show_facts(facts, as_json=False)
    for line in lines:
        click.echo(f"log: {line}")
    if not rows:
        click.echo(f"skipped: {skip_message or 'no run was requested and no reason given'}")
        return
    show_rows(rows, as_json=False, empty="", title=f"would request {len(rows)} run{'s' if len(rows) > 1 else ''}")


def show_log(key: AutomationKey, limit: int, statuses: Sequence[str], *, as_json: bool) -> None:
    """Prints an automation's ticks, the newest first."""
    wanted = [TickStatus(each) for each in statuses] or None
    with open_instance() as instance:
        ticks = instance.store.ticks(key, limit=limit, statuses=wanted)
        state = instance.store.automation_state(key)
    if state is not None and state.quarantine_reason is not None:
        kind = key.kind.value.lower()
        click.secho(f"quarantined: {state.quarantine_reason}", fg="red", err=True)
        click.echo(f"`watchbell {kind} start {key.name}` lets it tick again", err=True)
    empty = f"{key} has no tick that was {' or '.join(statuses)}" if statuses else f"{key} has not ticked yet"
    show_rows([_tick_row(each, as_json) for each in ticks], as_json=as_json, empty=empty)


def _tick_row(tick: Tick, as_json: bool) -> dict[str, Any]:
    reason = tick.error.root.message.strip() if tick.error else tick.skip_reason
    if as_json:
        return {
            "id": tick.tick_id,
            "at": tick.tick_at,
            "status": tick.status.value,
            "started": tick.started_at,
            "ended": tick.ended_at,
            "run_ids": tick.run_ids,
            "dropped_run_keys": tick.dropped_run_keys,
            "reason": reason,
            "log": [line.message for line in tick.log],
        }
    return {
        "at": tick.tick_at,
        "status": tick.status.value,
        "took": duration((tick.ended_at - tick.started_at).total_seconds()),
        "runs": [run_id[:8] for run_id in tick.run_ids],
        "reason": reason,
        "log": "\n".join(line.message for line in tick.log),
    }
