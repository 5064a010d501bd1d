"""What needs run config is left out by name, and fails nothing else that a condition asks for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from watchbell import (
    AssetCheckResult,
    AssetKey,
    AssetMaterialization,
    AutomationCondition,
    Config,
    ConfigurableResource,
    DagsterInstance,
    Definitions,
    MaterializeResult,
    RepositoryDefinition,
    asset,
    asset_check,
    build_sensor_context,
    define_asset_job,
    graph_asset,
    multi_asset,
    op,
    simulate,
)
from watchbell.automate.conditions.run_config_needs import unrunnable_text
from watchbell.declare.assets.asset_out import AssetOut
from watchbell.declare.automation.sensor_answer import SensorExecutionData
from watchbell.record.asset_check_key import AssetCheckKey
from watchbell.record.asset_job_key import AssetJobKey

SENSOR = "default_automation_condition_sensor"
MISSING = AutomationCondition.missing()


class Wanted(Config):
    rows: int


class Given(Config):
    rows: int = 5


class Bucket(ConfigurableResource):
    name: str


class Archive(ConfigurableResource):
    bucket: Bucket


@asset(automation_condition=MISSING)
def needy(config: Wanted) -> None: ...


@asset(automation_condition=MISSING)
def fine(config: Given) -> None: ...


def repository(*assets: Any, **more: Any) -> RepositoryDefinition:
    return Definitions(assets=assets, **more).get_repository_def()


def ticked(instance: DagsterInstance, code: RepositoryDefinition, cursor: str | None = None) -> SensorExecutionData:
    context = build_sensor_context(instance=instance, repository_def=code, cursor=cursor)
    return code.get_sensor_def(SENSOR).evaluate_tick(context)


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as made:
        yield made


def asked(found: SensorExecutionData) -> list[str]:
    return [key.to_user_string() for run in found.run_requests for key in run.asset_selection or ()]


def test_the_others_run_and_the_tick_names_it(instance: DagsterInstance) -> None:
    found = ticked(instance, repository(needy, fine))

    assert asked(found) == ["fine"]
    assert found.log[0].message == (
        "needy is left out, the others are not: it needs run config (root:ops:needy:config: missing; expected "
        "{rows: Int}), which no condition can give, so it cannot be run by a condition; give its config defaults, or "
        "have it run by a schedule, a sensor or a job that gives the config"
    )


def test_what_is_made_from_it_waits_for_it(instance: DagsterInstance) -> None:
    @asset(deps=[needy], automation_condition=AutomationCondition.eager())
    def below() -> None: ...

    code = repository(needy, below)
    first = ticked(instance, code)
    instance.report_runless_asset_event(AssetMaterialization("needy"))  # by hand, with config
    second = ticked(instance, code, first.cursor)

    assert [asked(first), asked(second)] == [[], ["below"]]


def test_defaults_that_were_added_let_it_begin(instance: DagsterInstance) -> None:
    first = ticked(instance, repository(needy, fine))

    @asset(name="needy", automation_condition=MISSING)
    def mended(config: Given) -> None: ...

    assert "needy" in asked(ticked(instance, repository(mended, fine), first.cursor))


def test_resources_that_are_configured_when_a_run_begins_count(instance: DagsterInstance) -> None:
    @asset(automation_condition=MISSING)
    def stored(bucket: Bucket) -> None: ...

    @asset(automation_condition=MISSING)
    def archived(archive: Archive) -> None: ...

    bucket = Bucket.configure_at_launch()
    archive = Archive(bucket=bucket)  # type: ignore[arg-type]
    code = repository(stored, archived, fine, resources={"bucket": bucket, "archive": archive})
    ready = repository(stored, fine, resources={"bucket": Bucket(name="b")})

    assert asked(ticked(instance, code)) == ["fine"]
    assert sorted(asked(ticked(instance, ready))) == ["fine", "stored"]


def test_a_check_that_needs_config_does_not_fail_its_asset(instance: DagsterInstance) -> None:
    @asset_check(asset="fine")
    def deep(config: Wanted) -> AssetCheckResult:
        return AssetCheckResult(passed=True)

    @asset_check(asset="fine")
    def quick() -> AssetCheckResult:
        return AssetCheckResult(passed=True)

    found = ticked(instance, repository(fine, asset_checks=[deep, quick]))

    (request,) = found.run_requests
    assert request.asset_check_keys == [AssetCheckKey(AssetKey("fine"), "quick")]
    assert found.log[0].message.startswith(
        "check fine:deep is not executed in runs that conditions ask for: it needs run config (root:ops:fine_deep:"
    )


def test_a_check_with_a_condition_that_needs_config_is_named(instance: DagsterInstance) -> None:
    @asset_check(asset="fine", automation_condition=AutomationCondition.eager())
    def deep(config: Wanted) -> AssetCheckResult:
        return AssetCheckResult(passed=True)

    found = ticked(instance, repository(fine, asset_checks=[deep]))

    assert asked(found) == ["fine"]
    assert found.log[0].message.startswith("fine:deep is left out, the others are not: it needs run config")


def test_graphs_and_what_is_made_together_count(instance: DagsterInstance) -> None:
    @op
    def load(config: Wanted) -> int:
        return config.rows

    @graph_asset(automation_condition=MISSING)
    def drawn() -> int:
        return load()  # type: ignore[no-any-return]

    @multi_asset(outs={"left": AssetOut(automation_condition=MISSING), "right": AssetOut()})
    def both(config: Wanted) -> Iterator[MaterializeResult[Any]]:
        yield MaterializeResult("left")
        yield MaterializeResult("right")

    code = repository(drawn, both, fine)

    assert asked(ticked(instance, code)) == ["fine"]
    assert "root:ops:drawn:ops:load:config" in unrunnable_text(code, AssetKey("drawn"))
    assert unrunnable_text(code, AssetKey("fine")) == ""


@pytest.mark.parametrize(("config", "is_asked"), [(None, False), ({"ops": {"needy": {"config": {"rows": 2}}}}, True)])
def test_a_job_is_asked_for_if_it_has_the_config(instance: DagsterInstance, config: Any, is_asked: bool) -> None:
    @asset
    def needy(config: Wanted) -> None: ...

    condition = AutomationCondition.any_job_root_assets_match(MISSING)
    nightly = define_asset_job("nightly", [needy], config=config, automation_condition=condition)
    code = repository(needy, jobs=[nightly])

    assert bool(ticked(instance, code).run_requests) is is_asked
    assert bool(unrunnable_text(code, AssetJobKey("nightly"))) is not is_asked


def test_a_simulation_leaves_it_out_too() -> None:
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    found = simulate(Definitions(assets=[needy, fine]), begin, begin + timedelta(hours=1))

    assert [key.to_user_string() for run in found.runs for key in run.asset_keys] == ["fine"]
    assert [(each.kind, each.name) for each in found.left_out] == [("condition", "needy")]
