"""The part of ``DagsterInstance`` that speaks of backfills: storing, asking, pausing, canceling and retrying them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from watchbell.ground.clock import Clock
from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.ground.suggest import nearest
from watchbell.record.backfill import Backfill, BackfillCommit, BackfillPart, BackfillStatus, PartState
from watchbell.record.backfill_change import (
    RETRIED_STATES,
    canceling,
    capped,
    paused,
    prioritized,
    resumed,
    retried,
)
from watchbell.record.ports import Store

TRIES_MAX = 50
"""So often a change is decided anew because the service changed the backfill meanwhile."""


class PlannedBackfill(Protocol):
    """What :meth:`Backfills.launch_backfill` takes: a ``BackfillPlan``."""

    @property
    def backfill(self) -> Backfill:
        """What is asked for."""

    @property
    def parts(self) -> Sequence[BackfillPart]:
        """All of its parts, numbered from 0."""


class Backfills:
    """Backfills of an instance."""

    store: Store
    clock: Clock

    def add_backfill(self, backfill: Backfill, parts: Sequence[BackfillPart] = ()) -> Backfill:
        """Stores a planned backfill whole; a service begins its parts.

        Args:
            backfill: what is asked for.
            parts: all of its parts, numbered from 0.

        Returns:
            It as it is stored.

        Raises:
            DagsterInvariantViolationError: the id is taken, or the parts make no sense; nothing is stored.
            ParameterCheckError: a name, tag or partition is no storable text; nothing is stored.
        """
        capped(backfill, backfill.max_concurrent_runs)
        return self.store.add_backfill(backfill, parts)

    def launch_backfill(self, plan: PlannedBackfill) -> Backfill:
        """Stores a plan; a service begins its runs, at once or when one is started.

        Args:
            plan: what ``plan_backfill`` or ``plan_schedule_backfill`` answered.

        Returns:
            The backfill as it is stored; its ``backfill_id`` is what the other methods take.

        Raises:
            DagsterInvariantViolationError: it was launched already; plan it anew to run it again.
        """
        return self.add_backfill(plan.backfill, plan.parts)

    def get_backfill(self, backfill_id: str) -> Backfill | None:
        """One backfill with the counts of its parts, None if there is none.

        Args:
            backfill_id: its id.
        """
        return self.store.backfill(backfill_id)

    def get_backfills(
        self,
        statuses: Collection[BackfillStatus] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> Sequence[Backfill]:
        """Backfills with the counts of their parts, newest first.

        Args:
            statuses: in one of these; None: all.
            cursor: the id of the backfill to go on after.
            limit: most of them (count).
        """
        before = None if cursor is None else self._known_backfill(cursor).storage_id
        return self.store.backfills(statuses=statuses, limit=limit, before_id=before)

    def get_backfills_count(self, statuses: Collection[BackfillStatus] | None = None) -> int:
        """How many backfills there are.

        Args:
            statuses: in one of these; None: all.
        """
        return self.store.count_backfills(statuses=statuses)

    def get_backfill_parts(
        self,
        backfill_id: str,
        states: Collection[PartState] | None = None,
        cursor: int | None = None,
        limit: int | None = None,
    ) -> Sequence[BackfillPart]:
        """Parts of a backfill in the order of their numbers.

        Args:
            backfill_id: its id.
            states: in one of these; None: all.
            cursor: the number of the part to go on after.
            limit: most of them (count).

        Raises:
            DagsterInvariantViolationError: there is no such backfill.
        """
        known = self._known_backfill(backfill_id)
        return self.store.backfill_parts(known, states=states, after=cursor, limit=limit)

    def pause_backfill(self, backfill_id: str, note: str = "") -> Backfill:
        """No part begins any more; what goes on goes on. Answers the backfill as it is now.

        Args:
            backfill_id: its id.
            note: why, for people.

        Raises:
            DagsterInvariantViolationError: there is no such backfill, or it is over.
        """
        return self._change_backfill(backfill_id, lambda backfill: paused(backfill, note))

    def resume_backfill(self, backfill_id: str) -> Backfill:
        """Parts of a paused backfill begin again. Answers the backfill as it is now.

        Raises:
            DagsterInvariantViolationError: there is no such backfill, or it is over.
        """
        return self._change_backfill(backfill_id, resumed)

    def cancel_backfill(self, backfill_id: str, note: str = "") -> Backfill:
        """No part begins any more, and a service stops the runs of the others. Answers the backfill as it is now.

        Args:
            backfill_id: its id.
            note: why, for people.

        Raises:
            DagsterInvariantViolationError: there is no such backfill, or it is over.
        """
        return self._change_backfill(backfill_id, lambda backfill: canceling(backfill, note))

    def retry_backfill(self, backfill_id: str) -> Backfill:
        """Runs again what failed or was canceled, and then what that blocked. Answers the backfill as it is now.

        Raises:
            DagsterInvariantViolationError: there is no such backfill, it is being canceled, or nothing of it failed.
        """

        def retry(backfill: Backfill) -> BackfillCommit:
            return retried(backfill, self.store.backfill_parts(backfill, states=RETRIED_STATES))

        return self._change_backfill(backfill_id, retry)

    def limit_backfill(self, backfill_id: str, max_concurrent_runs: int | None) -> Backfill:
        """Gives a backfill another cap. Answers it as it is now.

        Args:
            backfill_id: its id.
            max_concurrent_runs: most of its runs that are queued or go on at a time (count, >= 1); None: no limit.

        Raises:
            DagsterInvariantViolationError: there is no such backfill, or the number is less than 1.
        """
        return self._change_backfill(backfill_id, lambda backfill: capped(backfill, max_concurrent_runs))

    def prioritize_backfill(self, backfill_id: str, priority: int | None) -> Backfill:
        """Gives the runs of a backfill another priority, those that are queued included. Answers it as it is now.

        Args:
            backfill_id: its id.
            priority: higher goes first; None: behind all runs that belong to no backfill.

        Raises:
            DagsterInvariantViolationError: there is no such backfill, it is over or being canceled.
        """
        return self._change_backfill(backfill_id, lambda backfill: prioritized(backfill, priority))

    def _known_backfill(self, backfill_id: str) -> Backfill:
        found = self.store.backfill(backfill_id)
        if found is None:
            known = [each.backfill_id for each in self.store.backfills(limit=100, with_counts=False)]
            close = nearest(backfill_id, known)
            hint = f"; did you mean {close!r}?" if close else ""
            raise DagsterInvariantViolationError(f"there is no backfill with the id {backfill_id!r}{hint}")
        return found

    def _change_backfill(self, backfill_id: str, change: Callable[[Backfill], BackfillCommit]) -> Backfill:
        for _ in range(TRIES_MAX):
            commit = change(self._known_backfill(backfill_id))
            done = self.store.commit_backfill(commit, None, self.clock.now())
            if done is not None:
                return self._known_backfill(backfill_id)
        raise DagsterInvariantViolationError(
            f"backfill {backfill_id!r} changes faster than it can be changed by hand; try again"
        )
