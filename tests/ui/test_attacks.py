"""What a foreign page in somebody's browser tries: every way is refused, and nothing of ours is read or changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.ui.chromium import ARGUMENTS, find_chromium
from tests.ui.foreign import ForeignSite
from tests.ui.sites import Site

REFUSED_FROM = 400
FOREIGN_NAMES = ("127.0.0.1", "localhost", "evil.example")
"""Another port of the same name is another origin of the same site; the last is another site."""

# Each answers what the foreign page got to know: "nothing" if the browser or we refused it.
READS: dict[str, str] = {
    "image": """(url) => new Promise((done) => {
        const it = new Image();
        it.onload = () => done("an image");
        it.onerror = () => done("nothing");
        it.src = url;
    })""",
    "script": """(url) => new Promise((done) => {
        const it = document.createElement("script");
        it.onload = () => done("a script");
        it.onerror = () => done("nothing");
        it.src = url;
        document.body.append(it);
    })""",
    "style": """(url) => new Promise((done) => {
        const it = document.createElement("link");
        it.onload = () => done("a style");
        it.onerror = () => done("nothing");
        it.rel = "stylesheet";
        it.href = url;
        document.head.append(it);
    })""",
    "fetch": "(url) => fetch(url).then((it) => it.text(), () => 'nothing')",
    "fetch with cookies": "(url) => fetch(url, {credentials: 'include'}).then((it) => it.text(), () => 'nothing')",
    "opaque fetch": """(url) => fetch(url, {mode: "no-cors"})
        .then((it) => it.text(), () => "").then((it) => it || "nothing")""",
    "event stream": """(url) => new Promise((done) => {
        const it = new EventSource(url);
        it.onopen = () => done("a stream");
        it.onmessage = () => done("an event");
        it.onerror = () => { if (it.readyState === EventSource.CLOSED) done("nothing"); };
    })""",
    "web socket": """(url) => new Promise((done) => {
        const it = new WebSocket(url.replace("http", "ws"));
        it.onopen = () => done("a socket");
        it.onerror = () => done("nothing");
    })""",
    "worker": """(url) => new Promise((done) => {
        try {
            const it = new Worker(url);
            it.onmessage = () => done("a worker");
            it.onerror = () => done("nothing");
        } catch { done("nothing"); }
    })""",
}
CHANGES: dict[str, str] = {
    "json": """(url, method) => fetch(url, {
        method, body: '{"limit": 0}', headers: {"content-type": "application/json"}
    }).then(() => "answered", () => "nothing")""",
    "plain text": """(url, method) => fetch(url, {method: "POST", body: '{"limit": 0}', mode: "no-cors"})
        .then(() => "nothing", () => "nothing")""",
    "form data": """(url, method) => fetch(url, {
        method: "POST", body: new URLSearchParams({limit: 0}), mode: "no-cors"
    }).then(() => "nothing", () => "nothing")""",
    "beacon": """(url, method) => {
        navigator.sendBeacon(url, new Blob(['{"limit": 0}'], {type: "text/plain"}));
        return "nothing";
    }""",
    "form": """(url, method) => new Promise((done) => {
        document.body.insertAdjacentHTML("beforeend", "<iframe name=hole></iframe><form method=post target=hole "
          + "enctype=text/plain><input name='{\\"limit\\": 0, \\"x\\": \\"' value='\\"}'></form>");
        document.querySelector("iframe").onload = () => done("nothing");
        const form = document.querySelector("form");
        form.action = url;
        form.submit();
    })""",
}


@dataclass
class Foreign:
    """A page of somebody else, in a browser that thinks the names are theirs.

    Args:
        page: it.
        answers: status and address of all that we answered to it.
    """

    page: Page
    answers: list[tuple[int, str]]


@pytest.fixture(scope="session")
def gullible(browser: Browser) -> Iterator[Browser]:
    """A browser for which foreign names lie at this machine, as if their name server said so."""
    rules = "--host-resolver-rules=MAP evil.example 127.0.0.1, MAP rebound.example 127.0.0.1"
    found = browser.browser_type.launch(executable_path=find_chromium(browser.browser_type), args=[*ARGUMENTS, rules])
    yield found
    found.close()


@pytest.fixture(scope="module")
def profile(gullible: Browser) -> Iterator[BrowserContext]:
    """The profile of that browser in which somebody uses our pages."""
    found = gullible.new_context()
    found.set_default_timeout(10_000)
    yield found
    found.close()


@pytest.fixture
def context(profile: BrowserContext) -> Iterator[BrowserContext]:
    """Its windows, all of which are closed at the end."""
    yield profile
    for page in profile.pages:
        page.close()


@pytest.fixture(params=FOREIGN_NAMES)
def foreign(request: Any, context: BrowserContext, small: Site) -> Iterator[Foreign]:
    """A foreign page, of each sort of name."""
    with ForeignSite() as evil:
        page = context.new_page()
        answers: list[tuple[int, str]] = []
        ours = f":{small.url.rpartition(':')[2]}/"
        page.on("response", lambda it: answers.append((it.status, it.url)) if ours in it.url else None)
        page.goto(f"http://{request.param}:{evil.port}/")
        yield Foreign(page, answers)


@pytest.mark.parametrize("path", ["/api/runs", "/api/live?topics=runs"])
def test_nothing_is_read(foreign, small, path) -> None:
    got = {way: foreign.page.evaluate(script, small.at(path)) for way, script in READS.items()}

    assert got == dict.fromkeys(READS, "nothing")
    assert [each for each in foreign.answers if each[0] < REFUSED_FROM] == []


def test_nothing_is_changed(foreign, small) -> None:
    ways = [*((way, "POST") for way in CHANGES), ("json", "PUT"), ("json", "DELETE")]
    before = small.instance.store.pool_limits()

    got = {
        (way, method): foreign.page.evaluate(
            f"([url, method]) => ({CHANGES[way]})(url, method)", [small.at("/api/pools/price_api"), method]
        )
        for way, method in ways
    }

    assert got == dict.fromkeys(ways, "nothing")
    assert [each for each in foreign.answers if each[0] < REFUSED_FROM] == []
    assert small.instance.store.pool_limits() == before == {"price_api": 1}


@pytest.mark.parametrize("path", ["/", "/runs", "/api/runs"])
def test_no_page_of_ours_is_shown_in_a_frame(foreign, small, path) -> None:
    foreign.page.evaluate(
        "(url) => new Promise((done) => { const it = document.createElement('iframe'); it.src = url; it.onload = done;"
        " document.body.append(it); })",
        small.at(path),
    )
    frame = foreign.page.frames[-1]
    frame.wait_for_url("chrome-error://**")

    assert frame.evaluate("() => document.body.innerText").find("load_orders") == -1


def test_a_window_that_is_opened_knows_nothing_of_its_opener(foreign, small) -> None:
    with foreign.page.context.expect_page() as opened:
        foreign.page.evaluate("(url) => { window.held = window.open(url); }", small.at("/runs"))
    opened.value.get_by_role("heading", level=1).wait_for()

    assert opened.value.evaluate("() => window.opener") is None
    assert foreign.page.evaluate("() => window.held.closed"), "the foreign page still holds our window"


@pytest.mark.parametrize("path", ["/", "/runs", "/api/runs", "/api/live", "/static/index.js"])
def test_a_foreign_name_that_was_made_to_point_here_is_not_answered(context, small, path) -> None:
    """The page of that name counts as ours in the browser's eyes, so our own refusal is all there is."""
    page = context.new_page()
    port = small.url.rpartition(":")[2]

    answer = page.goto(f"http://rebound.example:{port}{path}")

    assert answer is not None
    assert answer.status == 421
    assert "load_orders" not in answer.text()
    assert 'id="first"' not in answer.text()


def test_our_own_pages_may_ask(context, small) -> None:
    """The attacks above fail for being foreign, and not because nothing works."""
    page = context.new_page()
    page.goto(small.at("/runs"))

    assert page.evaluate("() => fetch('/api/runs').then((it) => it.status)") == 200
