"""Assets that something else makes: declared, loaded, looked at."""

from typing import Any

import pytest

from watchbell import (
    AssetKey,
    AssetOut,
    AssetsDefinition,
    AssetSelection,
    AssetSpec,
    DataVersion,
    Definitions,
    ExecuteInProcessResult,
    IOManager,
    ObserveResult,
    ResourceParam,
    SourceAsset,
    asset,
    define_asset_job,
    job,
    materialize,
    multi_asset,
    multi_observable_source_asset,
    observable_source_asset,
    observe,
)
from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.ground.errors import (
    DagsterInvalidDefinitionError,
    DagsterInvalidObservationError,
    DagsterInvariantViolationError,
    ParameterCheckError,
)


class Fixed(IOManager):
    """Gives one value for everything, and remembers what it was asked for."""

    def __init__(self, value: int = 4) -> None:
        self.value = value
        self.asked: list[tuple[Any, Any]] = []

    def handle_output(self, context: Any, obj: object) -> None: ...

    def load_input(self, context: Any) -> int:
        self.asked.append((context.asset_key, dict(context.upstream_output.definition_metadata)))
        return self.value


@asset
def down(up):  # type: ignore[no-untyped-def]
    return up + 1


def observed(result: ExecuteInProcessResult) -> list[tuple[str, dict[str, str]]]:
    events = [event for event in result.all_events if event.event_type_value == "ASSET_OBSERVATION"]
    seen = [event.asset_observation_data.asset_observation for event in events]
    return [(each.asset_key.to_user_string(), dict(each.tags)) for each in seen]


def test_its_value_is_loaded_by_the_io_manager_it_names() -> None:
    lake = Fixed()
    up = SourceAsset("up", io_manager_key="lake", metadata={"x": 1})

    result = materialize([up, down], resources={"lake": lake, "io_manager": Fixed()})

    assert result.output_for_node("down") == 5
    assert lake.asked == [(AssetKey("up"), {"x": 1, "dagster/io_manager_key": "lake"})]


def test_it_may_bring_its_io_manager_along() -> None:
    up = SourceAsset("up", io_manager_def=Fixed(6))

    @job
    def nightly() -> None:
        down()

    defs = Definitions(assets=[up, down], jobs=[nightly], resources={"io_manager": Fixed(1)})

    assert up.get_io_manager_key() == "up__io_manager"
    assert defs.get_implicit_global_asset_job_def().execute_in_process().output_for_node("down") == 7
    assert defs.get_job_def("nightly").execute_in_process().output_for_node("down") == 7


def test_it_says_what_it_is() -> None:
    up = SourceAsset(["p", "up"], description="d", group_name="g", tags={"a": "b"}, metadata={"x": 1})

    assert (up.description, up.group_name, up.tags, up.metadata) == ("d", "g", {"a": "b"}, {"x": 1})
    assert up.io_manager_key is None
    assert not up.is_observable
    assert up == SourceAsset(["p", "up"], description="d", group_name="g", tags={"a": "b"}, metadata={"x": 1})
    moved = up.with_attributes(key=AssetKey("z"), tags={"c": "d"})
    assert (moved.key, moved.tags, moved.group_name) == (AssetKey("z"), {"c": "d"}, "g")


def test_written_twice_alike_it_is_one_asset_but_not_with_two_meanings() -> None:
    graph = AssetGraph.of([SourceAsset("up"), SourceAsset("up"), down])

    assert graph.external_keys == {AssetKey("up")}
    with pytest.raises(DagsterInvalidDefinitionError, match="defined twice"):
        AssetGraph.of([SourceAsset("up"), SourceAsset("up", description="other")])


def test_a_definition_gives_source_assets_for_other_locations() -> None:
    @multi_asset(outs={"x": AssetOut(io_manager_key="lake", metadata={"m": 1}), "y": AssetOut()}, group_name="g")
    def both():  # type: ignore[no-untyped-def]
        return 1, 2

    x, y = both.to_source_assets()

    assert (x.key, x.io_manager_key, x.metadata, x.group_name) == (AssetKey("x"), "lake", {"m": 1}, "g")
    assert both.to_source_asset("y") == y
    with pytest.raises(ParameterCheckError, match="say which one"):
        both.to_source_asset()


def test_specs_may_be_declared_together() -> None:
    declared = AssetsDefinition(specs=[AssetSpec("up"), AssetSpec("other")])

    graph = AssetGraph.of([declared, down])

    assert (declared.is_executable, declared.is_external) == (False, True)
    assert graph.external_keys == {AssetKey("up"), AssetKey("other")}
    with pytest.raises(DagsterInvariantViolationError, match="only declared"):
        _ = declared.op


def test_observing_stores_a_data_version_and_nothing_else() -> None:
    @observable_source_asset(group_name="g", op_tags={"x": "y"})
    def up() -> DataVersion:
        return DataVersion("5")

    result = observe([up])

    assert observed(result) == [("up", {"dagster/data_version": "5"})]
    kinds = [event.event_type_value for event in result.all_events]
    assert not {"ASSET_MATERIALIZATION", "ASSET_MATERIALIZATION_PLANNED", "HANDLED_OUTPUT"}.intersection(kinds)
    assert up.op.tags == {"x": "y"}


def test_an_observation_may_say_more() -> None:
    @observable_source_asset(key=["p", "up"], required_resource_keys={"r"})
    def up(context, other: ResourceParam[str]):  # type: ignore[no-untyped-def]
        return ObserveResult(metadata={"n": 1}, data_version=DataVersion(context.resources.r + other), tags={"t": "u"})

    result = observe([up], resources={"r": "a", "other": "b"})

    assert observed(result) == [("p/up", {"dagster/data_version": "ab", "t": "u"})]
    [event] = [event for event in result.all_events if event.event_type_value == "ASSET_OBSERVATION"]
    assert event.step_key == "p__up"
    assert event.asset_observation_data.asset_observation.metadata["n"].value == 1


def test_it_is_looked_at_only_where_it_is_selected() -> None:
    @observable_source_asset
    def up() -> DataVersion:
        return DataVersion("5")

    @asset(deps=[up])
    def after() -> None: ...

    jobs = [
        define_asset_job("by_key", "up"),
        define_asset_job("plain"),
        define_asset_job("with_sources", AssetSelection.all(include_sources=True)),
    ]
    defs = Definitions(assets=[up, after], jobs=jobs)

    ran = {name: list(defs.get_job_def(name).flat.nodes) for name in ("by_key", "plain", "with_sources")}

    assert ran == {"by_key": ["up"], "plain": ["after"], "with_sources": ["up", "after"]}
    assert list(defs.get_implicit_global_asset_job_def().flat.nodes) == ["up", "after"]
    assert defs.get_implicit_global_asset_job_def().flat.upstream["after"] == ("up",)


def test_several_are_looked_at_by_one_function() -> None:
    @multi_observable_source_asset(specs=[AssetSpec("a"), AssetSpec("b")], can_subset=True, name="lake")
    def look(context):  # type: ignore[no-untyped-def]
        for key in sorted(context.selected_asset_keys):
            yield ObserveResult(asset_key=key, data_version=DataVersion(key.path[-1]))

    defs = Definitions(assets=[look], jobs=[define_asset_job("only_a", "a")])

    assert (look.is_executable, look.is_materializable, look.is_external) == (True, False, True)
    assert observed(observe([look])) == [("a", {"dagster/data_version": "a"}), ("b", {"dagster/data_version": "b"})]
    assert observed(defs.get_job_def("only_a").execute_in_process()) == [("a", {"dagster/data_version": "a"})]


@pytest.mark.parametrize("answer", [5, None])
def test_an_answer_that_is_no_observation_fails_the_step(answer: object) -> None:
    up = observable_source_asset(name="up")(lambda: answer)

    result = observe([up], raise_on_error=False)

    assert not result.success
    with pytest.raises(DagsterInvalidObservationError, match="expected a DataVersion or an ObserveResult"):
        observe([up])


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: SourceAsset("a", io_manager_key="x", io_manager_def=Fixed()), DagsterInvalidDefinitionError, "both"),
        (lambda: SourceAsset("a", automation_condition=object()), ParameterCheckError, "is an AutomationCondition"),
        (lambda: SourceAsset("a", group_name="a b"), DagsterInvalidDefinitionError, "group"),
        (lambda: SourceAsset("a").op, DagsterInvariantViolationError, "cannot be observed"),
        (
            lambda: SourceAsset("a", group_name="g").with_attributes(group_name="h"),
            DagsterInvalidDefinitionError,
            "in the group 'g' already",
        ),
        (lambda: observable_source_asset(name="a")(lambda up: up), DagsterInvalidDefinitionError, "but no asset"),
        (lambda: observable_source_asset(key="a", name="b")(lambda: 1), DagsterInvalidDefinitionError, "whole name"),
        (lambda: observable_source_asset(3), ParameterCheckError, "put on a function"),
        (lambda: ObserveResult(data_version="1"), ParameterCheckError, "DataVersion"),  # type: ignore[arg-type]
        (lambda: ObserveResult(check_results=[1]), ParameterCheckError, "AssetCheckResult"),  # type: ignore[list-item]
    ],
)
def test_a_mistake_is_refused_where_it_is_made(make: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        make()


def test_a_location_gives_the_declaration_of_what_it_does_not_make() -> None:
    defs = Definitions(assets=[down, SourceAsset("up", description="d"), AssetSpec("other")])

    assert defs.get_assets_def("down") is down
    assert not defs.get_assets_def("up").is_executable
    assert defs.get_assets_def("up").get_asset_spec().description == "d"
    assert defs.get_assets_def("other").is_external
    with pytest.raises(DagsterInvariantViolationError, match="no asset 'nope'"):
        defs.get_assets_def("nope")
