"""What the tortured service works on: schedules and counting sensors whose every number must come to one run."""

import os
import time
from pathlib import Path

from watchbell import (
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
    job,
    op,
)

FOLDER = Path(os.environ["TORTURE_FOLDER"])
STOP_FILE = FOLDER / "stop"
EXECUTED_FILE = FOLDER / "executed"
SCHEDULE_REQUESTS = {f"every_minute_{number}": 1 + 2 * (number % 2) for number in range(8)}
SENSOR_REQUESTS = {"count_1": (1, False), "count_3": (3, False), "keyed_1": (1, True), "keyed_3": (3, True)}


@op
def write_down(context: OpExecutionContext) -> None:
    """One line per execution, written with one call, so that workers that end together do not mix."""
    with EXECUTED_FILE.open("a") as lines:
        lines.write(f"{context.run_id}\n")
    time.sleep(0.05)  # user code


@job
def tortured() -> None:
    write_down()


def counting(name: str, number: int, has_keys: bool) -> SensorDefinition:
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
        job=tortured,
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
    jobs=[tortured],
    schedules=[every_minute(name, number) for name, number in SCHEDULE_REQUESTS.items()],
    sensors=[counting(name, number, has_keys) for name, (number, has_keys) in SENSOR_REQUESTS.items()],
)
