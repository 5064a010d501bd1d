"""What is wrong, as the store knows it: the part of the port ``Store`` that looks for trouble and at nothing else.

Each question is answered by an index of what failed, so it costs as much as there is trouble, not as there is.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from watchbell.ground.value import dataclass
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.run import DagsterRun
from watchbell.record.tick import AutomationKey, Tick

TROUBLES_MAX = 200
"""Of each kind of trouble so many are looked at, the newest (count)."""


@dataclass(frozen=True)
class FailingJob:
    """A job whose newest end was a failure.

    Args:
        job_name: its name.
        location_name: its code location, if known.
        run_id: the run that failed last.
        failed_at: when that was.
        since_at: when it failed first since it succeeded last, as far as was looked.
        failures: how many times since then.
    """

    job_name: str
    location_name: str | None
    run_id: str
    failed_at: datetime
    since_at: datetime
    failures: int


@dataclass(frozen=True)
class FailingAutomation:
    """A schedule or sensor whose newest tick failed.

    Args:
        key: which.
        tick: that tick.
        failures: of the last ticks of all automations that failed, how many are its.
        since_at: the oldest of these.
    """

    key: AutomationKey
    tick: Tick
    failures: int
    since_at: datetime


@dataclass(frozen=True)
class MissedTicks:
    """Times of a schedule that were missed.

    Args:
        key: which.
        tick: the newest of them.
        count: how many.
    """

    key: AutomationKey
    tick: Tick
    count: int


@dataclass(frozen=True)
class LastTick:
    """Up to when a schedule or sensor has been evaluated.

    Args:
        location_name: its code location.
        kind: what it is, as ``AutomationKind`` has it.
        name: its name.
        is_on: whether it was turned on; None: nobody said, its definition does.
        at: when it ticked last; of one that has not: when it took effect (seconds since 1970).
        has_ticked: whether it has.
    """

    location_name: str
    kind: str
    name: str
    is_on: bool | None
    at: float
    has_ticked: bool


@dataclass(frozen=True)
class Quarantined:
    """An automation that is not evaluated any more.

    Args:
        key: which.
        reason: why.
        since_at: since when.
    """

    key: AutomationKey
    reason: str
    since_at: datetime


@dataclass(frozen=True)
class FailingCheck:
    """A check whose newest execution did not pass.

    Args:
        key: which.
        run_id: the run; empty: of none.
        at: when it was evaluated.
    """

    key: AssetCheckKey
    run_id: str
    at: datetime


@dataclass(frozen=True)
class Troubles:
    """All that is wrong.

    Args:
        jobs: those that fail, the newest failure first.
        automations: those that fail.
        missed: schedules that missed times lately.
        quarantined: automations that are not evaluated any more.
        checks: those that fail.
        unfinished: runs that are starting, going on or being stopped.
        queued: the runs that have been queued for longest.
    """

    jobs: tuple[FailingJob, ...]
    automations: tuple[FailingAutomation, ...]
    missed: tuple[MissedTicks, ...]
    quarantined: tuple[Quarantined, ...]
    checks: tuple[FailingCheck, ...]
    unfinished: tuple[DagsterRun, ...]
    queued: tuple[DagsterRun, ...]


class AttentionStore(Protocol):
    """What is wrong, and what was done in a stretch of time."""

    def troubles(self, since: datetime) -> Troubles:
        """All that is wrong, in a fixed number of queries.

        Args:
            since: of jobs and ticks only what failed after this.
        """

    def runs_between(
        self, start: datetime, end: datetime, *, limit: int, job_name: str | None = None
    ) -> tuple[list[DagsterRun], bool]:
        """The runs that were stored in a stretch of time, newest first, every failure among them before any other run;
        and whether there were more.

        Args:
            start: from here on.
            end: up to here.
            limit: most of them (count).
            job_name: only those of jobs of this name.
        """

    def nth_newest_run_at(self, place: int) -> datetime | None:
        """When the n-th newest run was stored (0: the newest), or the oldest of fewer; None: there is none."""

    def last_ticks(self) -> list[LastTick]:
        """Of schedules and sensors that have taken effect, and are neither turned off nor paused nor quarantined, when
        they ticked last."""

    def switched_automations(self) -> dict[AutomationKey, bool]:
        """The automations that somebody turned on or off, or that are quarantined, and whether they are on."""
