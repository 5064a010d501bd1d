"""The loop of the run queue: hands queued runs out for starting, as many as may go on at once.

Which runs wait is known from reading on after the newest one that was read; how many go on, from what was handed out
and what the monitor reported as over. So a run that ends costs one transaction, however long the queue is.

Stored before launch: a crash between the two leaves a STARTING run without a worker, which the monitor hands back; the
reverse would start a run twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

from watchbell.automate.overlap_line import OverlapLine
from watchbell.automate.queue_rules import RunLine, Waiting
from watchbell.ground.value import dataclass
from watchbell.record.backfill import BackfillStatus
from watchbell.record.evaluation import StartRun
from watchbell.record.partition import BACKFILL_TAG
from watchbell.record.run import FINISHED_STATUSES, DagsterRunStatus, RunRecord, RunsFilter
from watchbell.services.loop import Hint
from watchbell.services.ticker import Desk

log = logging.getLogger("watchbell.services")

HAND_OUT_MAX = 50
"""Runs handed out in one transaction (count)."""
READ_MAX = 1_000
"""Queued runs read at once (count)."""
SAFETY_SECONDS = 10.0
"""So often it is read on and the number of queued runs compared, should a hint have been lost."""
_HELD = (BackfillStatus.PAUSED, BackfillStatus.CANCELING)
_OVER = (None, *FINISHED_STATUSES)
"""What is said of a run that nobody has to wait for: nothing, for it was deleted, or how it ended."""
_QUEUED = RunsFilter(statuses=[DagsterRunStatus.QUEUED])


@dataclass(frozen=True)
class RunOver:
    """A run that needs no place any more: it finished, or went back to the queue.

    Args:
        run_id: the run.
        attempt: the attempt that is over.
        is_queued_again: whether it waits again.
    """

    run_id: str
    attempt: int
    is_queued_again: bool = False


@dataclass(frozen=True)
class RunsGoingOn:
    """The runs that go on when the service begins, told by the monitor before anything is handed out.

    Args:
        attempts: run id to attempt.
    """

    attempts: dict[str, int]


@dataclass(frozen=True)
class LocationReady:
    """The code of a location can be executed.

    Args:
        location_name: the location.
    """

    location_name: str


class QueueLoop:
    """Starts queued runs.

    Args:
        desk: what to work with.
        start_of: by code location, what starts its runs. Runs of a location wait until it is ready, and runs of others
            for their own service; a run of no location goes to the only one there is.
    """

    name = "queue"

    def __init__(self, desk: Desk, start_of: Mapping[str, Callable[[StartRun], None]]) -> None:
        self._desk = desk
        self._start_of = start_of
        self._ready: set[str] = set()
        self._line = RunLine()
        self._location_of: dict[str, str] = {}
        self._waiting_for_location: set[str] = set()
        self._held_backfills: frozenset[str] | None = None  # by whom no run may start; None: not read yet
        self._held: set[str] = set()
        self._overlap = OverlapLine()
        self._told_of: set[str | None] = set()
        self._going: dict[str, int] | None = None
        self._over_early: dict[str, int] = {}
        self._last_read: str | None = None
        self._has_news = True
        self._has_backfill_news = True
        self._reads_all = True
        self._looked_at: datetime | None = None

    def step(self, now: datetime, messages: Sequence[object]) -> datetime | None:
        """See `Loop.step`."""
        for message in messages:
            self._take(message)
        if self._going is None or not self._ready:
            return None  # until the monitor has looked, and until there is code to run
        self._look(now)
        has_more = self._hand_out(now)
        return now if has_more else now + timedelta(seconds=SAFETY_SECONDS)

    def _take(self, message: object) -> None:
        match message:
            case RunsGoingOn(attempts):
                # What ended between the monitor's look and now was told before; it is not counted.
                over = self._over_early
                self._going = {each: attempt for each, attempt in attempts.items() if over.get(each, -1) < attempt}
                self._over_early.clear()
                self._has_news = True
            case RunOver(run_id, attempt, is_queued_again):
                if self._going is None:
                    self._over_early[run_id] = attempt
                elif self._going.get(run_id, 0) <= attempt:
                    self._going.pop(run_id, None)
                self._overlap.over(run_id)
                self._reads_all = self._reads_all or is_queued_again
            case Hint("runs"):
                self._has_news = True
            case Hint("backfills"):
                self._has_backfill_news = True
            case Hint("run_order"):
                self._reads_all = True
            case LocationReady(location_name):
                if location_name not in self._ready:
                    self._ready.add(location_name)
                    self._told_of.clear()
                    self._reads_all = True

    # --------------------------------------------------------------- reading

    def _look(self, now: datetime) -> None:
        """Puts runs that were queued since the last look into the line."""
        is_unsure = self._looked_at is None or not 0 <= (now - self._looked_at).total_seconds() < SAFETY_SECONDS
        if self._has_backfill_news or is_unsure:
            self._read_held()
        if self._has_news:
            self._look_at_watched()
        if self._has_news or self._reads_all or is_unsure:
            self._read()
        if is_unsure:
            self._overlap.doubt_all()
            waiting = len(self._line) + len(self._waiting_for_location) + len(self._held) + len(self._overlap)
            if self._desk.store.count_runs(_QUEUED) != waiting:
                self._reads_all = True  # some went back to the queue unheard, or left it
                self._read()
            self._looked_at = now

    def _read_held(self) -> None:
        """Which backfills are paused, or being canceled: their queued runs stay where they are."""
        found = self._desk.store.backfills(statuses=_HELD, with_counts=False)
        held = frozenset(backfill.backfill_id for backfill in found)
        self._reads_all = self._reads_all or held != self._held_backfills
        self._held_backfills, self._has_backfill_news = held, False

    def _look_at_watched(self) -> None:
        """Whether runs that others wait for were canceled, or deleted, by somebody else."""
        watched = self._overlap.watched()
        if watched:
            statuses = self._desk.store.run_statuses(watched)
            for run_id in watched:
                if statuses.get(run_id) in _OVER:
                    self._overlap.over(run_id)

    def _read(self) -> None:
        cursor = self._last_read
        if self._reads_all:
            cursor, self._line, self._overlap = None, RunLine(), OverlapLine()
            self._location_of.clear()
            self._waiting_for_location.clear()
            self._held.clear()
        while True:
            records = self._desk.store.run_records(_QUEUED, ascending=True, cursor=cursor, limit=READ_MAX)
            for record in records:
                self._add(record)
            if records:
                cursor = records[-1].dagster_run.run_id
            if len(records) < READ_MAX:
                break
        self._last_read = cursor
        self._has_news = self._reads_all = False

    def _add(self, record: RunRecord) -> None:
        run = record.dagster_run
        if self._held_backfills and run.tags.get(BACKFILL_TAG) in self._held_backfills:
            self._held.add(run.run_id)
            return
        location = run.location_name
        if location is None and len(self._start_of) == 1:
            location = next(iter(self._start_of))
        if location is None or location not in self._ready:
            if location not in self._told_of:
                self._told_of.add(location)
                log.warning(
                    "run %s of job %r waits until code location %r is served; there is %s",
                    run.run_id,
                    run.job_name,
                    location,
                    ", ".join(sorted(self._ready)),
                )
            self._waiting_for_location.add(run.run_id)
            return
        self._location_of[run.run_id] = location
        self._overlap.know(run)
        self._line.add(run.run_id, run.tags, record.storage_id)

    # -------------------------------------------------------------- starting

    def _hand_out(self, now: datetime) -> bool:
        """Starts what there is room for; whether there may be more to start."""
        assert self._going is not None
        limit = self._desk.settings.max_concurrent_runs
        self._free_overlapping()
        taken = self._line.next(len(self._going), limit, HAND_OUT_MAX, self._overlap.takes_aside)
        if not taken:
            return False
        try:
            starts = self._desk.store.hand_out_runs([each.run_id for each in taken], self._desk.lease(), now)
        except BaseException:
            self._line.put_back(taken)
            raise
        for start in starts:
            self._going[start.run_id] = start.attempt
            self._start_of[self._location_of[start.run_id]](start)
        if len(starts) < len(taken):
            self._hold_overlapping(taken, {start.run_id for start in starts})
        else:
            self._forget(taken)
        return len(taken) == HAND_OUT_MAX or len(starts) < len(taken)

    def _forget(self, taken: Sequence[Waiting]) -> None:
        for waiting in taken:
            del self._location_of[waiting.run_id]
        self._overlap.forget([each.run_id for each in taken])

    # -------------------------------------- what waits for others of its schedule

    def _hold_overlapping(self, taken: Sequence[Waiting], started: Collection[str]) -> None:
        """Holds back those the store would not hand out because they have to wait; others are not queued any more."""
        left = [each for each in taken if each.run_id not in started and self._overlap.minds(each.run_id)]
        try:
            found = self._desk.store.overlap_waits([each.run_id for each in left]) if left else {}
        except BaseException:
            self._line.put_back(left)
            self._forget([each for each in taken if each not in left])
            raise
        self._forget([each for each in taken if each.run_id not in found])
        for waiting in left:
            blocker = found.get(waiting.run_id)
            if blocker is not None:
                self._overlap.hold(waiting, blocker.run_id)
        self._line.put_back([each for each in left if each.run_id in found and found[each.run_id] is None])

    def _free_overlapping(self) -> None:
        """Puts those back into the line that wait for nothing any more."""
        while questions := self._overlap.questions():
            found = self._desk.store.overlap_waits(questions)
            self._line.put_back(self._overlap.answer(found))
            for run_id in questions:
                if run_id not in found:  # canceled, or deleted
                    self._location_of.pop(run_id, None)
