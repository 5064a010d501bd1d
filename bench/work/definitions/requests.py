"""User code: a sensor that asks for BENCH_SINGLES runs one at a time, then for BENCH_BATCH runs in one tick."""

import os

from dagster import (
    DefaultSensorStatus,
    Definitions,
    RunRequest,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    job,
    op,
    sensor,
)

SINGLES = int(os.environ["BENCH_SINGLES"])
BATCH = int(os.environ["BENCH_BATCH"])


@op
def work() -> int:
    """Next to nothing."""
    return 1


@job
def one() -> None:
    """The job that is asked for."""
    work()


@sensor(
    job=one,
    minimum_interval_seconds=int(os.environ["BENCH_INTERVAL"]),
    default_status=DefaultSensorStatus.RUNNING,
)
def counting(context: SensorEvaluationContext) -> SensorResult | SkipReason:
    """Counts its evaluations in the cursor."""
    number = int(context.cursor or "0")
    if number > SINGLES:
        return SkipReason("all was asked for")
    phase, size = ("single", 1) if number < SINGLES else ("batch", BATCH)
    requests = [RunRequest(run_key=f"{phase}-{number}-{each}", tags={"phase": phase}) for each in range(size)]
    return SensorResult(run_requests=requests, cursor=str(number + 1))


defs = Definitions(jobs=[one], sensors=[counting])
