"""The server: where it listens, and that it stops."""

import socket

import httpx
import pytest

from tests.web.conftest import Site
from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.web.link import StillLink
from watchbell.web.server import WebServer
from watchbell.web.view import View


def view_over(site: Site) -> View:
    return View(site.instance, StillLink(site.locations, site.errors))


def test_a_server_that_others_could_reach_never_listens_while_nobody_could_log_in(site) -> None:
    with pytest.raises(DagsterInvariantViolationError, match="'0.0.0.0' is an address that others can reach"):
        WebServer(view_over(site), "0.0.0.0", 0)


def test_a_taken_port_is_told_with_the_way_out(site) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(DagsterInvariantViolationError) as caught:
            WebServer(view_over(site), "127.0.0.1", port)

    assert f"127.0.0.1:{port}" in str(caught.value)
    assert "--port" in str(caught.value)


@pytest.mark.parametrize("port", [-1, 65_536])
def test_a_port_that_is_none_is_refused_clearly(site, port) -> None:
    with pytest.raises(DagsterInvariantViolationError, match="65535"):
        WebServer(view_over(site), "127.0.0.1", port)


def test_a_real_server_answers_over_a_socket_until_it_is_stopped(site) -> None:
    site.add_run("run-1")
    server = WebServer(view_over(site), "127.0.0.1", 0)
    server.start()
    try:
        answer = httpx.get(f"{server.url}/api/runs", timeout=10)
        foreign = httpx.get(f"{server.url}/api/runs", headers={"host": "evil.example"}, timeout=10)
    finally:
        server.stop()

    assert [run["run_id"] for run in answer.json()["items"]] == ["run-1"]
    assert foreign.status_code == 421
    assert "server" not in answer.headers
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{server.url}/api/runs", timeout=1)


def test_a_server_may_be_stopped_unstarted_and_twice(site) -> None:
    server = WebServer(view_over(site), "127.0.0.1", 0)

    server.stop()
    server.stop()


def test_the_port_is_free_again_after_the_end(site) -> None:
    first = WebServer(view_over(site), "127.0.0.1", 0)
    first.start()
    first.stop()

    second = WebServer(view_over(site), "127.0.0.1", first.port)
    second.stop()

    assert second.port == first.port


def test_a_web_socket_is_not_spoken(site) -> None:
    """No live stream exists yet; a foreign page must not find one by asking."""
    server = WebServer(view_over(site), "127.0.0.1", 0)
    server.start()
    try:
        upgrade = {"connection": "Upgrade", "upgrade": "websocket", "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
                   "sec-websocket-version": "13", "origin": "http://evil.example"}  # fmt: skip
        answer = httpx.get(f"{server.url}/nowhere", headers=upgrade, timeout=10)
    finally:
        server.stop()

    assert answer.status_code != 101
