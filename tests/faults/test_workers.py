"""Processes of runs that end before their run does, and services that end before their runs do."""

from __future__ import annotations

import os
import signal
from dataclasses import replace

import psutil
import pytest

from tests.faults.machine import is_in_time
from tests.faults.service import LOCATION, Service
from watchbell.ground.ids import new_run_id
from watchbell.record.run import DagsterRun, DagsterRunStatus
from watchbell.record.tick import TickStatus
from watchbell.record.worker_identity import own_identity

SEEN_SECONDS = 1.0
"""So soon a worker's end is a failed run."""
RESET_SECONDS = 30.0
"""So soon after the restart a run that a machine's reset ended is a failed run."""
FAILURE, STARTED, SUCCESS = DagsterRunStatus.FAILURE, DagsterRunStatus.STARTED, DagsterRunStatus.SUCCESS

CODE = """
import os
import pathlib
import time

from watchbell import DefaultSensorStatus, Definitions, RunRequest, SkipReason, in_process_executor, job, op, sensor

FOLDER = pathlib.Path(__file__).parent


@op
def work(context):
    (FOLDER / "began").write_text(str(os.getpid()))
    {body}


@job({executor})
def working():
    work()


@sensor(job=working, minimum_interval_seconds=1, default_status=DefaultSensorStatus.RUNNING)
def once(context):
    return RunRequest(run_key="once")


defs = Definitions(jobs=[working], sensors=[once])
"""
WAITS_FOR_FILE = 'while not (FOLDER / "go").exists():\n        time.sleep(0.01)'


def code_that(body: str, executor: str = "executor_def=in_process_executor") -> str:
    return CODE.replace("{body}", body).replace("{executor}", executor)


def wait_until_seen(service: Service) -> None:
    """Waits for the failed run, which comes within a second."""
    seconds = service.wait_until(lambda: service.runs(FAILURE), "the failed run")
    assert is_in_time(seconds, SEEN_SECONDS), f"it took {seconds:.2f} seconds"


def wait_for_user_code(service: Service) -> int:
    """Waits until the op has begun; the process it is in."""
    began = service.folder / "began"
    service.wait_until(lambda: began.exists() and began.read_text(), "the op")
    return int(began.read_text())


@pytest.mark.parametrize("name", ["SIGKILL", "SIGSEGV"])
def test_a_killed_worker_is_a_failed_run_within_a_second_naming_the_signal(tmp_path, name) -> None:
    with Service(tmp_path, code_that(WAITS_FOR_FILE)) as service:
        service.start()
        pid = wait_for_user_code(service)
        run = service.wait_for_run(STARTED)
        assert service.worker_of(run.run_id) == psutil.Process(pid)

        os.kill(pid, getattr(signal, name))
        wait_until_seen(service)

        assert name in service.failure_of(run.run_id)


def test_a_worker_that_exits_is_a_failed_run_naming_the_code(tmp_path) -> None:
    with Service(tmp_path, code_that("os._exit(41)")) as service:
        service.start()
        run = service.wait_for_run(FAILURE)

        assert "41" in service.failure_of(run.run_id)


def test_a_killed_step_process_fails_its_step_naming_the_signal(tmp_path) -> None:
    with Service(tmp_path, code_that(WAITS_FOR_FILE, executor="")) as service:
        service.start()
        pid = wait_for_user_code(service)
        run = service.wait_for_run(STARTED)
        worker = service.worker_of(run.run_id)
        assert worker is not None
        assert worker.pid != pid

        os.kill(pid, signal.SIGKILL)
        service.wait_for_run(FAILURE)

        text = service.failure_of(run.run_id)
        assert "SIGKILL" in text
        assert "work" in text


def test_steps_of_a_killed_worker_end_with_it(tmp_path) -> None:
    with Service(tmp_path, code_that(WAITS_FOR_FILE, executor="")) as service:
        service.start()
        step = psutil.Process(wait_for_user_code(service))
        run = service.wait_for_run(STARTED)
        worker = service.worker_of(run.run_id)
        assert worker is not None

        worker.kill()
        wait_until_seen(service)

        service.wait_until(lambda: has_ended(step), "the step's end")


def test_runs_outlive_a_killed_service_and_their_end_is_seen(tmp_path) -> None:
    with Service(tmp_path, code_that(WAITS_FOR_FILE)) as service:
        service.start()
        wait_for_user_code(service)
        run = service.wait_for_run(STARTED)

        service.kill()
        (tmp_path / "go").touch()
        service.wait_for_run(SUCCESS)

        assert service.runs()[0].run_id == run.run_id


def test_a_worker_killed_after_a_restart_of_the_service_is_seen_as_soon(tmp_path) -> None:
    """It is nobody's child by then; the new service watches the process itself."""
    with Service(tmp_path, code_that(WAITS_FOR_FILE)) as service:
        service.start()
        pid = wait_for_user_code(service)
        run = service.wait_for_run(STARTED)
        service.kill()
        ticks = len(service.ticks("once"))
        service.start()
        service.wait_until(lambda: len(service.ticks("once")) > ticks, "a tick of the new service")

        os.kill(pid, signal.SIGKILL)
        wait_until_seen(service)

        assert str(pid) in service.failure_of(run.run_id)


def test_runs_of_a_machine_that_was_reset_fail_soon_after_the_restart(tmp_path) -> None:
    """Everything ends at once."""
    with Service(tmp_path, code_that(WAITS_FOR_FILE)) as service:
        service.start()
        pid = wait_for_user_code(service)
        run = service.wait_for_run(STARTED)
        service.kill()
        os.kill(pid, signal.SIGKILL)
        assert service.runs(STARTED) == [run], "nobody was there to see it"

        service.start()
        service.wait_for_run(FAILURE, RESET_SECONDS)

        assert str(pid) in service.failure_of(run.run_id)


def test_a_process_of_another_boot_with_the_workers_number_is_not_the_worker(tmp_path) -> None:
    """The reset, seen from after it: the worker's number belongs to a process that lives now."""
    with Service(tmp_path, code_that(WAITS_FOR_FILE).replace("[once]", "[]")) as service:
        run = service.instance.add_run(
            DagsterRun("working", new_run_id(), status=DagsterRunStatus.QUEUED, location_name=LOCATION)
        )
        store, now = service.instance.store, service.instance.clock.now()
        lease = store.acquire_lease("daemon", "the service before the reset", now, 60)
        assert lease is not None
        [start] = store.hand_out_runs([run.run_id], lease, now)
        worker = replace(own_identity(), boot_id="an earlier start")
        assert store.begin_run(run.run_id, start.attempt, worker, now)
        store.release_lease(lease)

        service.start()
        service.wait_for_run(FAILURE, RESET_SECONDS)

        assert str(os.getpid()) in service.failure_of(run.run_id)


def test_a_worker_that_takes_long_to_start_is_not_failed_while_it_lives(tmp_path) -> None:
    """Spawned, it loads the code again, and that takes its time; patience lasts as long as the process."""
    slow = f"if pathlib.Path({str(tmp_path / 'slow')!r}).exists():\n    time.sleep(1.5)\n"
    code = code_that("pass").replace("FOLDER =", f"{slow}FOLDER =", 1)
    code = code.replace('return RunRequest(run_key="once")', '(FOLDER / "slow").touch()\n    return RunRequest("once")')

    with Service(tmp_path, code, {"process_start": "spawn"}) as service:
        service.start()
        run = service.wait_for_run(SUCCESS)

        assert run.attempt == 1
        assert [each.run_id for each in service.runs()] == [run.run_id]


def test_nothing_of_a_killed_service_remains_but_its_runs(tmp_path) -> None:
    code = code_that(WAITS_FOR_FILE).replace("defs =", HANGING_SENSOR + "defs =").replace("[once]", "[once, hanging]")
    with Service(tmp_path, code) as service:
        service.start()
        worker = psutil.Process(wait_for_user_code(service))
        service.wait_until((tmp_path / "hanging").exists, "the hanging sensor")
        others = [each for each in service.family() if each != worker]
        assert len(others) >= 2, "the host and at least one evaluator"

        service.kill()
        service.wait_until(lambda: not any(map(psutil.Process.is_running, others)), "the end of the others", 5)

        assert worker.is_running()


HANGING_SENSOR = """
@sensor(job=working, minimum_interval_seconds=1, default_status=DefaultSensorStatus.RUNNING)
def hanging(context):
    (FOLDER / "hanging").touch()
    time.sleep(3600)


"""


def test_a_killed_host_is_replaced_and_costs_no_neighbour_its_place(tmp_path) -> None:
    """The process with the user's code dies three times over: nobody is put in quarantine for it."""
    code = code_that("pass").replace('return RunRequest(run_key="once")', "return SkipReason('still here')")
    with Service(tmp_path, code) as service:
        service.start()
        for _ in range(3):
            service.wait_until(lambda: good_ticks(service), "a tick")
            seen = good_ticks(service)
            host_of(service).kill()
            service.wait_until(lambda: good_ticks(service) > seen, "a tick of the next host")  # noqa: B023

        assert service.state("once").quarantine_reason is None


def good_ticks(service: Service) -> int:
    return sum(tick.status is TickStatus.SKIPPED for tick in service.ticks("once"))


def host_of(service: Service) -> psutil.Process:
    assert service.process is not None
    [host, *_] = psutil.Process(service.process.pid).children()
    return host


@pytest.mark.slow
def test_a_killed_terminal_is_seen_by_a_service_that_works_already(tmp_path) -> None:
    code = code_that(WAITS_FOR_FILE).replace("[once]", "[]")
    with Service(tmp_path, code) as service:
        service.start()
        service.wait_until(lambda: "loaded" in service.output, "the service")
        terminal = service.beside("job", "execute", "-f", "definitions.py")
        wait_for_user_code(service)
        run = service.wait_for_run(STARTED)

        terminal.kill()
        terminal.wait()
        service.wait_for_run(FAILURE, RESET_SECONDS)

        assert str(terminal.pid) in service.failure_of(run.run_id)


def test_a_run_that_goes_on_is_canceled_and_its_process_ends(tmp_path) -> None:
    with Service(tmp_path, code_that(WAITS_FOR_FILE, executor="")) as service:
        service.start()
        step = psutil.Process(wait_for_user_code(service))
        run = service.wait_for_run(STARTED)
        worker = service.worker_of(run.run_id)
        assert worker is not None

        asked = service.beside("run", "cancel", run.run_id)
        service.wait_for_run(DagsterRunStatus.CANCELED)

        assert asked.wait(10) == 0
        service.wait_until(lambda: has_ended(worker) and has_ended(step), "the end of worker and step")


def test_a_run_that_outlived_its_service_is_canceled_by_the_next_one(tmp_path) -> None:
    with Service(tmp_path, code_that(WAITS_FOR_FILE)) as service:
        service.start()
        worker = psutil.Process(wait_for_user_code(service))
        run = service.wait_for_run(STARTED)
        service.kill()
        service.start()

        assert service.beside("run", "cancel", run.run_id).wait(10) == 0
        service.wait_for_run(DagsterRunStatus.CANCELED)

        service.wait_until(lambda: has_ended(worker), "the worker's end")


@pytest.mark.slow
def test_a_run_that_does_not_listen_is_killed_after_the_grace(tmp_path) -> None:
    """30 seconds to clean up, then it is ended whatever it does."""
    deaf = "import signal\n    signal.signal(signal.SIGTERM, signal.SIG_IGN)\n    " + WAITS_FOR_FILE
    with Service(tmp_path, code_that(deaf)) as service:
        service.start()
        worker = psutil.Process(wait_for_user_code(service))
        run = service.wait_for_run(STARTED)

        assert service.beside("run", "cancel", run.run_id).wait(10) == 0
        service.wait_until(lambda: service.runs(DagsterRunStatus.CANCELED), "the run's end", 60)

        assert has_ended(worker)


def has_ended(process: psutil.Process) -> bool:
    """Whether a process is gone, or waits for nothing but its parent."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
