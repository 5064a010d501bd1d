import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.automate.conditions.hand_world import HandWorld, key_of, plan, shown
from tests.automate.conditions.told import Told
from watchbell.automate.conditions.engine import ConditionEngine
from watchbell.automate.conditions.scope import Entity
from watchbell.automate.conditions.subset import Subset
from watchbell.automate.conditions.world import Position
from watchbell.declare.conditions.condition import AutomationCondition
from watchbell.declare.conditions.context import AutomationContext, AutomationResult
from watchbell.declare.conditions.rule import AutoMaterializeRule
from watchbell.declare.partitions.named_windows import DailyPartitionsDefinition
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.record.condition import ConditionEvaluation
from watchbell.record.ordinal_set import OrdinalSet

of = AutomationCondition


def eager_chain(*names: str) -> HandWorld:
    """Eager assets, each made from the one before; the first has no condition."""
    first, *others = names
    plans = [plan(first)]
    for upper, name in zip(names, others, strict=False):
        plans.append(plan(name, of.eager(), [upper]))
    return HandWorld(*plans)


def settled(world: HandWorld) -> HandWorld:
    """Ticks until nothing is left to be said."""
    for _ in range(5):
        if not world.tick().unsettled:
            return world
    raise AssertionError("it does not settle")


def names_of(world: HandWorld, evaluated: list[int]) -> list[str]:
    """The roots that were evaluated, by name."""
    return [world.graph.entities[number].key.to_user_string() for number in evaluated]


def test_a_quiet_tick_evaluates_nothing() -> None:
    world = settled(eager_chain("a", "b", "c"))

    result = world.tick()

    assert result.evaluated == []
    assert result.is_news is False
    assert result.states == {}


def test_an_update_evaluates_what_is_downstream_of_it_and_nothing_else() -> None:
    world = HandWorld(
        plan("a"),
        plan("b", of.eager(), ["a"]),
        plan("c", of.eager(), ["b"]),
        plan("other"),
        plan("d", of.eager(), ["other"]),
        plan("e", of.eager(), ["d"]),
    )
    settled(world)
    world.make("a")

    result = world.tick()

    assert names_of(world, result.evaluated) == ["b", "c"]
    assert shown(result) == {"b": True, "c": True}


def test_an_update_that_moves_nobody_evaluates_only_who_looks_at_it() -> None:
    world = settled(eager_chain("a", "b", "c", "d"))
    world.set("a", running=True)

    result = world.tick()

    assert names_of(world, result.evaluated) == ["b"]


def test_an_unsettled_root_is_evaluated_until_it_has_nothing_new_to_say() -> None:
    world = settled(eager_chain("a", "b", "c"))
    world.make("a")

    counts = [len(world.tick().evaluated) for _ in range(4)]

    assert counts == [2, 2, 0, 0]  # that what was asked for is being made ends nothing more


def test_a_cron_string_wakes_those_who_speak_of_it_when_it_fires() -> None:
    world = HandWorld(
        plan("hourly", of.cron_tick_passed("0 * * * *")),
        plan("daily", of.cron_tick_passed("0 0 * * *", "Europe/Berlin")),
    )
    settled(world)

    assert world.tick().next_at == datetime(2026, 1, 15, 0, 0, tzinfo=UTC)
    result = world.tick(minutes=31)
    assert shown(result) == {"hourly": True}
    assert names_of(world, result.evaluated) == ["hourly"]
    settled(world)
    assert world.tick(hours=24).next_at == datetime(2026, 1, 16, 1, 0, tzinfo=UTC)


def test_a_clock_set_back_over_a_cron_time_does_not_fire_it_again() -> None:
    world = HandWorld(plan("hourly", of.cron_tick_passed("0 * * * *")))
    world.tick()
    fired = world.tick(hours=1).requested
    world.tick()

    world.now -= timedelta(hours=1)
    again = [world.tick(minutes=20).requested for _ in range(4)]
    next_hour = world.tick(hours=1).requested

    assert {key_of("hourly"): True} == fired == next_hour
    assert again == [{}] * 4


def test_a_window_that_ends_wakes_who_looks_at_its_partitions() -> None:
    days = DailyPartitionsDefinition("2026-01-10")
    world = HandWorld(
        plan("up", definition=days),
        plan("x", of.in_latest_time_window() & of.missing(), ["up"], days),
        plan("y", of.any_deps_match(of.missing()).newly_true(), ["up"]),
        plan("z", of.missing().newly_true()),
    )
    world.set("x", made=days.ordinals(world.view()))
    world.set("up", made=days.ordinals(world.view()))
    settled(world)

    result = world.tick(minutes=40)

    assert names_of(world, result.evaluated) == ["x", "y"]
    assert shown(result) == {"x": [days.ordinals(world.view()).last()], "y": True}


def test_an_age_wakes_who_asked_to_be_woken() -> None:
    too_old = AutoMaterializeRule.skip_on_parent_outdated(minutes=90).to_asset_condition()
    world = HandWorld(plan("a"), plan("x", too_old, ["a"]))
    world.make("a")
    made_at = world.now
    settled(world)

    assert world.tick().next_at == made_at + timedelta(minutes=90)
    assert world.asked(minutes=80) == {}
    assert world.asked(minutes=10) == {"x": True}


def test_a_new_engine_begins_where_the_old_one_stood() -> None:
    letters = StaticPartitionsDefinition(["a", "b", "c"])
    world = HandWorld(
        plan("a", definition=letters),
        plan("b", of.any_deps_match(of.newly_updated()).since(of.newly_updated()), ["a"], letters),
        plan("c", of.any_deps_match(of.newly_requested()), ["b"]),
        plan("d", of.initial_evaluation()),
    )
    world.tick()
    world.make("a", 1)
    world.tick()
    states, position = world.engine.dump(), world.engine.position

    world.engine = ConditionEngine(world.graph)
    world.engine.load(states, position)

    assert world.asked() == {"b": [1], "c": True}


def test_the_states_of_a_tick_are_those_that_changed() -> None:
    told = Told("t")
    world = HandWorld(plan("a", told.newly_true()), plan("b", of.missing().newly_true()))

    first, second = world.tick(), world.tick()

    assert {key.to_user_string() for key in first.states} == {"a", "b"}
    assert "asset b" in json.dumps(json.loads(second.states[key_of("b")]))  # it asked for something before
    assert world.tick().states == {}


def test_a_state_outlives_a_change_around_its_node_but_not_one_of_the_node() -> None:
    trigger, reset, other = Told("trigger"), Told("reset"), Told("other")
    since = trigger.since(reset)
    world = HandWorld(plan("x", since & other))
    trigger.says(x=True)
    world.tick()
    trigger.says()
    found = []

    for condition in (other | since, since.with_label("named"), since, (trigger | other).since(reset)):
        states, position = world.engine.dump(), world.engine.position
        world.entity("x").condition = condition
        world.engine = ConditionEngine(world.graph)
        world.engine.load(states, position)
        found.append("x" in world.asked())

    assert found == [True, True, True, False]


def test_what_fails_holds_up_no_other_and_loses_nothing() -> None:
    class Moody(AutomationCondition[Any]):
        is_cross = False

        def evaluate(self, context: AutomationContext[Any]) -> AutomationResult:
            if Moody.is_cross:
                raise RuntimeError("not today")
            return AutomationResult(context, context.candidate_subset)

    world = HandWorld(
        plan("a"),
        plan("x", of.any_deps_match(of.newly_updated()) & Moody(), ["a"]),
        plan("y", of.any_deps_match(of.newly_updated()), ["a"]),
    )
    world.tick()
    Moody.is_cross = True
    world.make("a")

    first = world.tick()
    second = world.tick()
    Moody.is_cross = False

    assert shown(first) == {"y": True}
    assert list(first.errors) == [key_of("x")]
    assert "not today" in str(first.errors[key_of("x")])
    assert shown(second) == {}
    assert list(second.errors) == [key_of("x")]
    assert world.asked() == {"x": True}
    assert world.asked() == {}


def test_an_engine_looks_after_its_roots_only() -> None:
    world = HandWorld(plan("a", of.missing()), plan("b", of.missing()))

    world.engine = ConditionEngine(world.graph, [key_of("b")])

    assert world.asked() == {"b": True}
    assert [each.key for each in world.engine.roots] == [key_of("b")]


def test_a_world_keeps_only_what_is_asked_for() -> None:
    world = HandWorld(
        plan("a"),
        plan("b"),
        plan("x", of.parent_newer(), ["a"]),
        plan("y", of.any_deps_match(of.data_version_changed()), ["b"]),
        plan("z", of.any_deps_match(of.executed_with_root_target()), ["x"]),
    )

    asked = world.engine.world(Position(0, world.now))

    assert {each.to_user_string() for each in asked.timed} == {"a", "x"}
    assert {each.to_user_string() for each in asked.versioned} == {"b"}
    assert {each.to_user_string() for each in asked.traced} == {"x"}


class Notes:
    """A recorder that keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[int, str, Subset, Subset]] = []
        self.ended: list[tuple[str, Subset]] = []

    def __call__(self, place: int, entity: Entity, candidates: Subset, value: Subset) -> None:
        self.told.append((place, entity.key.to_user_string(), candidates, value))

    def end(
        self, root: Entity, requested: Subset, at: datetime, conditions: Sequence[AutomationCondition[Any]] = ()
    ) -> ConditionEvaluation | None:
        name = root.key.to_user_string()
        self.ended.append((name, requested))
        return ConditionEvaluation(name, at.timestamp(), int(bool(requested)), "") if requested else None

    def drop(self) -> None:
        self.told.clear()


def test_a_recorder_is_told_of_each_node_that_was_reached() -> None:
    world = HandWorld(plan("a"), plan("x", of.any_deps_match(of.missing()) & ~of.in_progress(), ["a"]))
    notes = Notes()

    result = world.tick(recorder=notes)

    assert notes.told == [
        (2, "a", True, True),
        (1, "x", True, True),
        (5, "x", True, False),
        (6, "x", True, False),
        (4, "x", True, False),
        (3, "x", True, True),
        (0, "x", True, True),
    ]
    assert notes.ended == [("x", True)]
    assert [each.entity for each in result.evaluations] == ["x"]


def test_the_conditions_of_others_have_their_places_after_the_tree() -> None:
    world = HandWorld(
        plan("a", of.any_downstream_conditions() | of.in_progress()),
        plan("b", of.missing() & of.newly_updated(), ["a"]),
    )
    notes = Notes()

    world.tick(recorder=notes)

    of_a = [place for place, name, _, _ in notes.told if name == "a"]
    assert of_a == [6, 7, 5, 1, 3, 4, 2, 0]


def test_what_is_far_upstream_wakes_those_to_whom_it_matters() -> None:
    world = HandWorld(
        plan("a"),
        plan("b", None, ["a"]),
        plan("c", None, ["b"]),
        plan("d", AutoMaterializeRule.skip_on_parent_outdated().to_asset_condition(), ["c"]),
        plan("e", of.newly_updated(), ["c"]),
    )
    settled(world)
    world.make("a")

    result = world.tick()

    assert names_of(world, result.evaluated) == ["d"]


def test_one_root_of_many_costs_nothing_to_the_others() -> None:
    count = 2_000
    plans = [plan(f"a{number}") for number in range(count)]
    plans += [plan(f"b{number}", of.eager(), [f"a{number}"]) for number in range(count)]
    world = settled(HandWorld(*plans))
    world.make("a7")

    result = world.tick()

    assert names_of(world, result.evaluated) == ["b7"]
    assert not isinstance(result.requested[key_of("b7")], OrdinalSet)
