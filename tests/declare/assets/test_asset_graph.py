import sys
from types import FrameType

import pytest

from watchbell import AssetGraph, AssetKey, AssetsDefinition, AssetSpec, asset
from watchbell.ground.errors import DagsterInvalidDefinitionError, DagsterInvariantViolationError, ParameterCheckError


def node(name: str, *deps: str) -> AssetsDefinition:
    def make() -> None: ...

    definition: AssetsDefinition = asset(name=name, deps=list(deps))(make)
    return definition


@asset
def orders() -> int:
    return 1


@asset
def totals(orders: int) -> int:
    return orders


def test_assets_are_in_an_order_in_which_they_can_be_made() -> None:
    graph = AssetGraph.of([node("c", "b"), node("b", "a"), node("a"), node("z")])

    assert [key.to_user_string() for key in graph.toposorted_asset_keys] == ["a", "z", "b", "c"]


def test_an_asset_that_is_only_waited_for_may_be_made_elsewhere() -> None:
    graph = AssetGraph.of([node("a", "elsewhere")])

    assert {AssetKey("elsewhere")} == graph.external_keys
    assert {AssetKey("a")} == graph.materializable_keys


def test_an_asset_whose_value_is_taken_must_be_known() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match=r"'totals' takes 'orders'.*AssetSpec\('orders'\)"):
        AssetGraph.of([totals])


def test_a_spec_makes_a_taken_asset_known() -> None:
    graph = AssetGraph.of([totals, AssetSpec("orders", group_name="raw")])

    assert graph.group_name(AssetKey("orders")) == "raw"
    assert (AssetKey("orders"),) == graph.upstream_of(AssetKey("totals"))
    assert (AssetKey("totals"),) == graph.downstream_of(AssetKey("orders"))


def test_the_same_object_twice_is_one_asset() -> None:
    assert len(AssetGraph.of([orders, orders]).definitions) == 1


@pytest.mark.parametrize("other", [node("orders"), AssetSpec("orders")])
def test_two_definitions_of_one_key_are_refused(other: AssetsDefinition | AssetSpec) -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="'orders' is defined twice"):
        AssetGraph.of([orders, other])


def test_a_circle_is_shown_with_its_path() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="in a circle: a ← b ← c ← a; remove"):
        AssetGraph.of([node("x"), node("a", "b", "x"), node("b", "c"), node("c", "a"), node("d", "a")])


def test_a_long_circle_is_cut() -> None:
    many = [node(f"n{each:02}", f"n{(each + 1) % 40:02}") for each in range(40)]

    with pytest.raises(DagsterInvalidDefinitionError, match="n11 ← …"):
        AssetGraph.of(many)


def test_a_member_that_is_no_asset_is_refused() -> None:
    with pytest.raises(ParameterCheckError, match="decorate the function with @asset"):
        AssetGraph.of([lambda: 1])  # type: ignore[list-item]


def test_an_unknown_key_is_answered_with_the_nearest() -> None:
    with pytest.raises(DagsterInvariantViolationError, match="did you mean 'orders'"):
        AssetGraph.of([orders]).definition("ordrs")


def test_groups_are_looked_up() -> None:
    graph = AssetGraph.of([orders, totals, AssetSpec("x", group_name="raw")])

    assert {"default": [AssetKey("orders"), AssetKey("totals")], "raw": [AssetKey("x")]} == {
        name: list(keys) for name, keys in graph.keys_by_group.items()
    }


def test_work_grows_with_the_number_of_assets_and_no_faster() -> None:
    """Calls of functions for a chain of 4,000 against one of 500: eight times as many, and a little."""

    def calls(count: int) -> int:
        assets = [node(f"n{each}", *([f"n{each - 1}"] if each else [])) for each in range(count)]
        seen = 0

        def count_call(_frame: FrameType, event: str, _argument: object) -> None:
            nonlocal seen
            seen += event in {"call", "c_call"}

        sys.setprofile(count_call)
        try:
            AssetGraph.of(assets)
        finally:
            sys.setprofile(None)
        return seen

    assert calls(4_000) < 9 * calls(500)
