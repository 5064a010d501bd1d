"""The guard before everything: which names the server answers to, what foreign pages may not, headers, request ids."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from watchbell.web.caller import Caller
from watchbell.web.problem import Problem, problem_response

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; worker-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
UNCHANGING = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """Refuses what a foreign page could cause, before the application sees it.

    Args:
        app: the application.
        identify: who makes a request.
        new_id: gives the next request id.
        names: the Host names that are answered, without port.
    """

    def __init__(
        self,
        app: ASGIApp,
        identify: Callable[[Headers], Caller],
        new_id: Callable[[], str],
        names: frozenset[str] = LOOPBACK_NAMES,
    ) -> None:
        self._app, self._identify, self._new_id, self._names = app, identify, new_id, names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            return  # there are no websockets here
        request_id = self._new_id()
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
                headers["X-Request-Id"] = request_id
            await send(message)

        problem = self._refusal(scope)
        if problem is None:
            scope["state"]["caller"] = self._identify(Headers(scope=scope))
            await self._app(scope, receive, send_guarded)
        else:
            await problem_response(Request(scope), problem)(scope, receive, send_guarded)

    def _refusal(self, scope: Scope) -> Problem | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if without_port(host) not in self._names:
            return Problem(421, "wrong-host", f"this server does not answer to the name {without_port(host)[:200]!r}")
        if scope["method"] in UNCHANGING:
            return None
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return Problem(415, "wrong-content-type", "changes are sent as application/json")
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return Problem(403, "foreign-origin", f"a page of {origin[:200]!r} may not change anything here")
        return None


def without_port(host: str) -> str:
    """A Host header without its port, in small letters."""
    if host.startswith("["):
        return host.partition("]")[0].lower() + "]"
    return host.partition(":")[0].lower()
