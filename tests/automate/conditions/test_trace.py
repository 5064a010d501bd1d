from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import examples
from watchbell import AutomationCondition
from watchbell.automate.conditions.scope import Entity
from watchbell.automate.conditions.subset import Subset
from watchbell.automate.conditions.trace import Recorder, Said, body_of, digest_of_body, trace_of, tree_of, with_held
from watchbell.automate.conditions.world import Fact
from watchbell.declare.conditions.condition import BuiltInCondition, walk
from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.record.keys import AssetKey
from watchbell.record.ordinal_set import OrdinalSet

AT = datetime(2026, 11, 21, 2, tzinfo=UTC)
EAGER = AutomationCondition.eager()


def entity(name: str, number: int, condition: Any = None) -> Entity:
    fact = Fact(made=False, failed=False, running=False, backfilling=False)
    return Entity(AssetKey(name.split("/")), number, None, fact, condition=condition)


class Own(AutomationCondition[Any]):
    def evaluate(self, context: Any) -> Any:
        return None


def test_what_was_said_is_read_back() -> None:
    raw, orders = entity("raw", 0), entity("orders", 1, ~AutomationCondition.any_deps_missing())
    days = OrdinalSet([3, 4, 5])

    body = body_of(orders, [(2, raw, days, OrdinalSet([4])), (0, orders, True, False)], requested=False)
    trace = trace_of(body)

    assert trace.entity == "orders"
    assert False is trace.requested
    assert [each.kind for each in trace.nodes()] == ["not", "any_deps", "and", "missing", "not", "will_be_requested"]
    assert [each.place for each in trace.nodes()] == [0, 1, 2, 3, 4, 5]
    assert trace.tree.children[0].label == "any_deps_missing"
    assert (Said("raw", days, OrdinalSet([4])),) == trace.tree.children[0].children[0].said
    assert Said("orders", True, False) == trace.tree.of("orders")
    assert None is trace.tree.of("raw")


def test_parameters_and_conditions_of_ones_own_are_told() -> None:
    condition = AutomationCondition.asset_matches("raw/users", Own()) & AutomationCondition.cron_tick_passed(
        "0 2 * * *"
    )

    left, right = tree_of(condition)[3]

    assert left == ["asset_matches", {"key": "raw/users"}, None, [["own", {"name": "Own"}, None, []]]]
    assert right == ["cron_tick_passed", {"cron": "0 2 * * *", "timezone": "UTC"}, None, []]


def test_conditions_of_others_have_their_places_after_the_tree() -> None:
    below = AutomationCondition.missing().newly_true()
    orders = entity("orders", 0, AutomationCondition.any_downstream_conditions() | AutomationCondition.missing())
    conditions = [*walk(orders.condition), *walk(below)] if orders.condition is not None else []

    body = body_of(orders, [(4, orders, True, True)], requested=True, conditions=conditions)
    trace = trace_of(body)
    downstream = trace.tree.children[0]

    assert [each.kind for each in downstream.children] == ["newly_true"]
    assert downstream.children[0].children[0].place == 4
    assert (Said("orders", True, True),) == downstream.children[0].children[0].said


SUBSETS: st.SearchStrategy[Subset] = st.one_of(
    st.booleans(), st.builds(OrdinalSet, st.lists(st.integers(0, 2**40), max_size=6))
)


@settings(max_examples=examples(60), deadline=None)
@given(
    calls=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 4), SUBSETS, SUBSETS), max_size=25),
    requested=SUBSETS,
    name=st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20).filter(
        lambda n: "/" not in n
    ),
)
def test_any_calls_are_read_back(calls: list[tuple[int, int, Subset, Subset]], requested: Subset, name: str) -> None:
    entities = [entity(name if number == 0 else f"{name}{number}", number, EAGER) for number in range(5)]
    told = [(place, entities[number], candidates, value) for place, number, candidates, value in calls]

    trace = trace_of(body_of(entities[0], told, requested))

    expected: dict[int, list[Said]] = {}
    for place, each, candidates, value in told:
        expected.setdefault(place, []).append(Said(each.key.to_user_string(), candidates, value))
    assert expected == {node.place: list(node.said) for node in trace.nodes() if node.said}
    assert requested == trace.requested


def evaluated(recorder: Recorder, root: Entity, *values: Subset, requested: Subset = False) -> Any:
    for place, value in enumerate(values):
        recorder(place, root, True, value)
    return recorder.end(root, requested, AT)


def test_an_evaluation_that_says_what_the_last_one_said_is_not_kept() -> None:
    recorder, orders = Recorder(), entity("orders", 0, EAGER)

    first = evaluated(recorder, orders, True, False)
    same = evaluated(recorder, orders, True, False)
    other = evaluated(recorder, orders, True, True)

    assert (AT.timestamp(), "orders", 0) == (first.at, first.entity, first.requested)
    assert None is same
    assert None is not other


def test_an_evaluation_that_asks_for_something_is_always_kept() -> None:
    recorder, orders = Recorder(), entity("orders", 0, EAGER)

    kept = [evaluated(recorder, orders, True, requested=OrdinalSet([1, 2])) for _ in range(2)]

    assert [each.requested for each in kept] == [2, 2]


def test_a_new_process_does_not_keep_again_what_is_stored() -> None:
    orders = entity("orders", 0, EAGER)
    stored = evaluated(Recorder(), orders, True, OrdinalSet([7]))
    digests = {"orders": digest_of_body(stored.body)}

    assert None is evaluated(Recorder(digests.get), orders, True, OrdinalSet([7]))
    assert None is not evaluated(Recorder(digests.get), orders, True, OrdinalSet([8]))


def test_candidates_alone_are_no_change() -> None:
    recorder, orders = Recorder(), entity("orders", 0, EAGER)
    recorder(0, orders, OrdinalSet([1, 2]), OrdinalSet([1]))
    assert recorder.end(orders, False, AT) is not None

    recorder(0, orders, OrdinalSet([1, 3]), OrdinalSet([1]))

    assert None is recorder.end(orders, False, AT)


def test_what_was_told_of_an_evaluation_that_failed_is_forgotten() -> None:
    recorder, orders = Recorder(), entity("orders", 0, EAGER)
    recorder(5, orders, True, True)
    recorder.drop()

    trace = trace_of(evaluated(recorder, orders, False).body)

    assert [node.place for node in trace.nodes() if node.said] == [0]


def test_what_is_held_back_is_not_asked_for() -> None:
    orders = entity("orders", 0, EAGER)
    kept = evaluated(Recorder(), orders, OrdinalSet([1, 2, 3]), requested=OrdinalSet([1, 2, 3]))

    held = with_held(kept, {"run-1": OrdinalSet([2])})
    trace = trace_of(held.body)

    assert held.requested == 2
    assert OrdinalSet([1, 3]) == trace.requested
    assert {"run-1": OrdinalSet([2])} == trace.held
    assert digest_of_body(kept.body) == digest_of_body(held.body)


def test_twenty_thousand_evaluations_stay_small() -> None:
    """An eager asset with five dependencies, each in a group of its own: what a first tick stores of each."""
    deps = [entity(f"warehouse/layer_{number}/table_{number}", number) for number in range(1, 6)]
    root = entity("warehouse/layer_0/table_0", 0, EAGER)
    calls = [(place, root, True, place % 3 == 0) for place in range(14)]
    calls += [(place, dep, True, False) for dep in deps for place in range(14, 26)]

    size = len(body_of(root, calls, requested=True))

    assert size * 20_000 < 12_000_000


@pytest.mark.parametrize("body", ["", "x", "0" * 12, "0" * 12 + "!!!", "0" * 12 + "bm90IHppcHBlZA=="])
def test_damaged_text_is_refused_with_what_is_wrong(body: str) -> None:
    with pytest.raises(DagsterInvariantViolationError, match="stored evaluation of a condition cannot be read"):
        trace_of(body)


def test_trees_that_are_read_have_the_places_of_those_that_are_evaluated() -> None:
    root = entity("orders", 0, EAGER)
    nodes = list(walk(EAGER))

    trace = trace_of(body_of(root, [], requested=False))

    kinds = [each.kind for each in nodes if isinstance(each, BuiltInCondition)]
    assert list(zip(range(len(nodes)), kinds, strict=True)) == [(each.place, each.kind) for each in trace.nodes()]
