"""Text of definition files for these tests: good schedules and sensors, and one that is not."""

from __future__ import annotations

from textwrap import indent

GOOD_SCHEDULES = tuple(f"good_schedule_{number}" for number in range(10))
GOOD_SENSORS = tuple(f"good_sensor_{number}" for number in range(5))
GOOD = (*GOOD_SCHEDULES, *GOOD_SENSORS)

_HEAD = """
import ctypes
import itertools
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

from watchbell import (
    DefaultScheduleStatus,
    DefaultSensorStatus,
    Definitions,
    RunRequest,
    SensorResult,
    SkipReason,
    job,
    op,
    schedule,
    sensor,
)


@op
def nothing():
    pass


@job
def quick():
    nothing()


RUNNING_SCHEDULE = DefaultScheduleStatus.RUNNING
RUNNING_SENSOR = DefaultSensorStatus.RUNNING


def good_schedule(name):
    @schedule(job=quick, cron_schedule="* * * * *", name=name, default_status=RUNNING_SCHEDULE)
    def evaluate(context):
        return RunRequest(tags={"at": context.scheduled_execution_time.isoformat()})

    return evaluate


def good_sensor(name, seconds):
    @sensor(job=quick, minimum_interval_seconds=seconds, name=name, default_status=RUNNING_SENSOR)
    def evaluate(context):
        return SensorResult(skip_reason="all is well", cursor=str(int(context.cursor or 0) + 1))

    return evaluate
"""


def neighbourhood(bad: str = "", *, schedules: int = 10, sensors: int = 5, sensor_seconds: float = 30) -> str:
    """A file with good schedules and sensors, and the definitions of ``bad``.

    Args:
        bad: more text; what it defines is named ``unruly_schedule…`` or ``unruly_sensor…``.
        schedules: good schedules (count), every minute.
        sensors: good sensors (count).
        sensor_seconds: interval of the good sensors (seconds).
    """
    tail = f"""
unruly = [value for name, value in list(globals().items()) if name.startswith("unruly_")]
defs = Definitions(
    jobs=[quick],
    schedules=[good_schedule(f"good_schedule_{{number}}") for number in range({schedules})]
    + [each for each in unruly if hasattr(each, "cron_schedule")],
    sensors=[good_sensor(f"good_sensor_{{number}}", {sensor_seconds}) for number in range({sensors})]
    + [each for each in unruly if not hasattr(each, "cron_schedule")],
)
"""
    return _HEAD + bad + tail


def unruly_sensor(body: str, name: str = "unruly_sensor", seconds: float = 30) -> str:
    """A sensor whose function does ``body``."""
    return f"""

@sensor(job=quick, minimum_interval_seconds={seconds}, default_status=RUNNING_SENSOR)
def {name}(context):
{indent(body, "    ")}
"""


def unruly_schedule(body: str, name: str = "unruly_schedule") -> str:
    """A schedule of every minute whose function does ``body``."""
    return f"""

@schedule(job=quick, cron_schedule="* * * * *", default_status=RUNNING_SCHEDULE)
def {name}(context):
{indent(body, "    ")}
"""
