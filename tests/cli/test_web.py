"""The web server as a process of its own: beside a service, without one, and when either ends."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import httpx
import psutil
import pytest

from tests.cli.conftest import DEFINITIONS
from tests.cli.dev_process import Dev, Served
from tests.faults.service import command, environment, wait_until

SECONDS_MAX = 30.0


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with definitions."""
    (tmp_path / "definitions.py").write_text(DEFINITIONS, encoding="utf-8")
    return tmp_path


def state(client: httpx.Client) -> str:
    """What the server says of the service."""
    return str(client.get("/api/service").json()["state"])


def is_over(process: psutil.Process) -> bool:
    """Whether a process ends; waits for it."""
    try:
        process.wait(SECONDS_MAX)
    except psutil.NoSuchProcess:
        pass
    return not process.is_running()


def test_the_page_beside_a_service_shows_its_code(project) -> None:
    with Dev(project) as dev, closing(httpx.Client(base_url=dev.url(), timeout=10)) as client:
        wait_until(lambda: client.get("/api/service").json()["locations"] == ["definitions.py"], "the code")

        told = client.get("/api/service").json()

    assert told["state"] == "working"


def test_a_server_without_a_service_says_so_and_finds_the_one_that_comes(project) -> None:
    with Served(project, "web") as web, closing(httpx.Client(base_url=web.url(), timeout=10)) as client:
        before = state(client)
        with Dev(project):
            wait_until(lambda: client.get("/api/service").json()["locations"] == ["definitions.py"], "the code")
            during = state(client)
        wait_until(lambda: state(client) == "stopped", "the end of the service")
        told = client.get("/api/service").json()

    assert (before, during) == ("stopped", "working")
    assert told["locations"] == ["definitions.py"]  # as old ones
    assert told["since"] is not None


def test_a_server_that_is_killed_is_started_again_at_the_same_address(project) -> None:
    with Dev(project) as dev, closing(httpx.Client(base_url=dev.url(), timeout=20)) as client:
        wait_until(lambda: state(client) == "working", "the service")
        first = dev.web_process()
        first.kill()
        assert is_over(first)

        answer = httpx.get(f"{dev.url()}/api/service", timeout=SECONDS_MAX)  # waits at the socket meanwhile

        assert answer.status_code == 200
        assert dev.web_process().pid != first.pid
        assert "the web server was ended by SIGKILL; it is started again" in dev.output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_server_ends_with_the_service_that_is_told_to(project, number) -> None:
    with Dev(project) as dev, closing(httpx.Client(base_url=dev.url(), timeout=10)) as client:
        wait_until(lambda: state(client) == "working", "the service")
        child = dev.web_process()
        dev.process.send_signal(number)

        code = dev.process.wait(SECONDS_MAX)

        assert code == 0
        assert is_over(child)
        assert "started again" not in dev.output
        assert "Traceback" not in dev.output


def test_the_server_ends_with_a_service_that_is_killed_and_frees_its_port(project) -> None:
    with Dev(project) as dev:
        port = int(dev.url().rpartition(":")[2])
        child = dev.web_process()
        dev.process.kill()
        dev.process.wait()

        assert is_over(child)
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_server_by_itself_ends_in_order(project, number) -> None:
    with Served(project, "web") as web, closing(httpx.Client(base_url=web.url(), timeout=10)) as client:
        wait_until(lambda: state(client) == "stopped", "an answer")
        web.process.send_signal(number)

        code = web.process.wait(SECONDS_MAX)

        assert code == 0
        assert "Traceback" not in web.output


@pytest.mark.parametrize("words", [["web"], ["dev", "-f", "definitions.py"]])
def test_a_taken_port_is_told_before_anything_else(project, words) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            command(*words, "--port", str(port)),
            cwd=project,
            env=environment(project / "home"),
            capture_output=True,
            text=True,
            timeout=SECONDS_MAX,
            check=False,
        )

    assert done.returncode == 1
    assert done.stderr.startswith(f"error: the web server cannot listen on 127.0.0.1:{port}: ")
    assert "Traceback" not in done.stderr


def test_the_service_never_loads_the_web_framework(project) -> None:
    """Whatever it does: it is asked what Python it imported, by Python itself."""
    with (project / "imports.txt").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-X", "importtime", "-m", "watchbell", "dev", "-f", "definitions.py", "--port", "0"],
            cwd=project,
            env=environment(project / "home"),
            stdout=output,
            stderr=output,
        )
    try:
        said = project / "imports.txt"
        wait_until(lambda: "loaded: definitions.py" in said.read_text(encoding="utf-8"), "the code")
        address = said.read_text(encoding="utf-8").partition("page: ")[2].split()[0]
        wait_until(lambda: httpx.get(f"{address}/api/service").json()["state"] == "working", "the page")
    finally:
        process.terminate()
        process.wait(SECONDS_MAX)
    lines = [line for line in said.read_text(encoding="utf-8").splitlines() if line.startswith("import time:")]
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}

    assert "watchbell" in loaded
    assert set() == loaded & {"fastapi", "starlette", "uvicorn", "pydantic"}


def test_a_long_home_has_pages_as_well(project, tmp_path_factory) -> None:
    home = tmp_path_factory.mktemp("h") / ("long" * 15) / ("long" * 15)
    home.mkdir(parents=True)

    with Dev(project, home=home) as dev, closing(httpx.Client(base_url=dev.url(), timeout=10)) as client:
        wait_until(lambda: state(client) == "working", "the service")

        assert (home / "door.sock").exists()
