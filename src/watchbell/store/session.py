"""A conversation with the database inside one transaction: named statements in, plain tuples out."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from operator import itemgetter
from typing import Any, Protocol

from watchbell.store.statements import Dialect, Group, Pieces, compose, expand

Row = tuple[Any, ...]

LIST_ITEMS_MAX = 500
"""Items sent at once where pieces of a list can be asked for one after the other."""

LIST_ITEMS_EVER = 30_000
"""Items sent in one list parameter at all: SQLite takes 32,766 parameters in a statement."""


class Cursor(Protocol):
    """What we use of a driver's cursor."""

    @property
    def rowcount(self) -> int:
        """Rows the statement changed."""

    def fetchone(self) -> Any:
        """The next row, None when there is none."""

    def fetchall(self) -> list[Any]:
        """The rows that are left."""


class Connection(Protocol):
    """What we use of a driver's connection."""

    def execute(self, sql: str, parameters: Sequence[Any] = ..., /) -> Cursor:
        """Runs one statement."""

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> Cursor:
        """Runs one statement for each of many rows."""


class Session:
    """Statements by name on an open connection; valid inside the block that gave it.

    Args:
        connection: the driver's connection.
        dialect: the texts for its engine.
    """

    __slots__ = ("_connection", "_dialect", "_statements")

    def __init__(self, connection: Connection, dialect: Dialect) -> None:
        self._connection = connection
        self._dialect = dialect
        self._statements = dialect.statements

    def run(self, name: str, /, **params: Any) -> int:
        """Runs a statement; how many rows it changed."""
        statement = self._statements[name]
        return self._connection.execute(statement.text, list(map(params.__getitem__, statement.names))).rowcount

    def run_many(self, name: str, rows: Iterable[Sequence[Any]]) -> None:
        """Runs a statement once for each row; values in the order of its parameters."""
        self._connection.executemany(self._statements[name].text, rows)

    def row(self, name: str, /, **params: Any) -> Row | None:
        """The first row of a query, None when there is none."""
        statement = self._statements[name]
        found: Row | None = self._connection.execute(
            statement.text, list(map(params.__getitem__, statement.names))
        ).fetchone()
        return found

    def rows(self, name: str, /, **params: Any) -> list[Row]:
        """All rows of a query."""
        statement = self._statements[name]
        return self._connection.execute(statement.text, list(map(params.__getitem__, statement.names))).fetchall()

    def select(self, pieces: Pieces) -> list[Row]:
        """All rows of a query put together from pieces, its lists of any length.

        A query with an order has what it is ordered by as its first column.
        """
        for place, condition in enumerate(pieces.conditions):
            for parameter, items in () if isinstance(condition, Group) else condition[1].items():
                if isinstance(items, list | tuple) and len(items) > LIST_ITEMS_EVER:
                    return self._select_in_parts(pieces, place, parameter)
        text, values = compose(self._dialect, pieces)
        return self._connection.execute(text, values).fetchall()

    def count(self, pieces: Pieces) -> int:
        """How many rows a query put together from pieces has, counted where they lie; its lists are short."""
        text, values = compose(self._dialect, pieces)
        number: int = self._connection.execute(f"SELECT count(*) FROM ({text}) AS counted", values).fetchone()[0]  # noqa: S608
        return number

    def _select_in_parts(self, pieces: Pieces, place: int, parameter: str) -> list[Row]:
        condition = pieces.conditions[place]
        assert not isinstance(condition, Group), "their lists are short"
        name, params = condition
        items = list(dict.fromkeys(params[parameter]))
        found: list[Row] = []
        for start in range(0, len(items), LIST_ITEMS_EVER):
            conditions = list(pieces.conditions)
            conditions[place] = (name, {**params, parameter: items[start : start + LIST_ITEMS_EVER]})
            found += self.select(replace(pieces, conditions=conditions))
        if pieces.order is not None:
            found.sort(key=itemgetter(0), reverse=pieces.descending)
        return found[: pieces.limit]

    def select_in(self, pieces: Pieces, condition: str, parameter: str, items: Sequence[Any]) -> list[Row]:
        """All rows of ``pieces`` with one more condition that takes a list of any length, in no order."""
        found: list[Row] = []
        for start in range(0, len(items), LIST_ITEMS_MAX):
            part = (condition, {parameter: items[start : start + LIST_ITEMS_MAX]})
            found += self.select(Pieces(pieces.head, [*pieces.conditions, part]))
        return found

    def run_in(
        self, name: str, parameter: str, items: Sequence[Any], /, *, at_once: int = LIST_ITEMS_MAX, **params: Any
    ) -> list[Row]:
        """Rows of a statement that takes a list of any length, piece by piece of so many items."""
        found: list[Row] = []
        for start in range(0, len(items), at_once):
            given = {**params, parameter: items[start : start + at_once]}
            text, values = expand(self._dialect, self._statements[name], given)
            found += self._connection.execute(text, values).fetchall()
        return found

    def take_numbers(self, counter: str, count: int) -> int:
        """Reserves ``count`` numbers that follow each other; the first of them."""
        self.run("take_numbers", counter=counter, count=count)
        return self.last_number(counter) - count + 1

    def last_number(self, counter: str) -> int:
        """The newest number that was taken; 0 if none ever was."""
        found = self.row("counter", counter=counter)
        assert found is not None, counter
        last: int = found[0]
        return last


class Database(Protocol):
    """One open connection to an engine, shared by the threads of this process."""

    @property
    def location(self) -> str:
        """Where it is, without secrets."""

    @property
    def read(self) -> Callable[[], AbstractContextManager[Session]]:
        """A block that only reads."""

    def write(self, *, to_disk: bool = False) -> AbstractContextManager[Session]:
        """A block that is one transaction: committed at its end, undone when it raises.

        Args:
            to_disk: it and all that was committed before it, by whomever, survive a power cut.
        """

    def version(self) -> Hashable:
        """A value that is another one after each commit, by whichever process; None: nobody can tell."""

    def info(self) -> dict[str, Any]:
        """Facts for people."""

    def close(self) -> None:
        """Ends the connection; may be called twice."""
