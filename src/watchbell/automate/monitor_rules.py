"""What the end of a worker, or its absence, means for its run."""

from __future__ import annotations

from enum import Enum

from watchbell.ground.value import dataclass
from watchbell.record.error_info import SerializableErrorInfo
from watchbell.record.evaluation import WorkerExit
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry, JobFailureData
from watchbell.record.run import STOP_REASON_TAG, DagsterRun, DagsterRunStatus

STARTS_MAX = 3
"""Workers of one run that may end before the run begins (count), until it is failed."""
OUTPUT_CHARS_MAX = 4_000


class Fate(Enum):
    """What becomes of a run whose worker is gone."""

    OVER = "OVER"  # it had finished, or another attempt goes on: nothing is to be done
    HAND_BACK = "HAND_BACK"  # no user code began: it goes back to the queue
    FAIL = "FAIL"
    CANCEL = "CANCEL"


@dataclass(frozen=True)
class Verdict:
    """A fate with its reason.

    Args:
        fate: what becomes of the run.
        reason: why, for people.
        output: the end of what the worker wrote to stderr.
    """

    fate: Fate
    reason: str = ""
    output: str = ""


def describe_exit(end: WorkerExit) -> str:
    """How a worker's process ended, or why there was none, as a sentence."""
    if end.pid == 0:  # whoever was to start it says why there
        why = end.output_tail.partition("\n")[0]
        return "the run's process could not be started" + (f": {why}" if why else "")
    if end.signal is not None:
        hint = " (often the system, out of memory)" if end.signal == "SIGKILL" else ""
        return f"the run's process {end.pid} was ended by {end.signal}{hint}"
    if end.exit_code is not None:
        return f"the run's process {end.pid} exited with code {end.exit_code} before the run was over"
    return f"the run's process {end.pid} is gone; how it ended could not be seen"


def verdict_on_exit(run: DagsterRun | None, end: WorkerExit, has_begun: bool) -> Verdict:
    """What the end of a worker means.

    Args:
        run: as stored now; None: it was deleted.
        end: the end.
        has_begun: whether a worker of this attempt began the run.
    """
    if run is None or run.is_finished or run.attempt != end.attempt or run.status is DagsterRunStatus.QUEUED:
        return Verdict(Fate.OVER)
    reason = describe_exit(end)
    if run.status is DagsterRunStatus.CANCELING:
        return stopped_verdict(run, reason)
    if run.status is DagsterRunStatus.STARTING and not has_begun and run.attempt < STARTS_MAX:
        return Verdict(Fate.HAND_BACK, reason)
    output = end.output_tail if end.pid else end.output_tail.partition("\n")[2]
    return Verdict(Fate.FAIL, reason, output[-OUTPUT_CHARS_MAX:])


def stopped_verdict(run: DagsterRun, reason: str) -> Verdict:
    """How a run ends that was stopped: FAILURE if a rule had it stopped, else CANCELED."""
    rule = run.tags.get(STOP_REASON_TAG)
    return Verdict(Fate.CANCEL, reason) if rule is None else Verdict(Fate.FAIL, f"{rule}; {reason}")


def verdict_on_absence(run: DagsterRun | None, attempt: int) -> Verdict:
    """What it means that an earlier service handed a run out and no worker began it.

    Args:
        run: as stored now; None: it was deleted.
        attempt: the attempt it was handed out for.
    """
    if run is None or run.is_finished or run.attempt != attempt:
        return Verdict(Fate.OVER)
    if run.status is DagsterRunStatus.CANCELING:
        return stopped_verdict(run, "it was asked to stop before a process began it")
    if run.status is DagsterRunStatus.STARTING:
        return Verdict(Fate.HAND_BACK, "no process began it before the service ended")
    return Verdict(Fate.OVER)


def end_entry(run: DagsterRun, verdict: Verdict, timestamp: float) -> EventLogEntry:
    """The event that finishes a run whose worker could not.

    Args:
        run: the run.
        verdict: FAIL or CANCEL.
        timestamp: seconds since the epoch.
    """
    if verdict.fate is Fate.CANCEL:
        event = DagsterEvent(
            DagsterEventType.RUN_CANCELED, run.job_name, message=f"The run was canceled: {verdict.reason}."
        )
        return EventLogEntry(run.run_id, timestamp, job_name=run.job_name, dagster_event=event)
    text = verdict.reason + ("\nThe end of its output:\n" + verdict.output if verdict.output else "")
    data = JobFailureData(
        error=SerializableErrorInfo(text + "\n", cls_name="DagsterSubprocessError"), failure_reason="RUN_EXCEPTION"
    )
    event = DagsterEvent(
        DagsterEventType.RUN_FAILURE,
        run.job_name,
        message=f"The run failed: {verdict.reason}.",
        event_specific_data=data,
    )
    return EventLogEntry(run.run_id, timestamp, level=40, job_name=run.job_name, dagster_event=event)
