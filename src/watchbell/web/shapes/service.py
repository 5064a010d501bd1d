"""The service and this server, as the API tells them."""

from __future__ import annotations

from datetime import datetime

from watchbell.web.shapes.shape import Shape


class LocationErrorShape(Shape):
    """Why the newest code of a location is not in use.

    Args:
        location: its name.
        message: what was wrong.
        file: where, if known.
        line: its line (from 1).
        details: the user's frames and lines.
        older_goes_on: whether the last good version is used meanwhile.
        at: when it was found.
    """

    location: str
    message: str
    file: str | None
    line: int | None
    details: str
    older_goes_on: bool
    at: datetime | None


class ServiceShape(Shape):
    """What the frame of every page shows.

    Args:
        state: ``"working"``, ``"stopped"`` (no service works), ``"late"`` (it works, and does not keep up).
        text: the state in a sentence.
        since: since when it is so, if known.
        lag_seconds: how long the slowest turn of its loops has been going on; None: no service works.
        turn_at: when one of its loops began its last turn.
        lease_epoch: of the lease it holds: grows with every service; None: no service works.
        attention: how many things need attention and are not snoozed.
        live: position from which on a live stream tells what this answer does not know.
        locations: names of the code locations in use.
        errors: of locations whose newest code is not.
        caller: who asks.
        role: what they may do.
        has_login: whether there are logins here.
        version: of this server.
        at: when the answer was made.
    """

    state: str
    text: str
    since: datetime | None
    lag_seconds: float | None = None
    turn_at: datetime | None = None
    lease_epoch: int | None = None
    attention: int = 0
    live: str = ""
    locations: list[str]
    errors: list[LocationErrorShape]
    caller: str
    role: str
    has_login: bool
    version: str
    at: datetime


class HealthShape(Shape):
    """Whether all is well.

    Args:
        healthy: whether the database answers, all code is loaded and a service works.
        problems: what is wrong; none is told to whom nobody knows.
        locations: names of the code locations in use; likewise.
    """

    healthy: bool
    problems: list[str]
    locations: list[str]
