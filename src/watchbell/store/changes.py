"""What changed since a position; fulfils ``record.change_store.ChangeStore``."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import fields

from watchbell.record.change_store import CHANGES_MAX, EventMark, StoreChanges, StorePosition, TickNote
from watchbell.record.keys import AssetKey
from watchbell.record.tick import AutomationKey, AutomationKind, TickStatus
from watchbell.store.session import Database, Row, Session

_COUNTERS = frozenset(field.name for field in fields(StorePosition))


class ChangeTables:
    """A base of ``SqlStore``, which has the database."""

    _database: Database

    def position(self) -> StorePosition:
        """Where the store is now."""
        with self._database.read() as session:
            return _position(session)

    def version(self) -> Hashable:
        """See ``record.change_store``."""
        return self._database.version()

    def changes_since(self, after: StorePosition) -> StoreChanges:
        """What came after a position, in a fixed number of queries."""
        with self._database.read() as session:
            # First: what is committed between two statements comes with a greater number, and is told next time.
            now = _position(session)
            events = _since(session, "event_marks", after.events, now.events)
            ticks = _since(session, "tick_marks", after.ticks, now.ticks)
            runs = _since(session, "run_marks", after.runs, now.runs)
            entities = _since(session, "evaluation_marks", after.evaluations, now.evaluations)
            backfills = session.rows("open_backfill_versions")
            [claims] = session.rows("claims_mark")
        return StoreChanges(
            now,
            None if events is None else tuple(_event(row) for row in events),
            None if ticks is None else tuple(_tick(row) for row in ticks),
            None if runs is None else tuple(row[0] for row in runs),
            None if entities is None else tuple(row[0] for row in entities),
            dict(backfills),
            hash(tuple(claims)),
        )


def _position(session: Session) -> StorePosition:
    return StorePosition(**{name: value for name, value in session.rows("counters") if name in _COUNTERS})


def _since(session: Session, name: str, after_id: int, until_id: int) -> list[Row] | None:
    if until_id <= after_id:
        return []
    rows = session.rows(name, after_id=after_id, until_id=until_id)
    return None if len(rows) > CHANGES_MAX else rows


def _event(row: Row) -> EventMark:
    run_id, kind, asset = row
    return EventMark(run_id, kind, None if asset is None else AssetKey.from_db_string(asset))


def _tick(row: Row) -> TickNote:
    number, location, kind, name, status = row
    return TickNote(number, AutomationKey(location, AutomationKind(kind), name), TickStatus(status))
