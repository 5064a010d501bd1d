"""``Client``: the main operations of the HTTP API, from Python. What it answers is the API's JSON as plain data."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from watchbell.client.errors import ApiError
from watchbell.client.http import TIMEOUT_SECONDS, Http, path_of

FINAL = frozenset({"SUCCESS", "FAILURE", "CANCELED"})
LOOK_SECONDS = 1.0
Row = dict[str, Any]


class Client:
    """A server of watchbell's.

    Args:
        url: its address, e.g. ``"http://127.0.0.1:3000"``.
        token: from ``watchbell token create``; None: as whoever sits at this machine.
        timeout_seconds: how long an answer may take.

    Raises:
        ApiError: from every method, when the server refuses, fails or does not answer.
    """

    def __init__(self, url: str, token: str | None = None, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self.http = Http(url, token, timeout_seconds)

    def who_am_i(self) -> Row:
        """Who asks, with which role."""
        answer: Row = self.http.ask("GET", "/api/session")
        return answer

    # --- runs

    def runs(self, query: str = "") -> Iterator[Row]:
        """Runs, the newest first; ``query`` as on the page: ``"status:failed job:feed_*"``."""
        return self.http.pages("/api/runs", {"q": query or None})

    def run(self, run_id: str) -> Row:
        """One run."""
        answer: Row = self.http.ask("GET", path_of("/api/runs/{run_id}", run_id=run_id))
        return answer

    def launch(
        self,
        location: str,
        job: str,
        *,
        run_config: Mapping[str, Any] | None = None,
        partition: str | None = None,
        tags: Mapping[str, str] | None = None,
        reason: str = "",
    ) -> Row:
        """Queues a run of a job; the answer has its ``run_id``."""
        body = {
            "text": "" if run_config is None else json.dumps(run_config),
            "partition": partition,
            "tags": dict(tags or {}),
            "reason": reason,
        }
        answer: Row = self.http.ask(
            "POST", path_of("/api/jobs/{location}/{name}/launch", location=location, name=job), body=body
        )
        return answer

    def wait_for_run(self, run_id: str, timeout_seconds: float | None = None) -> Row:
        """The run, once it is over.

        Raises:
            TimeoutError: it is not, after so long.
        """
        ends = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        while True:
            run = self.run(run_id)
            if run["status"] in FINAL:
                return run
            if ends is not None and time.monotonic() >= ends:
                raise TimeoutError(f"run {run_id} is {run['status']} after {timeout_seconds:g} seconds")
            time.sleep(LOOK_SECONDS)

    def events(self, run_id: str, *, after: int = 0, follow: bool = False) -> Iterator[Row]:
        """Log entries of a run, the oldest first.

        Args:
            run_id: the run.
            after: the ``id`` of the last entry that was seen; reading goes on behind it.
            follow: whether to wait for more until the run is over.
        """
        path = path_of("/api/runs/{run_id}/events", run_id=run_id)
        while True:
            page = self.http.ask("GET", path, query={"after": after, "noise": "true"})
            yield from page["items"]
            if page["items"]:
                after = page["items"][-1]["id"]
            if page["has_newer"]:
                continue
            if page["is_over"] or not follow:
                return
            time.sleep(LOOK_SECONDS)

    def cancel(self, run_id: str, reason: str = "") -> Row:
        """Stops a run; one that waits never begins."""
        answer: Row = self.http.ask(
            "POST", path_of("/api/runs/{run_id}/cancel", run_id=run_id), body={"reason": reason}
        )
        return answer

    def reexecute(self, run_id: str, *, from_failure: bool = False, reason: str = "") -> Row:
        """Queues a run that executes another one again, all of it or from what failed."""
        body = {"from_failure": from_failure, "reason": reason}
        answer: Row = self.http.ask("POST", path_of("/api/runs/{run_id}/reexecute", run_id=run_id), body=body)
        return answer

    # --- assets

    def assets(self, query: str = "", selection: str = "") -> Iterator[Row]:
        """Assets with how they stand."""
        return self.http.pages("/api/assets", {"q": query or None, "selection": selection or None})

    def materialize(
        self,
        assets: Sequence[str],
        *,
        partition: str | None = None,
        tags: Mapping[str, str] | None = None,
        reason: str = "",
    ) -> Row:
        """Queues runs that make assets, each key's parts joined by ``/``."""
        body = {"assets": list(assets), "partition": partition, "tags": dict(tags or {}), "reason": reason}
        answer: Row = self.http.ask("POST", "/api/assets/materialize", body=body)
        return answer

    # --- schedules and sensors

    def automations(self, query: str = "") -> Iterator[Row]:
        """Schedules, sensors and conditions."""
        return self.http.pages("/api/automations", {"q": query or None})

    def switch(self, kind: str, location: str, name: str, act: str, reason: str = "") -> Row:
        """Turns a schedule or sensor on or off.

        Args:
            kind: ``"schedule"`` or ``"sensor"``.
            location: its code location.
            name: its name.
            act: what to do, as the API names it: ``"on"``, ``"off"``.
            reason: why, for the audit log.
        """
        path = path_of("/api/automations/{kind}/{location}/{name}/switch", kind=kind, location=location, name=name)
        answer: Row = self.http.ask("POST", path, body={"act": act, "reason": reason})
        return answer

    # --- backfills and code

    def backfills(self) -> Iterator[Row]:
        """Backfills, the newest first."""
        return self.http.pages("/api/backfills", {})

    def reload(self, location: str | None = None) -> Row:
        """Has the code of a location (of all) loaded anew; returns before that is done."""
        path = "/api/locations/reload"
        if location is not None:
            path = path_of("/api/locations/{location}/reload", location=location)
        answer: Row = self.http.ask("POST", path)
        return answer


__all__ = ["ApiError", "Client"]
