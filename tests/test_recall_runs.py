"""What an instance tells of its runs: steps, tags, families, orders."""

from collections.abc import Iterator
from typing import Any

import pytest

from watchbell import (
    AssetKey,
    AssetMaterialization,
    AssetObservation,
    DagsterEventType,
    DagsterInstance,
    DagsterRunStatus,
    RetryPolicy,
    asset,
    job,
    materialize,
    op,
)


class Named:
    def __init__(self, name: str = "etl") -> None:
        self.name = name


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as opened:
        yield opened


def test_each_step_that_began_has_its_numbers(instance: DagsterInstance) -> None:
    @op(retry_policy=RetryPolicy(max_retries=1))
    def breaks() -> int:
        raise ValueError("boo")

    @op
    def after(value: int) -> None: ...

    @op
    def fine() -> None: ...

    @job
    def mixed() -> None:
        after(breaks())
        fine()

    run_id = mixed.execute_in_process(instance=instance, raise_on_error=False).run_id

    found = {each.step_key: each for each in instance.get_run_step_stats(run_id)}
    assert {key: (each.status and each.status.value, each.attempts) for key, each in found.items()} == {
        "breaks": ("FAILURE", 2),
        "fine": ("SUCCESS", 1),
    }
    first, second = found["breaks"].attempts_list
    assert first.start_time is not None
    assert second.end_time == found["breaks"].end_time
    assert found["breaks"].start_time == first.start_time
    assert [each.step_key for each in instance.get_run_step_stats(run_id, ["fine"])] == ["fine"]


def test_a_step_knows_what_it_made(instance: DagsterInstance) -> None:
    @asset
    def orders() -> int:
        return 1

    result = materialize([orders], instance=instance)

    (stats,) = instance.get_run_step_stats(result.run_id)
    assert [entry.asset_key for entry in stats.materialization_events] == [orders.key]
    assert instance.get_asset_keys_for_run(result.run_id) == {orders.key}
    assert instance.get_asset_keys_for_run(result.run_id, DagsterEventType.ASSET_OBSERVATION) == set()


def test_tags_of_runs_are_listed(instance: DagsterInstance) -> None:
    for tags in ({"team": "a", "x": "1"}, {"team": "b"}, {"team": "a"}):
        instance.create_run_for_job(Named(), tags=tags)

    assert instance.get_run_tag_keys() == ["team", "x"]
    assert instance.get_run_tags(["team", "x"]) == [("team", {"a", "b"}), ("x", {"1"})]
    assert instance.get_run_tags(["team"], value_prefix="b") == [("team", {"b"})]
    assert instance.get_run_tags(["team", "x"], limit=1) == [("team", {"a"})]


def test_a_run_and_those_that_execute_it_again_are_a_group(instance: DagsterInstance) -> None:
    first = instance.create_run_for_job(Named())
    again = instance.create_run_for_job(Named(), parent_run_id=first.run_id, root_run_id=first.run_id)
    instance.create_run_for_job(Named())

    for run in (first, again):
        root, runs = instance.get_run_group(run.run_id) or ("", [])
        assert (root, [each.run_id for each in runs]) == (first.run_id, [first.run_id, again.run_id])
    assert instance.get_run_group("nope") is None


@pytest.mark.parametrize("order_by", ["id", "create_timestamp", "start_time", "end_time", "update_timestamp"])
def test_runs_come_in_the_order_that_is_asked_for(order_by: str, instance: DagsterInstance) -> None:
    @op
    def one() -> None: ...

    @job
    def fine() -> None:
        one()

    ids = [fine.execute_in_process(instance=instance).run_id for _ in range(3)]

    def found(**arguments: Any) -> list[str]:
        return [each.dagster_run.run_id for each in instance.get_run_records(order_by=order_by, **arguments)]

    assert found(ascending=True) == ids
    assert found() == ids[::-1]
    assert found(limit=1, cursor=ids[2]) == [ids[1]]


def test_plans_to_make_an_asset_are_fetched(instance: DagsterInstance) -> None:
    @asset
    def orders() -> int:
        return 1

    materialize([orders], instance=instance)

    (record,) = instance.fetch_planned_materializations(orders.key, limit=5).records
    assert record.asset_key == orders.key


def test_code_versions_of_the_newest_materializations(instance: DagsterInstance) -> None:
    instance.report_runless_asset_event(AssetMaterialization("a", tags={"dagster/code_version": "7"}))
    instance.report_runless_asset_event(AssetMaterialization("b"))
    a, b, c = AssetKey("a"), AssetKey("b"), AssetKey("c")

    assert instance.get_latest_materialization_code_versions([a, b, c]) == {a: "7", b: None, c: None}


def test_the_newest_record_of_a_data_version(instance: DagsterInstance) -> None:
    key = AssetKey("a")
    instance.report_runless_asset_event(AssetObservation(key))
    seen = instance.get_latest_data_version_record(key)
    instance.report_runless_asset_event(AssetMaterialization(key, partition="p"))
    made = instance.get_latest_data_version_record(key)

    assert seen is not None
    assert made is not None
    assert (seen.event_log_entry.asset_observation is not None, made.asset_materialization is not None) == (True, True)
    assert instance.get_latest_data_version_record(key, is_source=True) == seen
    assert instance.get_latest_data_version_record(key, is_source=False, partition_key="q") is None
    assert instance.get_latest_data_version_record(key, is_source=False, before_cursor=made.storage_id) is None
    assert instance.get_latest_data_version_record(AssetKey("z")) is None


def test_all_keys_are_sorted(instance: DagsterInstance) -> None:
    for name in ("b", "a"):
        instance.report_runless_asset_event(AssetMaterialization(name))

    assert instance.all_asset_keys() == [AssetKey("a"), AssetKey("b")]


def test_a_run_that_was_never_started_has_no_steps(instance: DagsterInstance) -> None:
    run = instance.create_run_for_job(Named(), status=DagsterRunStatus.FAILURE)

    assert instance.get_run_step_stats(run.run_id) == []
