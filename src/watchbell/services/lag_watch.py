"""Tells when a run status sensor lags for long, once, and when it has caught up."""

from __future__ import annotations

import logging
from datetime import datetime

from watchbell.services.sensor_entry import SensorEntry

log = logging.getLogger("watchbell.services")

LAG_SECONDS = 300.0
"""An event that waits longer than this, and than the sensor's own interval, is one too many."""
GRACE_SECONDS = 30.0
"""So long a sensor may take to work off what gathered while no service ran, before anything is said."""


class LagWatch:
    """See the module. Sensors that are up to date cost it nothing."""

    def __init__(self) -> None:
        self._behind_since: dict[int, datetime] = {}
        self._told: set[int] = set()

    def look(self, entry: SensorEntry, oldest: float, waiting: int, now: datetime) -> None:
        """Takes note of a sensor with something to handle.

        Args:
            entry: the sensor.
            oldest: when the oldest of the events that wait happened (seconds since the epoch).
            waiting: how many wait (count).
            now: aware.
        """
        number, age_seconds = id(entry), now.timestamp() - oldest
        if age_seconds <= LAG_SECONDS + entry.snapshot.minimum_interval_seconds:
            self._behind_since.pop(number, None)
            return
        since = min(self._behind_since.setdefault(number, now), now)
        if number in self._told or (now - since).total_seconds() < GRACE_SECONDS:
            return
        self._told.add(number)
        log.warning(
            "%s lags: %s run events wait for it, the oldest for %d minutes; see its ticks for how long each takes",
            entry.state.key,
            f"{waiting:,}",
            age_seconds // 60,
        )

    def caught_up(self, entry: SensorEntry) -> None:
        """Takes note of a sensor for which nothing waits."""
        self._behind_since.pop(id(entry), None)
        if id(entry) in self._told:
            self._told.discard(id(entry))
            log.info("%s has caught up", entry.state.key)

    def forget(self, entry: SensorEntry) -> None:
        """Nothing is to be told of it any more."""
        self._behind_since.pop(id(entry), None)
        self._told.discard(id(entry))
