"""The one place that knows concrete classes: from a home folder to an instance."""

from __future__ import annotations

import tempfile
from pathlib import Path

from watchbell.ground.clock import Clock, ManualClock, SystemClock
from watchbell.ground.errors import StoreReadOnlyError
from watchbell.home import FOLDER_MODE, HomeFolder
from watchbell.instance import DagsterInstance
from watchbell.record.settings import Settings
from watchbell.settings import read_settings
from watchbell.store.look_only import LookOnlyStore, current_look
from watchbell.store.notify import NullNotifier, notifier_for
from watchbell.store.sqlite import DATABASE_FILE, IN_MEMORY, SqliteDatabase
from watchbell.store.store import SqlStore


def open_instance(
    kind: str, home: str | Path | None = None, *, settings: Settings | None = None, clock: Clock | None = None
) -> DagsterInstance:
    """An open instance.

    Args:
        kind: ``"home"``: what a home folder holds, made when it is not there; ``"temporary"``: the same in a folder
            that is removed when it is closed; ``"ephemeral"``: in memory.
        home: the folder; for ``"ephemeral"`` that of outputs, None: a temporary one.
        settings: instead of the settings file's.
        clock: instead of the machine's.

    Raises:
        DagsterInvalidConfigError: the settings file has mistakes.
        StoreError: the database cannot be used; the subclass says why.
    """
    time = clock if clock is not None else SystemClock()
    if kind == "ephemeral":
        quiet = NullNotifier()
        store = SqlStore(SqliteDatabase(IN_MEMORY), quiet)
        folder = HomeFolder(None if home is None else Path(home), has_key_file=False)
        return DagsterInstance(store, quiet, time, settings or Settings(), folder, is_ephemeral=True)
    assert (home is None) == (kind == "temporary"), (kind, home)
    path = Path(tempfile.mkdtemp(prefix="watchbell-") if home is None else home).expanduser().resolve()
    try:
        wanted = settings if settings is not None else read_settings(path)
        path.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreReadOnlyError(
            f"{path} cannot be used as a home folder: {error.strerror} ({error.filename}); it has to be a folder that "
            "this user may write (chown, chmod u+rwx), or name another one in WATCHBELL_HOME",
            location=str(path),
        ) from error
    notifier = notifier_for(path)
    database = SqliteDatabase(path / DATABASE_FILE)
    place = HomeFolder(path, is_temporary=home is None)
    look = current_look()
    if look is not None and home is not None:  # a rehearsal of user code, which changes nothing
        time = time if look.now is None else ManualClock(look.now)
        return DagsterInstance(LookOnlyStore(database, notifier, look), notifier, time, wanted, place)
    return DagsterInstance(SqlStore(database, notifier), notifier, time, wanted, place)
