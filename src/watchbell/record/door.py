"""What a service and its guests say to each other through the door, besides snapshots, load errors and errands."""

from __future__ import annotations

from datetime import datetime

from watchbell.ground.value import dataclass
from watchbell.ground.wire import wired

DOOR_FILE = "door.sock"
"""The name of the door in the home folder."""
BEAT_SECONDS = 2.0
"""So often a service tells its :class:`ServiceFacts`, whether or not they changed."""
SILENCE_SECONDS_MAX = 10.0
"""A service that has said nothing for so long does not work."""


@wired("loop_facts")
@dataclass(frozen=True)
class LoopFacts:
    """How a loop of the service does.

    Args:
        name: which one, e.g. ``"schedules orders"``.
        turn_at: when it began its last turn; None: it has had none.
        busy_seconds: for how long the turn that is going on has been; 0: it waits for something to do.
        failures_in_row: turns that failed, without one that did not (count).
    """

    name: str
    turn_at: datetime | None = None
    busy_seconds: float = 0.0
    failures_in_row: int = 0


@wired("service_facts")
@dataclass(frozen=True)
class ServiceFacts:
    """A service that works.

    Args:
        version: of watchbell.
        pid: its process.
        host_name: the machine.
        started_at: when it took its lease.
        lease_epoch: of its lease; grows with every service of this home.
        location_names: its code locations, also those that are being loaded or cannot be.
        loading_names: those of which nothing is known yet, because they are being loaded for the first time.
        loops: its loops.
    """

    version: str
    pid: int
    host_name: str
    started_at: datetime
    lease_epoch: int = 0
    location_names: tuple[str, ...] = ()
    loading_names: tuple[str, ...] = ()
    loops: tuple[LoopFacts, ...] = ()


@wired("reload_asked")
@dataclass(frozen=True)
class ReloadAsked:
    """Code is to be loaded again.

    Args:
        location_name: of this location; None: of all.
    """

    location_name: str | None = None
