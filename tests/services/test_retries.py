"""The loop that executes failed runs again, stepped by hand; and a service killed around each of its changes."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.services.fakes import LOCATION, NOON, Rig
from watchbell.ground.errors import LeaseLostError
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry, JobFailureData
from watchbell.record.run import DagsterRun, DagsterRunStatus, RunsFilter
from watchbell.record.settings import Settings
from watchbell.services.queue import RunOver
from watchbell.services.retries import RetriesLoop
from watchbell.services.ticker import Desk

S = DagsterRunStatus
OVER = RunOver("r", 1)


class Crash(BaseException):
    """The service is killed."""


class Fails:
    """A store that is killed before, or after, one of its changes."""

    def __init__(self, store: Any, at: int, after: bool) -> None:
        self._store, self._left, self._after = store, at, after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def commit_retries(self, *args: Any) -> Any:
        self._left -= 1
        if self._left == 0 and not self._after:
            raise Crash
        done = self._store.commit_retries(*args)
        if self._left == 0:
            raise Crash
        return done


@dataclass
class Retries(Rig):
    """The loop on its rig."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.loop = RetriesLoop(self.desk)
        self.at(0)

    def at(self, seconds: float, *messages: object) -> datetime | None:
        self.clock.set(NOON + timedelta(seconds=seconds))
        due = self.loop.step(self.clock.now(), messages)
        while due is not None and due <= self.clock.now():
            due = self.loop.step(self.clock.now(), ())
        return due

    def failed(self, run_id: str = "r", reason: str = "RUN_EXCEPTION", **tags: str) -> None:
        named = {f"dagster/{name}": value for name, value in tags.items()}
        run = DagsterRun("etl", run_id, {"a": 1}, S.QUEUED, {"team": "blue", **named}, location_name=LOCATION)
        self.store.add_runs([run], self.clock.now())
        self.fail(run_id, reason)

    def fail(self, run_id: str, reason: str = "RUN_EXCEPTION") -> None:
        event = DagsterEvent(DagsterEventType.RUN_FAILURE, "etl", event_specific_data=JobFailureData(None, reason))
        self.store.append([EventLogEntry(run_id, 1.0, dagster_event=event)])

    def run(self, run_id: str) -> DagsterRun:
        record = self.store.run_record(run_id)
        assert record is not None
        return record.dagster_run

    def others(self) -> list[DagsterRun]:
        found = self.store.run_records(RunsFilter(), ascending=True)
        return [record.dagster_run for record in found if record.dagster_run.parent_run_id is not None]


def test_a_failed_run_is_executed_again_from_its_failure() -> None:
    rig = Retries()
    rig.failed(max_retries="2")

    rig.at(1, OVER)

    (again,) = rig.others()
    assert (again.status, again.run_config, again.location_name) == (S.QUEUED, {"a": 1}, LOCATION)
    assert (again.parent_run_id, again.root_run_id, again.step_keys_to_execute) == ("r", "r", None)
    assert dict(again.tags) == {
        "team": "blue",
        "dagster/max_retries": "2",
        "dagster/parent_run_id": "r",
        "dagster/root_run_id": "r",
        "dagster/is_resume_retry": "true",
        "dagster/retry_number": "1",
    }
    assert rig.run("r").tags["dagster/auto_retry_run_id"] == again.run_id


def test_all_steps_run_again_where_the_strategy_says_so() -> None:
    rig = Retries()
    rig.failed(max_retries="1", retry_strategy="ALL_STEPS")

    rig.at(1, OVER)

    assert rig.others()[0].tags["dagster/is_resume_retry"] == "false"


def test_what_failed_because_somebody_asked_it_to_stop_is_not_executed_again(caplog: pytest.LogCaptureFixture) -> None:
    rig = Retries()
    caplog.set_level(logging.INFO, "watchbell.services")
    for run_id, reason in [("unwanted", None), ("overdue", "it went on for too long")]:
        run = DagsterRun("etl", run_id, status=S.STARTED, tags={"dagster/max_retries": "1"}, location_name=LOCATION)
        rig.store.add_runs([run], NOON)
        rig.store.request_cancel(run_id, NOON, reason)
        rig.fail(run_id)

    rig.at(1, OVER)

    assert [run.parent_run_id for run in rig.others()] == ["overdue"]
    assert "run unwanted failed while it was being stopped and is not executed again" in caplog.text


def test_retries_end_with_the_number_they_have() -> None:
    rig = Retries()
    rig.failed(max_retries="2")
    for second in range(1, 6):
        rig.at(second, OVER)
        for again in rig.others():
            if again.status is S.QUEUED:
                rig.fail(again.run_id)

    assert [run.tags["dagster/retry_number"] for run in rig.others()] == ["1", "2"]
    assert {run.root_run_id for run in rig.others()} == {"r"}


@pytest.mark.parametrize(
    ("settings", "reason", "tags", "count"),
    [
        (Settings(run_max_retries=1), "RUN_EXCEPTION", {}, 1),
        (Settings(), "RUN_EXCEPTION", {}, 0),
        (Settings(run_max_retries=1), "RUN_EXCEPTION", {"max_retries": "0"}, 0),
        (Settings(run_retries_enabled=False), "RUN_EXCEPTION", {"max_retries": "3"}, 0),
        (Settings(retry_on_asset_or_op_failure=False), "STEP_FAILURE", {"max_retries": "3"}, 0),
        (Settings(retry_on_asset_or_op_failure=False), "RUN_EXCEPTION", {"max_retries": "3"}, 1),
        (
            Settings(retry_on_asset_or_op_failure=False),
            "STEP_FAILURE",
            {"max_retries": "3", "retry_on_asset_or_op_failure": "true"},
            1,
        ),
        (Settings(), "STEP_FAILURE", {"max_retries": "3", "retry_on_asset_or_op_failure": "false"}, 0),
        (Settings(), "RUN_EXCEPTION", {"max_retries": "many"}, 0),
        (Settings(), "RUN_EXCEPTION", {"max_retries": "1", "retry_strategy": "SOME"}, 0),
    ],
)
def test_tags_and_settings_say_what_is_executed_again(
    settings: Settings, reason: str, tags: dict[str, str], count: int
) -> None:
    rig = Retries(settings=settings)
    rig.failed(reason=reason, **tags)

    rig.at(1, OVER)

    assert count == len(rig.others())


def test_what_people_execute_themselves_is_left_to_them() -> None:
    rig = Retries(settings=Settings(run_max_retries=3))
    rig.store.add_runs([DagsterRun("etl", "r", status=S.STARTED)], rig.clock.now())
    rig.fail("r")

    rig.at(1, OVER)

    assert rig.others() == []


def test_a_failure_that_nobody_told_of_is_found() -> None:
    rig = Retries()
    rig.failed(max_retries="1")

    rig.at(1)
    assert rig.others() == []
    rig.at(11)
    assert len(rig.others()) == 1


def test_failures_while_no_service_ran_are_dealt_with_by_the_next() -> None:
    rig = Retries()
    rig.failed(max_retries="1")

    rig.loop = RetriesLoop(rig.desk)
    rig.at(100)

    assert len(rig.others()) == 1


def test_failures_before_the_first_service_are_none_of_its_business() -> None:
    rig = Retries()
    fresh = Rig()
    event = DagsterEvent(DagsterEventType.RUN_FAILURE, "etl", event_specific_data=JobFailureData(None, "RUN_EXCEPTION"))
    fresh.store.add_runs(
        [DagsterRun("etl", "old", status=S.STARTED, tags={"dagster/max_retries": "1"}, location_name=LOCATION)], NOON
    )
    fresh.store.append([EventLogEntry("old", 1.0, dagster_event=event)])
    loop = RetriesLoop(fresh.desk)
    while (due := loop.step(NOON, ())) is not None and due <= NOON:
        pass

    assert fresh.runs() == ["old"]
    assert rig.others() == []


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("crash_at", [1, 2, 3])
def test_a_service_killed_at_any_change_executes_each_failure_again_once(crash_at: int, after: bool) -> None:
    rig = Retries()
    failing = Fails(rig.store, crash_at, after)
    desk = Desk(failing, rig.host, rig.settings, lambda: rig.lease, rig.new_id)
    rig.loop = RetriesLoop(desk)
    for number in range(4):
        rig.failed(f"r{number}", max_retries="1")
        try:
            rig.at(number + 1, OVER)
        except Crash:
            rig.loop = RetriesLoop(rig.desk)
    rig.at(60)

    assert sorted(str(run.parent_run_id) for run in rig.others()) == ["r0", "r1", "r2", "r3"]


def test_two_services_do_not_execute_one_failure_twice() -> None:
    rig = Retries()
    rig.failed(max_retries="1")
    seen = rig.store.retries_seen()
    first = DagsterRun("etl", "first", status=S.QUEUED, parent_run_id="r", location_name=LOCATION)

    assert rig.store.commit_retries(seen, 99, [first], rig.lease, NOON) == [first]
    assert rig.store.commit_retries(seen, 99, [replace(first, run_id="second")], rig.lease, NOON) is None
    assert rig.store.commit_retries(99, 100, [replace(first, run_id="third")], rig.lease, NOON) == []
    with pytest.raises(LeaseLostError):
        rig.store.commit_retries(100, 101, [], replace(rig.lease, epoch=7), NOON)
    assert [run.run_id for run in rig.others()] == ["first"]
