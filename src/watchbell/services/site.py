"""A code location as the services see it: where its code is evaluated, and where its runs start."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from watchbell.ground.value import dataclass
from watchbell.record.evaluation import CancelRun, StartRun, WorkerExit
from watchbell.record.host_port import Host
from watchbell.record.run import RunWorker


class Launcher(Protocol):
    """Starts, stops and watches the processes of runs."""

    def start(self, start: StartRun) -> None:
        """Asks for the process of a run that was handed out; its end is told as a `WorkerExit`."""

    def cancel(self, cancel: CancelRun, worker: RunWorker | None) -> bool:
        """Asks a run's process to stop; False: there is none, so that nobody but the caller ends the run."""

    def watch(self, run_id: str, attempt: int, worker: RunWorker) -> bool:
        """Tells the end of a worker that an earlier service started; False: it cannot be seen from here."""

    def stop(self) -> None:
        """Stops watching; the runs go on. May be called unstarted, or twice."""


@dataclass(frozen=True)
class Site:
    """What there is for one code location.

    Args:
        location_name: its name.
        host: the process with its code, not started yet.
        make_launcher: from the listener for ends of workers to what starts and watches them.
    """

    location_name: str
    host: Host
    make_launcher: Callable[[Callable[[WorkerExit], None]], Launcher]
