"""What the store keeps of backfills: the part of the port ``Store`` that speaks of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

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
from watchbell.record.run import DagsterRun, DagsterRunStatus


class BackfillStore(Protocol):
    """Backfills, their parts, and the runs of these."""

    def add_backfill(self, backfill: Backfill, parts: Sequence[BackfillPart]) -> Backfill:
        """Stores a backfill with all its parts, and answers it as it is stored.

        Raises:
            DagsterInvariantViolationError: the id is taken; or the parts are not numbered from 0 without gaps, need
                others that do not come before them, name a target that is not there, or are too many or none. Nothing
                is stored.
            ParameterCheckError: a name, tag or partition is no storable text; nothing is stored.
        """

    def backfill(self, backfill_id: str) -> Backfill | None:
        """One backfill with its counts, None if there is none."""

    def backfills(
        self,
        *,
        statuses: Collection[BackfillStatus] | None = None,
        limit: int | None = None,
        before_id: int | None = None,
        with_counts: bool = True,
        texts: Collection[str] = (),
    ) -> list[Backfill]:
        """Backfills, newest first.

        Args:
            statuses: in one of these; None: all.
            limit: most of them (count).
            before_id: with a smaller storage id.
            with_counts: whether their parts are counted.
            texts: each stands somewhere in what was asked for: title, description, assets, jobs, tags, who asked.
        """

    def count_backfills(
        self, *, statuses: Collection[BackfillStatus] | None = None, texts: Collection[str] = ()
    ) -> int:
        """How many backfills there are; see :meth:`backfills`."""

    def backfill_cells(self, backfill: Backfill, limit: int) -> list[PartCell]:
        """Parts of a backfill as a grid shows them, in the order of their numbers.

        Args:
            backfill: as it was read.
            limit: most of them (count).
        """

    def backfill_paces(self, backfill_ids: Collection[str], since: datetime) -> dict[str, BackfillPace]:
        """How fast runs of backfills ended since then, by id; those without one left out.

        Of the newest runs of the home only, so that what it costs has a bound.
        """

    def backfill_parts(
        self,
        backfill: Backfill,
        *,
        states: Collection[PartState] | None = None,
        after: int | None = None,
        limit: int | None = None,
    ) -> list[BackfillPart]:
        """Parts of a backfill in the order of their numbers.

        Args:
            backfill: as it was read.
            states: in one of these; None: all.
            after: with a greater number.
            limit: most of them (count).
        """

    def commit_backfill(self, commit: BackfillCommit, lease: Lease | None, now: datetime) -> CommittedBackfill | None:
        """Stores what changes of a backfill, its parts and their runs and ticks; None if it changed meanwhile.

        Other tags of the backfill become those of its runs that are still queued, too.

        A tick's time that has a tick already makes its part SKIPPED, and brings no run; so does a tick that asked for
        no run, or for none whose run key is new. Who failed or was missed there makes room. A failed tick takes no
        place, so that its time can be evaluated again.

        Raises:
            LeaseLostError: the lease is somebody else's by now; nothing was written.
            ParameterCheckError: a run cannot be stored; nothing was written.
            DagsterRunAlreadyExists: a run's id is taken; nothing was written.
        """

    def run_statuses(self, run_ids: Sequence[str]) -> dict[str, DagsterRunStatus]:
        """The states of these runs, those that are not there left out."""

    def cancel_runs(self, run_ids: Sequence[str], now: datetime) -> list[DagsterRun]:
        """Asks runs to stop, in one transaction; those that are there, as they are now."""
