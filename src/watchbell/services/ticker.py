"""Evaluations on their way: asked of the host, answered, committed together.

A question is remembered from when it is asked until the store has what came of it. Answers that arrive together are
committed in one transaction; while that goes on, the next ones gather.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Generic, Protocol, TypeVar

from watchbell.automate.batch_commit import batch_commit
from watchbell.automate.commit import CommitRules, Evaluated, tick_commit
from watchbell.automate.due import Missed
from watchbell.ground.errors import LeaseLostError, StoreError
from watchbell.ground.ids import IdSource
from watchbell.ground.value import dataclass
from watchbell.record.automation_policy import Overlap
from watchbell.record.error_info import error_info_from_exception
from watchbell.record.evaluation import Answer, Evaluation, Outcome
from watchbell.record.host_port import Host
from watchbell.record.lease import Lease
from watchbell.record.ports import Store
from watchbell.record.settings import Settings
from watchbell.record.snapshot import ScheduleSnapshot, SensorSnapshot
from watchbell.record.tick import AutomationState, CommittedTick, TickCommit, TickStatus

log = logging.getLogger("watchbell.services")

COMMITS_MAX = 1_000
"""Ticks in one transaction (count); more wait for the next one, so that other writers get their turn."""
ORDERS_MAX = 5_000
"""Runs in one transaction (count), unless one tick alone asks for more."""


@dataclass(frozen=True)
class Desk:
    """What every loop works with.

    Args:
        store: the database.
        host: the process with the user's code.
        settings: limits.
        lease: the lease under which this service writes, as renewed last.
        new_id: gives ids to runs.
    """

    store: Store
    host: Host
    settings: Settings
    lease: Callable[[], Lease]
    new_id: IdSource


class Stateful(Protocol):
    """An automation as a loop keeps it."""

    state: AutomationState

    @property
    def snapshot(self) -> ScheduleSnapshot | SensorSnapshot:
        """Its definition, with its terms."""


E = TypeVar("E", bound=Stateful)


@dataclass(frozen=True)
class _Asked(Generic[E]):
    entry: E
    evaluation: Evaluation
    began_at: datetime
    missed: tuple[Missed, ...]


@dataclass(frozen=True)
class _Waiting(Generic[E]):
    """Something to commit: an evaluation that is over, or a bare change of state.

    Args:
        entry: whom it is about.
        make: from the entry's present state to what to store, None if it is void by now; told why what it made
            before cannot be stored, if so.
    """

    entry: E
    make: Callable[[Exception | None], TickCommit | None]


class Ticker(Generic[E]):
    """The evaluations of one loop.

    Args:
        desk: what to work with.
        lane: first evaluation id, 0 or 1; ids go up in twos, so that the id tells whose answer it is.
        is_still_valid: whether an answer may be committed on the entry's present state.
    """

    def __init__(self, desk: Desk, lane: int, is_still_valid: Callable[[E, Evaluated], bool]) -> None:
        self._desk = desk
        self._ids = count(lane, 2)
        self._is_still_valid = is_still_valid
        settings = desk.settings
        self._rules = CommitRules(
            settings.quarantine_after, desk.new_id, settings.condition_history_days, settings.condition_history_max
        )
        self._asked: dict[int, _Asked[E]] = {}
        self._waiting: list[_Waiting[E]] = []
        self._settled: list[E] = []
        self._has_runs = False

    @property
    def has_work(self) -> bool:
        """Whether something waits to be committed, or was committed and not told yet."""
        return bool(self._waiting or self._settled)

    def ask(self, entry: E, now: datetime, evaluation: Evaluation, missed: tuple[Missed, ...] = ()) -> None:
        """Sends a question to the host; its id and limits are set here.

        Args:
            entry: whom it is about.
            now: when it begins.
            evaluation: what to ask.
            missed: times to write down as missed when its answer is committed.
        """
        settings = self._desk.settings
        own_seconds = entry.snapshot.policy.timeout_seconds
        evaluation = replace(
            evaluation,
            id=next(self._ids),
            last_run_key=entry.state.last_run_key,
            last_tick_at=entry.state.last_tick_at,
            timeout_seconds=own_seconds or settings.evaluation_timeout_seconds,
            has_own_timeout=own_seconds is not None,
            memory_mb=settings.evaluation_memory_mb,
        )
        self._asked[evaluation.id] = _Asked(entry, evaluation, now, missed)
        self._desk.host.evaluate(evaluation)

    def answered(self, answer: Answer, now: datetime) -> E | None:
        """Takes in an answer, and tells whose it is; a second one to the same question is dropped."""
        asked = self._asked.pop(answer.id, None)
        if asked is None:
            return None
        entry = asked.entry
        ended_at, policy = max(now, asked.began_at), entry.snapshot.policy
        done = Evaluated(asked.evaluation, answer, asked.began_at, ended_at, asked.missed, policy)

        def make(error: Exception | None) -> TickCommit | None:
            if not self._is_still_valid(entry, done):
                return None
            if error is None:
                try:
                    decide = batch_commit if answer.parts else tick_commit
                    return decide(entry.state, done, self._rules)
                except Exception as found:  # a mistake of ours, or of who answered: no other tick waits for it
                    log.exception("the answer of %s makes no sense", entry.state.key)
                    error = found
            if len(done.evaluation.event_ids) > 1:  # whose fault it is shows when each event is asked about alone
                return TickCommit(entry.state, entry.state, ())
            failed = Answer(answer.id, Outcome.RAISED, error=error_info_from_exception(error))
            return tick_commit(entry.state, replace(done, answer=failed), self._rules)

        self._waiting.append(_Waiting(entry, make))
        return entry

    def change(self, entry: E, make: Callable[[], TickCommit | None]) -> None:
        """Puts a commit without an evaluation into the next transaction; ``make`` is called again on a conflict."""

        def make_unless_refused(error: Exception | None) -> TickCommit | None:
            return make() if error is None else TickCommit(entry.state, entry.state, ())

        self._waiting.append(_Waiting(entry, make_unless_refused))

    def commit(self, now: datetime) -> tuple[list[E], bool]:
        """Commits all that waits.

        Returns:
            The entries that have nothing waiting any more, and whether runs were queued.

        Raises:
            StoreError: nothing is forgotten; the next call goes on from there.
        """
        while self._waiting:
            group, commits, rest = self._next_group()
            self._waiting = [*group, *rest]
            real = [(each, commit) for each, commit in zip(group, commits, strict=True) if commit is not None]
            stored = iter(self._store(real, now))
            for waiting, wanted in zip(group, commits, strict=True):
                if wanted is None:  # void by now, or stored by a try that ended in an error all the same
                    self._settled.append(waiting.entry)
                    self._has_runs = True
                    continue
                commit, outcome = next(stored)
                waiting.entry.state = outcome.state
                if outcome.conflict:
                    rest.append(waiting)
                    continue
                self._settled.append(waiting.entry)
                self._has_runs = self._has_runs or bool(commit.orders)
                _tell(commit, outcome)
            self._waiting = rest
        settled, self._settled = self._settled, []
        has_runs, self._has_runs = self._has_runs, False
        return settled, has_runs

    def _next_group(self) -> tuple[list[_Waiting[E]], list[TickCommit | None], list[_Waiting[E]]]:
        """What goes into the next transaction, at most one commit an entry; and what stays for later ones."""
        group: list[_Waiting[E]] = []
        commits: list[TickCommit | None] = []
        rest: list[_Waiting[E]] = []
        seen: set[int] = set()
        orders = 0
        for waiting in self._waiting:
            if orders >= ORDERS_MAX or len(group) >= COMMITS_MAX or id(waiting.entry) in seen:
                rest.append(waiting)
                continue
            commit = waiting.make(None)
            seen.add(id(waiting.entry))
            group.append(waiting)
            commits.append(commit)
            orders += 0 if commit is None else len(commit.orders)
        return group, commits, rest

    def _store(
        self, wanted: list[tuple[_Waiting[E], TickCommit]], now: datetime
    ) -> list[tuple[TickCommit, CommittedTick]]:
        """What was stored for each, and what became of it."""
        if not wanted:
            return []
        commits = [commit for _, commit in wanted]
        try:
            return list(zip(commits, self._desk.store.commit_ticks(commits, self._desk.lease(), now), strict=True))
        except (LeaseLostError, StoreError):
            raise
        except Exception as error:
            if len(wanted) == 1:
                waiting, commit = wanted[0]
                log.exception("the tick of %s cannot be stored", commit.after.key)
                failed = waiting.make(error)
                assert failed is not None  # on the same state it was not void a moment ago
                return [(failed, self._desk.store.commit_ticks([failed], self._desk.lease(), now)[0])]
        # One of them cannot be stored; alone each of the others can.
        return [self._store([each], now)[0] for each in wanted]


def _tell(commit: TickCommit, outcome: CommittedTick) -> None:
    state, missed_count = outcome.state, 0
    for tick in commit.ticks:
        if tick.status is TickStatus.FAILURE:
            text = tick.error.root.message.strip() if tick.error is not None else "no reason was given"
            place = tick.error.root.place if tick.error is not None else None
            log.warning("%s failed: %s%s", state.key, text, f" ({place})" if place else "")
        elif tick.status is TickStatus.MISSED:
            missed_count += 1
    if missed_count:
        newest = commit.ticks[missed_count - 1]  # they come first
        log.warning(
            "%s: %s did not run: %s",
            state.key,
            f"{missed_count:,} times up to {newest.tick_at}" if missed_count > 1 else newest.tick_at,
            newest.skip_reason,
        )
    if state.quarantine_reason is not None and commit.before.quarantine_reason is None:
        log.error("%s is quarantined: %s", state.key, state.quarantine_reason)
    if commit.orders and commit.policy.overlap is not Overlap.ALLOW and not any(tick.run_ids for tick in outcome.ticks):
        log.info("%s asked for runs; %s", state.key, outcome.ticks[-1].skip_reason if outcome.ticks else "it has them")
    elif commit.orders:
        log.info("%s asked for %d runs", state.key, len(commit.orders))
