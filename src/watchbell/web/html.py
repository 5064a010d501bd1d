"""Pieces of pages: plain HTML made here. What users wrote is escaped by whoever puts it in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any
from urllib.parse import quote

from fastapi.responses import HTMLResponse

REFRESH_SECONDS = 5


def document(title: str, body: str, *, refresh: bool) -> HTMLResponse:
    """A whole page; with ``refresh`` it loads itself again every few seconds."""
    again = f'<meta http-equiv="refresh" content="{REFRESH_SECONDS}">' if refresh else ""
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>{again}'
        '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/style.css"></head>'
        f'<body><h1><a href="/">watchbell</a></h1>{body}<p class="foot">All times are UTC.</p></body></html>'
    )


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], empty: str) -> str:
    """A heading and a table; cells are HTML."""
    lines = ["<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows]
    if not lines:
        return f"<h2>{title}</h2><p>{empty}</p>"
    head = "".join(f"<th>{column}</th>" for column in columns)
    return f"<h2>{title}</h2><table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


def time_text(moment: datetime | None) -> str:
    """An instant in UTC; nothing for None."""
    return "" if moment is None else f"<code>{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}</code>"


def badge(status: str) -> str:
    """A state, coloured; one of our own words."""
    return f'<span class="state {status}">{status.lower()}</span>'


def state_badge(row: dict[str, Any]) -> str:
    """Whether a schedule or sensor is on, off or quarantined."""
    if row["quarantine"]:
        return f'<span class="state quarantined" title="{escape(row["quarantine"])}">quarantined</span>'
    return f'<span class="state {"on" if row["running"] else ""}">{"on" if row["running"] else "off"}</span>'


def address_of(kind: str, name: str, location: str) -> str:
    """The address of the page of a schedule or sensor, fit for an attribute.

    Args:
        kind: ``"schedule"`` or ``"sensor"``.
        name: its name.
        location: its code location.
    """
    return f"/{kind}s/{quote(name, safe='')}?location={quote(location, safe='')}"


def run_link(run_id: str) -> str:
    """A link to the page of a run."""
    return f'<a href="/runs/{quote(run_id, safe="")}"><code>{escape(run_id[:8])}</code></a>'
