"""The part of the store that lists of runs ask; fulfils ``record.run_query.RunListStore``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from watchbell.record.event import EventLogEntry
from watchbell.record.ports import Notifier
from watchbell.record.run import DagsterRun, RunRecord, RunWorker
from watchbell.record.run_query import COUNT_MAX, BackfillRuns, RunQuery, RunTerm
from watchbell.store import run_lists, runs
from watchbell.store.session import Database
from watchbell.store.topics import RUN_ORDER, RUNS


class RunListTables:
    """Lists of runs, and what is shown beside one.

    Args:
        database: an open one, with the current schema.
        notifier: told of each commit, afterwards.
    """

    def __init__(self, database: Database, notifier: Notifier) -> None:
        self._database = database
        self._notifier = notifier

    def find_runs(self, query: RunQuery, *, without_backfills: bool = False) -> list[RunRecord]:
        """Runs that a query describes, in its order."""
        with self._database.read() as session:
            return run_lists.find(session, query, without_backfills=without_backfills)

    def count_matching_runs(self, terms: Sequence[RunTerm], now: datetime, *, limit: int = COUNT_MAX) -> int:
        """How many runs there are; ``limit`` + 1 if there are more."""
        with self._database.read() as session:
            return run_lists.count(session, terms, now.timestamp(), limit)

    def backfills_of_runs(self, terms: Sequence[RunTerm], now: datetime, *, above: int = 0) -> list[BackfillRuns]:
        """The backfills that some of these runs belong to and that have a run with a greater number than ``above``."""
        with self._database.read() as session:
            return run_lists.of_backfills(session, terms, now.timestamp(), above)

    def run_records_numbered(self, storage_ids: Sequence[int]) -> list[RunRecord]:
        """The runs with these storage ids, in no order."""
        with self._database.read() as session:
            return run_lists.numbered(session, storage_ids)

    def first_failures(self, run_ids: Sequence[str]) -> dict[str, EventLogEntry]:
        """Of each of these runs that has one, the first event that a step, or else the run, failed."""
        with self._database.read() as session:
            return run_lists.first_failures(session, run_ids)

    def failures_of_run(self, run_id: str, *, limit: int) -> list[EventLogEntry]:
        """The first events that steps of a run, or the run itself, failed."""
        with self._database.read() as session:
            return run_lists.failures(session, run_id, limit)

    def usual_durations(self, run_ids: Sequence[str]) -> dict[tuple[str, str | None], list[float]]:
        """Seconds that the last good runs took of each job that one of these runs is of."""
        with self._database.read() as session:
            return run_lists.usual_durations(session, run_ids)

    def neighbours(self, run: RunRecord) -> tuple[str | None, str | None]:
        """The runs of the same job before and after a run."""
        with self._database.read() as session:
            return run_lists.neighbours(session, run)

    def run_worker(self, run_id: str) -> tuple[int, RunWorker | None] | None:
        """Attempt and worker of a run, also of one that is over; None: there is no such run."""
        with self._database.read() as session:
            row = session.row("run_worker", run=run_id)
            return None if row is None else (row[0], runs.worker_of(row[1]))

    def run_chain(self, root_run_id: str) -> list[DagsterRun]:
        """A run and those that execute it again, the oldest first."""
        with self._database.read() as session:
            return [each.dagster_run for each in run_lists.chain(session, root_run_id)]

    def run_words(self, kind: str, *, tag: str = "", limit: int) -> list[str]:
        """Words that occur in runs, sorted: ``"jobs"``, ``"tags"`` (keys), ``"values"`` (of one tag)."""
        with self._database.read() as session:
            return run_lists.words(session, kind, tag, limit)

    def change_run_tags(
        self, run_id: str, added: Mapping[str, str], removed: Sequence[str], now: datetime
    ) -> DagsterRun:
        """Adds tags to a run and takes others away; the run as it is then."""
        with self._database.write() as session:
            changed = runs.change_tags(session, run_id, added, removed, now)
        self._notifier.publish((RUNS, RUN_ORDER))
        return changed
