"""What people keep of the pages: views of lists, and what they want to hear nothing of for a while."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from watchbell.ground.value import dataclass

FOR_ALL = ""
"""The owner of what is everybody's."""


@dataclass(frozen=True)
class SavedView:
    """A list with its filters, by a name.

    Args:
        view_id: its number; 0: not stored yet.
        owner: whose it is; :data:`FOR_ALL`: everybody's.
        screen: the list it is of, e.g. ``"runs"``.
        name: what it is called there.
        query: the part of the address behind the question mark.
        changed_at: when it was stored last.
    """

    view_id: int
    owner: str
    screen: str
    name: str
    query: str
    changed_at: datetime


@dataclass(frozen=True)
class Snooze:
    """Something that needs attention, and is not to be shown for a while.

    Args:
        owner: who does not want to see it; :data:`FOR_ALL`: nobody does.
        key: what it is, e.g. ``"job:etl"``.
        until_at: when it is shown again.
        by: who said so.
        at: when.
        reason: why; empty: nobody said.
    """

    owner: str
    key: str
    until_at: datetime
    by: str
    at: datetime
    reason: str = ""


class ViewStore(Protocol):
    """Saved views and snoozes."""

    def put_view(self, view: SavedView) -> SavedView:
        """Stores a view, instead of the one of this owner, screen and name; answers it with its number."""

    def views(self, owner: str) -> list[SavedView]:
        """The views of somebody, and those that are everybody's, by screen and name."""

    def delete_view(self, view_id: int) -> SavedView | None:
        """Forgets a view; what it was, None if there is none."""

    def view(self, view_id: int) -> SavedView | None:
        """One view; None: there is none."""

    def put_snooze(self, snooze: Snooze) -> None:
        """Stores it, instead of the one of this owner and key; those that are over at its time are forgotten."""

    def end_snooze(self, owner: str, key: str) -> bool:
        """Forgets it; whether it was there."""

    def snoozes(self, owner: str, now: datetime) -> list[Snooze]:
        """What is not to be shown to somebody at this moment, by key."""
