"""Tests of schedules and sensors that are told a partition, or config of resources."""

import json
from typing import Any

import pytest

from tests.web.conftest import LOCATION, NOW, Client
from tests.web.errand_link import ErrandLink
from watchbell import (
    AssetKey,
    AssetMaterialization,
    ConfigurableResource,
    DailyPartitionsDefinition,
    Definitions,
    RunRequest,
    SkipReason,
    asset,
    asset_sensor,
    build_schedule_from_partitioned_job,
    define_asset_job,
    schedule,
    sensor,
)
from watchbell.ground.clock import ManualClock
from watchbell.ground.masking import MASK
from watchbell.ground.upward import call_upward
from watchbell.record.audit import AuditQuery
from watchbell.record.run import RunsFilter
from watchbell.web.view import View

DAYS = DailyPartitionsDefinition("2024-01-01")


class Warehouse(ConfigurableResource):
    """Where the rows are."""

    url: str = "db://prod"
    password: str = "as ever"
    limit: int = 3


@asset(partitions_def=DAYS)
def orders() -> None: ...


daily = define_asset_job("daily", selection="orders")
nightly = build_schedule_from_partitioned_job(daily)


@asset_sensor(asset_key=AssetKey("orders"), job=daily)
def landed(context, event):
    return RunRequest(partition_key=event.asset_materialization.partition)


@sensor(job=daily)
def looking(context, warehouse: Warehouse):
    context.log.info("%s with %s", warehouse.url, warehouse.password)
    if warehouse.url == "db://none":
        return SkipReason(f"nothing at {warehouse.url} for {warehouse.password}")
    config = {"resources": {"warehouse": {"config": {"password": warehouse.password}}}}
    return [RunRequest(run_key=f"2024-02-0{day}", partition_key=f"2024-02-0{day}") for day in (1, 2)] + [
        RunRequest(run_key="range", run_config=config, tags=RANGE)
    ]


RANGE = {"dagster/asset_partition_range_start": "2024-02-01", "dagster/asset_partition_range_end": "2024-02-05"}


@schedule(cron_schedule="0 2 * * *", job_name="daily")
def hourly():
    return SkipReason("never")


@sensor(target=None)
def alone(context):
    return SkipReason("never")


@pytest.fixture
def working():
    with call_upward("open_instance", "ephemeral", clock=ManualClock(NOW)) as instance:
        repository = Definitions(
            assets=[orders],
            jobs=[daily],
            schedules=[nightly, hourly],
            sensors=[landed, looking, alone],
            resources={"warehouse": Warehouse(), "plain": 12},
        ).get_repository_def()
        yield Client(View(instance, ErrandLink(instance, {LOCATION: repository}))), instance


def tried(client: Client, address: str, **ask: object) -> dict[str, Any]:
    answer = client.request("POST", f"/api/automations/{address}/test", json=ask)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def refused(client: Client, address: str, **ask: object) -> tuple[str, str]:
    answer = client.request("POST", f"/api/automations/{address}/test", json=ask)
    assert answer.status_code == 400, answer.text
    return answer.json()["extra"]["where"], answer.json()["detail"]


SCHEDULE, LANDED = f"schedule/{LOCATION}/daily_schedule", f"sensor/{LOCATION}/landed"
LOOKING = f"sensor/{LOCATION}/looking"


class TestPartition:
    def test_the_time_of_a_schedule_is_that_at_which_its_window_is_over(self, working) -> None:
        client, _ = working

        found = tried(client, SCHEDULE, partition="2024-02-05")

        assert found["evaluated_for"] == "2024-02-06T00:00:00Z"
        assert found["partition"] == {"key": "2024-02-05", "asked_for": 1}
        assert [each["partition_key"] for each in found["requests"]] == ["2024-02-05"]

    def test_a_time_that_is_given_counts_and_runs_for_other_partitions_are_told_so(self, working) -> None:
        client, _ = working

        found = tried(client, SCHEDULE, partition="2024-02-05", at="2024-02-20T00:00")

        assert found["partition"]["asked_for"] == 0
        assert [each["is_for_partition"] for each in found["requests"]] == [False]

    def test_runs_for_a_range_are_for_each_partition_in_it(self, working) -> None:
        client, _ = working

        found = tried(client, LOOKING, partition="2024-02-02")

        assert [each["is_for_partition"] for each in found["requests"]] == [False, True, True]
        assert found["partition"] == {"key": "2024-02-02", "asked_for": 2}

    def test_a_sensor_of_an_asset_is_called_for_its_newest_materialization(self, working) -> None:
        client, instance = working
        for day in (3, 4):
            instance.report_runless_asset_event(AssetMaterialization("orders", partition=f"2024-02-0{day}"))

        found = tried(client, LANDED, partition="2024-02-03")

        assert found["event"].startswith("1: ")
        assert [each["partition_key"] for each in found["requests"]] == ["2024-02-03"]
        assert "never made" in refused(client, LANDED, partition="2024-02-09")[1]

    def test_a_partition_that_is_none_is_refused_by_its_field(self, working) -> None:
        client, _ = working

        where, text = refused(client, SCHEDULE, partition="2023-02-05")

        assert where == "partition"
        assert "2023-02-05" in text

    def test_what_starts_nothing_with_partitions_takes_any(self, working) -> None:
        client, _ = working

        assert tried(client, f"sensor/{LOCATION}/alone", partition="north")["partition"]["asked_for"] == 0


class TestResources:
    def test_config_counts_for_this_test_alone(self, working) -> None:
        client, _ = working

        changed = tried(client, LOOKING, resources="warehouse: {config: {url: 'db://none'}}")
        plain = tried(client, LOOKING)

        assert changed["outcome"] == "skipped"
        assert plain["outcome"] == "requested"
        assert plain["log"][0]["message"] == "db://prod with as ever"

    def test_secrets_are_masked_in_whatever_is_told(self, working) -> None:
        client, _ = working

        skipped = tried(client, LOOKING, resources="warehouse: {config: {url: 'db://none', password: hunter2}}")
        asked = tried(client, LOOKING, resources="warehouse: {config: {password: hunter2}}")

        assert skipped["skip_reason"] == f"nothing at db://none for {MASK}"
        assert "hunter2" not in json.dumps([skipped, asked])

    def test_a_run_with_a_masked_secret_is_not_launched(self, working) -> None:
        client, instance = working
        asked = tried(client, LOOKING, resources="warehouse: {config: {password: hunter2}}")

        answer = client.request("POST", f"/api/automations/{LOOKING}/launch", json={"requests": asked["requests"]})

        assert (answer.status_code, answer.json()["extra"]["where"]) == (400, "requests.2.run_config")
        assert instance.store.run_records(RunsFilter()) == []

    def test_they_do_not_stand_in_the_audit_log(self, working) -> None:
        client, instance = working

        tried(client, LOOKING, resources="warehouse: {config: {password: hunter2}}")

        [entry] = instance.store.audit(AuditQuery())
        assert entry.details["body"]["resources"] == "(40 characters)"

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("warehuse: {config: {url: x}}", "warehouse"),
            ("warehouse: {url: x}", "config:"),
            ("\nwarehouse:\n  config:\n    limit: many", "line 4: warehouse.config.limit: "),
            ("warehouse: {config: {ulr: x}}", "ulr"),
            ("plain: {config: 3}", "takes no config"),
            ("warehouse: {", "no YAML"),
        ],
    )
    def test_what_does_not_fit_is_refused_with_its_line(self, working, text: str, said: str) -> None:
        client, _ = working

        where, found = refused(client, LOOKING, resources=text)

        assert where == "resources"
        assert said in found


class TestFacts:
    def test_what_is_given_now_is_told_without_secrets(self, working) -> None:
        client, _ = working

        found = client.get(f"/api/automations/{LOOKING}/test-facts").json()

        assert found["resources"] == "warehouse:\n  config:\n    url: db://prod\n    limit: 3\n"
        assert found["resource_keys"] == ["warehouse"]
        assert (found["partitions"]["count"], found["partitions"]["newest"][0]) == (60, "2024-02-29")

    def test_one_without_resources_and_partitions_has_none(self, working) -> None:
        client, _ = working

        found = client.get(f"/api/automations/sensor/{LOCATION}/alone/test-facts").json()

        assert (found["resources"], found["partitions"]) == ("", None)
