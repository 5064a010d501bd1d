"""Schedules and sensors, as a server tells of them, switches and tests them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from watchbell.client_http import Http, Row, moment, path_of


class AutomationsOfClient:
    """What a client does with schedules and sensors. ``kind`` is ``"schedule"`` or ``"sensor"``."""

    http: Http

    def automations(self, query: str = "") -> Iterator[Row]:
        """Schedules, sensors and conditions."""
        return self.http.pages("/api/automations", {"q": query or None})

    def automation(self, kind: str, location: str, name: str) -> Row:
        """One schedule or sensor: its terms, where it stands, when it ticks next."""
        return self.http.get(_path(kind, location, name))

    def switch(
        self,
        kind: str,
        location: str,
        name: str,
        act: str,
        *,
        until: datetime | str | None = None,
        catch_up: str | None = None,
        reason: str = "",
    ) -> Row:
        """Turns a schedule or sensor on or off, or pauses it.

        Args:
            kind: see the class.
            location: its code location.
            name: its name.
            act: ``"on"``, ``"off"``, ``"code"`` (as its code says), ``"pause"``, ``"resume"``.
            until: when a pause ends by itself; None: when somebody ends it.
            catch_up: what becomes of times in between: ``"none"``, ``"latest"``, ``"policy"`` (as its code says); None:
                after a pause as its code says, and of one that was off none.
            reason: why, for the audit log.
        """
        body = {"act": act, "until": moment(until), "catch_up": catch_up, "reason": reason}
        return self.http.post(_path(kind, location, name, "/switch"), body)

    def ticks(
        self, kind: str, location: str, name: str, *, statuses: Sequence[str] = (), fold: bool = False
    ) -> Iterator[Row]:
        """Ticks of a schedule or sensor, the newest first; with ``fold`` equal ones in a row as one."""
        query = {"status": list(statuses) or None, "fold": fold}
        return self.http.pages(_path(kind, location, name, "/ticks"), query)

    def all_ticks(self, *, failed: bool = False) -> Iterator[Row]:
        """Ticks of all schedules and sensors, the newest first; with ``failed`` those alone."""
        return self.http.pages("/api/ticks", {"failed": failed})

    def tick(self, tick_id: int) -> Row:
        """One tick with what it was made of and what came of it."""
        return self.http.get(path_of("/api/ticks/{tick_id}", tick_id=str(tick_id)))

    def cursor(self, location: str, sensor: str) -> str | None:
        """The cursor of a sensor; None: it has none."""
        told = self.automation("sensor", location, sensor)["cursor"]
        text: str | None = None if told is None else told["text"]
        return text

    def set_cursor(
        self, location: str, sensor: str, cursor: str | None, *, expected: str | None, reason: str = ""
    ) -> Row:
        """Stores a cursor, if the stored one is still ``expected``.

        Raises:
            ApiError: 409, the sensor has moved it meanwhile; ``extra["cursor"]`` is the stored one.
        """
        body = {"cursor": cursor, "expected": expected, "reason": reason}
        return self.http.ask("PUT", _path("sensor", location, sensor, "/cursor"), body=body)

    def test_automation(
        self,
        kind: str,
        location: str,
        name: str,
        *,
        at: datetime | str | None = None,
        cursor: str | None = None,
        uses_stored_cursor: bool = True,
    ) -> Row:
        """Calls its function as the service would, and tells what it asks for; stores nothing.

        Args:
            kind: see the class.
            location: its code location.
            name: its name.
            at: the instant it is called for; None: now.
            cursor: what a sensor is given with ``uses_stored_cursor=False``.
            uses_stored_cursor: whether it is given the cursor that it has.
        """
        body = {"at": moment(at), "cursor": cursor, "uses_stored_cursor": uses_stored_cursor}
        return self.http.post(_path(kind, location, name, "/test"), body)

    def simulate(
        self,
        kind: str,
        location: str,
        name: str,
        start: datetime | str | None = None,
        end: datetime | str | None = None,
    ) -> Row:
        """What it would do between two instants, on a virtual clock; by default in the next 24 hours."""
        return self.http.get(_path(kind, location, name, "/simulation"), {"start": moment(start), "end": moment(end)})

    def explain_schedule(self, location: str, name: str, at: datetime | str | None = None) -> Row:
        """Why a schedule did what it did, or did not, at an instant; by default now."""
        path = path_of("/api/why/schedule/{location}/{name}", location=location, name=name)
        return self.http.get(path, {"at": moment(at)})

    def explain_sensor(self, location: str, name: str, at: datetime | str | None = None) -> Row:
        """Why a sensor did what it did, or did not, at an instant; by default now."""
        path = path_of("/api/why/sensor/{location}/{name}", location=location, name=name)
        return self.http.get(path, {"at": moment(at)})


def _path(kind: str, location: str, name: str, more: str = "") -> str:
    return path_of("/api/automations/{kind}/{location}/{name}", kind=kind, location=location, name=name) + more
