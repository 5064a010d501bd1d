"""The run workers of a host: started, stopped on request, their ends told.

A worker leads its own session: it outlives the host and the service, and a signal to its group reaches the processes of
its steps too.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

from watchbell.ground.value import dataclass
from watchbell.host.children import Child, ChildEnd, Starter
from watchbell.host.messages import WorkerStarted
from watchbell.host.process import send_signal
from watchbell.host.run_output import error_tail
from watchbell.record.evaluation import CancelRun, StartRun, WorkerExit
from watchbell.record.worker_identity import identity_of


@dataclass(eq=False)
class _Worker:
    start: StartRun
    child: Child
    kill_at: float | None = None


class RunWorkers:
    """See the module.

    Args:
        starter: begins processes.
        home: folder of the instance, where the workers' output is.
        watch_child: tells the host to call back when a child ends.
        tell: sends a value to the service.
        monotonic: the clock.
    """

    def __init__(
        self,
        starter: Starter,
        home: str,
        watch_child: Callable[[Child, Callable[[ChildEnd], None]], None],
        tell: Callable[[object], None],
        monotonic: Callable[[], float],
    ) -> None:
        self._starter = starter
        self._home = Path(home)
        self._watch_child = watch_child
        self._tell = tell
        self._monotonic = monotonic
        self._workers: dict[str, _Worker] = {}

    def start(self, start: StartRun) -> None:
        """Starts a run's process; a run that has one of the same attempt keeps it."""
        known = self._workers.get(start.run_id)
        if known is not None and known.start.attempt == start.attempt:
            return
        try:
            child = self._starter.worker(start)
        except OSError as error:
            self._tell(WorkerExit(start.run_id, start.attempt, pid=0, output_tail=str(error)))
            return
        worker = self._workers[start.run_id] = _Worker(start, child)
        identity = identity_of(child.pid)
        if identity is not None:
            self._tell(WorkerStarted(start.run_id, start.attempt, identity))
        self._watch_child(child, lambda end: self._on_end(worker, end))

    def cancel(self, cancel: CancelRun) -> None:
        """Asks a run's process to stop, and kills it after the grace; nothing happens to runs that are not here."""
        worker = self._workers.get(cancel.run_id)
        if worker is None or worker.kill_at is not None:
            return
        send_signal(worker.child.pid, signal.SIGTERM)
        worker.kill_at = self._monotonic() + cancel.grace_seconds

    def wakes_at(self) -> float | None:
        """When :meth:`on_time` has something to do; None: only after the next event."""
        return min((each.kill_at for each in self._workers.values() if each.kill_at is not None), default=None)

    def on_time(self) -> None:
        """Kills the workers whose time to stop is over, with all they started."""
        now = self._monotonic()
        for worker in self._workers.values():
            if worker.kill_at is not None and worker.kill_at <= now:
                worker.kill_at = float("inf")
                send_signal(worker.child.pid, signal.SIGKILL, group=True)
                # Itself too: a worker that was started this very moment does not lead a group yet.
                send_signal(worker.child.pid, signal.SIGKILL)

    def _on_end(self, worker: _Worker, end: ChildEnd) -> None:
        if self._workers.get(worker.start.run_id) is worker:
            del self._workers[worker.start.run_id]
        if end.exit_code != 0 or worker.kill_at is not None:
            send_signal(worker.child.pid, signal.SIGKILL, group=True)  # what it left behind
        self._tell(
            WorkerExit(
                run_id=worker.start.run_id,
                attempt=worker.start.attempt,
                pid=worker.child.pid,
                exit_code=end.exit_code,
                signal=end.signal,
                output_tail=error_tail(self._home, worker.start.run_id) if end.exit_code != 0 else "",
            )
        )
