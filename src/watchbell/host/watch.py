"""Watching processes that are nobody's children here: a run worker started by another host or an earlier service.

One thread waits for all of them. Linux tells through a pidfd the moment one ends; elsewhere the thread looks a few
times a second, and only while there is something to look at.
"""

from __future__ import annotations

import os
import selectors
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

from watchbell.ground.value import dataclass
from watchbell.record.run import RunWorker
from watchbell.record.worker_identity import is_alive

POLL_SECONDS = 0.25
STOP_SECONDS_MAX = 5.0

Ended = Callable[[RunWorker], None]


@dataclass(eq=False)
class _Watched:
    worker: RunWorker
    ended: Ended
    pidfd: int | None


class ProcessWatcher:
    """Tells when processes end. Its thread starts with the first one watched."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watched: dict[RunWorker, _Watched] = {}
        self._gone: list[_Watched] = []
        self._selector: selectors.BaseSelector | None = None
        self._wake_out, self._wake_in = socket.socketpair()
        self._wake_out.setblocking(False)
        self._wake_in.setblocking(False)
        self._thread: threading.Thread | None = None
        self._stopping = False

    def watch(self, worker: RunWorker, ended: Ended) -> None:
        """Calls ``ended(worker)`` once, from the watcher's thread, when the process ends or if it has ended.

        Args:
            worker: the process; one that is watched already keeps its first callback, and one of another machine
                cannot be watched: nothing is called for it.
            ended: takes it, queues it, returns.
        """
        with self._lock:
            if worker in self._watched or self._stopping:
                return
            pidfd = _open_pidfd(worker.pid)
            # Looked at after the pidfd was opened: from here on the number cannot become another process unseen.
            entry = _Watched(worker, ended, pidfd)
            alive = is_alive(worker)
            if alive is None:
                if pidfd is not None:
                    os.close(pidfd)
                return
            if alive:
                self._watched[worker] = entry
            else:
                self._gone.append(entry)
            if self._thread is None:
                self._selector = selectors.DefaultSelector()
                self._selector.register(self._wake_out, selectors.EVENT_READ)
                self._thread = threading.Thread(target=self._run, name="process watcher", daemon=True)
                self._thread.start()
            if pidfd is not None and worker in self._watched:
                assert self._selector is not None
                self._selector.register(pidfd, selectors.EVENT_READ, entry)
        self._wake()

    def stop(self) -> None:
        """Ends the thread; nothing is called any more. May be called unstarted, or twice."""
        with self._lock:
            self._stopping = True
            thread = self._thread
        self._wake()
        if thread is not None and thread is not threading.current_thread():
            thread.join(STOP_SECONDS_MAX)
        if thread is None:
            self._close()

    def _wake(self) -> None:
        with suppress(OSError):  # full: it is awake anyway; closed: it is stopped
            self._wake_in.send(b"w")

    def _run(self) -> None:
        assert self._selector is not None
        while True:
            with self._lock:
                by_poll = any(entry.pidfd is None for entry in self._watched.values())
            ready = self._selector.select(POLL_SECONDS if by_poll else None)
            with suppress(OSError):
                self._wake_out.recv(4096)
            with self._lock:
                if self._stopping:
                    break
                over = self._take_ended({key.data for key, _ in ready if key.data is not None})
            for entry in over:
                entry.ended(entry.worker)
        self._close()

    def _take_ended(self, told: set[_Watched]) -> list[_Watched]:
        over = [*self._gone, *told]
        over += [each for each in self._watched.values() if each.pidfd is None and is_alive(each.worker) is False]
        for entry in over:
            self._watched.pop(entry.worker, None)
            if entry.pidfd is not None:
                if entry in told:
                    assert self._selector is not None
                    self._selector.unregister(entry.pidfd)
                os.close(entry.pidfd)
        self._gone.clear()
        return over

    def _close(self) -> None:
        for entry in self._watched.values():
            if entry.pidfd is not None:
                os.close(entry.pidfd)
        self._watched.clear()
        if self._selector is not None:
            self._selector.close()
        self._wake_in.close()
        self._wake_out.close()


def _open_pidfd(pid: int) -> int | None:
    if not hasattr(os, "pidfd_open"):
        return None
    try:
        return os.pidfd_open(pid)
    except OSError:  # gone, or a kernel without it
        return None
