"""The asset sensors' part of the sensors' loop: which of them have something to be asked about, and when.

A sensor of assets is evaluated while its cursor lies before the newest materialization of one of them, at once if its
interval is over; with nothing new it stands in no heap and costs nothing.
"""

from __future__ import annotations

import logging
from datetime import datetime

from watchbell.automate.due import held_up_seconds, sensor_due_at
from watchbell.ground.durations import duration_text
from watchbell.record.asset_cursor import read_number
from watchbell.record.evaluation import Answer, Outcome
from watchbell.record.ports import Store
from watchbell.services.asset_events import AssetEventFeed
from watchbell.services.sensor_entry import SensorEntry

log = logging.getLogger("watchbell.services")


class AssetSensors:
    """See the module.

    Args:
        store: where materializations are read.
    """

    def __init__(self, store: Store) -> None:
        self._feed = AssetEventFeed(store)

    def hint(self) -> None:
        """Something was made."""
        self._feed.hint()

    def look_anew(self) -> None:
        """The clock was set: when the log was looked at last says nothing any more."""
        self._feed.look_anew()

    def follow(self, entry: SensorEntry) -> None:
        """Begins to watch; called again, with its changed definition or cursor."""
        self._feed.follow(entry)

    def forget(self, entry: SensorEntry) -> None:
        """Ends it; nothing happens if it did not watch."""
        self._feed.forget(entry)

    def ask(self, entry: SensorEntry, now: datetime) -> int:
        """The newest materialization that the sensor is to be asked about now, which is noted; 0: there is none."""
        newest = self._feed.newest_for(entry)
        if not newest:
            return 0
        if not entry.goes_on:
            entry.burst_end = newest
        entry.asked_cursor, entry.asked_event, entry.began_at = entry.state.cursor, newest, now
        return newest

    def is_alone(self, entry: SensorEntry) -> bool:
        """Whether the sensor is to be asked about one materialization alone, so that a bad one takes no other along."""
        return entry.state.failures_in_row > 0 or read_number(entry.state.cursor) < entry.alone_to

    def answered(self, entry: SensorEntry, answer: Answer) -> None:
        """Takes note of an answer: what needs no further question."""
        if answer.outcome in (Outcome.TIMED_OUT, Outcome.KILLED):
            entry.alone_to = entry.asked_event
        self._note_raised(entry, answer)
        # One of several assets that acted and stays where it is has this in its state; that skipped, may be waiting for
        # time to pass. One of a single asset found nothing: it was wiped, or its runs deleted.
        found_nothing = answer.outcome is Outcome.ANSWERED and entry.snapshot.sensor_type != "MULTI_ASSET"
        if found_nothing and answer.cursor is None and entry.state.cursor == entry.asked_cursor:
            self._feed.settle(entry, entry.asked_event)

    def _note_raised(self, entry: SensorEntry, answer: Answer) -> None:
        """Counts how often a sensor of every materialization was held up by one: nothing after it is dealt with."""
        if not (entry.snapshot.every_event and answer.outcome is Outcome.RAISED):
            entry.raised_in_row = 0
            return
        entry.raised_in_row += 1
        if answer.event_ids:
            number = answer.event_ids[-1]
            log.error(
                "%s is held up by materialization %d: its function raised for it %s; it is asked again %s later, and "
                "about nothing newer before it succeeds. `watchbell sensor cursor %s --set %d` passes over it",
                entry.state.key,
                number,
                "once" if entry.raised_in_row == 1 else f"{entry.raised_in_row} times in a row",
                duration_text(held_up_seconds(entry.snapshot.minimum_interval_seconds, entry.raised_in_row)),
                entry.snapshot.name,
                number,
            )

    def due_at(self, entry: SensorEntry, after_interval: datetime, now: datetime) -> datetime | None:
        """When to ask it next; None: it has nothing new.

        Args:
            entry: the sensor.
            after_interval: when its interval is over.
            now: aware.
        """
        if not self._feed.newest_for(entry):
            return None
        if entry.raised_in_row and entry.began_at is not None:
            pause_seconds = held_up_seconds(entry.snapshot.minimum_interval_seconds, entry.raised_in_row)
            return max(after_interval, sensor_due_at(entry.began_at, pause_seconds))
        return now if entry.goes_on else after_interval

    def read(self, now: datetime) -> list[SensorEntry]:
        """Reads on, if there was a hint or it is time to.

        Returns:
            The sensors that watch what was made.
        """
        return [entry for entry in self._feed.read(now) if isinstance(entry, SensorEntry)]

    def next_at(self, now: datetime) -> datetime | None:
        """When to read again; None: not before a hint."""
        return self._feed.next_at(now)
