"""Missed times, jitter, time limits and changed definitions, where they meet: the whole service, by a moved clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.services.fakes import LOCATION, NOON
from tests.simulation.whole_service import World
from watchbell import (
    DefaultScheduleStatus,
    DefaultSensorStatus,
    Definitions,
    RunRequest,
    RunStatusSensorContext,
    job,
    run_failure_sensor,
    schedule,
    sensor,
)
from watchbell.automate.backfills.planning import plan_schedule_backfill
from watchbell.automate.switch import started, stopped
from watchbell.ground.errors import LeaseLostError
from watchbell.record.backfill import PartState
from watchbell.record.settings import Settings
from watchbell.record.tick import TickStatus

TAKEN, MISSED = TickStatus.SUCCESS, TickStatus.MISSED
ON, OFF = DefaultScheduleStatus.RUNNING, DefaultScheduleStatus.STOPPED
HOUR = timedelta(hours=1)


@job
def etl() -> None: ...


def code(
    cron: str | list[str] = "* * * * *",
    fn: Callable[..., Any] = lambda context: RunRequest(),
    status: DefaultScheduleStatus = ON,
    **terms: Any,
) -> Definitions:
    """A schedule ``timely``."""
    made = schedule(job=etl, cron_schedule=cron, default_status=status, name="timely", **terms)
    return Definitions(jobs=[etl], schedules=[made(fn)])


def away(world: World, definitions: Definitions, length: timedelta, after: Definitions | None = None) -> None:
    """The service is gone for so long; maybe it comes back with other code."""
    world.serve(definitions)
    world.kill()
    world.clock.advance(length.total_seconds())
    world.serve(after or definitions)
    world.go_on(5)


def nominal(world: World) -> list[str]:
    return [f"{tick.tick_at:%H:%M} {tick.status.value}" for tick in world.ticks("timely")]


BERLIN = "Europe/Berlin"


@pytest.mark.parametrize(
    ("begin", "expected"),
    [
        (datetime(2026, 3, 28, 23, tzinfo=UTC), ["01:00+01", "01:30+01", "03:00+02", "03:30+02"]),
        (
            datetime(2026, 10, 24, 22, tzinfo=UTC),
            ["01:00+02", "01:30+02", "02:00+02", "02:30+02", "02:00+01", "02:30+01", "03:00+01", "03:30+01"],
        ),
    ],
)
def test_of_several_cron_strings_each_time_around_a_change_of_clocks_is_caught_up_once(
    begin: datetime, expected: list[str]
) -> None:
    def when(context):
        return RunRequest(tags={"when": context.scheduled_execution_time.isoformat()})

    world = World()
    world.clock.set(begin)
    strings = ["30 2 * * *", "*/30 1-3 * * *"]
    away(world, code(strings, when, execution_timezone=BERLIN, catchup="all", catchup_window=86_400), 8 * HOUR)

    found = [datetime.fromisoformat(run.tags["when"]) for run in world.runs()]
    assert [f"{moment:%H:%M%z}"[:8] for moment in found] == expected


def test_a_window_counts_from_the_real_time_of_a_schedule_with_jitter() -> None:
    def outcomes(jitter: int) -> list[str]:
        world = World()
        away(world, code("*/10 * * * *", catchup="all", catchup_window=1_500, jitter=jitter), HOUR)
        world.minutes(10)
        return nominal(world)

    plain, late = outcomes(0), outcomes(3_000)
    assert plain[:3] == ["12:10 MISSED", "12:20 MISSED", "12:30 MISSED"]
    offset = late.index(next(row for row in late if "SUCCESS" in row))
    assert offset < 3
    assert not any("MISSED" in row for row in late[offset:])


def test_what_the_old_cron_owed_is_missed_when_the_service_comes_back_with_another() -> None:
    world = World()
    away(world, code("*/10 * * * *", catchup="all"), timedelta(minutes=30), code("*/5 * * * *", catchup="all"))
    world.minutes(6)

    assert nominal(world) == ["12:10 MISSED", "12:20 MISSED", "12:30 MISSED", "12:35 SUCCESS"]


def test_a_schedule_that_is_off_by_default_for_a_while_owes_nothing_of_it() -> None:
    world = World()
    world.serve(code(catchup="all"))
    world.minutes(1)
    world.serve(code(catchup="all", status=OFF))
    world.minutes(3)
    world.serve(code(catchup="all"))
    world.minutes(1)

    assert nominal(world) == ["12:01 SUCCESS", "12:05 SUCCESS"]


def test_what_a_service_without_the_lease_asked_is_asked_and_stored_by_the_next_one_alone() -> None:
    world = World()
    definitions = code(catchup="all")
    first = world.serve(definitions)
    first.hold()
    world.minutes(2)
    world.kill()
    world.serve(definitions)
    world.go_on(5)

    with pytest.raises(LeaseLostError):
        first.let_go()

    assert nominal(world) == ["12:01 SUCCESS", "12:02 SUCCESS"]
    assert len(world.runs()) == 2


def test_catching_up_goes_on_under_new_code_where_it_stood() -> None:
    world = World(Settings(max_concurrent_runs=1))
    world.serve(code(catchup="all"))
    world.kill()
    world.clock.advance(3 * 3_600)
    service = world.serve(code(catchup="all"))
    world.go_on(2)
    queued = len(world.runs())
    assert 100 <= queued < 180

    service.reload(code(catchup="latest"))
    world.go_on(10)

    times = [run.tags[".dagster/scheduled_execution_time"] for run in world.runs()]
    assert times == sorted(set(times))
    assert times[-1] == (NOON + 3 * HOUR).isoformat()
    assert len(world.ticks("timely")) == 180
    assert world.outcomes("timely").count(TAKEN) == len(times)


def test_a_schedule_stopped_and_started_while_its_jitter_holds_a_time_back_does_not_owe_it() -> None:
    world = World()
    world.serve(code("0 * * * *", jitter=3_000))
    world.go_on(3_601)
    assert nominal(world) == []
    world.turn("timely", stopped)
    world.turn("timely", lambda state: started(state, world.clock.now()))
    world.minutes(59)
    assert nominal(world) == []

    world.minutes(60)

    assert nominal(world) == ["14:00 SUCCESS"]


def test_another_time_zone_writes_down_what_jitter_held_back() -> None:
    world = World()
    service = world.serve(code("0 * * * *", jitter=3_000, execution_timezone="UTC"))
    world.minutes(61)
    service.reload(code("0 * * * *", jitter=3_000, execution_timezone="Asia/Kolkata"))
    world.minutes(90)

    assert nominal(world) == ["13:00 MISSED", "13:30 SUCCESS"]


def test_a_time_that_a_backfill_took_while_jitter_held_it_back_is_not_taken_again() -> None:
    async def keyed(context):
        return RunRequest(run_key=f"{context.scheduled_execution_time:%H:%M}")

    world = World()
    definitions = code(fn=keyed, jitter=600, timeout_seconds=7)
    service = world.serve(definitions)
    world.minutes(4)
    plan = plan_schedule_backfill(
        definitions,
        world.instance,
        "timely",
        NOON + timedelta(minutes=1),
        NOON + timedelta(minutes=4),
        location_name=LOCATION,
        current_time=world.clock.now(),
    )
    backfill = world.instance.launch_backfill(plan)
    world.settle()
    assert {part.state for part in world.instance.get_backfill_parts(backfill.backfill_id)} == {PartState.RUNNING}
    world.minutes(12)

    times = [run.tags[".dagster/scheduled_execution_time"] for run in world.runs()]
    assert len(times) == len(set(times)) > 4
    assert sum("dagster/backfill" in run.tags for run in world.runs()) == 4
    assert {(asked.timeout_seconds, asked.has_own_timeout) for asked in service.here.asked} == {(7.0, True)}
    assert world.outcomes("timely") == [TAKEN] * len(times)


def test_a_clock_set_back_holds_up_sensors_no_longer_than_their_intervals_and_fires_no_time_twice() -> None:
    @sensor(job=etl, default_status=DefaultSensorStatus.RUNNING, minimum_interval_seconds=30)
    def each(context):
        context.update_cursor(str(int(context.cursor or 0) + 1))

    world = World()
    plain = code(catchup="all", jitter=30)
    world.serve(Definitions(jobs=[etl], schedules=list(plain.schedules or ()), sensors=[each]))
    world.minutes(5)
    before, counted = nominal(world), world.state("each", is_sensor=True).cursor
    world.clock.advance(-180)
    world.minutes(2)
    assert nominal(world) == before
    assert int(world.state("each", is_sensor=True).cursor or 0) >= int(counted or 0) + 3

    world.minutes(3)

    assert len(nominal(world)) == len(set(nominal(world))) > len(before)


def test_failures_after_a_clock_was_set_back_are_told_at_once() -> None:
    heard: list[str] = []

    @run_failure_sensor(default_status=DefaultSensorStatus.RUNNING, name="alert")
    def alert(context: RunStatusSensorContext) -> None:
        heard.append(context.dagster_run.run_id)

    world = World()
    plain = code()
    world.serve(Definitions(jobs=[etl], schedules=list(plain.schedules or ()), sensors=[alert]))
    world.minutes(2)
    world.clock.advance(-3_600)
    world.go_on(1)
    world.fail("run-0001")
    world.fail("run-0002")

    assert heard == ["run-0001", "run-0002"]


def test_of_many_missed_times_those_a_backfill_asks_for_are_made_up_for() -> None:
    world = World()
    definitions = code(catchup="none")
    away(world, definitions, timedelta(minutes=5, seconds=50))
    assert nominal(world) == [f"12:0{minute} MISSED" for minute in range(1, 5)] + ["12:05 SUCCESS"]

    plan = plan_schedule_backfill(
        definitions,
        world.instance,
        "timely",
        NOON,
        NOON + timedelta(minutes=5),
        location_name=LOCATION,
        current_time=world.clock.now(),
    )
    backfill = world.instance.launch_backfill(plan)
    world.settle()

    states = [part.state for part in world.instance.get_backfill_parts(backfill.backfill_id)]
    assert states == [PartState.RUNNING] * 5 + [PartState.SKIPPED]
