"""The client, against a real server on a socket."""

import socket
import threading
from collections.abc import Iterator

import pytest
import uvicorn

from tests.web.browser import House
from tests.web.conftest import NOW
from watchbell.client import ApiError, Client
from watchbell.ground.clock import ManualClock
from watchbell.ground.errors import ParameterCheckError
from watchbell.ground.upward import call_upward
from watchbell.record.account import Role
from watchbell.record.event import EventLogEntry
from watchbell.record.run import DagsterRun, DagsterRunStatus


@pytest.fixture
def house() -> Iterator[House]:
    with call_upward("open_instance", "ephemeral", clock=ManualClock(NOW)) as instance:
        yield House(instance)


@pytest.fixture
def url(house: House) -> Iterator[str]:
    """Where the house is served."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(16)
        config = uvicorn.Config(house.app, log_config=None, access_log=False, lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=lambda: server.run(sockets=[listening]))
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(20)


def test_who_sits_at_the_machine_needs_no_token_and_others_show_theirs(house: House, url: str) -> None:
    assert Client(url).who_am_i()["role"] == "admin"
    assert Client(url, house.token(Role.VIEWER)).who_am_i()["role"] == "viewer"


def test_runs_come_page_by_page(house: House, url: str) -> None:
    for number in range(120):
        house.instance.add_run(DagsterRun("etl", f"run-{number}", status=DagsterRunStatus.QUEUED))

    assert len(list(Client(url).runs())) == 120


def test_a_run_that_is_over_is_waited_for_no_longer(house: House, url: str) -> None:
    house.instance.add_run(DagsterRun("etl", "over", status=DagsterRunStatus.SUCCESS))
    house.instance.add_run(DagsterRun("etl", "waits", status=DagsterRunStatus.QUEUED))

    assert Client(url).wait_for_run("over")["status"] == "SUCCESS"
    with pytest.raises(TimeoutError, match="run waits is QUEUED after 0 seconds"):
        Client(url).wait_for_run("waits", timeout_seconds=0)


def test_a_log_is_read_to_its_end_and_on_from_where_one_was(house: House, url: str) -> None:
    house.instance.add_run(DagsterRun("etl", "over", status=DagsterRunStatus.SUCCESS))
    for number in range(3):
        house.instance.handle_new_event(EventLogEntry("over", NOW.timestamp(), 20, f"line {number}", None, "etl"))

    lines = list(Client(url).events("over"))

    assert [line["message"] for line in lines] == ["line 0", "line 1", "line 2"]
    assert [line["message"] for line in Client(url).events("over", after=lines[1]["id"])] == ["line 2"]


def test_a_refusal_says_what_was_wrong(house: House, url: str) -> None:
    with pytest.raises(ApiError, match="there is no run 'none'") as missing:
        Client(url).run("none")
    with pytest.raises(ApiError) as forbidden:
        Client(url, house.token(Role.VIEWER)).cancel("none")

    assert (missing.value.status, missing.value.code) == (404, "not-found")
    assert missing.value.request_id is not None
    assert forbidden.value.extra == {"needed_role": "operator"}


def test_nobody_there_is_told_so() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"

        with pytest.raises(ApiError, match="does not answer") as raised:
            Client(address).who_am_i()

    assert raised.value.status == 0


@pytest.mark.parametrize("url", ["file:///etc/passwd", "127.0.0.1:3000", "ftp://x"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ParameterCheckError, match="is no address of a server"):
        Client(url)
