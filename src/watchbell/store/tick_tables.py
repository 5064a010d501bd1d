"""The methods of the store that read ticks; fulfils ``record.tick_store.TickStore``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from watchbell.record.tick import AutomationKey, AutomationState, Tick, TickStatus
from watchbell.record.tick_store import TickMark, TickOf
from watchbell.store import automations, tick_log
from watchbell.store.session import Database


class TickTables:
    """A base of ``SqlStore``, which has the database."""

    _database: Database

    def ticks(
        self,
        key: AutomationKey,
        *,
        limit: int | None = None,
        before_id: int | None = None,
        after_id: int | None = None,
        statuses: Sequence[TickStatus] | None = None,
    ) -> list[Tick]:
        """Ticks of an automation, newest first."""
        with self._database.read() as session:
            return tick_log.of_automation(
                session, key, limit=limit, before_id=before_id, after_id=after_id, statuses=statuses
            )

    def tick(self, tick_id: int) -> TickOf | None:
        """The tick of this number, None if there is none."""
        with self._database.read() as session:
            return tick_log.one(session, tick_id)

    def all_ticks(
        self,
        *,
        limit: int,
        before_id: int | None = None,
        after_id: int | None = None,
        only_failed: bool = False,
        location_name: str | None = None,
    ) -> list[TickOf]:
        """Ticks of all automations, newest first."""
        with self._database.read() as session:
            return tick_log.of_all(
                session,
                limit=limit,
                before_id=before_id,
                after_id=after_id,
                only_failed=only_failed,
                location_name=location_name,
            )

    def paused_states(self) -> list[AutomationState]:
        """The states of automations that somebody paused."""
        with self._database.read() as session:
            return automations.paused(session)

    def newest_ticks(self) -> Mapping[str, TickMark]:
        """The newest tick of each automation that has one, by the automation's id."""
        with self._database.read() as session:
            return tick_log.newest(session)

    def tick_strips(self, keys: Sequence[AutomationKey], *, count: int) -> Mapping[AutomationKey, list[TickMark]]:
        """The last ticks of automations, the oldest of them first."""
        with self._database.read() as session:
            return tick_log.strips(session, keys, count)

    def runs_caused(self, keys: Sequence[AutomationKey], since: datetime) -> Mapping[AutomationKey, int]:
        """How many runs automations caused since an instant."""
        with self._database.read() as session:
            return tick_log.runs_caused(session, keys, since)

    def ticks_numbered(self, tick_ids: Sequence[int]) -> Mapping[int, Tick]:
        """Ticks by their numbers."""
        with self._database.read() as session:
            return tick_log.numbered(session, tick_ids)

    def tick_after(self, key: AutomationKey, tick_id: int) -> int | None:
        """Number of the automation's first tick after this one; None: there is none yet."""
        with self._database.read() as session:
            return tick_log.after(session, key, tick_id)

    def last_tick_id(self) -> int:
        """Number of the newest tick; 0 if there never was one."""
        with self._database.read() as session:
            return tick_log.last_id(session)

    def first_tick_id_since(self, moment: datetime) -> int:
        """Number of the first tick that ended at an instant or after it; one more than the last if there is none."""
        with self._database.read() as session:
            return tick_log.first_id_since(session, moment)
