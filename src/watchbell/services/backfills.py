"""The loop of the backfills: makes the runs of their parts, many at a time, and takes in how these end.

What it keeps is read from the store and can be thrown away at any time: a backfill that somebody changed meanwhile, or
whose change could not be stored, is simply read anew, its runs that ended meanwhile included. Between news nothing is
done, and what a run's end costs does not grow with the number of parts.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from watchbell.automate.backfills.rules import end_of_part, run_of
from watchbell.ground.errors import LeaseLostError, StoreError
from watchbell.ground.value import dataclass
from watchbell.record.backfill import Backfill, BackfillCommit, BackfillStatus, CommittedBackfill
from watchbell.record.evaluation import Answer
from watchbell.record.event import DagsterEventType
from watchbell.record.host_port import Host
from watchbell.record.query import EventQuery
from watchbell.record.run import AUTO_RETRY_TAG, DagsterRunStatus
from watchbell.record.snapshot import LocationSnapshot
from watchbell.services.backfill_ticks import BackfillTicks, failed_ticks
from watchbell.services.backfill_work import BackfillWork
from watchbell.services.loop import Hint
from watchbell.services.queue import LocationReady, RunOver
from watchbell.services.ticker import Desk

log = logging.getLogger("watchbell.services")

BEGUN_MAX = 500
"""Parts that begin in one transaction (count)."""
PARTS_READ_MAX = 20_000
"""Parts read at once (count)."""
ENDS_READ_MAX = 500
"""Ends of runs read at once (count)."""
SAFETY_SECONDS = 10.0
"""So often it is looked for changes that nobody told of."""
RETRY_WAIT_SECONDS = 0.1
"""So often it is looked whether a failed run is executed again."""
RUN_DELETED_NOTE = "a run of it was deleted"

_ENDS = frozenset({DagsterEventType.RUN_SUCCESS, DagsterEventType.RUN_FAILURE, DagsterEventType.RUN_CANCELED})
_FAILURE = frozenset({DagsterEventType.RUN_FAILURE})
_NOT_OVER = tuple(status for status in BackfillStatus if not status.is_over)


@dataclass(frozen=True)
class _Look:
    """What is found out about the runs of a part.

    Args:
        run_ids: its runs; one that is executed again by the new one.
        statuses: where they are; None: deleted.
        is_unsure: whether it is not known yet if a failed one will be executed again.
        why: what the last failure says.
    """

    run_ids: tuple[str, ...]
    statuses: tuple[DagsterRunStatus | None, ...]
    is_unsure: bool = False
    why: str = ""


@dataclass(frozen=True)
class _Failure:
    """What follows on a failed run.

    Args:
        is_known: whether it is known if the run is executed again.
        retry_id: the run that does so; None: none, or not known yet.
        why: what the failure says.
    """

    is_known: bool = True
    retry_id: str | None = None
    why: str = ""


class BackfillsLoop:
    """Carries out backfills.

    Args:
        desk: what to work with.
        hosts: by code location, who evaluates its schedules.
        runs_queued: told when runs were queued.
    """

    name = "backfills"

    def __init__(self, desk: Desk, hosts: Mapping[str, Host], runs_queued: Callable[[], None]) -> None:
        self._desk = desk
        self._runs_queued = runs_queued
        self._works: dict[str, BackfillWork] = {}
        self._part_of: dict[str, tuple[str, int]] = {}  # by run
        self._touched: dict[str, set[int]] = {}  # parts to look at, by backfill
        self._ticks = BackfillTicks(desk, hosts)
        self._seen: int | None = None
        self._has_news = self._has_ends = True
        self._looked_at: datetime | None = None

    def step(self, now: datetime, messages: Sequence[object]) -> datetime | None:
        """See `Loop.step`."""
        for message in messages:
            self._take(message, now)
        before = self._looked_at
        if before is None or not 0 <= (now - before).total_seconds() < SAFETY_SECONDS:
            self._has_news = self._has_ends = True
            self._looked_at = now
        if self._has_news:
            self._read()
        has_more = self._follow_ends()
        is_waiting = self._look_at_touched()
        for work in list(self._works.values()):
            has_more = self._advance(work, now) or has_more
        if has_more or self._has_news or self._has_ends:
            return now
        return now + timedelta(seconds=RETRY_WAIT_SECONDS if is_waiting else SAFETY_SECONDS)

    def _take(self, message: object, now: datetime) -> None:
        match message:
            case Hint("backfills"):
                self._has_news = True
            case Hint("run_status") | RunOver():
                self._has_ends = True
            case LocationReady(location_name):
                self._ticks.ready(location_name)
            case LocationSnapshot():
                self._ticks.defined(message)
            case Answer():
                self._ticks.answered(message, now)

    # --------------------------------------------------------------- reading

    def _read(self) -> None:
        """Takes up backfills that are new, or were changed by others; lets go of those that are over."""
        found = self._desk.store.backfills(statuses=_NOT_OVER, with_counts=False)
        known = {backfill.backfill_id for backfill in found}
        for backfill_id in [each for each in self._works if each not in known]:
            self._forget(backfill_id)
        for backfill in reversed(found):
            work = self._works.get(backfill.backfill_id)
            if work is None or work.backfill.version != backfill.version:
                self._take_up(backfill)
        if not self._works:
            self._seen = None
        self._has_news = False

    def _take_up(self, backfill: Backfill) -> None:
        store = self._desk.store
        self._forget(backfill.backfill_id)
        if self._seen is None:
            self._seen = store.last_event_id()  # before the runs are looked at: what ends from here on is followed
        parts = store.backfill_parts(backfill, limit=PARTS_READ_MAX)
        while len(parts) % PARTS_READ_MAX == 0 and parts:
            more = store.backfill_parts(backfill, after=parts[-1].number, limit=PARTS_READ_MAX)
            if not more:
                break
            parts += more
        work = self._works[backfill.backfill_id] = BackfillWork(backfill, parts)
        self._touched[backfill.backfill_id] = set(work.begun)
        self._part_of.update({run_id: (backfill.backfill_id, number) for run_id, number in work.run_ids})

    def _forget(self, backfill_id: str) -> None:
        work = self._works.pop(backfill_id, None)
        self._touched.pop(backfill_id, None)
        if work is not None:
            for run_id, _ in work.run_ids:
                self._part_of.pop(run_id, None)

    # ------------------------------------------------------------------ ends

    def _follow_ends(self) -> bool:
        """Notes which parts' runs ended; whether there may be more."""
        if not (self._has_ends and self._works):
            self._has_ends = False
            return False
        ended = self._desk.store.events(EventQuery(types=_ENDS, after_id=self._seen, limit=ENDS_READ_MAX))
        for entry in ended:
            if entry.run_id in self._part_of:
                backfill_id, number = self._part_of[entry.run_id]
                self._touched[backfill_id].add(number)
        if ended:
            self._seen = ended[-1].storage_id
        self._has_ends = len(ended) == ENDS_READ_MAX
        return self._has_ends

    def _look_at_touched(self) -> bool:
        """Takes in how runs of parts ended; whether it is still to be seen what follows on a failure."""
        is_waiting = False
        for backfill_id, numbers in self._touched.items():
            if not numbers:
                continue
            work = self._works[backfill_id]
            known = {number: work.begun[number].run_ids for number in numbers if number in work.begun}
            statuses = self._desk.store.run_statuses([each for run_ids in known.values() for each in run_ids])
            again = set()
            for number, run_ids in sorted(known.items()):
                look = self._look(run_ids, statuses)
                if look.is_unsure:
                    again.add(number)
                elif self._note(work, number, look):
                    again.add(number)
                    self._has_ends = True
            self._touched[backfill_id] = again
            is_waiting = is_waiting or bool(again)
        return is_waiting

    def _note(self, work: BackfillWork, number: int, look: _Look) -> bool:
        """Moves a part on; whether its new runs are to be looked at."""
        old = work.begun[number].run_ids
        if look.run_ids != old:
            for run_id in old:
                self._part_of.pop(run_id, None)
            self._part_of.update(dict.fromkeys(look.run_ids, (work.backfill.backfill_id, number)))
            work.follow(number, look.run_ids)
            return True
        end = end_of_part(look.statuses)
        if end is not None:
            for run_id in old:
                self._part_of.pop(run_id, None)
            work.end(number, end, RUN_DELETED_NOTE if None in look.statuses else look.why)
        return False

    def _look(self, run_ids: tuple[str, ...], statuses: Mapping[str, DagsterRunStatus]) -> _Look:
        now_ids, is_unsure, why = list(run_ids), False, ""
        for place, run_id in enumerate(run_ids):
            if statuses.get(run_id) is DagsterRunStatus.FAILURE:
                failure = self._failure_of(run_id)
                is_unsure = is_unsure or not failure.is_known
                now_ids[place] = failure.retry_id or run_id
                why = failure.why or why
        return _Look(tuple(now_ids), tuple(statuses.get(run_id) for run_id in run_ids), is_unsure, why)

    def _failure_of(self, run_id: str) -> _Failure:
        """Whether it is known if a failed run is executed again, by which run, and what its failure says."""
        store = self._desk.store
        seen = store.retries_seen()  # first: if its failure was dealt with, the tag is there
        record = store.run_record(run_id)
        if record is None:
            return _Failure()
        retry_id = record.dagster_run.tags.get(AUTO_RETRY_TAG)
        if retry_id is not None:
            return _Failure(retry_id=retry_id)
        failures = store.events(EventQuery(run_id=run_id, types=_FAILURE, newest_first=True, limit=1))
        if not failures or failures[0].storage_id is None:
            return _Failure()
        return _Failure(seen is not None and failures[0].storage_id <= seen, why=failures[0].message)

    # ------------------------------------------------------------- beginning

    def _advance(self, work: BackfillWork, now: datetime) -> bool:
        """Stores what there is to store of a backfill, and begins parts; whether there may be more to do at once."""
        try:
            return self._store(work, now)
        except BaseException:  # what it kept may not be what is stored
            self._forget(work.backfill.backfill_id)
            self._has_news = True
            raise

    def _store(self, work: BackfillWork, now: datetime) -> bool:
        backfill_id = work.backfill.backfill_id
        work.give_up()
        if work.backfill.schedule_name is None:
            for part in work.take(BEGUN_MAX):
                work.begin(part, [run_of(work.backfill, part, self._desk.new_id())])
        else:
            self._ticks.advance(work, now)
        commit = work.commit(now)
        if commit is None:
            return self._stop_runs(work, now)
        done = self._commit(commit, now)
        if done is None:
            self._forget(backfill_id)
            self._has_news = True
            return True
        for number in work.committed(done):
            self._part_of.update(dict.fromkeys(work.begun[number].run_ids, (backfill_id, number)))
        if commit.runs or commit.ticks:
            self._runs_queued()
        if done.backfill.status.is_over:
            _tell(done.backfill, work.progress.has_bad)
            self._forget(backfill_id)
            return False
        return len(commit.runs) >= BEGUN_MAX or bool(commit.ticks) or self._stop_runs(work, now)

    def _commit(self, commit: BackfillCommit, now: datetime) -> CommittedBackfill | None:
        try:
            return self._desk.store.commit_backfill(commit, self._desk.lease(), now)
        except (LeaseLostError, StoreError):
            raise
        except Exception as error:
            if not commit.ticks:
                raise
            log.exception("what schedule %r asked for cannot be stored", commit.before.schedule_name)
            failed = replace(commit, ticks=failed_ticks(commit.ticks, error))
            return self._desk.store.commit_backfill(failed, self._desk.lease(), now)

    def _stop_runs(self, work: BackfillWork, now: datetime) -> bool:
        """Asks the runs of a backfill that is being canceled to stop; whether any was asked."""
        run_ids = work.to_stop(BEGUN_MAX)
        if not run_ids:
            return False
        self._desk.store.cancel_runs(run_ids, now)
        work.asked_to_stop.update(run_ids)
        self._has_ends = True
        return True


def _tell(backfill: Backfill, has_bad: bool) -> None:
    level = logging.WARNING if has_bad else logging.INFO
    log.log(level, "backfill %r is over: %s", backfill.title or backfill.backfill_id, backfill.status.value)
