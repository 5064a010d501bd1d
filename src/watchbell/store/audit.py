"""The part of the store that speaks of the audit log; fulfils ``record.audit.AuditStore``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from watchbell.record.audit import AuditEntry, AuditQuery, Outcome
from watchbell.record.event import at_of
from watchbell.record.ports import Notifier
from watchbell.store.session import Database, Row
from watchbell.store.statements import Params, Pieces
from watchbell.store.topics import AUDIT

TEXT_LENGTH_MAX = 1_000
"""Characters kept of a reason, a target, a name."""
DETAILS_LENGTH_MAX = 20_000
"""Characters kept of details; longer ones are cut, and say so."""


FORGOTTEN_AT_ONCE = 50
"""Old entries that a new one takes with it at most (count): an action waits for no more."""


class AuditTables:
    """The audit log.

    Args:
        database: an open one, with the current schema.
        notifier: told of each commit, afterwards.
    """

    def __init__(self, database: Database, notifier: Notifier) -> None:
        self._database = database
        self._notifier = notifier

    def add_audit(self, entry: AuditEntry, keep_since: datetime | None = None) -> AuditEntry:
        """Writes an entry down, and answers it with its number; some that are too old go."""
        with self._database.write() as session:
            if keep_since is not None:
                session.run("forget_audit", keep_since=keep_since.timestamp(), most=FORGOTTEN_AT_ONCE)
            number = session.take_numbers("audit", 1)
            session.run(
                "new_audit",
                id=number,
                at=entry.at.timestamp(),
                who=_kept(entry.who),
                how=entry.how,
                role=entry.role,
                operation=_kept(entry.operation),
                kind=entry.kind,
                target=_kept(entry.target),
                reason=_kept(entry.reason),
                outcome=entry.outcome.value,
                request_id=entry.request_id,
                details=_details(entry.details),
            )
        self._notifier.publish((AUDIT,))
        return replace(entry, entry_id=number)

    def end_audit(self, entry_id: int, outcome: Outcome, details: Mapping[str, Any], target: str | None = None) -> None:
        """Says what came of an entry that was ``BEGUN``; another one stays as it is."""
        with self._database.write() as session:
            session.run(
                "end_audit",
                entry_now=entry_id,
                outcome=outcome.value,
                details=_details(details),
                target=None if target is None else _kept(target),
            )
        self._notifier.publish((AUDIT,))

    def audit(self, query: AuditQuery) -> list[AuditEntry]:
        """Entries, the newest first."""
        given: list[tuple[str, Params | None]] = [
            ("audit_who_is", None if query.who is None else {"who": query.who}),
            ("audit_kind_is", None if query.kind is None else {"kind": query.kind}),
            ("audit_target_is", None if query.target is None else {"target": query.target}),
            ("audit_operation_in", None if query.operations is None else {"operations": list(query.operations)}),
            (
                "audit_outcome_in",
                None if query.outcomes is None else {"outcomes": [each.value for each in query.outcomes]},
            ),
            ("audit_since", None if query.since is None else {"since": query.since.timestamp()}),
            ("audit_until", None if query.until is None else {"until": query.until.timestamp()}),
            ("audit_before_id", None if query.before_id is None else {"before_id": query.before_id}),
        ]
        conditions = [(name, params) for name, params in given if params is not None]
        pieces = Pieces("select_audit", conditions, "audit_order", descending=True, limit=query.limit)
        with self._database.read() as session:
            return [_entry(row) for row in session.select(pieces)]


def _kept(text: str) -> str:
    """Text that an engine can store: cut, without what no encoding has."""
    plain = text.replace("\x00", "").encode("utf-8", "replace").decode()
    return plain if len(plain) <= TEXT_LENGTH_MAX else f"{plain[: TEXT_LENGTH_MAX - 1]}…"


def _details(details: Mapping[str, Any]) -> str:
    text = json.dumps(details, ensure_ascii=True, default=str)
    if len(text) <= DETAILS_LENGTH_MAX:
        return text
    return json.dumps({"cut": True, "beginning": text[: DETAILS_LENGTH_MAX - 1_000]})


def _entry(row: Row) -> AuditEntry:
    number, at, who, how, role, operation, kind, target, reason, outcome, request_id, details = row
    return AuditEntry(
        at_of(at),
        who,
        how,
        role,
        operation,
        kind,
        target,
        reason,
        Outcome(outcome),
        request_id,
        json.loads(details),
        number,
    )
