"""Following a server that goes away and comes back."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn

from tests.web.browser import House
from tests.web.conftest import NOW
from watchbell.client import ApiError, Client
from watchbell.client_http import events_of
from watchbell.ground.clock import ManualClock
from watchbell.ground.upward import call_upward
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry
from watchbell.record.run import DagsterRun, DagsterRunStatus


@pytest.fixture
def house() -> Iterator[House]:
    with call_upward("open_instance", "ephemeral", clock=ManualClock(NOW)) as instance:
        instance.add_run(DagsterRun("etl", "goes", status=DagsterRunStatus.STARTED))
        yield House(instance)


@contextmanager
def served(house: House, port: int = 0) -> Iterator[int]:
    """The house on a port, until the block ends: then its streams are cut off."""
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen(16)
        config = uvicorn.Config(house.app, log_config=None, access_log=False, lifespan="off")
        config.timeout_graceful_shutdown = 1
        server = uvicorn.Server(config)
        thread = threading.Thread(target=lambda: server.run(sockets=[listening]))
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(20)


def say(house: House, message: str) -> None:
    house.instance.handle_new_event(EventLogEntry("goes", NOW.timestamp(), 20, message, None, "etl"))


def end(house: House) -> None:
    event = DagsterEvent(DagsterEventType.RUN_SUCCESS, "etl", None, "over")
    house.instance.handle_new_event(EventLogEntry("goes", NOW.timestamp(), 20, "", None, "etl", event))


def test_a_log_is_followed_over_a_restart_of_the_server_and_each_entry_told_once(house: House) -> None:
    say(house, "before")
    with served(house) as port:
        told = Client(f"http://127.0.0.1:{port}").events("goes", follow=True)
        first = next(told)
    say(house, "meanwhile")
    end(house)

    with served(House(house.instance), port):
        rest = list(told)

    assert [each["message"] for each in [first, *rest]] == ["before", "meanwhile", "over"]


def test_a_server_that_stays_away_is_told_of(house: House) -> None:
    say(house, "before")
    with served(house) as port:
        told = Client(f"http://127.0.0.1:{port}").events("goes", follow=True, patience_seconds=0)
        next(told)

    with pytest.raises(ApiError, match="does not answer"):
        next(told)


def test_what_is_refused_is_not_asked_again(house: House) -> None:
    with served(house) as port, pytest.raises(ApiError, match="there is no run") as raised:
        list(Client(f"http://127.0.0.1:{port}").events("none", follow=True))

    assert raised.value.status == 404


def test_changes_are_told_with_the_position_to_go_on_from(house: House) -> None:
    with served(house) as port:
        client = Client(f"http://127.0.0.1:{port}")
        begun = next(client.changes("runs"))
        house.instance.add_run(DagsterRun("etl", "new", status=DagsterRunStatus.QUEUED))
        changed = next(client.changes("runs", after=begun.event_id))

    assert (changed.name, changed.data) == ("change", {"topic": "runs", "ids": ["new"]})


def test_an_event_that_was_cut_off_is_left_out() -> None:
    lines = ["retry: 1\n", "\n", "id: 4\n", "event: entry\n", 'data: {"a": 1}\n', "\n", "event: entry\n", 'data: {"a"']

    assert [tuple(each) for each in events_of(iter(lines))] == [("entry", {"a": 1}, "4")]
