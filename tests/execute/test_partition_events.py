"""What runs for partitions write down, and what the store knows of it afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from watchbell.declare.assets.asset import asset
from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.assets.asset_job import define_asset_job
from watchbell.declare.assets.selection import AssetSelection
from watchbell.declare.assets.source_asset import SourceAsset
from watchbell.declare.checks.asset_check import asset_check
from watchbell.declare.checks.asset_check_spec import AssetCheckResult
from watchbell.declare.graphs.result import MaterializeResult
from watchbell.declare.partitions.dynamic import DynamicPartitionsDefinition
from watchbell.declare.partitions.multi import MultiPartitionsDefinition
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.execute.check_context import AssetCheckExecutionContext
from watchbell.execute.contexts import AssetExecutionContext
from watchbell.execute.job_execution import ReexecutionOptions, execute_job
from watchbell.execute.materialize import materialize_to_memory
from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.instance import DagsterInstance
from watchbell.record.data_version import DataVersion
from watchbell.record.event import DagsterEventType
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetMaterialization, AssetObservation
from watchbell.record.ordinal_set import OrdinalSet

LETTERS = StaticPartitionsDefinition(["a", "b", "c", "d"])
SIZES = StaticPartitionsDefinition(["big", "small"])
GRID = MultiPartitionsDefinition({"letter": LETTERS, "size": SIZES})
USED = "dagster/input_data_version/"


def span(first: str, last: str) -> dict[str, str]:
    return {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}


@asset(partitions_def=LETTERS)
def source() -> MaterializeResult[None]:
    return MaterializeResult()


@asset(partitions_def=LETTERS, deps=[source])
def made(context: AssetExecutionContext) -> MaterializeResult[None]:
    context.add_asset_metadata({"of": "all"})
    context.add_asset_metadata({"of": "last"}, partition_key=context.partition_keys[-1])
    return MaterializeResult()


@asset(deps=[made])
def whole() -> None: ...


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as found:
        yield found


def data_of(instance: DagsterInstance, kind: DagsterEventType, run_id: str | None = None) -> list[Any]:
    """What the events of a kind carry, of the newest run."""
    run_id = instance.get_runs(limit=1)[0].run_id if run_id is None else run_id
    return [each.get_dagster_event().event_specific_data for each in instance.all_logs(run_id, kind)]


def materializations(instance: DagsterInstance) -> list[Any]:
    return data_of(instance, DagsterEventType.ASSET_MATERIALIZATION)


def test_a_run_for_one_partition_plans_its_number(instance: DagsterInstance) -> None:
    materialize_to_memory([source, whole, made], selection=[source], partition_key="c", instance=instance)
    planned = data_of(instance, DagsterEventType.ASSET_MATERIALIZATION_PLANNED)

    assert [(each.partition, each.numbering, each.partitions) for each in planned] == [("c", LETTERS.numbering, 2)]


def test_a_run_for_a_range_plans_the_whole_set_in_one_event(instance: DagsterInstance) -> None:
    materialize_to_memory([source], tags=span("b", "d"), instance=instance)
    (planned,) = data_of(instance, DagsterEventType.ASSET_MATERIALIZATION_PLANNED)

    assert planned.partition is None
    assert OrdinalSet.from_text(planned.partitions) == OrdinalSet([1, 2, 3])


def test_every_partition_of_a_range_is_a_materialization_with_its_number(instance: DagsterInstance) -> None:
    materialize_to_memory([source], tags=span("b", "d"), instance=instance)

    assert [(each.materialization.partition, each.ordinal) for each in materializations(instance)] == [
        ("b", 1),
        ("c", 2),
        ("d", 3),
    ]
    assert instance.get_materialized_partitions(AssetKey("source")) == {"b", "c", "d"}


def test_what_is_said_of_one_partition_is_said_of_it_alone(instance: DagsterInstance) -> None:
    materialize_to_memory([source, made], selection=[made], tags=span("a", "b"), instance=instance)
    found = [each.materialization for each in materializations(instance)]

    assert [(each.partition, each.metadata["of"].value) for each in found] == [("a", "all"), ("b", "last")]


def test_assets_without_partitions_have_none_in_a_run_for_one(instance: DagsterInstance) -> None:
    materialize_to_memory([source, made, whole], partition_key="a", instance=instance)
    found = {each.materialization.label: each for each in materializations(instance)}

    assert (found["whole"].materialization.partition, found["whole"].ordinal) == (None, None)
    assert (found["made"].materialization.partition, found["made"].ordinal) == ("a", 0)


def test_the_dimensions_of_a_partition_are_tags_of_its_materialization(instance: DagsterInstance) -> None:
    @asset(partitions_def=GRID)
    def cell() -> None: ...

    materialize_to_memory([cell], partition_key="b|small", instance=instance)
    (found,) = materializations(instance)

    assert found.materialization.partition == "b|small"
    assert {tag: value for tag, value in found.materialization.tags.items() if "partition" in tag} == {
        "dagster/partition/letter": "b",
        "dagster/partition/size": "small",
    }


def test_partitions_that_code_logs_itself_get_their_numbers(instance: DagsterInstance) -> None:
    @asset(partitions_def=LETTERS)
    def logs(context: AssetExecutionContext) -> None:
        context.log_event(AssetMaterialization("logs", partition="d"))
        context.log_event(AssetMaterialization("logs", partition="unheard of"))
        context.log_event(AssetMaterialization("other", partition="d"))
        context.log_event(AssetObservation("logs", partition="c"))

    materialize_to_memory([logs], partition_key="a", instance=instance)
    (seen,) = data_of(instance, DagsterEventType.ASSET_OBSERVATION)

    assert [each.ordinal for each in materializations(instance)] == [3, None, None, 0]
    assert seen.ordinal == 2


# ------------------------------------------------------------------- origins


def used_by_partition(instance: DagsterInstance, dep: str) -> dict[str | None, str]:
    found = [each.materialization for each in materializations(instance)]
    return {each.partition: each.tags[USED + dep] for each in found if USED + dep in each.tags}


def test_each_partition_is_told_the_version_of_the_one_it_is_made_from(instance: DagsterInstance) -> None:
    def versioned(context: AssetExecutionContext) -> MaterializeResult[None]:
        return MaterializeResult(data_version=DataVersion(f"v-{context.partition_key}"))

    up = asset(versioned, name="source", partitions_def=LETTERS)
    for key in ("a", "c"):
        materialize_to_memory([up], partition_key=key, instance=instance)
    materialize_to_memory([up, made], selection=[made], tags=span("a", "c"), instance=instance)

    assert used_by_partition(instance, "source") == {"a": "v-a", "b": "INITIAL", "c": "v-c"}


def test_versions_that_the_same_run_makes_are_known_to_its_later_steps(instance: DagsterInstance) -> None:
    materialize_to_memory([source, made], tags=span("a", "b"), instance=instance)
    found = [each.materialization for each in materializations(instance)]
    versions = {each.partition: each.data_version for each in found if each.label == "source"}

    assert used_by_partition(instance, "source") == versions


def test_an_asset_made_from_several_partitions_changes_with_each(instance: DagsterInstance) -> None:
    def run_whole() -> str:
        materialize_to_memory([source, made, whole], selection=[whole], instance=instance)
        return used_by_partition(instance, "made")[None]

    materialize_to_memory([source, made], partition_key="a", instance=instance)
    materialize_to_memory([source, made], partition_key="b", instance=instance)
    first, same = run_whole(), run_whole()
    materialize_to_memory([source, made], partition_key="b", instance=instance)

    assert (same == first, run_whole() == first) == (True, False)


# ------------------------------------------------------------- other processes


def test_partitions_are_kept_through_step_processes_and_a_second_try(tmp_path: Any) -> None:
    names = DynamicPartitionsDefinition(name="names")
    switch = tmp_path / "works"

    @asset(partitions_def=names)
    def first(context: AssetExecutionContext) -> dict[str, int]:
        return dict.fromkeys(context.partition_keys, 1)

    @asset(partitions_def=names)
    def second(context: AssetExecutionContext, first: dict[str, int]) -> dict[str, int]:
        assert switch.exists()
        return {key: first[key] + 1 for key in context.asset_partition_keys_for_input("first")}

    job = define_asset_job("both").resolve(AssetGraph.of([first, second]))
    with DagsterInstance.local_temp() as instance:
        instance.add_dynamic_partitions("names", ["x", "y", "z"])
        failed = execute_job(job, instance, tags=span("x", "y"))
        missing = instance.get_materialized_partitions(AssetKey("second"))
        switch.touch()
        again = execute_job(job, instance, reexecution_options=ReexecutionOptions.from_failure(failed.run_id, instance))
        done = instance.get_materialized_partitions(AssetKey("second"))

    assert (failed.success, missing) == (False, set())
    assert (again.success, done) == (True, {"x", "y"})


# -------------------------------------------------------------------- checks


def test_a_check_of_single_partitions_says_which_one_it_looked_at(instance: DagsterInstance) -> None:
    @asset_check(asset=source, partitions_def=LETTERS)
    def of_one() -> AssetCheckResult:
        return AssetCheckResult(passed=True)

    @asset_check(asset=source)
    def of_all() -> AssetCheckResult:
        return AssetCheckResult(passed=True)

    materialize_to_memory([source, of_one, of_all], partition_key="c", instance=instance)
    found = data_of(instance, DagsterEventType.ASSET_CHECK_EVALUATION)
    planned = data_of(instance, DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED)

    assert {each.check_name: each.partition for each in found} == {"of_one": "c", "of_all": None}
    assert {each.check_name: each.partition for each in planned} == {"of_one": "c", "of_all": None}


def test_a_partition_of_what_does_not_exist_upstream_is_named(instance: DagsterInstance) -> None:
    few = SourceAsset("few", partitions_def=StaticPartitionsDefinition(["a"]))

    @asset(partitions_def=LETTERS)
    def needs(few: object) -> None: ...

    with pytest.raises(DagsterInvariantViolationError, match="partitions of the asset 'few' that do not exist: 'b'"):
        materialize_to_memory([few, needs], partition_key="b", instance=instance)


def test_a_check_alone_knows_the_dimensions_of_its_partition(instance: DagsterInstance) -> None:
    @asset(partitions_def=GRID)
    def cell() -> None: ...

    seen = []

    @asset_check(asset=cell, partitions_def=GRID)
    def looks(context: AssetCheckExecutionContext) -> AssetCheckResult:
        seen.append(context.multi_partition_key.keys_by_dimension)
        return AssetCheckResult(passed=True)

    tags = {"dagster/partition": "b|small"}
    materialize_to_memory([cell, looks], selection=AssetSelection.checks(looks), tags=tags, instance=instance)

    assert seen == [{"letter": "b", "size": "small"}]
