"""Processes: told apart from later ones, measured, and known to be over."""

import os
import signal
import subprocess
import sys
from dataclasses import replace

import pytest

from watchbell.host.process import choose_start, is_running, resident_bytes, send_signal, signal_name
from watchbell.record.worker_identity import identity_of, is_alive, own_identity

WAITS = [sys.executable, "-c", "input()"]


def test_this_process_is_alive_under_its_own_identity() -> None:
    assert is_alive(own_identity())


def test_a_later_process_with_the_same_number_is_another_one() -> None:
    mine = own_identity()

    assert is_alive(replace(mine, started="1")) is False
    assert is_alive(replace(mine, boot_id="another boot")) is False


def test_a_process_of_another_machine_cannot_be_seen() -> None:
    assert is_alive(replace(own_identity(), host_name="elsewhere")) is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_a_process_that_has_a_processor_is_running_and_one_that_ended_is_not() -> None:
    process = subprocess.Popen(WAITS, stdin=subprocess.PIPE)
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # ended, not reaped

    assert (is_running(os.getpid()), is_running(process.pid)) == (True, False)
    process.communicate()
    assert is_running(process.pid) is False


def test_a_process_that_only_waits_to_be_reaped_is_over() -> None:
    process = subprocess.Popen(WAITS, stdin=subprocess.PIPE)
    worker = identity_of(process.pid)
    assert worker is not None
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # ended, not reaped

    assert (is_alive(worker), identity_of(process.pid)) == (False, None)
    process.communicate()


def test_nobody_has_the_number_of_no_process() -> None:
    assert identity_of(2**22 + 1) is None
    assert resident_bytes(2**22 + 1) == 0
    assert not send_signal(2**22 + 1, signal.SIGTERM)


def test_memory_is_what_the_process_holds() -> None:
    before = resident_bytes(os.getpid())
    held = bytearray(os.urandom(1) * 64_000_000)

    grown = resident_bytes(os.getpid()) - before
    assert 50_000_000 < grown < 100_000_000
    del held


@pytest.mark.parametrize(
    ("setting", "threads", "platform", "expected"),
    [
        ("auto", 1, "linux", "fork"),
        ("auto", 2, "linux", "spawn"),
        ("auto", 1, "darwin", "spawn"),
        ("fork", 2, "linux", "fork"),
        ("spawn", 1, "linux", "spawn"),
    ],
)
def test_forks_only_where_that_is_safe(
    monkeypatch: pytest.MonkeyPatch, setting: str, threads: int, platform: str, expected: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)

    assert choose_start(setting, threads) == expected


def test_without_fork_everything_is_spawned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "fork")

    assert choose_start("fork", 1) == "spawn"


def test_signals_have_names() -> None:
    assert (signal_name(9), signal_name(200)) == ("SIGKILL", "signal 200")
