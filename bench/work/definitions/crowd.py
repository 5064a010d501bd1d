"""User code: BENCH_SCHEDULES schedules and BENCH_SENSORS sensors that are on and have nothing to do.

The schedules are due once in four years; the first BENCH_DUE of them each minute, and ask for a run each. Half of the
sensors wait for an asset that nobody makes, half for runs of a job that nobody starts. Runs are to be asked for, not to
be done: the first one blocks the queue. BENCH_POLICY are further arguments of those that are due, as JSON.
"""

import json
import os
import time

from dagster import (
    AssetKey,
    AssetSensorDefinition,
    DagsterRunStatus,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    Definitions,
    RunRequest,
    RunStatusSensorDefinition,
    ScheduleDefinition,
    SensorDefinition,
    SkipReason,
    job,
    op,
)

SCHEDULES = int(os.environ["BENCH_SCHEDULES"])
SENSORS = int(os.environ["BENCH_SENSORS"])
DUE = int(os.environ["BENCH_DUE"])
POLICY = json.loads(os.environ.get("BENCH_POLICY", "{}"))


@op
def work() -> None:
    """Blocks the queue."""
    time.sleep(600)


@job
def one() -> None:
    """The job that is asked for."""
    work()


@job
def never() -> None:
    """The job that nobody starts."""
    work()


def due(number: int) -> ScheduleDefinition:
    """A schedule, due each minute or once in four years."""
    return ScheduleDefinition(
        name=f"schedule_{number}",
        job=one,
        cron_schedule="* * * * *" if number < DUE else "0 0 29 2 *",
        execution_fn=lambda _context: RunRequest(),
        default_status=DefaultScheduleStatus.RUNNING,
        **(POLICY if number < DUE else {}),
    )


def waiting(number: int) -> SensorDefinition:
    """A sensor of an asset of its own, or of runs."""
    if number % 2:
        return AssetSensorDefinition(
            f"sensor_{number}",
            AssetKey(f"asset_{number}"),
            None,
            lambda _context, _event: SkipReason("made"),
            job=one,
            default_status=DefaultSensorStatus.RUNNING,
        )
    return RunStatusSensorDefinition(
        f"sensor_{number}",
        DagsterRunStatus.SUCCESS,
        lambda _context: None,
        monitored_jobs=[never],
        default_status=DefaultSensorStatus.RUNNING,
    )


defs = Definitions(
    jobs=[one, never],
    schedules=[due(number) for number in range(SCHEDULES)],
    sensors=[waiting(number) for number in range(SENSORS)],
)
