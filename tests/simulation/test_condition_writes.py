"""A tick of conditions is stored whole or not at all: whichever of its writes goes wrong, conditions ask for the same.

Once the service is killed there, and started again. Once it is refused that write and lives on: its tick failed, and
the process that evaluated it has gone further than what is stored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import Any

import pytest

from tests.depth import share
from tests.simulation.condition_world import SENSOR, ConditionWorld, made
from tests.simulation.flaky_database import COMMITTED, FlakyTicksStore
from tests.simulation.world import Crash
from watchbell import (
    AssetMaterialization,
    AutomationCondition,
    AutomationContext,
    AutomationResult,
    Definitions,
    DynamicPartitionsDefinition,
)
from watchbell.automate.switch import started
from watchbell.services.switch import change_state

PEOPLE = DynamicPartitionsDefinition(name="people")


class EverySecond(AutomationCondition[Any]):
    """True with every second update of what it is made from, which it counts."""

    @property
    def children(self) -> tuple[AutomationCondition[Any]]:
        return (AutomationCondition.any_deps_updated(),)

    def evaluate(self, context: AutomationContext[Any]) -> AutomationResult:
        child = context.for_child_condition(self.children[0], [0], context.candidate_subset).evaluate()
        count = int(context.cursor or 0) + child.true_subset.size
        subset = child.true_subset if child.true_subset.size and count % 2 == 0 else context.get_empty_subset()
        return AutomationResult(context, subset, cursor=str(count), child_results=[child])


IS_MADE = AutomationCondition.any_deps_match(AutomationCondition.newly_updated())
CODE = Definitions(
    assets=[
        made("root"),
        made("child", AutomationCondition.eager(), ["root"]),
        made("grandchild", AutomationCondition.any_deps_updated(), ["child"]),
        made("gate", IS_MADE.newly_true(), ["root"]),
        made("second", EverySecond(), ["root"]),
        made("people", AutomationCondition.on_missing(), partitions_def=PEOPLE),
    ]
)


class Life:
    """Two rounds in which something happens, and all runs that are asked for make what they are to make."""

    def __init__(self, strike_at: int = 0, *, is_refused: bool = False) -> None:
        world = self.world = ConditionWorld()
        self.store = FlakyTicksStore(world.store, strike_at, is_refused=is_refused)
        now = world.clock.now()
        change_state(world.store, world.key(SENSOR, is_sensor=True), lambda state: started(state, now), now)
        self.does(lambda: world.serve(CODE, self.store))
        self.does(lambda: world.go_on(120.0, by=60.0))  # its first tick is stored, were it at the second try

    def does(self, act: Callable[[], object]) -> None:
        """Does something; a service that was killed by it is started again."""
        try:
            act()
        except Crash:
            self.world.serve(CODE)

    def live(self) -> Counter[str]:
        """What was asked for, and how often."""
        world = self.world
        for person in ("ann", "bob"):
            world.instance.add_dynamic_partitions("people", [person])
            self.does(lambda: world.make(AssetMaterialization("root")))
            for _ in range(3):
                self.does(lambda: world.go_on(60.0, by=60.0))
                while world.processes:
                    self.does(lambda: world.make_run(next(iter(world.processes))))
        return Counter(world.asked())


@pytest.fixture(scope="module")
def undisturbed() -> tuple[Counter[str], list[str]]:
    life = Life()
    return life.live(), life.store.writes


def struck(writes: list[str]) -> Iterator[int]:
    """Numbers of writes: each of a tick that asks for runs, and of the others the last one of the transaction."""
    first = 1
    while tick := list(takewhile(lambda name: name != COMMITTED, writes[first - 1 :])):
        end = first + len(tick)
        yield from range(first if "new_run" in tick else end - 1, end + 1)
        first = end + 1


def test_an_undisturbed_life_asks_for_all_of_it(undisturbed: tuple[Counter[str], list[str]]) -> None:
    asked, writes = undisturbed

    assert asked == {
        "child+gate+grandchild": 1,
        "child+gate+grandchild+second": 1,
        "people[ann]": 1,
        "people[bob]": 1,
    }
    assert {"change_automation", "change_condition_state", "new_condition_evaluation", "new_tick"} <= set(writes)
    assert len(list(struck(writes))) > 30


@pytest.mark.parametrize("is_refused", [False, True], ids=["killed", "refused"])
def test_whichever_write_of_a_tick_goes_wrong_the_same_is_asked_for(
    undisturbed: tuple[Counter[str], list[str]], is_refused: bool
) -> None:
    asked, writes = undisturbed

    for number in share(list(struck(writes))):
        life = Life(number, is_refused=is_refused)
        assert asked == life.live(), f"at write {number}, {writes[number - 1]}"
