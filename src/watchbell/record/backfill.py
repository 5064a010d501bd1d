"""Backfills: many runs that were asked for at once, planned when they were asked for, and stored whole.

A *part* is one run: a job or some assets, for one partition, for a range of them or for a nominal time of a schedule.
Parts are numbered from 0 in the order in which they shall begin; a part needs only parts with lower numbers, so no part
ever waits for itself. What many parts have in common stands once, in a *target*; a part is a slim row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import Enum
from typing import Any

from watchbell.ground.value import dataclass
from watchbell.ground.wire import wired
from watchbell.record.asset_check_key import AssetCheckKey
from watchbell.record.keys import AssetKey
from watchbell.record.run import DagsterRun
from watchbell.record.tick import AutomationKey, RunOrder, Tick

PART_TAG = "watchbell/backfill_part"
"""Run tag, beside ``dagster/backfill``: the number of the part the run belongs to."""


class BackfillStatus(Enum):
    """Where a backfill is on its way.

    IN_PROGRESS ↔ PAUSED; when all parts are over COMPLETED_SUCCESS or COMPLETED_FAILED; asked to stop: CANCELING, and
    CANCELED when no run of it goes on any more. A retry takes any but CANCELING back to IN_PROGRESS.
    """

    IN_PROGRESS = "IN_PROGRESS"
    PAUSED = "PAUSED"
    CANCELING = "CANCELING"
    CANCELED = "CANCELED"
    COMPLETED_SUCCESS = "COMPLETED_SUCCESS"
    COMPLETED_FAILED = "COMPLETED_FAILED"

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens to it unless somebody asks for a retry."""
        return self in _OVER


_OVER = frozenset({BackfillStatus.CANCELED, BackfillStatus.COMPLETED_SUCCESS, BackfillStatus.COMPLETED_FAILED})


class PartState(Enum):
    """Where a part is on its way.

    WAITING: its run is still to be made. RUNNING: it has one, queued or going on. SKIPPED: there was nothing to do,
    which counts as done. BLOCKED: a part that it needs came to no good end; it waits again when that is retried.
    """

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"
    BLOCKED = "BLOCKED"
    CANCELED = "CANCELED"

    @property
    def is_good(self) -> bool:
        """Whether parts that need it may begin."""
        return self in _GOOD

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens to it unless somebody asks for a retry."""
        return self not in _GOING


_GOOD = frozenset({PartState.SUCCEEDED, PartState.SKIPPED})
_GOING = frozenset({PartState.WAITING, PartState.RUNNING})


def label_of(partition_key: str | None, last_partition_key: str | None, scheduled_at: datetime | None) -> str:
    """What a part is for, in words: a partition, a range, a time; empty: nothing of these.

    Args:
        partition_key: the partition, or the first of a range.
        last_partition_key: the last of a range.
        scheduled_at: the nominal time, for a part of a schedule's backfill.

    Example:
        >>> label_of("2026-05-03", "2026-05-09", None)
        '2026-05-03...2026-05-09'
    """
    if scheduled_at is not None:
        return scheduled_at.isoformat()
    if partition_key is None:
        return ""
    if last_partition_key is None or last_partition_key == partition_key:
        return partition_key
    return f"{partition_key}...{last_partition_key}"


@wired("backfill.target")
@dataclass(frozen=True)
class BackfillTarget:
    """What many parts of a backfill have in common.

    Args:
        job_name: the job of the runs; of assets without a job of their own the implicit one.
        location_name: its code location.
        asset_keys: the assets to make; None: all of the job, or the job makes none.
        check_keys: the asset checks to make; None: those of the assets.
        dimensions: names of the dimensions of partitions that have several, in the order in which they stand in a key;
            each run gets their tags.
        run_config: the config of runs of parts that have none of their own.
        tags: tags of all runs.
    """

    job_name: str
    location_name: str
    asset_keys: tuple[AssetKey, ...] | None = None
    check_keys: tuple[AssetCheckKey, ...] | None = None
    dimensions: tuple[str, ...] = ()
    run_config: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Backfill:
    """What was asked for, and how far it is.

    Args:
        backfill_id: its id, unique in the store; the value of the run tag ``dagster/backfill``.
        targets: what its parts run, at least one; a part names one of them by its place.
        created_at: when it was asked for, aware.
        title: what it is called, for people.
        description: more of it, for people.
        asked: what was asked for, in the words of who did: the partitions, or the command.
        schedule_name: the schedule whose past times its parts are; None: they are partitions.
        newest_first: whether its parts are numbered from the newest partition to the oldest. For people: parts begin
            in the order of their numbers.
        max_concurrent_runs: most runs of it that are queued or go on at a time (count, >= 1); None: no limit of its
            own.
        tags: tags of all its runs.
        created_by: who asked for it.
        definitions: what the definitions were when it was planned: by asset or job, the numbering of its partitions.
        status: how far it is.
        ended_at: when it was over, aware; None before.
        note: why it is as it is, for people.
        version: grows with every change; changes compare it. 0: not stored yet.
        storage_id: its number in the store; a later one has a greater one. 0: not stored yet.
        counts: parts by state, those without any left out; the store counts them.
    """

    backfill_id: str
    targets: tuple[BackfillTarget, ...]
    created_at: datetime
    title: str = ""
    description: str = ""
    asked: str = ""
    schedule_name: str | None = None
    newest_first: bool = False
    max_concurrent_runs: int | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    created_by: str = ""
    definitions: Mapping[str, str] = field(default_factory=dict)
    status: BackfillStatus = BackfillStatus.IN_PROGRESS
    ended_at: datetime | None = None
    note: str = ""
    version: int = 0
    storage_id: int = 0
    counts: Mapping[PartState, int] = field(default_factory=dict)

    @property
    def parts_count(self) -> int:
        """How many parts it has."""
        return sum(self.counts.values())

    def count(self, *states: PartState) -> int:
        """How many parts are in any of these states."""
        return sum(self.counts.get(state, 0) for state in states)


@dataclass(frozen=True, slots=True)
class BackfillPart:
    """One run of a backfill.

    Args:
        number: its place, from 0 without gaps; parts begin in this order as far as their needs allow.
        target: which of the backfill's targets (place, from 0).
        partition_key: the partition, or the first of a range; None: the run is for no partition.
        last_partition_key: the last partition of a range, included; None: one partition.
        scheduled_at: the nominal time, for a part of a schedule's backfill, aware.
        needs: the parts that must be SUCCEEDED or SKIPPED before, as ranges of numbers lower than its own, ascending:
            ``"0-30,45"``.
        run_config: config of its run; None: the target's.
        tags: tags of its run beside those of target and backfill.
        state: how far it is.
        attempt: how often it was begun (count); automatic retries of its run belong to the same one.
        run_ids: its newest runs: one, or all that the tick of its time asked for.
        note: why it is as it is, for people.
    """

    number: int
    target: int = 0
    partition_key: str | None = None
    last_partition_key: str | None = None
    scheduled_at: datetime | None = None
    needs: str = ""
    run_config: Mapping[str, Any] | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    state: PartState = PartState.WAITING
    attempt: int = 0
    run_ids: tuple[str, ...] = ()
    note: str = ""

    @property
    def run_id(self) -> str | None:
        """Its newest run, None before there is one."""
        return self.run_ids[-1] if self.run_ids else None

    @property
    def label(self) -> str:
        """What it is for, in words: a partition, a range, a time."""
        return label_of(self.partition_key, self.last_partition_key, self.scheduled_at)


@dataclass(frozen=True, slots=True)
class PartMove:
    """What changes of a part; the rest of it never does.

    Args:
        number: which part.
        state: its new state.
        attempt: its attempt now.
        run_ids: its newest runs.
        note: why, for people.
    """

    number: int
    state: PartState
    attempt: int = 0
    run_ids: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class BackfillTick:
    """What a schedule answered for a past time of it.

    Args:
        part: the number of the part.
        key: the schedule.
        tick: the outcome; stored in its time's place unless that has a tick that counts already.
        orders: the runs it asked for.
        attempt: the part's attempt now.
    """

    part: int
    key: AutomationKey
    tick: Tick
    orders: tuple[RunOrder, ...] = ()
    attempt: int = 1


@dataclass(frozen=True)
class BackfillCommit:
    """Everything that changes of a backfill at once; appears in the store whole or not at all.

    Args:
        before: as it was decided on; refused if the stored version differs.
        after: status, cap, tags, note and end that it leaves; all else of it never changes.
        moves: what changes of its parts.
        runs: the runs of the parts that begin.
        ticks: what a schedule answered; each moves its part by itself, as the store finds its time and run keys.
    """

    before: Backfill
    after: Backfill
    moves: tuple[PartMove, ...] = ()
    runs: tuple[DagsterRun, ...] = ()
    ticks: tuple[BackfillTick, ...] = ()


@dataclass(frozen=True)
class CommittedBackfill:
    """What became of a :class:`BackfillCommit`.

    Args:
        backfill: as it is stored now, with its new version; its counts are not read.
        moves: the commit's, and those that its ticks came to.
    """

    backfill: Backfill
    moves: tuple[PartMove, ...] = ()


@dataclass(frozen=True, slots=True)
class PartCell:
    """What a grid shows of a part.

    Args:
        number: its place.
        state: how far it is.
        target: which of the backfill's targets.
        label: the partition, range or time it is for; empty: none.
    """

    number: int
    state: PartState
    target: int
    label: str


@dataclass(frozen=True, slots=True)
class BackfillPace:
    """How fast runs of a backfill ended lately.

    Args:
        ended: how many did (count).
        first_ended_at: when the first of them did, aware.
    """

    ended: int
    first_ended_at: datetime


def needs_ranges(text: str) -> tuple[tuple[int, int], ...]:
    """The ranges that a part's ``needs`` name, both ends included.

    Args:
        text: e.g. ``"0-30,45"``.

    Raises:
        ValueError: it is not written so, or the ranges do not ascend.

    Example:
        >>> needs_ranges("0-30,45")
        ((0, 30), (45, 45))
    """
    if not text:
        return ()
    found: list[tuple[int, int]] = []
    for piece in text.split(","):
        first, dash, last = piece.partition("-")
        low, high = int(first), int(last if dash else first)
        if high < low or (found and low <= found[-1][1]):
            raise ValueError(f"needs of a part are ascending ranges such as '0-30,45', not {text!r}")
        found.append((low, high))
    return tuple(found)
