"""Requests to a server and their answers, with nothing but the standard library."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from datetime import datetime
from http.client import HTTPException
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

from watchbell.ground.errors import DagsterError, ParameterCheckError

TIMEOUT_SECONDS = 30.0
Row = dict[str, Any]
"""An answer of the API, as plain data."""


class ApiError(DagsterError):
    """The server refused, failed, or did not answer.

    Args:
        message: what was wrong, and what to do.
        status: the HTTP status; 0: nobody answered.
        code: the kind of problem, e.g. ``"not-found"``; empty: nobody said.
        request_id: stands in the server's log beside the cause.
        extra: facts for programs, e.g. ``needed_role``.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: str = "",
        request_id: str | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.request_id, self.extra = status, code, request_id, dict(extra or {})


class StreamEvent(NamedTuple):
    """One event of a stream.

    Args:
        name: its kind, e.g. ``"change"``.
        data: what it says.
        event_id: the position to resume after; None: that of the event before.
    """

    name: str
    data: Any
    event_id: str | None


class Http:
    """Asks a server.

    Args:
        url: its address, e.g. ``"http://127.0.0.1:3000"``.
        token: what it is shown; None: nothing.
        timeout_seconds: how long an answer may take.
    """

    def __init__(self, url: str, token: str | None = None, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).netloc:
            raise ParameterCheckError(
                f"{url!r} is no address of a server; write http://127.0.0.1:3000", parameter="url"
            )
        self._url, self._token, self.timeout_seconds = url.rstrip("/"), token, timeout_seconds

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> Row:
        """The answer to a question."""
        return self.ask("GET", path, query=query)

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Row:
        """The answer to a wish."""
        return self.ask("POST", path, body=body)

    def ask(
        self, method: str, path: str, *, query: Mapping[str, Any] | None = None, body: Mapping[str, Any] | None = None
    ) -> Row:
        """The answer of an operation, as plain data.

        Raises:
            ApiError: it was refused, failed, or nobody answered.
        """
        data = None if method == "GET" else json.dumps(dict(body or {})).encode()
        request = self._request(method, path, query, data)
        try:
            with urllib.request.urlopen(request, timeout=self.timeout_seconds) as answer:  # noqa: S310
                told: Row = json.loads(answer.read() or b"null")
                return told
        except urllib.error.HTTPError as error:
            with error:
                raise _problem(error) from None
        except (OSError, HTTPException, ValueError) as error:
            raise self._silence(error) from error

    def pages(self, path: str, query: Mapping[str, Any] | None = None) -> Iterator[Row]:
        """The items of a long list, page by page."""
        cursor = None
        while True:
            page = self.get(path, {**(query or {}), "cursor": cursor})
            yield from page["items"]
            cursor = page.get("next_cursor")
            if cursor is None:
                return

    def stream(self, path: str, query: Mapping[str, Any], silence_seconds: float) -> Iterator[StreamEvent]:
        """The events of one stream, until the server ends it.

        Args:
            path: its address.
            query: what is asked for.
            silence_seconds: a server that says nothing for so long is not there any more.

        Raises:
            ApiError: it was refused, or the connection broke (status 0).
        """
        request = self._request("GET", path, query, None)
        try:
            with urllib.request.urlopen(request, timeout=silence_seconds) as answer:  # noqa: S310
                yield from events_of(line.decode() for line in answer)
        except urllib.error.HTTPError as error:
            with error:
                raise _problem(error) from None
        except (OSError, HTTPException, ValueError) as error:
            raise self._silence(error) from error

    def _request(
        self, method: str, path: str, query: Mapping[str, Any] | None, data: bytes | None
    ) -> urllib.request.Request:
        given = {name: _text(value) for name, value in (query or {}).items() if value is not None}
        address = f"{self._url}{path}" + (f"?{urlencode(given, doseq=True)}" if given else "")
        headers = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        # The scheme was checked when this was made: no file is opened.
        return urllib.request.Request(address, data, headers, method=method)  # noqa: S310

    def _silence(self, error: Exception) -> ApiError:
        return ApiError(f"{self._url} does not answer: {getattr(error, 'reason', error)}", status=0)


def path_of(pattern: str, **parts: str) -> str:
    """An address with its parts quoted."""
    return pattern.format_map({name: quote(value, safe="") for name, value in parts.items()})


def moment(at: datetime | str | None) -> str | None:
    """An instant as the API reads it.

    Raises:
        ParameterCheckError: it has no zone.
    """
    if isinstance(at, datetime):
        if at.tzinfo is None:
            raise ParameterCheckError(f"{at} has no zone; say which one is meant", parameter="at")
        return at.isoformat()
    return at


def events_of(lines: Iterator[str]) -> Iterator[StreamEvent]:
    """The server-sent events that these lines hold; one that was cut off is left out."""
    name, event_id = "message", None
    data: list[str] = []
    for line in lines:
        text = line.rstrip("\r\n")
        if not text:
            if data:
                yield StreamEvent(name, json.loads("\n".join(data)), event_id)
            name, data, event_id = "message", [], None
            continue
        field, _, value = text.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            name = value
        elif field == "data":
            data.append(value)
        elif field == "id":
            event_id = value


def _text(value: Any) -> Any:
    """A value of a query as the API reads it; lists are repeated parameters."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value


def _problem(error: urllib.error.HTTPError) -> ApiError:
    request_id = error.headers.get("X-Request-Id")
    try:
        told = json.loads(error.read())
        code = str(told["type"]).removeprefix("urn:watchbell:")
        return ApiError(
            str(told["detail"]), status=error.code, code=code, request_id=request_id, extra=told.get("extra") or {}
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        text = f"the server answered {error.code}, and not in its own words: something between may be broken"
        return ApiError(text, status=error.code, request_id=request_id)
