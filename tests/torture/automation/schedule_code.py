"""Schedules with policies, for the torture. Runs of one that minds overlap hold a lock; it must be there to be had."""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.torture.automation.notes import FOLDER, evaluated, write_down
from tests.torture.automation.run_code import handled
from watchbell import (
    DefaultScheduleStatus,
    Definitions,
    OpExecutionContext,
    RunRequest,
    ScheduleDefinition,
    ScheduleEvaluationContext,
    in_process_executor,
    job,
    op,
)

JITTER_SECONDS = 40.0
RUN_KEY_TTL_SECONDS = 5.0
OVERLAPS = {"overlap_skip": "skip", "overlap_buffer": "buffer_one", "overlap_cancel": "cancel_running"}
CATCH_UPS = {"catchup_default": "default", "catchup_none": "none", "catchup_latest": "latest"}
REQUESTS = {"overlap_buffer": 2}
"""Runs that a schedule asks for at each time (count); those not listed: 1."""


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Holds a lock for the block; notes if somebody has it."""
    file = os.open(FOLDER / f"lock-{name}", os.O_CREAT | os.O_RDWR)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        write_down("broken", name)
        raise
    finally:
        os.close(file)


@op
def take_long(context: OpExecutionContext) -> None:
    tags = context.run.tags
    with alone(f"{tags['dagster/schedule_name']}-{tags['part']}"):
        time.sleep(0.8)  # user code


@job(executor_def=in_process_executor, tags={"dagster/max_retries": "1"})
def long() -> None:
    take_long()


def overlapping(name: str, overlap: str) -> ScheduleDefinition:
    """A schedule that makes up for every time, faster than its runs are over."""

    def ask(context: ScheduleEvaluationContext) -> list[RunRequest]:
        evaluated("plain")
        time.sleep(0.3)  # user code
        return [RunRequest(tags={"part": str(part)}) for part in range(REQUESTS.get(name, 1))]

    return ScheduleDefinition(
        name=name,
        job=long,
        cron_schedule="* * * * *",
        execution_fn=ask,
        overlap=overlap,
        catchup="all",
        default_status=DefaultScheduleStatus.RUNNING,
    )


def catching_up(name: str, catchup: str) -> ScheduleDefinition:
    """A schedule that makes up for some of its times."""

    def ask(context: ScheduleEvaluationContext) -> RunRequest:
        evaluated("plain")
        return RunRequest()

    return ScheduleDefinition(
        name=name,
        job=handled,
        cron_schedule="* * * * *",
        execution_fn=ask,
        catchup=catchup,
        default_status=DefaultScheduleStatus.RUNNING,
    )


async def ask_late(context: ScheduleEvaluationContext) -> RunRequest:
    evaluated("async")
    await asyncio.sleep(0.2)
    return RunRequest()


def ask_again(context: ScheduleEvaluationContext) -> RunRequest:
    evaluated("plain")
    time.sleep(0.3)  # user code
    return RunRequest(run_key="always the same")


jittered = ScheduleDefinition(
    name="jittered",
    job=handled,
    cron_schedule="* * * * *",
    execution_fn=ask_late,
    jitter=JITTER_SECONDS,
    catchup="all",
    default_status=DefaultScheduleStatus.RUNNING,
)
keyed = ScheduleDefinition(
    name="keyed",
    job=handled,
    cron_schedule="* * * * *",
    execution_fn=ask_again,
    run_key_ttl=RUN_KEY_TTL_SECONDS,
    catchup="all",
    default_status=DefaultScheduleStatus.RUNNING,
)
defs = Definitions(
    jobs=[handled, long],
    schedules=[
        *(overlapping(*each) for each in OVERLAPS.items()),
        *(catching_up(*each) for each in CATCH_UPS.items()),
        jittered,
        keyed,
    ],
)
