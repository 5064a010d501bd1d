"""What a condition of somebody's own says of itself: refused where it is given, if nobody could store or draw it."""

from __future__ import annotations

from typing import Any

import pytest

from watchbell import AssetSpec, AutomationCondition, AutomationConditionSensorDefinition, asset, asset_check
from watchbell.ground.errors import ParameterCheckError


def unknown(_: object) -> Any:
    raise LookupError("no catalogue")


def own(**members: Any) -> Any:
    """An object of a class ``Own`` with these members."""
    made: Any = type("Own", (AutomationCondition,), {"evaluate": lambda self, context: None, **members})
    return made()


WRONG = {
    "name is a number": (own(name=5), "its name is text, not 5 (int)"),
    "name raises": (own(name=property(unknown)), "asked for its name, it raised LookupError: no catalogue"),
    "name with half a character": (own(name="a\ud800"), "its name holds the character '\\ud800' at position 1"),
    "name without end": (own(name="x" * 1_001), "its name is 1,001 bytes long; at most 1,000"),
    "label is a number": (own(get_label=lambda self: 5), "its label is text, not 5 (int)"),
    "label with NUL": (own(get_label=lambda self: "a\0"), "its label holds the character '\\x00' at position 1"),
    "label raises": (own(get_label=unknown), "asked for its label, it raised LookupError"),
    "children is a number": (own(children=5), "its children are a list of conditions; 5 is none"),
    "children is text": (own(children="missing"), "its children are a list of conditions; 'missing' is none"),
    "a child is none": (own(children=[AutomationCondition.missing(), "x"]), "a list of conditions; 'x' is none"),
    "children raise": (own(children=property(unknown)), "asked for its children, it raised LookupError"),
}


@pytest.mark.parametrize(("condition", "words"), WRONG.values(), ids=WRONG)
def test_what_it_says_of_itself_wrongly_is_refused_with_its_class_and_its_asset(condition: Any, words: str) -> None:
    with pytest.raises(ParameterCheckError) as caught:
        AssetSpec("orders", automation_condition=condition)

    assert "asset 'orders': the condition Own: " in str(caught.value)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "whole",
    [
        lambda part: ~part,
        lambda part: AutomationCondition.missing() & part,
        AutomationCondition.any_deps_match,
        lambda part: AutomationCondition.missing().since(part),
        lambda part: own(children=(part,)),
    ],
    ids=["not", "and", "deps", "since", "another's child"],
)
def test_parts_are_looked_at_too(whole: Any) -> None:
    with pytest.raises(ParameterCheckError, match="its name is text"):
        AssetSpec("orders", automation_condition=whole(own(name=5)))


def test_whoever_takes_a_condition_refuses_it() -> None:
    def body() -> None: ...

    for given in (
        lambda: asset(automation_condition=own(name=5))(body),
        lambda: asset_check(asset="orders", automation_condition=own(name=5))(body),
        lambda: AutomationConditionSensorDefinition("some", target="*", default_condition=own(name=5)),
    ):
        with pytest.raises(ParameterCheckError, match="the condition Own: its name is text"):
            given()


def test_what_is_in_order_is_taken() -> None:
    part = own(name="part", get_label=lambda self: None, children=[AutomationCondition.missing()])

    assert part is AssetSpec("orders", automation_condition=part).automation_condition
