"""Answers that are given again: only while nothing changed, to the same caller, for a moment."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from tests.web.conftest import LOCATION, Site
from tests.web.counting import traced_statements
from watchbell.record.snapshot import LocationSnapshot
from watchbell.web.app import create_app
from watchbell.web.kept_answers import KEPT_SECONDS, KeptAnswers
from watchbell.web.link import StillLink
from watchbell.web.view import View


def view_of(site: Site) -> View:
    return View(site.instance, StillLink(site.locations, site.errors))


class Asked:
    """An application that counts what it is asked."""

    def __init__(self) -> None:
        self.count = 0
        self.status = 200
        self.parts = 1

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.count += 1
        await send({"type": "http.response.start", "status": self.status, "headers": [(b"x", b"y")]})
        for part in range(self.parts):
            body = f"{self.count}".encode()
            await send({"type": "http.response.body", "body": body, "more_body": part + 1 < self.parts})


class Scene:
    def __init__(self, site: Site) -> None:
        self.site, self.now, self.inner = site, 100.0, Asked()
        self.kept = KeptAnswers(self.inner, view_of(site), lambda: self.now)

    def ask(self, path: str = "/api/runs", query: bytes = b"", caller: object = "ann", method: str = "GET") -> bytes:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"].append((b"x-request-id", b"1"))
            sent.append(message)

        scope = {"type": "http", "method": method, "path": path, "query_string": query, "state": {"caller": caller}}
        asyncio.run(self.kept(scope, None, send))
        assert sent[0]["headers"] == [(b"x", b"y"), (b"x-request-id", b"1")]
        return b"".join(each["body"] for each in sent[1:])


@pytest.fixture
def scene(site: Site) -> Iterator[Scene]:
    return Scene(site)


def test_a_list_is_made_once_while_nothing_changes(scene: Scene) -> None:
    assert [scene.ask(), scene.ask()] == [b"1", b"1"]
    assert scene.inner.count == 1


def test_a_commit_makes_every_answer_old(scene: Scene) -> None:
    scene.ask()
    scene.site.add_run("run-0")

    assert scene.ask() == b"2"


def test_code_that_is_loaded_anew_makes_every_answer_old(scene: Scene) -> None:
    scene.ask()
    scene.site.locations[:] = [LocationSnapshot(LOCATION)]

    assert scene.ask() == b"2"


def test_an_answer_is_kept_for_a_moment_only(scene: Scene) -> None:
    scene.ask()
    scene.now += KEPT_SECONDS * 1.1

    assert scene.ask() == b"2"


@pytest.mark.parametrize("other", [{"query": b"q=x"}, {"caller": "bob"}, {"caller": None}, {"path": "/api/jobs"}])
def test_another_question_or_caller_has_an_answer_of_its_own(scene: Scene, other: dict[str, Any]) -> None:
    scene.ask()

    assert scene.ask(**other) == b"2"


@pytest.mark.parametrize("path", ["/api/runs/run-0", "/api/live", "/api/runs/run-0/log", "/runs"])
def test_what_is_no_list_is_never_kept(scene: Scene, path: str) -> None:
    assert [scene.ask(path), scene.ask(path)] == [b"1", b"2"]


def test_what_went_wrong_or_comes_in_parts_is_never_kept(scene: Scene) -> None:
    scene.inner.status = 503
    scene.ask()
    scene.inner.status, scene.inner.parts = 200, 2
    assert scene.ask() == b"22"

    scene.inner.parts = 1
    assert scene.ask() == b"3"


def look(app: ASGIApp, address: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:3000") as client:
            return await client.get(address)

    return asyncio.run(ask())


def test_a_list_that_is_given_again_costs_no_statement(site: Site) -> None:
    app = create_app(view_of(site), seconds=lambda: 1.0)
    first = look(app, "/api/runs").json()
    with traced_statements(site.instance.store) as statements:
        again = look(app, "/api/runs").json()
        site.instance.store.position()

    assert again == first
    assert len(statements) == 1
