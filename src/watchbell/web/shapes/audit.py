"""The audit log, as the API tells it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from watchbell.record.audit import Outcome
from watchbell.web.shapes.shape import PAGE_MAX, Moment, Shape

Text = Annotated[str, Field(max_length=1_000)]


class AuditAsked(Shape):
    """Which entries of the audit log are wanted; what is left out does not matter.

    Args:
        who: by this one.
        operation: one of these operations.
        kind: about things of this kind.
        target: about this thing.
        outcome: one of these.
        since: not before.
        until: before.
        limit: how many at most.
        cursor: `next_cursor` of the page before.
    """

    who: Text | None = None
    operation: Annotated[list[Text], Field(max_length=100)] | None = None
    kind: Text | None = None
    target: Text | None = None
    outcome: list[Outcome] | None = None
    since: Moment | None = None
    until: Moment | None = None
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX)] = 100
    cursor: Annotated[str, Field(max_length=2_000)] | None = None


class HistoryRow(Shape):
    """Something that was done to a thing.

    Args:
        id: its number; later ones have greater ones.
        at: when.
        who: by whom.
        operation: the operation's id, e.g. ``launchRun``.
        reason: what the person said.
        outcome: what came of it.
    """

    id: int
    at: datetime
    who: str
    operation: str
    reason: str
    outcome: Outcome


class AuditRow(HistoryRow):
    """An entry of the audit log.

    Args:
        how: ``session``, ``token``, ``local``, ``command`` or ``nobody``.
        role: the role it was asked with.
        kind: what kind of thing it is about.
        target: which one.
        request_id: stands in the server's log as well.
        details: what was asked for, secrets masked.
    """

    how: str
    role: str
    kind: str
    target: str
    request_id: str
    details: dict[str, Any]
