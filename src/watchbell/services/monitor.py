"""The loop that minds run workers: a run whose process is gone ends too, and a run that is to stop is told so.

The end of a worker is learned from the host that forked it, or, for workers of an earlier service, from a watch on the
process itself. Nothing is asked periodically of a worker that lives.
"""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from watchbell.automate.monitor_rules import Fate, Verdict, end_entry, verdict_on_absence, verdict_on_exit
from watchbell.ground.errors import LeaseLostError
from watchbell.host.process import is_alive, send_signal
from watchbell.record.evaluation import CancelRun, WorkerExit
from watchbell.record.run import DagsterRun, DagsterRunStatus, RunsFilter, RunWorker
from watchbell.services.loop import Hint
from watchbell.services.queue import RunOver, RunsGoingOn
from watchbell.services.ticker import Desk

log = logging.getLogger("watchbell.services")

SAFETY_SECONDS = 10.0
"""So often it is looked whether a run is to stop, should a hint have been lost."""
_CANCELING = RunsFilter(statuses=[DagsterRunStatus.CANCELING])


class WorkerWatch(Protocol):
    """Sees the end of processes that are nobody's children here."""

    def watch(self, worker: RunWorker, ended: Callable[[RunWorker], None]) -> None:
        """Calls ``ended`` once, from a thread of its own, when the process ends or if it has ended already."""

    def stop(self) -> None:
        """Nothing is called any more; may be called twice."""


@dataclass(frozen=True)
class WorkerGone:
    """The end of a worker that an earlier service started.

    Args:
        run_id: its run.
        attempt: the attempt it executed.
        worker: the process; None: none ever began the attempt.
    """

    run_id: str
    attempt: int
    worker: RunWorker | None


class MonitorLoop:
    """Minds the workers of all runs.

    Args:
        desk: what to work with.
        watch: sees the end of workers that the host did not start.
        tell_queue: gives the queue a message.
        tell_self: gives this loop a message, from any thread.
    """

    name = "monitor"

    def __init__(
        self,
        desk: Desk,
        watch: WorkerWatch,
        tell_queue: Callable[[object], None],
        tell_self: Callable[[object], None],
    ) -> None:
        self._desk = desk
        self._watch = watch
        self._tell_queue = tell_queue
        self._tell_self = tell_self
        self._ends: list[WorkerExit | WorkerGone] = []
        self._has_looked = False
        self._may_be_canceling = True
        self._looked_at: datetime | None = None
        self._forwarded: set[tuple[str, int]] = set()
        self._foreign: dict[str, RunWorker] = {}
        self._kill_at: dict[RunWorker, datetime] = {}

    def step(self, now: datetime, messages: Sequence[object]) -> datetime | None:
        """See `Loop.step`."""
        for message in messages:
            match message:
                case WorkerExit() | WorkerGone():
                    self._ends.append(message)
                case Hint("run_status"):
                    self._may_be_canceling = True
        if not self._has_looked:
            self._look_at_all()
        while self._ends:
            self._settle(self._ends[0], now)
            del self._ends[0]
        self._forward_cancels(now)
        self._kill_overdue(now)
        return min([now + timedelta(seconds=SAFETY_SECONDS), *self._kill_at.values()])

    def _look_at_all(self) -> None:
        """Takes over the runs that an earlier service left going on."""
        workers = {
            run_id: (attempt, worker)
            for run_id, (attempt, worker) in self._desk.store.run_workers().items()
            if attempt > 0 or worker is not None  # others are executed by a process of their user's
        }
        own = {end.run_id for end in self._ends}
        self._tell_queue(RunsGoingOn({run_id: attempt for run_id, (attempt, _) in workers.items()}))
        for run_id, (attempt, worker) in workers.items():
            if run_id in own:
                continue
            if worker is None:
                self._ends.append(WorkerGone(run_id, attempt, None))
            else:
                self._take_over(run_id, attempt, worker)
        self._has_looked = True

    def _take_over(self, run_id: str, attempt: int, worker: RunWorker) -> None:
        if is_alive(worker) is None:
            log.warning("run %s is executed on another machine, %s; its end cannot be seen", run_id, worker.host_name)
            return
        self._foreign[run_id] = worker
        self._watch.watch(worker, lambda gone: self._tell_self(WorkerGone(run_id, attempt, gone)))

    # ------------------------------------------------------------------ ends

    def _settle(self, end: WorkerExit | WorkerGone, now: datetime) -> None:
        """Brings a run to where the end of its worker leaves it."""
        store = self._desk.store
        record = store.run_record(end.run_id)
        run = None if record is None else record.dagster_run
        if isinstance(end, WorkerExit):
            begun = run is not None and not run.is_finished and self._has_begun(end)
            verdict = verdict_on_exit(run, end, begun)
        else:
            verdict = verdict_on_absence(run, end.attempt, end.worker)
        if verdict.fate is Fate.HAND_BACK:
            if store.hand_back_run(end.run_id, end.attempt, now):
                log.warning("run %s is queued again: %s", end.run_id, verdict.reason)
                self._tell_queue(RunOver(end.run_id, end.attempt, is_queued_again=True))
                return
            if self._begun_late(end):
                return
        elif run is not None and verdict.fate is not Fate.OVER:
            self._finish(run, end.attempt, verdict, now)
        self._foreign.pop(end.run_id, None)
        self._tell_queue(RunOver(end.run_id, end.attempt))

    def _has_begun(self, end: WorkerExit) -> bool:
        attempt, worker = self._desk.store.run_workers().get(end.run_id, (0, None))
        return attempt == end.attempt and worker is not None

    def _begun_late(self, end: WorkerExit | WorkerGone) -> bool:
        """A worker of an earlier service began its run between our look at it and now."""
        attempt, worker = self._desk.store.run_workers().get(end.run_id, (0, None))
        if attempt != end.attempt or worker is None or isinstance(end, WorkerExit):
            return False
        self._take_over(end.run_id, attempt, worker)
        return True

    def _finish(self, run: DagsterRun, attempt: int, verdict: Verdict, now: datetime) -> None:
        log.warning("run %s of job %r: %s", run.run_id, run.job_name, verdict.reason)
        try:
            self._desk.store.append([end_entry(run, verdict, now.timestamp())], attempt=attempt)
        except LeaseLostError:
            pass  # another attempt of the run goes on: this one's end means nothing

    # --------------------------------------------------------------- cancels

    def _forward_cancels(self, now: datetime) -> None:
        if self._looked_at is None or not 0 <= (now - self._looked_at).total_seconds() < SAFETY_SECONDS:
            self._may_be_canceling = True
        if not self._may_be_canceling:
            return
        records = self._desk.store.run_records(_CANCELING)
        self._looked_at = now
        canceling = {(record.dagster_run.run_id, record.dagster_run.attempt) for record in records}
        for run_id, attempt in sorted(canceling - self._forwarded):
            self._cancel(run_id, now)
            self._forwarded.add((run_id, attempt))
        self._forwarded &= canceling
        self._may_be_canceling = False

    def _cancel(self, run_id: str, now: datetime) -> None:
        cancel = CancelRun(run_id)
        worker = self._foreign.get(run_id)
        if worker is None:
            self._desk.host.cancel_run(cancel)
        elif is_alive(worker):
            send_signal(worker.pid, signal.SIGTERM)
            self._kill_at[worker] = now + timedelta(seconds=cancel.grace_seconds)

    def _kill_overdue(self, now: datetime) -> None:
        for worker in [worker for worker, at in self._kill_at.items() if at <= now]:
            del self._kill_at[worker]
            if is_alive(worker):
                send_signal(worker.pid, signal.SIGKILL, group=True)
