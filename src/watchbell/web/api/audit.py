"""``/api/audit``, ``/api/history``: who changed what, and what was done to one thing."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from watchbell.record.audit import AuditEntry, AuditQuery, Outcome
from watchbell.web.problem import Problem
from watchbell.web.routing import api_router
from watchbell.web.shapes.audit import AuditAsked, AuditRow, HistoryRow
from watchbell.web.shapes.shape import Cursor, Limit, Page
from watchbell.web.view import ViewOf

router = api_router()


@router.get("/audit")
def list_audit(view: ViewOf, asked: Annotated[AuditAsked, Query()]) -> Page[AuditRow]:
    """Every change that was asked for, the newest first."""
    query = AuditQuery(
        who=asked.who,
        operations=asked.operation,
        kind=asked.kind,
        target=asked.target,
        outcomes=asked.outcome,
        since=asked.since,
        until=asked.until,
        before_id=entry_in(asked.cursor),
        limit=asked.limit + 1,
    )
    found = view.store.audit(query)
    return Page[AuditRow](
        items=[audit_row(each) for each in found[: asked.limit]],
        next_cursor=str(found[asked.limit - 1].entry_id) if len(found) > asked.limit else None,
        at=view.now(),
    )


@router.get("/history")
def list_history(
    view: ViewOf,
    kind: Annotated[str, Query(min_length=1, max_length=100)],
    target: Annotated[str, Query(min_length=1, max_length=1_000)],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[HistoryRow]:
    """What people and programs did to one thing, the newest first: who, when and why."""
    query = AuditQuery(
        kind=kind,
        target=target,
        outcomes=[Outcome.BEGUN, Outcome.DONE, Outcome.FAILED],
        before_id=entry_in(cursor),
        limit=limit + 1,
    )
    found = view.store.audit(query)
    return Page[HistoryRow](
        items=[history_row(each) for each in found[:limit]],
        next_cursor=str(found[limit - 1].entry_id) if len(found) > limit else None,
        at=view.now(),
    )


def entry_in(cursor: str | None) -> int | None:
    """The number of an entry that a cursor holds.

    Raises:
        Problem: 422, it is none that this server gave out.
    """
    if cursor is None:
        return None
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 18:
        raise Problem(422, "invalid-request", f"{cursor[:100]!r} is no cursor that this server gave out")
    return int(cursor)


def history_row(entry: AuditEntry) -> HistoryRow:
    """An entry as everybody may see it."""
    return HistoryRow(
        id=entry.entry_id,
        at=entry.at,
        who=entry.who,
        operation=entry.operation,
        reason=entry.reason,
        outcome=entry.outcome,
    )


def audit_row(entry: AuditEntry) -> AuditRow:
    """An entry with all that is known of it."""
    return AuditRow(
        **history_row(entry).model_dump(),
        how=entry.how,
        role=entry.role,
        kind=entry.kind,
        target=entry.target,
        request_id=entry.request_id,
        details=dict(entry.details),
    )
