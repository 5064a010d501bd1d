"""The audit log: who changed what, how and why, and what came of it; with the part of the port that speaks of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from watchbell.ground.value import dataclass


class Outcome(StrEnum):
    """What came of it.

    ``BEGUN`` alone means that the server ended before the action did; ``REFUSED``: the caller may not, or the request
    was no good; ``FAILED``: it was tried.
    """

    BEGUN = "begun"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True)
class AuditEntry:
    """One action.

    Args:
        at: when it was asked for.
        who: a user's name, ``token:<name>``, or the account of this machine.
        how: ``"session"``, ``"token"``, ``"local"`` (a browser on this machine), ``"command"``, or ``"nobody"``.
        role: the role it was asked with; empty: none.
        operation: the operation's id, e.g. ``"launchRun"``.
        kind: what kind of thing it is about, e.g. ``"run"``; empty: of none.
        target: which one; several are joined by blanks.
        reason: what the person said; empty: nothing.
        outcome: what came of it.
        request_id: the request's id, which is also in the server's log.
        details: what was asked for, secrets masked.
        entry_id: its number; 0: not stored yet.
    """

    at: datetime
    who: str
    how: str
    role: str
    operation: str
    kind: str = ""
    target: str = ""
    reason: str = ""
    outcome: Outcome = Outcome.BEGUN
    request_id: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    entry_id: int = 0


@dataclass(frozen=True)
class AuditQuery:
    """Which entries are wanted; what is None does not matter.

    Args:
        who: by this one.
        operations: one of these.
        kind: about things of this kind.
        target: about this thing.
        outcomes: one of these.
        since: not before.
        until: before.
        before_id: with a smaller number.
        limit: most of them (count).
    """

    who: str | None = None
    operations: Collection[str] | None = None
    kind: str | None = None
    target: str | None = None
    outcomes: Collection[Outcome] | None = None
    since: datetime | None = None
    until: datetime | None = None
    before_id: int | None = None
    limit: int = 100


class AuditStore(Protocol):
    """The audit log: entries are added and ended, and forgotten by nothing but their age."""

    def add_audit(self, entry: AuditEntry, keep_since: datetime | None = None) -> AuditEntry:
        """Writes an entry down, and answers it with its number.

        Args:
            entry: what was done.
            keep_since: of the oldest entries a few that are older than this are forgotten; None: all are kept.
        """

    def end_audit(self, entry_id: int, outcome: Outcome, details: Mapping[str, Any], target: str | None = None) -> None:
        """Says what came of an entry that was ``BEGUN``; another one stays as it is.

        Args:
            entry_id: which one.
            outcome: what came of it.
            details: instead of those it had.
            target: instead of the one it had; None: that one.
        """

    def audit(self, query: AuditQuery) -> list[AuditEntry]:
        """Entries, the newest first."""
