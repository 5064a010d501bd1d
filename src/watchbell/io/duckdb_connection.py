"""Connections to a DuckDB file: one process at a time may write, so the others wait for its lock; and the resource."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from watchbell.declare.configurable_resource import ConfigurableResource
from watchbell.ground.errors import DagsterInvariantViolationError

try:
    import duckdb
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        f"tables of DuckDB need {missing.name}, which is not installed: pip install 'watchbell[duckdb]'",
        name=missing.name,
    ) from missing

LOCK_WAIT_SECONDS = 60.0
_PAUSE_SECONDS_FIRST = 0.01
# What DuckDB says of a file that another process has open: on Linux and macOS, on Windows.
_IN_USE = ("Could not set lock", "used by another process")
_PAUSE_SECONDS_MAX = 0.5


class DuckDBResource(ConfigurableResource[Any]):
    """A DuckDB database, for code that speaks SQL itself.

    Args:
        database: the file, ``":memory:"``, or ``"md:…"`` for MotherDuck.
        connection_config: settings of DuckDB, such as ``{"threads": 2}``.
        lock_wait_seconds: how long to wait for another process that has the file open.

    Example:
        >>> database = DuckDBResource(database=":memory:")
        >>> with database.get_connection() as connection:
        ...     connection.execute("select 40 + 2").fetchall()
        [(42,)]
    """

    database: str
    connection_config: dict[str, Any] = {}
    lock_wait_seconds: float = LOCK_WAIT_SECONDS

    @contextmanager
    def get_connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """While entered, an open connection; other processes can open the file again when it is left.

        Raises:
            DagsterInvariantViolationError: another process kept the file open all the time.
            duckdb.Error: what DuckDB reports.
        """
        with connected(self.database, self.connection_config, self.lock_wait_seconds) as connection:
            yield connection


@contextmanager
def connected(
    database: str, config: Mapping[str, Any], lock_wait_seconds: float
) -> Iterator[duckdb.DuckDBPyConnection]:
    """While entered, an open connection to a database.

    Args:
        database: the file, or what else DuckDB opens.
        config: settings of DuckDB.
        lock_wait_seconds: how long to wait for another process that has the file open.
    """
    connection = open_waiting(lambda: duckdb.connect(database, config=dict(config)), database, lock_wait_seconds)
    try:
        yield connection
    finally:
        connection.close()


def open_waiting(
    connect: Callable[[], duckdb.DuckDBPyConnection],
    database: str,
    lock_wait_seconds: float,
    pause: Callable[[float], None] = time.sleep,
    monotonic: Callable[[], float] = time.monotonic,
) -> duckdb.DuckDBPyConnection:
    """A connection, opened again and again while another process has the file open.

    Args:
        connect: opens it.
        database: the file, for the message.
        lock_wait_seconds: when to give up.
        pause: waits for so many seconds.
        monotonic: seconds of a clock that only goes forward.

    Raises:
        DagsterInvariantViolationError: it never became free.
        duckdb.Error: anything else.
    """
    ends = monotonic() + lock_wait_seconds
    pause_seconds = _PAUSE_SECONDS_FIRST
    while True:
        try:
            return connect()
        except duckdb.IOException as error:
            if not any(words in str(error) for words in _IN_USE):
                raise
            left = ends - monotonic()
            if left <= 0:
                raise DagsterInvariantViolationError(
                    f"{database} was open in another process for all of {lock_wait_seconds:g} s: {error}. Close it "
                    "there (a shell, a notebook?), or let this wait longer by lock_wait_seconds="
                ) from error
        pause(min(pause_seconds, left))
        pause_seconds = min(pause_seconds * 2, _PAUSE_SECONDS_MAX)
