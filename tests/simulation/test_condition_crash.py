"""The service is killed before and after each change that it makes, one by one, and started again: whatever was going
on, conditions ask for exactly what they ask for in a life without a crash. Where the store fails and the service lives
on, the same holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.depth import share
from tests.simulation.condition_world import SENSOR, ConditionWorld, made
from tests.simulation.flaky_store import FlakyStore
from tests.simulation.world import Crash
from watchbell import (
    AssetMaterialization,
    AutomationCondition,
    BackfillPolicy,
    Definitions,
    DynamicPartitionsDefinition,
    StaticPartitionsDefinition,
)
from watchbell.automate.switch import started
from watchbell.ground.errors import StoreLockedError
from watchbell.services.switch import change_state

EAGER = AutomationCondition.eager()
LETTERS = StaticPartitionsDefinition(["a", "b", "c"])
PEOPLE = DynamicPartitionsDefinition(name="people")
STEPS = 8


def code() -> Definitions:
    return Definitions(
        assets=[
            made("root"),
            made("child", EAGER, ["root"]),
            made("grandchild", EAGER, ["child"]),
            made("bare", AutomationCondition.any_deps_updated(), ["root"]),
            made("often", AutomationCondition.on_cron("*/2 * * * *")),
            made("letters", AutomationCondition.missing(), partitions_def=LETTERS),
            made("all", EAGER, ["letters"], partitions_def=LETTERS, backfill_policy=BackfillPolicy.single_run()),
            made("people", AutomationCondition.on_missing(), partitions_def=PEOPLE),
        ]
    )


class TicksStore(FlakyStore):
    """One of whose changes only ticks count: of runs that were handed out the queue has tests of its own."""

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)
        return partial(self.change, method) if name == "commit_ticks" else method


class Life:
    """A life of the service; what the store says is what counts."""

    def __init__(self, crash_at: int = 0, *, after: bool = False, is_locked: bool = False) -> None:
        self.world = ConditionWorld()
        self.store = FlakyStore(self.world.store, crash_at, after)
        if is_locked:
            self.store = TicksStore(self.world.store)
            self.store.lock(crash_at, after=after)
        key = self.world.key(SENSOR, is_sensor=True)
        now = self.world.clock.now()
        change_state(self.world.store, key, lambda state: started(state, now), now)
        self.does(lambda: self.world.serve(code(), self.store))

    def does(self, act: Callable[[], object]) -> None:
        """Does something; a service that was killed by it is started again."""
        try:
            act()
        except Crash:
            self.world.serve(code())
        except StoreLockedError:
            self.does(self.world.settle)  # as the thread of a loop does it

    def live(self) -> Counter[str]:
        """What was asked for, and how often."""
        world = self.world
        for step in range(STEPS):
            if step in (1, 2, 5):
                self.does(lambda: world.make(AssetMaterialization("root")))
            if step == 3:
                world.instance.add_dynamic_partitions("people", ["ann", "bob"])
            self.does(lambda: world.go_on(30.0, by=30.0))
            if step % 2:
                self.does(self.end_all)
        for _ in range(4):
            self.does(self.end_all)
            self.does(lambda: world.go_on(1.0))
        return Counter(world.asked())

    def end_all(self) -> None:
        """All runs make what they are to make; a crash of the service is not theirs."""
        while self.world.processes:
            self.does(lambda: self.world.make_run(next(iter(self.world.processes))))


@pytest.fixture(scope="module")
def undisturbed() -> tuple[Counter[str], int]:
    life = Life()
    asked = life.live()
    return asked, life.store.changes


def test_a_life_without_a_crash_asks_for_something(undisturbed: tuple[Counter[str], int]) -> None:
    asked, changes = undisturbed

    assert {"bare+child+grandchild", "often", "letters[a]", "people[ann]", "all[a..a]"} <= asked.keys()
    assert changes > 30


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("is_locked", [False, True], ids=["killed", "locked"])
def test_whatever_was_going_on_the_same_is_asked_for(
    undisturbed: tuple[Counter[str], int], is_locked: bool, after: bool
) -> None:
    asked, changes = undisturbed

    lives = 0
    for change in share(range(1, changes + 1)):
        life = Life(change, after=after, is_locked=is_locked)
        assert asked == life.live(), f"at change {change}"
        lives += life.store.changes >= change

    assert lives > len(share(range(15)))
