"""Ready-made checks of freshness, and the sensor that evaluates them in time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from watchbell import (
    AssetCheckKey,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetKey,
    AssetMaterialization,
    AssetObservation,
    AssetSelection,
    AssetSpec,
    DagsterInstance,
    DagsterInvalidSubsetError,
    Definitions,
    MetadataValue,
    RunRequest,
    SkipReason,
    asset,
    asset_check,
    build_last_update_freshness_checks,
    build_sensor_context,
    build_sensor_for_freshness_checks,
    materialize,
)
from watchbell.ground.clock import ManualClock
from watchbell.ground.errors import ParameterCheckError

HOURS = timedelta(hours=1)
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
KEY = AssetCheckKey("orders", "freshness_check")


@asset
def orders() -> int:
    return 1


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
def instance(clock: ManualClock) -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as opened:
        opened.clock = clock
        yield opened


def looked(instance: DagsterInstance, checks: Any) -> list[tuple[bool, str | None]]:
    result = materialize([orders, *checks], selection=AssetSelection.all_asset_checks(), instance=instance)
    return [(each.passed, each.description) for each in result.get_asset_check_evaluations()]


def test_an_asset_passes_while_its_last_update_is_recent(instance: DagsterInstance, clock: ManualClock) -> None:
    checks = build_last_update_freshness_checks(assets=[orders], lower_bound_delta=2 * HOURS)
    never = looked(instance, checks)
    instance.report_runless_asset_event(AssetMaterialization("orders"))
    clock.advance(7_200)
    recent = looked(instance, checks)
    clock.advance(1)
    old = looked(instance, checks)

    assert [each[0][0] for each in (never, recent, old)] == [False, True, False]
    assert never[0][1] == "Asset has never been observed/materialized."
    assert "2 hours ago" in str(recent[0][1])
    assert "2 hours, 1 second ago" in str(old[0][1])


def test_with_deadlines_an_update_counts_from_shortly_before(instance: DagsterInstance, clock: ManualClock) -> None:
    checks = build_last_update_freshness_checks(
        assets=["orders"], lower_bound_delta=HOURS, deadline_cron="0 14 * * *", severity=AssetCheckSeverity.ERROR
    )
    instance.report_runless_asset_event(AssetMaterialization("orders"))
    before = looked(instance, checks)[0][0]
    clock.advance(2 * 3_600)

    assert before is True, "made after yesterday's deadline"
    assert looked(instance, checks)[0][0] is False, "made more than an hour before today's"


def test_an_observation_may_say_when_the_data_was_updated(instance: DagsterInstance) -> None:
    checks = build_last_update_freshness_checks(assets=[AssetSpec("orders")], lower_bound_delta=HOURS)
    old = MetadataValue.timestamp((NOON - 3 * HOURS).timestamp())
    instance.report_runless_asset_event(AssetObservation("orders", metadata={"dagster/last_updated_timestamp": old}))
    result = materialize([AssetSpec("orders"), *checks], instance=instance)

    assert [each.passed for each in result.get_asset_check_evaluations()] == [False]


def test_one_definition_checks_many_assets_one_by_one() -> None:
    (checks,) = build_last_update_freshness_checks(assets=["a", AssetKey(["b", "c"])], lower_bound_delta=HOURS)

    assert {key.to_user_string() for key in checks.check_keys} == {"a:freshness_check", "b/c:freshness_check"}
    assert checks.can_subset


def test_definitions_of_different_facts_have_steps_of_different_names() -> None:
    (one,) = build_last_update_freshness_checks(assets=["a"], lower_bound_delta=HOURS)
    (other,) = build_last_update_freshness_checks(assets=["a"], lower_bound_delta=2 * HOURS)

    assert one.op.name != other.op.name


def test_mistakes_are_refused() -> None:
    with pytest.raises(ParameterCheckError, match="twice"):
        build_last_update_freshness_checks(assets=["a", "a"], lower_bound_delta=HOURS)
    with pytest.raises(ParameterCheckError, match="lower_bound_delta"):
        build_last_update_freshness_checks(assets=["a"], lower_bound_delta=3)  # type: ignore[arg-type]
    with pytest.raises(ParameterCheckError, match="no check"):
        build_sensor_for_freshness_checks(freshness_checks=[])


def test_the_sensor_asks_when_what_was_said_may_not_hold_any_more(
    instance: DagsterInstance, clock: ManualClock
) -> None:
    checks = build_last_update_freshness_checks(assets=[orders], lower_bound_delta=HOURS)
    sensor = build_sensor_for_freshness_checks(freshness_checks=checks, name="watch", minimum_interval_seconds=60)

    def asked() -> bool:
        answer = sensor(build_sensor_context(instance=instance))
        assert isinstance(answer, RunRequest | SkipReason)
        return isinstance(answer, RunRequest)

    never_evaluated = asked()
    looked(instance, checks)
    known_to_be_bad = asked()
    clock.advance(1)
    instance.report_runless_asset_event(AssetMaterialization("orders"))
    made_since = asked()
    looked(instance, checks)
    known_to_be_good = asked()
    clock.advance(3_600)
    run_out = asked()

    assert (never_evaluated, made_since, run_out) == (True, True, True)
    assert (known_to_be_bad, known_to_be_good) == (False, False)


def test_a_request_for_checks_becomes_a_run_of_these_alone() -> None:
    checks = build_last_update_freshness_checks(assets=[orders], lower_bound_delta=HOURS)
    sensor = build_sensor_for_freshness_checks(freshness_checks=checks)
    repository = Definitions(assets=[orders], asset_checks=checks, sensors=[sensor]).get_repository_def()
    request = repository.resolve_request(sensor, RunRequest(asset_check_keys=[KEY]))
    job = repository.get_job(str(request.job_name)).get_subset(
        asset_selection=request.asset_selection, asset_check_selection=request.asset_check_keys
    )

    assert list(job.graph.flat.order) == [checks[0].op.name]


def test_a_request_for_an_unknown_check_is_refused() -> None:
    @asset_check(asset=orders)
    def fine() -> AssetCheckResult:
        return AssetCheckResult(passed=True)

    sensor = build_sensor_for_freshness_checks(
        freshness_checks=build_last_update_freshness_checks(assets=[orders], lower_bound_delta=HOURS)
    )
    repository = Definitions(assets=[orders], asset_checks=[fine], sensors=[sensor]).get_repository_def()

    with pytest.raises(DagsterInvalidSubsetError, match="orders:freshness_check"):
        repository.resolve_request(sensor, RunRequest(asset_check_keys=[KEY]))
