"""A site: a home, the processes that serve it, and what a test may do to them."""

from __future__ import annotations

import logging
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import httpx
import psutil
import yaml

from tests.ui.moments import NOW
from tests.ui.seeds.making import Seed, shown_code
from tests.ui.starter import starter
from watchbell.ground.clock import TEST_CLOCK_VARIABLE, Clock, ManualClock
from watchbell.ground.upward import call_upward
from watchbell.instance import DagsterInstance
from watchbell.record.error_info import SerializableErrorInfo
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry, JobFailureData
from watchbell.web.static_files import FOLDER_VARIABLE

DEADLINE_SECONDS = 60.0
"""How long a test waits for a process; far more than it takes."""
LOOK_SECONDS = 0.02
DATABASE = "watchbell.db"


def wait_until(condition: Callable[[], object], what: str, seconds: float = DEADLINE_SECONDS) -> None:
    """Waits until ``condition`` is true; fails when it does not become so."""
    pause, began = threading.Event(), time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, f"{what}: not within {seconds:g} seconds"
        pause.wait(LOOK_SECONDS)


_left: list[int] = []
"""Ports of sites that are closed: at the same address the browser has the files of the pages already."""


def free_port() -> int:
    """A port of this machine that nobody listens on; one of an earlier site, if there is one."""
    for port in [*_left, 0]:
        with closing(socket.socket()) as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            if port:
                _left.remove(port)
            return int(probe.getsockname()[1])
    raise OSError("this machine has no port left")


class Site:
    """The server over a copy of a seed; a context manager that leaves no process behind.

    Args:
        seed: what is in the home.
        folder: for the home and the output; made.
        working: whether the loops of the service work, on a clock that goes.
        settings: for the settings file.
    """

    def __init__(
        self, seed: Seed, folder: Path, *, working: bool = False, settings: Mapping[str, object] | None = None
    ) -> None:
        self.seed = seed
        self.facts = seed.facts
        self.is_working = working
        self.clock_shift_seconds = (NOW - datetime.now(UTC)).total_seconds() if working else 0.0
        self.home = folder / "home"
        self.code = shown_code()
        """Where its code is loaded from."""
        shutil.copytree(seed.home, self.home)
        self.home.chmod(0o700)
        if working:  # a code of its own, that a test may change
            self.code = Path(shutil.copytree(self.code, folder / "code", ignore=shutil.ignore_patterns("__pycache__")))
        if settings:
            (self.home / "watchbell.yaml").write_text(yaml.safe_dump(dict(settings)), encoding="utf-8")
        self._output = folder / "output.txt"
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._web: psutil.Process | None = None
        self._service: psutil.Process | None = None
        self._instance: DagsterInstance | None = None
        self._asking = httpx.Client(verify=False, timeout=30, limits=httpx.Limits(max_keepalive_connections=0))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def at(self, path: str) -> str:
        """The whole address of a page."""
        return f"{self.url}{path}"

    # ------------------------------------------------------------------ life

    def start(self) -> Self:
        """Starts all its processes; returns when the server answers, and knows what code there is."""
        self.start_service()
        self.start_web()
        self.wait_for_code()
        return self

    def start_service(self) -> None:
        """Starts the service; returns at once."""
        if self.is_working:
            words = ["-m", "watchbell", "daemon", "--no-reload", "-d", str(self.code)]
            words += [word for module in self.seed.modules for word in ("-m", module)]
        else:
            words = ["-m", "tests.ui.quiet_service", str(self.code), *self.seed.modules]
        self._service = self._begin(words)

    def stop_service(self) -> None:
        """Ends the service and all it started at once, as a crash of the machine's would."""
        if self._service is not None:
            _end(self._service)
            self._service = None

    def start_web(self) -> None:
        """Starts the web server, at the port that it had before; returns when it answers."""
        self._web = self._begin(["-m", "watchbell", "web", "--port", str(self._port)])
        wait_until(self._answers, f"{self.url} answers")

    def stop_web(self) -> None:
        """Ends the web server at once, as a crash would."""
        if self._web is not None:
            _end(self._web)
            self._web = None

    def wait_for_code(self) -> None:
        """Waits until the web server knows every code location, or why it cannot be loaded."""
        wait_until(lambda: self._locations() >= set(self.seed.modules), f"the code of {self.seed.name} is loaded")

    def close(self) -> None:
        """Ends everything."""
        self.stop_web()
        self.stop_service()
        self._asking.close()
        if self._instance is not None:
            self._instance.close()
        if self._port not in _left:
            _left.append(self._port)

    def _begin(self, words: list[str]) -> psutil.Process:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("WATCHBELL_", "DAGSTER_"))}
        static = os.environ.get(FOLDER_VARIABLE)
        clock = str(self.clock_shift_seconds) if self.is_working else NOW.isoformat()
        more = {FOLDER_VARIABLE: static} if static else {}
        env = {**kept, **more, "SHOP_PASSWORD": "a secret", TEST_CLOCK_VARIABLE: clock}
        own = {"WATCHBELL_HOME": str(self.home)}
        if not self.is_working:
            return starter(tuple(env.items())).start(words, own, self._output)
        with self._output.open("ab") as output:
            return psutil.Popen(
                [sys.executable, *words],
                cwd=Path(__file__).parents[2],
                env={**env, **own},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def get(self, path: str) -> httpx.Response:
        """What the API answers."""
        return self._asking.get(self.at(path))

    def _answers(self) -> bool:
        assert self._web is not None
        assert _lives(self._web), self.output[-4_000:]
        try:
            return bool(self.get("/api/health").status_code)
        except httpx.TransportError:
            return False

    def _locations(self) -> set[str]:
        for process in (self._web, self._service):
            assert process is None or _lives(process), self.output[-4_000:]
        found = self.get("/api/service").json()
        return {*found["locations"], *(each["location"] for each in found["errors"])}

    @property
    def output(self) -> str:
        """What its processes have printed."""
        return self._output.read_text(encoding="utf-8", errors="replace")

    # --------------------------------------------------------------- changing

    @property
    def clock(self) -> Clock:
        """What the site's processes go by, at this moment."""
        return ManualClock(datetime.now(UTC) + timedelta(seconds=self.clock_shift_seconds) if self.is_working else NOW)

    @property
    def instance(self) -> DagsterInstance:
        """What it remembers, seen and changed by the test."""
        if self._instance is None:
            self._instance = call_upward("open_instance", "home", self.home, clock=self.clock)
        return self._instance

    def finish_run(self, run_id: str) -> None:
        """A run ends well, as its worker would write it."""
        self._end_run(run_id, DagsterEventType.RUN_SUCCESS, "the run ended well", None)

    def fail_run(self, run_id: str, message: str) -> None:
        """A run fails."""
        error = SerializableErrorInfo(message, (), "ValueError")
        self._end_run(run_id, DagsterEventType.RUN_FAILURE, message, JobFailureData(error))

    def append(self, run_id: str, lines: Sequence[str], level: int = logging.INFO) -> None:
        """User code of a run logs lines."""
        job_name = self._job_of(run_id)
        at = self.clock.now().timestamp()
        entries = [EventLogEntry(run_id, at, level, line, None, job_name) for line in lines]
        self.instance.handle_new_events(entries)

    def _end_run(self, run_id: str, kind: DagsterEventType, message: str, data: JobFailureData | None) -> None:
        job_name, at = self._job_of(run_id), self.clock.now().timestamp()
        event = DagsterEvent(kind, job_name, None, message, data)
        self.instance.handle_new_event(EventLogEntry(run_id, at, logging.INFO, "", None, job_name, event))

    def _job_of(self, run_id: str) -> str:
        run = self.instance.get_run_by_id(run_id)
        assert run is not None, run_id
        return run.job_name

    def break_store(self) -> None:
        """Until it is mended, every question to the store fails: its tables have other names."""
        self._rename_tables("", "broken_")

    def mend_store(self) -> None:
        """Takes ``break_store`` back."""
        self._rename_tables("broken_", "")

    def _rename_tables(self, old: str, new: str) -> None:
        with closing(sqlite3.connect(self.home / DATABASE, timeout=30)) as database, database:
            database.execute("PRAGMA legacy_alter_table = ON")
            found = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
            for (name,) in found.fetchall():
                database.execute(f'ALTER TABLE "{name}" RENAME TO "{new}{name.removeprefix(old)}"')


def _lives(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False


def _end(process: psutil.Process) -> None:
    """Ends a process and all it started."""
    with suppress(psutil.NoSuchProcess):
        family = process.children(recursive=True)
        process.kill()
        for each in family:
            with suppress(psutil.NoSuchProcess):
                each.kill()
    process.wait()
