"""What statements are written with: parameters, constants, whole rows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Table, bindparam, insert, literal_column
from sqlalchemy.sql.elements import ClauseElement

p = bindparam
ONE: ColumnElement[int] = literal_column("1")


def many(name: str) -> BindParameter[Any]:
    """A parameter that takes a list."""
    return bindparam(name, expanding=True)


def text_of(value: str) -> ColumnElement[str]:
    """A constant, written into the statement."""
    return literal_column("'" + value.replace("'", "''") + "'")


def whole(table: Table) -> ClauseElement:
    """INSERT of a whole row; parameters in the order of the columns."""
    return insert(table).inline().values({column.name: p(column.name) for column in table.columns})


def changing(table: Table, *names: str) -> dict[str, object]:
    """``SET name = :name`` for these columns."""
    return {name: p(name) for name in names}
