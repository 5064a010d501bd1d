"""``Client``: the HTTP API of a server, from Python. What it answers is the API's JSON as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from watchbell.client_assets import AssetsOfClient
from watchbell.client_automations import AutomationsOfClient
from watchbell.client_http import TIMEOUT_SECONDS, ApiError, Http, Row, StreamEvent, moment, path_of
from watchbell.client_runs import RunsOfClient
from watchbell.client_stream import PATIENCE_SECONDS, resumed


class Client(RunsOfClient, AssetsOfClient, AutomationsOfClient):
    """A server of watchbell's.

    Args:
        url: its address, e.g. ``"http://127.0.0.1:3000"``.
        token: from ``watchbell token create``; None: as whoever sits at this machine.
        timeout_seconds: how long an answer may take.

    Raises:
        ApiError: from every method, when the server refuses, fails or does not answer.

    Example:
        >>> client = Client("http://127.0.0.1:3000")
    """

    def __init__(self, url: str, token: str | None = None, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self.http = Http(url, token, timeout_seconds)

    def who_am_i(self) -> Row:
        """Who asks, with which role."""
        return self.http.get("/api/session")

    def changes(
        self, *topics: str, after: str | None = None, patience_seconds: float = PATIENCE_SECONDS
    ) -> Iterator[StreamEvent]:
        """What changes, as it changes, for ever; a connection that breaks is made anew.

        Args:
            topics: what of, e.g. ``"runs"``, ``"run:<id>"``, ``"attention"``.
            after: the ``event_id`` of the last event that was seen; None: from now on.
            patience_seconds: so long the server may be away meanwhile.
        """
        return resumed(self.http, "/api/live", {"topic": list(topics)}, after, patience_seconds)

    # --- the machinery

    def service(self) -> Row:
        """Whether the service works and keeps up, and what code is loaded."""
        return self.http.get("/api/service")

    def system(self) -> Row:
        """The services, the store, the settings and the machine."""
        return self.http.get("/api/system")

    def attention(self) -> Row:
        """What needs attention."""
        return self.http.get("/api/attention")

    def locations(self) -> list[Row]:
        """The code locations, each with what it defines or why it does not load."""
        items: list[Row] = self.http.get("/api/locations")["items"]
        return items

    def reload(self, location: str | None = None) -> Row:
        """Has the code of a location (of all) loaded anew; returns before that is done."""
        if location is None:
            return self.http.post("/api/locations/reload")
        return self.http.post(path_of("/api/locations/{location}/reload", location=location))

    def audit(
        self,
        *,
        who: str | None = None,
        kind: str | None = None,
        target: str | None = None,
        since: datetime | str | None = None,
        until: datetime | str | None = None,
    ) -> Iterator[Row]:
        """Every change that was asked for, the newest first; for admins.

        Args:
            who: of whom; None: of everybody.
            kind: of which kind of thing, e.g. ``"run"``.
            target: of which thing of that kind.
            since: not before.
            until: not after.
        """
        query = {"who": who, "kind": kind, "target": target, "since": moment(since), "until": moment(until)}
        return self.http.pages("/api/audit", query)


__all__ = ["ApiError", "Client", "StreamEvent"]
