"""A database in which one write of a transaction of ticks goes wrong: the service is killed there, or refused it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from tests.simulation.world import Crash
from watchbell.record.lease import Lease
from watchbell.record.tick import CommittedTick, TickCommit
from watchbell.store.session import Database, Session
from watchbell.store.store import SqlStore

COMMITTED = "committed"
"""What is told after a transaction, when only the service can fail."""


class FlakySession:
    """A session that tells of each write beforehand; all else goes on to the real one."""

    def __init__(self, session: Session, told: Callable[[str], None]) -> None:
        self._session = session
        self._told = told

    def run(self, name: str, /, **params: Any) -> int:
        """See the real one, as of all others."""
        self._told(name)
        return self._session.run(name, **params)

    def run_many(self, name: str, rows: Iterable[Sequence[Any]]) -> None:
        rows = list(rows)
        if rows:
            self._told(name)
            self._session.run_many(name, rows)

    def take_numbers(self, counter: str, count: int) -> int:
        self._told(counter)
        return self._session.take_numbers(counter, count)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)


class FlakyDatabase:
    """A database that tells of each write.

    Args:
        database: the real one.
        told: of the name of each statement, and of ``COMMITTED`` when its transaction is over.
    """

    def __init__(self, database: Database, told: Callable[[str], None]) -> None:
        self._database = database
        self._told = told
        self.read = database.read

    @contextmanager
    def write(self, *, to_disk: bool = False) -> Iterator[Any]:
        """See the real one."""
        with self._database.write(to_disk=to_disk) as session:
            yield FlakySession(session, self._told)
        self._told(COMMITTED)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)


class FlakyTicksStore(SqlStore):
    """A store in which the n-th write of all that store ticks goes wrong.

    Args:
        store: on whose database.
        strike_at: the write, from 1; 0: all are well.
        is_refused: whether the service is refused it and lives on; else it is killed there.
    """

    def __init__(self, store: SqlStore, strike_at: int = 0, *, is_refused: bool = False) -> None:
        super().__init__(FlakyDatabase(store._database, self._tell), store._notifier)
        self._strike_at = strike_at
        self._is_refused = is_refused
        self._is_storing = False
        self.writes: list[str] = []
        """What was written, by the names of statements."""

    def commit_ticks(self, commits: Sequence[TickCommit], lease: Lease | None, now: datetime) -> list[CommittedTick]:
        """See the port."""
        self._is_storing = True
        try:
            return super().commit_ticks(commits, lease, now)
        finally:
            self._is_storing = False

    def _tell(self, name: str) -> None:
        if not self._is_storing:
            return
        self.writes.append(name)
        if len(self.writes) != self._strike_at:
            return
        if not self._is_refused:
            raise Crash
        if name != COMMITTED:
            raise sqlite3.IntegrityError(f"{name} is refused")
