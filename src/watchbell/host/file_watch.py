"""Watching source files: tells when one of them changes, once for several changes at the same moment."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

QUIET_MS = 200  # an editor's or a checkout's writes are over when nothing came for so long
GATHER_MS_MAX = 2_000  # but they are told after this at the latest
ESTABLISH_SECONDS = 1.0  # what changed before the watch was surely established is found by a look after this
STOP_SECONDS_MAX = 5.0
FOLDERS_MAX = 2_000  # kernel watches are limited; what lies beyond is not watched

_log = logging.getLogger("watchbell.host")


class FileWatch:
    """Calls back when a watched file, or any Python file beside one, changes.

    Args:
        changed: called from the watch's thread.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._lock = threading.Lock()
        self._files: frozenset[str] = frozenset()
        self._folders: frozenset[str] = frozenset()
        self._stop: threading.Event | None = None
        self._thread: threading.Thread | None = None
        self._look: threading.Timer | None = None
        self._is_over = False
        self._told: dict[str, float] = {}

    def watch(self, files: Iterable[str], loaded_at: datetime) -> None:
        """Watches these files from now on, instead of those before.

        Args:
            files: paths, absolute.
            loaded_at: when loading them began; one that is younger has changed since and is told.
        """
        watched = frozenset(files)
        folders = {str(Path(file).parent) for file in watched}
        present = frozenset(sorted(folder for folder in folders if Path(folder).is_dir())[:FOLDERS_MAX])
        with self._lock:
            if self._is_over:
                return
            self._files = watched
            if present != self._folders:
                self._folders = present
                self._restart()
            if self._look is not None:
                self._look.cancel()
            self._look = threading.Timer(ESTABLISH_SECONDS, self._look_for_younger, (watched, loaded_at.timestamp()))
            self._look.daemon = True
            self._look.start()

    def stop(self) -> None:
        """Ends the watch. May be called unstarted, or twice."""
        with self._lock:
            self._is_over = True
            thread, look = self._thread, self._look
            if self._stop is not None:
                self._stop.set()
        if look is not None:
            look.cancel()
        for each in (thread, look):
            if each is not None and each is not threading.current_thread():
                each.join(STOP_SECONDS_MAX)

    def _restart(self) -> None:
        if self._stop is not None:
            self._stop.set()
        self._stop = threading.Event()
        if not self._folders:
            return
        arguments = (sorted(self._folders), self._stop)
        self._thread = threading.Thread(target=self._run, args=arguments, name="source file watch", daemon=True)
        self._thread.start()

    def _run(self, folders: list[str], stop: threading.Event) -> None:
        import watchfiles

        try:
            for _ in watchfiles.watch(
                *folders,
                watch_filter=lambda _change, path: self._matters(path),
                debounce=GATHER_MS_MAX,
                step=QUIET_MS,
                stop_event=stop,
                rust_timeout=3_600_000,  # it looks at stop_event anyway
                raise_interrupt=False,
                recursive=False,
            ):
                if stop.is_set():
                    return
                self._changed()
        except (OSError, RuntimeError) as error:
            _log.warning("source files are not watched any more, changes need a reload by hand: %s", error)

    def _matters(self, path: str) -> bool:
        return path in self._files or path.endswith(".py")

    def _look_for_younger(self, files: frozenset[str], loaded_at: float) -> None:
        for file in files:
            try:
                modified_at = Path(file).stat().st_mtime
            except OSError:
                continue
            # Told once for each state of it: a file from the future would else be loaded again and again.
            if modified_at > loaded_at and self._told.get(file) != modified_at:
                self._told[file] = modified_at
                self._changed()
                return
