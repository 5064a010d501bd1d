"""Runs begun at a terminal (``job execute``): stopped by others, killed, with and without a service."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.faults.service import Service, command, environment, wait_until
from watchbell.record.run import DagsterRun, DagsterRunStatus

CODE = """
import pathlib
import time

from watchbell import Definitions, job, op

FOLDER = pathlib.Path(__file__).parent


@op
def work():
    try:
        (FOLDER / "began").touch()
        time.sleep(600)
    finally:
        (FOLDER / "torn down").touch()


@job
def working():
    work()


@job(tags={"dagster/max_runtime": "1"})
def limited():
    work()


defs = Definitions(jobs=[working, limited])
"""
S = DagsterRunStatus


def execute(service: Service, job_name: str) -> tuple[subprocess.Popen[bytes], DagsterRun]:
    """A run at a terminal, at work."""
    process = service.beside("job", "execute", "-f", str(service.file), "-j", job_name)
    service.wait_until((service.folder / "began").exists, "the run works")
    return process, service.runs()[0]


def status(service: Service, run: DagsterRun) -> DagsterRunStatus | None:
    found = service.instance.get_run_by_id(run.run_id)
    return None if found is None else found.status


def test_somebody_asks_it_to_stop_while_a_service_works(tmp_path: Path) -> None:
    with Service(tmp_path, CODE) as service:
        service.start()
        process, run = execute(service, "working")

        service.instance.store.request_cancel(run.run_id, service.instance.clock.now())
        service.wait_until(lambda: status(service, run) is S.CANCELED, "the run is canceled")

        assert process.wait(30) == 1
        assert (tmp_path / "torn down").exists()


def test_the_command_stops_it_also_without_a_service(tmp_path: Path) -> None:
    with Service(tmp_path, CODE) as service:
        process, run = execute(service, "working")

        subprocess.run(command("run", "cancel", run.run_id), env=environment(service.home), check=True)
        wait_until(lambda: status(service, run) is S.CANCELED, "the run is canceled")

        assert process.wait(30) == 1
        assert (tmp_path / "torn down").exists()


def test_its_time_is_up(tmp_path: Path) -> None:
    with Service(tmp_path, CODE) as service:
        service.start()
        process, run = execute(service, "limited")
        service.wait_until(lambda: status(service, run) is S.FAILURE, "the run is stopped", seconds=8.0)

        assert process.wait(30) == 1
        assert "more than 1 seconds" in service.runs()[0].tags["watchbell/stop_reason"]


@pytest.mark.parametrize("has_service", [True, False], ids=["with a service", "before a service"])
def test_it_is_killed(tmp_path: Path, has_service: bool) -> None:
    with Service(tmp_path, CODE) as service:
        if has_service:
            service.start()
        process, run = execute(service, "working")
        process.kill()
        if not has_service:
            service.start()

        service.wait_until(lambda: status(service, run) is S.FAILURE, "the run failed", seconds=8.0)
        assert "is gone" in service.failure_of(run.run_id)
