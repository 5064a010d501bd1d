"""Schedules and sensors of all sorts live together through random hours: killed, reloaded, canceled, set back, deleted.

A service is killed between and around its changes, evaluations stay on their way, code and rules change, backfills of a
schedule go on, runs fail, are canceled, deleted and executed again, and in some hours the clock is set back. Whatever
happens, each thing happened once when all has come to rest. A failure names its seed.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from tests.depth import share
from tests.services.fakes import LOCATION
from tests.simulation.whole_service import CANCELED, FAILURE, SUCCESS, World
from tests.simulation.world import Crash, CrashingStore
from watchbell import (
    AssetKey,
    AssetMaterialization,
    DagsterRunStatus,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    Definitions,
    DynamicPartitionsDefinition,
    RunRequest,
    SensorResult,
    asset,
    asset_sensor,
    define_asset_job,
    job,
    run_failure_sensor,
    run_status_sensor,
    schedule,
    sensor,
)
from watchbell.automate.backfills.planning import plan_schedule_backfill
from watchbell.automate.retry_rules import reexecution_of
from watchbell.automate.switch import stopped
from watchbell.record.overlap import OVERLAP_TAG
from watchbell.record.run import IN_PROGRESS_RUN_STATUSES, DagsterRun
from watchbell.record.settings import Settings

STEPS = 120
TTL_SECONDS = 100
REST_SECONDS_MAX = 3_600
MODES = ("skip", "buffer_one", "cancel_running")
SCHEDULES, SENSORS = ("minutes", "two_rules"), ("succeeded", "failed", "every", "keyed")
REPORTED = AssetKey("reported")
FAILURES = DynamicPartitionsDefinition(name="failures")
ON, SENSES = DefaultScheduleStatus.RUNNING, DefaultSensorStatus.RUNNING


@job
def etl() -> None: ...


@job
def follow() -> None: ...


@asset(partitions_def=FAILURES)
def inquiry() -> None: ...


inquire = define_asset_job("inquire", [inquiry])


def code(chance: random.Random, overlap: str, catchup: str) -> Definitions:
    """What there is, as some version of the code has it."""

    @schedule(
        job=etl,
        cron_schedule="* * * * *",
        default_status=ON,
        overlap=overlap,
        catchup=catchup,
        jitter=chance.choice([0, 45]),
    )
    def minutes(context):
        return [RunRequest(tags={"place": str(place)}) for place in range(chance.choice([1, 1, 3]))]

    strings = ["*/2 * * * *", "*/3 * * * *"]

    @schedule(job=etl, cron_schedule=strings, default_status=ON, overlap="cancel_running", catchup="latest")
    async def two_rules(context):
        return RunRequest(run_key=f"{context.scheduled_execution_time:%H:%M}")

    pause_seconds = chance.choice([5, 40])
    facts: dict[str, Any] = {"default_status": SENSES, "minimum_interval_seconds": pause_seconds}

    @run_status_sensor(run_status=DagsterRunStatus.SUCCESS, monitored_jobs=[etl], request_job=follow, **facts)
    def succeeded(context):
        context.log.info(context.dagster_run.run_id)
        return RunRequest(run_key=context.dagster_run.run_id)

    @run_failure_sensor(default_status=SENSES)
    async def failed(context):
        run_id = context.dagster_run.run_id
        context.log.info(run_id)
        made = AssetMaterialization(REPORTED, metadata={"run": run_id})
        return SensorResult(asset_events=[made], dynamic_partitions_requests=[FAILURES.build_add_request([run_id])])

    @asset_sensor(asset_key=REPORTED, job=inquire, every_event=True, **facts)
    def every(context, asset_event):
        return RunRequest(partition_key=asset_event.asset_materialization.metadata["run"].value)

    @sensor(job=follow, run_key_ttl=TTL_SECONDS, default_status=SENSES, minimum_interval_seconds=15)
    async def keyed(context):
        number = int(context.cursor or 0) + 1
        context.update_cursor(str(number))
        return RunRequest(run_key=str(number % 3))

    return Definitions(
        assets=[inquiry],
        jobs=[etl, follow, inquire],
        schedules=[minutes, two_rules],
        sensors=[succeeded, failed, every, keyed],
    )


class Hour:
    """A world, and what may happen to it.

    Args:
        seed: of all chances.
        is_set_back: whether the clock is, now and then.
    """

    def __init__(self, seed: int, is_set_back: bool) -> None:
        self.chance = chance = random.Random(seed)
        self._is_set_back = is_set_back
        self._overlap, self._catchup = chance.choice(MODES), chance.choice(["all", "latest", "default", "none"])
        room, retries = chance.choice([2, 5, 50]), chance.choice([0, 1])
        self.world = World(Settings(max_concurrent_runs=room, run_max_retries=retries, max_runtime_seconds=400))
        self.world.end_when_stopped = chance.choice([CANCELED, FAILURE])
        self._is_holding = False
        self._acts: list[tuple[float, Callable[[], None]]] = [
            (0.05, self._kill), (0.05, self._hold_or_let_go), (0.04, self._reload), (0.03, self._backfill),
            (0.03, self._execute_again), (0.04, self._cancel), (0.02, self._delete),
        ]  # fmt: skip
        self.world.serve(self._code())

    def _code(self) -> Definitions:
        return code(self.chance, self._overlap, self._catchup)

    def step(self) -> None:
        """A few seconds, and something that happens in them."""
        world, chance = self.world, self.chance
        try:
            if self._is_set_back and chance.random() < 0.02:
                world.clock.advance(-chance.choice([30, 200, 2_000]))
            if world.service is not None:
                self._act()
            elif chance.random() < 0.5:
                self._is_holding = False
                world.serve(self._code(), CrashingStore(world.store, chance.randrange(400), chance.random() < 0.5))
            self.end_runs(0.12, 0.06)
            self.check_overlap()
            world.clock.advance(chance.choice([5, 10, 20, 30]))
            world.settle()
        except Crash:
            self._kill()

    def _act(self) -> None:
        number = self.chance.random()
        for chance, act in self._acts:
            if number < chance:
                return act()
            number -= chance
        return None

    def _kill(self) -> None:
        self.world.kill()
        self._is_holding = False

    def _hold_or_let_go(self) -> None:
        assert self.world.service is not None
        if self._is_holding:
            self.world.service.let_go()
        else:
            self.world.service.hold()
        self._is_holding = not self._is_holding

    def _reload(self) -> None:
        assert self.world.service is not None
        self._overlap = self.chance.choice(MODES)
        self.world.service.reload(self._code())

    def _backfill(self) -> None:
        world, now = self.world, self.world.clock.now()
        first, last = now - timedelta(minutes=8), now - timedelta(minutes=4)
        plan = plan_schedule_backfill(
            self._code(), world.instance, "minutes", first, last, location_name=LOCATION, current_time=now
        )
        world.instance.launch_backfill(plan)

    def _one_of(self, *statuses: DagsterRunStatus) -> list[DagsterRun]:
        found = [run for run in self.world.runs() if run.status in statuses]
        return [self.chance.choice(found)] if found else []

    def _execute_again(self) -> None:
        for run in self._one_of(DagsterRunStatus.FAILURE):
            if run.parent_run_id is None:
                self.world.store.add_runs([reexecution_of(run, self.world.new_run_id())], self.world.clock.now())

    def _cancel(self) -> None:
        for run in self._one_of(DagsterRunStatus.QUEUED, *IN_PROGRESS_RUN_STATUSES):
            self.world.store.request_cancel(run.run_id, self.world.clock.now())

    def _delete(self) -> None:
        for run in self._one_of(DagsterRunStatus.QUEUED):
            self.world.store.delete_run(run.run_id)

    def end_runs(self, ends_well: float, fails: float) -> None:
        """Some of the processes of runs end."""
        for run_id in list(self.world.processes):
            number = self.chance.random()
            if run_id in self.world.processes and number < ends_well + fails:  # else its end caused that of this one
                self.world.end(run_id, SUCCESS if number < ends_well else FAILURE)

    def check_overlap(self) -> None:
        """Of each schedule runs of one time go on at most."""
        times = defaultdict(set)
        for run in self.world.runs():
            if run.status in IN_PROGRESS_RUN_STATUSES and OVERLAP_TAG in run.tags:
                times[run.tags["dagster/schedule_name"]].add(run.tags[".dagster/scheduled_execution_time"])
        assert all(len(of_one) == 1 for of_one in times.values()), times

    def come_to_rest(self) -> None:
        """Nothing new is asked for, and everything ends."""
        world = self.world
        world.serve(self._code())
        for name in SCHEDULES:
            world.turn(name, stopped)
        world.turn("keyed", stopped, is_sensor=True)
        for _ in range(REST_SECONDS_MAX // 20):
            self.end_runs(1.0, 0.0)
            world.go_on(20)
            backfills = world.instance.get_backfills()
            if all(run.is_finished for run in world.runs()) and all(each.status.is_over for each in backfills):
                return world.go_on(100)
        left = [(run.run_id, run.status, run.tags) for run in world.runs() if not run.is_finished]
        raise AssertionError(f"does not come to rest: {left}, {world.instance.get_backfills()}")

    def told(self, name: str) -> list[str]:
        """The runs that a sensor was told of."""
        return sorted(line.message for tick in self.world.ticks(name) for line in tick.log)

    def with_status(self, status: DagsterRunStatus, *job_names: str) -> list[str]:
        runs = [run for run in self.world.runs() if run.status is status and run.job_name in job_names]
        return sorted(run.run_id for run in runs)


@pytest.mark.parametrize("seed", share(range(12), 5))
def test_whatever_happens_in_an_hour_everything_was_dealt_with_once(seed: int) -> None:
    is_set_back = seed % 3 == 2
    hour = Hour(seed, is_set_back)
    for _ in range(STEPS):
        hour.step()
    hour.come_to_rest()

    world = hour.world
    assert [tick.error for name in SCHEDULES + SENSORS for tick in world.ticks(name) if tick.error] == []
    assert hour.told("succeeded") == hour.with_status(DagsterRunStatus.SUCCESS, "etl")
    failures = hour.with_status(DagsterRunStatus.FAILURE, "etl", "follow", "inquire")
    assert hour.told("failed") == failures
    first = [run for run in world.runs("inquire") if run.parent_run_id is None]
    inquired = [run.tags["dagster/partition"] for run in first]
    assert len(inquired) == len(set(inquired))
    assert set(inquired) <= set(failures)
    for name in SCHEDULES:
        taken = [tick.tick_at for tick in world.ticks(name) if tick.run_ids]
        assert len(taken) == len(set(taken))
    used: dict[str, list[float]] = defaultdict(list)
    for tick in world.ticks("keyed"):
        for key in tick.run_keys:
            used[key].append(tick.ended_at.timestamp())
    pauses = [later - earlier for times in used.values() for earlier, later in pairwise(times)]
    assert is_set_back or all(pause >= TTL_SECONDS for pause in pauses)
    assert len(world.runs()) > 50
