"""Which parts of a backfill may begin, what the end of a run means, and when a backfill is over.

Nothing here asks anybody: the parts come in as they are stored, and what changes of them goes out as moves. A
`Progress` is moved on by the very moves that are then stored; if they cannot be, it is thrown away and read anew.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from heapq import heapify, heappop, heappush

from watchbell.record.backfill import (
    PART_TAG,
    Backfill,
    BackfillPart,
    BackfillStatus,
    PartMove,
    PartState,
    needs_ranges,
)
from watchbell.record.partition import BACKFILL_TAG, PARTITION_TAG, RANGE_END_TAG, RANGE_START_TAG
from watchbell.record.run import DagsterRun, DagsterRunStatus

DIMENSION_DELIMITER = "|"
BLOCKED_NOTE = "a part that it needs came to no good end: part {}"

_BAD = frozenset({PartState.FAILED, PartState.CANCELED, PartState.BLOCKED})


class Progress:
    """How far the parts of a backfill are, and which may begin next.

    Each part that waits for others watches one of them, the lowest that is not done; when that is done it looks for
    the next one. So what it costs that a part ends does not grow with the number of parts.

    Args:
        parts: all parts, in the order of their numbers.
    """

    def __init__(self, parts: Iterable[BackfillPart]) -> None:
        self._states: list[PartState] = []
        self._going: dict[int, BackfillPart] = {}
        self._needs: dict[int, tuple[tuple[int, int], ...]] = {}  # of parts that wait for others
        self._place: dict[int, int] = {}  # the range of its needs that it watches
        self._watchers: dict[int, list[int]] = {}
        self._ready: list[int] = []
        self._counts = dict.fromkeys(PartState, 0)
        ranges: dict[str, tuple[tuple[int, int], ...]] = {}
        for part in parts:
            self._states.append(part.state)
            self._counts[part.state] += 1
            if not part.state.is_over:
                self._going[part.number] = part
            if part.state is PartState.WAITING:
                if part.needs not in ranges:
                    ranges[part.needs] = needs_ranges(part.needs)
                self._needs[part.number] = ranges[part.needs]
        # The next part from each on that is not done; shortened while it is walked.
        self._next_open = [number + state.is_good for number, state in enumerate(self._states)]
        self._next_open.append(len(self._states))
        for number in self._needs:
            self._watch(number)
        heapify(self._ready)

    @property
    def waiting(self) -> int:
        """Parts whose runs are still to be made (count)."""
        return self._counts[PartState.WAITING]

    @property
    def running(self) -> int:
        """Parts whose runs are queued or go on (count)."""
        return self._counts[PartState.RUNNING]

    @property
    def has_bad(self) -> bool:
        """Whether a part came to no good end."""
        return any(self._counts[state] for state in _BAD)

    def part(self, number: int) -> BackfillPart | None:
        """A part that waits or runs, as it was read; None: it is over."""
        return self._going.get(number)

    def going(self, state: PartState) -> list[BackfillPart]:
        """The parts in one of the states that are not over, in order."""
        return [part for number, part in sorted(self._going.items()) if self._states[number] is state]

    # ---------------------------------------------------------------- moving

    def take(self, limit: int) -> list[BackfillPart]:
        """Parts that may begin now, in order; they count as RUNNING from here on.

        Args:
            limit: most of them (count).
        """
        taken: list[BackfillPart] = []
        while self._ready and len(taken) < limit:
            number = heappop(self._ready)
            if self._states[number] is PartState.WAITING:
                self._set(number, PartState.RUNNING)
                taken.append(self._going[number])
        return taken

    def apply(self, moves: Sequence[PartMove]) -> list[PartMove]:
        """Moves parts on; what that means for parts that need them, which are moved on as well.

        Args:
            moves: parts that are over, or have another run.
        """
        bad = []
        for move in moves:
            self._set(move.number, move.state)
            if move.state in _BAD:
                bad.append(move.number)
        return self._block(bad) if bad else []

    def block(self) -> list[PartMove]:
        """Moves on the parts that wait for what came to no good end already, as after a run was deleted."""
        bad = [number for number, state in enumerate(self._states) if state in _BAD]
        return self._block(bad) if bad else []

    def give_up(self, note: str) -> list[PartMove]:
        """Cancels every part that waits."""
        moves = [
            PartMove(part.number, PartState.CANCELED, part.attempt, part.run_ids, note)
            for part in self.going(PartState.WAITING)
        ]
        for move in moves:
            self._set(move.number, move.state)
        return moves

    def _set(self, number: int, state: PartState) -> None:
        self._counts[self._states[number]] -= 1
        self._counts[state] += 1
        self._states[number] = state
        if state.is_over:
            self._going.pop(number, None)
            self._needs.pop(number, None)
            watchers = self._watchers.pop(number, ())
            if state.is_good:
                self._next_open[number] = number + 1
                for each in watchers:
                    self._watch(each)

    def _watch(self, number: int) -> None:
        """Lets a waiting part watch the lowest of its needs that is not done; none: it is ready."""
        ranges = self._needs.get(number)
        if ranges is None:
            return  # it was blocked, or canceled
        for place in range(self._place.get(number, 0), len(ranges)):
            low, high = ranges[place]
            found = self._open_from(low)
            if found <= high:
                self._place[number] = place
                self._watchers.setdefault(found, []).append(number)
                return
        self._place.pop(number, None)
        heappush(self._ready, number)

    def _open_from(self, number: int) -> int:
        """The lowest part from ``number`` on that is not done; one more than the last if there is none."""
        steps = self._next_open
        end = number
        while steps[end] != end:
            end = steps[end]
        while steps[number] != end and number != end:
            steps[number], number = end, steps[number]
        return end

    def _block(self, bad: list[int]) -> list[PartMove]:
        """Blocks what needs any of these, and what needs that; needs point downward, so one walk upward will do."""
        bad.sort()
        moves = []
        for number in sorted(self._needs):
            if number < bad[0] or self._states[number] is not PartState.WAITING:
                continue
            for low, high in self._needs[number]:
                place = bisect_left(bad, low)
                if place < len(bad) and bad[place] <= high:
                    part = self._going[number]
                    note = BLOCKED_NOTE.format(bad[place])
                    moves.append(PartMove(number, PartState.BLOCKED, part.attempt, part.run_ids, note))
                    insort(bad, number)
                    break
        for move in moves:
            self._set(move.number, move.state)
        return moves


def room_for(backfill: Backfill, running: int, most: int) -> int:
    """How many parts may begin now.

    Args:
        backfill: as it is.
        running: parts that have runs, queued or going on (count).
        most: most of them at once (count).
    """
    if backfill.status is not BackfillStatus.IN_PROGRESS:
        return 0
    if backfill.max_concurrent_runs is None:
        return most
    return max(0, min(most, backfill.max_concurrent_runs - running))


def status_after(backfill: Backfill, progress: Progress) -> BackfillStatus:
    """Where a backfill is, now that its parts are as far as that."""
    if progress.running or progress.waiting:
        return backfill.status
    if backfill.status is BackfillStatus.CANCELING:
        return BackfillStatus.CANCELED
    return BackfillStatus.COMPLETED_FAILED if progress.has_bad else BackfillStatus.COMPLETED_SUCCESS


def end_of_part(statuses: Sequence[DagsterRunStatus | None]) -> PartState | None:
    """How a part ended, None: it goes on.

    Args:
        statuses: of all its runs; None: that one was deleted. A failure that is retried is not among them.
    """
    known = set(statuses)
    if any(status is not None and status not in _ENDS for status in known):
        return None
    if known & {None, DagsterRunStatus.FAILURE}:
        return PartState.FAILED
    return PartState.CANCELED if DagsterRunStatus.CANCELED in known else PartState.SUCCEEDED


_ENDS = frozenset({DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED})


def run_of(backfill: Backfill, part: BackfillPart, run_id: str) -> DagsterRun:
    """The run of a part that begins.

    Args:
        backfill: what it belongs to.
        part: for a partition, a range or none; a schedule's time has runs that the schedule asks for.
        run_id: id of the run.
    """
    target = backfill.targets[part.target]
    tags = {**target.tags, **backfill.tags, **part.tags, **_partition_tags(part, target.dimensions)}
    return DagsterRun(
        target.job_name,
        run_id,
        target.run_config if part.run_config is None else part.run_config,
        DagsterRunStatus.QUEUED,
        {**tags, **part_tags(backfill, part.number)},
        asset_selection=None if target.asset_keys is None else frozenset(target.asset_keys),
        location_name=target.location_name,
        asset_check_selection=None if target.check_keys is None else frozenset(target.check_keys),
    )


def part_tags(backfill: Backfill, number: int) -> dict[str, str]:
    """The tags that say to which part of which backfill a run belongs."""
    return {BACKFILL_TAG: backfill.backfill_id, PART_TAG: str(number)}


def _partition_tags(part: BackfillPart, dimensions: tuple[str, ...]) -> dict[str, str]:
    first, last = part.partition_key, part.last_partition_key
    if first is None:
        return {}
    if last is not None:
        return {RANGE_START_TAG: first, RANGE_END_TAG: last}
    tags = {PARTITION_TAG: first}
    keys = first.split(DIMENSION_DELIMITER)
    if len(keys) == len(dimensions):
        tags |= {f"{PARTITION_TAG}/{name}": key for name, key in zip(dimensions, keys, strict=True)}
    return tags
