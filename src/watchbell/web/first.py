"""What each page asks the API first; the answers stand in its HTML, so that one request brings the first content.

A page's addresses are written as its code asks for them; the order of their parameters does not matter.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from starlette.types import ASGIApp, Message, Scope

from watchbell.ground.value import dataclass

_log = logging.getLogger("watchbell.web")
ANSWER_BYTES_MAX = 512 * 1024
"""A longer answer is left out of the HTML and fetched by the page."""
Asks = Callable[[Mapping[str, str], Mapping[str, str]], Iterable[str]]


@dataclass(frozen=True)
class FirstOf:
    """What the pages of one pattern ask first.

    Args:
        pattern: of the page's path; ``{name}`` stands for one part of it, ``{name*}`` for the rest.
        asks: from the parts of the path and the parameters of the address to addresses of the API.
    """

    pattern: str
    asks: Asks


def api(path: str, params: Mapping[str, Any] | None = None, /, **parts: str) -> str:
    """An address of the API, its parts and parameters quoted; parameters that are None or empty are left out.

    Example:
        >>> api("/api/runs/{run_id}", run_id="a/b")
        '/api/runs/a%2Fb'
    """
    filled = path.format_map({name: quote(value, safe="") for name, value in parts.items()})
    given = {name: value for name, value in (params or {}).items() if value not in {None, ""}}
    return f"{filled}?{urlencode(given)}" if given else filled


_SYSTEM_TABS = {"locations": "/api/locations", "pools": "/api/pools", "report": "/api/report",
                "accounts": "/api/users"}  # fmt: skip

ALWAYS = ("/api/service",)
"""What every page shows in its frame."""


def _home(params: Mapping[str, str]) -> str:
    most = "1000" if params.get("all") == "yes" else None
    asked = {name: params.get(name) for name in ("hours", "end")}
    asked["lanes"] = params.get("lanes") if params.get("lanes") in {"job", "group", "automation"} else None
    return api("/api/home", {**asked, "lanes_max": most})


def _asset_graph(params: Mapping[str, str]) -> str:
    asked = {name: params.get(name) for name in ("q", "around", "depth", "path_to")}
    asked["selection"] = params.get("select")
    return api("/api/asset-graph", asked)


def _runs(params: Mapping[str, str]) -> list[str]:
    if params.get("tab") == "queue":
        return ["/api/queue"]
    if "after:" in params.get("q", "") or "before:" in params.get("q", ""):
        return []  # the page asks with its zone, which nobody knows here
    asked = {key: params.get(key) for key in ("q", "tab", "sort")}
    fold = None if params.get("fold") == "no" else "true"
    return [api("/api/runs", {**asked, "fold": fold, "with_total": "true"})]


def _run(run_id: str, params: Mapping[str, str]) -> list[str]:
    asked = [api("/api/runs/{run_id}", run_id=run_id), api("/api/runs/{run_id}/steps", run_id=run_id)]
    return [*asked, api("/api/why/run/{run_id}", run_id=run_id)] if params.get("tab") == "why" else asked


def _automations(params: Mapping[str, str]) -> list[str]:
    if params.get("group"):
        return [api("/api/automation-groups", {"by": params["group"], "q": params.get("q")})]
    asked = {"q": params.get("q"), "sort": params.get("sort", "state"), "limit": 100, "with_total": "true"}
    return [api("/api/automations", asked)]


def _automation(parts: Mapping[str, str], params: Mapping[str, str]) -> list[str]:
    path = "/api/automations/{kind}/{location}/{name}"
    asked = [api(path, **parts)]
    if params.get("tick", "").isdecimal():
        asked.append(api("/api/ticks/{tick_id}", tick_id=params["tick"]))
    if params.get("tab", "ticks") == "ticks":
        fold = "false" if params.get("fold") == "no" else "true"
        asked.append(api(f"{path}/ticks", {"fold": fold, "status": params.get("status")}, **parts))
    return asked  # of `why` nothing: user code's process is asked, and no page waits for that


def _assets(params: Mapping[str, str]) -> list[str]:
    asked = {"q": params.get("q"), "selection": params.get("select"), "sort": params.get("sort"), "with_total": "true"}
    by = params.get("by") or "group"
    branches = {"by": by if by in _BRANCHES else "group", "selection": params.get("select")}
    return [api("/api/assets", asked), api("/api/assets/tree", branches)]


_BRANCHES = ("group", "prefix", "kind", "owner", "location")


def _asset(key: str, params: Mapping[str, str]) -> list[str]:
    first = [api("/api/asset", {"key": key})]
    match params.get("tab"):
        case "partitions":
            first.append(api("/api/asset/partitions/overview", {"key": key}))
        case "checks":
            first.append(api("/api/checks", {"asset": key}))
        case "lineage":
            first.append(api("/api/asset/lineage", {"key": key, "depth": params.get("depth") or "2"}))
        case "why":
            entity = f"{key}:{params['of_check']}" if params.get("of_check") else key
            first.append(api("/api/conditions/evaluations", {"entity": entity, "limit": 20}))
        case "events":
            asked = {"key": key, "kind": params.get("kind") or "any", "partition": params.get("partition")}
            first.append(api("/api/asset/events", asked))
    return first


def _checks(params: Mapping[str, str]) -> list[str]:
    return [api("/api/checks", {"q": params.get("q"), "verdict": params.get("found"), "with_total": "true"})]


FIRST: list[FirstOf] = [
    FirstOf("/automation", lambda parts, params: _automations(params)),
    FirstOf("/automation/{kind}/{location}/{name}", _automation),
    FirstOf("/login", lambda parts, params: ["/api/session"]),
    FirstOf("/account", lambda parts, params: ["/api/session", "/api/tokens"]),
    FirstOf("/", lambda parts, params: [_home(params)]),
    FirstOf("/system", lambda parts, params: [_SYSTEM_TABS.get(params.get("tab", ""), "/api/system")]),
    FirstOf("/asset-graph", lambda parts, params: [_asset_graph(params)]),
    FirstOf("/assets", lambda parts, params: _assets(params)),
    FirstOf("/assets/{key*}", lambda parts, params: _asset(parts["key"], params)),
    FirstOf("/checks", lambda parts, params: _checks(params)),
    FirstOf("/runs", lambda parts, params: _runs(params)),
    FirstOf("/runs/{run_id}", lambda parts, params: _run(parts["run_id"], params)),
    FirstOf(
        "/backfills",
        lambda parts, params: [
            api("/api/backfills", {"q": params.get("q"), "limit": 100, "with_total": "true"}),
        ],
    ),
    FirstOf(
        "/backfills/{id}",
        lambda parts, params: [
            api("/api/backfills/{id}", id=parts["id"]),
            api("/api/backfills/{id}/grid", id=parts["id"]),
        ],
    ),
    FirstOf(
        "/jobs",
        lambda parts, params: [
            api(
                "/api/jobs",
                {"q": params.get("q"), "sort": params.get("sort", "name"), "limit": 100, "with_total": "true"},
            ),
        ],
    ),
    FirstOf("/jobs/{location}/{name}", lambda parts, params: [api("/api/jobs/{location}/{name}", **parts)]),
]
"""The pages, each with what it asks."""


def first_addresses(path: str, params: Mapping[str, str]) -> list[str]:
    """The addresses of the API that the page at ``path`` asks first."""
    for each in FIRST:
        parts = match(each.pattern, path)
        if parts is not None:
            return [*ALWAYS, *each.asks(parts, params)]
    return [*ALWAYS]


def match(pattern: str, path: str) -> dict[str, str] | None:
    """The parts of a path that fits a pattern, None if it does not fit."""
    expression = re.sub(
        r"\\\{(\w+)(\\\*)?\\\}", lambda m: f"(?P<{m[1]}>{'.+' if m[2] else '[^/]+'})", re.escape(pattern)
    )
    found = re.fullmatch(expression, path)
    return None if found is None else found.groupdict()


async def first_data(app: ASGIApp, scope: Scope, addresses: Iterable[str]) -> str:
    """The answers of the application to these addresses, as text that is safe inside of a page's script element.

    Args:
        app: the application without its guard.
        scope: of the request for the page; its caller asks.
        addresses: what is asked.
    """
    answers: dict[str, Any] = {}
    for address in addresses:
        body = await _ask(app, scope, address)
        if body is not None and len(body) <= ANSWER_BYTES_MAX:
            answers[address] = json.loads(body)
    text = json.dumps(answers, ensure_ascii=False, separators=(",", ":"))
    for sign, escaped in (("<", "\\u003c"), ("\u2028", "\\u2028"), ("\u2029", "\\u2029")):
        text = text.replace(sign, escaped)
    return text


async def _ask(app: ASGIApp, scope: Scope, address: str) -> bytes | None:
    path, _, query = address.partition("?")
    asked = {
        "type": "http",
        "asgi": scope["asgi"],
        "http_version": "1.1",
        "method": "GET",
        "scheme": scope["scheme"],
        "path": re.sub(r"%([0-9A-Fa-f]{2})", lambda m: chr(int(m[1], 16)), path).encode("latin-1").decode("utf-8"),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [],
        "client": scope.get("client"),
        "server": scope.get("server"),
        "state": dict(scope["state"]),
        "app": scope.get("app"),
    }
    status, parts = 0, []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        elif message["type"] == "http.response.body":
            parts.append(message.get("body", b""))

    try:
        await app(asked, receive, send)
    except Exception:
        # The page comes all the same, asks again by itself, and shows what is wrong with that part of it.
        _log.exception("%s has no first answer", address)
        return None
    return b"".join(parts) if status == 200 else None
