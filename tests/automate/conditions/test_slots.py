import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.automate.conditions.hand_world import plan
from watchbell.automate.conditions.entity_graph import EntityGraph
from watchbell.automate.conditions.slots import KEYS_MAX, RootState, entity_name, state_of, state_text, with_since
from watchbell.automate.conditions.world import Position
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.dynamic import DynamicPartitionsDefinition
from watchbell.declare.partitions.named_windows import DailyPartitionsDefinition, WeeklyPartitionsDefinition
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.record.ordinal_set import OrdinalSet

IDS = ["whole", "part"]
LETTERS = StaticPartitionsDefinition(["a", "b", "c"])


def graph(definition: PartitionsDefinition | None = None, upper: PartitionsDefinition | None = None) -> EntityGraph:
    """``x`` is made from ``up``."""
    return EntityGraph([plan("up", definition=upper), plan("x", deps=["up"], definition=definition)])


def through_text(state: RootState, before: EntityGraph, after: EntityGraph, ids: list[str] | None = None) -> RootState:
    """A state of ``x``, written with one graph and read with another."""
    text = state_text(state, before.entities[1], IDS, before.entities)
    by_name = {entity_name(each.key): each for each in after.entities}
    return state_of(text, after.entities[1], ids or IDS, by_name)


@pytest.mark.parametrize(
    "value",
    [True, 3, 1.5, "text", None, (1, "a", None), {"k": (True, {2: "v"})}, ()],
    ids=["bool", "int", "float", "text", "none", "tuple", "map", "empty"],
)
def test_plain_data_comes_back_as_it_was(value: object) -> None:
    state = RootState({(1, 1): value, (0, 0): value}, True, Position(7, datetime(2026, 1, 1, tzinfo=UTC)))

    found = through_text(state, graph(), graph())

    assert (found.slots, found.requested, found.since) == (state.slots, state.requested, state.since)


def test_a_state_of_nothing_is_short() -> None:
    entities = graph().entities

    assert state_text(RootState(), entities[1], IDS, entities) == "{}"


def test_sets_of_partitions_come_back_if_their_numbers_mean_the_same() -> None:
    days, later = DailyPartitionsDefinition("2026-01-01"), DailyPartitionsDefinition("2025-06-01")
    state = RootState({(0, 1): OrdinalSet([5, 6]), (1, 0): True}, OrdinalSet([5]))

    same = through_text(state, graph(days), graph(later))
    other = through_text(state, graph(days), graph(WeeklyPartitionsDefinition("2026-01-01")))
    none = through_text(state, graph(days), graph())

    assert (same.slots, same.requested) == (state.slots, state.requested)
    assert (other.slots, other.requested) == ({(1, 0): True}, False)
    assert (none.slots, none.requested) == ({(1, 0): True}, False)


def test_what_was_whole_is_forgotten_when_it_gets_partitions() -> None:
    found = through_text(RootState({(0, 1): True, (1, 0): True}, True), graph(), graph(LETTERS))

    assert (found.slots, found.requested) == ({(1, 0): True}, False)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [(["a", "b", "c", "d"], [0, 2]), (["c", "z", "a"], [0, 2]), (["b", "c"], [1]), (["z"], None)],
    ids=["grown", "moved", "fewer", "gone"],
)
def test_partitions_of_a_list_are_found_by_their_keys(keys: list[str], expected: list[int] | None) -> None:
    state = RootState({(0, 1): OrdinalSet([0, 2])}, OrdinalSet([2]))

    found = through_text(state, graph(LETTERS), graph(StaticPartitionsDefinition(keys)))

    assert found.slots.get((0, 1)) == (None if expected is None else OrdinalSet(expected))


def test_too_many_keys_are_not_written_and_lost_when_the_list_changes() -> None:
    many = StaticPartitionsDefinition([str(number) for number in range(KEYS_MAX + 1)])
    state = RootState({(0, 1): OrdinalSet.of_range(0, KEYS_MAX + 1)})

    same = through_text(state, graph(many), graph(many))
    moved = through_text(state, graph(many), graph(StaticPartitionsDefinition(["7"])))

    assert same.slots == state.slots
    assert moved.slots == {}


def test_numbers_of_dynamic_partitions_stay() -> None:
    regions = DynamicPartitionsDefinition(name="regions")
    state = RootState({(0, 1): OrdinalSet([4])})

    assert through_text(state, graph(regions), graph(regions)).slots == state.slots


def test_nodes_are_found_by_what_they_are() -> None:
    state = RootState({(0, 1): "of the whole", (1, 1): "of a part"})

    found = through_text(state, graph(), graph(), ["part", "new", "whole"])

    assert found.slots == {(2, 1): "of the whole", (0, 1): "of a part"}


def test_what_is_not_there_any_more_is_left_out() -> None:
    state = RootState({(0, 0): True, (0, 1): True, (1, 1): True})
    after = EntityGraph([plan("other"), plan("x")])

    assert through_text(state, graph(), after, ["whole"]).slots == {(0, 1): True}


@pytest.mark.parametrize("text", ["", "[]", '{"slots":1}', '{"since":[1]}', '{"requested":{"set":"?"}}'])
def test_damaged_text_is_told(text: str) -> None:
    entities = graph().entities

    with pytest.raises(DagsterInvariantViolationError, match="the condition of 'x'"):
        state_of(text, entities[1], IDS, {})


def test_what_is_no_plain_data_is_refused() -> None:
    entities = graph().entities
    slots: dict[tuple[int, int], Any] = {(0, 1): object()}

    with pytest.raises(TypeError, match="plain data"):
        state_text(RootState(slots), entities[1], IDS, entities)


def test_checks_and_assets_of_one_name_are_told_apart() -> None:
    found = EntityGraph([plan("a:k"), plan("a")])

    assert {entity_name(each.key) for each in found.entities} == {"asset a", "check a:k"}
    assert json.loads(state_text(RootState(), found.entities[0], IDS, found.entities)) == {}


def test_a_state_says_since_when() -> None:
    at = Position(7, datetime(2026, 1, 2, tzinfo=UTC))
    said = '{"since":[3,"2026-01-01T00:00:00+00:00"]}'

    assert with_since("{}", at) == '{"since":[7,"2026-01-02T00:00:00+00:00"]}' == with_since(said, at)
    assert said == with_since(said, at, is_kept=True)


@pytest.mark.parametrize("damaged", ["", "{", "[1]", "null"])
def test_a_damaged_state_stays_as_it_is(damaged: str) -> None:
    assert damaged == with_since(damaged, Position(7, datetime(2026, 1, 2, tzinfo=UTC)))
