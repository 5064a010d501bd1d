"""From SQLAlchemy constructs to the text of one engine, ahead of time; no process that runs pipelines loads this."""

from __future__ import annotations

from sqlalchemy.dialects import sqlite
from sqlalchemy.engine.interfaces import Dialect as SqlalchemyDialect
from sqlalchemy.schema import CreateIndex, CreateTable

from watchbell.store.queries import all_queries
from watchbell.store.schema import REVISIONS, metadata
from watchbell.store.statements import Dialect, Statement

COUNTERS = ("runs", "events", "ticks", "states", "claims", "retries", "backfills", "evaluations", "forgotten",
            "dynamic", "tokens", "sessions", "audit", "views")  # fmt: skip


def sqlite_dialect() -> Dialect:
    """What is said to SQLite."""
    return compiled(sqlite.dialect(), "?")


def compiled(dialect: SqlalchemyDialect, mark: str) -> Dialect:
    """Everything said to an engine.

    Args:
        dialect: SQLAlchemy's, with a positional parameter style.
        mark: the mark of that style.
    """
    statements = {}
    for name, query in all_queries().items():
        text = query.compile(dialect=dialect)
        statements[name] = Statement(_one_line(str(text)), tuple(getattr(text, "positiontup", None) or ()))
    return Dialect(dialect.name, mark, statements, _schema(dialect))


def _schema(dialect: SqlalchemyDialect) -> tuple[str, ...]:
    lines = []
    for table in metadata.sorted_tables:
        lines.append(str(CreateTable(table).compile(dialect=dialect)))
        lines += [str(CreateIndex(each).compile(dialect=dialect)) for each in sorted(table.indexes, key=_name)]
    lines += [f"INSERT INTO counters (name, value) VALUES ('{name}', 0)" for name in COUNTERS]  # noqa: S608
    lines.append(f"INSERT INTO alembic_version (version_num) VALUES ('{REVISIONS[-1]}')")  # noqa: S608
    return tuple(_one_line(line) for line in lines)


def _name(index: object) -> str:
    return str(getattr(index, "name", ""))


def _one_line(text: str) -> str:
    return " ".join(text.split())
