"""Watching processes that are nobody's children here."""

import os
import queue
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from watchbell.host.stop_worker import stop_worker
from watchbell.host.watch import ProcessWatcher
from watchbell.record.run import RunWorker
from watchbell.record.worker_identity import identity_of, own_identity

WAIT_SECONDS = 10


@pytest.fixture
def watcher() -> Iterator[ProcessWatcher]:
    made = ProcessWatcher()
    yield made
    made.stop()


@pytest.fixture(params=["pidfd", "looking"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "looking":
        monkeypatch.delattr(os, "pidfd_open", raising=False)
    return str(request.param)


def waiting_process(code: str = "input()") -> tuple[subprocess.Popen[bytes], RunWorker]:
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    worker = identity_of(process.pid)
    assert worker is not None
    return process, worker


@pytest.mark.usefixtures("way")
def test_the_end_of_each_process_is_told_once(watcher: ProcessWatcher) -> None:
    told: queue.Queue[RunWorker] = queue.Queue()
    first, second = waiting_process(), waiting_process()
    for _, worker in (first, second):
        watcher.watch(worker, told.put)
        watcher.watch(worker, told.put)

    second[0].kill()
    ended_first = told.get(timeout=WAIT_SECONDS)
    first[0].kill()
    ended_second = told.get(timeout=WAIT_SECONDS)

    assert ([ended_first, ended_second], told.empty()) == ([second[1], first[1]], True)
    for process, _ in (first, second):
        process.communicate()


@pytest.mark.usefixtures("way")
def test_a_process_that_is_over_already_is_told(watcher: ProcessWatcher) -> None:
    told: queue.Queue[RunWorker] = queue.Queue()
    another_boot = replace(own_identity(), boot_id="before the reset")

    watcher.watch(another_boot, told.put)

    assert told.get(timeout=WAIT_SECONDS) == another_boot


def test_a_process_of_another_machine_is_not_told(watcher: ProcessWatcher) -> None:
    told: queue.Queue[RunWorker] = queue.Queue()
    mine = own_identity()

    watcher.watch(replace(mine, host_name="elsewhere"), told.put)
    watcher.watch(replace(mine, boot_id="over"), told.put)

    assert told.get(timeout=WAIT_SECONDS).boot_id == "over"
    assert told.empty()


def test_a_watcher_may_be_stopped_unstarted_and_twice() -> None:
    watcher = ProcessWatcher()

    watcher.stop()
    watcher.stop()
    watcher.watch(own_identity(), lambda _: None)


def test_a_worker_that_does_not_stop_is_killed_after_the_grace(watcher: ProcessWatcher) -> None:
    told: queue.Queue[RunWorker] = queue.Queue()
    stubborn = "import os, signal; os.setsid(); signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True)"
    process, worker = waiting_process(f"{stubborn}; input()")
    assert process.stdout is not None
    process.stdout.readline()
    watcher.watch(worker, told.put)

    was_there = stop_worker(worker, 0.2)
    told.get(timeout=WAIT_SECONDS)
    process.communicate()

    assert (was_there, process.returncode) == (True, -signal.SIGKILL)


def test_a_process_that_took_over_the_number_is_left_alone() -> None:
    assert not stop_worker(replace(own_identity(), started="1"), 0)
