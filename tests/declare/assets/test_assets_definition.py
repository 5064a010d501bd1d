"""What a definition of assets says of them, and how it is changed."""

from collections.abc import Callable
from typing import Any

import pytest

from watchbell import (
    AssetCheckSpec,
    AssetIn,
    AssetKey,
    AssetOut,
    AssetsDefinition,
    AssetSpec,
    SourceAsset,
    map_asset_specs,
    multi_asset,
    op,
)
from watchbell.ground.errors import (
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    DagsterInvalidSubsetError,
    DagsterInvariantViolationError,
    ParameterCheckError,
)

A, B, UP = AssetKey("a"), AssetKey("b"), AssetKey("up")


@multi_asset(
    outs={"a": AssetOut(code_version="1", owners=["team:x"], tags={"t": "v"}, description="D"), "b": AssetOut()},
    ins={"u": AssetIn("up")},
    deps=["flag"],
    internal_asset_deps={"a": {UP, AssetKey("flag")}, "b": {A}},
    can_subset=True,
    check_specs=[AssetCheckSpec("fresh", asset="a"), AssetCheckSpec("full", asset="b")],
)
def both(u):  # type: ignore[no-untyped-def]
    return 1, 2


def deps(assets: AssetsDefinition, key: AssetKey) -> set[str]:
    return {each.to_user_string() for each in assets.asset_deps[key]}


def test_it_tells_of_its_assets_by_key() -> None:
    assert both.keys == {A, B}
    assert both.descriptions_by_key == {A: "D"}
    assert both.code_versions_by_key == {A: "1", B: None}
    assert both.owners_by_key == {A: ("team:x",), B: ()}
    assert both.tags_by_key == {A: {"t": "v"}, B: {}}
    assert both.dependency_keys == {UP, AssetKey("flag"), A}
    assert list(both.input_names) == ["u", "flag"]
    assert both.get_output_name_for_asset_key(B) == "b"
    assert {key.to_user_string() for key in both.check_keys} == {"a:fresh", "b:full"}
    assert both.asset_and_check_keys == {A, B, *both.check_keys}


def test_what_is_there_once_is_asked_for_only_where_there_is_one() -> None:
    with pytest.raises(DagsterInvariantViolationError, match="makes 2 assets"):
        _ = both.key
    with pytest.raises(DagsterInvariantViolationError, match="makes 2 checks"):
        _ = both.check_key
    with pytest.raises(DagsterInvariantViolationError, match="does not make the asset 'c'"):
        both.get_asset_spec(AssetKey("c"))


def test_a_part_knows_what_was_left_out() -> None:
    part = both.subset_for({B})

    assert (part.keys, part.is_subset) == ({B}, True)
    assert (part.keys_by_output_name, part.node_keys_by_output_name) == ({"b": B}, {"a": A, "b": B})
    assert part.keys_by_input_name == {}
    assert [spec.name for spec in part.check_specs] == ["full"]
    assert part.op is both.op
    assert both.subset_for({A, B, UP}) is both


def test_a_part_of_what_is_indivisible_is_refused() -> None:
    whole = multi_asset(outs={"a": AssetOut(), "b": AssetOut()}, name="m")(lambda: (1, 2))

    with pytest.raises(DagsterInvalidSubsetError, match="'m' makes a only together with b"):
        whole.subset_for({A})


def test_keys_groups_tags_and_metadata_are_replaced_by_the_old_keys() -> None:
    moved = both.with_attributes(
        asset_key_replacements={A: AssetKey(["p", "a"]), UP: AssetKey("UP")},
        group_names_by_key={A: "new"},
        tags_by_key={B: {"q": "1"}},
        metadata_by_key={B: {"m": 1}},
    )

    key = AssetKey(["p", "a"])
    assert moved.keys == {key, B}
    assert moved.keys_by_input_name == {"u": AssetKey("UP"), "flag": AssetKey("flag")}
    assert (deps(moved, key), deps(moved, B)) == ({"UP", "flag"}, {"p/a"})
    assert moved.group_names_by_key == {key: "new", B: "default"}
    assert (moved.tags_by_key[B], moved.metadata_by_key[B]) == ({"q": "1"}, {"m": 1})
    assert {each.to_user_string() for each in moved.check_keys} == {"p/a:fresh", "b:full"}
    assert both.keys == {A, B}


def test_a_prefix_and_a_group_are_given_to_all() -> None:
    moved = both.with_prefix_or_group("p", "g")

    assert moved.keys == {AssetKey(["p", "a"]), AssetKey(["p", "b"])}
    assert deps(moved, AssetKey(["p", "b"])) == {"p/a"}
    assert set(moved.group_names_by_key.values()) == {"g"}


def test_a_group_that_is_there_already_stays() -> None:
    grouped = multi_asset(outs={"a": AssetOut(group_name="g")}, name="m")(lambda: 1)

    with pytest.raises(DagsterInvalidDefinitionError, match="in the group 'g' already"):
        grouped.with_attributes(group_names_by_key={A: "h"})


def test_specs_are_mapped_and_may_depend_on_more() -> None:
    owned = both.map_asset_specs(lambda spec: spec.merge_attributes(owners=["team:y"], deps=["more"]))

    assert owned.owners_by_key == {A: ("team:x", "team:y"), B: ("team:y",)}
    assert deps(owned, B) == {"a", "more"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda spec: spec.replace_attributes(key=spec.key.with_prefix("p")), "cannot change the key 'a' to 'p/a'"),
        (lambda spec: spec.replace_attributes(deps=[]), "the parameter 'u' of its function loads that asset"),
    ],
)
def test_a_mapping_that_would_break_the_function_is_refused(
    change: Callable[[AssetSpec], AssetSpec], words: str
) -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match=words):
        both.map_asset_specs(change)


def test_definitions_and_specs_are_mapped_together_but_no_source_assets() -> None:
    mapped = map_asset_specs(lambda spec: spec.replace_attributes(owners=["team:z"]), [both, AssetSpec("c")])

    assert isinstance(mapped[0], AssetsDefinition)
    assert mapped[0].owners_by_key == {A: ("team:z",), B: ("team:z",)}
    assert mapped[1] == AssetSpec("c", owners=["team:z"])
    with pytest.raises(ParameterCheckError, match="SourceAsset"):
        map_asset_specs(lambda spec: spec, [SourceAsset("d")])  # type: ignore[list-item]


def test_resources_are_added_but_not_replaced() -> None:
    with_own = both.with_resources({"x": 1, "y": 2}).with_resources({"y": 3, "z": 4})

    assert sorted(with_own.resource_defs) == ["x", "y", "z"]
    assert both.resource_defs == {}


def test_what_is_only_declared_cannot_be_called() -> None:
    with pytest.raises(DagsterInvalidInvocationError, match="no function to call"):
        AssetsDefinition(specs=[AssetSpec("a")])()


@op
def number() -> int:
    return 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"keys_by_output_name": {"rezult": A}, "specs": [AssetSpec("a")]}, "has no output 'rezult'.*'result'"),
        ({"keys_by_output_name": {"result": A}, "specs": [AssetSpec("b")]}, "one output and one spec"),
        (
            {"keys_by_input_name": {"x": UP}, "keys_by_output_name": {"result": A}, "specs": [AssetSpec("a")]},
            "has no input 'x'",
        ),
        ({"specs": [AssetSpec("a"), AssetSpec("a")]}, "'a' twice"),
    ],
)
def test_ends_that_the_op_does_not_have_are_refused(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match=words):
        AssetsDefinition(node_def=number, **arguments)


def test_conditions_that_are_none_are_refused_clearly() -> None:
    with pytest.raises(ParameterCheckError, match="is an AutomationCondition"):
        both.with_attributes(automation_condition=object())  # type: ignore[arg-type]
    with pytest.raises(ParameterCheckError, match="automation_conditions_by_output_name"):
        AssetsDefinition.from_op(number, automation_conditions_by_output_name=object())
    with pytest.raises(TypeError, match="did you mean 'group_name'"):
        AssetsDefinition.from_op(number, group_nam="x")
