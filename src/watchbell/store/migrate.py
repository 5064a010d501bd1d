"""Bringing an older database to this version's schema. The only part of a running watchbell that loads Alembic."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from watchbell.store import sqlite_text
from watchbell.store.errors import clear_error, wrong_revision
from watchbell.store.sqlite import BUSY_SECONDS, DATABASE_FILE, SqliteDatabase, file_lock, revision_of

SCRIPTS = Path(__file__).resolve().parent / "migrations"


def migrate_home(home: Path) -> str:
    """Brings the database of a home folder to the newest schema; as :func:`migrate`."""
    return migrate(home / DATABASE_FILE)


def migrate(path: Path) -> str:
    """Brings a database file to the newest schema, with a copy of the old one beside it.

    Args:
        path: the file; made when it is not there.

    Returns:
        A sentence that says what was done.

    Raises:
        StoreNewerError: it was written by a newer watchbell.
        StoreError: it cannot be used; the subclass says why. The file is as it was.
    """
    newest = sqlite_text.REVISIONS[-1]
    if not path.exists() or not path.stat().st_size:
        SqliteDatabase(path).close()
        return f"{path} was made, with schema {newest}."
    try:
        with file_lock(path), closing(sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
            found = revision_of(connection, str(path))
            if found == newest:
                return f"{path} has schema {newest} already; nothing was done."
            if found is not None and found not in sqlite_text.REVISIONS:
                raise wrong_revision(str(path), found, sqlite_text.REVISIONS)
            before = found or "empty"
            copy = _copy(connection, path, before)
            upgrade(connection)
    except sqlite3.Error as error:
        raise clear_error(error, str(path)) from error
    return f"{path} was brought from schema {before} to {newest}; a copy of the old one is {copy}."


def upgrade(connection: sqlite3.Connection, revision: str = "head") -> None:
    """Runs the revisions that are missing, all in one transaction.

    Args:
        connection: with ``isolation_level=None``.
        revision: the one to stop at.
    """
    # This pool hands out the one connection and leaves it open when it is given back: the caller still needs it.
    engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    with engine.begin() as opened:  # its end commits or undoes what the next line begins
        connection.execute("BEGIN IMMEDIATE")
        config.attributes["connection"] = opened
        command.upgrade(config, revision)


def _copy(connection: sqlite3.Connection, path: Path, revision: str) -> Path:
    target = path.with_name(f"{path.name}.{revision}")
    number = 1
    while target.exists():
        number += 1
        target = path.with_name(f"{path.name}.{revision}.{number}")
    target.touch(mode=0o600)
    with closing(sqlite3.connect(target)) as copy:
        connection.backup(copy)
    return target
