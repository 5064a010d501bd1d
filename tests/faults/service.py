"""The real service as a subprocess, on a file of definitions and a home folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

import psutil
import yaml

from watchbell.instance import DagsterInstance
from watchbell.record.run import DagsterRun, DagsterRunStatus, RunsFilter
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState, Tick

DEADLINE_SECONDS = 30.0
"""How long a test waits for what must come (seconds); far more than it takes."""
LOOK_SECONDS = 0.02
LOCATION = "definitions.py"
FILE = LOCATION


def wait_until(condition: Callable[[], object], what: str, seconds: float = DEADLINE_SECONDS) -> float:
    """Waits until ``condition`` is true; the seconds that took. Fails when it does not become so."""
    pause = threading.Event()
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, f"{what}: not within {seconds:g} seconds"
        pause.wait(LOOK_SECONDS)
    return time.monotonic() - began


def environment(home: Path) -> dict[str, str]:
    """The variables of a process that works on ``home``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WATCHBELL_", "DAGSTER_"))}
    return {**kept, "WATCHBELL_HOME": str(home)}


def command(*words: str) -> list[str]:
    """A command of watchbell, run by this Python."""
    return [sys.executable, "-m", "watchbell", *words]


class Service:
    """A service under test; a context manager that leaves no process behind.

    Args:
        folder: for the file of definitions, the home and the output.
        code: the file's text.
        settings: for the settings file.
        home: the home folder; None: one in ``folder``.
    """

    def __init__(
        self, folder: Path, code: str, settings: Mapping[str, object] | None = None, home: Path | None = None
    ) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.home = home or folder / "home"
        self.file = folder / FILE
        self.file.write_text(code, encoding="utf-8")
        self.home.mkdir(mode=0o700, exist_ok=True)
        if settings:
            (self.home / "watchbell.yaml").write_text(yaml.safe_dump(dict(settings)), encoding="utf-8")
        self.output_file = folder / "output.txt"
        self.output_file.touch()
        self.process: subprocess.Popen[bytes] | None = None
        self._others: list[subprocess.Popen[bytes]] = []
        self._started: set[psutil.Process] = set()
        self._instance: DagsterInstance | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for other in self._others:
            other.kill()
            other.wait()
        if self.process is not None:
            self._note_processes()
            self.process.kill()
            self.process.wait()
        for run_id in self._going_on():
            self._note_worker(run_id)
        for process in self._started:
            with suppress(psutil.NoSuchProcess):  # it ends by itself meanwhile
                if process.is_running():  # the same process still, not another one with its number
                    process.kill()
        if self._instance is not None:
            self._instance.close()

    # ------------------------------------------------------------ its life

    def start(self, *words: str) -> Self:
        """Starts it; returns at once."""
        self.process = self._popen("daemon", "-f", str(self.file), *words)
        return self

    def beside(self, *words: str) -> subprocess.Popen[bytes]:
        """Starts another command on the same home; it ends with this object at the latest."""
        process = self._popen(*words)
        self._others.append(process)
        return process

    def _popen(self, *words: str) -> subprocess.Popen[bytes]:
        with self.output_file.open("ab") as output:
            return subprocess.Popen(
                command(*words),
                cwd=self.folder,
                env=environment(self.home),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def kill(self) -> None:
        """kill -9 of the service alone."""
        assert self.process is not None
        self._note_processes()
        self.process.kill()
        self.process.wait()

    def stop(self, seconds: float = DEADLINE_SECONDS) -> int:
        """Asks it to end as a terminal would; its exit code."""
        assert self.process is not None
        self._note_processes()
        self.process.terminate()
        return self.process.wait(seconds)

    def wait(self, seconds: float = DEADLINE_SECONDS) -> int:
        """Waits for its end; the exit code."""
        assert self.process is not None
        return self.process.wait(seconds)

    @property
    def output(self) -> str:
        """What it has written so far."""
        return self.output_file.read_text(encoding="utf-8", errors="replace")

    def family(self) -> list[psutil.Process]:
        """The host, its evaluators and run workers."""
        assert self.process is not None
        try:
            return psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def _note_processes(self) -> None:
        self._started.update(self.family())

    def _going_on(self) -> list[str]:
        return [] if self._instance is None else list(self._instance.store.run_workers())

    def _note_worker(self, run_id: str) -> None:
        worker = self.worker_of(run_id)
        if worker is not None:
            self._started.update([worker, *worker.children(recursive=True)])

    # -------------------------------------------------------------- looking

    @property
    def instance(self) -> DagsterInstance:
        """What it remembers, seen by this process."""
        if self._instance is None:
            self._instance = DagsterInstance.from_home(self.home)
        return self._instance

    def wait_until(self, condition: Callable[[], object], what: str, seconds: float = DEADLINE_SECONDS) -> float:
        """As :func:`wait_until`; a failure shows the service's output."""
        try:
            return wait_until(condition, what, seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.output[-4_000:]}") from None

    def ticks(self, name: str) -> list[Tick]:
        """The ticks of a sensor, oldest first."""
        return self.instance.store.ticks(AutomationKey(LOCATION, AutomationKind.SENSOR, name))[::-1]

    def state(self, name: str) -> AutomationState:
        """Where a sensor stands."""
        key = AutomationKey(LOCATION, AutomationKind.SENSOR, name)
        return self.instance.store.automation_state(key) or AutomationState(key)

    def runs(self, *statuses: DagsterRunStatus, job_name: str | None = None) -> Sequence[DagsterRun]:
        """Runs in one of these states (in any), newest first."""
        return self.instance.get_runs(RunsFilter(job_name=job_name, statuses=list(statuses) or None))

    def wait_for_run(self, status: DagsterRunStatus, seconds: float = DEADLINE_SECONDS) -> DagsterRun:
        """The newest run that is in this state, once there is one."""
        self.wait_until(lambda: self.runs(status), f"a run that is {status.value}", seconds)
        return self.runs(status)[0]

    def worker_of(self, run_id: str) -> psutil.Process | None:
        """The living process of a run."""
        _, worker = self.instance.store.run_workers().get(run_id, (0, None))
        try:
            return None if worker is None else psutil.Process(worker.pid)
        except psutil.NoSuchProcess:
            return None

    def failure_of(self, run_id: str) -> str:
        """Everything that a run's log says of its failure."""
        return "\n".join(
            f"{entry.message}\n{getattr(entry.dagster_event.event_specific_data, 'error', None)}"
            for entry in self.instance.all_logs(run_id)
            if entry.dagster_event is not None and entry.dagster_event.is_failure
        )
