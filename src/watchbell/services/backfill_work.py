"""A backfill as its loop keeps it: how far its parts are, which runs they have, and what is to be stored next."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from watchbell.automate.backfills.rules import Progress, room_for, status_after
from watchbell.ground.value import dataclass
from watchbell.record.backfill import (
    Backfill,
    BackfillCommit,
    BackfillPart,
    BackfillStatus,
    BackfillTick,
    CommittedBackfill,
    PartMove,
    PartState,
)
from watchbell.record.run import DagsterRun

CANCELED_NOTE = "the backfill was canceled before it began"


@dataclass(frozen=True)
class Begun:
    """A part that has runs.

    Args:
        attempt: which one it is at.
        run_ids: its runs; one that was executed again stands here by its newest.
    """

    attempt: int
    run_ids: tuple[str, ...]


class BackfillWork:
    """One backfill that is not over. All of it is read from the store, and read anew when something went wrong.

    Args:
        backfill: as it is stored.
        parts: all of its parts.
    """

    def __init__(self, backfill: Backfill, parts: Iterable[BackfillPart]) -> None:
        everything = list(parts)
        self.backfill = backfill
        self.progress = Progress(everything)
        self.begun = {
            part.number: Begun(part.attempt, part.run_ids) for part in everything if part.state is PartState.RUNNING
        }
        self.asked: dict[int, BackfillPart] = {}  # parts that were taken, whose times are being evaluated
        self.asked_to_stop: set[str] = set()
        self._moves: list[PartMove] = self.progress.block()
        self._runs: list[DagsterRun] = []
        self._ticks: list[BackfillTick] = []

    @property
    def run_ids(self) -> Iterable[tuple[str, int]]:
        """Its runs that are queued or go on, each with its part."""
        return ((run_id, number) for number, begun in self.begun.items() for run_id in begun.run_ids)

    def end(self, number: int, state: PartState, note: str = "") -> None:
        """A part is over."""
        begun = self.begun.pop(number)
        self._move(PartMove(number, state, begun.attempt, begun.run_ids, note))

    def follow(self, number: int, run_ids: tuple[str, ...]) -> None:
        """A part goes on with other runs, such as one that executes a failed one again."""
        begun = self.begun[number] = Begun(self.begun[number].attempt, run_ids)
        self._moves.append(PartMove(number, PartState.RUNNING, begun.attempt, run_ids))

    def take(self, most: int) -> list[BackfillPart]:
        """Parts that begin now, in order; each must be given its runs, or a tick.

        Args:
            most: most of them (count).
        """
        return self.progress.take(room_for(self.backfill, self.progress.running, most))

    def begin(self, part: BackfillPart, runs: Sequence[DagsterRun], kept_ids: Collection[str] = ()) -> None:
        """A part that was taken begins.

        Args:
            part: which one.
            runs: its new runs.
            kept_ids: runs of it that ended well before and stay.
        """
        begun = Begun(part.attempt + 1, (*kept_ids, *(run.run_id for run in runs)))
        self.begun[part.number] = begun
        self._runs += runs
        self._moves.append(PartMove(part.number, PartState.RUNNING, begun.attempt, begun.run_ids))

    def answer(self, tick: BackfillTick) -> None:
        """A schedule answered for the time of a part that was taken."""
        self._ticks.append(tick)

    def give_up(self) -> None:
        """No part begins any more, if somebody asked for that."""
        if self.backfill.status is BackfillStatus.CANCELING:
            self._moves += self.progress.give_up(CANCELED_NOTE)

    def to_stop(self, most: int) -> list[str]:
        """Runs that are to be asked to stop, and were not yet."""
        if self.backfill.status is not BackfillStatus.CANCELING:
            return []
        return [run_id for run_id, _ in self.run_ids if run_id not in self.asked_to_stop][:most]

    def commit(self, now: datetime) -> BackfillCommit | None:
        """What is to be stored; None: nothing."""
        before = self.backfill
        status = before.status if self._ticks else status_after(before, self.progress)
        if status is before.status and not (self._moves or self._ticks):
            return None
        after = replace(before, status=status, ended_at=now if status.is_over else None)
        return BackfillCommit(before, after, tuple(self._moves), tuple(self._runs), tuple(self._ticks))

    def committed(self, done: CommittedBackfill) -> list[int]:
        """It is stored; the parts that have other runs now."""
        self.backfill = done.backfill
        ticked = {tick.part for tick in self._ticks}
        self._moves, self._runs, self._ticks = [], [], []
        for move in done.moves:
            if move.number not in ticked:
                continue
            if move.state is PartState.RUNNING:
                self.begun[move.number] = Begun(move.attempt, move.run_ids)
            else:  # it is stored; what that means for others is not yet
                self._moves += self.progress.apply([move])
        return [move.number for move in done.moves if move.number in self.begun]

    def _move(self, move: PartMove) -> None:
        self._moves += [move, *self.progress.apply([move])]
