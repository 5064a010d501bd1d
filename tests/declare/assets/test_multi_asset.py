"""``@multi_asset``: what it makes of a function, and what it refuses."""

from collections.abc import Iterator
from typing import Any

import pytest

from watchbell import (
    AssetCheckSpec,
    AssetIn,
    AssetKey,
    AssetOut,
    AssetsDefinition,
    AssetSpec,
    Config,
    MaterializeResult,
    Nothing,
    Output,
    RetryPolicy,
    asset,
    build_asset_context,
    multi_asset,
)
from watchbell.ground.errors import DagsterInvalidDefinitionError, ParameterCheckError

A, B, UP = AssetKey("a"), AssetKey("b"), AssetKey("up")


def two(**arguments: Any) -> AssetsDefinition:
    @multi_asset(outs={"a": AssetOut(), "b": AssetOut()}, **arguments)
    def both():  # type: ignore[no-untyped-def]
        return 1, 2

    return both


def deps_of(assets: AssetsDefinition, key: AssetKey) -> list[str]:
    return [dep.asset_key.to_user_string() for dep in assets.get_asset_spec(key).deps]


def test_each_output_is_an_asset_under_its_name_key_or_prefix() -> None:
    @multi_asset(outs={"a": AssetOut(), "b": AssetOut(key=["x", "y"]), "c": AssetOut(key_prefix="p")})
    def several() -> tuple[int, str, bool]:
        return 1, "2", True

    assert several.keys_by_output_name == {"a": A, "b": AssetKey(["x", "y"]), "c": AssetKey(["p", "c"])}
    assert [out.dagster_type.display_name for out in several.op.outs.values()] == ["Int", "String", "Bool"]


def test_an_asset_out_says_all_that_a_spec_says() -> None:
    out = AssetOut(
        description="d",
        metadata={"x": 1},
        group_name="g",
        code_version="1",
        owners=["team:x"],
        tags={"t": "u"},
        kinds={"python"},
        io_manager_key="lake",
        is_required=False,
    )

    @multi_asset(outs={"a": out})
    def one():  # type: ignore[no-untyped-def]
        """Of the whole."""

    spec = one.get_asset_spec()
    expected = AssetSpec(
        "a",
        description="d",
        metadata={"x": 1},
        group_name="g",
        code_version="1",
        owners=["team:x"],
        tags={"t": "u"},
        kinds={"python"},
        skippable=True,
    )
    assert expected == spec
    assert one.get_io_manager_key_for_asset_key(A) == "lake"
    assert one.op.description == "Of the whole."


def test_what_is_said_of_the_whole_holds_for_assets_that_do_not_say_it() -> None:
    @multi_asset(specs=[AssetSpec("a"), AssetSpec("b", code_version="2")], group_name="g", code_version="1")
    def both() -> None: ...

    assert both.code_versions_by_key == {A: "1", B: "2"}
    assert both.group_names_by_key == {A: "g", B: "g"}


def test_the_step_has_name_tags_config_resources_and_policy() -> None:
    policy = RetryPolicy(max_retries=2)

    @multi_asset(
        specs=[AssetSpec("a")],
        name="load",
        compute_kind="python",
        op_tags={"x": "y"},
        retry_policy=policy,
        required_resource_keys={"r"},
        config_schema={"n": int},
        pool="db",
        description="d",
    )
    def both() -> None: ...

    assert both.op.name == "load"
    assert both.op.tags == {"dagster/compute_kind": "python", "x": "y"}
    assert (policy, "db", "d") == (both.op.retry_policy, both.op.pool, both.op.description)
    assert both.required_resource_keys == {"r"}


def test_parameters_and_deps_are_what_each_asset_is_made_from() -> None:
    @multi_asset(outs={"a": AssetOut(), "b": AssetOut()}, deps=["up"])
    def both(other):  # type: ignore[no-untyped-def]
        return other, other

    assert both.keys_by_input_name == {"other": AssetKey("other"), "up": UP}
    assert deps_of(both, A) == deps_of(both, B) == ["other", "up"]
    assert both.op.ins["up"].is_nothing


def test_internal_deps_say_what_each_asset_is_made_from() -> None:
    @multi_asset(
        outs={"a": AssetOut(), "b": AssetOut()},
        ins={"u": AssetIn("up"), "done": AssetIn("flag", dagster_type=Nothing)},
        internal_asset_deps={"a": {UP, AssetKey("flag")}, "b": {A}},
    )
    def both(u):  # type: ignore[no-untyped-def]
        return u, u

    assert deps_of(both, A) == ["up", "flag"]
    assert deps_of(both, B) == ["a"]


def test_deps_of_specs_become_inputs_unless_the_function_makes_them() -> None:
    @multi_asset(specs=[AssetSpec("a", deps=["up", "wait"]), AssetSpec(["p", "b"], deps=["a"], skippable=True)])
    def both(up): ...  # type: ignore[no-untyped-def]

    assert both.keys_by_input_name == {"up": UP, "wait": AssetKey("wait")}
    assert both.loading_input_of(UP) == "up"
    assert both.loading_input_of(AssetKey("wait")) is None
    assert [out.is_required for out in both.op.outs.values()] == [True, False]
    assert all(out.is_nothing for out in both.op.outs.values())


def test_a_spec_with_an_io_manager_takes_a_value() -> None:
    @multi_asset(specs=[AssetSpec("a").with_io_manager_key("lake")])
    def one() -> Iterator[MaterializeResult[int]]:
        yield MaterializeResult(value=5)

    assert not one.op.outs["a"].is_nothing
    assert one.get_io_manager_key_for_asset_key(A) == "lake"


def test_assets_that_can_be_made_apart_are_all_optional_with_specs() -> None:
    @multi_asset(specs=[AssetSpec("a"), AssetSpec("b")], can_subset=True)
    def both() -> None: ...

    assert both.can_subset
    assert all(spec.skippable for spec in both.specs)


def test_checks_are_kept_by_the_name_of_their_output() -> None:
    assets = two(check_specs=[AssetCheckSpec("fresh", asset="a")])

    assert list(assets.check_specs_by_output_name) == ["a_fresh"]
    assert assets.check_key.to_user_string() == "a:fresh"
    assert assets.get_spec_for_check_key(assets.check_key).name == "fresh"


def test_another_asset_depends_on_all_of_them_at_once() -> None:
    @asset(deps=[two()])
    def after() -> None: ...

    assert after.dependency_keys == {A, B}


def test_the_function_can_be_called_in_a_test() -> None:
    class Size(Config):
        n: int = 3

    @multi_asset(outs={"a": AssetOut(), "b": AssetOut()})
    def both(context, config: Size, up):  # type: ignore[no-untyped-def]
        assert context.selected_asset_keys == {A, B}
        yield Output(up, "a")
        yield Output(up * config.n, "b")

    given = both(build_asset_context(), Size(n=2), 4)

    assert [output.value for output in given] == [4, 8]


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({}, DagsterInvalidDefinitionError, "makes no asset"),
        (
            {"specs": [AssetSpec("a")], "outs": {"b": AssetOut()}},
            DagsterInvalidDefinitionError,
            "both outs= and specs=",
        ),
        ({"specs": [AssetSpec("a")], "deps": ["x"]}, DagsterInvalidDefinitionError, "deps of its spec"),
        ({"specs": [AssetSpec("a"), AssetSpec("a")]}, DagsterInvalidDefinitionError, "'a' twice"),
        ({"outs": {"a": AssetOut(key="x"), "b": AssetOut(key="x")}}, DagsterInvalidDefinitionError, "'x' twice"),
        ({"outs": {"a": AssetOut(group_name="x")}, "group_name": "y"}, DagsterInvalidDefinitionError, "group"),
        ({"specs": [AssetSpec("a", group_name="x")], "group_name": "y"}, DagsterInvalidDefinitionError, "group"),
        ({"outs": {"a": 1}}, ParameterCheckError, "AssetOut"),
        ({"specs": ["a"]}, ParameterCheckError, "AssetSpec"),
        ({"outs": {"a": AssetOut()}, "automation_condition": 1}, TypeError, "to each AssetSpec or AssetOut"),
        ({"outs": {"a": AssetOut()}, "can_subsett": True}, TypeError, "did you mean 'can_subset'"),
        (
            {"outs": {"a": AssetOut()}, "internal_asset_deps": {"z": {A}}},
            DagsterInvalidDefinitionError,
            "the output 'z', which it does not have",
        ),
        (
            {"outs": {"a": AssetOut()}, "internal_asset_deps": {"a": {AssetKey("nope")}}},
            DagsterInvalidDefinitionError,
            "neither an input nor an asset",
        ),
        (
            {"outs": {"a": AssetOut()}, "deps": ["up"], "internal_asset_deps": {"a": set()}},
            DagsterInvalidDefinitionError,
            "nothing is made from its input 'up'",
        ),
        ({"outs": {"a": AssetOut()}, "internal_asset_deps": {"a": "up"}}, ParameterCheckError, "set of keys"),
        (
            {"specs": [AssetSpec("a")], "check_specs": [AssetCheckSpec("c", asset="other")]},
            DagsterInvalidDefinitionError,
            "'other', which it does not make",
        ),
    ],
)
def test_a_mistake_is_refused_where_it_is_made(arguments: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):

        @multi_asset(**arguments)
        def several() -> None: ...


def test_a_parameter_that_no_spec_speaks_of_is_refused() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="'up', which is in the deps of none of its specs"):

        @multi_asset(specs=[AssetSpec("a")])
        def one(up): ...  # type: ignore[no-untyped-def]
