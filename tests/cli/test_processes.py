"""Commands as real processes: what only shows there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.cli.conftest import DEFINITIONS
from tests.cli.dev_process import Dev
from tests.faults.service import command, environment, wait_until


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with definitions."""
    (tmp_path / "definitions.py").write_text(DEFINITIONS, encoding="utf-8")
    return tmp_path


def run(project: Path, *words: str, **options: object) -> subprocess.CompletedProcess[str]:
    """A command to its end, in the project's folder."""
    settings = {"env": environment(project / "home"), "capture_output": True, "text": True, "timeout": 60, **options}
    return subprocess.run(command(*words), cwd=project, check=False, **settings)


def test_the_exit_code_reaches_the_shell(project) -> None:
    good = run(project, "job", "execute", "-f", "definitions.py", "-j", "nightly_assets")
    bad = run(project, "job", "execute", "-f", "definitions.py", "-j", "broken")
    wrong = run(project, "job", "execute", "-f", "definitions.py", "-j")

    assert (good.returncode, bad.returncode, wrong.returncode) == (0, 1, 2), (good, bad, wrong)


def test_json_is_all_there_is_on_stdout(project) -> None:
    done = run(project, "job", "list", "-f", "definitions.py", "--json")

    assert done.returncode == 0, done
    assert [row["job"] for row in json.loads(done.stdout)] == ["broken", "etl", "nightly_assets"]
    assert done.stderr == ""


def test_no_colours_go_into_a_pipe(project) -> None:
    done = run(project, "job", "execute", "-f", "definitions.py", "-j", "broken")

    assert "\x1b" not in done.stdout + done.stderr


def test_a_reader_that_has_seen_enough_gets_no_complaint(project) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    words = ("job", "list", "-f", "definitions.py")
    try:
        done = run(project, *words, capture_output=False, stdout=write_end, stderr=subprocess.PIPE)
    finally:
        os.close(write_end)

    assert done.stderr == ""


def test_text_outside_ascii_is_printed_in_any_locale(project) -> None:
    (project / "definitions.py").write_text(
        DEFINITIONS.replace("Loads and counts.", "Lädt und zählt \U0001f514"), encoding="utf-8"
    )
    plain = environment(project / "home") | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}

    done = run(project, "job", "list", "-f", "definitions.py", env=plain)

    assert done.returncode == 0, done
    assert "Traceback" not in done.stderr


def test_the_home_is_in_this_folder_unless_it_is_named(project) -> None:
    bare = environment(project / "home")
    del bare["WATCHBELL_HOME"]

    done = run(project, "instance", "info", "--json", env=bare)

    assert json.loads(done.stdout)["home"] == str(project / ".watchbell")


def test_ctrl_c_cancels_the_run_that_is_executed(project) -> None:
    (project / "definitions.py").write_text(
        "import pathlib, time\nfrom watchbell import job, op, in_process_executor\n"
        "@op\ndef waits():\n    pathlib.Path('began').touch()\n    time.sleep(60)\n"
        "@job(executor_def=in_process_executor)\ndef waiting():\n    waits()\n",
        encoding="utf-8",
    )
    with subprocess.Popen(
        command("job", "execute", "-f", "definitions.py"),
        cwd=project,
        env=environment(project / "home"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            wait_until((project / "began").exists, "the op")
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=20)
        finally:
            process.kill()

    [row] = json.loads(run(project, "run", "list", "--json").stdout)
    assert row["status"] == "CANCELED", out
    assert process.returncode in {1, 130}
    assert "KeyboardInterrupt" not in out


def test_dev_works_and_serves_what_it_does(project) -> None:
    with Dev(project) as dev, closing(httpx.Client(base_url=dev.url(), timeout=10)) as client:
        wait_until(lambda: client.get("/api/health").status_code == 200, "health")
        wait_until(lambda: client.get("/api/runs").json()["items"], "a run of the sensor")

        found = {each["name"] for each in client.get("/api/automations").json()["items"]}
        foreign = client.get("/", headers={"host": "evil.example"})
        dev.process.terminate()
        code = dev.process.wait(20)
        output = dev.output

    assert {"nightly", "landing"} <= found
    assert foreign.status_code == 421
    assert code == 0
    assert "Traceback" not in output


def test_a_second_dev_on_the_same_home_is_refused(project) -> None:
    with Dev(project) as dev:
        dev.url()
        wait_until(lambda: "loaded" in dev.output, "the first one at work")
        second = run(project, "dev", "-f", "definitions.py", "--port", "0")
        on_its_port = run(project, "dev", "-f", "definitions.py", "--port", dev.url().rpartition(":")[2])
        info = json.loads(run(project, "instance", "info", "--json").stdout)

        assert (second.returncode, on_its_port.returncode) == (1, 1)
        assert f"process {dev.process.pid}" in second.stderr
        assert f"process {dev.process.pid}" in on_its_port.stderr
        assert f"running (process {dev.process.pid} on " in info["daemon"]
        assert "Traceback" not in second.stderr + on_its_port.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.0.7"])
def test_dev_refuses_an_address_that_others_can_reach(project, host) -> None:
    done = run(project, "dev", "-f", "definitions.py", "--host", host, "--port", "0")

    assert done.returncode == 1
    assert "nobody could log in" in done.stderr
    assert "Traceback" not in done.stderr


def test_dev_tells_when_its_port_is_taken(project) -> None:
    with Dev(project) as dev:
        port = dev.url().rpartition(":")[2]
        done = run(project, "dev", "-f", "definitions.py", "--port", port, env=environment(project / "another_home"))

    assert done.returncode == 1
    assert f"127.0.0.1:{port}" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_module_runs_as_the_command_does() -> None:
    done = subprocess.run([sys.executable, "-m", "watchbell", "--version"], capture_output=True, text=True, check=True)

    assert done.stdout.startswith("watchbell ")
