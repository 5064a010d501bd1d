"""``/api/views``, ``/api/snoozes``: lists with their filters by name, and what is not to be shown for a while."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from watchbell.ground.errors import ParameterCheckError
from watchbell.record.account import Role
from watchbell.record.saved_view import FOR_ALL, SavedView, Snooze
from watchbell.web.access import require_role
from watchbell.web.audit import AuditNoteOf
from watchbell.web.caller import Caller, CallerOf
from watchbell.web.problem import Problem, missing
from watchbell.web.routing import api_router
from watchbell.web.shapes.accounts import Ended
from watchbell.web.shapes.shape import Page
from watchbell.web.shapes.views import SnoozeAsked, SnoozeRow, ViewAsked, ViewRow
from watchbell.web.view import ViewOf

router = api_router()


@router.get("/views")
def list_views(
    view: ViewOf, caller: CallerOf, screen: Annotated[str | None, Query(max_length=200)] = None
) -> Page[ViewRow]:
    """One's own saved views, and those that are everybody's (of one screen)."""
    found = view.store.views(caller.owner)
    rows = [view_row(each) for each in found if screen is None or each.screen == screen]
    return Page[ViewRow](items=rows, at=view.now())


@router.put("/views")
def save_view(asked: ViewAsked, view: ViewOf, caller: CallerOf, note: AuditNoteOf) -> ViewRow:
    """Stores a view by its name; one of the same screen and name is replaced."""
    owner = _owner(caller, asked.is_shared, "to save a view for everybody")
    try:
        stored = view.store.put_view(SavedView(0, owner, asked.screen, asked.name, asked.query, view.now()))
    except ParameterCheckError as error:
        raise Problem(422, "invalid-request", str(error)) from error
    note.about(f"{asked.screen}/{asked.name}")
    return view_row(stored)


@router.delete("/views/{view_id}")
def delete_view(view_id: int, view: ViewOf, caller: CallerOf) -> ViewRow:
    """Forgets a view of one's own; one of everybody's as an operator."""
    found = view.store.view(view_id) if 0 < view_id < 2**63 else None
    if found is None or found.owner not in {FOR_ALL, caller.owner}:
        raise missing("view", str(view_id))
    _owner(caller, found.owner == FOR_ALL, "to delete a view of everybody's")
    view.store.delete_view(view_id)
    return view_row(found)


@router.get("/snoozes")
def list_snoozes(view: ViewOf, caller: CallerOf) -> Page[SnoozeRow]:
    """What is not shown to who asks at this moment."""
    now = view.now()
    return Page[SnoozeRow](items=[snooze_row(each) for each in view.store.snoozes(caller.owner, now)], at=now)


@router.put("/snoozes")
def snooze(asked: SnoozeAsked, view: ViewOf, caller: CallerOf, note: AuditNoteOf) -> SnoozeRow:
    """Has something not shown for a while; again for the same key: until another time."""
    owner, now = _owner(caller, asked.is_shared, "to snooze something for everybody"), view.now()
    if asked.until_at <= now:
        raise Problem(422, "invalid-request", f"until_at: {asked.until_at.isoformat()} is over; give a later time")
    wanted = Snooze(owner, asked.key, asked.until_at, caller.name, now, asked.reason)
    try:
        view.store.put_snooze(wanted)
    except ParameterCheckError as error:
        raise Problem(422, "invalid-request", str(error)) from error
    note.about(asked.key)
    return snooze_row(wanted)


@router.delete("/snoozes")
def end_snooze(
    view: ViewOf,
    caller: CallerOf,
    note: AuditNoteOf,
    key: Annotated[str, Query(min_length=1, max_length=1_000)],
    is_shared: bool = False,
) -> Ended:
    """Has something shown again at once."""
    owner = _owner(caller, is_shared, "to end a snooze of everybody's")
    note.about(key)
    if not view.store.end_snooze(owner, key):
        raise missing("snooze", key)
    return Ended(count=1)


def _owner(caller: Caller, is_shared: bool, what: str) -> str:
    if is_shared:
        require_role(caller, Role.OPERATOR, what)
    return FOR_ALL if is_shared else caller.owner


def view_row(view: SavedView) -> ViewRow:
    """A saved view as the API tells it."""
    return ViewRow(
        id=view.view_id,
        screen=view.screen,
        name=view.name,
        query=view.query,
        is_shared=view.owner == FOR_ALL,
        changed_at=view.changed_at,
    )


def snooze_row(snooze: Snooze) -> SnoozeRow:
    """A snooze as the API tells it."""
    return SnoozeRow(
        key=snooze.key,
        until_at=snooze.until_at,
        by=snooze.by,
        at=snooze.at,
        reason=snooze.reason,
        is_shared=snooze.owner == FOR_ALL,
    )
