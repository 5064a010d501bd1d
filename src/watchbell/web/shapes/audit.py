"""The audit log, as the API tells it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from watchbell.record.audit import Outcome
from watchbell.web.shapes.shape import Shape


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
