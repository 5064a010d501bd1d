"""What changed in the store since a moment: the part of the port ``Store`` that pages follow.

A *position* is what the store's counters show. Whoever kept one asks what came after it, in another process or after a
restart too; only what leaves no number behind (slots of pools, the parts of backfills) is compared as it is.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Protocol

from watchbell.ground.value import dataclass
from watchbell.record.keys import AssetKey
from watchbell.record.tick import AutomationKey, TickStatus

CHANGES_MAX = 5_000
"""Of each kind so many changes are told one by one (count); beyond it only that there are more."""


@dataclass(frozen=True)
class StorePosition:
    """How far the counters of a store have come; each only ever grows.

    Args:
        events: the newest log entry.
        runs: the newest run.
        ticks: the newest tick.
        states: states of automations that people changed.
        forgotten: deletions of runs, wipes of assets.
        dynamic: changes of dynamic partitions.
        evaluations: the newest evaluation of a condition.
        backfills: the newest backfill.
        audit: the newest entry of the audit log.
        views: the newest saved view.
    """

    events: int = 0
    runs: int = 0
    ticks: int = 0
    states: int = 0
    forgotten: int = 0
    dynamic: int = 0
    evaluations: int = 0
    backfills: int = 0
    audit: int = 0
    views: int = 0


@dataclass(frozen=True)
class EventMark:
    """A log entry, without what it says.

    Args:
        run_id: its run; empty: of none.
        kind: what happened, as ``DagsterEventType`` has it; None: a message of user code.
        asset: the asset it is about.
    """

    run_id: str
    kind: str | None
    asset: AssetKey | None


@dataclass(frozen=True)
class TickNote:
    """That something ticked.

    Args:
        tick_id: the tick's number.
        key: what ticked.
        status: how that ended.
    """

    tick_id: int
    key: AutomationKey
    status: TickStatus


@dataclass(frozen=True)
class StoreChanges:
    """What came after a position.

    Args:
        position: where the store is now.
        events: the log entries since; None: too many to tell.
        ticks: the ticks since; None: too many.
        new_runs: ids of the runs that were stored since; None: too many.
        entities: assets, checks and jobs whose conditions were evaluated since, as text; None: too many.
        open_backfills: version of each backfill that is not over.
        claims: a number that changes with the slots that are held or waited for.
    """

    position: StorePosition
    events: tuple[EventMark, ...] | None
    ticks: tuple[TickNote, ...] | None
    new_runs: tuple[str, ...] | None
    entities: tuple[str, ...] | None
    open_backfills: dict[str, int]
    claims: int


class ChangeStore(Protocol):
    """What changed."""

    def position(self) -> StorePosition:
        """Where the store is now."""

    def version(self) -> Hashable:
        """A value that is another one after each commit, by whichever process, whatever it changed; cheap to ask.

        None: nobody can tell.
        """

    def changes_since(self, after: StorePosition) -> StoreChanges:
        """What came after a position, in a fixed number of queries."""
