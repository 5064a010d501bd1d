"""The loop of the backfills, stepped by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.services.fakes import LOCATION, NOON, Locking, Rig, answer, schedule_key
from watchbell.backfills import Backfills
from watchbell.ground.channel import Frame, FrameKind
from watchbell.ground.errors import LeaseLostError, StoreLockedError
from watchbell.record.backfill import Backfill, BackfillPart, BackfillStatus, BackfillTarget, PartState
from watchbell.record.error_info import SerializableErrorInfo
from watchbell.record.evaluation import Outcome
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry, JobFailureData
from watchbell.record.run import DagsterRun, DagsterRunStatus, RunsFilter
from watchbell.record.tick import AutomationState, Tick, TickCommit, TickStatus
from watchbell.services.backfill_ticks import LANE
from watchbell.services.backfills import SAFETY_SECONDS, BackfillsLoop
from watchbell.services.loop import Hint
from watchbell.services.queue import LocationReady
from watchbell.services.retries import RetriesLoop

S, P, B = DagsterRunStatus, PartState, BackfillStatus
ETL = BackfillTarget("etl", LOCATION)
NEWS, ENDS = Hint("backfills"), Hint("run_status")
DAILY = "daily"


@dataclass
class Bench(Rig, Backfills):
    """The loop on its rig, and people's hands on the same store."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.restart()

    def restart(self) -> None:
        self.loop = BackfillsLoop(self.desk, {LOCATION: self.host}, self.queued)

    def step(self, *messages: object, seconds: float = 0) -> datetime | None:
        """Steps until the loop rests; when it is to be called again."""
        self.clock.advance(seconds)
        due = self.loop.step(self.clock.now(), messages)
        for _ in range(100):
            if due is None or due > self.clock.now():
                return due
            due = self.loop.step(self.clock.now(), ())
        raise AssertionError("the loop does not come to rest")

    def add(self, *needs: str, **fields: Any) -> None:
        """A backfill ``b`` with a part for each text of needs."""
        self.add_backfill(
            Backfill("b", (ETL,), self.clock.now(), **fields),
            [BackfillPart(number, partition_key=f"day {number}", needs=text) for number, text in enumerate(needs)],
        )

    def add_times(self, count: int, **fields: Any) -> None:
        """A backfill of the first hours of the schedule ``daily``."""
        self.add_backfill(
            Backfill("b", (BackfillTarget("", LOCATION),), self.clock.now(), schedule_name=DAILY, **fields),
            [BackfillPart(number, scheduled_at=time(number)) for number in range(count)],
        )

    @property
    def backfill(self) -> Backfill:
        found = self.get_backfill("b")
        assert found is not None
        return found

    @property
    def states(self) -> list[PartState]:
        return [part.state for part in self.parts]

    @property
    def parts(self) -> Sequence[BackfillPart]:
        return self.get_backfill_parts("b")

    def all_runs(self) -> list[DagsterRun]:
        return [record.dagster_run for record in self.store.run_records(RunsFilter(), ascending=True)]

    def end(self, run_id: str, kind: DagsterEventType = DagsterEventType.RUN_SUCCESS) -> None:
        data = JobFailureData(None, "RUN_EXCEPTION") if kind is DagsterEventType.RUN_FAILURE else None
        event = DagsterEvent(kind, "etl", message=f"{kind.name} it is", event_specific_data=data)
        self.store.append([EventLogEntry(run_id, self.clock.now().timestamp(), dagster_event=event)])

    def fail(self, run_id: str) -> None:
        """A failure that nobody will execute again."""
        self.end(run_id, DagsterEventType.RUN_FAILURE)
        self.see_failures()

    def see_failures(self) -> None:
        retries = RetriesLoop(replace(self.desk, new_id=lambda: f"retry-{len(self.runs())}"))
        for _ in range(3):
            retries.step(self.clock.now(), ())


def time(number: int) -> datetime:
    return datetime(2024, 5, 1, number, tzinfo=UTC)


def bench(**fields: Any) -> Bench:
    made = Bench(**fields)
    made.see_failures()  # the first look of a home's first service
    return made


# ------------------------------------------------------------------ runs


def test_all_parts_get_their_runs_in_order_and_at_once() -> None:
    rig = bench()
    rig.add("", "", "")

    rig.step()

    assert [run.tags["dagster/partition"] for run in rig.all_runs()] == ["day 0", "day 1", "day 2"]
    assert {run.status for run in rig.all_runs()} == {S.QUEUED}
    assert rig.states == [P.RUNNING] * 3
    assert [part.run_ids for part in rig.parts] == [("run-1",), ("run-2",), ("run-3",)]
    assert rig.runs_queued == 1


def test_more_parts_than_one_transaction_takes_all_begin() -> None:
    rig = bench()
    rig.add(*[""] * 1_234)

    rig.step()

    assert len(rig.runs()) == 1_234


def test_a_cap_lets_the_next_part_begin_when_one_ended() -> None:
    rig = bench()
    rig.add("", "", "", max_concurrent_runs=2)

    rig.step()
    assert rig.runs() == ["run-1", "run-2"]
    rig.end("run-2")
    rig.step(ENDS)
    assert rig.states == [P.RUNNING, P.SUCCEEDED, P.RUNNING]


def test_a_part_begins_after_what_it_needs_succeeded() -> None:
    rig = bench()
    rig.add("", "", "0-1")

    rig.step()
    rig.end("run-1")
    rig.step(ENDS)
    assert rig.states == [P.SUCCEEDED, P.RUNNING, P.WAITING]
    rig.end("run-2")
    rig.step(ENDS)
    assert rig.states == [P.SUCCEEDED, P.SUCCEEDED, P.RUNNING]
    rig.end("run-3")
    rig.step(ENDS)
    assert rig.backfill.status is B.COMPLETED_SUCCESS
    assert rig.backfill.ended_at == NOON


def test_a_failure_blocks_what_needs_it_and_the_rest_goes_on() -> None:
    rig = bench()
    rig.add("", "0", "1", "")

    rig.step()
    rig.fail("run-1")
    rig.step(ENDS)
    assert rig.states == [P.FAILED, P.BLOCKED, P.BLOCKED, P.RUNNING]
    assert rig.parts[0].note == "RUN_FAILURE it is"
    rig.end("run-2")
    rig.step(ENDS)
    assert rig.backfill.status is B.COMPLETED_FAILED


def test_a_canceled_run_is_a_canceled_part() -> None:
    rig = bench()
    rig.add("", "0")

    rig.step()
    rig.store.request_cancel("run-1", rig.clock.now())
    rig.step(ENDS)

    assert rig.states == [P.CANCELED, P.BLOCKED]
    assert rig.backfill.status is B.COMPLETED_FAILED


def test_the_end_of_a_run_that_nobody_told_of_is_found() -> None:
    rig = bench()
    rig.add("", "0")
    rig.step()
    rig.end("run-1")

    rig.step(seconds=SAFETY_SECONDS)

    assert rig.states == [P.SUCCEEDED, P.RUNNING]


def test_runs_that_ended_while_no_service_ran_are_taken_in() -> None:
    rig = bench()
    rig.add("", "", "", "0-1", "2")
    rig.step()
    rig.end("run-1")
    rig.end("run-2")
    rig.fail("run-3")

    rig.restart()
    rig.step()

    assert rig.states == [P.SUCCEEDED, P.SUCCEEDED, P.FAILED, P.RUNNING, P.BLOCKED]


def test_a_deleted_run_is_a_failed_part() -> None:
    rig = bench()
    rig.add("", "0", "")
    rig.step()

    rig.store.delete_run("run-1")
    rig.step(NEWS)

    assert rig.states == [P.FAILED, P.BLOCKED, P.RUNNING]
    assert "deleted" in rig.parts[0].note


def test_a_run_that_succeeded_and_was_deleted_before_anybody_looked_is_a_good_part() -> None:
    rig = bench()
    rig.add("", "0")
    rig.step()
    rig.end("run-1")
    rig.store.delete_run("run-1")

    rig.step(NEWS)

    assert rig.states == [P.SUCCEEDED, P.RUNNING]


# --------------------------------------------------------------- retries


def retried(rig: Bench) -> None:
    """Parts 0 and 1, which needs it; the run of 0 failed and is executed again."""
    rig.add("", "0")
    rig.step()
    rig.end("run-1", DagsterEventType.RUN_FAILURE)


RETRYING = {"dagster/max_retries": "1"}


def test_a_part_is_not_failed_before_it_is_known_that_nobody_retries_its_run() -> None:
    rig = bench()
    retried(rig)

    due = rig.step(ENDS)
    assert rig.states == [P.RUNNING, P.WAITING]
    assert due is not None
    assert due <= NOON + timedelta(seconds=0.5)
    rig.see_failures()
    rig.step(seconds=0.2)
    assert rig.states == [P.FAILED, P.BLOCKED]


def test_the_success_of_a_retried_run_is_that_of_its_part() -> None:
    rig = bench()
    rig.add("", "0", tags=RETRYING)
    rig.step()
    rig.end("run-1", DagsterEventType.RUN_FAILURE)
    rig.step(ENDS)
    rig.see_failures()

    rig.step(seconds=0.2)
    assert rig.parts[0].run_ids == ("retry-1",)
    assert rig.parts[0].attempt == 1
    assert rig.states == [P.RUNNING, P.WAITING]
    rig.end("retry-1")
    rig.step(ENDS)
    assert rig.states == [P.SUCCEEDED, P.RUNNING]


def test_a_part_whose_retries_failed_as_well_is_failed() -> None:
    rig = bench()
    rig.add("", tags=RETRYING)
    rig.step()
    rig.fail("run-1")
    rig.step(ENDS)
    rig.fail("retry-1")

    rig.step(ENDS)

    assert rig.states == [P.FAILED]


def test_a_retry_that_was_made_while_no_service_ran_is_followed() -> None:
    rig = bench()
    rig.add("", tags=RETRYING)
    rig.step()
    rig.fail("run-1")
    rig.end("retry-1")
    rig.restart()

    rig.step()

    assert rig.states == [P.SUCCEEDED]
    assert rig.backfill.status is B.COMPLETED_SUCCESS


# ------------------------------------------------------------ by hand


def test_a_paused_backfill_begins_nothing_and_goes_on_when_resumed() -> None:
    rig = bench()
    rig.add("", "0")
    rig.step()
    rig.pause_backfill("b")
    rig.step(NEWS)
    rig.end("run-1")

    rig.step(ENDS)
    assert rig.states == [P.SUCCEEDED, P.WAITING]
    assert rig.backfill.status is B.PAUSED
    rig.resume_backfill("b")
    rig.step(NEWS)
    assert rig.states == [P.SUCCEEDED, P.RUNNING]


def test_a_canceled_backfill_stops_its_runs_and_begins_no_more() -> None:
    rig = bench()
    rig.add("", "", "0")
    rig.step()
    rig.store.hand_out_runs(["run-1"], rig.lease, NOON)
    rig.end("run-1", DagsterEventType.RUN_START)
    rig.cancel_backfill("b")

    rig.step(NEWS)
    assert rig.states == [P.RUNNING, P.CANCELED, P.CANCELED]
    assert rig.backfill.status is B.CANCELING
    assert rig.store.run_statuses(["run-1", "run-2"]) == {"run-1": S.CANCELING, "run-2": S.CANCELED}
    rig.end("run-1")  # it was quicker
    rig.step(ENDS)
    assert rig.states == [P.SUCCEEDED, P.CANCELED, P.CANCELED]
    assert rig.backfill.status is B.CANCELED


def test_a_retry_runs_again_what_failed_and_then_what_it_blocked() -> None:
    rig = bench()
    rig.add("", "0", "")
    rig.step()
    rig.fail("run-1")
    rig.end("run-2")
    rig.step(ENDS)
    assert rig.backfill.status is B.COMPLETED_FAILED

    rig.retry_backfill("b")
    rig.step(NEWS)
    assert rig.states == [P.RUNNING, P.WAITING, P.SUCCEEDED]
    assert rig.parts[0].attempt == 2
    rig.end("run-3")
    rig.step(ENDS)
    rig.end("run-4")
    rig.step(ENDS)
    assert rig.backfill.status is B.COMPLETED_SUCCESS
    assert [run.tags["dagster/partition"] for run in rig.all_runs()] == ["day 0", "day 2", "day 0", "day 1"]


def test_another_cap_counts_at_once() -> None:
    rig = bench()
    rig.add("", "", "", max_concurrent_runs=1)
    rig.step()

    rig.limit_backfill("b", None)
    rig.step(NEWS)

    assert rig.states == [P.RUNNING] * 3


def test_a_change_by_hand_between_reading_and_storing_is_not_lost() -> None:
    rig = bench()
    rig.add("", "0")
    rig.step()
    rig.end("run-1")
    rig.pause_backfill("b")  # the loop hears of the end alone

    rig.step(ENDS)

    assert rig.states == [P.SUCCEEDED, P.WAITING]
    assert rig.backfill.status is B.PAUSED


# ------------------------------------------------------------- mishaps


def test_what_could_not_be_stored_is_done_again_from_what_is_stored() -> None:
    rig = bench()
    rig.add("", "0")
    rig.step()
    rig.end("run-1")
    rig.desk = replace(rig.desk, store=Locking(rig.store, "commit_backfill"))  # type: ignore[arg-type]
    rig.restart()

    with pytest.raises(StoreLockedError):
        rig.step()
    rig.step()

    assert rig.states == [P.SUCCEEDED, P.RUNNING]
    assert len(rig.runs()) == 2


def test_a_service_without_the_lease_stores_nothing() -> None:
    rig = bench()
    rig.add("")
    rig.lease = replace(rig.lease, epoch=rig.lease.epoch - 1)

    with pytest.raises(LeaseLostError):
        rig.step()

    assert rig.runs() == []


def test_without_a_backfill_nothing_is_asked_but_now_and_then() -> None:
    rig = bench()

    assert rig.step() == NOON + timedelta(seconds=SAFETY_SECONDS)


# ------------------------------------------------------------- schedules


def test_past_times_of_a_schedule_are_evaluated_and_become_ticks_with_runs() -> None:
    rig = bench()
    rig.add_times(2)
    rig.step(LocationReady(LOCATION))

    first, second = rig.host.take()
    assert (first.name, first.scheduled_at) == (DAILY, time(0))
    rig.step(answer(first, "a"), answer(second, "b"))

    assert rig.states == [P.RUNNING, P.RUNNING]
    assert [run.tags[".dagster/scheduled_execution_time"] for run in rig.all_runs()] == [
        "2024-05-01T00:00:00+00:00",
        "2024-05-01T01:00:00+00:00",
    ]
    assert all(run.tags["dagster/backfill"] == "b" for run in rig.all_runs())
    assert [(tick.tick_at, tick.status) for tick in rig.ticks(schedule_key(DAILY))] == [
        (time(0), TickStatus.SUCCESS),
        (time(1), TickStatus.SUCCESS),
    ]
    assert rig.store.automation_state(schedule_key(DAILY)) is None
    for run_id in rig.runs():
        rig.end(run_id)
    rig.step(ENDS)
    assert rig.backfill.status is B.COMPLETED_SUCCESS


def test_times_wait_until_their_code_is_there_and_for_room_under_the_cap() -> None:
    rig = bench()
    rig.add_times(3, max_concurrent_runs=1)
    rig.step()
    assert rig.host.take() == []

    rig.step(LocationReady(LOCATION))
    (asked,) = rig.host.take()
    rig.step(answer(asked, None))
    assert rig.host.take() == []
    rig.end(rig.runs()[0])
    rig.step(ENDS)
    assert [each.scheduled_at for each in rig.host.take()] == [time(1)]


def test_a_time_that_asked_for_nothing_or_has_its_tick_is_skipped() -> None:
    rig = bench()
    key = schedule_key(DAILY)
    done = Tick(time(1), TickStatus.SUCCESS, NOON, NOON)
    rig.store.commit_ticks([TickCommit(AutomationState(key), AutomationState(key), (done,))], None, NOON)
    rig.add_times(2)
    rig.step(LocationReady(LOCATION))
    first, second = rig.host.take()

    rig.step(answer(first, skip_message="holiday"), answer(second, "x"))

    assert [(part.state, part.note) for part in rig.parts] == [
        (P.SKIPPED, "holiday"),
        (P.SKIPPED, "this time of the schedule has its tick already"),
    ]
    assert rig.runs() == []
    assert rig.backfill.status is B.COMPLETED_SUCCESS


def test_a_missed_time_makes_room_and_stays_in_the_history() -> None:
    rig = bench()
    key = schedule_key(DAILY)
    missed = Tick(time(0), TickStatus.MISSED, NOON, NOON, skip_reason="nobody was there")
    rig.store.commit_ticks([TickCommit(AutomationState(key), AutomationState(key), (missed,))], None, NOON)
    rig.add_times(1)
    rig.step(LocationReady(LOCATION))

    rig.step(answer(rig.host.take()[0], None))

    assert [tick.status for tick in rig.ticks(key)] == [TickStatus.MISSED, TickStatus.SUCCESS]
    assert rig.states == [P.RUNNING]


def test_an_evaluation_that_raised_can_be_retried() -> None:
    rig = bench()
    rig.add_times(1)
    rig.step(LocationReady(LOCATION))
    error = SerializableErrorInfo("ValueError: no\n")
    rig.step(answer(rig.host.take()[0], outcome=Outcome.RAISED, error=error))
    assert [(part.state, part.note) for part in rig.parts] == [(P.FAILED, "ValueError: no")]
    assert rig.backfill.status is B.COMPLETED_FAILED

    rig.retry_backfill("b")
    rig.step(NEWS)
    rig.step(answer(rig.host.take()[0], None))

    assert rig.states == [P.RUNNING]
    assert [tick.status for tick in rig.ticks(schedule_key(DAILY))] == [TickStatus.FAILURE, TickStatus.SUCCESS]


def test_all_runs_of_a_tick_decide_and_a_retry_runs_again_those_that_failed() -> None:
    rig = bench()
    rig.add_times(1)
    rig.step(LocationReady(LOCATION))
    rig.step(answer(rig.host.take()[0], "a", "b"))
    good, bad = rig.runs()
    rig.end(good)
    rig.step(ENDS)
    assert rig.states == [P.RUNNING]
    rig.fail(bad)
    rig.step(ENDS)
    assert rig.states == [P.FAILED]

    rig.retry_backfill("b")
    rig.step(NEWS)
    assert rig.host.take() == []
    assert len(rig.runs()) == 3
    again = rig.all_runs()[-1]
    assert again.parent_run_id == bad
    assert rig.parts[0].run_ids == (good, again.run_id)
    rig.end(again.run_id)
    rig.step(ENDS)
    assert rig.backfill.status is B.COMPLETED_SUCCESS


def test_a_run_key_that_was_used_makes_no_second_run() -> None:
    rig = bench()
    rig.add_times(2)
    rig.step(LocationReady(LOCATION))
    first, second = rig.host.take()

    rig.step(answer(first, "same"), answer(second, "same"))

    assert rig.states == [P.RUNNING, P.SKIPPED]
    assert len(rig.runs()) == 1


def test_an_answer_after_a_change_by_hand_counts_once() -> None:
    rig = bench()
    rig.add_times(2, max_concurrent_runs=1)
    rig.step(LocationReady(LOCATION))
    (asked,) = rig.host.take()
    rig.limit_backfill("b", 2)
    rig.step(NEWS)
    (second,) = rig.host.take()

    rig.step(answer(asked, None), answer(second, None))
    rig.step(answer(asked, None))

    assert [each.scheduled_at for each in (asked, second)] == [time(0), time(1)]
    assert len(rig.runs()) == 2
    assert rig.states == [P.RUNNING, P.RUNNING]


def test_an_answer_that_comes_when_the_backfill_is_canceled_makes_no_run() -> None:
    rig = bench()
    rig.add_times(1)
    rig.step(LocationReady(LOCATION))
    (asked,) = rig.host.take()
    rig.cancel_backfill("b")

    rig.step(answer(asked, None))
    rig.step(NEWS)

    assert rig.runs() == []
    assert rig.states == [P.CANCELED]
    assert rig.backfill.status is B.CANCELED


def test_an_answer_finds_its_way_past_those_of_schedules_and_sensors() -> None:
    rig = bench()
    rig.add_times(1)
    rig.step(LocationReady(LOCATION))
    (asked,) = rig.host.take()

    sent = Frame.of(answer(asked, None), FrameKind.ANSWER, asked.id)

    assert asked.id >= LANE
    assert sent.encoded()


def test_people_are_told_of_code_that_does_not_come(caplog: pytest.LogCaptureFixture) -> None:
    rig = bench()
    rig.add_times(1)

    rig.step()
    assert caplog.messages == []
    rig.step(seconds=40)
    rig.step(seconds=40)
    assert [message for message in caplog.messages if "waits until code location" in message] != []
    assert len(caplog.messages) == 1
