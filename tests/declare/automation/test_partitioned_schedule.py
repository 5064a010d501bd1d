"""Schedules that run a job for the newest of its partitions."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from watchbell.declare.assets.asset import asset
from watchbell.declare.assets.asset_job import define_asset_job
from watchbell.declare.automation.partitioned_schedule import build_schedule_from_partitioned_job
from watchbell.declare.automation.schedule import DefaultScheduleStatus, ScheduleEvaluationContext
from watchbell.declare.automation.unresolved_schedule import UnresolvedPartitionedAssetScheduleDefinition
from watchbell.declare.collect import Definitions
from watchbell.declare.graphs.op import op
from watchbell.declare.job import JobDefinition, job
from watchbell.declare.partitions.dynamic import DynamicPartitionsDefinition
from watchbell.declare.partitions.multi import MultiPartitionsDefinition
from watchbell.declare.partitions.named_windows import DailyPartitionsDefinition, HourlyPartitionsDefinition
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.ground.errors import CheckError, CronError, DagsterInvalidDefinitionError, ParameterCheckError

LETTERS, DAYS = StaticPartitionsDefinition(["a", "b"]), DailyPartitionsDefinition("2024-01-01")
NEW_YORK = "America/New_York"


@op
def load() -> None: ...


def job_of(partitions: Any) -> JobDefinition:
    @job(partitions_def=partitions)
    def sales() -> None:
        load()

    return sales


def keys_at(schedule: Any, at: datetime) -> list[str | None]:
    data = schedule.evaluate_tick(ScheduleEvaluationContext(schedule.name, scheduled_execution_time=at))
    return [each.partition_key for each in data.run_requests]


def test_a_tick_asks_for_the_day_before() -> None:
    schedule = build_schedule_from_partitioned_job(job_of(DAYS), hour_of_day=2)

    assert (schedule.name, schedule.cron_schedule, schedule.execution_timezone) == (
        "sales_schedule",
        "0 2 * * *",
        "UTC",
    )
    assert keys_at(schedule, datetime(2024, 3, 10, 2, tzinfo=UTC)) == ["2024-03-09"]


def test_the_key_of_a_window_is_its_run_key() -> None:
    schedule = build_schedule_from_partitioned_job(job_of(DAYS), tags={"team": "x"})
    context = ScheduleEvaluationContext(scheduled_execution_time=datetime(2024, 3, 10, tzinfo=UTC))

    request = schedule(context)

    assert (request.run_key, request.partition_key, request.job_name) == ("2024-03-09", "2024-03-09", "sales")
    assert request.tags["team"] == "x"


def test_hours_may_be_meant_in_another_zone() -> None:
    schedule = build_schedule_from_partitioned_job(job_of(DAYS), hour_of_day=2, minute_of_hour=0, timezone=NEW_YORK)

    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 2 * * *", NEW_YORK)
    for day, key in ((10, "2024-03-09"), (11, "2024-03-10"), (12, "2024-03-11")):  # the 10th has 23 hours
        assert [key] == keys_at(schedule, datetime(2024, 3, day, 3, tzinfo=ZoneInfo(NEW_YORK)))


def test_a_late_hour_in_another_zone_asks_for_no_day_that_was_not_over_in_the_morning() -> None:
    schedule = build_schedule_from_partitioned_job(job_of(DAYS), hour_of_day=23, timezone=NEW_YORK)
    late = datetime(2024, 3, 12, 23, tzinfo=ZoneInfo(NEW_YORK))  # 03:00 UTC of the 13th

    assert keys_at(schedule, late) == ["2024-03-11"]


def test_hours_take_no_notice_of_days_in_another_zone() -> None:
    hours = HourlyPartitionsDefinition("2024-01-01-00:00")
    schedule = build_schedule_from_partitioned_job(job_of(hours), minute_of_hour=10, timezone=NEW_YORK)

    assert keys_at(schedule, datetime(2024, 3, 12, 6, 10, tzinfo=UTC)) == ["2024-03-12-05:00"]


def test_a_second_dimension_makes_a_run_for_each_of_its_partitions() -> None:
    grid = MultiPartitionsDefinition({"day": DAYS, "letter": LETTERS})
    schedule = build_schedule_from_partitioned_job(job_of(grid))

    assert keys_at(schedule, datetime(2024, 3, 10, tzinfo=UTC)) == ["2024-03-09|a", "2024-03-09|b"]


def test_static_partitions_are_asked_for_at_every_tick() -> None:
    schedule = build_schedule_from_partitioned_job(job_of(LETTERS), cron_schedule="0 5 * * *")
    context = ScheduleEvaluationContext(scheduled_execution_time=datetime(2024, 3, 10, 5, tzinfo=UTC))

    assert [(each.run_key, each.partition_key) for each in schedule(context)] == [(None, "a"), (None, "b")]


def test_before_the_first_window_is_over_a_tick_is_skipped() -> None:
    schedule = build_schedule_from_partitioned_job(job_of(DAYS))
    context = ScheduleEvaluationContext(scheduled_execution_time=datetime(2024, 1, 1, 12, tzinfo=UTC))

    data = schedule.evaluate_tick(context)

    assert (data.run_requests, data.skip_message) == ([], "The job's PartitionsDefinition has no partitions")


@pytest.mark.parametrize(
    ("partitions", "arguments", "error", "words"),
    [
        (None, {}, CheckError, "the job 'sales' has no partitions"),
        (DAYS, {"day_of_week": 1}, CheckError, "daily partitions take no day_of_week"),
        (DAYS, {"cron_schedule": "0 1 * * *"}, CheckError, "say themselves when it runs"),
        (DAYS, {"execution_timezone": NEW_YORK}, CheckError, "timezone= in which zone"),
        (DAYS, {"timezone": NEW_YORK, "execution_timezone": NEW_YORK}, CheckError, "which are the same"),
        (DAYS, {"hour_of_day": 24}, CronError, "24 is not in 0-23"),
        (DAYS, {"hour_of_day": "2"}, ParameterCheckError, "hour_of_day of schedule 'sales_schedule'"),
        (LETTERS, {}, CheckError, "give it a cron_schedule"),
        (LETTERS, {"cron_schedule": "0 1 * * *", "hour_of_day": 2}, CheckError, "give one or the other"),
        (DynamicPartitionsDefinition(name="x"), {}, DagsterInvalidDefinitionError, "no schedule follows from"),
    ],
)
def test_what_does_not_fit_the_partitions_is_refused(
    partitions: Any, arguments: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        build_schedule_from_partitioned_job(job_of(partitions), **arguments)


def test_something_else_than_a_job_is_refused() -> None:
    with pytest.raises(ParameterCheckError, match="takes a job"):
        build_schedule_from_partitioned_job("sales")  # type: ignore[arg-type]


@asset(partitions_def=DAYS)
def orders() -> None: ...


@asset
def notes() -> None: ...


def test_an_asset_job_tells_its_partitions_when_all_is_collected() -> None:
    nightly = define_asset_job("nightly", ["orders"])
    late = build_schedule_from_partitioned_job(
        nightly, hour_of_day=3, default_status=DefaultScheduleStatus.RUNNING, metadata={"a": 1}
    )
    assert isinstance(late, UnresolvedPartitionedAssetScheduleDefinition)
    repository = Definitions(assets=[orders], jobs=[nightly], schedules=[late]).get_repository_def()
    schedule = repository.get_schedule_def("nightly_schedule")
    at = datetime(2024, 3, 10, 3, tzinfo=UTC)
    context = ScheduleEvaluationContext(schedule.name, scheduled_execution_time=at, repository_def=repository)

    [request] = schedule.evaluate_tick(context).run_requests

    assert (schedule.cron_schedule, schedule.default_status) == ("0 3 * * *", DefaultScheduleStatus.RUNNING)
    assert list(schedule.metadata) == ["a"]
    assert request.tags["dagster/partition"] == "2024-03-09"
    assert repository.resolve_request(schedule, request).job_name == "nightly"


def test_an_asset_job_without_partitions_is_refused_when_all_is_collected() -> None:
    late = build_schedule_from_partitioned_job(define_asset_job("nightly", ["notes"]))

    with pytest.raises(CheckError, match="none of the assets of the job 'nightly' has partitions"):
        Definitions(assets=[notes], schedules=[late]).get_repository_def()


def test_an_asset_job_with_partitions_has_its_schedule_at_once() -> None:
    given = define_asset_job("nightly", ["orders"], partitions_def=DAYS)

    assert build_schedule_from_partitioned_job(given).cron_schedule == "0 0 * * *"  # type: ignore[union-attr]


def test_metadata_of_a_schedule_that_waits_can_be_changed() -> None:
    late = build_schedule_from_partitioned_job(define_asset_job("nightly", ["orders"]))
    assert isinstance(late, UnresolvedPartitionedAssetScheduleDefinition)

    assert list(late.with_metadata({"b": 2}).metadata) == ["b"]


@pytest.mark.parametrize(
    ("zone", "at", "key"),
    [
        ("UTC", datetime(2024, 1, 3, 3), "2024-01-02"),
        (NEW_YORK, datetime(2024, 1, 3, 3), "2024-01-02"),
        (NEW_YORK, datetime(2024, 1, 2, 20), "2024-01-01"),
        ("Asia/Kolkata", datetime(2024, 1, 3, 0), "2024-01-02"),
    ],
)
def test_a_time_without_a_zone_in_a_test_is_that_of_the_schedules_clocks(zone: str, at: datetime, key: str) -> None:
    schedule = build_schedule_from_partitioned_job(job_of(DailyPartitionsDefinition("2024-01-01", timezone=zone)))

    assert keys_at(schedule, at) == [key]
