"""Counts what is said to the database while something is asked."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from watchbell.store.session import Session


@dataclass
class Count:
    """What was said: the statements, in order."""

    statements: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.statements)

    @property
    def count(self) -> int:
        """How many."""
        return len(self.statements)


class _Ear:
    """A connection that notes what is said to it."""

    def __init__(self, connection: Any, count: Count) -> None:
        self._connection, self._count = connection, count

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> Any:
        self._count.statements.append(sql)
        return self._connection.execute(sql, parameters)

    def executemany(self, sql: str, parameters: Any, /) -> Any:
        self._count.statements.append(sql)
        return self._connection.executemany(sql, parameters)


@contextmanager
def counted_statements() -> Iterator[Count]:
    """While entered, counts the statements of every store of this process.

    Example: ``with counted_statements() as count: client.get("/api/runs")``; then ``len(count)``.
    """
    count = Count()
    plain = Session.__init__

    def listening(self: Session, connection: Any, dialect: Any) -> None:
        plain(self, _Ear(connection, count), dialect)  # type: ignore[arg-type]

    Session.__init__ = listening  # type: ignore[method-assign]
    try:
        yield count
    finally:
        Session.__init__ = plain  # type: ignore[method-assign]


@contextmanager
def counting(_site: object) -> Iterator[Count]:
    """:func:`counted_statements`, for who has a site at hand."""
    with counted_statements() as count:
        yield count


@contextmanager
def traced_statements(store: Any) -> Iterator[Count]:
    """While entered, counts the statements that reach the engine of one open store, as the engine itself tells."""
    count, database = Count(), store._database
    with database.read():
        connection = database._connection
    connection.set_trace_callback(count.statements.append)
    try:
        yield count
    finally:
        connection.set_trace_callback(None)
