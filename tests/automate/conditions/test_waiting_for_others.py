"""Who waits while nothing is known of another code location."""

from __future__ import annotations

from typing import Any

from tests.simulation.condition_world import made
from watchbell import AssetKey, AutomationCondition, Definitions
from watchbell.automate.conditions.entity_graph import EntityGraph, plans_of
from watchbell.automate.conditions.others import roots_made_from_missing
from watchbell.record.evaluation import LOADING, OtherAssets

EAGER, UPDATED = AutomationCondition.eager(), AutomationCondition.newly_updated()


def left_out(missing: str, **conditions: tuple[AutomationCondition[Any], list[str]]) -> dict[str, str]:
    """Who is left out while a location is missing, of assets with their conditions and what they are made from."""
    assets = [made(name, condition, deps) for name, (condition, deps) in conditions.items()]
    graph = Definitions(assets=assets).get_repository_def().asset_graph
    roots = {AssetKey(name) for name in conditions}
    others = [OtherAssets("there", missing=missing)]
    found = roots_made_from_missing(EntityGraph(plans_of(graph, "here"), graph), roots, graph, others)
    return {key.to_user_string(): why for key, why in found.items()}


def test_while_a_location_is_loaded_whoever_looks_at_what_is_made_elsewhere_waits() -> None:
    found = left_out(
        LOADING,
        near=(EAGER, ["far"]),
        behind=(EAGER, ["near"]),
        deep=(AutomationCondition.any_deps_match(AutomationCondition.any_deps_match(UPDATED)), ["near"]),
        other=(EAGER, []),
    )

    assert found == {"near": "", "deep": ""}


def test_an_asset_that_only_a_condition_names_is_waited_for() -> None:
    matches = AutomationCondition.asset_matches("far", UPDATED)

    assert left_out(LOADING, a=(matches, []), b=(EAGER, [])) == {"a": ""}
    (why,) = left_out("cannot be loaded", a=(matches, []), b=(EAGER, [])).values()
    assert "'far'" in why
    assert "there" in why


def test_what_is_made_from_a_location_that_cannot_be_loaded_is_named() -> None:
    found = left_out("cannot be loaded", near=(EAGER, ["far"]), behind=(EAGER, ["near"]))

    assert found == {"near": "it is made from far, of a code location that cannot be loaded ('there'?)"}
