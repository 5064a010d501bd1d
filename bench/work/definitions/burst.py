"""User code: a sensor that notes each run that failed.

A line of the file BENCH_NOTES is when it was called, in seconds since the epoch. Runs of all locations count: under
Dagster those that are stored by hand belong to none.
"""

import os
import time
from pathlib import Path

from dagster import DefaultSensorStatus, Definitions, RunFailureSensorContext, job, op, run_failure_sensor

NOTES = Path(os.environ["BENCH_NOTES"])


@op
def work() -> None:
    """Never done: the runs are stored as failed."""


@job
def one() -> None:
    """The job whose runs have failed."""
    work()


@run_failure_sensor(
    default_status=DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=1,
    monitor_all_code_locations=True,
)
def noting(_context: RunFailureSensorContext) -> None:
    """Notes when it was called."""
    with NOTES.open("a") as notes:
        notes.write(f"{time.time()}\n")


defs = Definitions(jobs=[one], sensors=[noting])
