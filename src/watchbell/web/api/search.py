"""``/api/search``: jumping to anything by a part of its name; ``/api/nearest``: what somebody may have meant."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import unquote

from fastapi import Query

from watchbell.automate.due import is_on
from watchbell.record.backfill import Backfill
from watchbell.record.log_text import made_for, target_of
from watchbell.record.run import RunsFilter
from watchbell.record.tick import AutomationKind, AutomationState
from watchbell.web.routing import api_router
from watchbell.web.search.names import NamesKept
from watchbell.web.shapes.search import Found, FoundKind, Nearest, SearchAnswer
from watchbell.web.view import View, ViewOf

router = api_router()

FOUND_MAX = 50
NEAREST_MAX = 5
RUNS_SHOWN = 5
BACKFILLS_LOOKED_AT = 50
"""The newest backfills are found by the beginning of their ids (count)."""
_ID = re.compile(r"[0-9a-z][0-9a-z-]{2,35}", re.IGNORECASE | re.ASCII)
_kept = NamesKept()
_SWITCHED = {FoundKind.SCHEDULE: AutomationKind.SCHEDULE, FoundKind.SENSOR: AutomationKind.SENSOR}

Text = Annotated[str, Query(alias="q", max_length=200, description="a part of a name, or the beginning of an id")]
Limit = Annotated[int, Query(ge=1, le=FOUND_MAX)]


@router.get("/search")
def search(view: ViewOf, text: Text, limit: Limit = 20) -> SearchAnswer:
    """What a text may mean: runs and backfills by the beginning of their ids, all else by a part of its name."""
    ids = _by_id(view, text.strip())
    found, is_complete = _kept.of(view.locations()).fitting(text, limit)
    items = _with_switches(view, [*ids, *found][:limit])
    return SearchAnswer(items=items, is_complete=is_complete and len(ids) + len(found) <= limit)


@router.get("/nearest")
def find_nearest(
    view: ViewOf, path: Annotated[str, Query(max_length=2_000, description="an address without a page")]
) -> Nearest:
    """What somebody may have meant by an address that has no page."""
    parts = [unquote(each) for each in path.split("/") if each]
    names = _kept.of(view.locations())
    found = {each.to: each for part in reversed(parts[-2:]) for each in _by_id(view, part)}
    for text in ("/".join(parts[1:]), parts[-1] if parts else ""):
        for each in names.nearest(text, NEAREST_MAX):
            found.setdefault(each.to, each)
    return Nearest(items=list(found.values())[:NEAREST_MAX])


def _with_switches(view: View, items: list[Found]) -> list[Found]:
    """Schedules and sensors told with whether they are on; one query, if there are any."""
    if not any(each.kind in _SWITCHED for each in items):
        return items
    states = {each.key: each for each in view.store.automation_states()}

    def told(found: Found) -> Found:
        of_kind = _SWITCHED.get(found.kind)
        known = None if of_kind is None else view.definition(of_kind, found.name, found.location or "")
        if known is None:
            return found
        key, snapshot = known
        on = is_on(states.get(key) or AutomationState(key), snapshot.running_by_default)
        return found.model_copy(update={"is_on": on})

    return [told(each) for each in items]


def _by_id(view: View, text: str) -> list[Found]:
    """Runs and backfills whose ids begin so; two queries at most."""
    if _ID.fullmatch(text) is None:
        return []
    run_ids = view.store.run_ids_with_prefix(text.lower(), limit=RUNS_SHOWN)
    records = view.store.run_records(RunsFilter(run_ids=run_ids), limit=RUNS_SHOWN) if run_ids else []
    found = [
        Found(
            kind=FoundKind.RUN,
            name=each.dagster_run.run_id,
            location=each.dagster_run.location_name,
            about=f"{target_of(each.dagster_run)} {made_for(each.dagster_run)}".strip(),
            to=f"/runs/{each.dagster_run.run_id}",
        )
        for each in records
    ]
    newest = view.store.backfills(limit=BACKFILLS_LOOKED_AT, with_counts=False)
    return found + [_backfill(each) for each in newest if each.backfill_id.startswith(text)]


def _backfill(backfill: Backfill) -> Found:
    to = f"/backfills/{backfill.backfill_id}"
    return Found(kind=FoundKind.BACKFILL, name=backfill.backfill_id, about=backfill.title, to=to)
