"""What the end of a worker means."""

from dataclasses import replace

import pytest

from watchbell.automate.monitor_rules import (
    STARTS_MAX,
    Fate,
    Verdict,
    describe_exit,
    end_entry,
    verdict_on_absence,
    verdict_on_exit,
)
from watchbell.record.evaluation import WorkerExit
from watchbell.record.event import DagsterEventType
from watchbell.record.run import DagsterRun, DagsterRunStatus

RUN = DagsterRun("etl", "r", status=DagsterRunStatus.STARTED, attempt=1)
KILLED = WorkerExit("r", 1, 4711, signal="SIGKILL")
CRASHED = WorkerExit("r", 1, 4711, exit_code=3, output_tail="Segfault in libfoo\n")
S = DagsterRunStatus


def test_a_signal_or_exit_code_is_named() -> None:
    assert "SIGKILL" in describe_exit(KILLED)
    assert "exited with code 3" in describe_exit(CRASHED)
    assert "is gone" in describe_exit(WorkerExit("r", 1, 4711))


def test_a_process_that_could_not_be_started_is_no_process_that_is_gone() -> None:
    none = WorkerExit("r", STARTS_MAX, 0, output_tail="no module named 'orders'\nTraceback")
    run = replace(RUN, status=S.STARTING, attempt=STARTS_MAX)

    verdict = verdict_on_exit(run, none, has_begun=False)

    assert verdict == Verdict(
        Fate.FAIL, "the run's process could not be started: no module named 'orders'", "Traceback"
    )
    assert describe_exit(replace(none, output_tail="")) == "the run's process could not be started"


@pytest.mark.parametrize(
    ("status", "has_begun", "attempt", "expected"),
    [
        (S.SUCCESS, True, 1, Fate.OVER),
        (S.QUEUED, False, 1, Fate.OVER),
        (S.STARTED, True, 2, Fate.OVER),
        (S.STARTED, True, 1, Fate.FAIL),
        (S.STARTING, True, 1, Fate.FAIL),
        (S.STARTING, False, 1, Fate.HAND_BACK),
        (S.CANCELING, True, 1, Fate.CANCEL),
    ],
)
def test_the_end_of_a_worker(status: S, has_begun: bool, attempt: int, expected: Fate) -> None:
    run = replace(RUN, status=status, attempt=attempt)

    assert verdict_on_exit(run, CRASHED, has_begun).fate is expected


def test_a_run_that_never_begins_is_failed_in_the_end() -> None:
    run = replace(RUN, status=S.STARTING, attempt=STARTS_MAX)

    assert verdict_on_exit(run, replace(CRASHED, attempt=STARTS_MAX), has_begun=False).fate is Fate.FAIL


def test_a_deleted_run_needs_nothing() -> None:
    assert verdict_on_exit(None, KILLED, has_begun=True).fate is Fate.OVER
    assert verdict_on_absence(None, 1).fate is Fate.OVER


@pytest.mark.parametrize(
    ("status", "attempt", "expected"),
    [
        (S.STARTING, 1, Fate.HAND_BACK),
        (S.STARTING, 2, Fate.OVER),
        (S.CANCELING, 1, Fate.CANCEL),
        (S.STARTED, 1, Fate.OVER),
        (S.QUEUED, 1, Fate.OVER),
        (S.FAILURE, 1, Fate.OVER),
    ],
)
def test_a_run_that_no_worker_began(status: S, attempt: int, expected: Fate) -> None:
    assert verdict_on_absence(replace(RUN, status=status, attempt=attempt), 1).fate is expected


def test_a_failed_runs_event_tells_why_with_the_end_of_its_output() -> None:
    entry = end_entry(RUN, verdict_on_exit(RUN, CRASHED, has_begun=True), 1.5)

    event = entry.get_dagster_event()
    assert event.event_type is DagsterEventType.RUN_FAILURE
    assert "exited with code 3" in (event.message or "")
    assert event.job_failure_data.error is not None
    assert "Segfault in libfoo" in event.job_failure_data.error.message
    assert (entry.run_id, entry.job_name, entry.timestamp) == ("r", "etl", 1.5)


def test_a_canceled_runs_event_says_so() -> None:
    entry = end_entry(RUN, Verdict(Fate.CANCEL, "asked to stop"), 1.5)

    assert entry.dagster_event_type is DagsterEventType.RUN_CANCELED
