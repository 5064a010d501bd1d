"""What the store tells of ticks: the part of the port ``Store`` that reads what schedules and sensors did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from watchbell.ground.value import dataclass
from watchbell.record.tick import AutomationKey, AutomationState, Tick, TickStatus


@dataclass(frozen=True)
class TickOf:
    """A stored tick and whose it is.

    Args:
        key: the schedule or sensor.
        tick: the tick, with its number.
    """

    key: AutomationKey
    tick: Tick


@dataclass(frozen=True)
class TickMark:
    """A stored tick in a few words, as in a strip of the last ones.

    Args:
        tick_id: its number.
        status: how it ended.
        ended_at: when.
        run_count: runs it caused.
    """

    tick_id: int
    status: TickStatus
    ended_at: datetime
    run_count: int = 0


class TickStore(Protocol):
    """Ticks, by automation and all together. Their numbers grow in the order in which they were stored."""

    def ticks(
        self,
        key: AutomationKey,
        *,
        limit: int | None = None,
        before_id: int | None = None,
        after_id: int | None = None,
        statuses: Sequence[TickStatus] | None = None,
    ) -> list[Tick]:
        """Ticks of an automation, newest first.

        Args:
            key: the automation.
            limit: most of them (count).
            before_id: with a number less than this.
            after_id: with a number greater than this.
            statuses: that ended so.
        """

    def tick(self, tick_id: int) -> TickOf | None:
        """The tick of this number, None if there is none."""

    def all_ticks(
        self,
        *,
        limit: int,
        before_id: int | None = None,
        after_id: int | None = None,
        only_failed: bool = False,
        location_name: str | None = None,
    ) -> list[TickOf]:
        """Ticks of all automations, newest first.

        Args:
            limit: most of them (count).
            before_id: with a number less than this.
            after_id: with a number greater than this; whoever names a location says how far back to look with it.
            only_failed: those that failed; found without a look at the others.
            location_name: of this code location.
        """

    def paused_states(self) -> list[AutomationState]:
        """The states of automations that somebody paused, also those whose pause should be over."""

    def newest_ticks(self) -> Mapping[str, TickMark]:
        """The newest tick of each automation that has one, by the automation's id (``AutomationKey.id``)."""

    def tick_strips(self, keys: Sequence[AutomationKey], *, count: int) -> Mapping[AutomationKey, list[TickMark]]:
        """The last ticks of automations, the oldest of them first; of one without ticks an empty list.

        Args:
            keys: the automations.
            count: most of each.
        """

    def runs_caused(self, keys: Sequence[AutomationKey], since: datetime) -> Mapping[AutomationKey, int]:
        """How many runs automations caused by ticks that ended at an instant or later; those with none are left out.

        Args:
            keys: the automations.
            since: the instant; aware.
        """

    def ticks_numbered(self, tick_ids: Sequence[int]) -> Mapping[int, Tick]:
        """Ticks by their numbers; those that are not there are left out."""

    def tick_after(self, key: AutomationKey, tick_id: int) -> int | None:
        """Number of the automation's first tick after this one; None: there is none yet."""

    def last_tick_id(self) -> int:
        """Number of the newest tick; 0 if there never was one."""

    def first_tick_id_since(self, moment: datetime) -> int:
        """Number of the first tick that ended at an instant or after it; one more than the last if there is none.

        Found by halving, as numbers follow the clock: where that was set back, the answer is off by as much.
        """
