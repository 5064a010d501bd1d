from itertools import count

from tests.automate.conditions.hand_world import HandWorld, key_of, plan, shown
from tests.automate.conditions.told import Told
from watchbell.automate.conditions.engine import ConditionEngine
from watchbell.automate.conditions.roots import Roots
from watchbell.automate.conditions.slices import Agenda, Budget
from watchbell.declare.conditions.condition import AutomationCondition

of = AutomationCondition


def budget(seconds: float, costs: dict[int, float] | None = None) -> Budget:
    """A budget by a clock on which every look takes a second."""
    looks = count()
    return Budget(seconds, lambda: float(next(looks)), {} if costs is None else costs)


def two_parts() -> HandWorld:
    """Two parts that are not connected, each with an asset that looks for updates of another."""
    updated = of.any_deps_match(of.newly_updated())
    world = HandWorld(plan("a"), plan("x", updated, ["a"]), plan("b"), plan("y", updated, ["b"]))
    world.tick()
    world.tick()
    return world


def test_a_tick_whose_time_is_up_leaves_the_other_parts_to_the_next() -> None:
    world = two_parts()
    world.make("a")
    world.make("b")

    first = world.tick(budget=budget(0))
    second = world.tick(budget=budget(0))

    assert (shown(first), first.left) == ({"x": True}, 1)
    assert (shown(second), second.left) == ({"y": True}, 1)
    assert world.tick().left == 0


def test_a_part_that_waited_sees_what_happened_since_its_turn_once() -> None:
    world = two_parts()
    world.make("a")
    world.make("b")
    world.tick(budget=budget(0))
    world.make("b")

    found = [shown(world.tick()) for _ in range(3)]

    assert found == [{"y": True}, {}, {}]


def test_one_part_at_least_is_begun_and_a_part_is_never_cut() -> None:
    told = Told("t")
    world = HandWorld(plan("a", told), plan("b", of.any_deps_match(of.will_be_requested()), ["a"]), plan("c", told))
    told.says(a=True, c=True)

    first = world.tick(budget=budget(0))

    assert shown(first) == {"a": True, "b": True}


def test_slow_parts_come_last() -> None:
    world = two_parts()
    roots = Roots(world.graph, None)
    slow = roots.parts[world.entity("x").number]
    every = set(roots.trees)

    order = list(Agenda(every, roots, budget(100, {slow: 30.0})))

    assert [world.graph.entities[each].key for each in order] == [key_of("y"), key_of("x")]


def test_the_slowest_part_has_its_turn_when_it_waited_often_enough() -> None:
    world = two_parts()
    roots = Roots(world.graph, None)
    slow = roots.parts[world.entity("x").number]
    waited: dict[int, int] = {}

    first = [next(iter(Agenda(set(roots.trees), roots, budget(4, {slow: 10.0}), {slow: times}))) for times in (0, 2, 3)]
    cut = Agenda(set(roots.trees), roots, budget(0, {slow: 10.0}), waited)
    list(cut)

    assert [world.graph.entities[each].key for each in first] == [key_of("y"), key_of("y"), key_of("x")]
    assert waited == {slow: 1}


def test_what_is_made_together_is_one_part() -> None:
    both = (key_of("m"), key_of("n"))
    world = HandWorld(
        plan("m", of.missing(), together=both),
        plan("n", None, together=both),
        plan("x", of.any_deps_match(of.missing()), ["n"]),
        plan("y", of.missing()),
    )

    parts = Roots(world.graph, None).parts

    m, x, y = (parts[world.entity(name).number] for name in "mxy")
    assert m == x != y


def test_a_part_that_waits_is_known_to_the_next_engine() -> None:
    world = two_parts()
    world.make("a")
    world.make("b")
    result = world.tick(budget=budget(0))
    before = world.engine.oldest_position
    states, position = world.engine.dump(), world.engine.position

    world.engine = ConditionEngine(world.graph)
    world.engine.load(states, position)

    assert result.left == 1
    assert world.engine.oldest_position == before
    assert before is not None
    assert position is not None
    assert before.event_id < position.event_id
    updates = {entity.key: update for entity, update in world.history}
    for name in ("a", "b"):  # read anew from the oldest position on
        world.entity(name).fact.updates = (updates[key_of(name)],)
    assert world.asked() == {"y": True}
