"""A run worker: the process of one run, from its start to its exit code.

The store decides whether it may: only one worker of a run's current attempt begins. Whatever keeps the run from being
executed at all is written into the run's own log, where its owner looks.
"""

from __future__ import annotations

import atexit
import logging
import signal
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from watchbell.declare.collect import RepositoryDefinition
from watchbell.declare.job import JobDefinition
from watchbell.execute.run import execute_run
from watchbell.ground.clock import SystemClock
from watchbell.ground.errors import DagsterExecutionInterruptedError, LeaseLostError
from watchbell.host.messages import HostConfig
from watchbell.host.run_output import write_output_to_files
from watchbell.instance import DagsterInstance
from watchbell.record.error_info import error_info_from_exception
from watchbell.record.evaluation import StartRun
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry, JobFailureData
from watchbell.record.run import STOP_REASON_TAG, DagsterRun, DagsterRunStatus
from watchbell.record.worker_identity import own_identity

FINISHED_EXIT_CODE = 0  # the run's outcome, good or bad, is in the store
GAVE_UP_EXIT_CODE = 75  # EX_TEMPFAIL: another worker, or another attempt, has the run
UNRECORDED_EXIT_CODE = 71  # EX_OSERR: the store took no outcome; stderr says why

Load = Callable[[], RepositoryDefinition]


def run_in_this_process(start: StartRun, config: HostConfig, load: Load) -> int:
    """Executes a run, here; returns the exit code.

    Args:
        start: which run and attempt.
        config: the host's.
        load: gives the user's code.
    """
    signal.signal(signal.SIGTERM, _stop)
    try:
        write_output_to_files(Path(config.home), start.run_id)
        with DagsterInstance.from_home(config.home) as instance:
            return _begin_and_execute(start, instance, load)
    except DagsterExecutionInterruptedError:
        return UNRECORDED_EXIT_CODE
    except Exception:
        traceback.print_exc()
        return UNRECORDED_EXIT_CODE
    finally:
        # What libraries of the user registered to send off their last spans or lines.
        atexit._run_exitfuncs()


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise DagsterExecutionInterruptedError("the run was asked to stop before it began")


def _begin_and_execute(start: StartRun, instance: DagsterInstance, load: Load) -> int:
    store = instance.store
    if not store.begin_run(start.run_id, start.attempt, own_identity(), SystemClock().now()):
        return GAVE_UP_EXIT_CODE
    record = store.run_record(start.run_id)
    if record is None:
        return GAVE_UP_EXIT_CODE
    run = record.dagster_run
    try:
        job = job_of(run, load())
        execute_run(job, run, instance, start.attempt)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # the outcome is stored; there is nothing left to stop in order
    except LeaseLostError:
        return GAVE_UP_EXIT_CODE
    except DagsterExecutionInterruptedError as error:
        _end_run(instance, run, start.attempt, DagsterEventType.RUN_CANCELED, error)
    except BaseException as error:
        traceback.print_exc()
        _end_run(instance, run, start.attempt, DagsterEventType.RUN_FAILURE, error)
    return FINISHED_EXIT_CODE


def job_of(run: DagsterRun, repository: RepositoryDefinition) -> JobDefinition:
    """The job of a run, cut down to what the run selects.

    Raises:
        DagsterInvalidSubsetError: the selection names what is not there.
        DagsterInvariantViolationError: there is no such job; names the nearest.
    """
    job = repository.get_job(run.job_name)
    if run.asset_selection is None and run.op_selection is None and run.asset_check_selection is None:
        return job
    return job.get_subset(
        op_selection=run.op_selection,
        asset_selection=run.asset_selection,
        asset_check_selection=run.asset_check_selection,
    )


def _end_run(
    instance: DagsterInstance, run: DagsterRun, attempt: int, kind: DagsterEventType, error: BaseException
) -> None:
    """Writes the end of a run that its execution could not write itself; an end that is there stays."""
    record = instance.store.run_record(run.run_id)
    if record is None or record.dagster_run.is_finished:
        return
    if record.dagster_run.status == DagsterRunStatus.CANCELING:
        is_rule = STOP_REASON_TAG in record.dagster_run.tags
        kind = DagsterEventType.RUN_FAILURE if is_rule else DagsterEventType.RUN_CANCELED
    message = f"{type(error).__name__}: {error}"
    data = JobFailureData(error_info_from_exception(error)) if kind == DagsterEventType.RUN_FAILURE else None
    event = DagsterEvent(kind, run.job_name, message=message, event_specific_data=data)
    entry = EventLogEntry(
        run_id=run.run_id,
        timestamp=SystemClock().now().timestamp(),
        level=logging.ERROR,
        job_name=run.job_name,
        dagster_event=event,
    )
    instance.store.append([entry], attempt=attempt)
