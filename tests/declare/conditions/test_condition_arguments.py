"""What may be said of an asset with ``automation_condition=`` and ``auto_materialize_policy=``."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from watchbell import (
    AssetKey,
    AssetOut,
    AssetsDefinition,
    AssetSpec,
    AutoMaterializePolicy,
    AutomationCondition,
    Definitions,
    OpDefinition,
    asset,
    asset_check,
    graph_asset,
    load_assets_from_modules,
    multi_asset,
    op,
)
from watchbell.ground.errors import (
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    ParameterCheckError,
)

EAGER, MISSING = AutomationCondition.eager(), AutomationCondition.missing()
POLICY: Any = AutoMaterializePolicy.eager()


def one() -> int:
    return 1


def number() -> OpDefinition:
    return op(one)


def composed() -> Any:
    return number()()


PLACES: dict[str, Callable[..., object]] = {
    "asset": lambda **said: asset(**said)(one),
    "AssetSpec": lambda **said: AssetSpec("a", **said),
    "AssetOut": AssetOut,
    "graph_asset": lambda **said: graph_asset(**said)(composed),
    "load_assets": lambda **said: load_assets_from_modules([], **said),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_condition_and_a_policy_are_not_given_together(place: str) -> None:
    with pytest.raises(DagsterInvariantViolationError, match="both automation_condition= and auto_materialize_policy="):
        PLACES[place](automation_condition=EAGER, auto_materialize_policy=POLICY)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"automation_condition": "eager"}, "automation_condition= is an AutomationCondition"),
        ({"automation_condition": AutomationCondition.eager}, "call it: AutomationCondition.eager()"),
        ({"automation_condition": POLICY}, "give it as auto_materialize_policy="),
        ({"auto_materialize_policy": EAGER}, "give it as automation_condition="),
        ({"auto_materialize_policy": 3}, "auto_materialize_policy= is an AutoMaterializePolicy"),
    ],
)
def test_anything_else_is_refused(place: str, said: dict[str, Any], words: str) -> None:
    with pytest.raises(ParameterCheckError) as caught:
        PLACES[place](**said)

    assert words in str(caught.value)


def test_a_policy_is_a_condition_underneath() -> None:
    made = asset(name="a", auto_materialize_policy=POLICY)(one)

    assert {AssetKey("a"): POLICY.to_automation_condition()} == made.automation_conditions_by_key
    assert POLICY.to_automation_condition() == made.auto_materialize_policies_by_key[AssetKey("a")].asset_condition


def test_several_assets_say_it_each() -> None:
    specs = [AssetSpec("a", automation_condition=EAGER), AssetSpec("b")]
    made = multi_asset(specs=specs)(one)

    assert {AssetKey("a"): EAGER} == made.automation_conditions_by_key
    with pytest.raises(TypeError, match="to each AssetSpec or AssetOut"):
        multi_asset(specs=specs, automation_condition=EAGER)


def test_a_changed_spec_keeps_its_condition() -> None:
    spec = AssetSpec("a", automation_condition=EAGER)

    assert EAGER is spec.replace_attributes(description="x").automation_condition
    assert EAGER is spec.merge_attributes(tags={"x": "y"}).automation_condition
    assert MISSING is spec.replace_attributes(automation_condition=MISSING).automation_condition
    assert spec.replace_attributes(automation_condition=None).automation_condition is None


def test_a_condition_is_not_put_over_another_by_with_attributes() -> None:
    made = asset(name="a", automation_condition=EAGER)(one)

    with pytest.raises(DagsterInvalidDefinitionError, match="has an automation_condition already"):
        made.with_attributes(automation_condition=MISSING)
    with pytest.raises(TypeError, match="give automation_condition="):
        made.with_attributes(auto_materialize_policy=POLICY)


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        ({"automation_conditions_by_output_name": {"nope": EAGER}}, DagsterInvalidDefinitionError, "no output 'nope'"),
        ({"automation_conditions_by_output_name": {"result": 3}}, ParameterCheckError, "is an AutomationCondition"),
        ({"automation_conditions_by_output_name": 3}, ParameterCheckError, "automation_conditions_by_output_name"),
        (
            {
                "automation_conditions_by_output_name": {"result": EAGER},
                "auto_materialize_policies_by_output_name": {"result": POLICY},
            },
            ParameterCheckError,
            "has both",
        ),
    ],
)
def test_conditions_of_outputs_fit_the_op(said: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        AssetsDefinition.from_op(number(), **said)


def test_the_asset_graph_tells_the_condition_of_assets_and_checks() -> None:
    @asset_check(asset="a", automation_condition=MISSING)
    def checked() -> Any: ...

    made = asset(name="a", automation_condition=EAGER)(one)
    graph = Definitions(assets=[made, AssetSpec("b")], asset_checks=[checked]).get_asset_graph()

    (check,) = graph.check_keys
    found = [graph.condition_of(AssetKey("a")), graph.condition_of(AssetKey("b")), graph.condition_of(check)]
    assert found == [EAGER, None, MISSING]


def test_who_has_no_condition_loads_none_of_what_they_are_made_of() -> None:
    script = (
        "import sys; from watchbell import AssetSpec, Definitions, asset, asset_check; "
        "made = asset(name='a')(lambda: 1); Definitions(assets=[made, AssetSpec('b')]).get_repository_def(); "
        "names = [name for name in sys.modules if name.startswith('watchbell.declare.conditions.')]; "
        "names.remove('watchbell.declare.conditions.condition_arguments'); sys.exit(str(names) if names else 0)"
    )

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
