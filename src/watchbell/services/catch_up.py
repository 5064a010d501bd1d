"""How fast schedules that run all their missed times go on: in portions, so that others get their turn."""

from __future__ import annotations

from watchbell.record.ports import Store
from watchbell.record.run import SCHEDULE_NAME_TAG, DagsterRunStatus, RunsFilter
from watchbell.record.tick import AutomationKey

QUEUED_RUNS_MAX = 100
"""Runs of one schedule that wait in the queue until its next missed time is evaluated (count)."""
TICKS_BETWEEN_LOOKS = 10
"""Missed times of one schedule that are evaluated until its queued runs are counted again (count)."""
HOLD_SECONDS = 2.0
"""So long a schedule with many queued runs waits until they are counted again."""


class CatchUpPace:
    """Whether a schedule with very many missed times may go on with the next one.

    A year of minutes is half a million runs: queued at once they would stand before everybody else's. So a schedule
    that catches up waits while `QUEUED_RUNS_MAX` of its runs wait; what is on time never does.

    Args:
        store: where runs are counted.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._left: dict[AutomationKey, int] = {}

    def may_go_on(self, key: AutomationKey) -> bool:
        """Whether the next missed time of a schedule may be evaluated; counts as one that is."""
        left = self._left.get(key, 0)
        if not left:
            queued = RunsFilter(
                statuses=[DagsterRunStatus.QUEUED],
                tags={SCHEDULE_NAME_TAG: key.name},
                location_name=key.location_name,
            )
            if len(self._store.run_records(queued, limit=QUEUED_RUNS_MAX)) >= QUEUED_RUNS_MAX:
                return False
            left = TICKS_BETWEEN_LOOKS
        self._left[key] = left - 1
        return True
