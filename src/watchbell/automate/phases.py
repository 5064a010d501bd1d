"""When sensors that are due at the same moment begin: a few at once, many one after the other.

Sensors of one interval that once begin together stay together, for each is due its interval after it began: after the
service started, after the machine slept, after the clock was set or evaluations took long. So a crowd of them is
spread, each to its own *place*, a fraction that is found from its id alone: whatever gathered them, they come to lie as
before.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from watchbell.record.tick import AutomationKey

CROWD_MIN = 10
"""So many sensors that are due at once begin at once (count); with more of them each waits for its place."""
CROWD_SECONDS = 0.5
"""As many as come due in this time are no crowd, however many that is (seconds)."""
BEGINS_PER_SECOND_MIN = 10.0
"""A crowd begins at this rate, or faster if its sensors' intervals ask for that."""
WHOLE_INTERVAL = 0.75
"""A crowd that would take this part of an interval takes all of it (fraction)."""
INTERVAL_SECONDS_MIN = 0.1
"""A shorter interval counts as this one when rates are reckoned (seconds)."""


def place_of(key: AutomationKey) -> float:
    """Where in a crowd a sensor has its place, in [0, 1): always the same."""
    return (int(key.id[:16], 16) >> 11) / (1 << 53)


def rate_of(intervals_seconds: Iterable[float]) -> float:
    """How many evaluations sensors of such intervals begin in a second, on average."""
    return sum(1 / max(seconds, INTERVAL_SECONDS_MIN) for seconds in intervals_seconds)


def is_crowd(due_count: int, rate: float) -> bool:
    """Whether so many sensors that are due at once are too many to begin at once.

    Args:
        due_count: how many are due (count).
        rate: of all sensors, see `rate_of`.
    """
    return due_count > max(CROWD_MIN, rate * CROWD_SECONDS)


def spread_to(now: datetime, place: float, rank: int, due_count: int, rate: float, interval_seconds: float) -> datetime:
    """When a sensor of a crowd begins: within a window that grows with the crowd, up to one interval.

    Args:
        now: aware.
        place: see `place_of`.
        rank: which one of the crowd by their places, from 0.
        due_count: how many sensors are due at once (count).
        rate: of all sensors, see `rate_of`.
        interval_seconds: of this sensor.

    Returns:
        At ``now`` or later, by no more than ``interval_seconds``.
    """
    window_seconds = due_count / max(BEGINS_PER_SECOND_MIN, rate)
    if window_seconds < interval_seconds * WHOLE_INTERVAL:
        # By rank: a part of all sensors is those of neighbouring places, who would crowd here as well.
        return now + timedelta(seconds=window_seconds * rank / due_count)
    if interval_seconds <= 0:
        return now
    # Counted from 1970, not from now: a crowd of all the sensors comes to lie as it lay before.
    return now + timedelta(seconds=(place * interval_seconds - now.timestamp()) % interval_seconds)
