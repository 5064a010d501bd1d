"""What SQLite reports, as the one error that tells a person what to do."""

from __future__ import annotations

import sqlite3

from watchbell.ground.errors import (
    StoreDamagedError,
    StoreError,
    StoreFullError,
    StoreLockedError,
    StoreNewerError,
    StoreOutdatedError,
    StoreReadOnlyError,
)

PRIMARY_CODE = 0xFF  # the low byte of SQLite's extended result codes


def clear_error(error: sqlite3.Error, location: str) -> Exception:
    """The error to raise instead of ``error``; itself, when it tells of a mistake of ours.

    Args:
        error: from the driver.
        location: the database, as people know it.
    """
    code = getattr(error, "sqlite_errorcode", None)
    primary = None if code is None else code & PRIMARY_CODE
    match primary:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return locked(location)
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_AUTH:
            return read_only(location)
        case sqlite3.SQLITE_FULL:
            return StoreFullError(
                f"the disk that holds {location} is full; nothing of this change was written. Free some space: "
                "the work is tried again",
                location=location,
            )
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return damaged(location, str(error))
        case sqlite3.SQLITE_IOERR:
            return StoreError(
                f"the disk that holds {location} cannot be read or written ({error}); nothing of this change was "
                "written. Look at the machine's disks and the system's log",
                location=location,
            )
    return error


def locked(location: str) -> StoreLockedError:
    """Another process keeps it from us."""
    return StoreLockedError(
        f"another process holds {location} and did not let go in time; nothing of this change was written. "
        "Look for a program that keeps the file open in a transaction (a database browser, a backup)",
        location=location,
    )


def read_only(location: str) -> StoreReadOnlyError:
    """It, or its folder, cannot be written."""
    return StoreReadOnlyError(
        f"{location} cannot be written by this user, or its folder cannot; the database writes files beside itself. "
        "Give this user the folder (chown, chmod u+rwx), or name another one in WATCHBELL_HOME",
        location=location,
    )


def damaged(location: str, found: str) -> StoreDamagedError:
    """The file is no database, or a broken one."""
    return StoreDamagedError(
        f"{location} is damaged or is no database of watchbell ({found}); it was left as it is. Restore it from a "
        "backup, try `sqlite3 <file> .recover`, or move it away to start with an empty one",
        location=location,
    )


def wrong_revision(location: str, found: str, known: tuple[str, ...]) -> StoreError:
    """Its schema is not the one this code works with.

    Args:
        location: the database.
        found: the revision it has.
        known: every revision this code knows, oldest first.
    """
    if found in known:
        return StoreOutdatedError(
            f"{location} has schema {found}; this watchbell works with {known[-1]}. Make a copy of the file, then "
            "run `watchbell instance migrate`",
            location=location,
        )
    return StoreNewerError(
        f"{location} was written by a newer watchbell (schema {found}; this one knows up to {known[-1]}) and was left "
        "as it is. Use that version, or name another folder in WATCHBELL_HOME",
        location=location,
    )
