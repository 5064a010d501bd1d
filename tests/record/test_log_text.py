"""Log entries as people read them."""

from __future__ import annotations

import pytest

from watchbell.record.asset_check_key import AssetCheckKey
from watchbell.record.error_info import SerializableErrorInfo
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry, JobFailureData, StepFailureData
from watchbell.record.keys import AssetKey
from watchbell.record.log_text import STEPS_FAILED, details, headline, kind_text, made_for, started_by, target_of
from watchbell.record.run import DagsterRun

ROOT = SerializableErrorInfo("ValueError: bad rows\n", ('  File "users.py", line 3, in load\n',))
WRAPPED = SerializableErrorInfo("DagsterExecutionStepExecutionError: the op raised\n", cause=ROOT)


def failed(kind: DagsterEventType, data: StepFailureData | JobFailureData) -> EventLogEntry:
    return EventLogEntry("run", 1.0, 40, dagster_event=DagsterEvent(kind, "j", "load", "load failed", data))


def test_a_failed_step_shows_the_users_error_and_not_our_wrapping() -> None:
    entry = failed(DagsterEventType.STEP_FAILURE, StepFailureData(WRAPPED))

    assert details(entry) == 'ValueError: bad rows\n  File "users.py", line 3, in load'


def test_a_run_that_failed_by_its_steps_does_not_repeat_their_errors() -> None:
    assert details(failed(DagsterEventType.RUN_FAILURE, JobFailureData(WRAPPED, STEPS_FAILED))) == ""


def test_a_run_that_failed_outside_its_steps_shows_why() -> None:
    assert "bad rows" in details(failed(DagsterEventType.RUN_FAILURE, JobFailureData(WRAPPED, "RUN_EXCEPTION")))


def test_a_message_of_several_lines_has_a_headline_and_details() -> None:
    entry = EventLogEntry("run", 1.0, 30, user_message="first\nsecond\nthird")

    assert (kind_text(entry), headline(entry), details(entry)) == ("WARNING", "first", "second\nthird")


def test_a_run_says_who_asked_for_it() -> None:
    asked = {"dagster/schedule_name": "nightly"}
    again = {**asked, "dagster/retry_number": "1"}

    runs = [
        DagsterRun("job", run_id="a"),
        DagsterRun("job", run_id="b", tags=asked),
        DagsterRun("job", run_id="c", tags={"dagster/sensor_name": "files"}),
        DagsterRun("job", run_id="d", tags=asked, parent_run_id="325eefa1-4bcd"),
        DagsterRun("job", run_id="e", tags=again, parent_run_id="325eefa1-4bcd"),
        DagsterRun("job", run_id="f", tags={"dagster/backfill": "4ee1c0de-9999"}),
    ]

    asked_by = ["", "schedule nightly", "sensor files", "re-execution of 325eefa1", "retry of 325eefa1"]
    expected = [*asked_by, "backfill 4ee1c0de"]
    assert expected == [started_by(run) for run in runs]


def test_a_run_says_for_which_partitions_it_is() -> None:
    ends = {"dagster/asset_partition_range_start": "a", "dagster/asset_partition_range_end": "c"}

    runs = [DagsterRun("job", run_id="r", tags=tags) for tags in ({}, {"dagster/partition": "é/1"}, ends)]

    assert [made_for(run) for run in runs] == ["", "é/1", "a...c"]


@pytest.mark.parametrize(
    ("job", "assets", "checks", "said"),
    [
        ("etl", ["orders"], None, "etl"),
        ("__ASSET_JOB", ["prices", "orders"], None, "orders, prices"),
        ("__ASSET_JOB", ["a", "b", "c", "d"], None, "4 assets: a, b, c, …"),
        ("__ASSET_JOB", None, [("orders", "fresh")], "orders:fresh"),
        ("__ASSET_JOB", None, None, "all assets"),
    ],
)
def test_what_a_run_makes_is_said_without_jobs_that_nobody_named(job, assets, checks, said: str) -> None:
    run = DagsterRun(
        job,
        "run",
        asset_selection=None if assets is None else frozenset(map(AssetKey, assets)),
        asset_check_selection=None
        if checks is None
        else frozenset(AssetCheckKey(AssetKey(asset), name) for asset, name in checks),
    )

    assert target_of(run) == said
