"""Dynamic partitions under a name that nothing uses: said in the tick's log."""

from __future__ import annotations

from typing import Any

import pytest

from watchbell import (
    AddDynamicPartitionsRequest,
    DagsterInstance,
    Definitions,
    DeleteDynamicPartitionsRequest,
    DynamicPartitionsDefinition,
    MultiPartitionsDefinition,
    SensorResult,
    StaticPartitionsDefinition,
    asset,
    job,
    op,
    sensor,
)
from watchbell.host.evaluate import Evaluator
from watchbell.record.evaluation import Answer, Evaluation, Outcome
from watchbell.record.tick import AutomationKind


@asset(partitions_def=DynamicPartitionsDefinition(name="tenants"))
def of_tenant() -> None: ...


@asset(
    partitions_def=MultiPartitionsDefinition(
        {"city": DynamicPartitionsDefinition(name="cities"), "kind": StaticPartitionsDefinition(["a"])}
    )
)
def of_city() -> None: ...


@op
def work() -> None: ...


@job(partitions_def=DynamicPartitionsDefinition(name="regions"))
def by_region() -> None:
    work()


@job
def plain() -> None:
    work()


def answer_to(requests: list[Any], assets: list[Any]) -> Answer:
    @sensor(job=plain)
    def asking(context: Any) -> SensorResult:
        context.log.info("looked")
        return SensorResult(dynamic_partitions_requests=requests)

    repository = Definitions(assets=assets, jobs=[plain, by_region], sensors=[asking]).get_repository_def()
    with DagsterInstance.ephemeral() as instance:
        evaluator = Evaluator(repository, "unused", instance=instance)
        return evaluator.evaluate(Evaluation(1, AutomationKind.SENSOR, "asking"))


def test_a_name_that_nothing_uses_is_a_warning_with_the_nearest_and_the_keys_are_stored_all_the_same() -> None:
    requests = [
        AddDynamicPartitionsRequest("tenant", ["acme"]),
        DeleteDynamicPartitionsRequest("tenant", ["zenith"]),
        AddDynamicPartitionsRequest("tenants", ["acme"]),
    ]

    answer = answer_to(requests, [of_tenant, of_city])

    assert Outcome.ANSWERED is answer.outcome
    assert requests == list(answer.dynamic_partitions_requests)
    assert [line.message for line in answer.log][:-1] == ["looked"]
    warning = answer.log[-1]
    assert "sensor 'asking' changes the dynamic partitions 'tenant', by which no asset" in warning.message
    assert "did you mean 'tenants'?" in warning.message


@pytest.mark.parametrize("name", ["tenants", "cities", "regions"])
def test_names_of_assets_dimensions_and_jobs_are_known(name: str) -> None:
    answer = answer_to([AddDynamicPartitionsRequest(name, ["acme"])], [of_tenant, of_city])

    assert [line.message for line in answer.log] == ["looked"]
