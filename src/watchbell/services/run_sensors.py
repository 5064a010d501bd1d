"""The run status sensors' part of the sensors' loop: which events each is asked about, and when.

A run status sensor's cursor is the storage id of the last event it handled. Events are read once for all of them, when
something was committed, and handed to those they concern. Its interval lies between bursts: what has gathered when it
is due is handled without pauses.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from watchbell.record.ports import Store
from watchbell.services.lag_watch import LagWatch
from watchbell.services.run_events import RunEventFeed
from watchbell.services.sensor_entry import SensorEntry

log = logging.getLogger("watchbell.services")

BATCH_MAX = 100
"""Events in one question (count)."""
SAFETY_SECONDS = 10.0
"""So often the newest event's number is compared, should a hint have been lost; it costs the same whatever there is."""


class RunSensors:
    """See the module.

    Args:
        store: where events are read.
    """

    def __init__(self, store: Store) -> None:
        self._feed = RunEventFeed(store)
        self._has_news = True
        self._looked_at: datetime | None = None
        self._lags = LagWatch()

    def hint(self) -> None:
        """Something happened to a run, or somebody handled what had happened."""
        self._has_news = True

    def look_anew(self) -> None:
        """The clock was set: when the log was looked at last says nothing any more."""
        self._looked_at = None

    def follow(self, entry: SensorEntry) -> None:
        """Begins with the events after the sensor's cursor; called again, with its changed definition or cursor."""
        self._feed.follow(entry)
        self._has_news = True

    def forget(self, entry: SensorEntry) -> None:
        """Ends it; nothing happens if it did not follow."""
        self._feed.forget(entry)
        self._lags.forget(entry)

    def ask(self, entry: SensorEntry, now: datetime) -> tuple[int, ...]:
        """The events to ask the sensor about now; none: it has nothing to do."""
        event_id = self._feed.first_for(entry)
        if event_id is None:
            return ()
        if event_id > entry.burst_end:
            entry.burst_end = self._feed.last_for(entry)
            entry.began_at = now
        entry.asked_ids = self._feed.next_for(entry, 1 if event_id <= entry.alone_to else BATCH_MAX)
        entry.asked_cursor = entry.state.cursor
        return entry.asked_ids

    def due_at(self, entry: SensorEntry, after_interval: datetime, now: datetime) -> datetime | None:
        """When to ask it next; None: nothing waits for it.

        Args:
            entry: the sensor.
            after_interval: when its interval is over.
            now: aware.
        """
        event_id = self._feed.first_for(entry)
        if event_id is None:
            return None
        return now if event_id <= entry.burst_end else after_interval

    def settled(self, entry: SensorEntry) -> None:
        """Its answer is stored, or something else of its state."""
        self._has_news = True
        asked, entry.asked_ids = entry.asked_ids, ()
        if len(asked) > 1 and entry.state.cursor == entry.asked_cursor:
            entry.alone_to = asked[-1]  # one of them ended or outlasted its process, or cannot be stored
            log.warning(
                "%s: of %d run events together came no answer that can be stored; each is asked about alone",
                entry.state.key,
                len(asked),
            )
        if entry.is_on:
            self._feed.handled(entry)
            if self._feed.first_for(entry) is None:
                self._lags.caught_up(entry)
        else:
            self.forget(entry)

    def read(self, now: datetime) -> list[SensorEntry]:
        """Reads on, if there was a hint or it is time to.

        Returns:
            The sensors with something to handle.
        """
        if not self._feed.is_needed:
            return []
        if self._looked_at is None or (now - self._looked_at).total_seconds() >= SAFETY_SECONDS:
            self._has_news = True
        if not self._has_news:
            return []
        woken, is_done = self._feed.read()
        self._looked_at = now
        self._has_news = not is_done
        entries = [entry for entry in woken if isinstance(entry, SensorEntry)]
        for entry in entries:
            waiting, oldest = self._feed.waiting_for(entry)
            self._lags.look(entry, oldest, waiting, now)
        return entries

    def lagging(self) -> list[tuple[SensorEntry, int]]:
        """Sensors whose cursor lies far behind, with nothing for them in between, and where it can be moved to."""
        return [(entry, cursor) for entry, cursor in self._feed.lagging() if isinstance(entry, SensorEntry)]

    def next_at(self, now: datetime) -> datetime | None:
        """When to read again; None: not before a hint."""
        if not self._feed.is_needed:
            return None
        return now if self._has_news else (self._looked_at or now) + timedelta(seconds=SAFETY_SECONDS)
