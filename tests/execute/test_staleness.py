"""Whether assets are up to date, as a whole and partition by partition."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from watchbell.declare.assets.asset import asset
from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.assets.stale_rules import StaleStatus
from watchbell.declare.graphs.result import MaterializeResult
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.execute.materialize import materialize_to_memory
from watchbell.execute.staleness import stale_state_of_partition, stale_states
from watchbell.ground.errors import DagsterUnknownPartitionError
from watchbell.instance import DagsterInstance
from watchbell.record.keys import AssetKey

LETTERS = StaticPartitionsDefinition(["a", "b", "c"])


@asset(partitions_def=LETTERS)
def source() -> MaterializeResult[None]:
    return MaterializeResult()


@asset(partitions_def=LETTERS, deps=[source], code_version="1")
def made() -> None: ...


@asset(deps=[made], code_version="1")
def report() -> None: ...


ALL = [source, made, report]
GRAPH = AssetGraph.of(ALL)


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as found:
        yield found


def make(instance: DagsterInstance, name: str, key: str | None = None) -> None:
    materialize_to_memory(ALL, selection=[AssetKey(name)], partition_key=key, instance=instance)


def status(instance: DagsterInstance, key: str, graph: AssetGraph = GRAPH) -> StaleStatus:
    return stale_state_of_partition(graph, instance, AssetKey("made"), key).status


def test_a_partition_is_stale_when_the_one_it_is_made_from_is_newer(instance: DagsterInstance) -> None:
    for key in ("a", "b"):
        make(instance, "source", key)
        make(instance, "made", key)
    make(instance, "source", "a")

    assert [status(instance, key) for key in "abc"] == [StaleStatus.STALE, StaleStatus.FRESH, StaleStatus.MISSING]


def test_new_code_makes_every_partition_stale(instance: DagsterInstance) -> None:
    @asset(name="made", partitions_def=LETTERS, deps=[source], code_version="2")
    def newer() -> None: ...

    make(instance, "source", "a")
    make(instance, "made", "a")

    assert status(instance, "a", AssetGraph.of([source, newer])) is StaleStatus.STALE


def test_an_asset_without_partitions_is_stale_when_one_partition_it_is_made_from_is_newer(
    instance: DagsterInstance,
) -> None:
    make(instance, "made", "a")
    make(instance, "made", "b")
    make(instance, "report")
    before = stale_states(GRAPH, instance)[AssetKey("report")].status
    make(instance, "source", "a")
    make(instance, "made", "a")
    after = stale_states(GRAPH, instance)[AssetKey("report")].status

    assert (before, after) == (StaleStatus.FRESH, StaleStatus.STALE)


def test_as_a_whole_partitions_are_not_compared_with_each_other(instance: DagsterInstance) -> None:
    make(instance, "source", "a")
    make(instance, "made", "a")
    make(instance, "source", "b")

    assert stale_states(GRAPH, instance)[AssetKey("made")].status is StaleStatus.FRESH


def test_an_unknown_partition_is_refused(instance: DagsterInstance) -> None:
    with pytest.raises(DagsterUnknownPartitionError, match="did you mean 'a'"):
        status(instance, "A")
