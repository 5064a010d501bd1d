"""The part of the store that speaks of saved views and snoozes; fulfils ``record.saved_view.ViewStore``."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from watchbell.record.event import at_of
from watchbell.record.ports import Notifier
from watchbell.record.request import check_text
from watchbell.record.saved_view import SavedView, Snooze
from watchbell.store.session import Database, Row
from watchbell.store.topics import VIEWS

QUERY_BYTES_MAX = 10_000


class ViewTables:
    """Saved views and snoozes.

    Args:
        database: an open one, with the current schema.
        notifier: told of each commit, afterwards.
    """

    def __init__(self, database: Database, notifier: Notifier) -> None:
        self._database = database
        self._notifier = notifier

    def put_view(self, view: SavedView) -> SavedView:
        """Stores a view, instead of the one of this owner, screen and name; answers it with its number."""
        check_text(view.name, "a view's name")
        check_text(view.screen, "a view's screen")
        check_text(view.query, "a view's query", QUERY_BYTES_MAX)
        values = {"query_text": view.query, "changed_at": view.changed_at.timestamp()}
        with self._database.write() as session:
            row = session.row("view_named", owner_now=view.owner, screen_now=view.screen, name_now=view.name)
            if row is not None:
                number: int = row[0]
                session.run("change_view", view_now=number, **values)
            else:
                number = session.take_numbers("views", 1)
                session.run("new_view", id=number, owner=view.owner, screen=view.screen, name=view.name, **values)
        self._notifier.publish((VIEWS,))
        return replace(view, view_id=number)

    def views(self, owner: str) -> list[SavedView]:
        """The views of somebody, and those that are everybody's, by screen and name."""
        with self._database.read() as session:
            return [_view(row) for row in session.rows("views", owner_now=owner)]

    def view(self, view_id: int) -> SavedView | None:
        """One view; None: there is none."""
        with self._database.read() as session:
            row = session.row("view", view_now=view_id)
        return None if row is None else _view(row)

    def delete_view(self, view_id: int) -> SavedView | None:
        """Forgets a view; what it was, None if there is none."""
        with self._database.write() as session:
            row = session.row("view", view_now=view_id)
            session.run("delete_view", view_now=view_id)
        self._notifier.publish((VIEWS,))
        return None if row is None else _view(row)

    def put_snooze(self, snooze: Snooze) -> None:
        """Stores it, instead of the one of this owner and key; those that are over at its time are forgotten."""
        check_text(snooze.key, "the key of what is snoozed")
        check_text(snooze.reason, "the reason")
        with self._database.write() as session:
            session.run("end_old_snoozes", now=snooze.at.timestamp())
            session.run("end_snooze", owner_now=snooze.owner, key_now=snooze.key)
            session.run(
                "new_snooze",
                owner=snooze.owner,
                attention_key=snooze.key,
                until_at=snooze.until_at.timestamp(),
                said_by=snooze.by,
                said_at=snooze.at.timestamp(),
                reason=snooze.reason,
            )
        self._notifier.publish((VIEWS,))

    def end_snooze(self, owner: str, key: str) -> bool:
        """Forgets it; whether it was there."""
        with self._database.write() as session:
            ended = session.run("end_snooze", owner_now=owner, key_now=key)
        self._notifier.publish((VIEWS,))
        return ended > 0

    def snoozes(self, owner: str, now: datetime) -> list[Snooze]:
        """What is not to be shown to somebody at this moment, by key."""
        with self._database.read() as session:
            return [_snooze(row) for row in session.rows("snoozes", owner_now=owner, now=now.timestamp())]


def _view(row: Row) -> SavedView:
    view_id, owner, screen, name, query, changed_at = row
    return SavedView(view_id, owner, screen, name, query, at_of(changed_at))


def _snooze(row: Row) -> Snooze:
    owner, key, until_at, by, at, reason = row
    return Snooze(owner, key, at_of(until_at), by, at_of(at), reason)
