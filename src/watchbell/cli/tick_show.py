"""Everything of one tick, for who has to find out what happened."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import click

from watchbell.cli.show import ago, show_facts
from watchbell.cli.tick_rows import dropped_text, line_json, print_line, took
from watchbell.ground.shown import harmless
from watchbell.ground.wire import loads
from watchbell.ground.zones import zone_named
from watchbell.instance import DagsterInstance
from watchbell.record.log_text import about
from watchbell.record.query import EventQuery
from watchbell.record.run import DagsterRun, RunsFilter
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState, Tick
from watchbell.record.tick_effects import effect_texts
from watchbell.record.tick_store import TickOf

CURSOR_SHOWN = 60
"""Characters of a cursor that are shown as they are; of a longer one, what changed in it."""
CHANGES_SHOWN = 20
"""Changes of a cursor, runs, events, run keys that are shown (count each); ``--json`` has all."""


def show_tick(instance: DagsterInstance, found: TickOf, *, as_json: bool) -> None:
    """Prints a tick."""
    key, tick = found.key, found.tick
    zone = _zone_of(instance.store.automation_state(key) or AutomationState(key))
    facts: dict[str, Any] = {
        "tick": tick.tick_id,
        key.kind.value.lower(): key.name,
        "location": key.location_name,
        "at": tick.tick_at,
    }
    if zone is not None:
        facts["nominal"] = f"{tick.tick_at.astimezone(zone_named(zone)).isoformat(' ')} ({zone})"
    facts.update(status=tick.status.value, began=tick.started_at, ended=tick.ended_at, reason=tick.skip_reason)
    if tick.attempt > 1:
        facts["attempt"] = f"{tick.attempt}; the one before: {tick.earlier}"
    runs = _runs_of(instance, tick)
    events = [
        {"id": each.storage_id, "event": about(each)}
        for each in (instance.events(EventQuery(storage_ids=list(tick.event_ids))) if tick.event_ids else ())
    ]
    if as_json:
        more = {
            "error": None if tick.error is None else tick.error.to_string(),
            "cursor_before": tick.cursor_before,
            "cursor": tick.cursor,
            "runs": runs,
            "run_keys": tick.run_keys,
            "dropped_run_keys": tick.dropped_run_keys,
            "held_by": tick.key_holders,
            "events": events,
            "effects": effect_texts(tick.effects),
            "log": [line_json(line) for line in tick.log],
        }
        show_facts({**facts, **more}, as_json=True)
        return
    told = {**facts, **_times(key, tick, instance.clock.now()), **_what_came_of_it(key, tick, runs, events)}
    show_facts({name: value for name, value in told.items() if value is not None}, as_json=False)
    _show_rest(tick)


def _times(key: AutomationKey, tick: Tick, now: datetime) -> dict[str, str]:
    late = (tick.started_at - tick.tick_at).total_seconds()
    after = f", {late:.3g} s after its time" if key.kind is AutomationKind.SCHEDULE and late >= 0.001 else ""
    began = f"{tick.started_at:%Y-%m-%d %H:%M:%S.%f}"[:-3]
    return {"began": f"{began}{after} ({ago(tick.started_at, now)})", "ended": f"after {took(tick)}"}


def _what_came_of_it(
    key: AutomationKey, tick: Tick, runs: Sequence[Mapping[str, Any]], events: Sequence[Mapping[str, Any]]
) -> dict[str, str]:
    """What woke it and what it did, a fact each; of very many things the first ones (``--json`` tells all)."""
    dropped = [dropped_text(tick, *each) for each in tick.key_holders.items()]
    told = {
        "reacted to": "\n".join(_first([f"event {each['id']}: {each['event']}" for each in events])),
        "cursor": "\n".join(cursor_lines(tick.cursor_before, tick.cursor)),
        "runs": "\n".join(_first([f"{each['run_id']}  {each['job'] or '?'}  {each['status']}" for each in runs])),
        "changed": "\n".join(f"{what}: {text}" for what, text in effect_texts(tick.effects).items()),
        "run keys": ", ".join(_first(tick.run_keys)),
        "not run again": "\n".join(_first(dropped)),
    }
    if key.kind is not AutomationKind.SENSOR:
        del told["cursor"]
    return {name: text for name, text in told.items() if text}


def _first(lines: Sequence[str]) -> list[str]:
    more = len(lines) - CHANGES_SHOWN
    return [*lines[:CHANGES_SHOWN], *([f"and {more:,} more"] if more > 0 else [])]


def _show_rest(tick: Tick) -> None:
    if tick.error is not None:
        click.echo()
        first, *rest = harmless(tick.error.to_string()).rstrip().splitlines()
        click.secho(first, fg="red")
        for text in rest:
            click.echo(text)
    if tick.log:
        click.echo()
        for line in tick.log:
            print_line(line)


def cursor_lines(before: str | None, after: str | None) -> list[str]:
    """What became of a cursor; of a long one, or one of JSON, only what changed in it."""
    if before == after:
        return [f"unchanged: {_shown(after)}"]
    old, new = _parts(before), _parts(after)
    if old is None or new is None or max(len(before or ""), len(after or "")) <= CURSOR_SHOWN:
        return _difference(before, after)
    lines = [
        f"{path}: {old.get(path, 'none')} -> {new.get(path, 'none')}"
        for path in dict.fromkeys((*old, *new))
        if old.get(path) != new.get(path)
    ]
    return _first(lines) or ["written otherwise, the same value"]


def _difference(before: str | None, after: str | None) -> list[str]:
    if max(len(before or ""), len(after or "")) <= CURSOR_SHOWN or before is None or after is None:
        return [f"{_shown(before)} -> {_shown(after)}"]
    same = 0
    while same < min(len(before), len(after)) and before[same] == after[same]:
        same += 1
    start = max(0, same - 10)
    return [f"from character {same}: …{_shown(before[start:])} -> …{_shown(after[start:])}"]


def _shown(cursor: str | None) -> str:
    if cursor is None:
        return "none"
    if len(cursor) <= CURSOR_SHOWN:
        return repr(cursor)
    return f"{cursor[:CURSOR_SHOWN]!r}… ({len(cursor):,} characters)"


def _parts(cursor: str | None) -> dict[str, str] | None:
    """The members of a cursor that is a JSON object, as text; None: it is something else."""
    if cursor is None:
        return {}
    try:
        value = json.loads(cursor)
    except ValueError:
        return None
    if not isinstance(value, dict):
        return None
    return {str(key): json.dumps(each) for key, each in value.items()}


def _runs_of(instance: DagsterInstance, tick: Tick) -> list[dict[str, Any]]:
    records = instance.store.run_records(RunsFilter(run_ids=list(tick.run_ids))) if tick.run_ids else []
    found = {record.dagster_run.run_id: record.dagster_run for record in records}
    return [_run_facts(run_id, found.get(run_id)) for run_id in tick.run_ids]


def _run_facts(run_id: str, run: DagsterRun | None) -> dict[str, Any]:
    if run is None:
        return {"run_id": run_id, "job": None, "status": "deleted"}
    return {"run_id": run_id, "job": run.job_name, "status": run.status.value}


def _zone_of(state: AutomationState) -> str | None:
    """The zone of a schedule by the terms its state was kept under."""
    if state.key.kind is not AutomationKind.SCHEDULE or state.spec is None:
        return None
    terms = loads(state.spec)
    return str(terms[1] or "UTC") if isinstance(terms, list) and len(terms) == 2 else None
