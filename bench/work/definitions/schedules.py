"""User code: BENCH_COUNT schedules due each minute; they skip, or with BENCH_REQUEST ask for one run each."""

import os
import time

from dagster import DefaultScheduleStatus, Definitions, RunRequest, ScheduleDefinition, SkipReason, job, op

REQUEST = bool(os.environ.get("BENCH_REQUEST"))


@op
def work() -> int:
    """Blocks the queue: the runs of this file are to be asked for, not to be done."""
    time.sleep(600)
    return 1


@job
def one() -> None:
    """The job that is asked for."""
    work()


def evaluate() -> RunRequest | SkipReason:
    """What every schedule answers."""
    return RunRequest() if REQUEST else SkipReason("nothing to do")


defs = Definitions(
    jobs=[one],
    schedules=[
        ScheduleDefinition(
            name=f"schedule_{number}",
            job=one,
            cron_schedule="* * * * *",
            execution_fn=lambda _context: evaluate(),
            default_status=DefaultScheduleStatus.RUNNING,
        )
        for number in range(int(os.environ["BENCH_COUNT"]))
    ],
)
