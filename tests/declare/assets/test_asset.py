from typing import Any

import pytest

from watchbell import (
    AssetDep,
    AssetExecutionContext,
    AssetIn,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    Config,
    MaterializeResult,
    Nothing,
    ResourceParam,
    RetryPolicy,
    asset,
)
from watchbell.ground.errors import DagsterInvalidDefinitionError, DagsterInvariantViolationError, ParameterCheckError


def made(**arguments: Any) -> AssetsDefinition:
    def orders() -> int:
        return 1

    definition: AssetsDefinition = asset(**arguments)(orders)
    return definition


def test_parameters_are_the_assets_of_their_names() -> None:
    @asset(deps=["log"])
    def totals(context: AssetExecutionContext, orders: int, rates: int = 3) -> int:
        """Sums."""
        return orders * rates

    assert {
        "orders": AssetKey("orders"),
        "rates": AssetKey("rates"),
        "log": AssetKey("log"),
    } == totals.keys_by_input_name
    assert {AssetKey("orders"), AssetKey("rates"), AssetKey("log")} == totals.dependency_keys
    assert totals.op.ins["log"].is_nothing
    assert totals.get_asset_spec().description == "Sums."


def test_asset_in_says_which_asset_a_parameter_is() -> None:
    @asset(
        key_prefix="clean",
        ins={"a": AssetIn(key_prefix="raw"), "b": AssetIn("bee"), "c": AssetIn(input_manager_key="files")},
    )
    def d(a: int, b: int, c: int) -> None: ...

    assert {name: key.to_user_string() for name, key in d.keys_by_input_name.items()} == {
        "a": "raw/a",
        "b": "bee",
        "c": "c",
    }
    assert AssetKey(["clean", "d"]) == d.key
    assert d.op.name == "clean__d"
    assert {"files"} == d.required_resource_keys


def test_an_asset_in_without_a_value_needs_no_parameter() -> None:
    @asset(ins={"before": AssetIn("raw", dagster_type=Nothing)})
    def after() -> None: ...

    assert {"before": AssetKey("raw")} == after.keys_by_input_name
    assert after.loading_input_of(AssetKey("raw")) is None


def test_deps_may_be_keys_texts_lists_specs_and_definitions() -> None:
    first = made(name="first")

    last = made(name="last", deps=[first, "second", ["x", "third"], AssetSpec("fourth"), AssetDep("fifth")])

    assert [dep.asset_key.to_user_string() for dep in last.specs[0].deps] == [
        "first",
        "second",
        "x/third",
        "fourth",
        "fifth",
    ]


def test_two_deps_that_would_share_an_input_name_get_different_ones() -> None:
    definition = made(deps=[["a", "b"], "a_b", "context", "class"])

    assert len(set(definition.keys_by_input_name)) == 4
    assert {"a/b", "a_b", "context", "class"} == {
        key.to_user_string() for key in definition.keys_by_input_name.values()
    }


def test_config_and_resources_are_no_assets() -> None:
    class Limits(Config):
        rows: int = 3

    @asset
    def limited(config: Limits, db: ResourceParam[str]) -> int:
        return config.rows

    assert limited.keys_by_input_name == {}
    assert {"db", "io_manager"} == limited.required_resource_keys
    assert limited(Limits(), db="x") == 3


def test_labels_go_to_the_spec_and_op_tags_to_the_op() -> None:
    definition = made(
        group_name="sales",
        tags={"tier": "gold"},
        kinds={"python"},
        owners=["team:data"],
        metadata={"rows": 1},
        op_tags={"cpu": 2},
        compute_kind=None,
        code_version="7",
        retry_policy=RetryPolicy(max_retries=2),
    )

    spec = definition.get_asset_spec()
    assert ("sales", ("team:data",), {"python"}, "7") == (spec.group_name, spec.owners, spec.kinds, spec.code_version)
    assert {"rows": 1} == spec.metadata == definition.op.outs["result"].metadata
    assert definition.op.tags == {"cpu": "2"}
    assert definition.op.retry_policy == RetryPolicy(max_retries=2)


def test_a_compute_kind_is_a_tag_of_the_op() -> None:
    assert made(compute_kind="spark").op.tags == {"dagster/compute_kind": "spark"}


def test_the_group_of_an_asset_without_one_is_default() -> None:
    assert {AssetKey("orders"): "default"} == made().group_names_by_key


def test_an_io_manager_object_becomes_a_resource_of_the_asset() -> None:
    manager = object()

    definition = made(key_prefix="raw", io_manager_def=manager)

    assert definition.get_io_manager_key_for_asset_key(definition.key) == "raw__orders__io_manager"
    assert {"raw__orders__io_manager"} == set(definition.resource_defs)


@pytest.mark.parametrize("returns", [None, "None"])
def test_an_asset_that_stores_itself_has_no_value_for_an_io_manager(returns: Any) -> None:
    def stored() -> Any: ...

    stored.__annotations__ = {"return": returns}

    definition = asset(stored)

    assert definition.op.outs["result"].is_nothing
    assert "io_manager" not in definition.required_resource_keys


def test_a_materialize_result_of_a_type_has_a_value_of_that_type() -> None:
    def counted() -> MaterializeResult[int]:
        return MaterializeResult(value=3)

    assert asset(counted).op.outs["result"].dagster_type.display_name == "Int"


def test_an_output_that_is_not_required_makes_the_asset_skippable() -> None:
    assert made(output_required=False).get_asset_spec().skippable
    assert not made(output_required=False).op.outs["result"].is_required


def test_calling_an_asset_runs_its_function() -> None:
    @asset
    def doubled(orders: int) -> int:
        return orders * 2

    assert doubled(3) == 6


@pytest.mark.parametrize("name", ["orders-eu", "orders.eu", "a"])
def test_dashes_and_dots_are_accepted_in_keys(name: str) -> None:
    assert AssetKey(name) == made(name=name).key


@pytest.mark.parametrize(
    ("arguments", "culprit"),
    [
        ({"name": "a b"}, "'a b'"),
        ({"name": "a/b"}, "'a/b'"),
        ({"name": "context"}, "'context'"),
        ({"key": ["a", "b c"]}, "'b c'"),
        ({"name": "a", "key": "b"}, "key='b'"),
        ({"key_prefix": "a", "key": "b"}, "key='b'"),
        ({"group_name": "a b"}, "group_name"),
        ({"group_name": ""}, "group_name"),
        ({"owners": ["joe"]}, "'joe'"),
        ({"tags": {"a b": "c"}}, "'a b'"),
        ({"kinds": {"a b!"}}, "'a b!'"),
        ({"ins": {"ordres": AssetIn()}}, "'ordres'"),
        ({"compute_kind": "a", "kinds": {"b"}}, "compute_kind"),
        ({"io_manager_key": "a", "io_manager_def": object()}, "io_manager_def"),
    ],
)
def test_a_mistake_is_refused_where_it_is_made(arguments: dict[str, Any], culprit: str) -> None:
    with pytest.raises(DagsterInvalidDefinitionError) as caught:
        made(**arguments)

    assert culprit in str(caught.value)


@pytest.mark.parametrize(
    "arguments",
    [
        {"deps": [5]},
        {"deps": "a"},
        {"retry_policy": 3},
        {"description": 3},
        {"owners": "joe"},
        {"ins": {"a": "b"}},
        {"automation_condition": object()},
    ],
)
def test_an_argument_of_the_wrong_type_is_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(ParameterCheckError):
        made(**arguments)


def test_an_argument_that_does_not_exist_is_refused_with_the_nearest() -> None:
    with pytest.raises(TypeError, match="no argument 'grup_name'; did you mean 'group_name'"):
        made(grup_name="x")


def test_a_wrong_parameter_in_ins_is_answered_with_the_nearest() -> None:
    def totals(orders: int) -> None: ...

    with pytest.raises(DagsterInvalidDefinitionError, match="did you mean 'orders'"):
        asset(ins={"ordres": AssetIn()})(totals)


def test_an_asset_that_is_loaded_may_stand_in_deps_too() -> None:
    @asset(deps=["orders"])
    def totals(orders: int) -> None: ...

    assert totals.dependency_keys == {AssetKey("orders")}


def test_something_else_than_a_function_is_refused() -> None:
    with pytest.raises(ParameterCheckError, match="@asset is put on a function"):
        asset("orders")  # type: ignore[call-overload]


def test_asset_in_takes_a_key_or_a_prefix() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="key_prefix"):
        AssetIn(key="a", key_prefix="b")


def test_specs_can_be_mapped_but_not_moved() -> None:
    definition = made().map_asset_specs(lambda spec: spec.replace_attributes(group_name="new"))

    assert {AssetKey("orders"): "new"} == definition.group_names_by_key
    with pytest.raises(DagsterInvalidDefinitionError, match="cannot change the key"):
        definition.map_asset_specs(lambda spec: spec.replace_attributes(key="other"))


def test_a_key_it_does_not_make_is_refused() -> None:
    with pytest.raises(DagsterInvariantViolationError, match="does not make the asset 'ordrs'; did you mean 'orders'"):
        made().get_output_name_for_asset_key(AssetKey("ordrs"))


def test_an_async_function_is_an_asset() -> None:
    @asset
    async def later() -> int:
        return 1

    assert later.op.function.is_async
