"""A page for each schedule and sensor: where it stands, when it fires next, how its ticks went and what they logged."""

from __future__ import annotations

import json
import logging
from datetime import datetime
from html import escape
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import HTMLResponse

from watchbell.automate.conditions.cursor import ConditionCursor
from watchbell.automate.due import jitter_offset
from watchbell.automate.fire_times import fire_times, offset_text
from watchbell.ground.cron import Cron
from watchbell.ground.durations import duration_text
from watchbell.record.asset_cursor import consumed_ids
from watchbell.record.automation_policy import PLAIN_POLICY, AutomationPolicy
from watchbell.record.event import at_of
from watchbell.record.keys import AssetKey
from watchbell.record.query import AssetState
from watchbell.record.snapshot import ScheduleSnapshot, SensorSnapshot
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState, Tick, TickStatus
from watchbell.record.tick_effects import effect_texts
from watchbell.services.run_lag import lag_text
from watchbell.web.api.automations import Before
from watchbell.web.html import address_of, badge, document, run_link, state_badge, table, time_text
from watchbell.web.view import View, view_of

router = APIRouter(include_in_schema=False)

TICKS_SHOWN = 50
ASKING_SHOWN = 10
"""Of a condition sensor, ticks that asked for runs (count)."""
COLUMNS = ["tick", "time", "state", "took", "runs", "what happened"]
FIRES_SHOWN = 5
LINES_SHOWN = 200
"""Log lines of one tick on the page (count); the API has all."""
RUNS_SHOWN = 20
CURSOR_SHOWN = 200
FACT_SHOWN = 500
AUTOMATION = "AUTOMATION"
"""Of snapshots, the type of condition sensors."""


@router.get("/schedules/{name}")
def schedule(
    name: str, view: Annotated[View, Depends(view_of)], location: str | None = None, before: Before = None
) -> HTMLResponse:
    """One schedule with its next times and its ticks, the newest first; ``before``: the last of the page before."""
    return _page_of(view, AutomationKind.SCHEDULE, name, location, before)


@router.get("/sensors/{name}")
def sensor(
    name: str, view: Annotated[View, Depends(view_of)], location: str | None = None, before: Before = None
) -> HTMLResponse:
    """One sensor with its cursor, what waits for it, and its ticks, the newest first."""
    return _page_of(view, AutomationKind.SENSOR, name, location, before)


def _page_of(view: View, kind: AutomationKind, name: str, location: str | None, before: int | None) -> HTMLResponse:
    found = view.definition(kind, name, location)
    if found is None:
        raise HTTPException(404, f"there is no {kind.value.lower()} {name!r}")
    key, snapshot = found
    state = view.instance.store.automation_state(key) or AutomationState(key)
    row, now = view.automation_row(snapshot, state), view.now()
    facts = {"location": escape(key.location_name), "state": state_badge(row)}
    if snapshot.description:
        facts["about"] = escape(snapshot.description)
    facts.update(_labels(row))
    if row["quarantine"]:
        facts["why"] = escape(row["quarantine"])
    more = ""
    if isinstance(snapshot, ScheduleSnapshot):
        facts["cron"] = f"<code>{escape(', '.join(snapshot.cron))}</code> in {escape(snapshot.timezone)}"
        more = _next_times(key, snapshot, now) if row["running"] else ""
    else:
        facts.update(_sensor_facts(view, snapshot, state, row))
    if terms := policy_text(snapshot.policy):
        facts["policy"] = escape(terms)
    if getattr(snapshot, "sensor_type", "") == AUTOMATION and before is None:  # most of its ticks ask for nothing
        asking = view.instance.store.ticks(key, limit=ASKING_SHOWN, statuses=[TickStatus.SUCCESS])
        rows = [_tick_cells(each) for each in asking]
        more += table("Asked for runs", COLUMNS, rows, "no condition asked for a run yet")
    ticks = view.instance.store.ticks(key, limit=TICKS_SHOWN, before_id=before)
    cells = [_tick_cells(each) for each in ticks]
    more += table("Ticks", COLUMNS, cells, "it has not ticked yet")
    if len(ticks) == TICKS_SHOWN:
        address = address_of(kind.value.lower(), key.name, key.location_name)
        more += f'<p><a href="{address}&amp;before={ticks[-1].tick_id}">older ticks</a></p>'
    shown = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in facts.items())
    title = f"<h2>{kind.value.lower()} {escape(key.name)}</h2>"
    return document(f"{kind.value.lower()} {key.name}", f"{title}<dl>{shown}</dl>{more}", refresh=before is None)


def policy_text(policy: AutomationPolicy) -> str:
    """What a schedule or sensor asks for otherwise than others, in one line; jitter stands with the next times."""
    plain, terms = PLAIN_POLICY, []
    if policy.overlap != plain.overlap:
        terms.append(f"overlap {policy.overlap.value}")
    if policy.catchup != plain.catchup:
        terms.append(f"catchup {policy.catchup.value}")
    lengths = {
        "catchup_window": policy.catchup_window_seconds,
        "timeout": policy.timeout_seconds,
        "run_key_ttl": policy.run_key_ttl_seconds,
    }
    terms += [f"{name} {duration_text(seconds)}" for name, seconds in lengths.items() if seconds is not None]
    return ", ".join(terms)


def _labels(row: dict[str, Any]) -> dict[str, str]:
    """Who answers for it, its tags and facts, as far as there are any."""
    pairs = {
        "owners": [escape(each) for each in row["owners"]],
        "tags": [_pair(key, value) for key, value in row["tags"].items()],
        "metadata": [_pair(key, value) for key, value in row["metadata"].items()],
    }
    return {name: "<br>".join(texts) for name, texts in pairs.items() if texts}


def _pair(key: str, value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    cut = text if len(text) <= FACT_SHOWN else f"{text[:FACT_SHOWN]}…"
    return f"<code>{escape(key)}</code>{f' {escape(cut)}' if cut else ''}"


def _next_times(key: AutomationKey, snapshot: ScheduleSnapshot, now: datetime) -> str:
    cron = Cron.of(list(snapshot.cron), snapshot.timezone)
    jitter = jitter_offset(key, snapshot.policy)
    fires = fire_times(cron, after=now, count=FIRES_SHOWN, jitter_seconds=jitter.total_seconds())
    rows = [
        [
            f"<code>{each.at:%Y-%m-%d %H:%M:%S}</code>",
            offset_text(each.at),
            duration_text(max(0.0, (each.ticks_at - now).total_seconds())),
            escape("; ".join(each.marks)),
        ]
        for each in fires
    ]
    note = f"<p>Each tick is {duration_text(jitter.total_seconds())} later (jitter).</p>" if jitter else ""
    return table("Next times", ["in its zone", "offset", "in", ""], rows, "never again") + note


def _sensor_facts(view: View, snapshot: SensorSnapshot, state: AutomationState, row: dict[str, Any]) -> dict[str, str]:
    seconds = snapshot.minimum_interval_seconds
    facts = {"interval": f"{seconds:g} s at least" if seconds else "none: at once"}
    if snapshot.run_statuses:
        facts["watches"] = "runs that come to " + ", ".join(each.value for each in snapshot.run_statuses)
    if snapshot.asset_keys is not None:
        facts["watches"] = escape(", ".join(each.to_user_string() for each in snapshot.asset_keys))
    cursor = state.cursor
    if snapshot.sensor_type == AUTOMATION:
        facts |= _condition_facts(view, snapshot, cursor)
    elif cursor is not None:
        more = f"… ({len(cursor):,} characters)" if len(cursor) > CURSOR_SHOWN else ""
        facts["cursor"] = f"<code>{escape(cursor[:CURSOR_SHOWN])}</code>{more}"
    has_lag = bool(snapshot.run_statuses) or row["lag"] is not None
    waiting = lag_text(row["lag"], view.now()) if has_lag else _made_meanwhile(view, snapshot, cursor)
    if waiting:
        facts["waiting"] = escape(waiting)
    return facts


def _condition_facts(view: View, snapshot: SensorSnapshot, cursor: str | None) -> dict[str, str]:
    """Of a condition sensor: whose conditions it evaluates, each with when it was made, and how far it has read."""
    read = ConditionCursor.of(cursor)
    where = "none yet: what happened before the first one is no news"
    if read is not None:
        ago = duration_text(max(0.0, (view.now() - read.position.at).total_seconds()))
        where = f"number {read.tick:,}, {ago} ago, of all that happened up to event {read.position.event_id:,}"
    keys = [AssetKey.from_user_string(each) for each in snapshot.looks_after if ":" not in each]
    states = view.instance.store.asset_states(keys) if keys else {}
    made = {
        key.to_user_string(): duration_text(_age(view, each)) for key, each in states.items() if each.materialized_at
    }
    told = [
        escape(each) + ("" if ":" in each else f" (made {made[each]} ago)" if each in made else " (never made)")
        for each in snapshot.looks_after
    ]
    more = snapshot.looks_after_count - len(told)
    told += [f"and {more:,} more"] if more > 0 else []
    return {
        "looks after": "<br>".join(told) or "nothing: no asset or check that it selects has a condition",
        "evaluation": where,
        "why": f"<code>watchbell explain asset {escape(snapshot.looks_after[0])}</code>"
        if snapshot.looks_after
        else "",
    }


def _made_meanwhile(view: View, snapshot: SensorSnapshot, cursor: str | None) -> str:
    """Which assets of a sensor were made after what its cursor says it has dealt with, and when."""
    keys = snapshot.asset_keys or ()
    states = view.instance.store.asset_states(keys) if keys else {}
    behind = [
        f"{key.to_user_string()} (made {duration_text(_age(view, states[key]))} ago)"
        for key, number in zip(keys, consumed_ids(cursor, keys), strict=True)
        if key in states and (states[key].materialization_id or 0) > number
    ]
    return ", ".join(behind)


def _age(view: View, state: AssetState) -> float:
    return 0.0 if state.materialized_at is None else max(0.0, (view.now() - state.materialized_at).total_seconds())


def _tick_cells(tick: Tick) -> list[str]:
    runs = [run_link(run_id) for run_id in tick.run_ids[:RUNS_SHOWN]]
    more = f" and {len(tick.run_ids) - RUNS_SHOWN:,} more" if len(tick.run_ids) > RUNS_SHOWN else ""
    return [
        f'<a href="/api/ticks/{tick.tick_id}">{tick.tick_id}</a>',
        time_text(tick.tick_at),
        badge(tick.status.value),
        f"<span>{duration_text(max(0.0, (tick.ended_at - tick.started_at).total_seconds()))}</span>",
        " ".join(runs) + more,
        _what_happened(tick),
    ]


def _dropped(tick: Tick) -> str:
    """The run keys that made no run, each with the run that has it."""
    texts = [f"{escape(key)}{f' ({run_link(run)})' if run else ''}" for key, run in tick.key_holders.items()]
    more = f" and {len(texts) - RUNS_SHOWN:,} more" if len(texts) > RUNS_SHOWN else ""
    return ", ".join(texts[:RUNS_SHOWN]) + more


def _what_happened(tick: Tick) -> str:
    parts = [escape(tick.skip_reason)] if tick.skip_reason else []
    if tick.dropped_run_keys:
        parts.append(f"not run again: {_dropped(tick)}")
    parts += [escape(f"{what}: {text}") for what, text in effect_texts(tick.effects).items()]
    text = "<br>".join(parts)
    if tick.error is not None:
        text += f"<pre>{escape(tick.error.to_string())}</pre>"
    if tick.log:
        lines = [
            f"{at_of(line.timestamp):%H:%M:%S.%f} {logging.getLevelName(line.level):<8} {line.message}"
            for line in tick.log[:LINES_SHOWN]
        ]
        if len(tick.log) > LINES_SHOWN:
            lines.append(f"and {len(tick.log) - LINES_SHOWN:,} more lines")
        text += f'<pre class="log">{escape(chr(10).join(lines))}</pre>'
    return text
