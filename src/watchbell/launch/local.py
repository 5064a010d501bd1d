"""Runs on this machine: each a process forked by the host, or left over from an earlier service and watched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from watchbell.host.stop_worker import stop_worker
from watchbell.host.watch import ProcessWatcher
from watchbell.record.evaluation import CancelRun, StartRun, WorkerExit
from watchbell.record.run import RunWorker
from watchbell.record.worker_identity import is_alive


class RunHost(Protocol):
    """What a launcher needs of the host."""

    def start_run(self, start: StartRun) -> None:
        """Asks for a run's process."""

    def cancel_run(self, cancel: CancelRun) -> None:
        """Asks a run's process to stop."""

    def started_here(self, run_id: str) -> bool:
        """Whether the run's process was asked for here and its end has not been told."""


class LocalLauncher:
    """Starts, stops and watches the processes of runs on this machine.

    Args:
        host: the process with the user's code.
        exited: told the end of a worker that the host did not start; called from a thread, so: take it, queue it,
            return. The ends of the host's own workers come through ``HostEvents.worker_exited``.
    """

    def __init__(self, host: RunHost, exited: Callable[[WorkerExit], None]) -> None:
        self._host = host
        self._exited = exited
        self._watcher = ProcessWatcher()

    def start(self, start: StartRun) -> None:
        """Asks the host for the process of a run that was handed out."""
        self._host.start_run(start)

    def cancel(self, cancel: CancelRun, worker: RunWorker | None) -> bool:
        """Asks a run's process to stop, and kills it after the grace.

        Args:
            cancel: which run.
            worker: its process as the store knows it; None: it has not begun.

        Returns:
            Whether there is a process that was asked; if not, nobody is left to end the run but the caller.
        """
        if self._host.started_here(cancel.run_id):
            self._host.cancel_run(cancel)
            return True
        return worker is not None and stop_worker(worker, cancel.grace_seconds)

    def watch(self, run_id: str, attempt: int, worker: RunWorker) -> bool:
        """Tells the end of a worker that an earlier service, or another host, had started.

        Args:
            run_id: its run.
            attempt: the attempt it works on.
            worker: the process.

        Returns:
            Whether it can be seen from here; a process of another machine cannot.
        """
        if is_alive(worker) is None:
            return False
        self._watcher.watch(worker, lambda who: self._exited(WorkerExit(run_id, attempt, who.pid)))
        return True

    def stop(self) -> None:
        """Stops watching; the runs go on. May be called unstarted, or twice."""
        self._watcher.stop()
