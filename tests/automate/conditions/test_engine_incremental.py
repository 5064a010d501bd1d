"""What an engine finds by looking only at what changed is what it would find by looking at everything."""

from __future__ import annotations

from itertools import count
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.automate.conditions.hand_world import STEPS, HandWorld, happen, random_plans, shown
from tests.depth import examples
from watchbell.automate.conditions.engine import ConditionEngine
from watchbell.automate.conditions.slices import Budget

SEEDS = st.integers(min_value=0, max_value=2**31)


@settings(max_examples=examples(120), deadline=None)
@given(SEEDS)
def test_what_changed_is_enough_to_look_at(seed: int) -> None:
    random = Random(seed)
    world = HandWorld(*random_plans(random))
    full, reloaded = ConditionEngine(world.graph), ConditionEngine(world.graph)
    for _ in range(14):
        for _ in range(random.choice((0, 0, 1, 2, 4))):
            happen(random, world)
        world.pass_time(**random.choice(STEPS))
        seen = world.look()

        expected = full.tick(*seen, is_full=True)
        found = world.engine.tick(*seen)
        again = reloaded.tick(*seen)

        assert shown(expected) == shown(found)
        assert shown(expected) == shown(again)
        assert expected.errors == found.errors == {}
        assert _remembered(full) == _remembered(world.engine) == _remembered(reloaded)
        world.end()
        if random.random() < 0.3:
            states, position = reloaded.dump(), reloaded.position
            reloaded = ConditionEngine(world.graph)
            reloaded.load(states, position)


@settings(max_examples=examples(60), deadline=None)
@given(SEEDS)
def test_a_part_that_waits_for_the_next_slice_loses_nothing(seed: int) -> None:
    """Each part of the graph asks for what it would ask for if it were alone and looked at everything."""
    random = Random(seed)
    world = HandWorld(*random_plans(random))
    sliced = world.engine
    parts: dict[int, set[int]] = {}
    for root, part in sliced._roots.parts.items():
        parts.setdefault(part, set()).add(root)
    keys = {part: {world.graph.entities[root].key for root in roots} for part, roots in parts.items()}
    alone = {part: ConditionEngine(world.graph, keys[part]) for part in parts}
    ticks, costs = count(), dict[int, float]()
    reread_since: int | None = None
    for step in range(16):
        for _ in range(random.choice((0, 0, 1, 2, 4))):
            happen(random, world)
        world.pass_time(**random.choice(STEPS))
        seen = world.look()
        budget = Budget(random.choice((0, 1, 2)), lambda: float(next(ticks)), costs) if step else None
        if reread_since is not None:
            _show_updates(world, reread_since)
            reread_since = None

        found = sliced.tick(*seen, budget=budget)

        for part, engine in alone.items():
            if parts[part] & found.left_roots:
                continue
            since = 0 if engine.position is None else engine.position.event_id
            _show_updates(world, since)
            expected = engine.tick(*seen, is_full=True)
            asked = {key: value for key, value in found.requested.items() if key in keys[part]}
            assert expected.requested == asked
        world.end()
        if random.random() < 0.2:
            states, position = sliced.dump(), sliced.position
            sliced = ConditionEngine(world.graph)
            sliced.load(states, position)
            assert sliced.oldest_position is not None
            reread_since = sliced.oldest_position.event_id


def _show_updates(world: HandWorld, since: int) -> None:
    for entity in world.graph.entities:
        entity.fact.updates = tuple(
            update for made, update in world.history if made is entity and update.event_id > since
        )
    world._fresh = list(world.graph.entities)


def _remembered(engine: ConditionEngine) -> dict[int, object]:
    # Not as text: equal sets may be packed in two ways.
    return {root: (state.slots, state.requested) for root, state in engine._states.items()}
