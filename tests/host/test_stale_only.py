"""Requests for stale assets only: what is left of them at the tick."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from watchbell import (
    AssetKey,
    AssetSelection,
    DagsterInstance,
    Definitions,
    DynamicPartitionsDefinition,
    RunRequest,
    SensorResult,
    StaticPartitionsDefinition,
    asset,
    build_schedule_context,
    build_sensor_context,
    define_asset_job,
    job,
    materialize,
    op,
    schedule,
    sensor,
)
from watchbell.host.evaluate import NOTHING_STALE, Evaluator
from watchbell.record.evaluation import Answer, Evaluation
from watchbell.record.tick import AutomationKind

LETTERS = StaticPartitionsDefinition(["x", "y", "z"])
TENANTS = DynamicPartitionsDefinition(name="tenants")
A, B, C = AssetKey("a"), AssetKey("b"), AssetKey("c")


@asset(code_version="1")
def a() -> int:
    return 1


@asset(code_version="1", deps=[a])
def b() -> int:
    return 1


@asset(code_version="1", deps=[b])
def c() -> int:
    return 1


@asset(partitions_def=LETTERS)
def lettered() -> int:
    return 1


@asset(partitions_def=TENANTS)
def of_tenant() -> int:
    return 1


@op
def work() -> None:
    """Does nothing."""


@job
def plain() -> None:
    work()


all_of_it = define_asset_job("all_of_it", selection=[a, b, c])
by_letter = define_asset_job("by_letter", selection=[lettered])
by_tenant = define_asset_job("by_tenant", selection=[of_tenant])


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as made:
        yield made


def answer_to(instance: DagsterInstance, result: Any, started: Any = all_of_it) -> Answer:
    """What the host answers for a sensor whose function returns this."""

    @sensor(job=started)
    def asking() -> Any:
        return result

    return answered(instance, asking)


def answered(instance: DagsterInstance, automation: Any) -> Answer:
    is_schedule = hasattr(automation, "cron_schedule")
    kind = AutomationKind.SCHEDULE if is_schedule else AutomationKind.SENSOR
    definitions = Definitions(
        assets=[a, b, c, lettered, of_tenant],
        jobs=[all_of_it, by_letter, by_tenant, plain],
        schedules=[automation] if is_schedule else [],
        sensors=[] if is_schedule else [automation],
    )
    evaluator = Evaluator(definitions.get_repository_def(), "unused", instance=instance)
    return evaluator.evaluate(Evaluation(1, kind, automation.name, scheduled_at=datetime(2024, 1, 1, tzinfo=UTC)))


def assets_of(answer: Answer) -> list[list[AssetKey]]:
    assert answer.error is None, answer.error.to_string()
    assert [each.stale_assets_only for each in answer.run_requests] == [False] * len(answer.run_requests)
    return [list(each.asset_selection or ()) for each in answer.run_requests]


def test_the_run_is_for_the_stale_ones_of_those_that_were_named(instance: DagsterInstance) -> None:
    materialize([a], instance=instance)

    answer = answer_to(instance, RunRequest("k", asset_selection=[A, B], stale_assets_only=True))

    assert assets_of(answer) == [[B]]
    assert (answer.run_requests[0].run_key, answer.skip_message) == ("k", None)


def test_without_a_selection_all_assets_of_the_job_are_looked_at(instance: DagsterInstance) -> None:
    materialize([a], instance=instance)

    answer = answer_to(instance, RunRequest(stale_assets_only=True))

    assert assets_of(answer) == [[B, C]]


def test_the_assets_of_a_sensor_of_assets_are_looked_at(instance: DagsterInstance) -> None:
    @sensor(asset_selection=AssetSelection.assets("a", "c"))
    def asking() -> RunRequest:
        return RunRequest(stale_assets_only=True)

    materialize([a], instance=instance)

    assert assets_of(answered(instance, asking)) == [[C]]


def test_a_schedule_may_ask_so_too(instance: DagsterInstance) -> None:
    @schedule(job=all_of_it, cron_schedule="@daily")
    def asking() -> RunRequest:
        return RunRequest(asset_selection=[A, B], stale_assets_only=True)

    materialize([b], instance=instance)

    assert assets_of(answered(instance, asking)) == [[A]]


def test_nothing_stale_is_a_skipped_tick_that_says_so_and_takes_no_run_key(instance: DagsterInstance) -> None:
    @schedule(job=all_of_it, cron_schedule="@daily")
    def asking() -> RunRequest:
        return RunRequest("k", asset_selection=[A], stale_assets_only=True)

    materialize([a], instance=instance)
    answers = [
        answered(instance, asking),
        answer_to(instance, RunRequest("k", asset_selection=[A], stale_assets_only=True)),
    ]

    assert [(each.run_requests, each.skip_message) for each in answers] == [((), NOTHING_STALE)] * 2


def test_of_several_requests_those_with_something_stale_are_left(instance: DagsterInstance) -> None:
    materialize([a], instance=instance)
    wanted = [
        RunRequest("one", asset_selection=[A], stale_assets_only=True),
        RunRequest("two", asset_selection=[C], stale_assets_only=True),
        RunRequest("three", asset_selection=[A]),
    ]

    answer = answer_to(instance, wanted)

    assert [each.run_key for each in answer.run_requests] == ["two", "three"]
    assert assets_of(answer) == [[C], [A]]


def test_a_job_without_assets_has_nothing_stale(instance: DagsterInstance) -> None:
    answer = answer_to(instance, RunRequest(stale_assets_only=True), plain)

    assert (answer.run_requests, answer.skip_message) == ((), NOTHING_STALE)


def test_new_code_makes_an_asset_stale(instance: DagsterInstance) -> None:
    @asset(name="a", code_version="2")
    def newer() -> int:
        return 2

    @sensor(asset_selection=AssetSelection.assets("a"))
    def asking() -> RunRequest:
        return RunRequest(stale_assets_only=True)

    materialize([a], instance=instance)
    repository = Definitions(assets=[newer], sensors=[asking]).get_repository_def()
    answer = Evaluator(repository, "unused", instance=instance).evaluate(Evaluation(1, AutomationKind.SENSOR, "asking"))

    assert assets_of(answer) == [[A]]


@pytest.mark.parametrize(("letter", "is_asked_for"), [("x", False), ("y", True)])
def test_of_a_partition_its_own_state_counts(instance: DagsterInstance, letter: str, is_asked_for: bool) -> None:
    materialize([lettered], instance=instance, partition_key="x")

    answer = answer_to(instance, RunRequest(partition_key=letter, stale_assets_only=True), by_letter)

    assert ([[AssetKey("lettered")]] if is_asked_for else []) == assets_of(answer)


@pytest.mark.parametrize(("made", "is_asked_for"), [(["x", "y"], False), (["x"], True)])
def test_of_a_range_one_stale_partition_is_enough(
    instance: DagsterInstance, made: list[str], is_asked_for: bool
) -> None:
    for letter in made:
        materialize([lettered], instance=instance, partition_key=letter)
    tags = {"dagster/asset_partition_range_start": "x", "dagster/asset_partition_range_end": "y"}

    answer = answer_to(instance, RunRequest(tags=tags, stale_assets_only=True), by_letter)

    assert ([[AssetKey("lettered")]] if is_asked_for else []) == assets_of(answer)


def test_a_partition_that_the_same_tick_adds_is_to_be_made(instance: DagsterInstance) -> None:
    result = SensorResult(
        [RunRequest(partition_key="acme", stale_assets_only=True)],
        dynamic_partitions_requests=[TENANTS.build_add_request(["acme"])],
    )

    assert [[AssetKey("of_tenant")]] == assets_of(answer_to(instance, result, by_tenant))


def test_a_test_sees_the_request_as_it_was_made(instance: DagsterInstance) -> None:
    """As in Dagster: what is stale is looked up where a run would come of it."""

    @sensor(job=all_of_it)
    def asking() -> RunRequest:
        return RunRequest(asset_selection=[A], stale_assets_only=True)

    @schedule(job=all_of_it, cron_schedule="@daily")
    def asking_daily() -> RunRequest:
        return RunRequest(asset_selection=[A], stale_assets_only=True)

    materialize([a], instance=instance)
    found = [
        asking.evaluate_tick(build_sensor_context(instance=instance)),
        asking_daily.evaluate_tick(build_schedule_context(instance=instance)),
    ]

    assert [(each.run_requests[0].asset_selection, each.run_requests[0].stale_assets_only) for each in found] == [
        ([A], True)
    ] * 2
