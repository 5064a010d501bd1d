"""What conditions of one's own may ask of assets."""

from __future__ import annotations

import pytest

from watchbell.declare.assets.asset import asset
from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.assets.asset_spec import AssetSpec
from watchbell.declare.checks.asset_check_spec import AssetCheckSpec
from watchbell.declare.conditions.asset_facts import AssetGraphFacts
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.record.asset_check_key import AssetCheckKey
from watchbell.record.keys import AssetKey

LETTERS = StaticPartitionsDefinition(["a"])
SOURCE, MIDDLE, END = AssetKey("source"), AssetKey("middle"), AssetKey("end")


@pytest.fixture
def facts() -> AssetGraphFacts:
    """A declared source, what is made from it, and what is made from that."""

    @asset(
        deps=[SOURCE],
        partitions_def=LETTERS,
        group_name="g",
        code_version="7",
        check_specs=[AssetCheckSpec("k", asset="middle")],
    )
    def middle() -> None: ...

    @asset(deps=[middle])
    def end() -> None: ...

    return AssetGraphFacts(AssetGraph.of([AssetSpec("source"), middle, end]))


def test_an_asset_knows_what_is_around_it(facts: AssetGraphFacts) -> None:
    middle = facts.get(MIDDLE)
    check = AssetCheckKey(MIDDLE, "k")

    assert middle.key == MIDDLE
    assert middle.parent_keys == middle.parent_entity_keys == {SOURCE}
    assert middle.child_keys == {END}
    assert middle.check_keys == {check}
    assert middle.child_entity_keys == {END, check}
    assert repr(middle) == "AssetFacts('middle')"


def test_an_asset_knows_what_it_is(facts: AssetGraphFacts) -> None:
    source, middle = facts.get(SOURCE), facts.get(MIDDLE)

    assert (middle.partitions_def, middle.is_partitioned, source.is_partitioned) == (LETTERS, True, False)
    assert (middle.is_materializable, middle.is_executable, middle.is_external) == (True, True, False)
    assert (source.is_materializable, source.is_observable, source.is_external) == (False, False, True)
    assert (middle.group_name, middle.code_version, middle.backfill_policy) == ("g", "7", None)
    assert middle.partition_mappings == {}


def test_the_graph_knows_all_assets_and_checks(facts: AssetGraphFacts) -> None:
    assert [each.key for each in facts.asset_nodes] == [SOURCE, MIDDLE, END]
    assert facts.get(AssetCheckKey(MIDDLE, "k")).name == "k"
    assert facts.materializable_asset_keys == {MIDDLE, END}


def test_an_asset_that_is_not_there_is_refused_by_name(facts: AssetGraphFacts) -> None:
    with pytest.raises(DagsterInvariantViolationError, match="midle"):
        facts.get(AssetKey("midle"))
