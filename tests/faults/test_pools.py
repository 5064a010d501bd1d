"""Slots of pools with the real service: processes that have or want them are killed or stopped."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from tests.faults.machine import is_in_time
from tests.faults.service import LOCATION, Service
from watchbell.ground.ids import new_run_id
from watchbell.record.run import DagsterRun, DagsterRunStatus

CODE = """
import os
import pathlib
import time

from watchbell import Definitions, in_process_executor, job, multiprocess_executor, op

FOLDER = pathlib.Path(__file__).parent


@op(pool="db")
def hold(context):
    (FOLDER / "holds").write_text(f"{os.getpid()}")
    while not (FOLDER / "go").exists():
        time.sleep(0.01)


@op(pool="db")
def want():
    pass


@job(executor_def=multiprocess_executor)
def holding():
    hold()


@job(executor_def=in_process_executor)
def wanting():
    want()


defs = Definitions(jobs=[holding, wanting])
"""
S = DagsterRunStatus
FREE_SECONDS = 1.5
"""So soon after a process that had a slot was killed, who waits has it."""


@pytest.fixture
def waiting(tmp_path: Path):  # type: ignore[no-untyped-def]
    """A service with a run that has the only slot, and one that waits for it."""
    with Service(tmp_path, CODE, {"pool_default_limit": 1}) as service:
        service.start()
        holds = queue(service, "holding")
        service.wait_until((tmp_path / "holds").exists, "the first run has the slot")
        waits = queue(service, "wanting")
        service.wait_until(lambda: len(service.instance.store.pool_claims("db")) == 2, "the second run waits")
        yield service, holds, waits


def queue(service: Service, job_name: str) -> str:
    run = DagsterRun(job_name, new_run_id(), status=S.QUEUED, location_name=LOCATION)
    service.instance.store.add_runs([run], service.instance.clock.now())
    return run.run_id


def status(service: Service, run_id: str) -> DagsterRunStatus | None:
    found = service.instance.get_run_by_id(run_id)
    return None if found is None else found.status


@pytest.mark.parametrize("victim", ["worker", "step"])
def test_the_slot_of_a_killed_process_is_had_at_once_by_who_waits(
    waiting: tuple[Service, str, str], tmp_path: Path, victim: str
) -> None:
    service, holds, waits = waiting
    worker = service.worker_of(holds)
    assert worker is not None
    killed = worker if victim == "worker" else psutil.Process(int((tmp_path / "holds").read_text()))

    killed.kill()
    seconds = service.wait_until(lambda: status(service, waits) is S.SUCCESS, "the run that waited is done")

    assert is_in_time(seconds, FREE_SECONDS)
    service.wait_until(lambda: status(service, holds) is S.FAILURE, "the run that had the slot failed")
    assert service.instance.store.pool_claims() == []


def test_the_slot_of_a_run_that_is_deleted_is_had_at_once(waiting: tuple[Service, str, str]) -> None:
    service, holds, waits = waiting

    service.instance.delete_run(holds)
    seconds = service.wait_until(lambda: status(service, waits) is S.SUCCESS, "the run that waited is done")

    assert is_in_time(seconds, FREE_SECONDS)


def test_a_pool_that_gets_another_slot_lets_in_who_waits(waiting: tuple[Service, str, str]) -> None:
    service, holds, waits = waiting

    service.instance.store.set_pool_limit("db", 2)
    seconds = service.wait_until(lambda: status(service, waits) is S.SUCCESS, "the run that waited is done")

    assert is_in_time(seconds, FREE_SECONDS)
    assert status(service, holds) is S.STARTED


def test_a_run_that_waits_for_a_slot_can_be_canceled_and_leaves_the_line(waiting: tuple[Service, str, str]) -> None:
    service, holds, waits = waiting

    service.instance.store.request_cancel(waits, service.instance.clock.now())
    service.wait_until(lambda: status(service, waits) is S.CANCELED, "the run that waited is canceled")

    assert [each.run_id for each in service.instance.store.pool_claims()] == [holds]


def test_the_service_may_be_killed_too(waiting: tuple[Service, str, str]) -> None:
    service, holds, waits = waiting
    worker = service.worker_of(holds)
    assert worker is not None

    service.kill()
    worker.kill()
    service.wait_until(lambda: status(service, waits) is S.SUCCESS, "the run that waited is done without a service")
    assert status(service, holds) is S.STARTED  # nobody was there to notice
    service.start()
    service.wait_until(lambda: status(service, holds) is S.FAILURE, "the next service notices")

    assert service.instance.store.pool_claims() == []
