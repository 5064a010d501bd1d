"""Runs and ticks of a simulation, kept in columns: a year of many schedules has millions of them.

A tick or run is a number, its place in every column. What they have in common (who asks, what for) is kept once and
referred to. Times are seconds since the epoch; what has not happened is ``NEVER``.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import field
from datetime import UTC, datetime, timedelta
from math import inf

from watchbell.ground.cron import Cron
from watchbell.ground.value import dataclass
from watchbell.record.asset_check_key import AssetCheckKey
from watchbell.record.automation_policy import Overlap
from watchbell.record.keys import AssetKey

NEVER = inf
_EPOCH_AT = datetime.fromtimestamp(0, UTC)
REQUESTED, SKIPPED, FAILED = range(3)
"""How a tick ended."""
WAITING, GOING, SUCCEEDED, BROKEN, ENDED_EARLY = range(5)
"""Where a run is: in the queue, going on, over; canceled."""


@dataclass(eq=False)
class Origin:
    """Who asks for runs.

    Args:
        kind: ``"schedule"``, ``"sensor"`` or ``"condition"``.
        name: its name.
        location_name: its code location.
        cron: the times of a schedule.
        jitter_seconds: how much later than these it ticks.
        key_seconds: after this a run key of its may be used again.
    """

    kind: str
    name: str
    location_name: str
    cron: Cron | None = None
    jitter_seconds: float = 0.0
    key_seconds: float = NEVER

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(eq=False)
class Order:
    """What runs are asked for; the same for all runs that ask for the same.

    Args:
        location_name: the code location of the job.
        job_name: the job.
        run_key: its run key.
        tags: its tags.
        partition: its partition.
        partition_range: instead of it, the first and the last one of several.
        asset_keys: the assets it makes, upstream first.
        observed_keys: the assets it looks at.
        check_keys: the checks it executes.
        duration_seconds: how long it takes.
        overlap: what it does while runs of earlier times of its schedule are not over.
        priority: runs of a higher one leave the queue earlier.
        why: what made a condition ask for it.
    """

    location_name: str
    job_name: str
    run_key: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    partition: str | None = None
    partition_range: tuple[str, str] | None = None
    asset_keys: Sequence[AssetKey] = ()
    observed_keys: frozenset[AssetKey] = frozenset()
    check_keys: Sequence[AssetCheckKey] = ()
    duration_seconds: float = 0.0
    overlap: Overlap = Overlap.ALLOW
    priority: int = 0
    why: str = ""

    @property
    def has_effects(self) -> bool:
        """Whether anything follows from the end of its runs, as far as it knows itself."""
        made = self.asset_keys or self.observed_keys or self.check_keys
        return bool(made) or self.overlap is not Overlap.ALLOW

    @property
    def partition_text(self) -> str | None:
        """Its partition or partitions, for people."""
        return "...".join(self.partition_range) if self.partition_range is not None else self.partition


class TickColumns:
    """All ticks, in the order in which they happened."""

    def __init__(self) -> None:
        self.origin: list[Origin] = []
        self.at = array("d")
        self.outcome = bytearray()
        self.run_count = array("L")
        self.texts: dict[int, str] = {}
        """Reasons to skip, and errors."""

    def __len__(self) -> int:
        return len(self.at)

    def add(self, origin: Origin, at: float, outcome: int, text: str | None = None) -> int:
        """A new tick without runs; its number."""
        number = len(self.at)
        self.origin.append(origin)
        self.at.append(at)
        self.outcome.append(outcome)
        self.run_count.append(0)
        if text:
            self.texts[number] = text
        return number


class RunColumns:
    """All runs, in the order in which they were asked for."""

    def __init__(self) -> None:
        self.order: list[Order] = []
        self.tick = array("q")
        self.asked = array("d")
        self.begun = array("d")
        self.ended = array("d")
        self.state = bytearray()

    def __len__(self) -> int:
        return len(self.tick)

    def add(self, order: Order, tick: int, asked: float) -> int:
        """A new run that waits; its number."""
        number = len(self.tick)
        self.order.append(order)
        self.tick.append(tick)
        self.asked.append(asked)
        self.begun.append(NEVER)
        self.ended.append(NEVER)
        self.state.append(WAITING)
        return number

    def add_begun(self, order: Order, tick: int, asked: float, ended: float, state: int) -> int:
        """A new run that began at once, and of whose end nobody is told; its number."""
        number = len(self.tick)
        self.order.append(order)
        self.tick.append(tick)
        self.asked.append(asked)
        self.begun.append(asked)
        self.ended.append(ended)
        self.state.append(state)
        return number


def run_id_of(number: int) -> str:
    """The id of a simulated run, the same in every simulation."""
    return f"00000000-0000-4000-8000-{number:012x}"


def instant_at(seconds: float) -> datetime:
    """Seconds since the epoch as an instant in UTC, to the microsecond."""
    return _EPOCH_AT + timedelta(seconds=seconds)
