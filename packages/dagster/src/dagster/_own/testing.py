"""Small things that tests of projects use."""

import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from dagster._time import get_current_datetime_midnight
from watchbell import DagsterEventType, DagsterInstance, DagsterRun, DagsterRunStatus, RunsFilter
from watchbell.ground.ids import new_run_id

TEST_JOB_NAME = "_test_job_"
POLL_SECONDS = 0.05


def create_run_for_test(
    instance: DagsterInstance,
    job_name: str = TEST_JOB_NAME,
    run_id: str | None = None,
    run_config: Mapping[str, Any] | None = None,
    status: DagsterRunStatus | None = None,
    tags: Mapping[str, str] | None = None,
    root_run_id: str | None = None,
    parent_run_id: str | None = None,
) -> DagsterRun:
    """A run that is stored and that nothing executes.

    Args:
        instance: where.
        job_name: its job, which need not be there.
        run_id: its id; None: a new one.
        run_config: its config.
        status: its state; None: NOT_STARTED.
        tags: its tags.
        root_run_id: the first of the runs that it executes again.
        parent_run_id: the run that it executes again.
    """
    return instance.add_run(
        DagsterRun(
            job_name=job_name,
            run_id=run_id or new_run_id(),
            run_config=dict(run_config or {}),
            status=status or DagsterRunStatus.NOT_STARTED,
            tags=dict(tags or {}),
            root_run_id=root_run_id,
            parent_run_id=parent_run_id,
        )
    )


def poll_for_finished_run(
    instance: DagsterInstance,
    run_id: str | None = None,
    timeout: float = 20,
    run_tags: Mapping[str, str] | None = None,
) -> DagsterRun:
    """The run of that id (or with these tags; else the newest), once it is over.

    Raises:
        TimeoutError: it is not over after ``timeout`` seconds.
    """
    filters = RunsFilter(run_ids=[run_id] if run_id else None, tags=dict(run_tags or {}))
    until = time.monotonic() + timeout
    while True:
        runs = instance.get_runs(filters, limit=1)
        if runs and runs[0].is_finished:
            return runs[0]
        if time.monotonic() >= until:
            state = f"it is {runs[0].status.value}" if runs else "there is no such run"
            raise TimeoutError(f"no finished run after {timeout} s: {state}")
        time.sleep(POLL_SECONDS)


def wait_for_runs_to_finish(
    instance: DagsterInstance, timeout: float = 20, run_tags: Mapping[str, str] | None = None
) -> None:
    """Waits until all runs (with these tags) are over; raises as :func:`poll_for_finished_run`."""
    until = time.monotonic() + timeout
    for run in instance.get_runs(RunsFilter(tags=dict(run_tags or {}))):
        poll_for_finished_run(instance, run.run_id, max(0.0, until - time.monotonic()))


def _has(instance: DagsterInstance, run: DagsterRun, step_name: str, kinds: set[DagsterEventType]) -> bool:
    return any(entry.step_key == step_name for entry in instance.all_logs(run.run_id, of_type=kinds))


def step_succeeded(instance: DagsterInstance, run: DagsterRun, step_name: str) -> bool:
    """Whether that step of the run ended well."""
    return _has(instance, run, step_name, {DagsterEventType.STEP_SUCCESS})


def step_failed(instance: DagsterInstance, run: DagsterRun, step_name: str) -> bool:
    """Whether that step of the run failed."""
    return _has(instance, run, step_name, {DagsterEventType.STEP_FAILURE})


def step_did_not_run(instance: DagsterInstance, run: DagsterRun, step_name: str) -> bool:
    """Whether that step of the run never began."""
    began = {DagsterEventType.STEP_START, DagsterEventType.STEP_SUCCESS, DagsterEventType.STEP_FAILURE}
    return not _has(instance, run, step_name, began)


def today_at_midnight(timezone_name: str = "UTC") -> datetime:
    """The beginning of the present day, in that zone."""
    return get_current_datetime_midnight(timezone_name)


@contextmanager
def ignore_warning(message_substr: str) -> Iterator[None]:
    """While it is open, warnings whose text begins so are not shown."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=message_substr)
        yield
