"""Assets that several ops make together."""

from typing import Any

import pytest

from watchbell import (
    AssetCheckResult,
    AssetCheckSpec,
    AssetIn,
    AssetKey,
    AssetOut,
    AssetsDefinition,
    ExecuteInProcessResult,
    In,
    Nothing,
    Out,
    asset,
    config_mapping,
    define_asset_job,
    graph,
    graph_asset,
    graph_multi_asset,
    job,
    materialize,
    materialize_to_memory,
    op,
)
from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.ground.errors import DagsterInvalidDefinitionError, ParameterCheckError


@op
def one():  # type: ignore[no-untyped-def]
    return 1


def first():  # type: ignore[no-untyped-def]
    return one()


@op
def inc(x):  # type: ignore[no-untyped-def]
    return x + 1


@op(out={"low": Out(), "high": Out()})
def spread(x):  # type: ignore[no-untyped-def]
    return x, x * 10


@asset
def up():  # type: ignore[no-untyped-def]
    return 1


def steps(result: ExecuteInProcessResult) -> list[str]:
    return [str(event.step_key) for event in result.all_events if event.is_step_success]


def made(result: ExecuteInProcessResult) -> list[tuple[str | None, str]]:
    events = result.get_asset_materialization_events()
    return [(event.step_key, event.asset_key.to_user_string()) for event in events if event.asset_key is not None]


def test_the_last_op_makes_the_asset_and_each_op_is_a_step() -> None:
    @graph_asset
    def total(up):  # type: ignore[no-untyped-def]
        """All of it."""
        return inc(inc(up))

    @asset
    def report(total):  # type: ignore[no-untyped-def]
        return total * 10

    result = materialize([up, total, report])

    assert steps(result) == ["up", "total.inc", "total.inc_2", "report"]
    assert made(result) == [("up", "up"), ("total.inc_2", "total"), ("report", "report")]
    assert (result.asset_value("total"), result.asset_value("report")) == (3, 30)
    assert total.get_asset_spec().description == "All of it."


def test_all_that_is_said_of_an_asset_can_be_said() -> None:
    @graph_asset(
        name="n",
        key_prefix="p",
        group_name="g",
        kinds={"python"},
        tags={"a": "b"},
        owners=["team:x"],
        metadata={"m": 1},
        description="d",
        code_version="3",
        ins={"u": AssetIn("up")},
        resource_defs={"r": 4},
    )
    def total(u):  # type: ignore[no-untyped-def]
        return inc(u)

    spec = total.get_asset_spec()
    assert (AssetKey(["p", "n"]), "g", "d", "3") == (spec.key, spec.group_name, spec.description, spec.code_version)
    assert (spec.kinds, spec.owners, spec.metadata) == ({"python"}, ("team:x",), {"m": 1})
    assert total.keys_by_input_name == {"u": AssetKey("up")}
    assert total.node_def.name == "p__n"
    assert list(total.resource_defs) == ["r"]


def test_nested_graphs_are_steps_below_the_asset() -> None:
    @graph
    def twice(x):  # type: ignore[no-untyped-def]
        return inc(inc(x))

    @graph_asset
    def total():  # type: ignore[no-untyped-def]
        return twice(twice(one()))

    result = materialize([total])

    assert made(result) == [("total.twice_2.inc_2", "total")]
    assert result.output_for_node("total") == 5
    assert result.output_for_node("total.twice.inc") == 2


def test_an_input_may_only_be_waited_for() -> None:
    @op(ins={"start": In(Nothing)})
    def after():  # type: ignore[no-untyped-def]
        return 4

    @graph_asset(ins={"start": AssetIn("up", dagster_type=Nothing)})
    def total(start):  # type: ignore[no-untyped-def]
        return after(start)

    assert total.loading_input_of(AssetKey("up")) is None
    assert steps(materialize([total, up])) == ["up", "total.after"]


def test_config_goes_to_the_ops_inside() -> None:
    @op(config_schema={"n": int})
    def number(context):  # type: ignore[no-untyped-def]
        return context.op_config["n"]

    @config_mapping(config_schema={"k": int})
    def mapped(given: dict[str, int]) -> dict[str, Any]:
        return {"number": {"config": {"n": given["k"]}}}

    def body():  # type: ignore[no-untyped-def]
        return number()

    plain = graph_asset(name="plain")(body)
    fixed = graph_asset(name="fixed", config={"number": {"config": {"n": 7}}})(body)
    own = graph_asset(name="own", config=mapped)(body)

    given = {"plain": {"ops": {"number": {"config": {"n": 2}}}}, "own": {"config": {"k": 9}}}
    result = materialize([plain, fixed, own], run_config={"ops": given})

    assert [result.asset_value(name) for name in ("plain", "fixed", "own")] == [2, 7, 9]


def test_ops_inside_know_which_asset_they_make() -> None:
    seen: list[Any] = []

    @op
    def look(context, x):  # type: ignore[no-untyped-def]
        seen.append((type(context).__name__, context.asset_key, context.selected_asset_keys))
        return x

    @graph_asset
    def total():  # type: ignore[no-untyped-def]
        return inc(look(one()))

    materialize([total])

    assert seen == [("OpExecutionContext", AssetKey("total"), {AssetKey("total")})]


def test_several_assets_come_from_one_graph() -> None:
    @graph_multi_asset(
        outs={"low": AssetOut(key_prefix="p", metadata={"x": 1}, description="d"), "high": AssetOut()},
        ins={"x": AssetIn("up")},
        group_name="g",
    )
    def both(x):  # type: ignore[no-untyped-def]
        low, high = spread(x)
        return {"low": low, "high": inc(high)}

    result = materialize([up, both])

    assert made(result) == [("up", "up"), ("both.spread", "p/low"), ("both.inc", "high")]
    assert result.asset_value("high") == 11
    assert set(both.group_names_by_key.values()) == {"g"}
    assert both.get_asset_spec(AssetKey(["p", "low"])).metadata == {"x": 1}


def test_only_what_the_selected_assets_need_runs() -> None:
    runs: list[str] = []

    @op
    def first():  # type: ignore[no-untyped-def]
        runs.append("first")
        return 1

    @op
    def second():  # type: ignore[no-untyped-def]
        runs.append("second")
        return 2

    @graph_multi_asset(outs={"a": AssetOut(), "b": AssetOut(), "c": AssetOut()}, can_subset=True)
    def several():  # type: ignore[no-untyped-def]
        a = first()
        return {"a": a, "b": second(), "c": inc(a)}

    result = materialize([several], selection="b")

    assert runs == ["second"]
    assert made(result) == [("several.second", "b")]


def test_an_asset_left_out_is_loaded_and_not_made_on_the_way() -> None:
    @graph_multi_asset(outs={"a": AssetOut(), "c": AssetOut()}, can_subset=True)
    def several():  # type: ignore[no-untyped-def]
        a = one()
        return {"a": a, "c": inc(a)}

    job = define_asset_job("c_only", selection="c").resolve(AssetGraph.of([several]))

    assert list(job.flat.nodes) == ["several.inc"]
    assert job.asset_layer.keys_by_input == {("several.inc", "x"): AssetKey("a")}


def test_a_graph_that_cannot_be_split_is_selected_whole() -> None:
    @graph_multi_asset(outs={"a": AssetOut(), "b": AssetOut()})
    def both():  # type: ignore[no-untyped-def]
        return {"a": one(), "b": inc(one())}

    with pytest.raises(DagsterInvalidDefinitionError, match="makes b only together with a"):
        materialize([both], selection="b")


def test_in_memory_no_op_inside_stores_files() -> None:
    @op(out=Out(io_manager_key="lake"))
    def stored():  # type: ignore[no-untyped-def]
        return 2

    @graph_asset
    def total():  # type: ignore[no-untyped-def]
        return inc(stored())

    assert materialize_to_memory([total]).asset_value("total") == 3


def test_called_in_a_job_it_is_made_by_that_job() -> None:
    @graph_multi_asset(outs={"low": AssetOut(), "high": AssetOut()})
    def both(x):  # type: ignore[no-untyped-def]
        low, high = spread(x)
        return {"low": low, "high": inc(high)}

    @job
    def nightly() -> None:
        inc(both(one()).high)

    result = nightly.execute_in_process()

    assert made(result) == [("both.spread", "low"), ("both.inc", "high")]
    assert result.output_for_node("inc") == 12


def test_a_job_is_cut_down_to_the_ops_of_one_asset() -> None:
    @graph_asset
    def total():  # type: ignore[no-untyped-def]
        return inc(one())

    whole = define_asset_job("all_of_them").resolve(AssetGraph.of([total, up]))

    assert list(whole.get_subset(asset_selection=[AssetKey("total")]).flat.nodes) == ["total.one", "total.inc"]
    assert list(whole.get_subset(asset_selection=[AssetKey("up")]).flat.nodes) == ["up"]


def test_a_graph_has_no_op_of_its_own() -> None:
    total = graph_asset(name="total")(lambda: inc(one()))

    with pytest.raises(Exception, match="made by a graph of several ops"):
        _ = total.op
    found = total.get_op_def_for_asset_key(AssetKey("total"))
    assert found is not None
    assert found.name == "inc"


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: graph_asset(name="t")(lambda: None), DagsterInvalidDefinitionError, "result"),
        (lambda: graph_asset(name="t")(lambda x: one()), DagsterInvalidDefinitionError, "'x' goes to no op"),
        (lambda: graph_asset(key="a", name="b")(first), DagsterInvalidDefinitionError, "whole name"),
        (lambda: graph_asset(automation_condition=object())(first), ParameterCheckError, "is an AutomationCondition"),
        (lambda: graph_asset(ins={"y": AssetIn()})(first), DagsterInvalidDefinitionError, "no such parameter"),
        (lambda: graph_asset(3), ParameterCheckError, "put on a function"),
        (lambda: graph_asset(grup="x"), TypeError, "no argument 'grup'"),
        (
            lambda: graph_multi_asset(outs={"a": AssetOut(group_name="x")}, group_name="y", name="t")(
                lambda: {"a": one()}
            ),
            DagsterInvalidDefinitionError,
            "group",
        ),
        (
            lambda: graph_multi_asset(outs={"a": AssetOut(), "b": AssetOut()}, name="t")(lambda: {"a": one()}),
            DagsterInvalidDefinitionError,
            "'b'",
        ),
    ],
)
def test_a_mistake_is_refused_where_it_is_made(make: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        make()


def test_assets_can_be_made_of_an_op_or_a_graph_written_as_such() -> None:
    of_op = AssetsDefinition.from_op(inc, keys_by_input_name={"x": AssetKey("up")}, key_prefix="p", group_name="g")
    of_graph = AssetsDefinition.from_graph(
        graph(name="whole")(lambda x: inc(inc(x))), keys_by_input_name={"x": AssetKey(["p", "inc"])}
    )

    result = materialize([up, of_op, of_graph])

    assert of_op.key == AssetKey(["p", "inc"])
    assert of_op.group_names_by_key == {of_op.key: "g"}
    assert result.asset_value("whole") == 4


@op
def small(x):  # type: ignore[no-untyped-def]
    return AssetCheckResult(passed=x < 5, metadata={"x": x})


def test_an_op_inside_answers_a_check() -> None:
    @graph_asset(check_specs=[AssetCheckSpec("small", asset="total")])
    def total():  # type: ignore[no-untyped-def]
        made = one()
        return {"result": made, "total_small": small(made)}

    result = materialize([total])

    assert steps(result) == ["total.one", "total.small"]
    assert [(each.check_name, each.passed) for each in result.get_asset_check_evaluations()] == [("small", True)]


def test_a_part_of_a_graph_keeps_the_checks_of_its_assets() -> None:
    checks = [AssetCheckSpec("small", asset="a"), AssetCheckSpec("small", asset="b")]

    @graph_multi_asset(outs={"a": AssetOut(), "b": AssetOut()}, can_subset=True, check_specs=checks)
    def both():  # type: ignore[no-untyped-def]
        a, b = one(), inc(one())
        return {"a": a, "b": b, "a_small": small(a), "b_small": small(b)}

    result = materialize([both], selection="b")

    assert steps(result) == ["both.one_2", "both.inc", "both.small_2"]
    assert [each.asset_key.path for each in result.get_asset_check_evaluations()] == [["b"]]


def test_a_check_that_no_op_answers_is_refused() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="total_small"):

        @graph_asset(check_specs=[AssetCheckSpec("small", asset="total")])
        def total():  # type: ignore[no-untyped-def]
            return {"result": one()}


def test_an_asset_of_a_graph_is_described_by_the_op_that_gives_it() -> None:
    @op(out=Out(int, description="of the output", metadata={"unit": "kg", "scale": 2}), code_version="4")
    def weigh() -> int:
        return 1

    @graph_asset
    def plain() -> int:
        return weigh()

    @graph_asset(description="of the asset", metadata={"scale": 3}, code_version="5")
    def told() -> int:
        return weigh()

    @graph_multi_asset(outs={"one": AssetOut()})
    def several() -> Any:
        return {"one": weigh()}

    for definition in (plain, several):
        (spec,) = definition.specs
        assert (spec.description, spec.code_version) == ("of the output", "4")
        assert spec.metadata["unit"] == "kg"
    (spec,) = told.specs
    assert (spec.description, spec.code_version, spec.metadata["scale"]) == ("of the asset", "5", 3)
