"""The local launcher: what the host started goes through it, what others started is watched here."""

import os
import queue
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from watchbell.launch.local import LocalLauncher
from watchbell.record.evaluation import CancelRun, StartRun, WorkerExit
from watchbell.record.run import RunWorker
from watchbell.record.worker_identity import identity_of, own_identity

WAIT_SECONDS = 20


class RecordingHost:
    """A host that only writes down what it is asked."""

    def __init__(self) -> None:
        self.asked: list[object] = []
        self.running: set[str] = set()

    def start_run(self, start: StartRun) -> None:
        self.asked.append(start)
        self.running.add(start.run_id)

    def cancel_run(self, cancel: CancelRun) -> None:
        self.asked.append(cancel)

    def started_here(self, run_id: str) -> bool:
        return run_id in self.running


@pytest.fixture
def ends() -> queue.Queue[WorkerExit]:
    return queue.Queue()


@pytest.fixture
def host() -> RecordingHost:
    return RecordingHost()


@pytest.fixture
def launcher(host: RecordingHost, ends: queue.Queue[WorkerExit]) -> Iterator[LocalLauncher]:
    made = LocalLauncher(host, ends.put)
    yield made
    made.stop()


@pytest.fixture
def foreign() -> Iterator[tuple[subprocess.Popen[bytes], RunWorker]]:
    """A worker that nobody here started: it waits until its input closes."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    worker = identity_of(process.pid)
    assert worker is not None
    yield process, worker
    process.kill()
    process.communicate()


def test_what_the_host_started_is_canceled_by_the_host(host: RecordingHost, launcher: LocalLauncher) -> None:
    launcher.start(StartRun("r", 1))

    was_there = launcher.cancel(CancelRun("r", 5.0), None)

    assert (was_there, host.asked) == (True, [StartRun("r", 1), CancelRun("r", 5.0)])


def test_the_end_of_a_foreign_worker_is_told(
    launcher: LocalLauncher, ends: queue.Queue[WorkerExit], foreign: tuple[subprocess.Popen[bytes], RunWorker]
) -> None:
    process, worker = foreign

    is_watched = launcher.watch("r", 3, worker)
    process.kill()

    assert (is_watched, ends.get(timeout=WAIT_SECONDS)) == (True, WorkerExit("r", 3, worker.pid))


def test_a_worker_that_ended_before_is_told_at_once(launcher: LocalLauncher, ends: queue.Queue[WorkerExit]) -> None:
    before_the_reset = replace(own_identity(), boot_id="another")

    launcher.watch("r", 1, before_the_reset)

    assert ends.get(timeout=WAIT_SECONDS) == WorkerExit("r", 1, os.getpid())


def test_a_worker_of_another_machine_cannot_be_watched(launcher: LocalLauncher) -> None:
    assert not launcher.watch("r", 1, replace(own_identity(), host_name="elsewhere"))


def test_a_foreign_worker_is_asked_to_stop(
    host: RecordingHost, launcher: LocalLauncher, foreign: tuple[subprocess.Popen[bytes], RunWorker]
) -> None:
    process, worker = foreign

    was_there = launcher.cancel(CancelRun("r"), worker)
    process.wait(WAIT_SECONDS)

    assert (was_there, process.returncode, host.asked) == (True, -signal.SIGTERM, [])


def test_a_run_without_a_process_has_nobody_to_ask(launcher: LocalLauncher) -> None:
    assert not launcher.cancel(CancelRun("r"), None)
    assert not launcher.cancel(CancelRun("r"), replace(own_identity(), started="1"))


def test_a_launcher_may_be_stopped_twice(launcher: LocalLauncher) -> None:
    launcher.stop()
    launcher.stop()
