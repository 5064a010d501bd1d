"""What the tortured service works on: schedules and counting sensors whose every number must come to one run.

Runs of job ``shaky`` fail at first, share the slots of a pool, and have their processes killed; they are executed
again. Runs of ``checked_job`` make an asset and check it.
"""

import fcntl
import os
import time
from pathlib import Path
from typing import Any

from watchbell import (
    AssetCheckResult,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    Definitions,
    OpExecutionContext,
    RunRequest,
    ScheduleDefinition,
    ScheduleEvaluationContext,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    asset,
    asset_check,
    define_asset_job,
    job,
    multiprocess_executor,
    op,
)

FOLDER = Path(os.environ["TORTURE_FOLDER"])
STOP_FILE = FOLDER / "stop"
EXECUTED_FILE = FOLDER / "executed"
SCHEDULE_REQUESTS = {f"every_minute_{number}": 1 + 2 * (number % 2) for number in range(8)}
SENSOR_REQUESTS = {"count_1": (1, False), "count_3": (3, False), "keyed_1": (1, True), "keyed_3": (3, True)}
POOL_SLOTS = 2
BROKEN_FILE = FOLDER / "broken"


@op
def write_down(context: OpExecutionContext) -> None:
    """One line per execution, written with one call, so that workers that end together do not mix."""
    with EXECUTED_FILE.open("a") as lines:
        lines.write(f"{context.run_id}\n")
    time.sleep(0.05)  # user code


@job
def tortured() -> None:
    write_down()


def take_slot() -> None:
    """A lock for the rest of this process, of which there are as many as slots; there must be one."""
    for number in range(POOL_SLOTS):
        file = os.open(FOLDER / f"slot-{number}", os.O_CREAT | os.O_RDWR)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            os.close(file)
    BROKEN_FILE.touch()


@op(pool="few")
def shake(context: OpExecutionContext) -> int:
    """Fails in the run that a sensor asked for, goes well in those that execute it again."""
    take_slot()
    time.sleep(0.05)  # user code
    if "dagster/retry_number" not in context.run.tags:
        raise RuntimeError("not yet")
    return 1


@op(pool="few")
def after(_context: OpExecutionContext, number: int) -> None:
    """Takes what the step before gave, perhaps in an earlier run."""
    take_slot()
    time.sleep(0.05)  # user code


@job(executor_def=multiprocess_executor, tags={"dagster/max_retries": "9"})
def shaky() -> None:
    after(shake())


@asset
def orders() -> int:
    return 3


@asset_check(asset=orders)
def is_positive(orders: int) -> AssetCheckResult:
    return AssetCheckResult(passed=orders > 0)


checked_job = define_asset_job("checked_job", "*")


def counting(name: str, number: int, has_keys: bool, made: Any = tortured) -> SensorDefinition:
    """A sensor whose cursor is 1, 2, 3, … and whose requests carry the number, until the stop file is there."""

    def count(context: SensorEvaluationContext) -> SensorResult | SkipReason:
        if STOP_FILE.exists():
            return SkipReason("enough")
        count = int(context.cursor or 0) + 1
        numbers = [f"{count}.{part}" for part in range(number)]
        requests = [RunRequest(each if has_keys else None, tags={"number": each}) for each in numbers]
        return SensorResult(requests, cursor=str(count))

    return SensorDefinition(
        name=name,
        job=made,
        evaluation_fn=count,
        minimum_interval_seconds=1,
        default_status=DefaultSensorStatus.RUNNING,
    )


def every_minute(name: str, number: int) -> ScheduleDefinition:
    """A schedule that asks for so many runs each minute."""

    def ask(context: ScheduleEvaluationContext) -> list[RunRequest]:
        return [RunRequest() for _ in range(number)]

    return ScheduleDefinition(
        name=name,
        job=tortured,
        cron_schedule="* * * * *",
        execution_fn=ask,
        default_status=DefaultScheduleStatus.RUNNING,
    )


defs = Definitions(
    assets=[orders],
    asset_checks=[is_positive],
    jobs=[tortured, shaky, checked_job],
    schedules=[every_minute(name, number) for name, number in SCHEDULE_REQUESTS.items()],
    sensors=[
        *(counting(name, number, has_keys) for name, (number, has_keys) in SENSOR_REQUESTS.items()),
        counting("shaky_1", 1, False, shaky),
        counting("checked_1", 1, False, checked_job),
    ],
)
