"""User code: BENCH_COUNT sensors that skip every BENCH_INTERVAL seconds, each after BENCH_SLEEP seconds of sleep.

With BENCH_ASYNC they wait in an event loop instead.

The file BENCH_SIGN is made by the first evaluation, for whoever waits for it.
"""

import asyncio
import os
import time
from pathlib import Path

from dagster import DefaultSensorStatus, Definitions, SensorDefinition, SkipReason, job, op

SLEEP_SECONDS = float(os.environ.get("BENCH_SLEEP", "0"))
SIGN = os.environ.get("BENCH_SIGN")
IS_ASYNC = os.environ.get("BENCH_ASYNC") == "1"


@op
def work() -> int:
    """Next to nothing."""
    return 1


@job
def one() -> None:
    """The job that would be asked for."""
    work()


def leave_sign() -> None:
    """Says that sensors are evaluated."""
    if SIGN:
        Path(SIGN).touch()


def evaluate() -> SkipReason:
    """What every sensor answers."""
    leave_sign()
    if SLEEP_SECONDS:
        time.sleep(SLEEP_SECONDS)
    return SkipReason("nothing to do")


async def evaluate_async(_context: object) -> SkipReason:
    """The same, giving way while it waits."""
    leave_sign()
    await asyncio.sleep(SLEEP_SECONDS)
    return SkipReason("nothing to do")


defs = Definitions(
    jobs=[one],
    sensors=[
        SensorDefinition(
            name=f"sensor_{number}",
            job=one,
            evaluation_fn=evaluate_async if IS_ASYNC else lambda _context: evaluate(),
            minimum_interval_seconds=int(os.environ["BENCH_INTERVAL"]),
            default_status=DefaultSensorStatus.RUNNING,
        )
        for number in range(int(os.environ["BENCH_COUNT"]))
    ],
)
