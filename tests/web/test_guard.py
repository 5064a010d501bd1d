"""What foreign pages, foreign names and endless requests come to."""

import asyncio
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.web.browser import REMOTE, Browser, House
from tests.web.conftest import NOW
from watchbell.ground.clock import ManualClock
from watchbell.ground.errors import StoreDamagedError
from watchbell.ground.upward import call_upward
from watchbell.record.audit import AuditQuery
from watchbell.web import guard
from watchbell.web.guard import BODY_BYTES_MAX

ADDRESSES = ["/", "/runs/run-1", "/api/health", "/api/session", "/api/runs", "/api/runs/none", "/api/nothing",
             "/api/openapi.json", "/nowhere"]  # fmt: skip
CHANGES = [("PUT", "/api/views"), ("POST", "/api/users"), ("DELETE", "/api/snoozes?key=x"), ("POST", "/api/session")]
VIEW = {"screen": "runs", "name": "red", "query": "q=x"}
PATH_OR_STACK = re.compile(r"/\w+/\w+/\w+\.|Traceback|File \"|\.py\b")


@pytest.fixture
def house() -> Iterator[House]:
    with call_upward("open_instance", "ephemeral", clock=ManualClock(NOW)) as instance:
        yield House(instance)


@pytest.fixture
def browser(house: House) -> Browser:
    return house.browser()


# --- methods


@pytest.mark.parametrize("address", ["/api/service", "/api/runs", "/api/live?topic=runs", "/api/nothing", "/runs"])
def test_a_head_is_a_look_without_a_body(browser: Browser, address: str) -> None:
    answer = browser.ask("HEAD", address)

    assert answer.status_code == (404 if "nothing" in address else 200)
    assert answer.content == b""
    assert answer.headers["x-request-id"]


# --- names


@pytest.mark.parametrize("host", ["localhost", "localhost:3000", "127.0.0.1:8080", "[::1]:3000", "LOCALHOST"])
def test_names_of_this_machine_are_answered(browser: Browser, host: str) -> None:
    assert browser.get("/api/runs", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:3000", "localhost.evil.example", "127.0.0.1.evil.example", "192.168.0.7:3000",
     "testserver", "", "[::2]", "localhost@evil.example", "0.0.0.0:3000", "[::1].evil.example", "[::1", "localhost\t",
     "localhost, evil.example"],
)  # fmt: skip
@pytest.mark.parametrize("address", ["/", "/api/runs", "/nowhere"])
def test_foreign_names_are_refused_everywhere(house: House, host: str, address: str) -> None:
    """A page elsewhere can give its own name our address, and then counts as our page in the browser's eyes."""
    answer = asyncio.run(raw(house, [(b"host", host.encode())], path=address))

    assert answer[0] == 421


def test_two_names_at_once_are_refused(house: House) -> None:
    answer = asyncio.run(raw(house, [(b"host", b"localhost"), (b"host", b"evil.example")]))

    assert answer[0] == 421


def test_a_refused_name_is_quoted_in_part_only(browser: Browser) -> None:
    answer = browser.get("/", headers={"host": "a" * 5_000})

    assert answer.status_code == 421
    assert len(answer.text) < 600


def test_further_names_are_answered_where_the_settings_say_so(house: House) -> None:
    other = House(house.instance, REMOTE)

    assert other.browser().get("/api/session").status_code == 200
    assert other.browser(host="evil.example").get("/api/session").status_code == 421


# --- foreign pages


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:9999", "http://localhost",
                                    "https://localhost.evil:3000", "http://localhost:3000@evil.example"])  # fmt: skip
@pytest.mark.parametrize(("method", "address"), [*CHANGES, ("GET", "/api/runs"), ("GET", "/api/live?topics=runs")])
def test_a_page_of_elsewhere_neither_changes_nor_asks(
    house: House, browser: Browser, method: str, address: str, origin: str
) -> None:
    answer = browser.ask(method, address, headers={"origin": origin}, json=VIEW)

    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:watchbell:foreign-origin"
    assert house.instance.store.views("local:root") == []


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize(("method", "address"), [*CHANGES, ("GET", "/api/runs"), ("GET", "/api/live?topics=runs")])
def test_what_the_browser_says_of_a_foreign_page_is_enough(
    browser: Browser, method: str, address: str, site: str
) -> None:
    """An image, a script or a form of a foreign page sends no Origin, and browsers say where it stands."""
    answer = browser.ask(method, address, headers={"origin": None, "sec-fetch-site": site, "sec-fetch-mode": "no-cors"})

    assert answer.status_code == 403


def test_a_link_from_elsewhere_leads_to_a_page(browser: Browser) -> None:
    followed = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}

    assert browser.get("/", headers=followed).status_code == 200
    assert browser.get("/api/openapi.json", headers=followed).status_code == 200


def test_a_form_of_a_foreign_page_that_claims_to_be_a_link_changes_nothing(browser: Browser) -> None:
    sent = {"origin": None, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}

    assert browser.ask("POST", "/api/users", headers=sent).status_code == 403


@pytest.mark.parametrize(
    "kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json"]
)
@pytest.mark.parametrize(("method", "address"), CHANGES)
def test_what_a_form_can_send_is_no_change(browser: Browser, method: str, address: str, kind: str | None) -> None:
    answer = browser.ask(method, address, headers={"content-type": kind}, content=json.dumps(VIEW))

    assert answer.status_code == 415


def test_our_own_page_and_a_program_at_this_machine_may_change(browser: Browser) -> None:
    own = browser.put("/api/views", VIEW, headers={"sec-fetch-site": "same-origin"})
    program = browser.put("/api/views", VIEW, headers={"origin": None})

    assert (own.status_code, program.status_code) == (200, 200)


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "CONNECT", "PROPFIND"])
def test_no_permission_is_given_to_foreign_pages(browser: Browser, method: str) -> None:
    answer = browser.ask(method, "/api/runs", headers={"origin": None})

    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("address", ["/", "/api/runs", "/api/health", "/runs/run-1", "/api/openapi.json"])
def test_what_only_reads_is_not_changed(browser: Browser, method: str, address: str) -> None:
    assert browser.ask(method, address).status_code in {404, 405}


# --- sizes


def test_a_body_that_says_it_is_too_large_is_not_read(browser: Browser) -> None:
    answer = browser.ask("PUT", "/api/views", headers={"content-length": str(BODY_BYTES_MAX + 1)}, content="{}")

    assert answer.status_code == 413


@pytest.mark.parametrize("length", ["-1", "x", "9" * 5_000, "٣"])
def test_a_length_that_is_none_is_refused(house: House, length: str) -> None:
    headers = [(b"host", b"localhost"), (b"content-type", b"application/json"), (b"content-length", length.encode())]

    assert asyncio.run(raw(house, headers, "PUT", "/api/views"))[0] == 413


def test_a_body_that_grows_without_end_is_cut_off(house: House) -> None:
    headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]
    sent = 0

    async def endless() -> dict[str, Any]:
        nonlocal sent
        sent += 1024 * 1024
        return {"type": "http.request", "body": b"x" * 1024 * 1024, "more_body": True}

    status, _ = asyncio.run(raw(house, headers, "PUT", "/api/views", endless))

    assert status == 413
    assert sent <= BODY_BYTES_MAX + 1024 * 1024


def test_a_body_that_never_comes_is_not_waited_for(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "BODY_SECONDS_MAX", 0.01)
    headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]

    async def silent() -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    assert asyncio.run(raw(house, headers, "PUT", "/api/views", silent))[0] == 408


@pytest.mark.parametrize(
    ("headers", "path", "status"),
    [({"x-long": "x" * 40_000}, "/api/runs", 431), ({}, "/api/runs?job=" + "x" * 20_000, 414)],
)
def test_endless_headers_and_addresses_are_refused(
    browser: Browser, headers: dict[str, str | None], path: str, status: int
) -> None:
    assert browser.get(path, headers=headers).status_code == status


# --- what answers say


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_answer_has_the_security_headers(browser: Browser, address: str) -> None:
    headers = browser.get(address).headers

    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["font-src"] == "'none'"
    assert {policy[each] for each in ("script-src", "style-src", "connect-src", "worker-src")} == {"'self'"}
    assert policy["img-src"] == "'self' data:"
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] in (
        {"no-store"} if address.startswith("/api") else {"no-store", "private, no-cache"}
    )
    assert "access-control-allow-origin" not in headers
    assert "server" not in headers


@pytest.mark.parametrize("sent", [{"host": "evil.example"}, {"authorization": "Bearer x"}, {"x-long": "x" * 40_000}])
def test_a_refusal_has_them_as_well(browser: Browser, sent: dict[str, str | None]) -> None:
    answer = browser.get("/", headers=sent)

    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-request-id"] == answer.json()["request_id"]


def test_every_answer_has_an_id_of_its_own(browser: Browser) -> None:
    ids = [browser.get("/api/runs").headers["x-request-id"] for _ in range(3)]

    assert len(set(ids)) == 3


def test_a_database_that_cannot_be_read_is_told_without_its_place(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **kwargs: Any) -> Any:
        raise StoreDamagedError("/home/ada/.watchbell/watchbell.db is damaged", location="/home/ada/.watchbell")

    monkeypatch.setattr(house.instance.store, "find_runs", broken)
    monkeypatch.setattr(house.instance.store, "session_by_digest", broken)
    browser = house.browser()

    asked = browser.get("/api/runs")
    identified = browser.get("/api/runs", headers={"cookie": "watchbell=x"})

    assert (asked.status_code, identified.status_code) == (503, 503)
    assert "ada" not in asked.text + identified.text


@pytest.mark.parametrize("address", ["/api/runs", "/api/runs/run-1", "/api/audit"])
def test_a_damaged_database_is_told_without_its_place(tmp_path: Path, address: str) -> None:
    with call_upward("open_instance", "home", tmp_path / "home", clock=ManualClock(NOW)) as instance:
        damage(instance.home / "watchbell.db")

        answer = House(instance).browser().get(address)

    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:watchbell:store-unavailable"
    assert str(tmp_path) not in answer.text


def damage(path: Path) -> None:
    """Overwrites every page of a database but the first, as a failing disk would."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4_096)
        file.write(b"\xa5" * (size - 4_096))


@pytest.mark.parametrize("address", ADDRESSES)
def test_reading_changes_nothing(house: House, address: str) -> None:
    store = house.instance.store
    before = (store.last_event_id(), store.automation_states(), store.audit(AuditQuery()), store.users())

    house.browser().get(address)

    assert (store.last_event_id(), store.automation_states(), store.audit(AuditQuery()), store.users()) == before


def test_a_mistake_of_ours_shows_no_stack(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **kwargs: Any) -> Any:
        raise KeyError("/secret/path.py")

    monkeypatch.setattr(house.instance.store, "find_runs", broken)

    answer = house.browser().get("/api/runs")

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "address",
    ["/api/runs/none", "/api/runs?limit=0", "/api/runs/..%2F..%2Fetc", "/api/nothing", "/api/audit?since=x"],
)
def test_mistakes_are_problems_without_paths_or_stacks(browser: Browser, address: str) -> None:
    answer = browser.get(address)

    assert answer.status_code in {404, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    assert not PATH_OR_STACK.search(answer.json()["detail"])


async def raw(
    house: House, headers: list[tuple[bytes, bytes]], method: str = "GET", path: str = "/api/runs", receive: Any = None
) -> tuple[int, dict[bytes, bytes]]:
    """Asks with exactly these headers, which no client would send."""
    started: dict[str, Any] = {}

    async def nothing() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            started.update(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": path.partition("?")[0], "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "headers": headers, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 3000),
    }  # fmt: skip
    await house.app(scope, receive or nothing, send)
    return started["status"], dict(started["headers"])
