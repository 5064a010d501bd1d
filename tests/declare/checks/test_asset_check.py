"""Definitions of asset checks: decorators, inputs, mistakes."""

from typing import Any

import pytest

from watchbell import (
    AssetCheckKey,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetIn,
    AssetKey,
    AssetSpec,
    DagsterInvalidDefinitionError,
    Out,
    StaticPartitionsDefinition,
    asset,
    asset_check,
    job,
    multi_asset_check,
    op,
)
from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.ground.errors import ParameterCheckError


@asset(key_prefix="raw")
def orders() -> int:
    return 1


def answer() -> AssetCheckResult:
    return AssetCheckResult(passed=True)


TARGETS: list[Any] = [orders, AssetSpec(["raw", "orders"]), AssetKey(["raw", "orders"]), ["raw", "orders"]]


def test_a_check_says_what_its_decorator_was_told() -> None:
    @asset_check(asset=orders, blocking=True, metadata={"why": "law"}, additional_deps=["stock"])
    def no_nulls(orders: int) -> AssetCheckResult:
        """No row has a null."""
        return answer()

    assert no_nulls.check_key == AssetCheckKey(["raw", "orders"], "no_nulls")
    assert no_nulls.name == "no_nulls"
    assert no_nulls.asset_key == AssetKey(["raw", "orders"])
    assert no_nulls.op.name == "raw__orders_no_nulls"
    assert no_nulls.keys_by_input_name == {"orders": AssetKey(["raw", "orders"]), "stock": AssetKey("stock")}
    assert dict(no_nulls.keys_by_output_name) == {}
    (spec,) = no_nulls.check_specs
    assert (spec.description, spec.blocking, dict(spec.metadata)) == ("No row has a null.", True, {"why": "law"})


@pytest.mark.parametrize("target", TARGETS)
def test_an_asset_is_named_in_many_ways(target: Any) -> None:
    check = asset_check(asset=target, name="fine")(answer)

    assert check.check_key.to_user_string() == "raw/orders:fine"


def test_a_check_without_a_parameter_still_waits_for_its_asset() -> None:
    check = asset_check(asset=orders, name="fine")(answer)

    assert list(check.keys_by_input_name.values()) == [AssetKey(["raw", "orders"])]


def test_the_key_of_an_input_that_waits_never_meets_a_parameter() -> None:
    @asset_check(asset="a", additional_ins={"b": AssetIn("c")}, additional_deps=["b"])
    def fine(a: int, b: int) -> AssetCheckResult:
        return answer()

    assert fine.keys_by_input_name == {"a": AssetKey("a"), "b": AssetKey("c"), "dep_b_2": AssetKey("b")}


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"name": "a b"}, "not a valid name"),
        ({"additional_ins": {"x": AssetIn("a")}}, "for that asset itself"),
        ({"additional_ins": {"z": AssetIn("b")}}, "no such parameter"),
    ],
)
def test_mistakes_are_told_when_the_check_is_defined(arguments: dict[str, Any], error: str) -> None:
    def look(x: int) -> AssetCheckResult:
        return answer()

    with pytest.raises(DagsterInvalidDefinitionError, match=error):
        asset_check(asset="a", **arguments)(look)


def test_two_parameters_without_assets_are_one_too_many() -> None:
    def look(x: int, y: int) -> AssetCheckResult:
        return answer()

    with pytest.raises(DagsterInvalidDefinitionError, match="additional_ins="):
        asset_check(asset="a")(look)


def test_a_decorator_without_an_asset_says_how_to_write_it() -> None:
    with pytest.raises(ParameterCheckError, match="asset=…"):
        asset_check(asset=answer)


def test_several_checks_need_specs_and_assets_for_their_parameters() -> None:
    specs = [AssetCheckSpec("one", asset="a"), AssetCheckSpec("two", asset="b", additional_deps=["c"])]

    @multi_asset_check(specs=specs, ins={"x": "a"}, name="looks")
    def look(x: int) -> Any: ...

    assert look.op.name == "looks"
    assert look.keys_by_input_name == {"x": AssetKey("a"), "b": AssetKey("b"), "c": AssetKey("c")}
    with pytest.raises(DagsterInvalidDefinitionError, match="say which asset"):
        multi_asset_check(specs=specs)(lambda x: None)
    with pytest.raises(DagsterInvalidDefinitionError, match="twice"):
        multi_asset_check(specs=[specs[0], AssetCheckSpec("one", asset="a")], name="both")(lambda: None)
    with pytest.raises(DagsterInvalidDefinitionError, match="makes no check"):
        multi_asset_check(specs=[], name="none")(lambda: None)


def test_the_outputs_of_an_op_are_checks_one_by_one() -> None:
    @op(out={"one": Out(), "two": Out()})
    def look() -> Any: ...

    with pytest.raises(DagsterInvalidDefinitionError, match="two"):
        AssetChecksDefinition.create(
            keys_by_input_name={},
            node_def=look,
            check_specs_by_output_name={"one": AssetCheckSpec("one", asset="a")},
            can_subset=False,
        )


def test_a_check_is_no_part_of_a_job_of_ops() -> None:
    check = asset_check(asset="a", name="fine")(answer)

    with pytest.raises(DagsterInvalidDefinitionError, match=r"AssetSelection.checks"):

        @job
        def wrong() -> None:
            check()


def test_check_specs_of_an_asset_are_about_that_asset() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="of the asset 'b'"):

        @asset(check_specs=[AssetCheckSpec("fine", asset="b")])
        def a() -> None: ...


def test_a_spec_refuses_its_own_asset_as_a_further_one() -> None:
    with pytest.raises(ParameterCheckError, match="that asset itself"):
        AssetCheckSpec("fine", asset="a", additional_deps=["a"])


def test_a_spec_follows_its_asset() -> None:
    spec = AssetCheckSpec("fine", asset="a", blocking=True)
    moved = spec.replace_key(AssetCheckKey("b", "good"))

    assert (moved.key.to_user_string(), moved.blocking) == ("b:good", True)
    assert spec.with_metadata({"n": 1}).metadata == {"n": 1}


@pytest.mark.parametrize(
    "arguments", [{"passed": 1}, {"passed": True, "severity": "WARN"}, {"passed": True, "check_name": 3}]
)
def test_an_answer_is_checked(arguments: dict[str, Any]) -> None:
    with pytest.raises(ParameterCheckError):
        AssetCheckResult(**arguments)


def test_an_answer_reads_as_it_was_written() -> None:
    found = AssetCheckResult(passed=False, asset_key="a", severity=AssetCheckSeverity.WARN, metadata={"n": 3})

    assert (found.asset_key, found.metadata["n"].value) == (AssetKey("a"), 3)
    assert found.with_metadata({"n": 4}).metadata["n"].value == 4


def test_a_check_has_the_partitions_of_its_asset_or_none() -> None:
    letters = StaticPartitionsDefinition(["a", "b"])
    sales = asset(name="sales", partitions_def=letters)(lambda: 1)

    def checked(partitions_def: StaticPartitionsDefinition | None) -> AssetChecksDefinition:
        return asset_check(asset="sales", name="whole", partitions_def=partitions_def)(
            lambda: AssetCheckResult(passed=True)
        )

    AssetGraph.of([sales, checked(None)])
    AssetGraph.of([sales, checked(StaticPartitionsDefinition(["a", "b"]))])
    AssetGraph.of([checked(letters)])  # who knows which partitions an asset has that is made elsewhere
    with pytest.raises(DagsterInvalidDefinitionError, match="'sales:whole' has .*'c'.*and its asset .*'b'"):
        AssetGraph.of([sales, checked(StaticPartitionsDefinition(["a", "c"]))])
    with pytest.raises(DagsterInvalidDefinitionError, match="its asset None"):
        AssetGraph.of([AssetSpec("sales"), checked(letters)])
