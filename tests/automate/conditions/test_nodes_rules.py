"""Rules of policies, one by one and together."""

from __future__ import annotations

from typing import Any

import pytest

from tests.automate.conditions.hand_world import HandWorld, plan
from watchbell.declare.conditions.condition import AutomationCondition
from watchbell.declare.conditions.policy import AutoMaterializePolicy
from watchbell.declare.conditions.rule import AutoMaterializeAssetPartitionsFilter, AutoMaterializeRule
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.named_windows import DailyPartitionsDefinition, HourlyPartitionsDefinition
from watchbell.declare.partitions.plain_mapping import AllPartitionMapping
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.record.ordinal_set import OrdinalSet

RULE = AutoMaterializeRule
LETTERS = StaticPartitionsDefinition(["a", "b", "c", "d"])
UPDATED, MISSING = RULE.materialize_on_parent_updated(), RULE.materialize_on_missing()


def policy(*rules: AutoMaterializeRule, limit: int | None = None) -> AutomationCondition[Any]:
    """The condition of a policy of some rules."""
    return AutoMaterializePolicy(set(rules), limit).to_automation_condition()


def pair(*rules: AutoMaterializeRule, limit: int | None = None, letters: bool = False) -> HandWorld:
    """An asset, and two that it is made from, the second without partitions."""
    definition = LETTERS if letters else None
    return HandWorld(
        plan("p", definition=definition), plan("q"), plan("x", policy(*rules, limit=limit), ["p", "q"], definition)
    )


def chain(*rules: AutoMaterializeRule) -> HandWorld:
    """``r``, from which ``p`` is made, from which ``x`` is made."""
    return HandWorld(plan("r"), plan("p", deps=["r"]), plan("x", policy(*rules), ["p"]))


def make(world: HandWorld, *names: str) -> None:
    """Makes entities, a second after one another."""
    for each in names:
        world.pass_time(seconds=1)
        world.make(each)


# ------------------------------------------------------------ what makes


def test_an_updated_parent_is_followed_once() -> None:
    world = pair(UPDATED)
    assert world.asked() == {}

    make(world, "p")
    assert [world.asked(), world.asked()] == [{"x": True}, {}]
    make(world, "x", "q")
    assert [world.asked(), world.asked()] == [{"x": True}, {}]


@pytest.mark.parametrize(
    ("made", "told"), [(("p", "x"), {}), (("x", "p"), {"x": True}), (("p",), {"x": True})], ids=" then ".join
)
@pytest.mark.parametrize("is_first", [True, False])
def test_what_was_made_after_its_parent_has_followed_it(made: tuple[str, ...], told: Any, is_first: bool) -> None:
    world = pair(UPDATED)
    if not is_first:
        world.asked()
    make(world, *made)

    assert told == world.asked()


def test_what_another_rule_holds_back_is_asked_for_when_that_lets_go() -> None:
    world = pair(UPDATED, RULE.skip_on_parent_missing())
    make(world, "p")
    assert [world.asked(), world.asked()] == [{}, {}]

    make(world, "q")
    assert [world.asked(), world.asked()] == [{"x": True}, {}]


def test_what_was_made_meanwhile_is_not_asked_for_any_more() -> None:
    world = pair(UPDATED, RULE.skip_on_backfill_in_progress())
    world.set("x", backfilling=True)
    make(world, "p")
    assert world.asked() == {}

    make(world, "x")
    assert world.asked() == {}
    world.set("x", backfilling=False)
    assert world.asked() == {}


def test_updates_are_followed_by_partition() -> None:
    world = pair(UPDATED, letters=True)
    world.asked()
    world.make("p", 0, 2)

    assert [world.asked(), world.asked()] == [{"x": [0, 2]}, {}]
    world.make("q")
    assert world.asked() == {"x": [0, 1, 2, 3]}


def test_a_run_that_makes_the_child_as_well_needs_not_be_followed() -> None:
    world = pair(UPDATED)
    world.asked()
    world.make("p", targets=["x"])

    assert world.asked() == {}


def test_only_updates_by_runs_with_the_tags_of_the_filter_are_followed() -> None:
    chosen = AutoMaterializeAssetPartitionsFilter({"team": "red"})
    world = pair(RULE.materialize_on_parent_updated(chosen))
    world.asked()

    world.make("p", tags={"team": "blue"})
    assert world.asked() == {}
    world.make("p", tags={"team": "red"})
    assert world.asked() == {"x": True}
    world.make("p", tags={"team": "red"})
    world.make("p", tags={"team": "blue"})
    assert [world.asked(), world.asked()] == [{}, {}]


def test_a_parent_that_is_asked_for_takes_its_child_along() -> None:
    plans = [plan("g"), plan("p", policy(UPDATED), ["g"], job_name="all"), plan("x", policy(UPDATED), ["p"])]
    world = HandWorld(*plans[:2], plan("x", policy(UPDATED), ["p"], job_name="all"))
    world.asked()
    make(world, "g")

    assert [world.asked(), world.asked()] == [{"p": True, "x": True}, {}]


def test_what_is_made_from_nothing_is_asked_for_while_it_is_missing_once() -> None:
    world = HandWorld(plan("x", policy(MISSING), definition=LETTERS))
    world.make("x", 1)

    assert [world.asked(), world.asked()] == [{"x": [0, 2, 3]}, {}]


def test_what_was_made_and_wiped_is_not_asked_for_by_the_rule_again() -> None:
    world = HandWorld(plan("x", policy(MISSING)))
    assert world.asked() == {"x": True}

    world.make("x")
    world.asked()
    world.set("x", made=False)
    assert [world.asked(), world.asked()] == [{}, {}]


def test_what_is_missing_waits_for_an_update_upstream() -> None:
    world = pair(MISSING, letters=True)
    assert world.asked() == {}

    world.make("p", 1)
    assert [world.asked(), world.asked()] == [{"x": [1]}, {}]
    world.make("x", 1)
    world.make("p", 1)
    assert world.asked() == {}


def test_a_missing_partition_of_the_newest_window_waits_for_nobody() -> None:
    days = DailyPartitionsDefinition("2026-01-10")
    world = HandWorld(plan("p", definition=days), plan("x", policy(MISSING), ["p"], days))
    newest = days.ordinals(world.view()).last()
    assert newest is not None

    assert [{"x": [newest]}, {}] == [world.asked(seconds=1), world.asked()]
    assert {"x": [newest + 1]} == world.asked(hours=1)


def test_a_cron_rule_asks_once_after_each_fire_and_at_first() -> None:
    world = HandWorld(plan("x", policy(RULE.materialize_on_cron("0 0 * * *"))))

    assert [world.asked(), world.asked()] == [{"x": True}, {}]
    assert [world.asked(hours=1), world.asked()] == [{"x": True}, {}]
    assert [world.asked(hours=22), world.asked(hours=2)] == [{}, {"x": True}]


def test_a_cron_rule_does_not_ask_at_first_for_what_was_made_since_the_fire() -> None:
    world = HandWorld(plan("x", policy(RULE.materialize_on_cron("0 0 * * *"))))
    world.make("x")

    assert world.asked() == {}


def test_a_cron_rule_asks_late_if_another_rule_held_it_back() -> None:
    world = pair(RULE.materialize_on_cron("0 0 * * *"), RULE.skip_on_parent_missing())
    assert [world.asked(), world.asked(hours=1)] == [{}, {}]

    make(world, "p", "q")
    assert [world.asked(), world.asked()] == [{"x": True}, {}]


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        (LETTERS, ["d"]),
        (DailyPartitionsDefinition("2026-01-10"), ["2026-01-14", "2026-01-15", "2026-01-16"]),
        (HourlyPartitionsDefinition("2026-01-10-00:00"), ["2026-01-14-23:00", "2026-01-15-23:00", "2026-01-16-23:00"]),
    ],
    ids=["static", "daily", "hourly"],
)
def test_a_cron_rule_takes_the_partition_that_was_newest_at_each_fire(
    definition: PartitionsDefinition, expected: list[str]
) -> None:
    world = HandWorld(plan("x", policy(RULE.materialize_on_cron("0 0 * * *")), definition=definition))
    world.asked()
    found = world.asked(hours=50)["x"]

    assert expected == definition.keys_of(found, world.view())


def test_a_cron_rule_may_take_all_partitions() -> None:
    world = HandWorld(plan("x", policy(RULE.materialize_on_cron("0 0 * * *", all_partitions=True)), definition=LETTERS))
    world.asked()

    assert world.asked(hours=1) == {"x": [0, 1, 2, 3]}


def test_freshness_policies_demand_nothing() -> None:
    world = pair(RULE.materialize_on_required_for_freshness())
    make(world, "p", "q")

    assert world.asked() == {}


# ------------------------------------------------------------ what skips


def test_a_child_waits_until_all_it_needs_of_a_parent_is_there() -> None:
    deps = [("p", AllPartitionMapping())]
    condition = policy(UPDATED, RULE.skip_on_parent_missing())
    world = HandWorld(plan("p", definition=LETTERS), plan("x", condition, deps))
    world.make("p", 0, 1, 2)
    assert world.asked() == {}

    world.make("p", 3)
    assert world.asked() == {"x": True}


def test_what_nobody_makes_is_not_waited_for() -> None:
    condition = policy(MISSING, RULE.skip_on_parent_missing())
    world = HandWorld(plan("s", is_executable=False), plan("x", condition, ["s"]))

    assert world.asked() == {"x": True}


def test_a_parent_that_is_behind_its_own_parents_is_waited_for() -> None:
    world = chain(UPDATED, RULE.skip_on_parent_outdated())
    make(world, "r", "p", "r")
    assert [world.asked(), world.asked()] == [{}, {}]

    make(world, "p")
    assert world.asked() == {"x": True}


def test_a_parent_is_behind_also_if_something_further_up_is() -> None:
    condition = policy(UPDATED, RULE.skip_on_parent_outdated())
    plans = [plan("g"), plan("r", deps=["g"]), plan("p", deps=["r"]), plan("x", condition, ["p"])]
    world = HandWorld(*plans)
    make(world, "g", "r", "p", "g")
    assert world.asked() == {}

    make(world, "r")
    assert world.asked() == {}
    make(world, "p")
    assert world.asked() == {"x": True}


@pytest.mark.parametrize(("minutes", "told"), [(9, {"x": True}), (11, {})], ids=["young enough", "too old"])
def test_a_parent_that_was_made_too_long_ago_is_waited_for(minutes: int, told: Any) -> None:
    skip = RULE.skip_on_parent_outdated(minutes=10)
    world = HandWorld(plan("p"), plan("x", policy(RULE.materialize_on_cron("0 0 * * *"), skip), ["p"]))
    make(world, "x", "p")
    world.asked(seconds=1)

    world.pass_time(minutes=40)
    make(world, "p")
    assert told == world.asked(minutes=minutes)


def test_a_parent_grows_too_old_though_nothing_happens() -> None:
    is_old = RULE.skip_on_parent_outdated(minutes=10).condition
    world = HandWorld(plan("p"), plan("x", is_old, ["p"]))
    make(world, "p")

    result = world.tick(seconds=1)
    assert result.requested == {}
    assert result.next_at is not None
    assert world.now.timestamp() + 599 == pytest.approx(result.next_at.timestamp())
    assert world.asked(seconds=600) == {"x": True}


def test_all_parents_are_waited_for() -> None:
    world = pair(UPDATED, RULE.skip_on_not_all_parents_updated())
    make(world, "x", "p")
    assert world.asked() == {}

    make(world, "q")
    assert [world.asked(), world.asked()] == [{"x": True}, {}]


@pytest.mark.parametrize("is_all", [False, True])
def test_one_partition_of_a_parent_is_enough_unless_all_are_demanded(is_all: bool) -> None:
    condition = policy(UPDATED, RULE.skip_on_not_all_parents_updated(is_all))
    world = HandWorld(plan("p", definition=LETTERS), plan("x", condition, [("p", AllPartitionMapping())]))
    world.make("x")
    world.pass_time(seconds=1)
    world.make("p", 0)

    assert ({} if is_all else {"x": True}) == world.asked()
    world.make("p", 1, 2, 3)
    assert world.asked() == {"x": True}


def test_all_parents_are_waited_for_since_the_cron_string_fired() -> None:
    world = pair(UPDATED, RULE.skip_on_not_all_parents_updated_since_cron("0 0 * * *"))
    make(world, "x", "p", "q")
    assert world.asked() == {"x": True}

    world.asked(hours=1)
    make(world, "p")
    assert world.asked() == {}
    make(world, "q")
    assert world.asked() == {"x": True}


def test_partitions_that_need_what_does_not_exist_are_left_out() -> None:
    rules = (
        RULE.materialize_on_cron("0 0 * * *", all_partitions=True),
        RULE.skip_on_required_but_nonexistent_parents(),
    )
    early, late = DailyPartitionsDefinition("2026-01-10"), DailyPartitionsDefinition("2026-01-12")
    world = HandWorld(plan("p", definition=late), plan("x", policy(*rules), ["p"], early))

    assert {"x": list(late.ordinals(world.view()))} == world.asked(seconds=1)


@pytest.mark.parametrize(("is_all", "told"), [(False, {"x": [0, 2, 3]}), (True, {})])
def test_a_backfill_holds_its_partitions_or_all(is_all: bool, told: Any) -> None:
    rule = RULE.skip_on_backfill_in_progress(is_all)
    world = HandWorld(plan("x", policy(MISSING, rule), definition=LETTERS))
    world.set("x", backfilling=OrdinalSet([1]))

    assert told == world.asked()


# ------------------------------------------------------------ the limit


def test_the_newest_partitions_are_made_and_the_rest_is_given_up() -> None:
    world = pair(UPDATED, limit=2, letters=True)
    world.asked()
    world.make("p", 0, 1, 2)

    assert [world.asked(), world.asked(), world.asked()] == [{"x": [1, 2]}, {}, {}]
    world.make("p", 0)
    assert world.asked() == {"x": [0]}


def test_what_was_given_up_stays_given_up_after_a_restart() -> None:
    world = pair(UPDATED, limit=1, letters=True)
    world.asked()
    world.make("p", 0, 1)
    assert world.asked() == {"x": [1]}

    world.engine.load(world.engine.dump(), world.engine.position)
    assert [world.asked(), world.asked()] == [{}, {}]
