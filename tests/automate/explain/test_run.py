from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from watchbell.automate.explain.run import PoolWait, QueueFacts, RunFacts, asked_by, explain_run
from watchbell.record.backfill import Backfill, BackfillStatus, BackfillTarget
from watchbell.record.error_info import SerializableErrorInfo
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry, JobFailureData
from watchbell.record.event_data import StepFailureData
from watchbell.record.overlap import OVERLAP_TAG
from watchbell.record.run import DagsterRun, DagsterRunStatus

AT = datetime(2026, 11, 21, 2, 14, tzinfo=UTC)
NOW = datetime(2026, 11, 21, 2, 20, tzinfo=UTC)
OTHER = DagsterRun("etl", "bbbbbbbb-2", status=DagsterRunStatus.STARTED, created_at=AT)
ROOM = QueueFacts(max_concurrent_runs=10, going=3)
SINCE = "waits in the queue since 2026-11-21 02:14 UTC (6 min 0 s): "


def facts(status: DagsterRunStatus, tags: dict[str, str] | None = None, **known: Any) -> RunFacts:
    run = DagsterRun(
        "etl", "aaaaaaaa-1", status=status, tags=tags or {}, location_name="code.py", attempt=1, created_at=AT,
        started_at=None if status in {DagsterRunStatus.QUEUED, DagsterRunStatus.STARTING} else AT,
        ended_at=NOW if status.value in {"SUCCESS", "FAILURE", "CANCELED"} else None,
    )  # fmt: skip
    return RunFacts(run, NOW, **{"service": "process 1 on here", **known})


def entry(kind: DagsterEventType, step: str | None = None, data: Any = None, message: str = "") -> EventLogEntry:
    event = DagsterEvent(kind, "etl", step_key=step, event_specific_data=data, message=message)
    return EventLogEntry("aaaaaaaa-1", AT.timestamp(), job_name="etl", step_key=step, dagster_event=event)


def said(known: RunFacts) -> str:
    return explain_run(known).sentence.removeprefix("run aaaaaaaa of job 'etl' ")


def backfill(status: BackfillStatus) -> Backfill:
    return Backfill("cccccccc-3", (BackfillTarget("etl", "code.py"),), AT, status=status, created_by="anna")


QUEUED = DagsterRunStatus.QUEUED
FULL = "10 of 10 runs that may go on at once go on (max_concurrent_runs); it is the next."
WAITING = [
    ({"service": None}, "no service is running here."),
    (
        {"queue": replace(ROOM, going=10)},
        "10 of 10 runs that may go on at once go on (max_concurrent_runs); it is the next.",
    ),
    ({"queue": replace(ROOM, ahead=2)}, "there is room; 2 runs go before it."),
    ({"queue": replace(ROOM, ahead=2, is_read_whole=False)}, "there is room; 2 runs at least go before it."),
    ({"backfill": backfill(BackfillStatus.PAUSED), "queue": ROOM}, "its backfill cccccccc is paused."),
    ({"backfill": backfill(BackfillStatus.CANCELING), "queue": ROOM}, "its backfill cccccccc is being canceled."),
]


@pytest.mark.parametrize(("known", "why"), WAITING)
def test_a_queued_run_is_told_why(known: dict[str, Any], why: str) -> None:
    assert said(facts(QUEUED, **known)) == SINCE + why


def test_a_run_that_waits_for_another_time_of_its_schedule() -> None:
    blocker = OTHER.with_tags({"dagster/schedule_name": "nightly"})
    known = facts(QUEUED, {OVERLAP_TAG: "buffer_one"}, queue=replace(ROOM, blocker=blocker))

    told = explain_run(known)

    blocked = "it waits for run bbbbbbbb-2 of job 'etl', STARTED since 2026-11-21T02:14:00+00:00, of another time"
    assert blocked in told.sentence
    assert told.next_change == ("the end of run bbbbbbbb",)


def test_with_room_the_service_or_the_code_is_asked_about() -> None:
    told = said(facts(QUEUED, queue=ROOM))

    assert told.startswith(f"{SINCE}there is room for it, so it is being handed out; or code location 'code.py'")


def test_a_run_that_waits_for_a_slot_names_who_has_it() -> None:
    known = facts(
        DagsterRunStatus.STARTED,
        pools=(PoolWait("db", "load", 1, ("bbbbbbbb-2",)),),
        related={OTHER.run_id: OTHER},
    )

    waits = "step 'load' waits for a slot of pool 'db', which has 1 slot, held by run bbbbbbbb (STARTED)"
    assert said(known) == f"goes on since 2026-11-21 02:14 UTC (6 min 0 s), and waits: {waits}."


def test_a_run_that_goes_on_names_its_steps() -> None:
    events = (entry(DagsterEventType.STEP_START, "load"), entry(DagsterEventType.STEP_SUCCESS, "load"),
              entry(DagsterEventType.STEP_START, "count"))  # fmt: skip

    told = said(facts(DagsterRunStatus.STARTED, events=events))

    assert told == "goes on since 2026-11-21 02:14 UTC (6 min 0 s), in 1 step: count."


def test_a_run_whose_process_is_gone() -> None:
    told = said(facts(DagsterRunStatus.STARTED, worker_text="process 7 on here", is_worker_alive=False))

    assert told == ("is STARTED since 2026-11-21 02:14 UTC (6 min 0 s), but its process is gone (process 7 on here).")


def test_the_first_step_that_failed_is_told_with_the_place() -> None:
    error = SerializableErrorInfo("ValueError: no disk\n", ('  File "orders.py", line 3, in load\n',), "ValueError")
    events = (
        entry(DagsterEventType.STEP_FAILURE, "load", StepFailureData(error)),
        entry(DagsterEventType.STEP_FAILURE, "count", StepFailureData(None)),
    )

    told = said(facts(DagsterRunStatus.FAILURE, events=events))

    raised = "step 'load' raised ValueError: no disk, in File \"orders.py\", line 3, in load"
    assert told == f"failed at 2026-11-21 02:20 UTC: {raised}."


def test_a_run_whose_process_ended_says_how() -> None:
    error = SerializableErrorInfo("the run's process 7 was ended by SIGKILL\n", cls_name="DagsterSubprocessError")
    events = (entry(DagsterEventType.RUN_FAILURE, data=JobFailureData(error, failure_reason="RUN_EXCEPTION")),)

    told = said(facts(DagsterRunStatus.FAILURE, events=events))

    assert told == "failed at 2026-11-21 02:20 UTC: the run's process 7 was ended by SIGKILL."


def test_a_run_that_a_rule_stopped() -> None:
    told = explain_run(facts(DagsterRunStatus.FAILURE, {"watchbell/stop_reason": "it went on for over 60 s"}))

    assert told.sentence.endswith("failed at 2026-11-21 02:20 UTC: it was stopped because it went on for over 60 s.")


def test_a_run_that_is_executed_again_names_the_next() -> None:
    known = facts(DagsterRunStatus.FAILURE, {"dagster/auto_retry_run_id": "bbbbbbbb-2"}, related={OTHER.run_id: OTHER})

    assert explain_run(known).next_change == ("nothing here: run bbbbbbbb (STARTED) executes it again",)


CANCELS = [("The run was canceled.", ""), ("The run was canceled: its process ended.", ": its process ended")]


@pytest.mark.parametrize(("message", "why"), CANCELS)
def test_a_canceled_run_says_why_if_its_log_does(message: str, why: str) -> None:
    events = (entry(DagsterEventType.RUN_CANCELED, message=message),)

    told = said(facts(DagsterRunStatus.CANCELED, events=events))

    assert told == f"was canceled at 2026-11-21 02:20 UTC, after it had begun{why}."


ASKERS = [
    ({}, "somebody, by hand or from a program"),
    ({"dagster/schedule_name": "nightly"}, "schedule 'nightly'"),
    ({"dagster/sensor_name": "landing", "dagster/run_key": "a.csv"}, "sensor 'landing', run key 'a.csv'"),
    ({"dagster/backfill": "cccccccc-3"}, "backfill cccccccc-3, by anna"),
    ({"dagster/from_automation_condition": "true"}, "automation conditions of job etl"),
]


@pytest.mark.parametrize(("tags", "who"), ASKERS)
def test_who_asked_for_it(tags: dict[str, str], who: str) -> None:
    known = facts(QUEUED, tags, backfill=backfill(BackfillStatus.IN_PROGRESS))

    assert asked_by(known) == who
