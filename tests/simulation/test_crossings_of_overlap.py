"""Times of a schedule that overlap, where that meets other features: the whole service, by a clock that is moved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.services.fakes import LOCATION, NOON
from tests.simulation.whole_service import FAILURE, World
from watchbell import (
    DagsterRunStatus,
    DailyPartitionsDefinition,
    DefaultScheduleStatus,
    Definitions,
    MultiPartitionKey,
    MultiPartitionsDefinition,
    RunRequest,
    StaticPartitionsDefinition,
    asset,
    define_asset_job,
    job,
    schedule,
)
from watchbell.automate.backfills.planning import plan_schedule_backfill
from watchbell.automate.retry_rules import reexecution_of
from watchbell.automate.switch import started, stopped
from watchbell.record.backfill import Backfill, PartState
from watchbell.record.evaluation import Outcome
from watchbell.record.settings import Settings
from watchbell.record.tick import TickStatus

QUEUED, STARTED, STARTING = DagsterRunStatus.QUEUED, DagsterRunStatus.STARTED, DagsterRunStatus.STARTING
DONE, FAILED, CANCELED = DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED
TAKEN, SKIPPED, MISSED = TickStatus.SUCCESS, TickStatus.SKIPPED, TickStatus.MISSED
ON = DefaultScheduleStatus.RUNNING
OPEN = (PartState.WAITING, PartState.RUNNING)


@job
def etl() -> None: ...


@job
def renamed() -> None: ...


def code(
    overlap: str, fn: Callable[..., Any] = lambda context: RunRequest(), target: Any = etl, **terms: Any
) -> Definitions:
    """A schedule ``each_minute``."""
    made = schedule(
        job=target, cron_schedule="* * * * *", default_status=ON, overlap=overlap, name="each_minute", **terms
    )
    return Definitions(jobs=[target], schedules=[made(fn)])


def backfilled(world: World, definitions: Definitions, first: int, last: int) -> Backfill:
    """Past minutes of the schedule are asked for."""
    start, end = NOON + timedelta(minutes=first), NOON + timedelta(minutes=last)
    now = world.clock.now()
    plan = plan_schedule_backfill(
        definitions, world.instance, "each_minute", start, end, location_name=LOCATION, current_time=now
    )
    backfill = world.instance.launch_backfill(plan)
    world.settle()
    return backfill


def parts(world: World, backfill: Backfill) -> list[PartState]:
    return [part.state for part in world.instance.get_backfill_parts(backfill.backfill_id)]


def test_the_runs_of_several_partitions_that_an_async_schedule_asks_for_wait_and_start_as_one() -> None:
    days, shops = DailyPartitionsDefinition("2026-02-25"), StaticPartitionsDefinition(["a", "b"])

    @asset(partitions_def=MultiPartitionsDefinition({"day": days, "shop": shops}))
    def sales() -> None: ...

    selling = define_asset_job("selling", [sales])

    @schedule(job=selling, cron_schedule="* * * * *", default_status=ON, overlap="buffer_one")
    async def each_minute(context):
        return [RunRequest(partition_key=MultiPartitionKey({"day": "2026-02-26", "shop": shop})) for shop in "ab"]

    world = World()
    world.serve(Definitions(assets=[sales], jobs=[selling], schedules=[each_minute]))
    world.minutes(3)

    assert world.outcomes("each_minute") == [TAKEN, TAKEN, SKIPPED]
    world.end("run-0001")
    assert world.statuses() == [DONE, STARTED, QUEUED, QUEUED]
    world.end("run-0002")
    assert world.statuses() == [DONE, DONE, STARTED, STARTED]


def test_keys_of_a_time_that_was_kept_back_are_free_and_those_of_a_time_that_was_not_are_taken() -> None:
    def requests(context):
        return [RunRequest(run_key="once"), RunRequest(run_key=f"{context.scheduled_execution_time:%M}")]

    world = World()
    world.serve(code("skip", requests))
    world.minutes(2)
    for run in world.runs():
        world.end(run.run_id)
    world.minutes(1)

    keys = [(tick.run_keys, tick.dropped_run_keys) for tick in world.ticks("each_minute")]
    assert keys == [(("once", "01"), ()), ((), ()), (("03",), ("once",))]


def test_a_time_whose_keys_all_have_their_runs_meets_no_other() -> None:
    world = World()
    world.serve(code("cancel_running", lambda context: RunRequest(run_key="once")))
    world.minutes(2)

    assert world.ticks("each_minute")[1].skip_reason == "every run key it asked for has its run already"
    assert world.statuses() == [STARTED]


@pytest.mark.parametrize(
    ("overlap", "ticks", "runs"),
    [
        ("skip", [TAKEN, SKIPPED, SKIPPED, SKIPPED], [STARTED]),
        ("buffer_one", [TAKEN, TAKEN, SKIPPED, SKIPPED], [STARTED, QUEUED]),
        ("cancel_running", [TAKEN, TAKEN, TAKEN, TAKEN], [CANCELED, CANCELED, CANCELED, STARTED]),
    ],
)
def test_times_that_are_caught_up_meet_the_runs_of_those_before(
    overlap: str, ticks: list[TickStatus], runs: list[DagsterRunStatus]
) -> None:
    world = World()
    definitions = code(overlap, catchup="all")
    world.serve(definitions)
    world.kill()
    world.clock.advance(4 * 60)
    world.serve(definitions)
    world.go_on(5)

    assert (world.outcomes("each_minute"), world.statuses()) == (ticks, runs)


def test_a_run_that_fails_because_a_later_time_canceled_it_is_not_retried_before_that() -> None:
    world = World(Settings(run_max_retries=2), end_when_stopped=FAILURE)
    world.serve(code("cancel_running"))
    world.minutes(2)
    world.go_on(15)

    assert world.statuses() == [FAILED, STARTED]


def test_a_run_stopped_because_its_time_is_up_is_retried_before_what_waits_for_it() -> None:
    world = World(Settings(max_runtime_seconds=90, run_max_retries=1), end_when_stopped=FAILURE)
    world.serve(code("buffer_one"))
    world.minutes(2)
    world.go_on(45)

    statuses = {run.tags["dagster/schedule_name"] + str(run.parent_run_id): run.status for run in world.runs()}
    assert statuses["each_minuterun-0001"] is STARTED
    assert world.status("run-0002") is QUEUED


def test_times_that_were_kept_back_can_be_made_up_for_by_a_backfill() -> None:
    world = World()
    definitions = code("skip")
    world.serve(definitions)
    world.minutes(3)
    assert world.outcomes("each_minute") == [TAKEN, SKIPPED, SKIPPED]

    backfill = backfilled(world, definitions, -1, 3)

    assert parts(world, backfill) == [PartState.RUNNING, PartState.RUNNING, PartState.SKIPPED] + [PartState.RUNNING] * 2
    world.minutes(1)
    assert world.outcomes("each_minute")[-1] is SKIPPED
    assert "run-0001" in str(world.ticks("each_minute")[-1].skip_reason)
    assert "and" not in str(world.ticks("each_minute")[-1].skip_reason).partition("over:")[2]


def test_a_time_kept_back_twice_is_made_up_for_once() -> None:
    world = World()
    definitions = code("skip")
    world.serve(definitions)
    world.minutes(2)

    first, second = backfilled(world, definitions, 2, 2), backfilled(world, definitions, 2, 2)

    assert (parts(world, first), parts(world, second)) == ([PartState.RUNNING], [PartState.SKIPPED])


def test_the_runs_of_a_paused_backfill_of_the_schedule_hold_up_no_time_of_it() -> None:
    world = World(Settings(max_concurrent_runs=1))
    definitions = code("buffer_one")
    world.serve(definitions)
    backfill = backfilled(world, definitions, -3, -2)
    world.instance.pause_backfill(backfill.backfill_id)
    world.end("run-0001")
    world.minutes(1)

    assert world.runs()[-1].status is STARTED
    assert "dagster/backfill" not in world.runs()[-1].tags


def test_what_waits_goes_on_waiting_when_new_code_has_the_schedule_no_more() -> None:
    world = World()
    service = world.serve(code("buffer_one"))
    world.minutes(2)
    service.reload(Definitions())
    assert world.statuses() == [STARTED, QUEUED]

    world.end("run-0001")

    assert world.statuses() == [DONE, STARTED]


def test_runs_of_an_earlier_job_of_the_schedule_count() -> None:
    world = World()
    service = world.serve(code("skip"))
    world.minutes(1)
    service.reload(code("skip", target=renamed))
    world.minutes(1)
    assert world.outcomes("each_minute") == [TAKEN, SKIPPED]

    world.end("run-0001")
    world.minutes(1)

    assert world.runs()[-1].job_name == "renamed"


def test_with_new_code_that_allows_overlap_only_what_waited_already_waits() -> None:
    world = World()
    service = world.serve(code("buffer_one"))
    world.minutes(2)
    service.reload(code("allow"))
    world.minutes(1)

    assert world.statuses() == [STARTED, QUEUED, STARTED]


def test_what_waits_starts_also_when_its_schedule_was_stopped_or_quarantined_meanwhile() -> None:
    world = World(Settings(quarantine_after=1))
    service = world.serve(code("buffer_one"))
    world.minutes(2)
    service.hold()
    world.minutes(1)
    service.let_go(outcome=Outcome.KILLED)
    assert world.state("each_minute").quarantine_reason is not None
    world.turn("each_minute", stopped)

    world.end("run-0001")
    assert world.statuses() == [DONE, STARTED]
    world.turn("each_minute", lambda state: started(state, world.clock.now()))
    world.minutes(1)

    assert world.statuses() == [DONE, STARTED, QUEUED]


def test_a_run_whose_service_died_while_it_was_starting_goes_before_what_waits_for_it() -> None:
    world = World(begins=False)
    definitions = code("buffer_one")
    world.serve(definitions)
    world.minutes(2)
    assert world.statuses() == [STARTING, QUEUED]
    world.kill()
    world.begins = True

    world.serve(definitions)
    assert world.statuses() == [STARTED, QUEUED]
    world.end("run-0001")

    assert world.statuses() == [DONE, STARTED]


def test_schedules_of_one_name_in_two_locations_do_not_mind_each_other() -> None:
    world = World()
    world.serve({"north": code("skip"), "south": code("skip")})
    world.minutes(1)
    world.end(next(run.run_id for run in world.runs() if run.location_name == "north"))
    world.minutes(1)

    assert world.outcomes("each_minute", "north") == [TAKEN, TAKEN]
    assert world.outcomes("each_minute", "south") == [TAKEN, SKIPPED]


def test_a_run_executed_again_by_hand_keeps_the_next_time_back() -> None:
    world = World()
    world.serve(code("skip"))
    world.minutes(1)
    world.end("run-0001", FAILURE)
    world.store.add_runs([reexecution_of(world.runs()[0], "again")], world.clock.now())
    world.minutes(1)

    assert world.status("again") is STARTED
    assert world.outcomes("each_minute") == [TAKEN, SKIPPED]


def test_it_is_decided_by_the_runs_there_are_when_the_tick_is_stored() -> None:
    world = World()
    service = world.serve(code("skip"))
    world.minutes(1)
    service.hold()
    world.minutes(1)
    world.end("run-0001")
    service.let_go()
    assert world.outcomes("each_minute") == [TAKEN, TAKEN]

    service.hold()
    world.minutes(1)
    world.turn("each_minute", stopped)  # so that the commit is made a second time
    service.let_go()

    assert world.outcomes("each_minute") == [TAKEN, TAKEN, SKIPPED]


def test_with_jitter_times_overlap_by_their_real_times_and_keep_their_nominal_ones() -> None:
    world = World()
    world.serve(code("skip", jitter=300))
    world.minutes(6)
    world.end("run-0001")
    world.minutes(1)

    ticks = world.ticks("each_minute")
    offset = ticks[0].started_at - ticks[0].tick_at
    assert timedelta(0) < offset < timedelta(minutes=5)
    assert [tick.status for tick in ticks] == [TAKEN, *[SKIPPED] * (len(ticks) - 2), TAKEN]
    assert [tick.tick_at.minute for tick in ticks] == list(range(1, len(ticks) + 1))
