"""The part of the store that speaks of backfills; fulfils ``record.backfill_store.BackfillStore``."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from watchbell.record.backfill import (
    Backfill,
    BackfillCommit,
    BackfillPace,
    BackfillPart,
    BackfillStatus,
    CommittedBackfill,
    PartCell,
    PartState,
)
from watchbell.record.lease import Lease
from watchbell.record.ports import Notifier
from watchbell.record.run import DagsterRun, DagsterRunStatus
from watchbell.store import backfills, leases, runs
from watchbell.store.session import Database
from watchbell.store.statements import Pieces
from watchbell.store.topics import BACKFILLS, EVENTS, RUN_STATUS, RUNS, TICKS


class BackfillTables:
    """Backfills, their parts, and the runs of these.

    Args:
        database: an open one, with the current schema.
        notifier: told of each commit, afterwards.
    """

    def __init__(self, database: Database, notifier: Notifier) -> None:
        self._database = database
        self._notifier = notifier

    def add_backfill(self, backfill: Backfill, parts: Sequence[BackfillPart]) -> Backfill:
        """Stores a backfill with all its parts, and answers it as it is stored."""
        backfills.check(backfill, parts)
        with self._database.write() as session:
            stored = backfills.add(session, backfill, parts)
        self._notifier.publish((BACKFILLS,))
        return stored

    def backfill(self, backfill_id: str) -> Backfill | None:
        """One backfill with its counts, None if there is none."""
        with self._database.read() as session:
            return backfills.one(session, backfill_id)

    def backfills(
        self,
        *,
        statuses: Collection[BackfillStatus] | None = None,
        limit: int | None = None,
        before_id: int | None = None,
        with_counts: bool = True,
        texts: Collection[str] = (),
    ) -> list[Backfill]:
        """Backfills, newest first."""
        wanted = backfills.conditions_of(statuses, texts, before_id)
        with self._database.read() as session:
            return backfills.find(session, wanted, limit=limit, with_counts=with_counts)

    def count_backfills(
        self, *, statuses: Collection[BackfillStatus] | None = None, texts: Collection[str] = ()
    ) -> int:
        """How many backfills there are."""
        with self._database.read() as session:
            [[count]] = session.select(Pieces("count_backfills", backfills.conditions_of(statuses, texts)))
        return int(count)

    def backfill_cells(self, backfill: Backfill, limit: int) -> list[PartCell]:
        """Parts of a backfill as a grid shows them, in the order of their numbers."""
        with self._database.read() as session:
            return backfills.cells(session, backfill.storage_id, limit)

    def backfill_paces(self, backfill_ids: Collection[str], since: datetime) -> dict[str, BackfillPace]:
        """How fast runs of backfills ended since then, by id; those without one left out."""
        with self._database.read() as session:
            return backfills.paces(session, backfill_ids, since)

    def backfill_parts(
        self,
        backfill: Backfill,
        *,
        states: Collection[PartState] | None = None,
        after: int | None = None,
        limit: int | None = None,
    ) -> list[BackfillPart]:
        """Parts of a backfill in the order of their numbers."""
        with self._database.read() as session:
            return backfills.parts(session, backfill.storage_id, states=states, after=after, limit=limit)

    def commit_backfill(self, commit: BackfillCommit, lease: Lease | None, now: datetime) -> CommittedBackfill | None:
        """Stores what changes of a backfill, its parts and their runs and ticks; None if it changed meanwhile."""
        backfills.check_commit(commit)
        with self._database.write() as session:
            if lease is not None:
                leases.require(session, lease)
            done = backfills.change(session, commit, now)
        if done is not None:
            self._notifier.publish(_topics_of(commit))
        return done

    def run_statuses(self, run_ids: Sequence[str]) -> dict[str, DagsterRunStatus]:
        """The states of these runs, those that are not there left out."""
        with self._database.read() as session:
            return backfills.run_statuses(session, run_ids)

    def cancel_runs(self, run_ids: Sequence[str], now: datetime) -> list[DagsterRun]:
        """Asks runs to stop, in one transaction; those that are there, as they are now."""
        with self._database.write() as session:
            asked = [runs.request_cancel(session, run_id, now) for run_id in run_ids]
        self._notifier.publish((RUNS, RUN_STATUS, EVENTS))
        return [run for run in asked if run is not None]


def _topics_of(commit: BackfillCommit) -> tuple[str, ...]:
    found = [BACKFILLS]
    if commit.ticks:
        found.append(TICKS)
    if commit.runs or commit.ticks or commit.after.tags != commit.before.tags:
        found += [RUNS, RUN_STATUS, EVENTS]
    return tuple(found)
