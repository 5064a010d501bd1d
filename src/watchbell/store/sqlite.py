"""SQLite: one open connection per process, every change one short transaction.

WAL lets other processes read while one writes; ``synchronous=NORMAL`` means that a power cut may lose the last commits
but never half of one, and a killed process loses none. What must not be lost before user code acts on it is written
with ``to_disk``, which takes all commits before it to the disk as well. Writers begin with BEGIN IMMEDIATE: they wait
for each other at the beginning, where waiting is harmless, never in the middle.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from collections.abc import Hashable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from watchbell.ground.errors import StoreError
from watchbell.store import sqlite_text
from watchbell.store.errors import clear_error, damaged, read_only, wrong_revision
from watchbell.store.session import Session

try:
    import fcntl
except ImportError:  # Windows: the transaction that makes the schema is guard enough, a loser of the race tries again
    fcntl = None  # type: ignore[assignment]

BUSY_SECONDS = 20.0
"""How long a writer waits for another process's transaction before it gives up."""

FILE_MODE, FOLDER_MODE = 0o600, 0o700
STATEMENTS_KEPT = 256  # prepared statements that the driver keeps
IN_MEMORY = ":memory:"
DATABASE_FILE = "watchbell.db"
"""Name of the embedded database in a home folder."""


class SqliteDatabase:
    """An open SQLite database with the current schema.

    Args:
        path: the file, made with its folder when there is none; ``":memory:"`` for one that dies with this process.
        busy_seconds: longest wait for another process's transaction.

    Raises:
        StoreError: it cannot be used; which subclass says why, and nothing was written.
    """

    def __init__(self, path: str | Path, *, busy_seconds: float = BUSY_SECONDS) -> None:
        self.location = str(path)
        self._busy_seconds = busy_seconds
        self._lock = threading.RLock()
        self._is_writing = False
        self._is_closed = False
        self._process = 0
        self._connection: sqlite3.Connection | None = None
        self._lock_of_watcher = threading.Lock()
        self._watcher: sqlite3.Connection | None = None
        self._watchers = 0
        self._connect()
        _open_databases.add(self)

    def _connect(self) -> sqlite3.Connection:
        try:
            connection = self._open(self._busy_seconds)
        except sqlite3.Error as error:
            raise clear_error(error, self.location) from error
        self._connection, self._process = connection, os.getpid()
        self._session = Session(connection, sqlite_text.DIALECT)
        # Closed with this object at the latest: an instance that nobody closed leaves no warning and no file behind.
        self._finalizer = weakref.finalize(self, _close, connection, self._process)
        return connection

    def _open(self, busy_seconds: float) -> sqlite3.Connection:
        in_memory = self.location == IN_MEMORY
        if not in_memory:
            _make_file(Path(self.location))
        connection = sqlite3.connect(
            self.location,
            timeout=busy_seconds,
            isolation_level=None,  # BEGIN and COMMIT are ours
            check_same_thread=False,  # the lock below sees to it
            cached_statements=STATEMENTS_KEPT,
        )
        try:
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute("PRAGMA foreign_keys=ON")
            connection.execute("PRAGMA trusted_schema=OFF")
            self._ready(connection, in_memory)
        except BaseException:
            connection.close()
            raise
        return connection

    def _ready(self, connection: sqlite3.Connection, in_memory: bool) -> None:
        found = revision_of(connection, self.location)
        if found is None and in_memory:
            make_schema(connection)
        elif found is None:
            with file_lock(Path(self.location)):
                if revision_of(connection, self.location) is None:
                    make_schema(connection)
            found = revision_of(connection, self.location)
        if found is not None and found != sqlite_text.REVISIONS[-1]:
            raise wrong_revision(self.location, found, sqlite_text.REVISIONS)
        if not in_memory and connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            # Once in a file's life. Under the lock: while it is switched, others are turned away without waiting.
            with file_lock(Path(self.location)):
                connection.execute("PRAGMA journal_mode=WAL")

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A block that only reads; each statement sees what is committed then."""
        with self._lock:
            self._connected()
            try:
                yield self._session
            except sqlite3.Error as error:
                raise clear_error(error, self.location) from error

    @contextmanager
    def write(self, *, to_disk: bool = False) -> Iterator[Session]:
        """A block that is one transaction: committed at its end, undone when it raises.

        Args:
            to_disk: it and all that was committed before it, by whomever, survive a power cut.
        """
        with self._lock:
            connection = self._connected()
            assert not self._is_writing, "a transaction inside a transaction"
            self._is_writing = True
            try:
                if connection.in_transaction:  # a broken disk refused even to undo the one before
                    connection.execute("ROLLBACK")
                if to_disk:
                    connection.execute("PRAGMA synchronous=FULL")
                connection.execute("BEGIN IMMEDIATE")
                yield self._session
                connection.execute("COMMIT")
            except BaseException as error:
                if connection.in_transaction:
                    with suppress(sqlite3.Error):
                        connection.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error):
                    raise clear_error(error, self.location) from error
                raise
            finally:
                self._is_writing = False
                if to_disk:
                    with suppress(sqlite3.Error):
                        connection.execute("PRAGMA synchronous=NORMAL")

    def version(self) -> Hashable:
        """A value that is another one after each commit, by whichever process; None: nobody can tell."""
        if self.location == IN_MEMORY:
            with self._lock:
                return self._connected().total_changes
        with self._lock_of_watcher:
            if self._is_closed:
                return None
            try:
                if self._watcher is None:
                    self._watch()
                assert self._watcher is not None
                return self._watchers, self._watcher.execute("PRAGMA data_version").fetchone()[0]
            except sqlite3.Error:
                self._watch_no_more()
                return None

    def _watch(self) -> None:
        """Opens a connection that only sees that others commit; it waits for none of the other one's work."""
        address = f"{Path(self.location).absolute().as_uri()}?mode=ro"
        self._watcher = sqlite3.connect(address, uri=True, timeout=0, isolation_level=None, check_same_thread=False)
        self._watchers += 1  # the numbers that two connections see cannot be compared
        self._end_of_watcher = weakref.finalize(self, _close, self._watcher, os.getpid())

    def _watch_no_more(self) -> None:
        if self._watcher is not None:
            self._end_of_watcher()
            self._watcher = None

    def info(self) -> dict[str, Any]:
        """Facts for people: engine, schema, size on disk in bytes."""
        facts: dict[str, Any] = {"engine": f"SQLite {sqlite3.sqlite_version}", "schema": sqlite_text.REVISIONS[-1]}
        if self.location != IN_MEMORY:
            facts["size_bytes"] = Path(self.location).stat().st_size
        return facts

    def close(self) -> None:
        """Ends the connection; may be called twice."""
        with self._lock:
            self._is_closed = True
            self._disconnect()
        with self._lock_of_watcher:
            self._watch_no_more()

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._finalizer()
            self._connection = None

    def _connected(self) -> sqlite3.Connection:
        if self._is_closed:
            raise StoreError(f"{self.location} was closed; open the instance again", location=self.location)
        if self._connection is None:
            return self._connect()
        if self._process != os.getpid():
            raise StoreError(
                f"{self.location} was opened in process {self._process} and is used in process {os.getpid()}, forked "
                "from it: what is in memory is not shared, and a transaction is not inherited. Open an instance of a "
                "folder, or pass on to the parent what there is to store",
                location=self.location,
            )
        return self._connection

    def before_fork(self) -> None:
        """Closes the connection for a moment, unless it is in memory or this very thread is writing.

        SQLite keeps, per process, a table of the files it has open and the locks on them. A child that opened a file
        its parent had open at the fork would believe that it holds the parent's locks, and lose what it writes.
        """
        self._lock.acquire()
        self._lock_of_watcher.acquire()
        self._watch_no_more()
        if self.location != IN_MEMORY and not self._is_writing:
            self._disconnect()

    def after_fork_in_parent(self) -> None:
        """Goes on; the next question opens the file again."""
        self._lock_of_watcher.release()
        self._lock.release()

    def after_fork_in_child(self) -> None:
        """Starts afresh: the next question opens the file for this process."""
        self._lock, self._lock_of_watcher = threading.RLock(), threading.Lock()
        self._is_writing = False
        if self._connection is not None:
            # Never closed here, not even by the garbage collector: it is the parent's.
            _inherited.append(self._connection)


_open_databases: weakref.WeakSet[SqliteDatabase] = weakref.WeakSet()
_inherited: list[sqlite3.Connection] = []


class _Forking:
    """What this process does with its databases around a fork; one fork after the other."""

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.databases: list[SqliteDatabase] = []

    def before(self) -> None:
        self.turn.acquire()
        self.databases = list(_open_databases)
        for each in self.databases:
            each.before_fork()

    def in_parent(self) -> None:
        for each in self.databases:
            each.after_fork_in_parent()
        self.databases = []
        self.turn.release()

    def in_child(self) -> None:
        for each in self.databases:
            each.after_fork_in_child()
        self.databases = []
        self.turn = threading.Lock()


_forking = _Forking()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_forking.before, after_in_parent=_forking.in_parent, after_in_child=_forking.in_child)


def _close(connection: sqlite3.Connection, process: int) -> None:
    if process == os.getpid():
        connection.close()


def _make_file(path: Path) -> None:
    """Makes folder and file for this user alone, unless they are there.

    Raises:
        StoreReadOnlyError: one of them cannot be written.
    """
    try:
        path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | getattr(os, "O_CLOEXEC", 0), FILE_MODE))
    except OSError as error:
        raise read_only(str(path)) from error
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise read_only(str(path))


@contextmanager
def file_lock(path: Path) -> Iterator[None]:
    """While entered, no other process makes or changes the schema of this database."""
    lock = path.with_name(path.name + ".lock")
    descriptor = os.open(lock, os.O_CREAT | os.O_RDWR | getattr(os, "O_CLOEXEC", 0), FILE_MODE)
    try:
        if fcntl is not None:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def revision_of(connection: sqlite3.Connection, location: str) -> str | None:
    """The revision of a database's schema; None for an empty database.

    Raises:
        StoreDamagedError: it holds tables, but not ours.
    """
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not names:
        return None
    if not {"alembic_version", "automations", "counters"} <= names:
        raise damaged(location, "it holds the tables of another program")
    found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    if found is None:
        raise damaged(location, "its schema has no number")
    return str(found[0])


def make_schema(connection: sqlite3.Connection) -> None:
    """Makes all tables at once, or, when that fails, none."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for line in sqlite_text.DIALECT.schema:
            connection.execute(line)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
