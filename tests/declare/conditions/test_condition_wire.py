"""Conditions as text and back."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given

from tests.declare.conditions.test_condition import TREES, Own
from watchbell import AssetKey, AssetSelection, AutoMaterializePolicy, AutomationCondition
from watchbell.declare.conditions.condition import BuiltInCondition
from watchbell.declare.conditions.condition_wire import (
    ElsewhereCondition,
    condition_from_text,
    condition_text,
    needs_own_code,
)
from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.ground.wire import WireError

C = AutomationCondition


def no_keys(selection: Any, is_checks: bool) -> Any:
    raise AssertionError("nothing is selected")


@given(TREES)
def test_what_is_written_is_read_back(condition: BuiltInCondition) -> None:
    assert condition == condition_from_text(condition_text(condition, no_keys))


@pytest.mark.parametrize(
    "condition",
    [
        C.on_cron("0 6 * * *", "Europe/Berlin"),
        C.all_deps_updated_since_cron("@daily"),
        C.in_latest_time_window(timedelta(hours=5)),
        C.executed_with_tags(tag_keys={"a", "b"}, tag_values={"c": "d"}),
        C.asset_matches(["x", "y"], C.missing()),
        C.any_checks_match(C.check_failed(), blocking_only=True),
        C.freshness_warned(),
        C.all_deps_blocking_checks_passed(),
        C.eager().with_label("other"),
        C.eager().without(~C.in_progress()),
        C.failed_since_cron("0 0 * * *"),
        AutoMaterializePolicy.eager().to_automation_condition(),
        AutoMaterializePolicy.lazy().to_automation_condition(),
    ],
)
def test_every_sort_of_parameter_is_read_back(condition: AutomationCondition[Any]) -> None:
    assert condition == condition_from_text(condition_text(condition, no_keys))


def test_ready_made_trees_are_written_by_name() -> None:
    texts = [condition_text(each, no_keys) for each in (C.eager(), C.on_cron("@daily"), ~C.in_progress())]

    assert texts == ['"eager"', '{"on_cron":["@daily","UTC"]}', '["not",null,{},["in_progress"]]']


def test_a_selection_is_read_back_as_the_keys_it_means() -> None:
    keys = frozenset({AssetKey("a"), AssetKey(["b", "c"])})
    condition = C.any_deps_match(C.missing()).allow(AssetSelection.groups("g"))
    found = condition_from_text(condition_text(condition, lambda selection, is_checks: keys))

    assert isinstance(found, BuiltInCondition)
    assert keys == found.allow_selection
    assert found.name == 'ANY_DEPS_MATCH(allow_selection=key:"a" or key:"b/c")'
    assert found == condition_from_text(condition_text(found, no_keys))


def test_of_somebodys_own_condition_the_name_is_kept() -> None:
    found = condition_from_text(condition_text(Own() & C.missing(), no_keys))

    assert (ElsewhereCondition("Own") & C.missing()) == found
    assert needs_own_code(found)
    assert str(found) == "Own & missing"
    with pytest.raises(DagsterInvariantViolationError, match="by its own code"):
        found.children[0].evaluate(None)


@pytest.mark.parametrize("text", ['"tomorrow"', "[1]", "3", "{}"])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(WireError, match="no condition is written"):
        condition_from_text(text)
