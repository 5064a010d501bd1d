"""Results of assets that a test calls: those that name assets name their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from watchbell import (
    AssetCheckResult,
    AssetCheckSpec,
    AssetOut,
    Definitions,
    MaterializeResult,
    asset,
    materialize,
    multi_asset,
)
from watchbell.ground.errors import CheckError, DagsterInvariantViolationError

TWO = {"x": AssetOut(), "y": AssetOut()}


def test_a_result_for_the_asset_of_another_is_refused() -> None:
    @asset
    def orders() -> MaterializeResult:
        return MaterializeResult(asset_key="order")

    with pytest.raises(DagsterInvariantViolationError, match="does not make; did you mean 'orders'"):
        orders()


def test_a_yielded_one_is_refused_when_it_comes() -> None:
    @multi_asset(outs=TWO)
    def both() -> Iterator[MaterializeResult]:
        yield MaterializeResult(asset_key="x")
        yield MaterializeResult(asset_key="z")

    results = both()

    assert next(results).asset_key is not None
    with pytest.raises(DagsterInvariantViolationError, match="'z', which it does not make"):
        next(results)


def test_of_several_assets_a_result_names_one() -> None:
    @multi_asset(outs=TWO)
    def both():
        return MaterializeResult(asset_key="x"), MaterializeResult()

    with pytest.raises(DagsterInvariantViolationError, match="makes the assets x, y, so a MaterializeResult"):
        both()


def test_a_tuple_of_results_may_answer_checks() -> None:
    @multi_asset(outs=TWO, check_specs=[AssetCheckSpec("fine", asset="x")])
    def both():
        checked = [AssetCheckResult(passed=True)]
        return MaterializeResult(asset_key="x", check_results=checked), MaterializeResult(asset_key="y")

    result = materialize([both])

    assert [each.passed for each in result.get_asset_check_evaluations()] == [True]


def test_an_asset_beside_its_own_source_is_the_asset() -> None:
    @asset
    def orders() -> int:
        return 1

    repository = Definitions(assets=[orders.to_source_asset(), orders]).get_repository_def()

    assert repository.assets_defs_by_key == {orders.key: orders}


def test_none_stands_for_an_empty_context() -> None:
    @asset
    def orders(context):
        return context.op_execution_context.op_config

    assert orders(None) is None


def test_an_answer_of_a_check_is_found_by_its_name() -> None:
    whole = AssetCheckResult(passed=True, check_name="whole")
    result = MaterializeResult(check_results=[whole])

    assert result.check_result_named("whole") is whole
    with pytest.raises(CheckError, match="no answer of the check 'whale'; did you mean 'whole'"):
        result.check_result_named("whale")
