"""User code: a sensor that asks for BENCH_COUNT runs that fail, one at a time, and a sensor that notes each failure.

A line of the file BENCH_NOTES is the id of a run and when it was noted, in seconds since the epoch.
"""

import os
import time
from pathlib import Path

from dagster import (
    DefaultSensorStatus,
    Definitions,
    RunFailureSensorContext,
    RunRequest,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    job,
    op,
    run_failure_sensor,
    sensor,
)

COUNT = int(os.environ["BENCH_COUNT"])
NOTES = Path(os.environ["BENCH_NOTES"])


@op
def fail() -> None:
    """Fails."""
    raise RuntimeError("on purpose")


@job
def failing() -> None:
    """The job that is asked for."""
    fail()


@sensor(
    job=failing,
    minimum_interval_seconds=int(os.environ["BENCH_INTERVAL"]),
    default_status=DefaultSensorStatus.RUNNING,
)
def asking(context: SensorEvaluationContext) -> SensorResult | SkipReason:
    """Counts its evaluations in the cursor."""
    number = int(context.cursor or "0")
    if number >= COUNT:
        return SkipReason("all was asked for")
    return SensorResult(run_requests=[RunRequest(run_key=str(number))], cursor=str(number + 1))


@run_failure_sensor(default_status=DefaultSensorStatus.RUNNING, minimum_interval_seconds=1)
def noting(context: RunFailureSensorContext) -> None:
    """Notes when it was called, and for which run."""
    with NOTES.open("a") as notes:
        notes.write(f"{context.dagster_run.run_id} {time.time()}\n")


defs = Definitions(jobs=[failing], sensors=[asking, noting])
