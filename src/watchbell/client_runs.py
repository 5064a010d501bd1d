"""Runs and jobs, as a server tells of them and starts them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

from watchbell.client_http import Http, Row, path_of
from watchbell.client_stream import PATIENCE_SECONDS, resumed

FINAL = frozenset({"SUCCESS", "FAILURE", "CANCELED"})
LOOK_SECONDS = 1.0


class RunsOfClient:
    """What a client does with runs and jobs."""

    http: Http

    def runs(self, query: str = "") -> Iterator[Row]:
        """Runs, the newest first; ``query`` as on the page: ``"status:failed job:feed_*"``."""
        return self.http.pages("/api/runs", {"q": query or None})

    def run(self, run_id: str) -> Row:
        """One run."""
        return self.http.get(path_of("/api/runs/{run_id}", run_id=run_id))

    def jobs(self, query: str = "") -> Iterator[Row]:
        """Jobs of all code locations, with their newest runs."""
        return self.http.pages("/api/jobs", {"q": query or None})

    def check_config(
        self, location: str, job: str, run_config: Mapping[str, Any], *, partition: str | None = None
    ) -> Row:
        """Whether a run of a job could start with this config; nothing is stored."""
        body = {"text": json.dumps(run_config), "partition": partition}
        return self.http.post(path_of("/api/jobs/{location}/{name}/check", location=location, name=job), body)

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
        return self.http.post(path_of("/api/jobs/{location}/{name}/launch", location=location, name=job), body)

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

    def events(
        self, run_id: str, *, after: int = 0, follow: bool = False, patience_seconds: float = PATIENCE_SECONDS
    ) -> Iterator[Row]:
        """Log entries of a run, the oldest first.

        Args:
            run_id: the run.
            after: the ``id`` of the last entry that was seen; reading goes on behind it.
            follow: whether to go on until the run is over. A connection that breaks is made anew, and no entry is
                told twice.
            patience_seconds: so long the server may be away meanwhile.
        """
        if follow:
            path = path_of("/api/runs/{run_id}/events/stream", run_id=run_id)
            for event in resumed(self.http, path, {}, str(after), patience_seconds):
                if event.name == "entry":
                    yield event.data
                elif event.name == "end":
                    return
        path = path_of("/api/runs/{run_id}/events", run_id=run_id)
        while True:
            page = self.http.get(path, {"after": after, "noise": True})
            yield from page["items"]
            if not page["has_newer"]:
                return
            after = page["last_id"]

    def cancel(self, run_id: str, reason: str = "", *, is_forced: bool = False) -> Row:
        """Stops a run; one that waits never begins. By force only after it had ten seconds to stop by itself."""
        body = {"reason": reason, "is_forced": is_forced}
        return self.http.post(path_of("/api/runs/{run_id}/cancel", run_id=run_id), body)

    def reexecute(self, run_id: str, *, from_failure: bool = False, reason: str = "") -> Row:
        """Queues a run that executes another one again, all of it or from what failed."""
        body = {"from_failure": from_failure, "reason": reason}
        return self.http.post(path_of("/api/runs/{run_id}/reexecute", run_id=run_id), body)

    def explain_run(self, run_id: str) -> Row:
        """Why a run is as it is: why it waits, or what failed."""
        return self.http.get(path_of("/api/why/run/{run_id}", run_id=run_id))

    def explain_job(self, name: str) -> Row:
        """Why a job with a condition did not run, or did."""
        return self.http.get("/api/why/job", {"name": name})
