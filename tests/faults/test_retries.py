"""Runs that are executed again, stopped or held back by the real service, which is killed in between."""

from __future__ import annotations

from pathlib import Path

from tests.faults.service import LOCATION, Service, wait_until
from watchbell.ground.ids import new_run_id
from watchbell.record.run import DagsterRun, DagsterRunStatus, RunsFilter

CODE = """
import os
import pathlib
import time

from watchbell import Definitions, in_process_executor, job, op

FOLDER = pathlib.Path(__file__).parent


@op
def first():
    with (FOLDER / "first").open("a") as file:
        file.write("x")


@op(pool="db")
def last(context, before):
    with (FOLDER / "last").open("a") as file:
        file.write("x")
    if "dagster/retry_number" not in context.run.tags:
        raise RuntimeError("not yet")


@job(executor_def=in_process_executor)
def retried():
    last(first())


@op
def slow():
    try:
        time.sleep(600)
    finally:
        (FOLDER / "torn down").touch()


@job(executor_def=in_process_executor)
def endless():
    slow()


defs = Definitions(jobs=[retried, endless])
"""
S = DagsterRunStatus


def queue(service: Service, job_name: str, tags: dict[str, str]) -> DagsterRun:
    run = DagsterRun(job_name, new_run_id(), status=S.QUEUED, tags=tags, location_name=LOCATION)
    service.instance.store.add_runs([run], service.instance.clock.now())
    return run


def test_a_failure_that_no_service_saw_is_retried_once_by_the_next(tmp_path: Path) -> None:
    with Service(tmp_path, CODE) as service:
        service.start()
        wait_until(lambda: service.instance.store.retries_seen() is not None, "the first look")
        failed = queue(service, "retried", {"dagster/max_retries": "3"})
        wait_until(lambda: status(service, failed) is S.FAILURE, "the failure")
        assert service.process is not None
        service.process.kill()
        service.process.wait()
        service.start()

        def done() -> bool:
            return any(run.status is S.SUCCESS for run in runs(service))

        wait_until(done, "the retry")
        found = runs(service)

    assert [(run.job_name, run.status.value) for run in found] == [("retried", "FAILURE"), ("retried", "SUCCESS")]
    assert (found[1].parent_run_id, found[1].root_run_id) == (failed.run_id, failed.run_id)
    assert ((tmp_path / "first").read_text(), (tmp_path / "last").read_text()) == ("x", "xx")


def test_a_run_past_its_time_is_torn_down_and_fails_also_after_a_restart(tmp_path: Path) -> None:
    with Service(tmp_path, CODE) as service:
        service.start()
        endless = queue(service, "endless", {"dagster/max_runtime": "1"})
        wait_until(lambda: status(service, endless) is S.STARTED, "the beginning")
        assert service.process is not None
        service.process.kill()
        service.process.wait()
        service.start()
        wait_until(lambda: status(service, endless) is S.FAILURE, "the failure")
        found = service.instance.get_run_by_id(endless.run_id)

    assert found is not None
    assert "more than 1 seconds" in found.tags["watchbell/stop_reason"]
    assert (tmp_path / "torn down").exists()


def status(service: Service, run: DagsterRun) -> DagsterRunStatus | None:
    found = service.instance.get_run_by_id(run.run_id)
    return None if found is None else found.status


def runs(service: Service) -> list[DagsterRun]:
    return list(service.instance.get_runs(RunsFilter(), ascending=True))
