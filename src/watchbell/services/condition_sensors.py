"""The condition sensors' part of the sensors' loop: when to ask each of them again.

One is asked when something happened that conditions may look at (the hints of ``HINTS``), when time alone may change
something (the evaluation says when that is), and at once while its last evaluation had more to do. Hints come from all
locations. A hint that was lost costs a minute: so often each is asked anyway.
"""

from __future__ import annotations

import logging
from datetime import datetime

from watchbell.automate.due import held_up_seconds, sensor_due_at
from watchbell.ground.value import dataclass
from watchbell.record.evaluation import Answer, Outcome
from watchbell.record.tick import AutomationStatus
from watchbell.services.sensor_entry import SensorEntry

log = logging.getLogger("watchbell.services")

HINTS = frozenset({"assets", "run_status", "runs", "backfills", "facts"})
"""Topics that speak of what conditions look at."""
NAMES_MAX = 5
"""Assets that are named (count)."""
LOOK_SECONDS = 60.0
"""So long after its last evaluation each is asked, whatever happened (seconds)."""


@dataclass(eq=False)
class Wish:
    """When one condition sensor is to be asked next.

    Args:
        is_woken: something happened since it was asked last.
        next_at: when time alone may change something; None: never.
    """

    is_woken: bool = True
    next_at: datetime | None = None


class ConditionSensors:
    """See the module."""

    def __init__(self) -> None:
        self._wishes: dict[SensorEntry, Wish] = {}
        self._resting: set[str] = set()
        self._has_hint = False

    def hint(self) -> None:
        """Something happened that conditions may look at."""
        self._has_hint = True

    def look_anew(self) -> None:
        """The clock was set: what was said about times is not true any more."""
        self._has_hint = True

    def follow(self, entry: SensorEntry) -> None:
        """Begins with a sensor; called again, with its changed definition or cursor, which wakes it."""
        self._wishes[entry] = Wish()

    def forget(self, entry: SensorEntry) -> None:
        """Ends it; nothing happens if it was not followed."""
        self._wishes.pop(entry, None)
        is_forgotten = entry.watches_conditions and entry.state.status is AutomationStatus.DECLARED
        if is_forgotten and not entry.is_gone and entry.snapshot.name not in self._resting:
            self._resting.add(entry.snapshot.name)  # said once: it is easily overlooked, and nobody chose it
            place = entry.state.key.location_name
            code = f" -f {place}" if place.endswith(".py") else ""
            names, count = entry.snapshot.looks_after[:NAMES_MAX], entry.snapshot.looks_after_count
            more = f" and {count - len(names):,} more" if count > len(names) else ""
            log.warning(
                "%s is stopped, so no automation condition of its assets is evaluated%s; "
                "`watchbell sensor start%s %s` starts it",
                entry.state.key,
                f" ({', '.join(names)}{more})" if names else "",
                code,
                entry.snapshot.name,
            )

    def read(self) -> list[SensorEntry]:
        """The sensors that were woken since the last call."""
        if not self._has_hint:
            return []
        self._has_hint = False
        for wish in self._wishes.values():
            wish.is_woken = True
        return list(self._wishes)

    def ask(self, entry: SensorEntry, now: datetime) -> bool:
        """Whether the sensor is to be asked now, which is noted."""
        wish = self._wishes.get(entry)
        if wish is None:
            return False
        wish.is_woken, entry.began_at = False, now
        return True

    def answered(self, entry: SensorEntry, answer: Answer) -> None:
        """Takes note of an answer."""
        for line in answer.log:
            if line.level >= logging.ERROR:
                log.error("%s: %s", entry.state.key, line.message)
        if answer.outcome is Outcome.ANSWERED:
            entry.recovers, entry.raised_in_row = entry.raised_in_row > 0, 0
        else:
            entry.raised_in_row += 1
        wish = self._wishes.get(entry)
        if wish is not None:
            wish.next_at = answer.next_at
            wish.is_woken = wish.is_woken or answer.has_more or entry.raised_in_row > 0

    def due_at(self, entry: SensorEntry, after_interval: datetime, now: datetime) -> datetime | None:
        """When to ask it next; None: it is not followed.

        Args:
            entry: the sensor.
            after_interval: when its interval is over.
            now: aware.
        """
        wish = self._wishes.get(entry)
        if wish is None:
            return None
        if entry.raised_in_row and entry.began_at is not None:
            pause_seconds = held_up_seconds(entry.snapshot.minimum_interval_seconds, entry.raised_in_row)
            return max(after_interval, sensor_due_at(entry.began_at, pause_seconds))
        if wish.is_woken or entry.began_at is None:
            return after_interval
        looks_at = sensor_due_at(max(entry.began_at, now), LOOK_SECONDS)
        return max(after_interval, looks_at if wish.next_at is None else min(wish.next_at, looks_at))
