"""Named statements as text: what is sent to the engine, without SQLAlchemy in the process.

Importing SQLAlchemy takes ten times as long as Python itself, and every command, evaluator and run worker opens a
store. So the constructs of ``queries.py`` are turned into text ahead of time (``compiling.py``), once per engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from watchbell.ground.value import dataclass

LIST_MARK = "__[POSTCOMPILE_{}]"
"""Stands in a text where the items of a list parameter go."""

Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement or a piece of one.

    Args:
        text: SQL with positional marks.
        names: the parameters, in the order of the marks.
    """

    text: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dialect:
    """Everything said to one engine.

    Args:
        name: ``"sqlite"`` or ``"postgresql"``.
        mark: the positional mark, ``"?"`` or ``"%s"``.
        statements: by name.
        schema: what makes an empty database ready, in order.
    """

    name: str
    mark: str
    statements: Mapping[str, Statement]
    schema: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Several conditions as one.

    Args:
        parts: the conditions, at least one.
        is_any: whether it is enough that one of them holds.
        is_negated: whether it is turned round; what cannot be said of a row (null) does not hold.
    """

    parts: Sequence[Condition]
    is_any: bool = False
    is_negated: bool = False


Condition = tuple[str, Params] | Group


@dataclass(frozen=True, slots=True)
class Pieces:
    """A statement put together: its head, the conditions that all must hold, its order and limit.

    Args:
        head: name of a statement without WHERE.
        conditions: names of conditions, each with its parameters.
        order: name of the expression to order by, None for any order; several, with the one that decides first.
        descending: direction of the order.
        limit: most rows, None for all.
        groups: name of the list of expressions that rows are counted by, None: none.
    """

    head: str
    conditions: Sequence[Condition] = ()
    order: str | tuple[str, ...] | None = None
    descending: bool = False
    limit: int | None = None
    groups: str | None = None


def compose(dialect: Dialect, pieces: Pieces) -> tuple[str, list[Any]]:
    """The text of put-together pieces, and the values for its marks."""
    known = dialect.statements
    text, values = [known[pieces.head].text], []
    for word, condition in zip(_words(), pieces.conditions, strict=False):
        condition_text, more = _condition(dialect, condition)
        text.append(f"{word} {condition_text}")
        values += more
    if pieces.groups is not None:
        text.append(f"GROUP BY {known[pieces.groups].text}")
    if pieces.order is not None:
        names = (pieces.order,) if isinstance(pieces.order, str) else pieces.order
        direction = " DESC" if pieces.descending else ""
        text.append("ORDER BY " + ", ".join(f"{known[name].text}{direction}" for name in names))
    if pieces.limit is not None:
        text.append(f"LIMIT {dialect.mark}")
        values.append(pieces.limit)
    return " ".join(text), values


def _condition(dialect: Dialect, condition: Condition) -> tuple[str, list[Any]]:
    if not isinstance(condition, Group):
        text, values = expand(dialect, dialect.statements[condition[0]], condition[1])
        return f"({text})", values
    found = [_condition(dialect, each) for each in condition.parts]
    text = (" OR " if condition.is_any else " AND ").join(each for each, _ in found)
    negation = " IS NOT TRUE" if condition.is_negated else ""
    return f"(({text}){negation})", [value for _, values in found for value in values]


def _words() -> Iterable[str]:
    yield "WHERE"
    while True:
        yield "AND"


def expand(dialect: Dialect, statement: Statement, params: Params) -> tuple[str, list[Any]]:
    """The text with one mark for each item of its list parameters, and all values in order."""
    text, values = statement.text, []
    for name in statement.names:
        value = params[name]
        mark = LIST_MARK.format(name)
        if mark not in text:
            values.append(value)
            continue
        items = list(value)
        text = text.replace(mark, ", ".join([dialect.mark] * len(items)) if items else "NULL", 1)
        values += items
    return text, values
