"""The loop that minds run workers: a run whose process is gone ends too, and a run that is to stop is told so.

The end of a worker is learned from the host that forked it, or, for workers of an earlier service, from a watch on the
process itself. Nothing is asked periodically of a worker that lives.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from watchbell.automate.monitor_rules import (
    Fate,
    Verdict,
    end_entry,
    stopped_verdict,
    verdict_on_absence,
    verdict_on_exit,
)
from watchbell.automate.runtime_rules import deadline_of, overdue_reason
from watchbell.ground.errors import LeaseLostError, StoreError
from watchbell.ground.value import dataclass
from watchbell.record.evaluation import CancelRun, WorkerExit
from watchbell.record.event import DagsterEventType
from watchbell.record.query import EventQuery
from watchbell.record.run import DagsterRun, DagsterRunStatus, RunsFilter, RunWorker
from watchbell.services.loop import Hint
from watchbell.services.queue import RunOver, RunsGoingOn
from watchbell.services.site import Launcher
from watchbell.services.ticker import Desk

log = logging.getLogger("watchbell.services")

SAFETY_SECONDS = 10.0
"""So often it is looked whether a run is to stop, should a hint have been lost."""
AGAIN_SECONDS = CancelRun("").grace_seconds + SAFETY_SECONDS
"""After this a wish to stop is passed on again, should whoever it was told have ended before acting on it."""
_STARTED = RunsFilter(statuses=[DagsterRunStatus.STARTED])
_STARTS = frozenset({DagsterEventType.RUN_START})
_CANCELING = RunsFilter(statuses=[DagsterRunStatus.CANCELING])


@dataclass(frozen=True)
class NeverBegun:
    """A run that an earlier service handed out and no worker began.

    Args:
        run_id: the run.
        attempt: the attempt it was handed out for.
    """

    run_id: str
    attempt: int


class MonitorLoop:
    """Minds the workers of all runs.

    Args:
        desk: what to work with.
        launchers: by code location, what starts, stops and watches its runs; at least one.
        tell_queue: gives the queue a message.
    """

    name = "monitor"

    def __init__(self, desk: Desk, launchers: Mapping[str, Launcher], tell_queue: Callable[[object], None]) -> None:
        self._desk = desk
        self._launchers = launchers
        self._any_launcher = next(iter(launchers.values()))
        self._tell_queue = tell_queue
        self._ends: list[WorkerExit | NeverBegun] = []
        self._has_looked = False
        self._may_be_canceling = True
        self._looked_at: datetime | None = None
        self._may_have_started = True
        self._starts_seen: int | None = None
        self._deadlines: dict[str, datetime] = {}
        self._deadlines_looked_at: datetime | None = None
        self._forwarded: dict[tuple[str, int], datetime] = {}
        self._strangers: set[str] = set()
        self._strangers_looked_at: datetime | None = None

    def step(self, now: datetime, messages: Sequence[object]) -> datetime | None:
        """See `Loop.step`."""
        for message in messages:
            match message:
                case WorkerExit():
                    self._ends.append(message)
                case Hint("run_status"):
                    self._may_be_canceling = self._may_have_started = True
        if not self._has_looked:
            self._look_at_all()
        while self._ends:
            self._settle_next(now)
            del self._ends[0]
        due_at = self._stop_overdue(now)
        self._look_for_strangers(now)
        self._forward_cancels(now)
        again = now + timedelta(seconds=SAFETY_SECONDS)
        return again if due_at is None else min(again, due_at)

    def _look_at_all(self) -> None:
        """Takes over the runs that an earlier service left going on."""
        found = self._desk.store.run_workers().items()
        # The others are executed by a process of their user's, and take no place.
        workers = {run_id: (attempt, worker) for run_id, (attempt, worker) in found if attempt > 0}
        told = {(end.run_id, end.attempt) for end in self._ends}
        self._tell_queue(RunsGoingOn({run_id: attempt for run_id, (attempt, _) in workers.items()}))
        for run_id, (attempt, worker) in workers.items():
            if (run_id, attempt) in told:
                continue
            if worker is None:
                self._ends.append(NeverBegun(run_id, attempt))
            else:
                self._watch(run_id, attempt, worker)
        self._has_looked = True

    def _look_for_strangers(self, now: datetime) -> None:
        """Watches the runs that people execute from a terminal: nobody else would see a killed one."""
        before = self._strangers_looked_at
        if before is not None and 0 <= (now - before).total_seconds() < SAFETY_SECONDS:
            return
        self._strangers_looked_at = now
        found = {
            run_id: worker
            for run_id, (attempt, worker) in self._desk.store.run_workers().items()
            if attempt == 0 and worker is not None
        }
        for run_id in found.keys() - self._strangers:
            self._watch(run_id, 0, found[run_id])
        self._strangers = set(found)

    def _watch(self, run_id: str, attempt: int, worker: RunWorker) -> None:
        if not self._any_launcher.watch(run_id, attempt, worker):
            log.warning("run %s is executed on another machine, %s; its end cannot be seen", run_id, worker.host_name)

    # ------------------------------------------------------------------ ends

    def _settle_next(self, now: datetime) -> None:
        end = self._ends[0]
        try:
            self._settle(end, now)
        except StoreError:
            raise
        except Exception:  # such as a run that cannot be read: the ends of others are not to wait for it
            log.exception("the end of run %s cannot be dealt with", end.run_id)
            self._tell_queue(RunOver(end.run_id, end.attempt))

    def _settle(self, end: WorkerExit | NeverBegun, now: datetime) -> None:
        """Brings a run to where the end of its worker leaves it."""
        record = self._desk.store.run_record(end.run_id)
        run = None if record is None else record.dagster_run
        worker = None if run is None or run.is_finished else self._worker_of(end.run_id, end.attempt)
        if worker is not None and (isinstance(end, NeverBegun) or end.pid != worker.pid):
            # Begun after our look, or by a process that a host had started unseen before it was killed itself.
            self._watch(end.run_id, end.attempt, worker)
            return
        if isinstance(end, WorkerExit):
            verdict = verdict_on_exit(run, end, worker is not None)
        else:
            verdict = verdict_on_absence(run, end.attempt)
        is_queued_again = False
        if verdict.fate is Fate.HAND_BACK:
            is_queued_again = self._desk.store.hand_back_run(end.run_id, end.attempt, now)
            if not is_queued_again:  # begun, canceled or handed out anew this very moment
                self._ends.append(end)
                return
            log.warning("run %s is queued again: %s", end.run_id, verdict.reason)
        elif run is not None and verdict.fate is not Fate.OVER:
            self._finish(run, end.attempt, verdict, now)
        self._tell_queue(RunOver(end.run_id, end.attempt, is_queued_again))

    def _worker_of(self, run_id: str, attempt: int) -> RunWorker | None:
        found, worker = self._desk.store.run_workers().get(run_id, (0, None))
        return worker if found == attempt else None

    def _finish(self, run: DagsterRun, attempt: int, verdict: Verdict, now: datetime) -> None:
        log.warning("run %s of job %r: %s", run.run_id, run.job_name, verdict.reason)
        try:
            self._desk.store.append([end_entry(run, verdict, now.timestamp())], attempt=attempt)
        except LeaseLostError:
            pass  # another attempt of the run goes on: this one's end means nothing

    # --------------------------------------------------------------- cancels

    def _stop_overdue(self, now: datetime) -> datetime | None:
        """Has runs stopped that have gone on for too long; when the next one will have."""
        self._learn_deadlines(now)
        limit = self._desk.settings.max_runtime_seconds
        for run_id in [run_id for run_id, at in self._deadlines.items() if at <= now]:
            record = self._desk.store.run_record(run_id)
            deadline = None if record is None else deadline_of(record.dagster_run, limit)
            if record is None or deadline is None:  # it is over
                del self._deadlines[run_id]
            elif deadline > now:  # somebody has given it another tag
                self._deadlines[run_id] = deadline
            else:
                reason = overdue_reason(record.dagster_run, limit)
                log.warning("run %s of job %r is stopped: %s", run_id, record.dagster_run.job_name, reason)
                self._desk.store.request_cancel(run_id, now, reason)
                del self._deadlines[run_id]
                self._may_be_canceling = True
        return min(self._deadlines.values(), default=None)

    def _learn_deadlines(self, now: datetime) -> None:
        """Notes how long runs may go on: of those that began since the last look, and now and then of all."""
        store, limit = self._desk.store, self._desk.settings.max_runtime_seconds
        before = self._deadlines_looked_at
        if self._starts_seen is None or before is None or not 0 <= (now - before).total_seconds() < SAFETY_SECONDS:
            self._starts_seen = store.last_event_id()  # first: what begins meanwhile is read again
            records = store.run_records(_STARTED)
            self._deadlines_looked_at, self._deadlines = now, {}
        elif self._may_have_started:
            starts = store.events(EventQuery(types=_STARTS, after_id=self._starts_seen))
            found = [store.run_record(entry.run_id) for entry in starts]
            records = [record for record in found if record is not None]
            self._starts_seen = max((entry.storage_id or 0 for entry in starts), default=self._starts_seen)
            if any(record.dagster_run.attempt == 0 for record in records):
                self._strangers_looked_at = None  # executed from a terminal: their process is to be watched
        else:
            return
        for record in records:
            deadline = deadline_of(record.dagster_run, limit)
            if deadline is not None:
                self._deadlines[record.dagster_run.run_id] = deadline
        self._may_have_started = False

    def _forward_cancels(self, now: datetime) -> None:
        if self._looked_at is None or not 0 <= (now - self._looked_at).total_seconds() < SAFETY_SECONDS:
            self._may_be_canceling = True
        if not self._may_be_canceling:
            return
        records = self._desk.store.run_records(_CANCELING)
        self._looked_at = now
        canceling = {(record.dagster_run.run_id, record.dagster_run.attempt): record.dagster_run for record in records}
        again = now - timedelta(seconds=AGAIN_SECONDS)
        self._forwarded = {key: at for key, at in self._forwarded.items() if key in canceling and again < at <= now}
        for run_id, attempt in sorted(canceling.keys() - self._forwarded.keys()):
            self._cancel(canceling[run_id, attempt], attempt, now)
            self._forwarded[run_id, attempt] = now
        self._may_be_canceling = False

    def _cancel(self, run: DagsterRun, attempt: int, now: datetime) -> None:
        if attempt == 0 and run.location_name is None:
            return  # executed from inside a program of its user's, which is not ours to stop
        launcher = self._launchers.get(run.location_name or "", self._any_launcher)
        if not launcher.cancel(CancelRun(run.run_id), self._worker_of(run.run_id, attempt)):
            self._finish(run, attempt, stopped_verdict(run, "it was asked to stop and had no process any more"), now)
            self._tell_queue(RunOver(run.run_id, attempt))
