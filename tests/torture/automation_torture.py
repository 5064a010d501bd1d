"""Kills the service and every other process again and again while schedules and sensors of all kinds work.

    python -m tests.torture.automation_torture --seed 1 --kills 40 --subjects assets,runs

The service works on ``automation/code.py``: sensors of assets and of runs, async sensors, schedules with policies. What
they have to notice is made to happen meanwhile. After the last kill the service goes on until all is quiet; then what
is stored is compared with what must be there. A failing run prints its seed; the moments of the kills follow from it,
though not what the machine makes of them.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from tests.torture.automation.asset_model import AssetSubject
from tests.torture.automation.async_model import AsyncSubject
from tests.torture.automation.kills import kill_evaluator, kill_host, kill_worker
from tests.torture.automation.run_model import RunSubject
from tests.torture.automation.schedule_model import ScheduleSubject
from tests.torture.automation.subject import Report, Subject
from tests.torture.torture import END_SECONDS_MAX, start, unfinished
from watchbell.instance import DagsterInstance
from watchbell.record.settings import Settings

REPOSITORY = Path(__file__).parents[2]
SUBJECTS: Mapping[str, Callable[[], Subject]] = {
    "assets": AssetSubject,
    "runs": RunSubject,
    "async": AsyncSubject,
    "schedules": ScheduleSubject,
}
SETTINGS = "quarantine_after: 1000000\nmax_concurrent_runs: 8\n"
"""Whoever is killed at random is not at fault: nothing is put into quarantine."""
LIFE_SECONDS_MAX = 7.0
"""The longest life of a service before it is killed, from when it was started (seconds)."""
PAUSE_SECONDS_MAX = 0.4
"""The longest time between two things that happen in a service's life (seconds)."""
HAPPENS = {"feed": 0.55, "host": 0.05, "evaluator": 0.15, "async evaluator": 0.1, "worker": 0.15}
"""How often what happens: something to notice, or the end of a process."""
READY_SECONDS_MAX = 60.0
QUIET_SECONDS_MAX = 300.0
QUIET_SECONDS = 4.0
"""So long nothing must have been stored: longer than the interval of every sensor (seconds)."""
LOOK_SECONDS = 0.25


def torture(seed: int, kills: int, folder: Path, names: Sequence[str] = tuple(SUBJECTS)) -> Report:
    """Kills the service ``kills`` times, and others meanwhile, and looks at what is left.

    Args:
        seed: of the moments, and of what happens.
        kills: how often the service is killed (count).
        folder: an empty folder for the home and for what user code writes.
        names: what is tortured.
    """
    report, moments, began = Report(seed), random.Random(seed), time.monotonic()
    subjects = [SUBJECTS[name]() for name in names]
    home = folder / "home"
    home.mkdir()
    (home / "watchbell.yaml").write_text(SETTINGS)
    with DagsterInstance.from_home(home, settings=Settings()) as instance:
        make_ready(instance, folder, names, subjects, moments, report)
        for subject in subjects:
            subject.prepare(instance, kills)
        while report.kills < kills:
            with service(folder, names) as process:
                live(instance, folder, process, subjects, moments, report)
        finish(instance, folder, names, subjects, report)
        report.runs = instance.get_runs_count()
        for subject in subjects:
            subject.check(instance, folder, report)
    report.seconds = round(time.monotonic() - began, 1)
    return report


def make_ready(
    instance: DagsterInstance,
    folder: Path,
    names: Sequence[str],
    subjects: Sequence[Subject],
    moments: random.Random,
    report: Report,
) -> None:
    """Lets services begin, and kills them, until one has stored where everybody begins."""
    wanted = {name for subject in subjects for name in subject.begins}
    for seconds_max in (1.0, 2.0, READY_SECONDS_MAX):
        with service(folder, names) as process:
            seconds = seconds_max if seconds_max == READY_SECONDS_MAX else moments.uniform(0, seconds_max)
            is_ready = wait_until(lambda: wanted <= begun(instance), seconds)
            process.kill()
            report.kills += 1
        if is_ready:
            return
    raise AssertionError(f"never began: {sorted(wanted - begun(instance))}")


def begun(instance: DagsterInstance) -> set[str]:
    """The automations of which is stored since when, or after which event, they work."""
    states = instance.store.automation_states()
    return {state.key.name for state in states if state.effective_at is not None or state.cursor is not None}


def live(
    instance: DagsterInstance,
    folder: Path,
    process: subprocess.Popen[bytes],
    subjects: Sequence[Subject],
    moments: random.Random,
    report: Report,
) -> None:
    """A life of the service, at whose end it is killed; meanwhile things happen, and other processes are killed."""
    deadline = time.monotonic() + moments.uniform(0.0, LIFE_SECONDS_MAX)
    while (left := deadline - time.monotonic()) > 0:
        try:
            process.wait(timeout=min(moments.uniform(0, PAUSE_SECONDS_MAX), left))
        except subprocess.TimeoutExpired:
            happen(instance, folder, process, subjects, moments, report)
        else:
            report.say("service", f"it ended by itself with code {process.returncode}")
            return
    process.kill()
    report.kills += 1


def happen(
    instance: DagsterInstance,
    folder: Path,
    process: subprocess.Popen[bytes],
    subjects: Sequence[Subject],
    moments: random.Random,
    report: Report,
) -> None:
    """Feeds a subject, or kills a process that is not the service."""
    (what,) = moments.choices(list(HAPPENS), list(HAPPENS.values()))
    match what:
        case "feed":
            moments.choice(subjects).feed(instance, moments, report)
            return
        case "host":
            is_done = kill_host(process, moments)
        case "evaluator":
            is_done = kill_evaluator(folder, "plain", process, moments)
        case "async evaluator":
            is_done = kill_evaluator(folder, "async", process, moments)
        case _:
            is_done = kill_worker(instance, moments)
    if is_done:
        report.other_kills[what] = report.other_kills.get(what, 0) + 1


def finish(
    instance: DagsterInstance, folder: Path, names: Sequence[str], subjects: Sequence[Subject], report: Report
) -> None:
    """A last service goes on until all is quiet, and ends when it is asked to."""
    (folder / "stop").touch()
    quiet_since, last_event = time.monotonic(), -1

    def is_quiet() -> bool:
        nonlocal quiet_since, last_event
        assert process.poll() is None, f"the service ended with code {process.returncode}"
        before, last_event = last_event, instance.last_event_id()
        if before != last_event or unfinished(instance):
            quiet_since = time.monotonic()
        return time.monotonic() - quiet_since > QUIET_SECONDS and all(each.is_quiet(instance) for each in subjects)

    with service(folder, names) as process:
        if not wait_until(is_quiet, QUIET_SECONDS_MAX):
            loud = [subject.name for subject in subjects if not subject.is_quiet(instance)]
            report.say("service", f"not quiet after {QUIET_SECONDS_MAX:g} s: {loud}, runs {unfinished(instance)}")
        process.send_signal(signal.SIGTERM)
        if process.wait(timeout=END_SECONDS_MAX) != 0:
            report.say("service", f"it ended with code {process.returncode} after SIGTERM")


@contextmanager
def service(folder: Path, names: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    """A service in a process of its own; killed at the end of the block if it still lives."""
    environment = {
        **os.environ,
        "WATCHBELL_HOME": str(folder / "home"),
        "TORTURE_FOLDER": str(folder),
        "TORTURE_SUBJECTS": ",".join(names),
    }
    code = ["-m", "tests.torture.automation.code", "-d", str(REPOSITORY)]
    command = [sys.executable, "-m", "watchbell.cli.main", "daemon", "--no-reload", *code]
    with (folder / "service.log").open("ab") as log:
        process = start(command, environment, log)
        try:
            yield process
        finally:
            process.kill()
            process.wait(timeout=END_SECONDS_MAX)


def wait_until(condition: Callable[[], bool], seconds_max: float) -> bool:
    """Whether the condition came true in time."""
    pause, deadline = threading.Event(), time.monotonic() + seconds_max
    while time.monotonic() < deadline:
        if condition():
            return True
        pause.wait(LOOK_SECONDS)
    return False


def main() -> None:
    """The command line."""
    arguments = argparse.ArgumentParser(
        description="kill -9 whatever makes schedules and sensors work, again and again"
    )
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--kills", type=int, default=40)
    arguments.add_argument("--subjects", default=",".join(SUBJECTS), help="which of them, by comma")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="torture-", ignore_cleanup_errors=True) as folder:
        report = torture(given.seed, given.kills, Path(folder), given.subjects.split(","))
        if report.violations:
            sys.stderr.write((Path(folder) / "service.log").read_text()[-5_000:])
    sys.stdout.write(json.dumps(asdict(report), indent=2) + "\n")
    sys.exit(1 if report.violations else 0)


if __name__ == "__main__":
    main()
