"""Condition sensors: what they select, and the default one."""

from collections.abc import Sequence
from typing import Any

import pytest

from watchbell import (
    AssetCheckResult,
    AssetKey,
    AssetsDefinition,
    AssetSelection,
    AssetSpec,
    AutomationCondition,
    AutomationConditionSensorDefinition,
    DataVersion,
    DefaultSensorStatus,
    Definitions,
    SensorDefinition,
    asset,
    asset_check,
    observable_source_asset,
    sensor,
)
from watchbell.ground.errors import DagsterInvalidDefinitionError, ParameterCheckError

DEFAULT = "default_automation_condition_sensor"
EAGER = AutomationCondition.eager()
SELECT = AssetSelection


def made(name: str, condition: Any = EAGER) -> AssetsDefinition:
    return asset(name=name, automation_condition=condition)(lambda: 1)


@observable_source_asset(automation_condition=EAGER)
def looked_at() -> DataVersion:
    return DataVersion("1")


@asset_check(asset="a", automation_condition=EAGER)
def checked() -> AssetCheckResult:
    return AssetCheckResult(passed=True)


def owned(assets: Sequence[Any], sensors: Sequence[SensorDefinition] = (), checks: Any = ()) -> dict[str, list[str]]:
    """The entities each sensor evaluates."""
    repository = Definitions(assets=assets, sensors=sensors, asset_checks=checks).get_repository_def()
    names = [each.name for each in repository.sensor_defs]
    return {name: sorted(each.to_user_string() for each in repository.conditioned_by(name)) for name in names}


def select(name: str, target: Any, **more: Any) -> AutomationConditionSensorDefinition:
    return AutomationConditionSensorDefinition(name, target=target, **more)


def test_the_default_sensor_has_what_no_other_selects() -> None:
    assert owned([made("a"), made("b"), looked_at], checks=[checked]) == {DEFAULT: ["a", "a:checked", "b", "looked_at"]}
    assert owned([made("a"), made("b")], [select("s", "a")]) == {"s": ["a"], DEFAULT: ["b"]}
    assert owned([made("a"), looked_at], [select("s", "*")]) == {"s": ["a"], DEFAULT: ["looked_at"]}


def test_without_conditions_there_is_no_default_sensor() -> None:
    assert owned([made("a", None)]) == {}
    assert owned([made("a")], [select("s", "*")]) == {"s": ["a"]}


def test_what_nothing_here_makes_has_no_sensor() -> None:
    assert owned([AssetSpec("a", automation_condition=EAGER)]) == {}


def test_the_default_sensor_does_not_work_until_it_is_switched_on() -> None:
    found = Definitions(assets=[made("a")]).get_sensor_def(DEFAULT)

    assert found.default_status is DefaultSensorStatus.STOPPED


def test_a_sensor_with_the_name_of_the_default_one_has_the_rest_too() -> None:
    own = select(DEFAULT, SELECT.all(), default_status=DefaultSensorStatus.RUNNING)

    assert owned([made("a"), looked_at], [own]) == {DEFAULT: ["a", "looked_at"]}


def test_a_check_belongs_to_the_sensor_that_selects_it_without_its_asset() -> None:
    sensors = [select("assets", "a"), select("checks", SELECT.all_asset_checks())]

    assert owned([made("a")], sensors, [checked]) == {"assets": ["a"], "checks": ["a:checked"]}


def test_a_default_condition_is_for_assets_that_have_none() -> None:
    default = select("s", "*", default_condition=AutomationCondition.on_missing())

    assert owned([made("a"), made("plain", None)], [default]) == {"s": ["a", "plain"]}


def test_an_asset_belongs_to_one_sensor() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="'s' and 't' both select the asset 'a'"):
        owned([made("a")], [select("s", "a"), select("t", "*")])


def test_the_name_of_the_default_sensor_is_taken_by_no_other_sort() -> None:
    other = sensor(job_name="j", name=DEFAULT)(lambda: None)

    with pytest.raises(DagsterInvalidDefinitionError, match=f"two definitions are called '{DEFAULT}'"):
        owned([made("a")], [other])


def test_an_unknown_asset_is_told() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="condition sensor 's'"):
        owned([made("a")], [select("s", SELECT.keys("aa"))])


def test_other_processes_are_told_of_it() -> None:
    defs = Definitions(assets=[made("a")], sensors=[select("s", "a", tags={"x": "y"})])
    (told,) = defs.get_repository_def().snapshot("here").sensors

    assert (told.sensor_type, told.minimum_interval_seconds, dict(told.tags)) == ("AUTOMATION", 0, {"x": "y"})


def test_tags_of_runs_are_text() -> None:
    assert select("s", "*", run_tags={"n": 1, "j": {"b": 2}}).run_tags == {"n": "1", "j": '{"b": 2}'}


def test_there_is_no_function_to_call() -> None:
    found = select("s", "*")

    with pytest.raises(NotImplementedError, match="evaluate_automation_conditions"):
        found(None)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"target": None}, ParameterCheckError, "AssetSelection.all()"),
        ({"target": 3}, ParameterCheckError, "AssetSelection"),
        ({"target": "*", "asset_selection": "*"}, TypeError, "give target="),
        ({"target": "*", "run_tag": {}}, TypeError, "did you mean 'run_tags'"),
        ({"target": "*", "emit_backfills": 1}, ParameterCheckError, "emit_backfills"),
        ({"target": "*", "default_condition": EAGER.newly_true}, ParameterCheckError, "default_condition="),
        ({"target": "*", "default_status": "RUNNING"}, ParameterCheckError, "default_status"),
        ({"target": "*", "run_tags": 3}, ParameterCheckError, "tags"),
    ],
)
def test_a_mistake_is_refused(arguments: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error) as caught:
        AutomationConditionSensorDefinition("s", **arguments)

    assert words in str(caught.value)


def test_the_key_of_what_it_has_is_that_of_the_asset() -> None:
    repository = Definitions(assets=[made("a")]).get_repository_def()

    assert repository.conditioned_by(DEFAULT) == {AssetKey("a")}
