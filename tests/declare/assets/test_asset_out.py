"""``AssetOut``: what is said of one of several assets."""

from typing import Any

import pytest

from watchbell import AssetKey, AssetOut, AssetSpec
from watchbell.ground.errors import DagsterInvalidDefinitionError, ParameterCheckError


def test_it_is_made_of_a_spec_and_back() -> None:
    spec = AssetSpec(["p", "q"], group_name="g", description="d", skippable=True, tags={"a": "b"}, kinds={"sql"})

    out = AssetOut.from_spec(spec, dagster_type=int, io_manager_key="lake")

    assert (AssetKey(["p", "q"]), "lake", int) == (out.key, out.io_manager_key, out.dagster_type)
    assert not out.is_required
    assert out.kinds == {"sql"}
    assert out.to_spec(out.key_for("anything")) == spec


def test_its_key_is_the_outputs_name_after_the_prefix() -> None:
    assert AssetOut(key_prefix=["x", "y"]).key_for("z") == AssetKey(["x", "y", "z"])
    assert AssetOut().key_for("z") == AssetKey("z")


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"key": "a", "key_prefix": "b"}, DagsterInvalidDefinitionError, "both key="),
        ({"automation_condition": object()}, ParameterCheckError, "is an AutomationCondition"),
        ({"descripton": "x"}, TypeError, "did you mean 'description'"),
        ({"tags": {"a b": "c"}}, DagsterInvalidDefinitionError, "tag"),
    ],
)
def test_a_mistake_is_refused(arguments: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        AssetOut(**arguments)


def test_deps_belong_to_the_whole_function() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="has deps"):
        AssetOut.from_spec(AssetSpec("a", deps=["b"]))
