"""Answers to lists are given again for a moment: what many people look at is made once while nothing changes.

An answer is kept for one caller and one address, and only as long as neither a commit of anybody nor the service made
it old, a second at most. A list that is asked for after a change was stored always shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import field

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from watchbell.ground.value import dataclass
from watchbell.web.service_state import service_state
from watchbell.web.view import View

KEPT_SECONDS = 1.0
KEPT_BYTES_MAX = 16 * 2**20
"""What is kept together; with more than that all begins anew."""
LISTS = frozenset(
    f"/api/{name}"
    for name in [
        "asset-graph",
        "assets",
        "assets/tree",
        "attention",
        "automations",
        "automation-groups",
        "backfills",
        "checks",
        "home",
        "jobs",
        "queue",
        "runs",
        "service",
        "timeline",
    ]
)
"""What is made of the store and the code alone. What reads files or asks user code is not among it."""


@dataclass
class _Answer:
    version: Hashable
    at: float
    start: Message = field(default_factory=dict)
    body: bytes = b""
    is_whole: bool = False


class KeptAnswers:
    """Stands before the application, behind its guard.

    Args:
        app: the application.
        view: what its answers show.
        seconds: gives the time that passes, in seconds.
    """

    def __init__(self, app: ASGIApp, view: View, seconds: Callable[[], float]) -> None:
        self._app, self._view, self._seconds = app, view, seconds
        self._kept: dict[Hashable, _Answer] = {}
        self._bytes = 0
        self._of: Hashable = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] not in LISTS:
            await self._app(scope, receive, send)
            return
        version = self._version()
        if version is None:
            await self._app(scope, receive, send)
            return
        if version != self._of:
            self._forget(version)
        key = (scope["path"], scope["query_string"], scope["state"].get("caller"))
        now = self._seconds()
        kept = self._kept.get(key)
        if kept is None or now - kept.at > KEPT_SECONDS:
            made = _Answer(version, now)
            await self._app(scope, receive, listened(made, send))
            self._keep(key, made)
        else:
            await send({**kept.start, "headers": list(kept.start["headers"])})
            await send({"type": "http.response.body", "body": kept.body})

    def _keep(self, key: Hashable, made: _Answer) -> None:
        if not made.is_whole or made.version != self._of:
            return  # it was made before a change that is known by now
        if self._bytes + len(made.body) > KEPT_BYTES_MAX:
            self._forget(self._of)
        self._bytes += len(made.body)
        self._kept[key] = made

    def _forget(self, version: Hashable) -> None:
        """Begins anew, with answers of this version."""
        self._kept.clear()
        self._bytes, self._of = 0, version

    def _version(self) -> Hashable:
        """Differs once an answer may be another; None: nobody can tell."""
        stored = self._view.store.version()
        if stored is None:
            return None
        link, state = self._view.link, service_state(self._view.link)
        told = (*link.locations(), *link.errors())
        return stored, state.state, state.text, tuple(id(each) for each in told)


def listened(answer: _Answer, send: Send) -> Send:
    """What sends an answer on, and writes it down if it is a good one in one piece."""

    async def send_on(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.start = {**message, "headers": list(message["headers"])}
        else:
            is_last = not message.get("more_body", False)
            answer.is_whole = is_last and not answer.body and answer.start.get("status") == 200
            answer.body = message.get("body", b"")
        await send(message)

    return send_on
