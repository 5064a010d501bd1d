"""Which runs a list shows, and in which order: what people's filters come to before they are asked of the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from watchbell.ground.value import dataclass
from watchbell.record.event import EventLogEntry
from watchbell.record.run import DagsterRun, DagsterRunStatus, RunRecord, RunWorker

COUNT_MAX = 10_000
"""So many runs are counted exactly (count); of more it is known that there are more."""


class RunFact(StrEnum):
    """What a condition on runs looks at."""

    STATUS = "status"
    JOB = "job"
    LOCATION = "location"
    ID = "id"
    TAG = "tag"
    ASSET = "asset"
    CREATED_AFTER = "created_after"
    CREATED_BEFORE = "created_before"
    TOOK_OVER = "took_over"
    TOOK_UNDER = "took_under"
    ANY = "any"
    """Some of the conditions in ``parts`` hold."""


@dataclass(frozen=True)
class RunTerm:
    """One condition on a run.

    Args:
        fact: what it looks at.
        values: any of these; ``*`` in one stands for any text. Of a tag none: the run has it. Ids are given by their
            beginnings, assets as ``a/b``, states as they are stored.
        tag: of a tag, its key.
        number: of times, seconds since the epoch; of lengths, seconds.
        parts: of ``ANY``, the conditions.
        is_negated: whether it is turned round.
    """

    fact: RunFact
    values: tuple[str, ...] = ()
    tag: str = ""
    number: float = 0.0
    parts: tuple[RunTerm, ...] = ()
    is_negated: bool = False


class RunSort(StrEnum):
    """What a list of runs is ordered by; runs of which it is not known come as if it had been before all others."""

    CREATED = "created"
    ENDED = "ended"
    DURATION = "duration"


@dataclass(frozen=True)
class RunQuery:
    """Which runs, in which order, from where on.

    Args:
        terms: all of them hold.
        sort: the order.
        is_ascending: the smallest first.
        after: value and storage id of the run to go on after; None: from the beginning.
        limit: most runs (count).
        now: the present instant: up to it, runs that go on are measured.
    """

    terms: Sequence[RunTerm] = ()
    sort: RunSort = RunSort.CREATED
    is_ascending: bool = False
    after: tuple[float, int] | None = None
    limit: int = 50
    now: datetime | None = None


@dataclass(frozen=True)
class BackfillRuns:
    """The runs of a backfill among those that a list shows.

    Args:
        backfill_id: the backfill.
        newest: storage id of the newest of them.
        counts: how many are in which state.
    """

    backfill_id: str
    newest: int
    counts: dict[DagsterRunStatus, int] = field(default_factory=dict)


class RunListStore(Protocol):
    """What lists of runs, and pages of one, ask the store; each method is one transaction, with a fixed number of
    statements unless it says otherwise."""

    def find_runs(self, query: RunQuery, *, without_backfills: bool = False) -> list[RunRecord]:
        """Runs.

        Args:
            query: which.
            without_backfills: those of backfills are left out.
        """

    def count_matching_runs(self, terms: Sequence[RunTerm], now: datetime, *, limit: int = COUNT_MAX) -> int:
        """How many runs there are; ``limit`` + 1 if there are more."""

    def backfills_of_runs(self, terms: Sequence[RunTerm], now: datetime, *, above: int = 0) -> list[BackfillRuns]:
        """The backfills that some of these runs belong to, the one with the newest run first.

        Args:
            terms: which runs.
            now: the present instant.
            above: only backfills that have a run, of whichever terms, with a greater storage id.
        """

    def run_records_numbered(self, storage_ids: Sequence[int]) -> list[RunRecord]:
        """The runs with these storage ids, in no order."""

    def first_failures(self, run_ids: Sequence[str]) -> dict[str, EventLogEntry]:
        """Of each of these runs that has one, the first event that a step, or else the run, failed."""

    def failures_of_run(self, run_id: str, *, limit: int) -> list[EventLogEntry]:
        """The first events that steps of a run, or the run itself, failed."""

    def usual_durations(self, run_ids: Sequence[str]) -> dict[tuple[str, str | None], list[float]]:
        """Seconds that the last good runs took of each job (with its location) that one of these runs is of."""

    def neighbours(self, run: RunRecord) -> tuple[str | None, str | None]:
        """The runs of the same job before and after a run."""

    def run_worker(self, run_id: str) -> tuple[int, RunWorker | None] | None:
        """Attempt and worker of a run, also of one that is over; None: there is no such run."""

    def run_chain(self, root_run_id: str) -> list[DagsterRun]:
        """A run and those that execute it again, the oldest first."""

    def run_words(self, kind: str, *, tag: str = "", limit: int) -> list[str]:
        """Words that occur in runs, sorted: ``"jobs"``, ``"tags"`` (keys), ``"values"`` (of one tag)."""

    def change_run_tags(self, run_id: str, added: dict[str, str], removed: Sequence[str], now: datetime) -> DagsterRun:
        """Adds tags to a run, replacing those of the same key, and takes others away; the run as it is then.

        Raises:
            DagsterRunNotFoundError: no run has this id.
            ParameterCheckError: a tag is no storable text.
        """
