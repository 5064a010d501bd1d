"""A site: a home, the processes that serve it, and what a test may do to them."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import httpx
import psutil
import yaml

from tests.ui.moments import NOW
from tests.ui.seeds.making import CODE, Seed
from watchbell.ground.clock import TEST_CLOCK_VARIABLE, Clock, ManualClock
from watchbell.ground.upward import call_upward
from watchbell.instance import DagsterInstance

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


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
        shutil.copytree(seed.home, self.home)
        self.home.chmod(0o700)
        if settings:
            (self.home / "watchbell.yaml").write_text(yaml.safe_dump(dict(settings)), encoding="utf-8")
        self._output = folder / "output.txt"
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._web: subprocess.Popen[bytes] | None = None
        self._instance: DagsterInstance | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def at(self, path: str) -> str:
        """The whole address of a page."""
        return f"{self.url}{path}"

    # ------------------------------------------------------------------ life

    def start(self) -> Self:
        """Starts all its processes; returns when the server answers."""
        self.start_web()
        return self

    def start_web(self) -> None:
        """Starts the web server, at the port that it had before."""
        if self.is_working:
            words = ["-m", "watchbell", "dev", "--port", str(self._port), "--no-reload", *self._code_words()]
        else:
            words = ["-m", "tests.ui.still_site", str(self.home), str(self._port), str(CODE), *self.seed.modules]
        self._web = self._popen(words)
        wait_until(self._answers, f"{self.url} answers")

    def stop_web(self) -> None:
        """Ends the web server at once, as a crash would."""
        if self._web is not None:
            _end(self._web)
            self._web = None

    def close(self) -> None:
        """Ends everything."""
        self.stop_web()
        if self._instance is not None:
            self._instance.close()

    def _code_words(self) -> list[str]:
        return ["-d", str(CODE), *(word for module in self.seed.modules for word in ("-m", module))]

    def _popen(self, words: list[str]) -> subprocess.Popen[bytes]:
        variables = {key: value for key, value in os.environ.items() if not key.startswith(("WATCHBELL_", "DAGSTER_"))}
        static = os.environ.get("WATCHBELL_UI_STATIC")
        with self._output.open("ab") as output:
            return subprocess.Popen(
                [sys.executable, *words],
                cwd=Path(__file__).parents[2],
                env={
                    **variables,
                    **({"WATCHBELL_UI_STATIC": static} if static else {}),
                    "WATCHBELL_HOME": str(self.home),
                    TEST_CLOCK_VARIABLE: str(self.clock_shift_seconds) if self.is_working else NOW.isoformat(),
                },
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def _answers(self) -> bool:
        assert self._web is not None
        assert self._web.poll() is None, self.output[-4_000:]
        try:
            return httpx.get(f"{self.url}/api/health", timeout=5).status_code < 600
        except httpx.TransportError:
            return False

    @property
    def output(self) -> str:
        """What its processes have printed."""
        return self._output.read_text(encoding="utf-8", errors="replace")

    # --------------------------------------------------------------- changing

    @property
    def clock(self) -> Clock:
        """What the site's processes go by."""
        return ManualClock(NOW)

    @property
    def instance(self) -> DagsterInstance:
        """What it remembers, seen and changed by the test."""
        if self._instance is None:
            self._instance = call_upward("open_instance", "home", self.home, clock=self.clock)
        return self._instance

    def break_store(self) -> None:
        """Until it is mended, every question to the store fails."""
        for file in self.home.glob(f"{DATABASE}*"):
            file.rename(file.with_name(f"broken-{file.name}"))
        (self.home / DATABASE).write_bytes(b"this is no database\n" * 500)

    def mend_store(self) -> None:
        """Takes ``break_store`` back."""
        (self.home / DATABASE).unlink()
        for file in self.home.glob(f"broken-{DATABASE}*"):
            file.rename(file.with_name(file.name.removeprefix("broken-")))


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends a process and all it started."""
    with suppress(psutil.NoSuchProcess):
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGKILL)
        process.wait()
        for each in family:
            with suppress(psutil.NoSuchProcess):
                each.kill()
    process.wait()
