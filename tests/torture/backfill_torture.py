"""Kills the real service, and processes of runs, while a backfill of four years of days and then months goes on.

    python -m tests.torture.backfill_torture --seed 1 --kills 40

The service works on ``weather.py`` beside this file: the assets of the weather quickstart, with a source that fails.
When the kills are done, or the backfill is over, it goes on until all is quiet; what failed more often than it is
executed again by itself is retried by hand. Then what is stored, and what user code wrote down, is compared with what
was asked for. A failing run prints its seed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from pathlib import Path

import psutil

from tests.torture.torture import END_SECONDS_MAX, start
from watchbell.automate.backfills.planning import BackfillWishes, plan_backfill
from watchbell.instance import DagsterInstance
from watchbell.record.backfill import Backfill, BackfillPart, BackfillStatus, PartState, needs_ranges
from watchbell.record.event import DagsterEventType
from watchbell.record.partition import PartitionKeyRange
from watchbell.record.query import EventQuery
from watchbell.record.run import DagsterRun, DagsterRunStatus, RunsFilter
from watchbell.record.settings import Settings
from watchbell.record.worker_identity import is_alive

DEFINITIONS = Path(__file__).with_name("weather.py")
FIRST_YEAR = 2012
LIFE_SECONDS_MAX = 4.0
"""The longest life of a service before it is killed, from when it was started (seconds)."""
WORKER_KILL_SECONDS = 0.5
"""About so often the process of a run is killed (seconds)."""
REST_SECONDS_MAX = 900.0
LOOK_SECONDS = 0.3
SETTINGS = "run_max_retries: 2\nmax_concurrent_runs: 6\n"
S, P, B = DagsterRunStatus, PartState, BackfillStatus


@dataclass
class Report:
    """What came of it.

    Args:
        seed: of the moments.
        parts: parts of the backfill.
        seconds: how long it took.
        kills: how often the service was killed.
        worker_kills: how often a run's process was killed.
        runs: runs that exist in the end.
        retries: those that executed a failed one again by themselves.
        retries_by_hand: how often the backfill was retried by hand.
        executions: how often user code began.
        violations: everything that is not as asked, as a sentence.
    """

    seed: int
    parts: int = 0
    seconds: float = 0
    kills: int = 0
    worker_kills: int = 0
    runs: int = 0
    retries: int = 0
    retries_by_hand: int = 0
    executions: int = 0
    violations: list[str] = field(default_factory=list)


def torture(seed: int, kills: int, months: int, folder: Path) -> Report:
    """Backfills with kills, and looks at what is left.

    Args:
        seed: of the moments of the kills.
        kills: most kills of the service (count).
        months: how many months, from January 2012 (count, at most 48).
        folder: an empty folder for the home and for what user code writes.
    """
    report, moments, began = Report(seed), random.Random(seed), time.monotonic()
    home = folder / "home"
    home.mkdir()
    (home / "watchbell.yaml").write_text(SETTINGS)
    os.environ |= {"WATCHBELL_HOME": str(home), "TORTURE_FOLDER": str(folder)}
    with DagsterInstance.from_home(home, settings=Settings()) as instance:
        backfill_id = ask(instance, report, months, None if seed % 2 else 40)
        while report.kills < kills and not over(instance, backfill_id):
            with service(folder) as process:
                live(instance, process, moments, report)
        with service(folder) as process:
            finish(instance, backfill_id, process, report)
        check(instance, backfill_id, folder, report)
    report.seconds = round(time.monotonic() - began, 1)
    return report


def ask(instance: DagsterInstance, report: Report, months: int, cap: int | None) -> str:
    """Plans the backfill of so many months and launches it; its id."""
    last = date(FIRST_YEAR + months // 12, months % 12 + 1, 1) - timedelta(days=1)
    plan = plan_backfill(
        _module().defs,  # type: ignore[attr-defined]
        instance,
        location_name=DEFINITIONS.name,
        assets="weather_of_day*",
        partition_key_range=PartitionKeyRange(f"{FIRST_YEAR}-01-01", last.isoformat()),
        wishes=BackfillWishes(max_concurrent_runs=cap, title="four years"),
    )
    report.parts = len(plan.parts)
    return instance.launch_backfill(plan).backfill_id


def _module() -> object:
    from tests.torture import weather

    return weather


def live(instance: DagsterInstance, process: subprocess.Popen[bytes], moments: random.Random, report: Report) -> None:
    """A life of the service, at whose end it is killed; processes of runs are killed meanwhile."""
    deadline = time.monotonic() + moments.uniform(0.3, LIFE_SECONDS_MAX)
    while time.monotonic() < deadline:
        pause = min(moments.uniform(0, 2 * WORKER_KILL_SECONDS), max(0.0, deadline - time.monotonic()))
        try:
            process.wait(timeout=pause)
            report.violations.append(f"the service ended by itself with code {process.returncode}")
            return
        except subprocess.TimeoutExpired:
            report.worker_kills += kill_a_worker(instance, moments)
    process.kill()
    report.kills += 1


def kill_a_worker(instance: DagsterInstance, moments: random.Random) -> bool:
    """Kills the process of a run; whether there was one to kill."""
    found = [worker for _, (_, worker) in sorted(instance.store.run_workers().items()) if worker is not None]
    if not found:
        return False
    worker = moments.choice(found)
    try:
        if is_alive(worker):
            psutil.Process(worker.pid).kill()
            return True
    except psutil.NoSuchProcess:
        pass
    return False


@contextmanager
def service(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A service in a process of its own; killed at the end of the block if it still lives."""
    command = [sys.executable, "-m", "watchbell.cli.main", "daemon", "--no-reload", "-f", str(DEFINITIONS)]
    with (folder / "service.log").open("ab") as log:
        process = start(command, dict(os.environ), log)
        try:
            yield process
        finally:
            process.kill()
            process.wait(timeout=END_SECONDS_MAX)


def over(instance: DagsterInstance, backfill_id: str) -> bool:
    """Whether the backfill is over."""
    return state_of(instance, backfill_id).status.is_over


def state_of(instance: DagsterInstance, backfill_id: str) -> Backfill:
    """The backfill as it is."""
    found = instance.get_backfill(backfill_id)
    assert found is not None
    return found


def finish(instance: DagsterInstance, backfill_id: str, process: subprocess.Popen[bytes], report: Report) -> None:
    """Waits until all is done; what failed for good is retried by hand."""
    pause, deadline = threading.Event(), time.monotonic() + REST_SECONDS_MAX
    while time.monotonic() < deadline and process.poll() is None:
        backfill = state_of(instance, backfill_id)
        if backfill.status is B.COMPLETED_SUCCESS:
            return
        if backfill.status is B.COMPLETED_FAILED:
            report.retries_by_hand += 1
            instance.retry_backfill(backfill_id)
        pause.wait(LOOK_SECONDS)
    backfill = state_of(instance, backfill_id)
    report.violations.append(f"not over in time: {backfill.status.value} {dict(backfill.counts)}")


# ----------------------------------------------------------------- invariants


def check(instance: DagsterInstance, backfill_id: str, folder: Path, report: Report) -> None:
    """Writes every violation into the report."""
    say = report.violations.append
    backfill = state_of(instance, backfill_id)
    parts = instance.get_backfill_parts(backfill_id)
    runs = list(instance.get_runs(RunsFilter(tags={"dagster/backfill": backfill_id})))
    report.runs, report.retries = len(runs), sum(1 for run in runs if run.parent_run_id is not None)
    if backfill.counts != {P.SUCCEEDED: len(parts)}:
        say(f"parts: {dict(backfill.counts)}")
    if len(instance.get_runs()) != len(runs):
        say("runs that belong to no backfill")
    by_part: dict[int, list[DagsterRun]] = {part.number: [] for part in parts}
    for run in runs:
        by_part[int(run.tags["watchbell/backfill_part"])].append(run)
    successes = {
        entry.run_id: entry.storage_id or 0
        for entry in instance.events(EventQuery(types=frozenset({DagsterEventType.RUN_SUCCESS})))
    }
    for part in parts:
        check_part(instance, part, by_part, successes, say)
    check_executed(folder, parts, by_part, report)
    check_materialized(instance, parts, say)


def check_part(instance, part: BackfillPart, by_part, successes: dict[str, int], say) -> None:  # type: ignore[no-untyped-def]
    """A part has one run for each time it was begun, and its retries; one succeeded, after all that it needs."""
    runs = by_part[part.number]
    first = [run for run in runs if run.parent_run_id is None]
    good = [run for run in runs if run.status is S.SUCCESS]
    if len(first) != part.attempt:
        say(f"part {part.label}: begun {part.attempt} times, {len(first)} runs")
    if [run.run_id for run in good] != list(part.run_ids):
        say(f"part {part.label}: its run is {part.run_ids}, those that succeeded {[run.run_id for run in good]}")
    if any(run.status not in (S.SUCCESS, S.FAILURE) for run in runs):
        say(f"part {part.label}: runs {[run.status.value for run in runs]}")
    if any(run.tags["dagster/partition"] != part.partition_key for run in runs):
        say(f"part {part.label}: a run of another partition")
    needs = [number for low, high in needs_ranges(part.needs) for number in range(low, high + 1)]
    done_at = [successes.get(run.run_id, 0) for number in needs for run in by_part[number] if run.run_id in successes]
    if not needs:
        return
    for run in runs:
        queued = instance.events(EventQuery(run_id=run.run_id, types=frozenset({DagsterEventType.RUN_ENQUEUED})))
        if len(done_at) != len(needs) or (queued[0].storage_id or 0) < max(done_at):
            say(f"part {part.label}: queued before what it needs was done")


def check_executed(folder: Path, parts, by_part, report: Report) -> None:  # type: ignore[no-untyped-def]
    """No run executed anything twice, every partition was executed, and more than once only if it was retried."""
    lines = [line.split() for line in (folder / "executed").read_text().splitlines()]
    report.executions = len(lines)
    twice = [run_id for run_id, count in Counter(run_id for run_id, _, _ in lines).items() if count > 1]
    if twice:
        report.violations.append(f"executed twice by one run: {twice}")
    done = Counter((asset, key) for _, asset, key in lines)
    for part in parts:
        asset = "weather_of_month" if part.needs else "weather_of_day"
        count = done.pop((asset, part.partition_key), 0)
        if not 1 <= count <= len(by_part[part.number]):
            report.violations.append(f"{asset} {part.label}: executed {count} times, {len(by_part[part.number])} runs")
    if done:
        report.violations.append(f"executed, but not asked for: {dict(done)}")


def check_materialized(instance: DagsterInstance, parts, say) -> None:  # type: ignore[no-untyped-def]
    """Exactly the partitions that were asked for are there."""
    weather = _module()
    for definition in (weather.weather_of_day, weather.weather_of_month):  # type: ignore[attr-defined]
        is_month = definition is weather.weather_of_month  # type: ignore[attr-defined]
        wanted = {part.partition_key for part in parts if bool(part.needs) == is_month}
        found = set(instance.get_materialized_partitions(definition.key))
        if found != wanted:
            say(f"{definition.key}: missing {sorted(wanted - found)[:5]}, not asked for {sorted(found - wanted)[:5]}")


def main() -> None:
    """The command line."""
    arguments = argparse.ArgumentParser(description="kill -9 the service and runs of a backfill again and again")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--kills", type=int, default=40)
    arguments.add_argument("--months", type=int, default=48)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        report = torture(given.seed, given.kills, given.months, Path(folder))
        if report.violations:
            sys.stderr.write((Path(folder) / "service.log").read_text()[-5_000:])
    sys.stdout.write(json.dumps(asdict(report), indent=2) + "\n")
    sys.exit(1 if report.violations else 0)


if __name__ == "__main__":
    main()
