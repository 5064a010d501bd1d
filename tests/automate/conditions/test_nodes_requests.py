from tests.automate.conditions.hand_world import HandWorld, key_of, plan
from tests.automate.conditions.told import Told
from watchbell.declare.conditions.condition import AutomationCondition
from watchbell.declare.partitions.named_windows import DailyPartitionsDefinition
from watchbell.declare.partitions.plain_mapping import AllPartitionMapping
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.declare.partitions.time_mapping import TimeWindowPartitionMapping

of = AutomationCondition
LETTERS = StaticPartitionsDefinition(["a", "b", "c", "d"])
FEWER = StaticPartitionsDefinition(["a", "b", "c"])
DAYS = DailyPartitionsDefinition("2026-01-10")
DAYS_EARLIER = DailyPartitionsDefinition("2026-01-09")
UPSTREAM_IS_REQUESTED = of.any_deps_match(of.will_be_requested())


def test_what_is_asked_for_upstream_in_this_tick_is_seen_downstream_however_far() -> None:
    told = Told("t")
    world = HandWorld(
        plan("a", told),
        plan("b", UPSTREAM_IS_REQUESTED, ["a"]),
        plan("c", UPSTREAM_IS_REQUESTED, ["b"]),
        plan("d", UPSTREAM_IS_REQUESTED, ["other"]),
    )
    world.asked()
    told.says(a=True)

    assert world.asked() == {"a": True, "b": True, "c": True}


def test_only_what_can_be_made_in_one_run_counts_as_asked_for() -> None:
    told = Told("t")
    world = HandWorld(
        plan("letters", told, definition=LETTERS),
        plan("same", UPSTREAM_IS_REQUESTED, ["letters"], LETTERS),
        plan("fewer", UPSTREAM_IS_REQUESTED, ["letters"], FEWER),
        plan("mapped", UPSTREAM_IS_REQUESTED, [("letters", AllPartitionMapping())], LETTERS),
        plan("whole", UPSTREAM_IS_REQUESTED, ["letters"]),
        plan("elsewhere", UPSTREAM_IS_REQUESTED, ["letters"], LETTERS, location_name="elsewhere"),
        plan("source", UPSTREAM_IS_REQUESTED, ["letters"], LETTERS, job_name=None),
    )
    told.says(letters=["a", "c"])

    assert world.asked() == {"letters": [0, 2], "same": [0, 2]}


def test_windows_that_are_shifted_can_be_made_in_one_run_but_not_those_of_another_start() -> None:
    told = Told("t")
    world = HandWorld(
        plan("days", told, definition=DAYS),
        plan("next", UPSTREAM_IS_REQUESTED, [("days", TimeWindowPartitionMapping(start_offset=-1))], DAYS),
        plan("longer", UPSTREAM_IS_REQUESTED, ["days"], DAYS_EARLIER),
    )
    told.says(days=["2026-01-10"])
    first = DAYS.ordinals(world.view()).first()
    assert first is not None

    assert {"days": [first], "next": [first, first + 1]} == world.asked()


def test_what_is_made_together_is_asked_for_together_in_this_tick_but_not_in_the_next() -> None:
    told, both = Told("t"), (key_of("m"), key_of("n"))
    before = of.any_deps_match(of.newly_requested())
    world = HandWorld(
        plan("m", told, together=both),
        plan("n", None, together=both),
        plan("of_m", UPSTREAM_IS_REQUESTED | before, ["m"]),
        plan("of_n", UPSTREAM_IS_REQUESTED | before, ["n"]),
    )
    world.asked()
    told.says(m=True)

    assert world.asked() == {"m": True, "of_m": True, "of_n": True}
    told.says()
    assert world.asked() == {"of_m": True}
    assert world.asked() == {}


def test_newly_requested_is_what_the_evaluation_before_asked_for() -> None:
    told = Told("t")
    world = HandWorld(
        plan("a", told),
        plan("b", told | of.newly_requested()),
        plan("c", of.any_deps_match(of.newly_requested()), ["a"]),
    )
    told.says(a=True, b=True)

    assert world.asked() == {"a": True, "b": True}
    told.says()
    assert world.asked() == {"b": True, "c": True}
    assert world.asked() == {"b": True}


def test_an_evaluation_is_initial_once_also_for_a_dep_that_comes_later() -> None:
    world = HandWorld(plan("a", definition=LETTERS), plan("x", of.any_deps_match(of.initial_evaluation()), ["a"]))

    assert world.asked() == {"x": True}
    assert world.asked() == {}
    assert world.asked() == {}
