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
    locations: list[str]
    errors: list[LocationErrorShape]
    caller: str
    role: str
    has_login: bool
    version: str
    at: datetime
