"""The server: where it listens, and that it stops."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import pytest

from tests.web.conftest import Site
from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.web.connection import Connection
from watchbell.web.link import StillLink
from watchbell.web.listen import address_of, listening_socket
from watchbell.web.server import WebServer
from watchbell.web.view import View

HERE = "127.0.0.1"


@contextmanager
def serving(site: Site) -> Iterator[str]:
    """A real server over a site, in a thread of this process; its address."""
    listening = listening_socket(site.instance, HERE, 0)
    address = address_of(listening, HERE)
    server = WebServer(View(site.instance, StillLink(site.locations, site.errors)), listening)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield address
    finally:
        server.stop()
        thread.join()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.0.7", "example.org", "127.0.0.1.evil.example"])
def test_an_address_that_others_can_reach_is_not_listened_on_while_nobody_could_log_in(site, host) -> None:
    with pytest.raises(DagsterInvariantViolationError) as caught:
        listening_socket(site.instance, host, 0)

    assert repr(host) in str(caught.value)
    assert HERE in str(caught.value)


def test_a_taken_port_is_told_with_the_way_out(site) -> None:
    with socket.socket() as taken:
        taken.bind((HERE, 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(DagsterInvariantViolationError) as caught:
            listening_socket(site.instance, HERE, port)

    assert f"{HERE}:{port}" in str(caught.value)
    assert "--port" in str(caught.value)


@pytest.mark.parametrize("port", [-1, 65_536])
def test_a_port_that_is_none_is_refused_clearly(site, port) -> None:
    with pytest.raises(DagsterInvariantViolationError, match="65535"):
        listening_socket(site.instance, HERE, port)


def test_a_real_server_answers_over_a_socket_until_it_is_stopped(site) -> None:
    with serving(site) as address:
        answer = httpx.get(f"{address}/api/service", timeout=10)
        foreign = httpx.get(f"{address}/api/service", headers={"host": "evil.example"}, timeout=10)

    assert answer.json()["locations"] == ["places"]
    assert foreign.status_code == 421
    assert "server" not in answer.headers
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{address}/api/service", timeout=1)


def test_who_connects_before_the_server_runs_waits_for_it(site) -> None:
    listening = listening_socket(site.instance, HERE, 0)
    server = WebServer(View(site.instance, StillLink(site.locations)), listening)
    with socket.create_connection(listening.getsockname()) as early:
        early.sendall(b"GET /api/service HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        thread = threading.Thread(target=server.run)
        thread.start()
        answer = early.recv(100)
        server.stop()
        thread.join()

    assert answer.startswith(b"HTTP/1.1 200 ")


def test_the_port_is_free_again_after_the_end(site) -> None:
    with serving(site) as address:
        port = int(address.rpartition(":")[2])

    again = listening_socket(site.instance, HERE, port)
    again.close()

    assert address.endswith(f":{port}")


def test_a_web_socket_is_not_spoken(site) -> None:
    with serving(site) as address:
        upgrade = {"connection": "Upgrade", "upgrade": "websocket", "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
                   "sec-websocket-version": "13", "origin": "http://evil.example"}  # fmt: skip
        answer = httpx.get(f"{address}/nowhere", headers=upgrade, timeout=10)

    assert answer.status_code != 101


def test_a_request_whose_head_does_not_end_is_not_waited_for(site, monkeypatch) -> None:
    monkeypatch.setattr(Connection, "seconds_max", 0.05)
    with serving(site) as address, socket.create_connection((HERE, urlsplit(address).port), timeout=10) as slow:
        slow.sendall(b"GET /api/service HTTP/1.1\r\nhost: local")

        assert slow.recv(100) == b""
        assert httpx.get(f"{address}/api/service", timeout=10).status_code == 200


def test_who_asks_for_another_protocol_fills_no_log(site, caplog) -> None:
    with serving(site) as address:
        asked = {"connection": "upgrade", "upgrade": "websocket"}
        answer = httpx.get(f"{address}/api/service", headers=asked, timeout=10)

    assert answer.status_code == 200
    assert caplog.text == ""
