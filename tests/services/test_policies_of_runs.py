"""From the declaration's terms to the store: the loops hand overlap and the life of run keys on."""

import logging
from datetime import timedelta

import pytest

from tests.services.fakes import NOON, Rig, answer, every_minute, location, schedule_key, sensor, sensor_key
from tests.services.test_sensors import Sensors
from watchbell.automate.retry_rules import reexecution_of
from watchbell.record.automation_policy import AutomationPolicy, Overlap
from watchbell.record.overlap import OVERLAP_TAG, WAITS_TAG
from watchbell.record.snapshot import ScheduleSnapshot
from watchbell.record.tick import TickStatus
from watchbell.services.schedules import SchedulesLoop

KEY = schedule_key("every_minute")


def schedule(overlap: Overlap) -> ScheduleSnapshot:
    return every_minute(policy=AutomationPolicy(overlap=overlap))


class Minutes(Rig):
    """A schedule's loop, evaluated at once; each tick asks for two runs, one with a key."""

    def __init__(self, overlap: Overlap) -> None:
        super().__init__()
        self.loop = SchedulesLoop(self.desk, location(schedule(overlap)), self.queued)
        self.step(0)

    def step(self, minute: int, *messages: object) -> None:
        self.clock.set(NOON + timedelta(minutes=minute))
        self.loop.step(self.clock.now(), messages)
        self.loop.step(self.clock.now(), [answer(each, None, f"key {minute}") for each in self.host.take()])


def test_a_schedule_that_skips_leaves_a_tick_for_every_time(caplog: pytest.LogCaptureFixture) -> None:
    rig = Minutes(Overlap.SKIP)
    caplog.set_level(logging.INFO, "watchbell.services")
    for minute in (1, 2, 3):
        rig.step(minute)

    assert [tick.status for tick in rig.ticks(KEY)] == [TickStatus.SUCCESS, TickStatus.SKIPPED, TickStatus.SKIPPED]
    assert [tick.run_keys for tick in rig.ticks(KEY)] == [("key 1",), (), ()]
    assert rig.state(KEY).last_run_key == "key 1"
    assert rig.runs() == ["run-1", "run-2"]
    assert "asked for runs; overlap='skip', and an earlier time is not over: run run-1" in caplog.text


def test_new_code_with_another_rule_counts_from_the_next_tick() -> None:
    rig = Minutes(Overlap.ALLOW)
    rig.step(1)
    rig.step(2, location(schedule(Overlap.SKIP)))
    rig.step(3)
    rig.step(4, location(schedule(Overlap.ALLOW)))
    rig.step(5)

    found = [tick.status for tick in rig.ticks(KEY)]
    assert found[2] is TickStatus.SKIPPED
    assert (found[0], found[-1]) == (TickStatus.SUCCESS, TickStatus.SUCCESS)


def test_a_run_that_is_executed_again_minds_overlap_and_does_not_say_that_it_waited() -> None:
    rig = Minutes(Overlap.BUFFER_ONE)
    rig.step(1)
    rig.step(2)
    waiting = rig.store.run_record("run-3")
    assert waiting is not None
    assert waiting.dagster_run.tags[WAITS_TAG] == "every_minute"

    again = reexecution_of(waiting.dagster_run, "again")

    assert again.tags[OVERLAP_TAG] == "buffer_one"
    assert WAITS_TAG not in again.tags


def test_a_sensor_may_use_a_run_key_again_after_its_time() -> None:
    policy = AutomationPolicy(run_key_ttl_seconds=25)
    rig = Sensors(snapshot=location(sensor(minimum_interval_seconds=10, policy=policy)))
    rig.at(0)
    for seconds in (1, 12, 23, 34):
        rig.answer_all(seconds, "same", "same")
        rig.at(seconds + 10)

    ticks = rig.ticks(sensor_key("files"))
    assert [tick.run_ids for tick in ticks] == [("run-1",), (), (), ("run-4",)]
    assert [tick.dropped_for for tick in ticks] == [("run-1",), ("run-1",) * 2, ("run-1",) * 2, ("run-4",)]
    assert {tick.dropped_run_keys for tick in ticks} == {("same",), ("same", "same")}
