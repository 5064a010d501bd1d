"""Whether the service works and keeps up, from what it tells of itself."""

from __future__ import annotations

from datetime import datetime

from watchbell.ground.durations import duration_text
from watchbell.ground.value import dataclass
from watchbell.web.link import ServiceLink

BUSY_SECONDS_MAX = 30.0
"""A loop whose turn lasts longer does not keep up: what is due meanwhile waits."""
FAILURES_MAX = 3
"""Turns of a loop that fail, one after the other, before somebody should look."""


@dataclass(frozen=True)
class ServiceState:
    """How the service does.

    Args:
        state: ``"working"``, ``"late"`` or ``"stopped"``.
        text: the same in a sentence.
        since: since when it is so, if known.
        lag_seconds: how long the slowest turn of a loop has been going on; 0: none is; None: no service.
        turn_at: when a loop began its last turn; None: none did, or no service.
    """

    state: str
    text: str
    since: datetime | None = None
    lag_seconds: float | None = None
    turn_at: datetime | None = None


def service_state(link: ServiceLink) -> ServiceState:
    """How the service that a link leads to does."""
    if not link.is_open:
        text = "no service works: nothing is started; `watchbell dev` starts one"
        return ServiceState("stopped", text, link.lost_at)
    facts = link.service()
    loops = () if facts is None else facts.loops
    turn_at = max((each.turn_at for each in loops if each.turn_at is not None), default=None)
    lag_seconds = max((each.busy_seconds for each in loops), default=0.0)
    slow = max(loops, key=lambda each: each.busy_seconds, default=None)
    if slow is not None and slow.busy_seconds > BUSY_SECONDS_MAX:
        text = f"the service is late: its loop {slow.name!r} has been busy for {duration_text(slow.busy_seconds)}"
        return ServiceState("late", text, slow.turn_at, lag_seconds, turn_at)
    failing = max(loops, key=lambda each: each.failures_in_row, default=None)
    if failing is not None and failing.failures_in_row >= FAILURES_MAX:
        text = f"the service is late: its loop {failing.name!r} failed {failing.failures_in_row:,} times in a row"
        return ServiceState("late", text, failing.turn_at, lag_seconds, turn_at)
    started_at = None if facts is None else facts.started_at
    return ServiceState("working", "the service works", started_at, lag_seconds, turn_at)
