"""A home with many runs and events: some come of jobs that really run, the others are copies of those."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from bench.work.definitions import api_load
from dagster import DagsterInstance

TEMPLATES = 100
"""Runs that are really made (count)."""
BETWEEN_SECONDS = 300.0
TIMES = {
    "runs": ("created_at", "updated_at", "started_at", "ended_at"),
    "events": ("at",),
}


def make_home(home: Path, runs: int, events: int) -> dict[str, int]:
    """Fills an empty home; how many runs and events it has then.

    Args:
        home: its folder.
        runs: how many runs, a multiple of TEMPLATES.
        events: how many events, about; what the runs do not make themselves is lines of text.
    """
    with DagsterInstance.local_temp(str(home)) as instance:
        for number in range(TEMPLATES):
            tags = {"team": f"team_{number % 7}", **({"fails": "yes"} if number % 9 == 4 else {})}
            job = api_load.JOBS[number % len(api_load.JOBS)]
            job.execute_in_process(instance=instance, tags=tags, raise_on_error=False)
    return copy_all(home / "watchbell.db", runs // TEMPLATES, events)


def copy_all(database: Path, times: int, wanted: int) -> dict[str, int]:
    """Makes ``times`` of everything, with log lines added until ``wanted`` events are there; what there is then."""
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("BEGIN")
    count, last = connection.execute("SELECT count(*), max(id) FROM runs").fetchone()
    made = connection.execute("SELECT count(*) FROM events").fetchone()[0]
    add_lines(connection, max(0, -(-(wanted // times - made) // count)))
    events = connection.execute("SELECT max(id) FROM events").fetchone()[0]
    began = connection.execute("SELECT min(created_at) FROM runs").fetchone()[0]
    offset = time.time() - times * BETWEEN_SECONDS - began
    for table, columns in TIMES.items():
        connection.execute(f"UPDATE {table} SET {', '.join(f'{each} = {each} + {offset}' for each in columns)}")
    connection.execute("CREATE TEMP TABLE copies AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c "
                       f"WHERE n < {times - 1}) SELECT n FROM c")  # fmt: skip
    connection.execute("CREATE TEMP TABLE made AS SELECT run_id, id FROM runs")
    named = f"printf('%08x', made.id + copies.n * {last}) || substr(made.run_id, 9)"
    copy(connection, "runs", "copies, runs AS t JOIN made ON made.run_id = t.run_id",
         {"id": f"t.id + copies.n * {last}", "run_id": named})  # fmt: skip
    copy(connection, "run_tags", "copies, run_tags AS t", {"run": f"t.run + copies.n * {last}"})
    copy(connection, "events", "copies, events AS t JOIN made ON made.run_id = t.run_id",
         {"id": f"t.id + copies.n * {events}", "run_id": named})  # fmt: skip
    for name, column in {"runs": "runs", "events": "events"}.items():
        connection.execute(f"UPDATE counters SET value = (SELECT max(id) FROM {column}) WHERE name = '{name}'")
    connection.execute("COMMIT")
    connection.execute("ANALYZE")
    found = {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("runs", "events")}
    connection.close()
    assert found["runs"] == count * times
    return found


def add_lines(connection: sqlite3.Connection, lines: int) -> None:
    """As many more log lines in each run, copies of one that it logged."""
    last = connection.execute("SELECT max(id) FROM events").fetchone()[0]
    rows = connection.execute(
        "SELECT run_id, max(at), step_key, body FROM events WHERE type IS NULL GROUP BY run_id"
    ).fetchall()
    for run_id, at, step_key, body in rows:
        for _ in range(lines):
            last += 1
            connection.execute(
                "INSERT INTO events (id, run_id, at, step_key, body) VALUES (?, ?, ?, ?, ?)",
                (last, run_id, at, step_key, body),
            )


def copy(connection: sqlite3.Connection, table: str, source: str, changed: dict[str, str]) -> None:
    """Copies the rows of a table, with other values in some columns; times are moved on."""
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    moved = {each: f"t.{each} + copies.n * {BETWEEN_SECONDS}" for each in TIMES.get(table, ())}
    values = [changed.get(each, moved.get(each, f"t.{each}")) for each in columns]
    connection.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} FROM {source} ORDER BY copies.n"
    )
