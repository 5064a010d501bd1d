"""Runs one work script in a child interpreter of either side, and reads the figures it prints.

Machines are never quiet: the sides take turns round by round, figures are medians over rounds, and a fixed piece of
work in an otherwise empty interpreter is timed along with them, so that a reader can judge the noise.
"""

from __future__ import annotations

import compileall
import json
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
# About 0.1 s of arithmetic that has nothing to do with either side.
FIXED_WORK = "total = 0\nfor number in range(1_500_000): total += number * number"


@dataclass(frozen=True)
class Side:
    """One of the two that are compared.

    Args:
        name: ``"watchbell"`` or ``"dagster"``.
        python: the interpreter of its environment.
    """

    name: str
    python: Path


@dataclass(frozen=True)
class Figure:
    """One printed figure.

    Args:
        measure: which one, unique within the question.
        value: the figure.
        unit: what it counts.
    """

    measure: str
    value: float
    unit: str


class WorkFailedError(Exception):
    """A work script failed or took too long; the message says why."""


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables a work script runs under: bytecode allowed, no home folder or path of the caller's."""
    dropped = {
        "PYTHONDONTWRITEBYTECODE",
        "DAGSTER_HOME",
        "WATCHBELL_HOME",
        "PYTHONUNBUFFERED",
        "PYTHONPROFILEIMPORTTIME",
    }
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return {**kept, "PYTHONPATH": str(ROOT), **(extra or {})}


def compile_environment(side: Side) -> None:
    """Writes the bytecode of everything installed there; without it start-up costs two to three times as much."""
    where = [str(side.python), "-c", "import site; print('\\n'.join(site.getsitepackages()))"]
    for folder in subprocess.run(where, capture_output=True, text=True, check=True).stdout.split("\n"):
        if folder:
            command = [str(side.python), "-m", "compileall", "-q", "-j", "0", folder]
            subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    if side.name == "watchbell":  # installed editable: its sources lie elsewhere
        for folder in ("src", "packages", "bench"):
            compileall.compile_dir(ROOT / folder, quiet=2)


def run_work(side: Side, script: str, arguments: Sequence[str], timeout_seconds: float) -> list[Figure]:
    """The figures that one run of ``bench/work/<script>.py`` printed.

    Args:
        side: under which interpreter.
        script: name of the work script.
        arguments: what it is given.
        timeout_seconds: after this it and everything it started is killed.

    Raises:
        WorkFailedError: it failed or took too long.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        errors = Path(folder) / "stderr"
        with errors.open("wb") as sink:
            child = subprocess.Popen(
                [str(side.python), "-m", f"bench.work.{script}", *arguments],
                cwd=folder,
                env=environment({"TMPDIR": folder}),
                stdout=subprocess.PIPE,
                stderr=sink,
                text=True,
                start_new_session=True,
            )
            try:
                output, _ = child.communicate(timeout=timeout_seconds)
            except subprocess.TimeoutExpired:
                end_session(child)
                raise WorkFailedError(f"took longer than {timeout_seconds:.0f} s") from None
            except BaseException:
                end_session(child)
                raise
        if child.returncode:
            tail = errors.read_text(errors="replace").strip().splitlines()[-12:]
            raise WorkFailedError(f"ended with {child.returncode}: " + "\n".join(tail))
    return [Figure(**json.loads(line)) for line in output.splitlines() if line.startswith("{")]


def end_session(child: subprocess.Popen[str]) -> None:
    """Asks a work script to stop what it started, then kills what is left of its session."""
    child.send_signal(signal.SIGTERM)
    try:
        child.wait(timeout=15)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def fixed_work_ms() -> float:
    """CPU of the fixed work in an empty interpreter of ours, in milliseconds: the yardstick of the machine's mood."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-I", "-c", FIXED_WORK], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000


def medians(rounds: Sequence[Sequence[Figure]]) -> list[Figure]:
    """The median of each measure over rounds, in the order in which they were first printed."""
    values: dict[str, list[float]] = {}
    units: dict[str, str] = {}
    for figures in rounds:
        for figure in figures:
            values.setdefault(figure.measure, []).append(figure.value)
            units[figure.measure] = figure.unit
    return [Figure(measure, statistics.median(found), units[measure]) for measure, found in values.items()]


def load_average() -> float:
    """Processes that wanted a core during the last minute (mean); 0 where the system does not say."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def now_text() -> str:
    """The moment, for the record of a measurement."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
