"""The guard before everything: which names are answered, what foreign pages may not, sizes, headers, request ids.

What a foreign page in somebody's browser can cause is refused by four things that do not rely on each other: the Host
is one of ours (a foreign name that was made to point here is not), Origin and Sec-Fetch-Site are those of our own
pages, every change is JSON (which browsers do not send elsewhere without asking), and cookies are ``SameSite=Strict``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from watchbell.ground.errors import StoreError
from watchbell.web.exposure import LOCAL, Exposure
from watchbell.web.identity import Identity
from watchbell.web.problem import Problem, problem_response

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'none'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
UNCHANGING = frozenset({"GET", "HEAD"})
CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
BODY_BYTES_MAX = 8 * 1024 * 1024
BODY_SECONDS_MAX = 60.0
"""How long a request's body may take to arrive."""
HEADER_BYTES_MAX = 32 * 1024
ADDRESS_BYTES_MAX = 16 * 1024
OWN_SITES = frozenset({"same-origin", "none"})
"""What browsers say in Sec-Fetch-Site of our own pages, and of addresses that people type."""
API = "/api/"
_log = logging.getLogger("watchbell.web")


class Guard:
    """Refuses what a foreign page could cause, before the application sees it, and finds out who asks.

    Args:
        app: the application.
        identity: who makes a request.
        new_id: gives the next request id.
        exposure: the names that are answered.
    """

    def __init__(self, app: ASGIApp, identity: Identity, new_id: Callable[[], str], exposure: Exposure = LOCAL) -> None:
        self._app, self._identity, self._new_id, self._exposure = app, identity, new_id, exposure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            return  # there are no websockets here
        if scope["method"] == "HEAD" and scope["path"].startswith(API):
            scope, receive, send = as_look(scope, send)
        request_id = self._new_id()
        state = scope.setdefault("state", {})
        state["request_id"], state["caller"] = request_id, None

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
                headers["X-Request-Id"] = request_id
            await send(message)

        try:
            check_request(scope, self._exposure)
            state["caller"] = await self._caller(scope)
            check_cookies(scope, state["caller"] is not None and state["caller"].how == "session")
            if scope["method"] in CHANGING:
                receive = await whole_body(receive)
        except Problem as problem:
            _log.info("%s: refused: %s %s: %s", request_id, scope["method"], scope["path"][:200], problem.code)
            await problem_response(Request(scope), problem)(scope, receive, send_guarded)
        else:
            await self._app(scope, receive, send_guarded)

    async def _caller(self, scope: Scope) -> object:
        headers = Headers(scope=scope)
        client = scope.get("client")
        try:
            return await self._identity.of(
                headers, None if client is None else client[0], without_port(headers.get("host", ""))
            )
        except StoreError as error:
            _log.error("%s: %s", scope["state"]["request_id"], error)
            text = f"the database cannot be read ({type(error).__name__}); the server's log says why"
            raise Problem(503, "store-unavailable", text) from error


def as_look(scope: Scope, send: Send) -> tuple[Scope, Receive, Send]:
    """A HEAD as the GET that it is; once its head is sent, whoever answers hears that nobody listens."""
    is_begun = asyncio.Event()
    waiting: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Message:
        if waiting:
            return waiting.pop()
        await is_begun.wait()
        return {"type": "http.disconnect"}

    async def send_head(message: Message) -> None:
        if message["type"] == "http.response.start":
            await send(message)
            await send({"type": "http.response.body", "body": b""})
            is_begun.set()

    return {**scope, "method": "GET"}, receive, send_head


def check_request(scope: Scope, exposure: Exposure) -> None:
    """Refuses what is too large, is not for us, or comes from a foreign page.

    Raises:
        Problem: 414, 431, 421, 403, 405 or 415.
    """
    headers = Headers(scope=scope)
    if len(scope["path"]) + len(scope["query_string"]) > ADDRESS_BYTES_MAX:
        raise Problem(414, "address-too-long", f"an address has {ADDRESS_BYTES_MAX:,} bytes at most")
    if sum(len(name) + len(value) for name, value in scope["headers"]) > HEADER_BYTES_MAX:
        raise Problem(431, "headers-too-large", f"the headers of a request have {HEADER_BYTES_MAX:,} bytes at most")
    host = headers.get("host", "")
    if not exposure.answers(without_port(host)) or len(headers.getlist("host")) != 1:
        raise Problem(
            421,
            "wrong-host",
            f"this server does not answer to the name {without_port(host)[:200]!r}; if it is one of its names, add it "
            "to the setting web_hosts",
        )
    is_change = scope["method"] not in UNCHANGING
    if is_change or scope["path"].startswith(API):
        _check_origin(scope, headers, host)
    if not is_change:
        return
    if scope["method"] not in CHANGING:
        raise Problem(405, "method-not-allowed", f"{scope['method'][:20]!r} is answered nowhere here")
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Problem(415, "wrong-content-type", "changes are sent as application/json, also those without a body")
    length = headers.get("content-length", "0")
    if not length.isascii() or not length.isdigit() or int(length[:20]) > BODY_BYTES_MAX:
        raise _too_large()


def _check_origin(scope: Scope, headers: Headers, host: str) -> None:
    origins = headers.getlist("origin")
    for origin in origins:
        if len(origins) > 1 or urlsplit(origin).netloc.lower() != host.lower():
            raise Problem(403, "foreign-origin", f"a page of {origin[:200]!r} may ask and change nothing here")
    site = headers.get("sec-fetch-site", "none").lower()
    is_followed = headers.get("sec-fetch-mode") == "navigate" and scope["method"] in UNCHANGING  # a link to us
    if site not in OWN_SITES and not is_followed:
        raise Problem(403, "foreign-origin", "a page from elsewhere may ask and change nothing here")


def check_cookies(scope: Scope, is_by_cookie: bool) -> None:
    """Refuses a change that a cookie vouches for, and no Origin: every browser sends one with it.

    Raises:
        Problem: 403.
    """
    if is_by_cookie and scope["method"] in CHANGING and "origin" not in Headers(scope=scope):
        raise Problem(
            403, "foreign-origin", "a change with a cookie comes with the Origin of its page; programs use tokens"
        )


async def whole_body(receive: Receive) -> Receive:
    """Reads a request's body, and answers what hands it on.

    Raises:
        Problem: 413, it is too large, also when it did not say so; 408, it does not come.
    """
    parts: list[bytes] = []
    size, has_more = 0, True
    try:
        async with asyncio.timeout(BODY_SECONDS_MAX):
            while has_more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    break
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                has_more = message.get("more_body", False)
                if size > BODY_BYTES_MAX:
                    raise _too_large()
    except TimeoutError:
        raise Problem(408, "body-too-slow", f"the body took more than {BODY_SECONDS_MAX:.0f} seconds") from None
    waiting: list[Message] = [{"type": "http.request", "body": b"".join(parts), "more_body": False}]

    async def hand_on() -> Message:
        return waiting.pop() if waiting else await receive()

    return hand_on


def _too_large() -> Problem:
    return Problem(413, "too-large", f"a request's body has {BODY_BYTES_MAX // 1024 // 1024} MB at most")


def without_port(host: str) -> str:
    """A Host header without its port, in small letters."""
    if host.startswith("["):
        name, bracket, rest = host.partition("]")
        return f"{name.lower()}]" if bracket and (not rest or rest.startswith(":")) else ""
    return host.partition(":")[0].lower()
