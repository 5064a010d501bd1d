"""The loop that ends pauses: what somebody paused until a time goes on by itself then.

Nothing of the time is lost: the state kept its place, so that the other loops deal with what was missed by the rules
they have for that. A pause that ended while no service worked ends when one begins.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from watchbell.automate.switch import resumed
from watchbell.record.ports import Store
from watchbell.record.tick import AutomationState
from watchbell.services.loop import Hint
from watchbell.services.switch import change_state

log = logging.getLogger("watchbell.services")

SAFETY_SECONDS = 60.0
"""So often it is looked for pauses that nobody told of."""


class PausesLoop:
    """Ends the pauses of schedules and sensors.

    Args:
        store: where they are.
    """

    name = "pauses"

    def __init__(self, store: Store) -> None:
        self._store = store
        self._paused: list[AutomationState] = []
        self._has_news = True
        self._looked_at: datetime | None = None

    def step(self, now: datetime, messages: Sequence[object]) -> datetime | None:
        """See `Loop.step`."""
        if any(isinstance(message, Hint) for message in messages):
            self._has_news = True
        before = self._looked_at
        if self._has_news or before is None or not 0 <= (now - before).total_seconds() < SAFETY_SECONDS:
            self._paused = self._store.paused_states()
            self._has_news, self._looked_at = False, now
        self._paused = [each for each in self._paused if not self._end(each, now)]
        ends = (each.paused_until for each in self._paused)
        return min([now + timedelta(seconds=SAFETY_SECONDS), *(each for each in ends if each is not None)])

    def _end(self, seen: AutomationState, now: datetime) -> bool:
        """Whether the pause is over; ends it, unless somebody made another of it meanwhile."""
        if seen.paused_until is None or seen.paused_until > now:
            return False

        def end(state: AutomationState) -> AutomationState:
            is_over = state.paused_until is not None and state.paused_until <= now
            return resumed(state) if is_over else state

        change_state(self._store, seen.key, end, now)
        log.info("%s goes on: its pause is over", seen.key)
        return True
