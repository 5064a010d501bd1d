"""``/api/ticks``: what schedules and sensors did, and what came of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query

from watchbell.record.run import RunsFilter
from watchbell.record.tick import TickStatus
from watchbell.record.tick_store import TickOf
from watchbell.web.api.automations import found_automation
from watchbell.web.problem import Problem, missing
from watchbell.web.routing import api_router
from watchbell.web.shapes.automations import Kind
from watchbell.web.shapes.shape import STORED_ID_MAX, Cursor, Page
from watchbell.web.shapes.ticks import TickDetail, TickFold
from watchbell.web.tick_shapes import NAMED_MAX, folded, tick_detail
from watchbell.web.view import View, ViewOf

router = api_router()

READ_MAX = 1_000
"""Ticks that are read for a page on which equal ones are told as one (count)."""
Status = Annotated[list[TickStatus] | None, Query(description="only those that ended so")]


@router.get("/ticks")
def list_ticks(
    view: ViewOf,
    failed: bool = False,
    fold: Annotated[bool, Query(description="whether equal ones in a row are told as one")] = False,
    limit: Annotated[int, Query(ge=1, le=READ_MAX, description="how many items at most")] = 50,
    cursor: Cursor = None,
) -> Page[TickFold]:
    """Ticks of all schedules and sensors, the newest first."""
    read = READ_MAX if fold else limit
    found = view.store.all_ticks(limit=read + 1, before_id=_before(cursor), only_failed=failed)
    return _page(view, found, read, limit, fold=fold)


@router.get("/automations/{kind}/{location}/{name}/ticks")
def list_automation_ticks(
    kind: Kind,
    location: str,
    name: str,
    view: ViewOf,
    status: Status = None,
    fold: Annotated[bool, Query(description="whether equal ones in a row are told as one")] = True,
    limit: Annotated[int, Query(ge=1, le=READ_MAX, description="how many items at most")] = 50,
    cursor: Cursor = None,
) -> Page[TickFold]:
    """Ticks of one schedule or sensor, the newest first."""
    key, _ = found_automation(view, kind, location, name)
    read = READ_MAX if fold else limit
    ticks = view.store.ticks(key, limit=read + 1, before_id=_before(cursor), statuses=status)
    return _page(view, [TickOf(key, each) for each in ticks], read, limit, fold=fold)


@router.get("/ticks/{tick_id}")
def get_tick(tick_id: Annotated[int, Path(ge=1, le=STORED_ID_MAX)], view: ViewOf) -> TickDetail:
    """One tick with what it was made of and what came of it: cursor, events, log, runs, run keys that made none."""
    found = view.store.tick(tick_id)
    if found is None:
        raise missing("tick", str(tick_id))
    run_ids = list(found.tick.run_ids[:NAMED_MAX])
    records = view.store.run_records(RunsFilter(run_ids=run_ids)) if run_ids else []
    runs = {each.dagster_run.run_id: each.dagster_run for each in records}
    older = view.store.ticks(found.key, limit=1, before_id=tick_id)
    newer_id = view.store.tick_after(found.key, tick_id)
    return tick_detail(found, runs, newer_id, older[0].tick_id if older else None)


def _page(view: View, found: list[TickOf], read: int, limit: int, *, fold: bool) -> Page[TickFold]:
    is_cut = len(found) > read
    found = found[:read]
    if not fold:
        items = [one for each in found for one in folded([each], 1, is_cut=False)]
    else:
        items = folded(found, limit, is_cut=is_cut)
    is_last = not items or (items[-1].oldest_id == found[-1].tick.tick_id and not is_cut)
    return Page[TickFold](items=items, next_cursor=None if is_last else str(items[-1].oldest_id), at=view.now())


def _before(cursor: str | None) -> int | None:
    """The number in a cursor.

    Raises:
        Problem: 422, it is none that this server gave out.
    """
    if cursor is None:
        return None
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 18:
        raise Problem(422, "invalid-request", f"{cursor[:100]!r} is no cursor that this server gave out")
    return int(cursor)
