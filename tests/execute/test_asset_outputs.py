"""What a function of several assets gives in a run, and what it must not give."""

import tempfile
from collections.abc import Iterator
from typing import Any

import pytest

from watchbell import (
    AssetCheckKey,
    AssetCheckResult,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetIn,
    AssetKey,
    AssetOut,
    AssetSpec,
    DagsterInstance,
    Definitions,
    ExecuteInProcessResult,
    MaterializeResult,
    Nothing,
    ObserveResult,
    Output,
    RetryPolicy,
    asset,
    define_asset_job,
    job,
    materialize,
    mem_io_manager,
    multi_asset,
    op,
)
from watchbell.ground.errors import (
    DagsterExecutionLoadInputError,
    DagsterInvariantViolationError,
    DagsterStepOutputNotFoundError,
)

A, B = AssetKey("a"), AssetKey("b")
OPTIONAL = {"a": AssetOut(is_required=False), "b": AssetOut(is_required=False)}


def made(result: ExecuteInProcessResult) -> list[str]:
    events = result.get_asset_materialization_events()
    return [event.asset_key.to_user_string() for event in events if event.asset_key is not None]


def planned(result: ExecuteInProcessResult) -> set[str]:
    events = result.get_asset_materialization_planned_events()
    return {event.asset_key.to_user_string() for event in events if event.asset_key is not None}


def test_a_tuple_gives_each_asset_its_value() -> None:
    @multi_asset(outs={"a": AssetOut(), "b": AssetOut(key_prefix="p")})
    def both() -> tuple[int, str]:
        return 1, "2"

    result = materialize([both])

    assert made(result) == ["a", "p/b"]
    assert (result.asset_value("a"), result.asset_value(["p", "b"]), result.output_for_node("both", "b")) == (
        1,
        "2",
        "2",
    )


def test_results_say_which_asset_they_are_in_any_order() -> None:
    @multi_asset(specs=[AssetSpec("a"), AssetSpec("b")])
    def both() -> tuple[MaterializeResult[Any], MaterializeResult[Any]]:
        return MaterializeResult(asset_key="b", metadata={"n": 1}), MaterializeResult(asset_key="a")

    assert made(materialize([both])) == ["b", "a"]


def test_a_function_that_stores_its_assets_itself_need_not_say_so() -> None:
    @multi_asset(specs=[AssetSpec("a"), AssetSpec("b"), AssetSpec("c", skippable=True)])
    def silent() -> None: ...

    @multi_asset(specs=[AssetSpec("d"), AssetSpec("e"), AssetSpec("f", skippable=True)])
    def of_one() -> Iterator[MaterializeResult[Any]]:
        yield MaterializeResult(asset_key="e")

    assert made(materialize([silent])) == ["a", "b"]
    assert made(materialize([of_one])) == ["e", "d"]


def test_a_required_value_that_is_missing_fails_the_step() -> None:
    @multi_asset(outs={"a": AssetOut(), "b": AssetOut()})
    def both() -> Iterator[Output[int]]:
        yield Output(1, "a")

    result = materialize([both], raise_on_error=False)

    assert (result.success, made(result)) == (False, ["a"])
    with pytest.raises(DagsterStepOutputNotFoundError, match="'b'"):
        materialize([both])


def test_what_is_made_from_an_asset_left_out_is_skipped() -> None:
    @multi_asset(outs=OPTIONAL)
    def both() -> Iterator[Output[int]]:
        yield Output(1, "a")

    @asset
    def of_a(a: int) -> int:
        return a

    @asset
    def of_b(b: int) -> int:
        return b

    assert made(materialize([both, of_a, of_b])) == ["a", "of_a"]


def test_only_what_is_selected_is_planned_told_and_made() -> None:
    seen: list[tuple[set[str], set[str], bool]] = []

    @multi_asset(outs={"a": AssetOut(), "b": AssetOut()}, can_subset=True)
    def both(context: AssetExecutionContext) -> Iterator[Output[int]]:
        keys = {key.to_user_string() for key in context.selected_asset_keys}
        seen.append((keys, set(context.selected_output_names), context.is_subset))
        for name in sorted(context.selected_output_names):
            yield Output(1, name)

    part, whole = materialize([both], selection="b"), materialize([both])

    assert seen == [({"b"}, {"b"}, True), ({"a", "b"}, {"a", "b"}, False)]
    assert (made(part), planned(part)) == (["b"], {"b"})
    assert (made(whole), planned(whole)) == (["a", "b"], {"a", "b"})


def test_giving_what_is_not_selected_is_refused() -> None:
    @multi_asset(outs=OPTIONAL, can_subset=True)
    def yields() -> Iterator[Output[int]]:
        yield Output(1, "a")

    @multi_asset(outs=OPTIONAL, can_subset=True)
    def returns() -> tuple[int, int]:
        return 1, 2

    @multi_asset(specs=[AssetSpec("a"), AssetSpec("b")], can_subset=True)
    def results() -> Iterator[MaterializeResult[Any]]:
        yield MaterializeResult(asset_key="a")

    for assets in (yields, returns, results):
        with pytest.raises(DagsterInvariantViolationError, match="'a', which is not selected in this run; selected: b"):
            materialize([assets], selection="b")


@pytest.mark.parametrize(
    ("key", "words"),
    [(None, "makes the assets a, b, so a MaterializeResult has to name one"), ("c", "'c', which it does not make")],
)
def test_a_result_that_belongs_to_no_asset_is_refused(key: str | None, words: str) -> None:
    @multi_asset(specs=[AssetSpec("a"), AssetSpec("b")])
    def both() -> Iterator[MaterializeResult[Any]]:
        yield MaterializeResult(asset_key=key)

    with pytest.raises(DagsterInvariantViolationError, match=words):
        materialize([both])


def test_the_context_knows_which_asset_belongs_to_which_end() -> None:
    seen: list[Any] = []

    @asset
    def up() -> int:
        return 1

    @multi_asset(outs={"a": AssetOut(), "b": AssetOut(key=["p", "b"])}, ins={"u": AssetIn("up")})
    def both(context: AssetExecutionContext, u: int) -> tuple[int, int]:
        seen.append(context.asset_key_for_output("b").to_user_string())
        seen.append(context.asset_key_for_input("u").to_user_string())
        seen.append(context.output_for_asset_key(AssetKey(["p", "b"])))
        seen.append(len(context.assets_def.keys))
        with pytest.raises(DagsterInvariantViolationError, match="makes 2 assets"):
            _ = context.asset_key
        context.add_output_metadata({"x": 1}, output_name="a")
        context.add_asset_metadata({"y": 2}, asset_key=["p", "b"])
        return u, u

    result = materialize([up, both])

    assert seen == ["p/b", "up", "b", 2]
    of_b = result.asset_materializations_for_node("both")[1]
    assert of_b.metadata["y"].value == 2


def test_checks_of_the_selected_assets_are_asked_for() -> None:
    seen: list[set[AssetCheckKey]] = []

    @multi_asset(
        specs=[AssetSpec("a"), AssetSpec("b")],
        check_specs=[AssetCheckSpec("c1", asset="a"), AssetCheckSpec("c2", asset="b")],
        can_subset=True,
    )
    def both(context: AssetExecutionContext) -> Iterator[Any]:
        seen.append(set(context.selected_asset_check_keys))
        for key in context.selected_asset_keys:
            yield MaterializeResult(asset_key=key)
        for check in context.selected_asset_check_keys:
            yield AssetCheckResult(passed=True, asset_key=check.asset_key, check_name=check.name)

    result = materialize([both], selection="a")

    assert seen == [{AssetCheckKey(A, "c1")}]
    assert [each.check_name for each in result.get_asset_check_evaluations()] == ["c1"]


def test_a_failed_step_makes_all_of_them_again() -> None:
    tries: list[int] = []

    @multi_asset(outs={"a": AssetOut(), "b": AssetOut()}, retry_policy=RetryPolicy(max_retries=1))
    def both() -> tuple[int, int]:
        tries.append(1)
        if len(tries) == 1:
            raise ValueError("not yet")
        return 1, 2

    assert made(materialize([both])) == ["a", "b"]


def test_called_in_a_job_its_assets_are_made_by_that_job() -> None:
    @multi_asset(outs={"a": AssetOut(), "b": AssetOut()})
    def both() -> tuple[int, int]:
        return 1, 2

    @op
    def show(x: int) -> int:
        return x * 10

    @job
    def nightly() -> None:
        a, b = both()
        show(a)
        show.alias("show_b")(b)

    result = nightly.execute_in_process()

    assert made(result) == ["a", "b"]
    assert (result.output_for_node("show"), result.output_for_node("show_b")) == (10, 20)
    with pytest.raises(Exception, match="makes a only together with b"):
        nightly.get_subset(asset_selection=[A])


def test_an_observation_of_what_is_made_here_counts_as_made() -> None:
    @multi_asset(specs=[AssetSpec("a")])
    def one() -> Iterator[ObserveResult]:
        yield ObserveResult(asset_key="a", metadata={"k": 2})

    result = materialize([one])

    [event] = result.get_asset_materialization_events()
    assert event.materialization.metadata["k"].value == 2


def test_the_value_of_another_asset_can_be_loaded_by_hand() -> None:
    @asset(io_manager_key="memory")
    def up() -> int:
        return 5

    @asset(deps=[up])
    def down(context: AssetExecutionContext) -> int:
        return int(context.load_asset_value("up", python_type=int)) + 1

    result = materialize([up, down], resources={"memory": mem_io_manager})

    assert result.asset_value("down") == 6


def test_a_value_loaded_by_hand_comes_from_an_earlier_run_too() -> None:
    @asset
    def up() -> int:
        return 5

    @asset(deps=[up])
    def down(context: AssetExecutionContext) -> int:
        return int(context.load_asset_value(AssetKey("up"))) + 1

    with tempfile.TemporaryDirectory() as folder, DagsterInstance.local_temp(folder) as instance:
        defs = Definitions(assets=[up, down], jobs=[define_asset_job("u", "up"), define_asset_job("d", "down")])
        with pytest.raises(DagsterExecutionLoadInputError, match="could not load the asset 'up' for \"down\""):
            defs.get_job_def("d").execute_in_process(instance=instance)
        defs.get_job_def("u").execute_in_process(instance=instance)

        assert defs.get_job_def("d").execute_in_process(instance=instance).output_for_node("down") == 6


def test_inputs_without_values_only_order() -> None:
    order: list[str] = []

    @asset
    def flag() -> None:
        order.append("flag")

    @multi_asset(outs={"a": AssetOut(dagster_type=Nothing)}, ins={"wait": AssetIn("flag", dagster_type=Nothing)})
    def after() -> None:
        order.append("after")

    materialize([after, flag])

    assert order == ["flag", "after"]
