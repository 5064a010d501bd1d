"""Which processes there are to kill, and the killing."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterable
from pathlib import Path

import psutil

from watchbell.instance import DagsterInstance
from watchbell.record.worker_identity import is_alive

RECENT_MAX = 50
"""Processes looked at of those that evaluated last (count)."""


def kill_host(service: subprocess.Popen[bytes], moments: random.Random) -> bool:
    """Kills the process that has the user's code; whether there was one."""
    return _kill_one(_children(service.pid), moments)


def kill_evaluator(folder: Path, kind: str, service: subprocess.Popen[bytes], moments: random.Random) -> bool:
    """Kills a process that evaluates, of kind ``"plain"`` or ``"async"``; whether there was one."""
    file = folder / f"evaluators-{kind}"
    if not file.exists():
        return False
    named = {int(pid) for pid in file.read_text().split()[-RECENT_MAX:]}
    evaluators = [each for host in _children(service.pid) for each in _children(host.pid) if each.pid in named]
    return _kill_one(evaluators, moments)


def kill_worker(instance: DagsterInstance, moments: random.Random) -> bool:
    """Kills the process of a run; whether there was one."""
    workers = [worker for _, worker in instance.store.run_workers().values() if worker is not None]
    return _kill_one((psutil.Process(each.pid) for each in workers if is_alive(each)), moments)


def _children(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children()
    except psutil.NoSuchProcess:
        return []


def _kill_one(processes: Iterable[psutil.Process], moments: random.Random) -> bool:
    choice = moments.random()
    try:
        found = sorted(processes, key=lambda process: process.pid)
        if not found:
            return False
        found[int(choice * len(found))].kill()
    except psutil.NoSuchProcess:
        return False
    return True
