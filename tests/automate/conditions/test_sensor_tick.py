"""Condition sensors evaluated by themselves: their cursor holds all they remember."""

from __future__ import annotations

import pytest

from tests.simulation.condition_world import made
from watchbell import (
    AssetKey,
    AssetMaterialization,
    AutomationCondition,
    AutomationConditionSensorDefinition,
    DagsterInstance,
    DagsterInvariantViolationError,
    Definitions,
    RepositoryDefinition,
    StaticPartitionsDefinition,
    build_sensor_context,
)
from watchbell.declare.automation.sensor_answer import SensorExecutionData

SENSOR = AutomationConditionSensorDefinition("soon", target="*", run_tags={"team": "x"})
CHAIN = Definitions(
    assets=[
        made("root"),
        made("a", AutomationCondition.eager(), ["root"]),
        made("b", AutomationCondition.eager(), ["a"]),
    ],
    sensors=[SENSOR],
).get_repository_def()


def tick(instance: DagsterInstance, repository: RepositoryDefinition, cursor: str | None) -> SensorExecutionData:
    sensor = repository.get_sensor_def("soon")
    return sensor.evaluate_tick(build_sensor_context(instance=instance, repository_def=repository, cursor=cursor))


def test_the_cursor_remembers_what_was_seen() -> None:
    with DagsterInstance.ephemeral() as instance:
        first = tick(instance, CHAIN, None)
        instance.report_runless_asset_event(AssetMaterialization("root"))
        second = tick(instance, CHAIN, first.cursor)
        third = tick(instance, CHAIN, second.cursor)

    assert [] == first.run_requests == third.run_requests
    assert first.skip_message == "no condition asks for a run; noted by the conditions of a, b"
    assert [line.message for line in second.log] == ["asks for a, b"]
    (request,) = second.run_requests
    assert request.asset_selection == [AssetKey("a"), AssetKey("b")]
    assert request.tags["team"] == "x"


def test_another_cursor_is_as_none() -> None:
    with DagsterInstance.ephemeral() as instance:
        assert tick(instance, CHAIN, "eJz").run_requests == []


def test_partitions_are_asked_for_by_key() -> None:
    letters = StaticPartitionsDefinition(["a", "b"])
    asset = made("one", AutomationCondition.missing(), partitions_def=letters)
    sensor = AutomationConditionSensorDefinition("soon", target="*")
    repository = Definitions(assets=[asset], sensors=[sensor]).get_repository_def()

    with DagsterInstance.ephemeral() as instance:
        instance.report_runless_asset_event(AssetMaterialization("one", partition="a"))
        found = tick(instance, repository, None)

    assert [request.partition_key for request in found.run_requests] == ["b"]


def test_its_definitions_have_to_be_given() -> None:
    with (
        DagsterInstance.ephemeral() as instance,
        pytest.raises(DagsterInvariantViolationError, match="repository_def="),
    ):
        SENSOR.evaluate_tick(build_sensor_context(instance=instance))
