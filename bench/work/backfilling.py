"""Question: how long does it take from asking for a backfill until all of its runs are there?"""

from __future__ import annotations

import argparse
import os
import subprocess
import time
from typing import Any

from bench.work.reading import instance_of
from bench.work.report import IS_WATCHBELL, command_line, emit
from bench.work.serving import DEFINITIONS, Service, served, temporary_home
from dagster import RunsFilter

SECONDS_MAX = 280
SETTINGS = "concurrency:\n  runs:\n    max_concurrent_runs: 1\n"


def ask(environment: dict[str, str]) -> float:
    """Asks for all partitions as a user does; when the command was done, seconds since the epoch."""
    file = str(DEFINITIONS / "days.py")
    if IS_WATCHBELL:
        words = ["backfill", "launch", "-f", file, "--job", "days_job", "--all", "--yes"]
    else:
        words = ["job", "backfill", "-f", file, "-j", "days_job", "--all", "_", "--noprompt"]
    subprocess.run(
        [str(word) for word in command_line(*words)],
        env={**os.environ, **environment},
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return time.time()


def wait_for(instance: Any, count: int, service: Service) -> None:
    """Returns when so many runs are there.

    Raises:
        RuntimeError: the service ended, or they are not there in time.
    """
    until = time.time() + SECONDS_MAX
    while (there := instance.get_runs_count(RunsFilter(job_name="days_job"))) < count:
        service.check()
        if time.time() > until:
            raise RuntimeError(f"{there} of {count} runs are there after {SECONDS_MAX} s")
        time.sleep(0.1)


def main() -> None:
    """See ``--help``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--partitions", type=int, required=True, help="runs of the backfill")
    given = parser.parse_args()
    environment = {"BENCH_PARTITIONS": str(given.partitions)}
    with temporary_home() as home, served("days", home, environment, settings=SETTINGS) as service:
        while not service.samples or not service.log.read_text():  # the service makes the database, not we
            time.sleep(0.1)
        time.sleep(2 if IS_WATCHBELL else 15)
        began = time.time()
        asked = ask({**environment, "WATCHBELL_HOME": str(home), "DAGSTER_HOME": str(home)})
        with instance_of(home) as instance:
            wait_for(instance, given.partitions, service)
            records = instance.get_run_records(RunsFilter(job_name="days_job"))
        created = [record.create_timestamp.timestamp() for record in records]
    emit("command", asked - began, "s")
    emit("all-created", max(created) - began, "s")
    emit("creating", max(created) - min(created), "s")
    emit("run-created", (max(created) - min(created)) / max(1, given.partitions - 1) * 1000, "ms/run")


if __name__ == "__main__":
    main()
