"""Whoever asks hangs up: an operation that waits for the service hears of it."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.web.conftest import LOCATION, Site
from watchbell.record.errand import ERRAND_SECONDS, ErrandProblem
from watchbell.web.app import create_app
from watchbell.web.link import ASKER_GONE, ErrandFailedError, StillLink
from watchbell.web.view import View

SECONDS_MAX = 20.0


class PatientLink(StillLink):
    """A service that answers nothing until whoever asks has hung up."""

    def __init__(self, site: Site) -> None:
        super().__init__(site.locations, is_open=True)
        self.heard: list[str] = []

    async def ask(
        self, location_name: str, errand: str, params: Mapping[str, Any], *, timeout_seconds: float = ERRAND_SECONDS
    ) -> dict[str, Any]:
        gone = ASKER_GONE.get()
        assert gone is not None
        await gone()
        self.heard.append(errand)
        raise ErrandFailedError(ErrandProblem("unavailable", "whoever asked hung up"))


@pytest.mark.parametrize(
    ("method", "path", "body", "errand"),
    [
        ("POST", f"/api/automations/sensor/{LOCATION}/landing/test", {"cursor": "3"}, "preview_sensor"),
        ("GET", f"/api/automations/sensor/{LOCATION}/landing/test-facts", None, "trial_facts"),
    ],
)
def test_an_operation_hears_that_its_asker_is_gone(site, method: str, path: str, body: Any, errand: str) -> None:
    link = PatientLink(site)
    app = create_app(View(site.instance, link))
    text = b"" if body is None else json.dumps(body).encode()
    coming = [{"type": "http.request", "body": text, "more_body": False}, {"type": "http.disconnect"}]
    headers = [(b"host", b"localhost:3000"), (b"content-type", b"application/json")]
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [*headers, (b"content-length", str(len(text)).encode())],
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 3000),
    }

    async def receive() -> dict[str, Any]:
        return coming.pop(0) if coming else await asyncio.get_running_loop().create_future()

    async def send(message: Mapping[str, Any]) -> None:
        """Nobody is there to take it."""

    async def ask() -> None:
        async with asyncio.timeout(SECONDS_MAX):
            await app(scope, receive, send)

    asyncio.run(ask())

    assert link.heard == [errand]
