"""Times of a schedule that overlap, with real processes: long runs that are waited for, or really stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from tests.faults.machine import is_in_time
from tests.faults.service import LOCATION, Service
from watchbell.record.overlap import WAITS_TAG
from watchbell.record.run import DagsterRun, DagsterRunStatus
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState, Tick, TickStatus

KEY = AutomationKey(LOCATION, AutomationKind.SCHEDULE, "each_minute")
QUEUED, STARTED, CANCELED = DagsterRunStatus.QUEUED, DagsterRunStatus.STARTED, DagsterRunStatus.CANCELED
SUCCESS = DagsterRunStatus.SUCCESS
AT_ONCE_SECONDS = 1.0
"""So soon after the end of the last earlier run a buffered one is handed out."""

CODE = """
import os
import pathlib
import time

from watchbell import DefaultScheduleStatus, Definitions, RunRequest, in_process_executor, job, op, schedule

FOLDER = pathlib.Path(__file__).parent


def wait_for(name):
    while not (FOLDER / name).exists():
        time.sleep(0.01)


@op
def work(context):
    number = context.run.tags["number"]
    (FOLDER / f"began {number}").write_text(str(os.getpid()))
    try:
        wait_for(f"end {number}")
    finally:
        (FOLDER / f"torn down {number}").touch()


@job(executor_def=in_process_executor)
def working():
    work()


@schedule(
    job=working,
    cron_schedule="* * * * *",
    default_status=DefaultScheduleStatus.RUNNING,
    catchup="all",
    overlap="{overlap}",
)
def each_minute(context):
    number = len(list(FOLDER.glob("asked *")))
    (FOLDER / f"asked {number}").touch()
    wait_for(f"go {number}")
    return RunRequest(tags={"number": str(number)})


defs = Definitions(jobs=[working], schedules=[each_minute])
"""


class Minutes(Service):
    """A service that owes some minutes of a schedule; each is evaluated when the test lets it."""

    def __init__(self, folder: Path, overlap: str) -> None:
        super().__init__(folder, CODE.replace("{overlap}", overlap))

    def begin(self) -> None:
        """Starts it, three minutes after it should have been there."""
        clock, new = self.instance.clock, AutomationState(KEY)
        since = clock.now() - timedelta(minutes=3, seconds=30)
        assert self.instance.store.put_state(new, replace(new, effective_at=since), clock.now()) is not None
        self.start()

    def go(self, number: int) -> Tick:
        """Lets a time be evaluated; its tick."""
        self.tell(f"go {number}")
        self.wait_until(lambda: len(self.all_ticks()) > number, f"tick {number}")
        return self.all_ticks()[number]

    def all_ticks(self) -> list[Tick]:
        return self.instance.store.ticks(KEY)[::-1]

    def tell(self, name: str) -> None:
        (self.folder / name).touch()

    def run_of(self, number: int) -> DagsterRun:
        return next(run for run in self.runs() if run.tags.get("number") == str(number))

    def wait_for_state(self, number: int, status: DagsterRunStatus) -> float:
        return self.wait_until(self._is(number, status), f"run {number} is {status.value}")

    def _is(self, number: int, status: DagsterRunStatus) -> Callable[[], bool]:
        return lambda: any(run.tags.get("number") == str(number) for run in self.runs(status))

    def process_of(self, number: int) -> psutil.Process:
        """The process that a run's user code is in."""
        began = self.folder / f"began {number}"
        self.wait_until(lambda: began.exists() and began.read_text(), f"run {number} works")
        return psutil.Process(int(began.read_text()))


def test_a_long_run_is_really_stopped_and_the_next_one_begins_after_it(tmp_path: Path) -> None:
    with Minutes(tmp_path, "cancel_running") as service:
        service.begin()
        service.go(0)
        process = service.process_of(0)

        tick = service.go(1)
        service.wait_for_state(1, STARTED)

        assert tick.status is TickStatus.SUCCESS
        stopped, following = service.run_of(0), service.run_of(1)
        assert (stopped.status, following.tags[WAITS_TAG]) == (CANCELED, "each_minute")
        assert (tmp_path / "torn down 0").exists()
        assert stopped.ended_at is not None
        assert following.started_at is not None
        assert stopped.ended_at <= following.started_at
        service.wait_until(lambda: not process.is_running() or process.status() == "zombie", "its process is gone")
        service.tell("end 1")
        service.wait_for_state(1, SUCCESS)


def test_a_buffered_run_begins_at_once_when_the_earlier_one_is_over(tmp_path: Path) -> None:
    with Minutes(tmp_path, "buffer_one") as service:
        service.begin()
        service.go(0)
        service.process_of(0)

        buffered, skipped = service.go(1), service.go(2)

        assert (buffered.status, skipped.status) == (TickStatus.SUCCESS, TickStatus.SKIPPED)
        assert skipped.skip_reason is not None
        assert f"run {buffered.run_ids[0]} of job 'working', QUEUED since" in skipped.skip_reason
        assert service.run_of(1).status is QUEUED
        service.tell("end 0")
        service.wait_for_state(0, SUCCESS)
        seconds = service.wait_for_state(1, STARTED)
        assert is_in_time(seconds, AT_ONCE_SECONDS)
        assert service.run_of(0).ended_at <= service.run_of(1).started_at  # type: ignore[operator]
        service.tell("end 1")
        service.wait_for_state(1, SUCCESS)


@pytest.mark.parametrize("ends_while_it_is_gone", [False, True])
def test_a_buffered_run_waits_for_a_run_of_an_earlier_service(tmp_path: Path, ends_while_it_is_gone: bool) -> None:
    with Minutes(tmp_path, "buffer_one") as service:
        service.begin()
        service.go(0)
        service.process_of(0)
        service.go(1)
        service.kill()

        if ends_while_it_is_gone:
            service.tell("end 0")
            service.wait_for_state(0, SUCCESS)
            assert service.run_of(1).status is QUEUED
        service.start()
        if not ends_while_it_is_gone:
            service.tell("go 3")  # the question of the killed service may have been the third, or not
            service.go(2)
            assert service.run_of(1).status is QUEUED
            service.tell("end 0")
        service.wait_for_state(1, STARTED)

        assert service.run_of(0).status is SUCCESS
        service.tell("end 1")
        service.wait_for_state(1, SUCCESS)


def test_a_time_is_skipped_while_a_run_goes_on_and_taken_when_it_is_over(tmp_path: Path) -> None:
    with Minutes(tmp_path, "skip") as service:
        service.begin()
        service.go(0)
        service.process_of(0)

        skipped = service.go(1)
        service.tell("end 0")
        service.wait_for_state(0, SUCCESS)
        taken = service.go(2)

        assert (skipped.status, taken.status) == (TickStatus.SKIPPED, TickStatus.SUCCESS)
        service.tell("end 2")
        service.wait_for_state(2, SUCCESS)
