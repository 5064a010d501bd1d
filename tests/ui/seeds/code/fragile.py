"""A job that does not end by itself, and a sensor whose cursor is a number."""

import threading

import dagster as dg


@dg.op
def wait() -> None:
    """Waits until its process is ended."""
    threading.Event().wait()


@dg.job(executor_def=dg.in_process_executor)
def wait_for_ever() -> None:
    """Waits."""
    wait()


@dg.sensor(job=wait_for_ever, minimum_interval_seconds=1, default_status=dg.DefaultSensorStatus.RUNNING)
def counter(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """Counts."""
    return dg.SensorResult(cursor=str(int(context.cursor or 0) + 1), skip_reason=dg.SkipReason("nothing to do"))


defs = dg.Definitions(jobs=[wait_for_ever], sensors=[counter])
