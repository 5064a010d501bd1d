"""Runs that go on for too long, stopped by the monitor."""

from __future__ import annotations

import os
import signal
import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.services.fakes import NOON, Locking
from tests.services.test_monitor import WORKER, Monitor
from watchbell import DagsterInstance, job, op
from watchbell.automate.runtime_rules import deadline_of, max_runtime_of
from watchbell.execute.run import execute_run
from watchbell.ground.errors import StoreLockedError
from watchbell.record.evaluation import WorkerExit
from watchbell.record.event import DagsterEventType
from watchbell.record.query import EventQuery
from watchbell.record.run import MAX_RUNTIME_SECONDS_TAG, STOP_REASON_TAG, DagsterRun, DagsterRunStatus
from watchbell.record.settings import Settings
from watchbell.services.loop import Hint
from watchbell.services.monitor import MonitorLoop

S = DagsterRunStatus


def going_on(**tags: str) -> Monitor:
    rig = Monitor(settings=Settings(max_runtime_seconds=60))
    rig.at(0)
    rig.started()
    if tags:
        rig.store.add_run_tags("r", {f"dagster/{key}": value for key, value in tags.items()}, NOON)
    return rig


def test_a_run_that_goes_on_too_long_is_stopped_and_fails() -> None:
    rig = going_on()

    rig.at(61)
    assert rig.status() == S.CANCELING
    assert rig.launcher.canceled == [("r", WORKER)]
    rig.at(62, WorkerExit("r", 1, 4711, signal="SIGKILL"))

    assert rig.status() == S.FAILURE
    assert "more than 60 seconds" in str(rig.last_event().message)


@pytest.mark.parametrize(("seconds", "expected"), [("10", S.CANCELING), ("100", S.STARTED), ("0", S.STARTED)])
def test_the_tag_of_a_run_is_stronger_than_the_setting(seconds: str, expected: DagsterRunStatus) -> None:
    rig = going_on(max_runtime=seconds)

    rig.at(70)

    assert expected == rig.status()


def test_the_monitor_comes_back_when_the_time_is_up() -> None:
    rig = going_on(max_runtime="14")

    due = rig.at(11)

    assert due == NOON + timedelta(seconds=14)
    rig.at(14)
    assert rig.status() == S.CANCELING


def test_a_run_is_stopped_once_however_often_the_service_dies() -> None:
    rig = going_on()
    rig.at(61)
    rig.loop = MonitorLoop(rig.desk, {"here": rig.launcher}, rig.told.append)
    rig.at(62)
    rig.at(63, WorkerExit("r", 1, 4711, exit_code=1))
    rig.at(64)

    asked = [entry for entry in rig.store.events(_query()) if entry.dagster_event_type is not None]
    assert [entry.dagster_event_type for entry in asked] == [
        DagsterEventType.RUN_CANCELING,
        DagsterEventType.RUN_FAILURE,
    ]


def _query() -> EventQuery:
    return EventQuery(
        run_id="r",
        types=frozenset({DagsterEventType.RUN_CANCELING, DagsterEventType.RUN_FAILURE, DagsterEventType.RUN_CANCELED}),
    )


@pytest.mark.parametrize(
    ("tag", "default", "expected"), [(None, 0, None), (None, 5, 5.0), ("2.5", 5, 2.5), ("0", 5, None), ("soon", 5, 5.0)]
)
def test_how_long_a_run_may_go_on(tag: str | None, default: int, expected: float | None) -> None:
    run = DagsterRun("etl", "r", tags={} if tag is None else {MAX_RUNTIME_SECONDS_TAG: tag})

    assert expected == max_runtime_of(run, default)


def test_only_a_run_that_goes_on_has_a_deadline() -> None:
    run = DagsterRun("etl", "r", started_at=NOON, status=S.STARTED)

    assert deadline_of(run, 60) == NOON + timedelta(seconds=60)
    assert deadline_of(run.with_status(S.CANCELING), 60) is None
    assert deadline_of(DagsterRun("etl", "r", status=S.STARTED), 60) is None


def test_the_stopped_worker_tears_down_and_writes_the_failure_itself() -> None:
    torn_down = threading.Event()

    with DagsterInstance.local_temp() as instance:

        @op
        def long(context: Any) -> None:
            try:
                context.instance.store.request_cancel(context.run_id, NOON, "it went on for too long")
                os.kill(os.getpid(), signal.SIGTERM)
                threading.Event().wait(30)
            finally:
                torn_down.set()

        @job
        def small() -> None:
            long()

        run = instance.create_run_for_job(
            small, status=S.STARTING, run_config={"execution": {"config": {"in_process": {}}}}
        )
        assert not execute_run(small, run, instance)
        ended = instance.get_run_by_id(run.run_id)
        failure = instance.all_logs(run.run_id, DagsterEventType.RUN_FAILURE)

    assert ended is not None
    assert (ended.status, ended.tags[STOP_REASON_TAG]) == (S.FAILURE, "it went on for too long")
    assert torn_down.is_set()
    assert "it went on for too long" in str(failure[0].get_dagster_event().message)


def test_the_time_of_a_run_is_up_when_it_is_up_not_at_the_next_look() -> None:
    rig = Monitor(settings=Settings(max_runtime_seconds=3))
    rig.at(0)
    rig.at(1)
    rig.started()

    assert rig.at(1.5, Hint("run_status")) == NOON + timedelta(seconds=4)
    rig.at(4)
    assert rig.status() == S.CANCELING


def test_a_run_whose_hint_was_lost_is_found_by_the_slow_look() -> None:
    rig = Monitor(settings=Settings(max_runtime_seconds=3))
    rig.at(0)
    rig.started()

    rig.at(9)
    assert rig.status() == S.STARTED
    rig.at(10)
    assert rig.status() == S.CANCELING


def test_a_locked_store_forgets_no_run_whose_time_is_up() -> None:
    rig = Monitor(settings=Settings(max_runtime_seconds=3))
    locking = Locking(rig.store, "request_cancel")
    rig.loop = MonitorLoop(replace(rig.desk, store=locking), {"here": rig.launcher}, rig.told.append)
    rig.at(0)
    rig.started()
    rig.at(1, Hint("run_status"))
    with pytest.raises(StoreLockedError):
        rig.at(4)

    rig.at(4.5)

    assert rig.status() == S.CANCELING
