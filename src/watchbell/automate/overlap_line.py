"""Queued runs that wait for another time of their schedule: kept aside, so that none behind them waits for them.

The runs of one time of a schedule are a unit: one run of another time that is not over, which is *watched*, holds all
of them back. When it is over, one question about one of them tells whether they are free, or what to watch next.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from watchbell.automate.queue_rules import Waiting
from watchbell.record.overlap import OVERLAP_TAG
from watchbell.record.run import SCHEDULE_NAME_TAG, SCHEDULED_TIME_TAG, DagsterRun

Unit = tuple[str | None, str | None, str | None]
"""Location, schedule and time of runs."""


class OverlapLine:
    """The runs that mind overlap: which unit each belongs to, and the units that are held back."""

    def __init__(self) -> None:
        self._unit_of: dict[str, Unit] = {}
        self._held: dict[Unit, dict[str, Waiting]] = {}
        self._watched: dict[Unit, str] = {}
        self._watchers: dict[str, set[Unit]] = {}
        self._unsure: dict[Unit, None] = {}

    def __len__(self) -> int:
        """How many runs are held back."""
        return sum(map(len, self._held.values()))

    def know(self, run: DagsterRun) -> None:
        """Notes a queued run that minds overlap; others are let through."""
        if OVERLAP_TAG in run.tags:
            tags = run.tags
            self._unit_of[run.run_id] = (run.location_name, tags.get(SCHEDULE_NAME_TAG), tags.get(SCHEDULED_TIME_TAG))

    def minds(self, run_id: str) -> bool:
        """Whether a run was noted."""
        return run_id in self._unit_of

    def forget(self, run_ids: Iterable[str]) -> None:
        """These runs are queued no more."""
        if self._unit_of:
            for run_id in run_ids:
                self._unit_of.pop(run_id, None)

    # ----------------------------------------------------------- holding back

    def takes_aside(self, waiting: Waiting) -> bool:
        """Keeps a run if its unit is held back; whether it is."""
        unit = self._unit_of.get(waiting.run_id)
        held = None if unit is None else self._held.get(unit)
        if held is None:
            return False
        held[waiting.run_id] = waiting
        return True

    def hold(self, waiting: Waiting, blocker_id: str) -> None:
        """Holds back a run, and with it its unit, until another run is over."""
        unit = self._unit_of[waiting.run_id]
        self._held.setdefault(unit, {})[waiting.run_id] = waiting
        self._watch(unit, blocker_id)

    def _watch(self, unit: Unit, blocker_id: str) -> None:
        self._unwatch(unit)
        self._watched[unit] = blocker_id
        self._watchers.setdefault(blocker_id, set()).add(unit)

    def _unwatch(self, unit: Unit) -> None:
        before = self._watched.pop(unit, None)
        if before is not None:
            watchers = self._watchers[before]
            watchers.discard(unit)
            if not watchers:
                del self._watchers[before]

    # -------------------------------------------------------------- letting go

    def watched(self) -> list[str]:
        """The runs whose end may free others."""
        return list(self._watchers)

    def over(self, run_id: str) -> None:
        """A run is over, or went back to the queue: those that watch it are to be asked about."""
        self._unsure.update(dict.fromkeys(self._watchers.get(run_id, ())))

    def doubt_all(self) -> None:
        """Everything that is held back is to be asked about."""
        self._unsure.update(dict.fromkeys(self._held))

    def questions(self) -> list[str]:
        """A run of each unit of which it is to be asked what it waits for."""
        return [next(iter(self._held[unit])) for unit in self._unsure]

    def answer(self, blockers: Mapping[str, DagsterRun | None]) -> list[Waiting]:
        """Takes in what the runs of :meth:`questions` wait for; the runs that are free by it.

        Args:
            blockers: by run: a run it waits for, or None; a run that is left out is not queued any more. Then the
                next one of its unit is to be asked about.
        """
        free: list[Waiting] = []
        for run_id in self.questions():
            unit = self._unit_of[run_id]
            if run_id not in blockers:
                del self._held[unit][run_id], self._unit_of[run_id]
                if self._held[unit]:
                    continue
                self._release(unit)
            elif (blocker := blockers[run_id]) is None:
                free += self._release(unit)
            else:
                self._watch(unit, blocker.run_id)
            del self._unsure[unit]
        return free

    def _release(self, unit: Unit) -> list[Waiting]:
        self._unwatch(unit)
        return list(self._held.pop(unit).values())
