"""Run status sensors, for the torture: each says by a tag which run it was told of, and leaves a line for each call.

Every second run of ``watched`` fails. The sensors' own runs are those of ``handled``, which nobody watches.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from tests.torture.automation.notes import STOP_FILE, evaluated, write_down
from watchbell import (
    AssetMaterialization,
    DagsterRunStatus,
    DefaultSensorStatus,
    Definitions,
    OpExecutionContext,
    RunFailureSensorContext,
    RunRequest,
    RunStatusSensorContext,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    in_process_executor,
    job,
    op,
    run_failure_sensor,
    run_status_sensor,
    sensor,
)

STARTS_PER_TICK = 2
ON: dict[str, Any] = {"default_status": DefaultSensorStatus.RUNNING}


@op
def handle() -> None: ...


@job(executor_def=in_process_executor)
def handled() -> None:
    handle()


@op
def fail_if_even(context: OpExecutionContext) -> None:
    context.log_event(AssetMaterialization("sales"))  # which sensors of assets watch, if they are tortured as well
    time.sleep(0.05)  # user code
    if int(context.run.tags["number"]) % 2 == 0:
        raise RuntimeError("even")


@job(executor_def=in_process_executor)
def watched() -> None:
    fail_if_even()


@sensor(job=watched, minimum_interval_seconds=2, **ON)
def starting(context: SensorEvaluationContext) -> SensorResult | SkipReason:
    """Starts the runs that are watched."""
    evaluated("plain")
    if STOP_FILE.exists():
        return SkipReason("enough")
    count = int(context.cursor or 0)
    numbers = range(count + 1, count + STARTS_PER_TICK + 1)
    return SensorResult([RunRequest(tags={"number": str(each)}) for each in numbers], cursor=str(numbers[-1]))


def told(context: RunStatusSensorContext) -> RunRequest:
    """A line for the call, and the run it asks for."""
    evaluated("plain")
    run_id = context.dagster_run.run_id
    write_down(f"calls-{context.sensor_name}", run_id)
    return RunRequest(tags={"about": run_id})


@run_failure_sensor(monitored_jobs=[watched], request_job=handled, minimum_interval_seconds=2, **ON)
def on_failure(context: RunFailureSensorContext) -> RunRequest:
    return told(context)


@run_status_sensor(
    run_status=DagsterRunStatus.SUCCESS, monitored_jobs=[watched], request_job=handled, minimum_interval_seconds=2, **ON
)
def on_success(context: RunStatusSensorContext) -> RunRequest:
    return told(context)


@run_status_sensor(run_status=DagsterRunStatus.CANCELED, monitored_jobs=[watched], **ON)
async def on_cancel(context: RunStatusSensorContext) -> SensorResult:
    """Its effect is an event, stored with the tick: bursts of more than a hundred cost no process each."""
    evaluated("async")
    run_id = context.dagster_run.run_id
    write_down(f"calls-{context.sensor_name}", run_id)
    await asyncio.sleep(0.005)
    return SensorResult(asset_events=[AssetMaterialization("cancellations", metadata={"about": run_id})])


defs = Definitions(jobs=[watched, handled], sensors=[starting, on_failure, on_success, on_cancel])
