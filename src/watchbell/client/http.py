"""One request to a server and its answer, with nothing but the standard library."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from watchbell.client.errors import ApiError
from watchbell.ground.errors import ParameterCheckError

TIMEOUT_SECONDS = 30.0


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
        self._url, self._token, self._timeout_seconds = url.rstrip("/"), token, timeout_seconds

    def ask(
        self, method: str, path: str, *, query: Mapping[str, Any] | None = None, body: Mapping[str, Any] | None = None
    ) -> Any:
        """The answer of an operation, as plain data.

        Raises:
            ApiError: it was refused, failed, or nobody answered.
        """
        given = {name: value for name, value in (query or {}).items() if value is not None}
        address = f"{self._url}{path}" + (f"?{urlencode(given, doseq=True)}" if given else "")
        data = None if method == "GET" else json.dumps(dict(body or {})).encode()
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        # The scheme was checked above: no file is opened.
        request = urllib.request.Request(address, data, headers, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=self._timeout_seconds) as answer:  # noqa: S310
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            with error:
                raise _problem(error) from None
        except (urllib.error.URLError, OSError, ValueError) as error:
            why = getattr(error, "reason", error)
            raise ApiError(f"{self._url} does not answer: {why}", status=0) from error

    def pages(self, path: str, query: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """The items of a long list, page by page."""
        cursor = None
        while True:
            page = self.ask("GET", path, query={**query, "cursor": cursor})
            yield from page["items"]
            cursor = page.get("next_cursor")
            if cursor is None:
                return


def path_of(pattern: str, **parts: str) -> str:
    """An address with its parts quoted."""
    return pattern.format_map({name: quote(value, safe="") for name, value in parts.items()})


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
