"""Requests of schedules and sensors for partitions."""

from datetime import datetime
from typing import Any

import pytest

from watchbell.declare.assets.asset import asset
from watchbell.declare.assets.asset_job import define_asset_job
from watchbell.declare.automation.partition_requests import with_partitions
from watchbell.declare.automation.schedule_decorator import schedule
from watchbell.declare.automation.sensor import sensor
from watchbell.declare.automation.sensor_context import SensorEvaluationContext
from watchbell.declare.checks.asset_check import asset_check
from watchbell.declare.checks.asset_check_spec import AssetCheckResult
from watchbell.declare.collect import Definitions
from watchbell.declare.graphs.op import op
from watchbell.declare.job import job
from watchbell.declare.partitions.config_decorators import static_partitioned_config
from watchbell.declare.partitions.dynamic import DynamicPartitionsDefinition
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.ground.errors import DagsterInvariantViolationError, DagsterUnknownPartitionError
from watchbell.record.keys import AssetKey
from watchbell.record.request import RunRequest, SensorResult
from watchbell.testing.contexts import build_schedule_context, build_sensor_context
from watchbell.testing.instance import instance_for_test

FILES = DynamicPartitionsDefinition(name="files")


@op
def load() -> None: ...


@static_partitioned_config(["north", "south"])
def by_region(region: str) -> dict[str, Any]:
    return {"ops": {"load": {"config": region}}}


@job(config=by_region)
def regions() -> None:
    load()


@job(partitions_def=FILES)
def files() -> None:
    load()


def test_requests_without_partitions_stay_as_they_are() -> None:
    @sensor(job=regions)
    def asking() -> None: ...

    requests = [RunRequest("a"), RunRequest("b")]

    assert with_partitions(requests, asking, SensorEvaluationContext()) is requests


@pytest.mark.parametrize("with_repository", [True, False])
def test_a_schedule_asks_for_a_partition(with_repository: bool) -> None:
    @schedule(cron_schedule="0 0 * * *", job=regions)
    def asking() -> RunRequest:
        return RunRequest(partition_key="south", tags={"more": "1"})

    repository = Definitions(jobs=[regions], schedules=[asking]).get_repository_def() if with_repository else None

    [request] = asking.evaluate_tick(build_schedule_context(repository_def=repository)).run_requests

    assert request.run_config == {"ops": {"load": {"config": "south"}}}
    assert (request.tags["dagster/partition"], request.tags["more"]) == ("south", "1")


def test_a_partition_that_is_none_fails_the_tick() -> None:
    @sensor(job=regions)
    def asking() -> RunRequest:
        return RunRequest(partition_key="nort")

    with pytest.raises(DagsterUnknownPartitionError, match="job 'regions': no partition 'nort'.*north"):
        asking.evaluate_tick(build_sensor_context())


def test_a_job_that_is_known_by_name_alone_needs_the_repository() -> None:
    @sensor(job_name="regions")
    def asking() -> RunRequest:
        return RunRequest(partition_key="north")

    with pytest.raises(DagsterInvariantViolationError, match="pass repository_def="):
        asking.evaluate_tick(build_sensor_context())


def test_an_asset_job_that_was_given_partitions_needs_no_repository() -> None:
    regional = define_asset_job("regional", partitions_def=StaticPartitionsDefinition(["north"]))

    @sensor(job=regional)
    def asking() -> RunRequest:
        return RunRequest(partition_key="north")

    [request] = asking.evaluate_tick(build_sensor_context()).run_requests

    assert request.tags["dagster/partition"] == "north"


def test_a_request_that_was_resolved_before_stays_as_it_is() -> None:
    @sensor(job=regions)
    def asking() -> RunRequest:
        return regions.run_request_for_partition("north", run_config={"ops": {}})

    repository = Definitions(jobs=[regions], sensors=[asking]).get_repository_def()

    [request] = asking.evaluate_tick(build_sensor_context(repository_def=repository)).run_requests

    assert repository.resolve_request(asking, request).run_config == {"ops": {}}


def test_what_a_tick_adds_is_there_for_its_runs() -> None:
    @sensor(job=files)
    def asking(context: SensorEvaluationContext) -> SensorResult:
        return SensorResult(
            [RunRequest(partition_key="new.csv"), RunRequest(partition_key="old.csv")],
            dynamic_partitions_requests=[FILES.build_add_request(["new.csv"])],
        )

    with instance_for_test() as instance:
        instance.add_dynamic_partitions("files", ["old.csv"])
        requests = asking.evaluate_tick(build_sensor_context(instance=instance)).run_requests

        assert [each.tags["dagster/partition"] for each in requests] == ["new.csv", "old.csv"]
        assert list(instance.get_dynamic_partitions("files")) == ["old.csv"], "the tick itself stores nothing"


def test_what_a_tick_deletes_is_gone_for_its_runs() -> None:
    @sensor(job=files)
    def asking(context: SensorEvaluationContext) -> SensorResult:
        deleting = [FILES.build_delete_request(["old.csv"])]
        return SensorResult([RunRequest(partition_key="old.csv")], dynamic_partitions_requests=deleting)

    with instance_for_test() as instance:
        instance.add_dynamic_partitions("files", ["old.csv"])
        with pytest.raises(DagsterUnknownPartitionError, match="'old.csv'"):
            asking.evaluate_tick(build_sensor_context(instance=instance))


def test_the_assets_of_a_sensor_have_the_partition_whatever_else_there_is() -> None:
    letters = asset(name="letters", partitions_def=StaticPartitionsDefinition(["a", "b"]))(lambda: 1)
    numbers = asset(name="numbers", partitions_def=StaticPartitionsDefinition(["1", "2"]))(lambda: 1)
    whole = asset(name="whole")(lambda: 1)

    @sensor(asset_selection=[letters, whole])
    def arrivals() -> RunRequest:
        return RunRequest(partition_key="b")

    repository = Definitions(assets=[letters, numbers, whole], sensors=[arrivals]).get_repository_def()

    [request] = arrivals.evaluate_tick(build_sensor_context(repository_def=repository)).run_requests

    assert request.tags["dagster/partition"] == "b"
    assert request.asset_selection == [AssetKey("letters"), AssetKey("whole")]


def test_a_request_for_a_check_may_name_a_partition() -> None:
    letters = asset(name="letters", partitions_def=StaticPartitionsDefinition(["a", "b"]))(lambda: 1)
    numbers = asset(name="numbers", partitions_def=StaticPartitionsDefinition(["1", "2"]))(lambda: 1)
    checked = asset_check(asset=letters, name="checked")(lambda: AssetCheckResult(passed=True))

    @sensor(asset_selection=[letters])
    def arrivals() -> RunRequest:
        return RunRequest(partition_key="b", asset_selection=[letters.key], asset_check_keys=[checked.check_key])

    repository = Definitions(assets=[letters, numbers], asset_checks=[checked], sensors=[arrivals]).get_repository_def()

    [request] = arrivals.evaluate_tick(build_sensor_context(repository_def=repository)).run_requests

    assert (request.tags["dagster/partition"], request.asset_selection) == ("b", [letters.key])
    assert request.asset_check_keys == [checked.check_key]


def test_a_time_without_a_zone_does_for_a_schedule_that_asks_for_a_partition() -> None:
    @schedule(cron_schedule="0 0 * * *", job=regions, execution_timezone="Asia/Kolkata")
    def naive() -> RunRequest:
        return RunRequest(partition_key="north")

    context = build_schedule_context(scheduled_execution_time=datetime(2024, 1, 1))

    assert [each.partition_key for each in naive.evaluate_tick(context).run_requests] == ["north"]
