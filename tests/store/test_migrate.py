"""Migrations give what a fresh database has, and the generated texts are those of the constructs."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from scripts.make_sql import TARGET, text
from tests.contract.making import NOON_AT, run
from watchbell.ground.errors import StoreDamagedError, StoreNewerError
from watchbell.ground.upward import call_upward
from watchbell.record.run import RunsFilter
from watchbell.store import schema, sqlite_text
from watchbell.store.migrate import SCRIPTS, migrate, upgrade
from watchbell.store.notify import NullNotifier
from watchbell.store.sqlite import DATABASE_FILE, SqliteDatabase, make_schema
from watchbell.store.store import SqlStore


def described(connection: sqlite3.Connection) -> dict[str, str]:
    rows = connection.execute("SELECT name, sql FROM sqlite_master").fetchall()
    return {name: " ".join((sql or "").split()) for name, sql in rows}


def test_migrations_give_the_schema_of_a_fresh_database() -> None:
    with (
        closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh,
        closing(sqlite3.connect(":memory:", isolation_level=None)) as migrated,
    ):
        make_schema(fresh)
        upgrade(migrated)

        assert described(migrated) == described(fresh)
        for table in ("alembic_version", "counters"):
            rows = f"SELECT * FROM {table}"
            assert migrated.execute(rows).fetchall() == fresh.execute(rows).fetchall()


def test_the_revisions_are_those_of_the_scripts() -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    scripts = ScriptDirectory.from_config(config)

    revisions = tuple(reversed([each.revision for each in scripts.walk_revisions()]))

    assert schema.REVISIONS == revisions == sqlite_text.REVISIONS


def test_the_generated_texts_are_those_of_the_constructs() -> None:
    assert text() == TARGET.read_text(encoding="utf-8"), "run: python scripts/make_sql.py"


def test_a_home_without_a_database_gets_one(tmp_path: Path) -> None:
    said = call_upward("migrate_store", tmp_path / "home")

    assert "was made" in said
    SqliteDatabase(tmp_path / "home" / DATABASE_FILE).close()


def test_an_up_to_date_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / DATABASE_FILE
    SqliteDatabase(path).close()
    before = path.read_bytes()

    assert "nothing was done" in migrate(path)
    assert path.read_bytes() == before


def test_a_database_that_lacks_revisions_is_copied_and_brought_up(tmp_path: Path) -> None:
    path = tmp_path / DATABASE_FILE
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA user_version=7")  # a database without tables: it lacks them all

    said = migrate(path)

    copy = tmp_path / f"{DATABASE_FILE}.empty"
    assert said == f"{path} was brought from schema empty to 0001; a copy of the old one is {copy}."
    with closing(sqlite3.connect(copy)) as other:
        assert other.execute("PRAGMA user_version").fetchone() == (7,)
        assert described(other) == {}
    store = SqlStore(SqliteDatabase(path), NullNotifier())
    store.add_runs([run("a")], NOON_AT)
    assert store.count_runs(RunsFilter()) == 1
    store.close()


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / DATABASE_FILE
    SqliteDatabase(path).close()
    with closing(sqlite3.connect(path)) as other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
        other.commit()

    with pytest.raises(StoreNewerError):
        migrate(path)


def test_a_damaged_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / DATABASE_FILE
    path.write_bytes(b"nothing that SQLite would know" * 100)

    with pytest.raises(StoreDamagedError):
        migrate(path)


def test_a_migration_that_fails_changes_nothing() -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE ticks (old)")  # the last of the tables that the first revision makes

        with pytest.raises(Exception, match="ticks"):
            upgrade(connection)

        assert list(described(connection)) == ["ticks"]
