"""How a work script tells what it measured: one JSON line per figure on stdout, and the stopwatch that takes it."""

from __future__ import annotations

import importlib.util
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

IS_WATCHBELL = importlib.util.find_spec("watchbell") is not None


@dataclass
class Spent:
    """What a stretch of work cost, filled in when it is over.

    Args:
        cpu_seconds: user and system time of this process and of the children it has reaped.
        wall_seconds: time that passed.
    """

    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0


def cpu_seconds() -> float:
    """User and system time so far, of this process and of the children it has reaped."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


@contextmanager
def stopwatch() -> Iterator[Spent]:
    """Measures the block; read the yielded :class:`Spent` after it."""
    spent = Spent()
    wall, cpu = time.perf_counter(), cpu_seconds()
    yield spent
    spent.cpu_seconds, spent.wall_seconds = cpu_seconds() - cpu, time.perf_counter() - wall


def emit(measure: str, value: float, unit: str) -> None:
    """Prints one figure.

    Args:
        measure: which one, unique within the question.
        value: the figure.
        unit: what it counts, e.g. ``"ms cpu/step"``.
    """
    print(json.dumps({"measure": measure, "value": value, "unit": unit}), flush=True)


def child_cpu_seconds(command: Sequence[str | Path], environment: dict[str, str] | None = None) -> float:
    """User and system time of a command and its children, run to its end in an empty working folder.

    Raises:
        RuntimeError: it failed; the message carries the end of its output.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [str(word) for word in command],
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(f"{command} ended with {done.returncode}:\n{done.stdout[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def command_line(*words: str | Path) -> list[str | Path]:
    """A command of the side that runs this script: ``watchbell …`` or ``dagster …``."""
    return [Path(sys.executable).parent / ("watchbell" if IS_WATCHBELL else "dagster"), *words]


def fresh_home(folder: Path, settings: str = "") -> dict[str, str]:
    """Makes a home folder for an instance.

    Args:
        folder: made if it is not there.
        settings: lines of the settings file, the same for both sides.

    Returns:
        The environment variables that name it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    telemetry = "" if IS_WATCHBELL else "telemetry:\n  enabled: false\n"
    (folder / "dagster.yaml").write_text(telemetry + settings)
    return {"DAGSTER_HOME": str(folder), **({"WATCHBELL_HOME": str(folder)} if IS_WATCHBELL else {})}
