"""Sensors of runs and assets, where they meet other features: the whole service, by a clock that is moved."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from tests.services.fakes import LOCATION
from tests.simulation.whole_service import FAILURE, World
from watchbell import (
    AssetKey,
    AssetMaterialization,
    AssetObservation,
    AssetSpec,
    DagsterRun,
    DagsterRunStatus,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    Definitions,
    DynamicPartitionsDefinition,
    JobSelector,
    RunRequest,
    RunStatusSensorContext,
    SensorResult,
    StaticPartitionsDefinition,
    asset,
    asset_sensor,
    define_asset_job,
    job,
    multi_asset_sensor,
    run_failure_sensor,
    run_status_sensor,
    schedule,
    sensor,
)
from watchbell.automate.switch import started, stopped, with_cursor
from watchbell.record.evaluation import Outcome
from watchbell.record.event import DagsterEventType
from watchbell.record.settings import Settings
from watchbell.record.tick import Tick, TickStatus

TAKEN, SKIPPED, FAILED = TickStatus.SUCCESS, TickStatus.SKIPPED, TickStatus.FAILURE
ON = DefaultSensorStatus.RUNNING
ORDERS = AssetKey("orders")


@job
def watched() -> None: ...


@job
def etl() -> None: ...


def told(ticks: list[Tick]) -> list[str]:
    """What was logged in ticks, one after the other."""
    return [line.message for tick in ticks for line in tick.log]


def tell(context: RunStatusSensorContext) -> None:
    context.log.info(context.dagster_run.run_id)


def of_runs(fn: Callable[..., Any] = tell, status: DagsterRunStatus = DagsterRunStatus.SUCCESS, **facts: Any) -> Any:
    """A run status sensor ``alert``."""
    return run_status_sensor(run_status=status, name="alert", default_status=ON, **facts)(fn)


def launch(world: World, count: int, job_name: str = "watched", location: str = LOCATION) -> list[str]:
    """Runs that people launch; their ids."""
    ids = [world.new_run_id() for _ in range(count)]
    runs = [DagsterRun(job_name, each, status=DagsterRunStatus.QUEUED, location_name=location) for each in ids]
    world.store.add_runs(runs, world.clock.now())
    world.settle()
    return ids


def burst(world: World, count: int) -> list[str]:
    """So many runs end well, all before anybody is told of it; their ids."""
    ids = launch(world, count)
    for run_id in ids:
        world.end_unseen(run_id)
    return ids


# ---------------------------------------------------------------------- batches


def test_of_parts_of_a_batch_with_one_run_key_the_first_gets_the_run() -> None:
    world = World()
    sensor_of_runs = of_runs(
        lambda context: RunRequest(run_key="same"), request_job=etl, monitored_jobs=[watched], run_key_ttl=3600
    )
    world.serve(Definitions(jobs=[watched, etl], sensors=[sensor_of_runs]))
    burst(world, 3)
    world.go_on(40)

    ticks = world.ticks("alert")
    assert [tick.status for tick in ticks] == [TAKEN, SKIPPED, SKIPPED]
    assert [tick.dropped_for for tick in ticks] == [(), ticks[0].run_ids, ticks[0].run_ids]
    assert len(world.runs("etl")) == 1


def test_a_partition_that_one_run_brought_is_there_for_the_next_one_of_a_burst() -> None:
    people = DynamicPartitionsDefinition(name="people")

    @asset(partitions_def=people)
    def persons() -> None: ...

    greeting = define_asset_job("greeting", [persons])
    calls: list[str] = []

    def react(context: RunStatusSensorContext) -> Any:
        calls.append(context.dagster_run.run_id)
        if len(calls) == 1:
            return SensorResult(dynamic_partitions_requests=[people.build_add_request(["ada"])])
        return RunRequest(partition_key="ada")

    world = World()
    alert = of_runs(react, request_job=greeting, monitored_jobs=[watched])
    world.serve(Definitions(assets=[persons], jobs=[watched, greeting], sensors=[alert]))
    ids = burst(world, 3)
    world.go_on(40)

    assert [tick.status for tick in world.ticks("alert")] == [SKIPPED, TAKEN, TAKEN]
    assert calls == ids
    assert [run.tags["dagster/partition"] for run in world.runs("greeting")] == ["ada", "ada"]


def test_a_run_that_asks_for_an_unknown_job_costs_the_others_of_its_burst_nothing() -> None:
    calls: list[str] = []

    def react(context: RunStatusSensorContext) -> RunRequest:
        calls.append(context.dagster_run.run_id)
        return RunRequest(job_name="elt" if len(calls) == 2 else "etl")

    world = World()
    alert = of_runs(react, request_jobs=[etl], monitored_jobs=[watched])
    world.serve(Definitions(jobs=[watched, etl], sensors=[alert]))
    burst(world, 3)
    world.go_on(40)

    assert [tick.status for tick in world.ticks("alert")] == [TAKEN, FAILED, TAKEN]
    assert "did you mean 'etl'?" in str(world.ticks("alert")[1].error)


def test_a_sensor_stopped_in_the_middle_of_a_burst_keeps_what_was_asked_and_is_told_nothing_of_its_absence() -> None:
    world = World()
    service = world.serve(Definitions(jobs=[watched], sensors=[of_runs()]))
    service.hold()
    during = burst(world, 3)
    world.settle()
    world.turn("alert", stopped, is_sensor=True)
    service.let_go()
    burst(world, 2)
    world.go_on(20)
    newest = world.store.last_event_id()
    world.turn("alert", lambda state: started(state, world.clock.now(), newest), is_sensor=True)
    later = burst(world, 1)
    world.go_on(20)

    assert told(world.ticks("alert")) == [*during, *later]


@pytest.mark.parametrize("goes_back", [False, True])
def test_a_cursor_set_by_hand_while_a_burst_is_asked_about_wins_and_no_part_is_blamed(
    goes_back: bool, caplog: pytest.LogCaptureFixture
) -> None:
    world = World()
    service = world.serve(Definitions(jobs=[watched], sensors=[of_runs()]))
    before = burst(world, 2)
    world.go_on(1)
    service.hold()
    during = burst(world, 4)
    world.settle()
    asked = service.here.asked[-1].event_ids
    cursor = "0" if goes_back else str(asked[1])
    world.turn("alert", lambda state: with_cursor(state, cursor), is_sensor=True)
    service.let_go()
    world.go_on(20)

    again = [*before, *during] if goes_back else during[2:]
    assert told(world.ticks("alert")) == [*before, *again]
    assert len(service.here.asked[-1].event_ids) == len(again)
    assert "asked about alone" not in caplog.text


def test_new_code_while_a_burst_is_asked_about_leaves_out_no_run_and_doubles_none() -> None:
    world = World()
    service = world.serve(Definitions(jobs=[watched], sensors=[of_runs()]))
    service.hold()
    ids = burst(world, 3)
    world.settle()
    service.reload(Definitions(jobs=[watched, etl], sensors=[of_runs(monitored_jobs=[watched])]))
    service.let_go()
    world.go_on(20)

    assert told(world.ticks("alert")) == ids


def test_a_burst_that_ends_its_process_is_no_quarantine_and_is_told_one_by_one(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    world = World(Settings(quarantine_after=1))
    service = world.serve(Definitions(jobs=[watched], sensors=[of_runs()]))
    service.hold()
    ids = burst(world, 3)
    world.settle()
    service.let_go(outcome=Outcome.KILLED)
    world.go_on(20)

    assert told(world.ticks("alert")) == ids
    assert [len(each.event_ids) for each in service.here.asked] == [3, 1, 1, 1]
    assert "each is asked about alone" in caplog.text


# ------------------------------------------------------------- runs of all sorts


def test_each_failure_of_a_run_that_is_executed_again_is_told() -> None:
    @run_failure_sensor(default_status=ON, name="alert")
    def alert(context):
        context.log.info(context.dagster_run.run_id)

    world = World(Settings(run_max_retries=2))
    world.serve(Definitions(jobs=[watched], sensors=[alert]))
    launch(world, 1)
    for _ in range(3):
        world.end(next(iter(world.processes)), FAILURE)
        world.go_on(11)

    assert told(world.ticks("alert")) == [run.run_id for run in world.runs()]
    assert len(world.runs()) == 3


def test_runs_that_a_later_time_canceled_are_told_of_whether_they_went_on_or_waited() -> None:
    @schedule(
        job=etl, cron_schedule="* * * * *", default_status=DefaultScheduleStatus.RUNNING, overlap="cancel_running"
    )
    def each_minute(context):
        return RunRequest()

    world = World(end_when_stopped=None)
    alert = of_runs(status=DagsterRunStatus.CANCELED)
    world.serve(Definitions(jobs=[etl], schedules=[each_minute], sensors=[alert]))
    world.minutes(3)
    assert told(world.ticks("alert")) == ["run-0002"]

    world.end("run-0001", DagsterEventType.RUN_CANCELED)

    assert told(world.ticks("alert")) == ["run-0002", "run-0001"]
    assert world.statuses()[2] is DagsterRunStatus.STARTED


def test_a_job_of_another_location_is_watched_and_a_job_of_that_name_here_is_not() -> None:
    far_away = JobSelector(location_name="south", job_name="watched")
    world = World()
    codes = {
        "north": Definitions(jobs=[watched], sensors=[of_runs(monitored_jobs=[far_away])]),
        "south": Definitions(jobs=[watched]),
    }
    world.serve(codes)
    ids = launch(world, 1, location="south") + launch(world, 1, location="north")
    for run_id in ids:
        world.end(run_id)

    found = world.store.ticks(world.key("alert", "north", is_sensor=True))
    assert told(list(found)) == ids[:1]


def test_a_sensor_that_starts_what_it_watches_keeps_its_interval() -> None:
    world = World()
    alert = of_runs(lambda context: RunRequest(), request_job=etl, minimum_interval_seconds=30)
    world.serve(Definitions(jobs=[watched, etl], sensors=[alert]))
    launch(world, 1)
    for _ in range(30):
        for run_id in list(world.processes):
            world.end(run_id)
        world.go_on(10)

    assert 9 <= len(world.runs("etl")) <= 11


# ----------------------------------------------------------------------- assets


def test_of_a_thousand_partitions_made_at_once_each_is_told_once() -> None:
    @asset_sensor(asset_key=ORDERS, job=etl, default_status=ON, every_event=True)
    async def every(context, asset_event):
        return RunRequest(tags={"partition": str(asset_event.dagster_event.partition)})

    world = World(Settings(max_concurrent_runs=1))
    service = world.serve(Definitions(jobs=[etl], sensors=[every]))
    service.hold()
    world.make(*(AssetMaterialization(ORDERS, partition=f"p{number}") for number in range(1_000)))
    service.let_go()
    world.go_on(60)

    assert [run.tags["partition"] for run in world.runs("etl")] == [f"p{number}" for number in range(1_000)]
    assert len(world.ticks("every")) < 20


def test_two_sensors_of_one_asset_see_it_each_and_one_that_makes_it_keeps_its_interval() -> None:
    @asset_sensor(asset_key=ORDERS, default_status=ON, minimum_interval_seconds=30, every_event=True)
    def makes_it(context, asset_event):
        return SensorResult(asset_events=[AssetMaterialization(ORDERS)])

    @asset_sensor(asset_key=ORDERS, job=etl, default_status=ON, minimum_interval_seconds=30)
    def sees_it(context, asset_event):
        return RunRequest(run_key=str(asset_event.storage_id))

    world = World()
    world.serve(Definitions(jobs=[etl], sensors=[makes_it, sees_it]))
    world.make(AssetMaterialization(ORDERS))
    world.go_on(300, by=5)

    assert 10 <= len(world.ticks("makes_it")) <= 11
    assert 10 <= len(world.ticks("sees_it")) <= 11


def watching(name: str) -> Definitions:
    """A sensor of every materialization of an asset, one of the newest, and one of several assets."""
    key = AssetKey(name)

    def request(context: Any, asset_event: Any) -> RunRequest:
        return RunRequest(tags={"number": str(asset_event.storage_id)})

    @multi_asset_sensor(monitored_assets=[key], job=etl, default_status=ON, minimum_interval_seconds=5)
    def several(context):
        found = [each for each in context.latest_materialization_records_by_key().values() if each is not None]
        context.advance_all_cursors()
        return [RunRequest(tags={"number": str(each.storage_id)}) for each in found]

    facts = {"job": etl, "default_status": ON, "minimum_interval_seconds": 5}
    every = asset_sensor(asset_key=key, name="every", every_event=True, **facts)(request)  # type: ignore[arg-type]
    newest = asset_sensor(asset_key=key, name="newest", **facts)(request)  # type: ignore[arg-type]
    return Definitions(assets=[AssetSpec(name)], jobs=[etl], sensors=[every, newest, several])


def numbers(world: World, name: str) -> list[int]:
    """The materializations a sensor asked for."""
    runs = [run for run in world.runs() if run.tags["dagster/sensor_name"] == name]
    return [int(run.tags["number"]) for run in runs]


def test_an_asset_that_was_wiped_is_told_of_again_when_it_is_made_again() -> None:
    world = World()
    world.serve(watching("orders"))
    world.make(*[AssetMaterialization(ORDERS)] * 2)
    world.go_on(20)
    before = {name: numbers(world, name) for name in ("every", "newest", "several")}
    world.store.wipe_asset(ORDERS)
    world.go_on(20)
    world.make(*[AssetMaterialization(ORDERS)] * 2)
    world.go_on(20)

    after = {name: numbers(world, name)[len(before[name]) :] for name in before}
    assert {name: len(found) for name, found in before.items()} == {"every": 2, "newest": 1, "several": 1}
    assert {name: len(found) for name, found in after.items()} == {"every": 2, "newest": 1, "several": 1}


def test_a_sensor_whose_asset_was_renamed_goes_on_with_the_new_one() -> None:
    world = World()
    service = world.serve(watching("old"))
    world.make(AssetMaterialization("old"))
    world.go_on(10)
    service.reload(watching("new"))
    world.make(AssetMaterialization("new"), AssetMaterialization("old"))
    world.go_on(10)

    assert {name: len(numbers(world, name)) for name in ("every", "newest", "several")} == {
        "every": 2,
        "newest": 2,
        "several": 2,
    }


def test_an_observation_of_an_external_asset_wakes_nobody_and_its_materialization_does() -> None:
    world = World()
    world.serve(watching("orders"))
    world.instance.report_runless_asset_event(AssetObservation(ORDERS))
    world.go_on(20)
    assert numbers(world, "every") == numbers(world, "newest") == numbers(world, "several") == []

    world.make(AssetMaterialization(ORDERS))
    world.go_on(10)

    assert len(numbers(world, "every")) == len(numbers(world, "newest")) == len(numbers(world, "several")) == 1


def test_partitions_that_a_sensor_leaves_over_are_dealt_with_one_by_one() -> None:
    letters = StaticPartitionsDefinition(list("abcdef"))

    @asset(partitions_def=letters)
    def orders() -> None: ...

    @asset(partitions_def=letters, deps=[orders])
    def report() -> None: ...

    reporting = define_asset_job("reporting", [report])

    @multi_asset_sensor(monitored_assets=[ORDERS], job=reporting, default_status=ON, minimum_interval_seconds=5)
    async def one_by_one(context):
        records = context.latest_materialization_records_by_partition(ORDERS)
        newest = max(records)
        context.advance_cursor({ORDERS: records[newest]})
        return RunRequest(partition_key=newest)

    world = World()
    world.serve(Definitions(assets=[orders, report], jobs=[reporting], sensors=[one_by_one]))
    world.make(*(AssetMaterialization(ORDERS, partition=letter) for letter in "abcdef"))
    world.go_on(60, by=5)

    assert [run.tags["dagster/partition"] for run in world.runs("reporting")] == list("fedcba")


# --------------------------------------------------------------------- run keys


def test_an_answer_that_is_stored_at_a_second_try_uses_its_key_once() -> None:
    @sensor(job=etl, default_status=ON, run_key_ttl=60, minimum_interval_seconds=10)
    def each(context):
        return RunRequest(run_key="key")

    world = World()
    service = world.serve(Definitions(jobs=[etl], sensors=[each]))
    world.go_on(65, by=5)
    assert [bool(tick.run_keys) for tick in world.ticks("each")] == [True, *[False] * 5, True]

    world.go_on(50, by=5)
    service.hold()
    world.go_on(20)
    world.turn("each", stopped, is_sensor=True)
    service.let_go()

    assert len(world.runs("etl")) == 3
    assert world.ticks("each")[-1].run_keys == ("key",)


def test_a_clock_set_back_makes_a_key_count_for_its_time_and_no_longer() -> None:
    @sensor(job=etl, default_status=ON, run_key_ttl=60, minimum_interval_seconds=10)
    def each(context):
        return RunRequest(run_key="key")

    world = World()
    world.serve(Definitions(jobs=[etl], sensors=[each]))
    world.go_on(10, by=5)
    world.clock.advance(-3_600)
    world.go_on(55, by=5)
    assert len(world.runs("etl")) == 1

    world.go_on(20, by=5)

    assert len(world.runs("etl")) == 2


def test_a_success_that_comes_after_the_sensor_was_asked_is_told_next() -> None:
    world = World()
    service = world.serve(Definitions(jobs=[watched], sensors=[of_runs()]))
    service.hold()
    first = burst(world, 1)
    world.settle()
    second = burst(world, 1)
    world.settle()
    service.let_go()

    assert told(world.ticks("alert")) == first + second
    assert [len(each.event_ids) for each in service.here.asked] == [1, 1]


def leaving_its_cursor(*names: str) -> Definitions:
    """A sensor of several assets that acts and leaves its cursor where it is."""

    @multi_asset_sensor(
        monitored_assets=[AssetKey(name) for name in names], job=etl, default_status=ON, minimum_interval_seconds=5
    )
    def leaving(context):
        found = [each for each in context.latest_materialization_records_by_key().values() if each is not None]
        return [RunRequest(tags={"asset": each.asset_key.to_user_string()}) for each in found]

    return Definitions(jobs=[etl], sensors=[leaving])


@pytest.mark.parametrize("how", ["reload", "restart", "gone for a while", "evaluated meanwhile"])
def test_an_asset_that_new_code_watches_as_well_was_not_dealt_with_whatever_the_others_were(how: str) -> None:
    world = World()
    service = world.serve(leaving_its_cursor("new", "old"))
    service.reload(leaving_its_cursor("old"))
    world.make(AssetMaterialization("new"), AssetMaterialization("old"))
    world.go_on(20)
    assert [run.tags["asset"] for run in world.runs()] == ["old"]

    if how == "restart":
        world.serve(leaving_its_cursor("new"))
    elif how == "evaluated meanwhile":
        service.hold()
        world.make(AssetMaterialization("old"))
        world.go_on(10)
        service.reload(leaving_its_cursor("new"))
        service.let_go()
    else:
        if how == "gone for a while":
            service.reload(Definitions())
            service.reload(leaving_its_cursor("old"))
            world.go_on(20)
        service.reload(leaving_its_cursor("new"))
    world.go_on(20)

    told_of_old = 2 if how == "evaluated meanwhile" else 1
    assert [run.tags["asset"] for run in world.runs()] == [*["old"] * told_of_old, "new"]
