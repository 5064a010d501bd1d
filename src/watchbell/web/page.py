"""The one page: what rings, what ran, what is wrong. Plain HTML made here, everything escaped."""

from __future__ import annotations

from html import escape
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import HTMLResponse, Response

from watchbell.record.event import EventLogEntry, at_of
from watchbell.record.log_text import details, headline, kind_text, made_for, started_by
from watchbell.record.overlap import blockers, waiting_text
from watchbell.record.query import EventQuery
from watchbell.record.run import DagsterRun
from watchbell.services.run_lag import lag_text
from watchbell.web.html import address_of, badge, document, run_link, state_badge, table, time_text
from watchbell.web.view import View, view_of

router = APIRouter(include_in_schema=False)

RUNS_SHOWN = 50
ENTRIES_SHOWN = 2_000
CONDITIONS = "AUTOMATION"  # type of the sensors that evaluate conditions
ASSETS_SHOWN = 3  # of those that wake a sensor

STYLE = """
:root { color-scheme: light dark; --line: #8884; --mute: #888; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 70rem; padding: 1rem 1.5rem 4rem; }
h1 { font-size: 1.3rem; margin: .5rem 0 0; } h1 a { color: inherit; text-decoration: none; }
h2 { font-size: 1.05rem; margin: 2rem 0 .4rem; }
p { color: var(--mute); margin: .2rem 0 1rem; } p.foot { font-size: .85em; margin-top: 2.5rem; }
table { border-collapse: collapse; width: 100%; }
th { color: var(--mute); font-weight: 500; text-align: left; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .8rem .3rem 0; vertical-align: top; }
td.time, code { font-family: ui-monospace, monospace; font-size: .9em; white-space: nowrap; }
pre { background: #c001; border-left: 3px solid #c33; margin: .3rem 0; padding: .5rem .8rem; white-space: pre-wrap; }
pre.log { background: #8881; border-color: #888; font-size: .85em; }
dl { display: grid; gap: .2rem 1rem; grid-template-columns: max-content 1fr; }
dt { color: var(--mute); } dd { margin: 0; }
td { overflow-wrap: anywhere; } td:nth-child(-n+4) { overflow-wrap: normal; }
td > span { white-space: nowrap; }
.state { border-radius: .7rem; font-size: .85em; padding: .05rem .55rem; white-space: nowrap; background: #8883; }
.SUCCESS, .on { background: #2a73; } .FAILURE, .quarantined { background: #c335; }
.STARTED, .STARTING { background: #27c4; } .QUEUED { background: #09a3; }
.CANCELED, .CANCELING, .MISSED { background: #c904; }
@media (max-width: 45rem) {
  body { padding: 1rem 1rem 3rem; } thead { display: none; } code { white-space: normal; overflow-wrap: anywhere; }
  tr { border-bottom: 1px solid var(--line); display: flex; flex-wrap: wrap; gap: 0 .8rem; padding: .3rem 0; }
  td { border: 0; min-width: 0; padding: 0; } td:empty { display: none; } td:has(pre) { flex-basis: 100%; }
}
"""


@router.get("/style.css")
def style() -> Response:
    """The page's style."""
    return Response(STYLE, media_type="text/css")


@router.get("/")
def overview(view: Annotated[View, Depends(view_of)]) -> HTMLResponse:
    """Schedules, sensors and the newest runs."""
    problems = "".join(
        f"<pre>{escape(error.location_name)}: {escape(error.message)}\n{escape(error.details)}</pre>"
        for error in view.errors()
    )
    schedules = [
        [
            _name("schedule", row),
            state_badge(row),
            f"<code>{escape(', '.join(row['cron']))}</code>",
            _zone(row),
            time_text(row["next_tick_at"]),
        ]
        for row in view.schedules()
    ]
    now = view.now()
    sensors = [
        [
            _name("sensor", row),
            state_badge(row),
            _trigger(row),
            time_text(row["last_tick_at"]),
            escape(lag_text(row["lag"], now)),
        ]
        for row in view.sensors()
    ]
    newest = view.instance.get_runs(limit=RUNS_SHOWN)
    waits = blockers(view.instance.store, newest)
    runs = [_run_cells(each, waits.get(each.run_id)) for each in newest]
    body = (
        problems
        + table("Schedules", ["name", "state", "cron", "zone", "next tick"], schedules, "no schedules here")
        + table("Sensors", ["name", "state", "watches", "last tick", "waiting"], sensors, "no sensors here")
        + table("Runs", ["run", "job", "partition", "state", "by", "created", "took"], runs, "nothing has run yet")
    )
    return document("watchbell", body, refresh=True)


@router.get("/runs/{run_id}")
def run(run_id: str, view: Annotated[View, Depends(view_of)]) -> HTMLResponse:
    """One run with its log."""
    found = view.instance.get_run_by_id(run_id)
    if found is None:
        raise HTTPException(404, f"there is no run {run_id!r}")
    entries = view.instance.store.events(EventQuery(run_id=run_id, limit=ENTRIES_SHOWN))
    rows = [_entry_cells(each) for each in entries]
    tags = ", ".join(f"{escape(key)}={escape(value)}" for key, value in found.tags.items()) or "no tags"
    blocker = blockers(view.instance.store, [found]).get(run_id)
    waits = "" if blocker is None else f"<p>{escape(waiting_text(found, blocker))}</p>"
    head = f"<p>{badge(found.status.value)} {escape(found.job_name)} · {_took(found)} · {tags}</p>{waits}"
    return document(
        f"run {found.run_id[:8]}",
        head + table("Log", ["time", "kind", "step", "message"], rows, "nothing yet"),
        refresh=not found.is_finished,
    )


def _name(kind: str, row: dict[str, Any]) -> str:
    about = f' title="{escape(row["description"])}"' if row["description"] else ""
    return f'<a href="{address_of(kind, row["name"], row["location"])}"{about}>{escape(row["name"])}</a>'


def _zone(row: dict[str, Any]) -> str:
    return escape(row["timezone"])


def _trigger(row: dict[str, Any]) -> str:
    if row["run_statuses"]:
        return escape("runs that come to " + ", ".join(row["run_statuses"]))
    if row["assets"] is not None:
        more = len(row["assets"]) - ASSETS_SHOWN
        shown = ", ".join(row["assets"][:ASSETS_SHOWN])
        return escape(f"materializations of {shown}" + (f" and {more:,} more" if more > 0 else ""))
    if row["sensor_type"] == CONDITIONS:
        what = "what the conditions of its assets look at"
        return what if row["running"] else f"{what}: <b>not before it is started</b>"
    return f"every {row['minimum_interval_seconds']:g} s"


def _run_cells(run: DagsterRun, blocker: DagsterRun | None) -> list[str]:
    waits = "" if blocker is None else f' <span title="{escape(waiting_text(run, blocker))}">waits</span>'
    return [
        run_link(run.run_id),
        escape(run.job_name),
        escape(made_for(run)),
        badge(run.status.value) + waits,
        escape(started_by(run)),
        time_text(run.created_at),
        _took(run),
    ]


def _took(run: DagsterRun) -> str:
    if run.started_at is None or run.ended_at is None:
        return ""
    return f"{(run.ended_at - run.started_at).total_seconds():.2f} s"


def _entry_cells(entry: EventLogEntry) -> list[str]:
    more = details(entry)
    return [
        f"<code>{at_of(entry.timestamp):%H:%M:%S.%f}</code>",
        escape(kind_text(entry)),
        escape(entry.step_key or ""),
        escape(headline(entry)) + (f"<pre>{escape(more)}</pre>" if more else ""),
    ]
