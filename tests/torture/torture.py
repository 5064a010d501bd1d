"""Kills the real service with SIGKILL again and again, and checks that nothing was lost or doubled.

    python -m tests.torture.torture --seed 1 --kills 40

The service works on ``definitions.py`` beside this file. Now and then the process of a run of job ``shaky``, or one of
its steps, is killed with it. After the last kill it runs once more until all is quiet; then
what is stored is compared with what the invariants say. A failing run prints its seed; the moments of the kills follow
from it, though not what the machine makes of them.
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
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

import psutil

from watchbell.instance import DagsterInstance
from watchbell.record.asset_check_key import AssetCheckKey
from watchbell.record.check_record import AssetCheckExecutionRecordStatus
from watchbell.record.keys import AssetKey
from watchbell.record.run import AUTO_RETRY_TAG, NOT_FINISHED_STATUSES, DagsterRun, DagsterRunStatus, RunsFilter
from watchbell.record.settings import Settings
from watchbell.record.tick import AutomationKind, AutomationState, Tick, TickStatus
from watchbell.record.worker_identity import is_alive

DEFINITIONS = Path(__file__).with_name("definitions.py")
SENSOR_REQUESTS = {"count_1": 1, "count_3": 3, "keyed_1": 1, "keyed_3": 3, "shaky_1": 1, "checked_1": 1}
CHECK = AssetCheckKey(AssetKey("orders"), "is_positive")
HISTORY_MAX = 100_000
LIFE_SECONDS_MAX = 4.0
"""The longest life of a service before it is killed, from when it was started (seconds)."""
QUIET_SECONDS_MAX = 60.0
LOOK_SECONDS = 0.2
END_SECONDS_MAX = 30.0


@dataclass
class Report:
    """What came of it.

    Args:
        seed: of the moments.
        kills: how often the service was killed.
        worker_kills: how often a run's process, or a step's, was killed.
        retries: runs that executed a failed one again.
        runs: runs that exist in the end.
        ticks: ticks that exist in the end.
        numbers: numbers the counting sensors reached, by sensor.
        violations: every invariant that does not hold, as a sentence.
    """

    seed: int
    kills: int = 0
    worker_kills: int = 0
    retries: int = 0
    runs: int = 0
    ticks: int = 0
    numbers: dict[str, int] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)


def torture(seed: int, kills: int, folder: Path) -> Report:
    """Kills the service ``kills`` times and looks at what is left.

    Args:
        seed: of the moments of the kills.
        kills: how often (count).
        folder: an empty folder for the home and for what user code writes.
    """
    report = Report(seed)
    moments = random.Random(seed)
    (folder / "home").mkdir()
    (folder / "home" / "watchbell.yaml").write_text("pool_default_limit: 2\n")
    for _ in range(kills):
        with service(folder) as process:
            try:
                process.wait(timeout=moments.uniform(0.0, LIFE_SECONDS_MAX))
                report.violations.append(f"the service ended by itself with code {process.returncode}")
            except subprocess.TimeoutExpired:
                report.worker_kills += kill_a_worker(folder / "home", moments)
                process.kill()
                report.kills += 1
    with DagsterInstance.from_home(folder / "home", settings=Settings()) as instance:
        with service(folder) as process:
            wait_until(lambda: has_counted(instance))
            (folder / "stop").touch()
            if not wait_until(lambda: is_quiet(instance, process)):
                report.violations.append(f"not quiet after {QUIET_SECONDS_MAX:g} s: {unfinished(instance)}")
            process.send_signal(signal.SIGTERM)
            if process.wait(timeout=END_SECONDS_MAX) != 0:
                report.violations.append(f"the service ended with code {process.returncode} after SIGTERM")
        check(instance, folder, report)
    return report


def kill_a_worker(home: Path, moments: random.Random) -> bool:
    """Kills the process of a run of ``shaky``, or the one of its step; whether there was one to kill."""
    wants_step, choice = moments.random() < 0.5, moments.random()
    going = RunsFilter(job_name="shaky", statuses=[DagsterRunStatus.STARTED])
    with DagsterInstance.from_home(home, settings=Settings()) as instance:
        run_ids = sorted(run.run_id for run in instance.get_runs(going))
        workers = instance.store.run_workers()
    found = [worker for run_id in run_ids if (worker := workers.get(run_id, (0, None))[1]) is not None]
    if not found:
        return False
    worker = found[int(choice * len(found))]
    if not is_alive(worker):
        return False
    try:
        process = psutil.Process(worker.pid)
        steps = process.children()
        (steps[0] if wants_step and steps else process).kill()
    except psutil.NoSuchProcess:
        return False
    return True


@contextmanager
def service(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A service in a process of its own; killed at the end of the block if it still lives."""
    environment = {**os.environ, "WATCHBELL_HOME": str(folder / "home"), "TORTURE_FOLDER": str(folder)}
    command = [sys.executable, "-m", "watchbell.cli.main", "daemon", "--no-reload", "-f", str(DEFINITIONS)]
    with (folder / "service.log").open("ab") as log:
        process = start(command, environment, log)
        try:
            yield process
        finally:
            process.kill()
            process.wait(timeout=END_SECONDS_MAX)


def start(command: list[str], environment: dict[str, str], log: IO[bytes]) -> subprocess.Popen[bytes]:
    """The process, in a session of its own, so that a Ctrl-C for the torture does not reach it."""
    return subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)


def wait_until(condition: Callable[[], bool]) -> bool:
    """Whether the condition came true in time."""
    pause = threading.Event()
    for _ in range(round(QUIET_SECONDS_MAX / LOOK_SECONDS)):
        if condition():
            return True
        pause.wait(LOOK_SECONDS)
    return False


def unfinished(instance: DagsterInstance) -> dict[str, str]:
    """Runs that are not over, with their states."""
    return {run.run_id: run.status.value for run in instance.get_runs(RunsFilter(statuses=NOT_FINISHED_STATUSES))}


def has_counted(instance: DagsterInstance) -> bool:
    """Whether every sensor got somewhere, however slow the machine is."""
    return sum(state.cursor is not None for state in instance.store.automation_states()) == len(SENSOR_REQUESTS)


def is_quiet(instance: DagsterInstance, process: subprocess.Popen[bytes]) -> bool:
    """Whether the last service has seen that it is enough, nothing is owed and no run is on its way."""
    assert process.poll() is None, f"the service ended with code {process.returncode}"
    states = instance.store.automation_states()
    sensors = [state for state in states if state.key.kind is AutomationKind.SENSOR]
    newest = [tick for state in sensors for tick in instance.store.ticks(state.key, limit=1)]
    have_stopped = len(newest) == len(SENSOR_REQUESTS) and all(tick.skip_reason == "enough" for tick in newest)
    minute = datetime.now(UTC).replace(second=0, microsecond=0)
    schedules = [state for state in states if state.key.kind is AutomationKind.SCHEDULE]
    nothing_owed = all(minute <= max(state.last_tick_at or OLD, state.effective_at or OLD) for state in schedules)
    failed = instance.get_runs(RunsFilter(statuses=[DagsterRunStatus.FAILURE]))
    all_retried = all(AUTO_RETRY_TAG in run.tags for run in failed)
    return have_stopped and nothing_owed and all_retried and not unfinished(instance)


OLD = datetime(1970, 1, 1, tzinfo=UTC)


# ----------------------------------------------------------------- invariants


def check(instance: DagsterInstance, folder: Path, report: Report) -> None:
    """Writes every violation into the report."""
    runs = list(instance.get_runs())
    report.runs = len(runs)
    check_retries([run for run in runs if run.job_name == "shaky"], report)
    check_checks(instance, {run.run_id for run in runs if run.job_name == "checked_job"}, report)
    if (folder / "broken").exists():
        report.violations.append("more steps of a pool at once than it has slots")
    if instance.store.pool_claims():
        report.violations.append(f"slots that nobody gave back: {instance.store.pool_claims()}")
    runs = [run for run in runs if run.job_name != "shaky" or run.parent_run_id is None]
    good = (DagsterRunStatus.SUCCESS,)
    wrong = {run.run_id: run.status.value for run in runs if run.job_name != "shaky" and run.status not in good}
    if wrong:
        report.violations.append(f"runs that did not succeed: {wrong}")
    executed = Counter((folder / "executed").read_text().split())
    wanted = [run.run_id for run in runs if run.job_name == "tortured"]
    if executed != Counter(wanted):
        surplus = {run_id: count for run_id, count in executed.items() if count > 1}
        report.violations.append(
            f"not executed exactly once: {len(executed)} of {len(wanted)}, more than once: {surplus}"
        )
    for state in instance.store.automation_states():
        ticks = list(reversed(instance.store.ticks(state.key)))
        report.ticks += len(ticks)
        tag = "dagster/sensor_name" if state.key.kind is AutomationKind.SENSOR else "dagster/schedule_name"
        own = [run for run in runs if run.tags.get(tag) == state.key.name]
        if state.key.kind is AutomationKind.SENSOR:
            check_sensor(state, ticks, own, report)
        else:
            check_schedule(state, ticks, own, report)
    if report.numbers.keys() != SENSOR_REQUESTS.keys():
        report.violations.append(f"sensors that never ticked: {SENSOR_REQUESTS.keys() - report.numbers.keys()}")


def check_retries(runs: list[DagsterRun], report: Report) -> None:
    """Each run that failed has exactly one that executes it again, the others have none: chains that end well."""
    children = Counter(run.parent_run_id for run in runs if run.parent_run_id is not None)
    report.retries = children.total()
    failed = Counter(run.run_id for run in runs if run.status is DagsterRunStatus.FAILURE)
    if children != failed:
        report.violations.append(f"failed: {dict(failed)}, executed again: {dict(children)}")
    states = {run.status for run in runs}
    if not states <= {DagsterRunStatus.FAILURE, DagsterRunStatus.SUCCESS}:
        report.violations.append(f"job shaky ended as {sorted(each.value for each in states)}")


def check_checks(instance: DagsterInstance, run_ids: set[str], report: Report) -> None:
    """Each run that made the asset has evaluated its check once."""
    history = instance.store.check_history(CHECK, limit=HISTORY_MAX)
    done = Counter(each.run_id for each in history if each.status is AssetCheckExecutionRecordStatus.SUCCEEDED)
    if done != Counter(run_ids) or len(history) != len(run_ids):
        report.violations.append(f"{len(run_ids)} runs checked the asset, {len(history)} checks: {dict(done)}")


def check_sensor(state: AutomationState, ticks: list[Tick], runs: list[DagsterRun], report: Report) -> None:
    name, count = state.key.name, int(state.cursor or 0)
    report.numbers[name] = count
    wanted = Counter(f"{each}.{part}" for each in range(1, count + 1) for part in range(SENSOR_REQUESTS[name]))
    found = Counter(run.tags["number"] for run in runs)
    if found != wanted:
        report.violations.append(f"{name}: lost {dict(wanted - found)}, doubled or invented {dict(found - wanted)}")
    counted = [tick.cursor for tick in ticks if tick.status is TickStatus.SUCCESS]
    if counted != [str(each) for each in range(1, count + 1)]:
        report.violations.append(f"{name}: its ticks counted {counted}")


def check_schedule(state: AutomationState, ticks: list[Tick], runs: list[DagsterRun], report: Report) -> None:
    name = state.key.name
    assert state.effective_at is not None
    due = state.effective_at.replace(second=0, microsecond=0) + timedelta(minutes=1)
    wanted: list[datetime] = []
    while state.last_tick_at is not None and due <= state.last_tick_at:
        wanted.append(due)
        due += timedelta(minutes=1)
    if [tick.tick_at for tick in ticks] != wanted:
        report.violations.append(f"{name}: due {wanted}, ticked {[tick.tick_at for tick in ticks]}")
    if any(tick.status is not TickStatus.SUCCESS for tick in ticks):
        report.violations.append(f"{name}: ticks {[tick.status.value for tick in ticks]}")
    number = 1 + 2 * (int(name.rpartition("_")[2]) % 2)
    found = Counter(run.tags[".dagster/scheduled_execution_time"] for run in runs)
    if found != Counter({moment.isoformat(): number for moment in wanted}):
        report.violations.append(f"{name}: runs by time {dict(found)}, {number} wanted for each of {wanted}")


def main() -> None:
    """The command line."""
    arguments = argparse.ArgumentParser(
        description="kill -9 the service again and again; nothing may be lost or doubled"
    )
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--kills", type=int, default=40)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        report = torture(given.seed, given.kills, Path(folder))
        if report.violations:
            sys.stderr.write((Path(folder) / "service.log").read_text()[-5_000:])
    sys.stdout.write(json.dumps(asdict(report), indent=2) + "\n")
    sys.exit(1 if report.violations else 0)


if __name__ == "__main__":
    main()
