"""Starting either side's service on a file of definitions, watching what it costs, and always ending it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.work.process_tree import adopt_orphans, cpu_seconds_below, kill_below
from bench.work.report import IS_WATCHBELL, command_line, fresh_home

DEFINITIONS = Path(__file__).parent / "definitions"
SAMPLE_SECONDS = 0.5
GRACE_SECONDS = 15


@dataclass
class Service:
    """A service that runs.

    Args:
        process: its first process.
        home: its home folder.
        started_at: when it was started, seconds since the epoch.
        samples: (seconds since the epoch, CPU seconds of its processes so far), growing while it runs.
        log: what it printed.
        port: where its web server listens, if it has one.
    """

    process: subprocess.Popen[bytes]
    home: Path
    started_at: float
    log: Path
    port: int | None
    samples: list[tuple[float, float]] = field(default_factory=list)

    def cpu_between(self, begin: float, end: float) -> float:
        """CPU seconds between two instants (seconds since the epoch), as far apart as the samples around them."""
        before = [cpu for at, cpu in self.samples if at <= begin]
        until = [cpu for at, cpu in self.samples if at <= end + SAMPLE_SECONDS]
        return until[-1] - (before[-1] if before else 0.0)

    def check(self) -> None:
        """Raises when the service has ended by itself.

        Raises:
            RuntimeError: it has; the message carries the end of its output.
        """
        if self.process.poll() is not None:
            raise RuntimeError(f"the service ended with {self.process.returncode}:\n{self.log.read_text()[-3000:]}")


def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def service_command(file: Path, port: int | None) -> list[str]:
    """How a user starts it: with the web server when a port is given, else without."""
    if port is not None:
        return [str(word) for word in command_line("dev", "-f", file, "-p", str(port))]
    if IS_WATCHBELL:
        return [str(word) for word in command_line("daemon", "-f", file)]
    return [str(Path(sys.executable).parent / "dagster-daemon"), "run", "-f", str(file)]


@contextmanager
def served(
    name: str, home: Path, environment: dict[str, str], *, web: bool = False, settings: str = ""
) -> Iterator[Service]:
    """Runs the service on ``definitions/<name>.py`` while the block runs.

    Args:
        name: stem of the file of definitions.
        home: its home folder, made if it is not there.
        environment: variables that the file reads.
        web: with the web server.
        settings: lines of the settings file.
    """
    adopt_orphans()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that `finally` below runs when we are told to stop
    port = free_port() if web else None
    variables = {**os.environ, **environment, **fresh_home(home, settings)}
    log = home.parent / f"{home.name}.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            service_command(DEFINITIONS / f"{name}.py", port),
            cwd=home.parent,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    service = Service(process, home, time.time(), log, port)
    over = threading.Event()
    watcher = threading.Thread(target=sample, args=(service, over), daemon=True)
    watcher.start()
    try:
        yield service
    finally:
        over.set()
        watcher.join()
        process.send_signal(signal.SIGINT)
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        kill_below(os.getpid())


def sample(service: Service, over: threading.Event) -> None:
    """Notes the CPU spent below this process, again and again."""
    own = os.getpid()
    while not over.wait(SAMPLE_SECONDS):
        service.samples.append((time.time(), cpu_seconds_below(own)))


@contextmanager
def temporary_home() -> Iterator[Path]:
    """A home folder that is removed in the end."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "home"


def sleep_until(instant: float, service: Service | None = None) -> None:
    """Waits for an instant (seconds since the epoch), or for the service's unexpected end."""
    while (left := instant - time.time()) > 0:
        if service is not None:
            service.check()
        time.sleep(min(left, 0.5))
