"""Schedules and sensors that ask for partitions, over a real host and a real store, by a clock that is moved."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.faults.rig import Rig
from watchbell.record.materialization import AssetMaterialization
from watchbell.record.run import DagsterRun
from watchbell.record.settings import Settings
from watchbell.record.tick import TickStatus

CODE = """
from watchbell import (
    AssetIn,
    AssetKey,
    DailyPartitionsDefinition,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    Definitions,
    MultiPartitionsDefinition,
    RunRequest,
    StaticPartitionsDefinition,
    asset,
    build_schedule_from_partitioned_job,
    daily_partitioned_config,
    define_asset_job,
    job,
    multi_asset_sensor,
    op,
    schedule,
)

days = DailyPartitionsDefinition("2024-02-25")
shops = StaticPartitionsDefinition(["fr", "it"])
started = {"default_status": DefaultScheduleStatus.RUNNING}


@daily_partitioned_config(start_date="2024-02-25", tags_for_partition_fn=lambda start, end: {"month": f"{start:%m}"})
def by_day(start, end):
    return {"ops": {"load": {"config": {"day": f"{start:%Y-%m-%d}"}}}}


@op(config_schema={"day": str})
def load(context):
    pass


@job(config=by_day)
def loading():
    load()


@asset(partitions_def=days)
def orders():
    pass


@asset(partitions_def=shops)
def stock():
    pass


@asset(partitions_def=MultiPartitionsDefinition({"day": days, "shop": shops}))
def sales():
    pass


@asset(partitions_def=days)
def report(orders):
    pass


@schedule(cron_schedule="0 3 * * *", job=loading, **started)
def mistaken_schedule():
    return RunRequest(partition_key="2024-02-3")


jobs = [define_asset_job(f"{each.key.path[0]}_job", [each]) for each in (orders, stock, sales)]
report_job = define_asset_job("report_job", [report])


@multi_asset_sensor(
    monitored_assets=[AssetKey("orders")],
    job=report_job,
    default_status=DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=1,
)
def orders_made(context):
    for key, made in context.latest_materialization_records_by_partition(AssetKey("orders")).items():
        for partition in context.get_downstream_partition_keys(key, AssetKey("orders"), AssetKey("report")):
            yield RunRequest(run_key=f"{partition} {made.storage_id}", partition_key=partition)
        context.advance_cursor({AssetKey("orders"): made})


defs = Definitions(
    assets=[orders, stock, sales, report],
    jobs=[loading, *jobs, report_job],
    schedules=[
        build_schedule_from_partitioned_job(loading, hour_of_day=2, default_status=DefaultScheduleStatus.RUNNING),
        build_schedule_from_partitioned_job(jobs[0], default_status=DefaultScheduleStatus.RUNNING),
        build_schedule_from_partitioned_job(
            jobs[1], cron_schedule="0 4 * * *", default_status=DefaultScheduleStatus.RUNNING
        ),
        build_schedule_from_partitioned_job(jobs[2], default_status=DefaultScheduleStatus.RUNNING),
        mistaken_schedule,
    ],
    sensors=[orders_made],
)
"""


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with Rig(tmp_path, CODE, Settings()) as found:
        yield found


def runs_of(rig: Rig, name: str) -> list[DagsterRun]:
    """The runs a job was asked for, oldest first."""
    return [run for run in reversed(rig.instance.get_runs()) if run.job_name == name]


def partitions_of(rig: Rig, name: str) -> list[str]:
    return [run.tags["dagster/partition"] for run in runs_of(rig, name)]


def tick_until(rig: Rig, at: datetime, name: str, count: int) -> None:
    rig.clock.set(at)
    rig.until(lambda: len(rig.ticks(name)) >= count, f"{count} ticks of {name}")


def test_a_job_of_ops_is_asked_for_the_day_that_is_over_with_its_config_and_tags(rig: Rig) -> None:
    tick_until(rig, datetime(2024, 3, 2, 2, tzinfo=UTC), "loading_schedule", 1)

    (run,) = runs_of(rig, "loading")
    assert run.run_config == {"ops": {"load": {"config": {"day": "2024-03-01"}}}}
    assert (run.tags["dagster/partition"], run.tags["month"]) == ("2024-03-01", "03")


def test_days_on_which_the_service_was_down_are_asked_for_one_by_one(rig: Rig) -> None:
    tick_until(rig, datetime(2024, 3, 5, 2, 30, tzinfo=UTC), "loading_schedule", 4)

    days = ["2024-03-01", "2024-03-02", "2024-03-03", "2024-03-04"]
    assert sorted(partitions_of(rig, "loading")) == days
    configs = sorted(run.run_config["ops"]["load"]["config"]["day"] for run in runs_of(rig, "loading"))
    assert configs == days


def test_a_job_of_assets_is_asked_for_the_day_that_is_over(rig: Rig) -> None:
    tick_until(rig, datetime(2024, 3, 2, tzinfo=UTC), "orders_job_schedule", 1)

    (run,) = runs_of(rig, "orders_job")
    assert run.tags["dagster/partition"] == "2024-03-01"


def test_listed_partitions_are_all_asked_for_at_each_firing(rig: Rig) -> None:
    tick_until(rig, datetime(2024, 3, 2, 4, tzinfo=UTC), "stock_job_schedule", 1)

    assert sorted(partitions_of(rig, "stock_job")) == ["fr", "it"]


def test_of_two_dimensions_each_shop_is_asked_for_on_the_day_that_is_over(rig: Rig) -> None:
    tick_until(rig, datetime(2024, 3, 2, tzinfo=UTC), "sales_job_schedule", 1)

    assert sorted(partitions_of(rig, "sales_job")) == ["2024-03-01|fr", "2024-03-01|it"]
    assert {run.tags["dagster/partition/day"] for run in runs_of(rig, "sales_job")} == {"2024-03-01"}


def test_a_partition_that_does_not_exist_fails_the_tick_by_its_name(rig: Rig) -> None:
    tick_until(rig, datetime(2024, 3, 2, 3, tzinfo=UTC), "mistaken_schedule", 1)

    (tick,) = rig.ticks("mistaken_schedule")
    assert tick.status == TickStatus.FAILURE
    assert tick.error is not None
    assert "'2024-02-3'" in tick.error.message
    assert partitions_of(rig, "loading") in ([], ["2024-03-01"])


def test_a_sensor_asks_for_the_partitions_that_are_made_of_what_was_made(rig: Rig) -> None:
    for key in ("2024-02-26", "2024-02-28"):
        rig.instance.report_runless_asset_event(AssetMaterialization("orders", partition=key))
    rig.clock.set(datetime(2024, 3, 1, 12, 1, tzinfo=UTC))
    rig.step()

    rig.until(lambda: len(runs_of(rig, "report_job")) == 2, "runs of two partitions")
    assert sorted(partitions_of(rig, "report_job")) == ["2024-02-26", "2024-02-28"]

    rig.instance.report_runless_asset_event(AssetMaterialization("orders", partition="2024-02-26"))
    rig.clock.set(datetime(2024, 3, 1, 12, 2, tzinfo=UTC))
    rig.until(lambda: len(runs_of(rig, "report_job")) == 3, "a run of one more")
    assert sorted(partitions_of(rig, "report_job")) == ["2024-02-26", "2024-02-26", "2024-02-28"]
