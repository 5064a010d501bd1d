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
from watchbell.record.partition import (
    BACKFILL_TAG,
    DIMENSION_DELIMITER,
    PARTITION_TAG,
    RANGE_END_TAG,
    RANGE_START_TAG,
)
from watchbell.record.run import DagsterRun, DagsterRunStatus

BLOCKED_NOTE = "a part that it needs came to no good end: part {}"

_BAD = frozenset({PartState.FAILED, PartState.CANCELED, PartState.BLOCKED})


class _Group:
    """Parts that wait for the same ones.

    Args:
        text: what they need, as it is stored.
    """

    __slots__ = ("members", "place", "ranges")

    def __init__(self, text: str) -> None:
        self.ranges = needs_ranges(text)
        self.place = len(self.ranges) - 1  # the range that is watched; those after it are done
        self.members: list[int] = []


class Progress:
    """How far the parts of a backfill are, and which may begin next.

    Parts that wait for the same others watch one of those together, the highest that is not done; when that is done
    they look for the next one below. So what it costs that a part ends hardly grows with the number of parts.

    Args:
        parts: all parts, in the order of their numbers.
    """

    def __init__(self, parts: Iterable[BackfillPart]) -> None:
        self._states: list[PartState] = []
        self._going: dict[int, BackfillPart] = {}
        self._groups: dict[str, _Group] = {}  # those that wait for others
        self._watchers: dict[int, list[str]] = {}
        self._ready: list[int] = []
        self._counts = dict.fromkeys(PartState, 0)
        for part in parts:
            self._states.append(part.state)
            self._counts[part.state] += 1
            if not part.state.is_over:
                self._going[part.number] = part
            if part.state is not PartState.WAITING:
                continue
            if not part.needs:
                self._ready.append(part.number)
                continue
            if part.needs not in self._groups:
                self._groups[part.needs] = _Group(part.needs)
            self._groups[part.needs].members.append(part.number)
        # By a part's number and one: the same for the highest part up to it that is not done; shortened when walked.
        self._open = [0, *(number + (not state.is_good) for number, state in enumerate(self._states))]
        for text in list(self._groups):
            self._watch(text)
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
        if not state.is_over:
            return
        self._going.pop(number, None)
        if state.is_good:
            self._open[number + 1] = number
            for text in self._watchers.pop(number, ()):
                self._watch(text)

    def _watch(self, text: str) -> None:
        """Lets a group watch the highest of its needs that is not done; none: its members are ready."""
        group = self._groups.get(text)
        if group is None:
            return  # it was blocked
        while group.place >= 0:
            low, high = group.ranges[group.place]
            found = self._open_up_to(high)
            if found >= low:
                self._watchers.setdefault(found, []).append(text)
                return
            group.place -= 1
        del self._groups[text]
        for number in group.members:
            heappush(self._ready, number)

    def _open_up_to(self, number: int) -> int:
        """The highest part up to this one that is not done; -1 if there is none."""
        steps, start = self._open, number + 1
        end = start
        while steps[end] != end:
            end = steps[end]
        while start != end:
            steps[start], start = end, steps[start]
        return end - 1

    def _block(self, bad: list[int]) -> list[PartMove]:
        """Blocks what needs any of these, and what needs that."""
        bad.sort()
        moves = []
        # A part needs only lower ones, so none of these groups makes one bad that a group before it needs.
        for text, group in sorted(self._groups.items(), key=_highest_need):
            culprit = _first_in(group.ranges, bad)
            if culprit is None:
                continue
            del self._groups[text]
            note = BLOCKED_NOTE.format(culprit)
            for number in group.members:
                if self._states[number] is PartState.WAITING:
                    part = self._going[number]
                    moves.append(PartMove(number, PartState.BLOCKED, part.attempt, part.run_ids, note))
                    insort(bad, number)
        for move in moves:
            self._set(move.number, move.state)
        return moves


def _highest_need(item: tuple[str, _Group]) -> int:
    return item[1].ranges[-1][1]


def _first_in(ranges: Sequence[tuple[int, int]], numbers: Sequence[int]) -> int | None:
    """The first of the sorted numbers that lies in one of the ranges."""
    for low, high in ranges:
        place = bisect_left(numbers, low)
        if place < len(numbers) and numbers[place] <= high:
            return numbers[place]
    return None


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
