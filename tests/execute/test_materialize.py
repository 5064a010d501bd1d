"""Assets in the caller's own process: what they store, what is said of them."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.execute.kinds import failure_of, kinds
from watchbell.declare.assets.asset import asset
from watchbell.declare.assets.asset_arguments import AssetIn
from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.assets.asset_job import define_asset_job
from watchbell.declare.assets.asset_spec import AssetSpec
from watchbell.declare.graphs.output import Output
from watchbell.declare.graphs.result import MaterializeResult
from watchbell.declare.io.io_context import InputContext, OutputContext
from watchbell.declare.io.io_manager import IOManager
from watchbell.declare.io.mem_io_manager import mem_io_manager
from watchbell.execute.contexts import AssetExecutionContext
from watchbell.execute.materialize import materialize, materialize_to_memory
from watchbell.ground.errors import (
    CheckError,
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    DagsterInvariantViolationError,
    ParameterCheckError,
)
from watchbell.instance import DagsterInstance
from watchbell.record.data_version import DataVersion
from watchbell.record.event import DagsterEventType
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetMaterialization


@asset
def numbers() -> list[int]:
    return [1, 2, 3]


@asset
def total(numbers: list[int]) -> int:
    return sum(numbers)


@asset(deps=[total])
def report() -> None: ...


def metadata_of(result: Any, key: str) -> dict[str, Any]:
    """Plain metadata of the materialization of an asset in a run."""
    for event in result.get_asset_materialization_events():
        if event.asset_key == AssetKey(key):
            return {label: value.value for label, value in event.materialization.metadata.items()}
    raise AssertionError(key)


def test_the_events_of_assets_come_in_their_order() -> None:
    result = materialize([numbers, total, report])

    assert kinds(result.all_events, "total") == [
        "STEP_START",
        "LOADED_INPUT",
        "STEP_INPUT",
        "STEP_OUTPUT",
        "ASSET_MATERIALIZATION",
        "HANDLED_OUTPUT",
        "STEP_SUCCESS",
    ]
    assert kinds(result.all_events, "report") == ["STEP_START", "STEP_OUTPUT", "ASSET_MATERIALIZATION", "STEP_SUCCESS"]


def test_what_is_to_be_made_is_planned_and_then_remembered() -> None:
    with DagsterInstance.ephemeral() as instance:
        result = materialize([numbers, total, report], instance=instance)
        stored = [entry.dagster_event_type for entry in instance.all_logs(result.run_id)]
        latest = instance.get_latest_materialization_event(AssetKey("total"))

    assert stored[:4] == [*[DagsterEventType.ASSET_MATERIALIZATION_PLANNED] * 3, DagsterEventType.RUN_START]
    assert [event.asset_key for event in result.get_asset_materialization_planned_events()] == [
        AssetKey("numbers"),
        AssetKey("total"),
        AssetKey("report"),
    ]
    assert latest is not None
    assert latest.run_id == result.run_id


def test_values_of_assets_can_be_read_from_the_result() -> None:
    result = materialize([numbers, total, report])

    assert [result.asset_value(key) for key in ("numbers", "total", "report")] == [[1, 2, 3], 6, None]
    assert result.output_for_node("total") == 6
    with pytest.raises(DagsterInvariantViolationError, match="did you mean 'total'"):
        result.asset_value("totl")


def test_a_later_run_loads_what_an_earlier_one_stored() -> None:
    with DagsterInstance.local_temp() as instance:
        materialize([numbers, total], instance=instance, selection=["numbers"])
        result = materialize([numbers, total], instance=instance, selection=["total"])

    assert kinds(result.all_events, "numbers") == []
    assert result.asset_value("total") == 6


def test_an_asset_that_was_never_stored_is_named() -> None:
    with pytest.raises(DagsterInvariantViolationError, match="'numbers' was not stored yet"):
        materialize([numbers, total], selection=["total"])


def test_metadata_of_a_materialization_comes_from_everywhere() -> None:
    class Noted(IOManager):
        def handle_output(self, context: OutputContext, obj: object) -> None:
            context.add_output_metadata({"io": "noted"})

        def load_input(self, context: InputContext) -> object:
            return None

    @asset
    def rich(context: AssetExecutionContext) -> Output[int]:
        context.add_output_metadata({"first": 1})
        context.add_output_metadata({"second": 2})
        context.add_asset_metadata({"about": "asset"})
        return Output(3, metadata={"given": True}, tags={"quality": "good"})

    result = materialize([rich], resources={"io_manager": Noted()})

    assert metadata_of(result, "rich") == {"given": True, "first": 1, "second": 2, "io": "noted", "about": "asset"}
    tags = result.asset_materializations_for_node("rich")[0].tags
    assert tags["quality"] == "good"


def test_a_materialize_result_stores_nothing_unless_it_has_a_value() -> None:
    @asset
    def stored_itself() -> MaterializeResult:  # type: ignore[type-arg]
        return MaterializeResult(metadata={"rows": 7})

    @asset
    def handed_over():  # type: ignore[no-untyped-def]
        return MaterializeResult(value=5, metadata={"rows": 1})

    result = materialize_to_memory([stored_itself, handed_over])

    assert metadata_of(result, "stored_itself") == {"rows": 7}
    assert "HANDLED_OUTPUT" not in kinds(result.all_events, "stored_itself")
    assert result.asset_value("handed_over") == 5


def test_a_materialize_result_for_another_asset_is_refused_by_name() -> None:
    @asset
    def mine():  # type: ignore[no-untyped-def]
        return MaterializeResult(asset_key="mime")

    with pytest.raises(DagsterInvariantViolationError, match="'mime', which it does not make; did you mean 'mine'"):
        materialize([mine])


def test_an_asset_annotated_to_give_nothing_may_not_give_a_value() -> None:
    @asset
    def silent() -> None:
        return 5  # type: ignore[return-value]

    result = materialize([silent], raise_on_error=False)

    error = failure_of(result.all_events, "silent").error
    assert error is not None
    assert error.cls_name == "DagsterTypeCheckDidNotPass"
    assert result.get_asset_materialization_events() == []


def test_assets_downstream_of_a_failure_are_not_made() -> None:
    @asset
    def broken() -> int:
        raise ValueError("no rows")

    @asset
    def below(broken: int) -> int:
        return broken

    result = materialize([broken, below, numbers], raise_on_error=False)

    made = [event.asset_key for event in result.get_asset_materialization_events()]
    assert not result.success
    assert made == [AssetKey("numbers")]


def test_an_io_manager_of_its_own_is_told_what_it_stores_and_loads() -> None:
    told: list[Any] = []

    class Told(IOManager):
        def handle_output(self, context: OutputContext, obj: object) -> Iterator[dict[str, Any]]:
            told.append(("store", context.step_key, context.name, context.asset_key, dict(context.definition_metadata)))
            yield {"yielded": 1}

        def load_input(self, context: InputContext) -> object:
            upstream = context.upstream_output
            assert upstream is not None
            told.append(("load", context.name, context.asset_key, upstream.step_key, upstream.asset_key))
            context.add_input_metadata({"bytes": 12})
            return [10]

    @asset(io_manager_key="told", metadata={"owner": "me"}, key_prefix="raw")
    def source() -> list[int]:
        return [1]

    @asset(ins={"source": AssetIn(["raw", "source"])})
    def sink(source: list[int]) -> int:
        return source[0]

    result = materialize([source, sink], resources={"told": Told(), "io_manager": mem_io_manager})

    key = AssetKey(["raw", "source"])
    assert told == [
        ("store", "raw__source", "result", key, {"owner": "me"}),
        ("load", "source", key, "raw__source", key),
    ]
    assert result.asset_value("sink") == 10
    assert result.asset_observations_for_node("sink")[0].metadata["bytes"].value == 12


def test_an_io_manager_that_raises_fails_the_step_and_its_error_reaches_the_caller() -> None:
    class Broken(IOManager):
        def handle_output(self, context: OutputContext, obj: object) -> None:
            raise OSError("no space")

        def load_input(self, context: InputContext) -> object:
            raise OSError("no file")

    with pytest.raises(OSError, match="no space"):
        materialize([numbers], resources={"io_manager": Broken()})

    result = materialize([numbers], resources={"io_manager": Broken()}, raise_on_error=False)
    error = failure_of(result.all_events, "numbers").error
    assert error is not None
    assert error.cls_name == "DagsterExecutionHandleOutputError"
    assert "IO manager 'io_manager' could not store output 'result' of \"numbers\"" in error.message


def test_loading_an_asset_that_is_made_elsewhere() -> None:
    class Constant(IOManager):
        def handle_output(self, context: OutputContext, obj: object) -> None: ...

        def load_input(self, context: InputContext) -> object:
            upstream = context.upstream_output
            assert upstream is not None
            return len(upstream.asset_key.to_user_string())

    @asset
    def uses(elsewhere: int) -> int:
        return elsewhere

    result = materialize([AssetSpec("elsewhere"), uses], resources={"io_manager": Constant()})

    assert result.asset_value("uses") == 9


def test_events_about_other_assets_are_stored_in_their_place() -> None:
    @asset
    def yields():  # type: ignore[no-untyped-def]
        yield AssetMaterialization("side", metadata={"n": 1})
        yield Output(1)

    result = materialize([yields])

    made = [event.asset_key for event in result.get_asset_materialization_events()]
    assert made == [AssetKey("side"), AssetKey("yields")]


def test_memory_serves_assets_whatever_io_manager_they_name() -> None:
    @asset(io_manager_key="warehouse")
    def table() -> int:
        return 4

    @asset
    def copy(table: int) -> int:
        return table

    assert materialize_to_memory([table, copy]).asset_value("copy") == 4
    with pytest.raises(DagsterInvalidInvocationError, match="'warehouse' would not be used"):
        materialize_to_memory([table], resources={"warehouse": mem_io_manager})


def test_an_asset_job_runs_in_process_with_part_of_its_assets() -> None:
    made = define_asset_job("made").resolve(AssetGraph.of([numbers, total]))

    with DagsterInstance.local_temp() as instance:
        whole = made.execute_in_process(instance=instance)
        part = made.execute_in_process(instance=instance, asset_selection=[AssetKey("total")])

    assert whole.asset_value("total") == 6
    assert kinds(part.all_events, "numbers") == []
    assert part.asset_value("total") == 6


@pytest.mark.parametrize("call", [materialize, materialize_to_memory])
def test_a_partition_of_assets_that_have_none_is_refused(call: Any) -> None:
    with pytest.raises(CheckError, match="cannot run for the partition '2024-01-01': it has no partitions"):
        call([numbers], partition_key="2024-01-01")


def test_what_is_no_asset_is_refused() -> None:
    with pytest.raises(ParameterCheckError, match="1 in its list is a int"):
        materialize([1])  # type: ignore[list-item]
    with pytest.raises(ParameterCheckError, match="takes a list of assets"):
        materialize(numbers)  # type: ignore[arg-type]


def test_a_missing_upstream_or_resource_is_found_before_anything_runs() -> None:
    @asset(io_manager_key="warehouse")
    def table() -> int:
        return 4

    with pytest.raises(DagsterInvalidDefinitionError, match="'numbers'"):
        materialize([total])
    with pytest.raises(DagsterInvalidDefinitionError, match="'warehouse'"):
        materialize([table])


def test_a_materialize_result_with_a_value_hands_it_to_the_io_manager() -> None:
    @asset
    def counted() -> MaterializeResult:
        return MaterializeResult(value=[3], metadata={"rows": 1})

    result = materialize_to_memory([counted])

    assert [kind for kind in kinds(result.all_events, "counted") if kind == "HANDLED_OUTPUT"] == ["HANDLED_OUTPUT"]
    assert result.asset_value("counted") == [3]


@pytest.mark.parametrize("annotation", [MaterializeResult, Any])
def test_the_value_of_an_asset_that_stored_itself_is_none(annotation: Any) -> None:
    def counted() -> Any:
        return MaterializeResult(metadata={"rows": 1})

    counted.__annotations__["return"] = annotation

    result = materialize_to_memory([asset(counted)])

    assert result.asset_value("counted") is None
    assert metadata_of(result, "counted") == {"rows": 1}


def test_the_data_version_becomes_a_tag_of_the_materialization() -> None:
    @asset
    def returned() -> Output[int]:
        return Output(1, data_version=DataVersion("7"), tags={"k": "v"})

    @asset
    def described() -> MaterializeResult[Any]:
        return MaterializeResult(data_version=DataVersion("8"))

    result = materialize_to_memory([returned, described])

    events = [each.materialization for each in result.get_asset_materialization_events()]
    assert {each.asset_key.to_user_string(): each.data_version for each in events} == {
        "returned": "7",
        "described": "8",
    }
