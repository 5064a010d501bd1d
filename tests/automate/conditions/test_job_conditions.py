"""Jobs with a condition: what they ask, the runs they are asked for as, and what those runs make of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.simulation.condition_world import made
from watchbell import (
    AssetCheckResult,
    AssetJobKey,
    AssetKey,
    AssetMaterialization,
    AssetSelection,
    AutomationCondition,
    AutomationConditionSensorDefinition,
    DagsterInstance,
    DagsterInvalidDefinitionError,
    DailyPartitionsDefinition,
    Definitions,
    RunRequest,
    StaticPartitionsDefinition,
    asset,
    asset_check,
    build_sensor_context,
    define_asset_job,
    evaluate_automation_conditions,
    simulate,
)
from watchbell.automate.conditions.job_plans import JobRequests
from watchbell.declare.automation.sensor_answer import SensorExecutionData
from watchbell.declare.partitions.view import PartitionsView
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.run import DagsterRunStatus

of = AutomationCondition
ANY = of.any_job_root_assets_match
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
LETTERS = StaticPartitionsDefinition(["a", "b", "c"])


def location(condition: Any, *assets: Any, sensors: Any = (), **more: Any) -> Definitions:
    job = define_asset_job("nightly", selection=list(assets), automation_condition=condition, **more)
    return Definitions(assets=list(assets), jobs=[job], sensors=list(sensors))


def tick(defs: Definitions, instance: DagsterInstance, name: str, cursor: str | None = None) -> SensorExecutionData:
    repository = defs.get_repository_def()
    sensor = repository.get_sensor_def(name)
    return sensor.evaluate_tick(build_sensor_context(instance=instance, repository_def=repository, cursor=cursor))


DEFAULT = "default_automation_condition_sensor"


# ------------------------------------------------------------------ who looks after them


def test_the_default_sensor_looks_after_a_job_that_no_other_one_selects_whole() -> None:
    one = AutomationConditionSensorDefinition("one", target="a")
    repository = location(ANY(of.missing()), made("a"), made("b"), sensors=[one]).get_repository_def()

    assert repository.conditioned_by(DEFAULT) == {AssetJobKey("nightly")}
    assert repository.conditioned_by("one") == frozenset()


def test_a_sensor_that_selects_all_assets_of_a_job_looks_after_it() -> None:
    sensors = [AutomationConditionSensorDefinition(name, target=target) for name, target in (("z", "*"), ("y", "a"))]
    repository = location(ANY(of.missing()), made("a"), made("b"), sensors=sensors[:1]).get_repository_def()

    assert repository.conditioned_by("z") == {AssetJobKey("nightly")}
    assert [each.name for each in repository.sensor_defs] == ["z"]


def test_jobs_without_a_condition_need_no_sensor() -> None:
    assert Definitions([made("a")], jobs=[define_asset_job("plain")]).get_repository_def().sensor_defs == []


@pytest.mark.parametrize(
    "part", [of.missing(), of.execution_failed(), of.check_passed(), of.any_downstream_conditions(), of.eager()]
)
def test_what_only_assets_have_is_refused_of_a_job_itself(part: AutomationCondition[Any]) -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="of the job itself, which only an asset or a check has"):
        location(ANY(of.missing()) & ~part, made("a")).get_repository_def()


def test_a_condition_that_asks_no_root_is_refused() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="asks none of its assets; write .*any_job_root"):
        location(of.on_cron("0 0 * * *"), made("a")).get_repository_def()


def test_what_is_asked_of_a_job_is_asked_of_no_asset() -> None:
    with (
        DagsterInstance.ephemeral() as instance,
        pytest.raises(DagsterInvalidDefinitionError, match="any_job_root_assets_match.* asked about 'a'.* no job"),
    ):
        evaluate_automation_conditions([made("a", ANY(of.missing()))], instance)


# ---------------------------------------------------------------------------- runs


def test_a_job_is_asked_for_as_a_whole_with_its_config_and_tags() -> None:
    sensor = AutomationConditionSensorDefinition("soon", target="*", run_tags={"team": "x"})
    config: dict[str, Any] = {"execution": {"config": {"in_process": {}}}}
    defs = location(ANY(of.missing()), made("a"), made("b"), sensors=[sensor], config=config, tags={"t": "1"})

    with DagsterInstance.ephemeral() as instance:
        (request,) = list(tick(defs, instance, "soon").run_requests or ())

    assert (request.job_name, request.asset_selection, request.run_config) == ("nightly", None, config)
    assert {"team": "x", "t": "1", "dagster/from_automation_condition": "true"}.items() <= request.tags.items()


def test_each_partition_of_a_job_has_a_run() -> None:
    defs = location(ANY(of.missing()), made("a", partitions_def=LETTERS))

    with DagsterInstance.ephemeral() as instance:
        instance.report_runless_asset_event(AssetMaterialization("a", partition="b"))
        requests = tick(defs, instance, DEFAULT).run_requests or ()

    assert [(each.job_name, each.partition_key) for each in requests] == [("nightly", "a"), ("nightly", "c")]
    assert [each.tags["dagster/partition"] for each in requests] == ["a", "c"]


def test_what_there_is_no_room_for_is_left() -> None:
    parts = location(ANY(of.missing()), made("a", partitions_def=LETTERS)).get_repository_def()
    key = AssetJobKey("nightly")
    requests = JobRequests(parts.conditioned_jobs)

    some, left = requests.requests({key: OrdinalSet([0, 1, 2])}, {}, PartitionsView(NOON), 2)
    none, all_left = requests.requests({key: OrdinalSet([1])}, {}, PartitionsView(NOON), 0)

    assert ([each.partition_key for each in some], left) == (["a", "b"], {key: OrdinalSet([2])})
    assert (list(none), all_left) == ([], {key: OrdinalSet([1])})


def test_a_request_of_a_job_is_for_all_of_its_assets_whatever_the_sensor_selects() -> None:
    sensor = AutomationConditionSensorDefinition("soon", target="*")
    repository = location(ANY(of.missing()), made("a"), sensors=[sensor]).get_repository_def()

    found = repository.resolve_request(repository.get_sensor_def("soon"), RunRequest(job_name="nightly"))

    assert found.asset_selection is None


# ------------------------------------------------------------- what its runs make of it


def test_a_run_that_goes_on_and_one_that_succeeded_are_seen() -> None:
    @asset
    def a() -> None: ...

    defs = location(ANY(of.newly_updated()).since_last_handled() & ~of.in_progress(), a)
    job = defs.get_job_def("nightly")
    asked: list[int] = []

    with DagsterInstance.ephemeral() as instance:
        cursor = None

        def look() -> None:
            nonlocal cursor
            at = NOON + timedelta(minutes=len(asked))
            result = evaluate_automation_conditions(defs, instance, evaluation_time=at, cursor=cursor)
            cursor = result.cursor
            asked.append(result.get_num_requested(AssetJobKey("nightly")))

        look()
        going = instance.create_run_for_job(job, status=DagsterRunStatus.STARTED)
        instance.report_runless_asset_event(AssetMaterialization("a"))
        look()  # in progress
        instance.report_run_canceled(going)
        look()  # what was updated before is not forgotten
        look()  # it was asked for
        instance.report_runless_asset_event(AssetMaterialization("a"))
        job.execute_in_process(instance=instance)
        look()  # updated, and handled by the run of the job

    assert asked == [0, 0, 1, 0, 0]


def test_runs_of_partitions_make_those_of_the_job() -> None:
    condition = ANY(of.missing()) & ~of.in_progress() & ~of.newly_updated()
    defs = location(condition, made("a", partitions_def=LETTERS))
    job = defs.get_job_def("nightly")

    with DagsterInstance.ephemeral() as instance:
        first = evaluate_automation_conditions(defs, instance, evaluation_time=NOON)
        tags = {"dagster/partition": "b"}
        going = instance.create_run_for_job(job, tags=tags, status=DagsterRunStatus.STARTED)
        second = evaluate_automation_conditions(defs, instance, evaluation_time=NOON, cursor=first.cursor)
        anew = evaluate_automation_conditions(defs, instance, evaluation_time=NOON)
        instance.report_run_canceled(going)
        third = evaluate_automation_conditions(defs, instance, evaluation_time=NOON, cursor=second.cursor)

    key = AssetJobKey("nightly")
    assert first.get_requested_partitions(key) == third.get_requested_partitions(key) == {"a", "b", "c"}
    assert second.get_requested_partitions(key) == anew.get_requested_partitions(key) == {"a", "c"}


def test_a_job_is_not_asked_for_while_its_run_goes_on() -> None:
    defs = location(ANY(of.missing()), made("a"))

    with DagsterInstance.ephemeral() as instance:
        first = tick(defs, instance, DEFAULT)
        instance.create_run_for_job(defs.get_job_def("nightly"), status=DagsterRunStatus.STARTED)
        second = tick(defs, instance, DEFAULT, first.cursor)

    assert len(first.run_requests or ()) == 1
    assert second.run_requests == []
    assert "job nightly" in (second.skip_message or "")


def test_a_root_that_a_condition_asks_for_in_the_same_tick_counts_wherever_it_stands() -> None:
    below = made("n", of.any_deps_match(of.will_be_requested()), ["m"])
    job = define_asset_job("nightly", selection=["n"], automation_condition=ANY(of.will_be_requested()))

    with DagsterInstance.ephemeral() as instance:
        result = evaluate_automation_conditions(Definitions([made("m", of.missing()), below], jobs=[job]), instance)

    assert [each.key for each in result.results] == [AssetKey("m"), AssetKey("n"), AssetJobKey("nightly")]
    assert result.get_num_requested(AssetJobKey("nightly")) == 1


# ---------------------------------------------------------------------- simulation


def test_a_simulated_job_is_run_and_its_runs_are_seen() -> None:
    days = DailyPartitionsDefinition("2026-10-20")
    defs = location(ANY(of.on_cron("0 3 * * *")) & ~of.in_progress(), made("a", partitions_def=days))

    found = simulate(defs, "2026-10-24", "2026-10-26")

    assert [(each.job_name, each.partition) for each in found.runs] == [
        ("nightly", "2026-10-23"),
        ("nightly", "2026-10-24"),
    ]
    assert {(each.kind, each.name) for each in found.runs} == {("condition", "job nightly")}


def test_the_default_condition_is_that_of_checks_too() -> None:
    @asset_check(asset="a")
    def fine() -> AssetCheckResult:
        return AssetCheckResult(passed=True)

    sensor = AutomationConditionSensorDefinition(
        "soon", target=AssetSelection.all_asset_checks(), default_condition=of.missing()
    )
    defs = Definitions([made("a")], asset_checks=[fine], sensors=[sensor])

    with DagsterInstance.ephemeral() as instance:
        (request,) = list(tick(defs, instance, "soon").run_requests or ())

    assert [each.to_user_string() for each in request.asset_check_keys or ()] == ["a:fine"]
