"""What a run writes down of the origin of its assets, and what follows from it later."""

from collections.abc import Iterator
from typing import Any

import pytest

from watchbell import (
    AssetExecutionContext,
    AssetKey,
    AssetMaterialization,
    AssetObservation,
    AssetsDefinition,
    AssetSelection,
    AssetSpec,
    DagsterInstance,
    DagsterInvariantViolationError,
    DataProvenance,
    DataVersion,
    Definitions,
    MaterializeResult,
    Output,
    asset,
    execute_job,
    materialize,
)
from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.assets.stale_rules import StaleStatus
from watchbell.execute.staleness import stale_states
from watchbell.ground.errors import ParameterCheckError
from watchbell.record.provenance import extract_data_provenance_from_entry, extract_data_version_from_entry

A, B, RAW = AssetKey("a"), AssetKey("b"), AssetKey("raw")


@asset(code_version="1", deps=["raw"])
def a() -> int:
    return 1


@asset
def b(a: int) -> int:
    return a + 1


def tags_of(instance: DagsterInstance, key: AssetKey) -> dict[str, str]:
    entry = instance.get_latest_materialization_event(key)
    assert entry is not None
    assert entry.asset_materialization is not None
    return dict(entry.asset_materialization.tags)


def provenance_of(instance: DagsterInstance, key: AssetKey) -> DataProvenance:
    entry = instance.get_latest_materialization_event(key)
    assert entry is not None
    found = extract_data_provenance_from_entry(entry)
    assert found is not None
    return found


def storage_id_of(instance: DagsterInstance, key: AssetKey) -> int | None:
    entry = instance.get_latest_materialization_event(key)
    return None if entry is None else entry.storage_id


def version_of(instance: DagsterInstance, key: AssetKey) -> DataVersion:
    entry = instance.get_latest_materialization_event(key)
    assert entry is not None
    found = extract_data_version_from_entry(entry)
    assert found is not None
    return found


def test_a_materialization_says_from_which_code_and_data_it_was_made() -> None:
    with DagsterInstance.ephemeral() as instance:
        result = materialize([a, b], instance=instance)

        made = provenance_of(instance, B)
        assert made.code_version == result.run_id
        assert made.input_data_versions == {A: version_of(instance, A)}
        assert made.input_storage_ids == {A: storage_id_of(instance, A)}
        assert provenance_of(instance, A) == DataProvenance("1", {RAW: DataVersion("INITIAL")}, {RAW: None}, False)


def test_what_an_earlier_run_made_is_pointed_to() -> None:
    with DagsterInstance.ephemeral() as instance:
        materialize([a, b], instance=instance)
        first = storage_id_of(instance, A)
        materialize([a, b], selection=[b], instance=instance)

        assert provenance_of(instance, B).input_storage_ids == {A: first}


def test_each_step_in_its_own_process_says_the_same() -> None:
    defs = Definitions(assets=[a, b])
    with DagsterInstance.local_temp() as instance:
        assert execute_job(defs.get_job_def("__ASSET_JOB"), instance).success

        assert provenance_of(instance, B).input_data_versions == {A: version_of(instance, A)}
        assert provenance_of(instance, B).input_storage_ids == {A: storage_id_of(instance, A)}


def test_what_becomes_newer_while_a_step_works_was_not_used_by_it() -> None:
    @asset(name="b", deps=[RAW])
    def slow(context: AssetExecutionContext) -> None:
        newer = AssetMaterialization("raw", tags={"dagster/data_version": "newer"})
        context.instance.report_runless_asset_event(newer)

    with DagsterInstance.ephemeral() as instance:
        instance.report_runless_asset_event(AssetMaterialization("raw", tags={"dagster/data_version": "older"}))
        materialize([slow], instance=instance)

        assert provenance_of(instance, B).input_data_versions == {RAW: DataVersion("older")}


@pytest.mark.parametrize("how", ["output", "result", "context"])
def test_a_version_may_be_given(how: str) -> None:
    version = DataVersion("mine")

    @asset(name="a")
    def given(context: AssetExecutionContext) -> Any:
        if how == "output":
            return Output(1, data_version=version)
        if how == "result":
            return MaterializeResult(value=1, data_version=version)
        context.set_data_version(A, version)
        return 1

    with DagsterInstance.ephemeral() as instance:
        materialize([given], instance=instance)

        assert version_of(instance, A) == version
        assert provenance_of(instance, A).is_user_provided


def test_tags_of_the_user_stay() -> None:
    @asset(name="a")
    def given() -> Any:
        return Output(1, tags={"quality": "good"})

    with DagsterInstance.ephemeral() as instance:
        materialize([given], instance=instance)

        assert tags_of(instance, A)["quality"] == "good"


def test_a_version_is_refused_for_another_asset_and_after_the_asset() -> None:
    @asset(name="a")
    def wrong(context: AssetExecutionContext) -> None:
        context.set_data_version(AssetKey("aa"), DataVersion("x"))

    @asset(name="a")
    def late(context: AssetExecutionContext) -> Iterator[Any]:
        yield Output(1)
        context.set_data_version(A, DataVersion("x"))

    @asset(name="a")
    def text(context: AssetExecutionContext) -> None:
        context.set_data_version(A, "x")  # type: ignore[arg-type]

    with pytest.raises(DagsterInvariantViolationError, match="does not make the asset 'aa'"):
        materialize([wrong])
    with pytest.raises(DagsterInvariantViolationError, match="was given already"):
        materialize([late])
    with pytest.raises(ParameterCheckError, match=r"write DataVersion\("):
        materialize([text])


def test_a_step_is_told_where_an_asset_came_from() -> None:
    seen: dict[str, DataProvenance | None] = {}

    @asset(name="b", deps=[a])
    def looks(context: AssetExecutionContext) -> None:
        seen["a"], seen["b"] = context.get_asset_provenance(A), context.get_asset_provenance(B)

    materialize([a, looks])

    assert seen["a"] == DataProvenance("1", {RAW: DataVersion("INITIAL")}, {RAW: None}, False)
    assert seen["b"] is None


def statuses(instance: DagsterInstance, *definitions: AssetsDefinition | AssetSpec) -> dict[str, StaleStatus]:
    found = stale_states(AssetGraph.of(definitions), instance)
    return {key.to_user_string(): each.status for key, each in found.items()}


def remade(version: str) -> AssetsDefinition:
    @asset(name="a", code_version=version, deps=["raw"])
    def other() -> int:
        return 1

    return other


def test_assets_go_from_missing_to_fresh_to_stale_and_back() -> None:
    with DagsterInstance.ephemeral() as instance:
        before = statuses(instance, a, b)
        materialize([a, b], instance=instance)
        made = statuses(instance, a, b)
        changed = statuses(instance, remade("2"), b)
        materialize([remade("2"), b], selection=AssetSelection.assets("a"), instance=instance)
        upstream = statuses(instance, remade("2"), b)
        materialize([remade("2"), b], selection=AssetSelection.assets("b"), instance=instance)
        after = statuses(instance, remade("2"), b)

    fresh, stale, missing = StaleStatus.FRESH, StaleStatus.STALE, StaleStatus.MISSING
    assert before == {"raw": fresh, "a": missing, "b": missing}
    assert made == {"raw": fresh, "a": fresh, "b": fresh}
    assert changed == {"raw": fresh, "a": stale, "b": fresh}
    assert upstream == {"raw": fresh, "a": fresh, "b": stale}
    assert after == {"raw": fresh, "a": fresh, "b": fresh}


def test_the_same_code_on_the_same_data_makes_nothing_stale() -> None:
    with DagsterInstance.ephemeral() as instance:
        materialize([a, b], instance=instance)
        materialize([a, b], selection=[a], instance=instance)

        assert statuses(instance, a, b)["b"] is StaleStatus.FRESH


def test_an_observation_of_new_data_makes_stale() -> None:
    with DagsterInstance.ephemeral() as instance:
        instance.report_runless_asset_event(AssetObservation("raw", tags={"dagster/data_version": "1"}))
        materialize([a], instance=instance)
        before = statuses(instance, a, AssetSpec("raw"))["a"]
        instance.report_runless_asset_event(AssetObservation("raw", tags={"dagster/data_version": "2"}))

        assert before is StaleStatus.FRESH
        assert statuses(instance, a, AssetSpec("raw"))["a"] is StaleStatus.STALE
