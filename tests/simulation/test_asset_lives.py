"""Random lives of sensors of assets: made, wiped, turned off and on, restarted, killed, under a store that fails.

What holds in each: a sensor of every event asked for one run for each materialization, in their order, but for those
that were wiped before it was asked; the others passed over nothing that is still there, and came to nothing twice.
"""

import random
from datetime import timedelta
from pathlib import Path

import pytest

from tests.depth import share
from tests.services.fakes import NOON
from tests.simulation.asset_world import COPIES, DIVIDED, ORDERS, USERS, Failing, Service, World
from tests.simulation.world import Crash, CrashingStore
from watchbell.automate.switch import started, stopped
from watchbell.record.keys import AssetKey

SEEDS = 12
STEPS = 30
EVERY = {"every": ORDERS, "flaky": ORDERS, "rested": ORDERS, "copied": USERS}
SWITCHED = ("every", "newest", "both", "rested", "leaving", "divided")


class Life:
    """One seed."""

    def __init__(self, home: Path, seed: int) -> None:
        self.dice = random.Random(seed)
        self.world = World(home)
        self.off: set[str] = set()
        self.wiped: set[int] = set()
        self.service = self.new_service()

    def new_service(self) -> Service:
        kind = self.dice.choice((CrashingStore, Failing))
        crash_at = self.dice.choice((0, 0, self.dice.randrange(1, 40)))
        return Service(self.world, crash_at, self.dice.random() < 0.5, kind)

    def settle(self) -> None:
        while True:
            try:
                return self.service.settle()
            except Crash:
                self.restart()

    def restart(self) -> None:
        self.service.close()
        self.service = self.new_service()

    def step(self, second: int) -> None:
        dice, world = self.dice, self.world
        world.clock.set(NOON + timedelta(seconds=second))
        world.make(ORDERS, dice.choice((0, 0, 0, 1, 2, 30, 120)))
        world.make(USERS, dice.choice((0, 0, 1, 2)))
        for _ in range(dice.choice((0, 0, 1, 3))):
            world.make_letter(dice.choice("abc"))
        if dice.random() < 0.08:
            self.wipe(dice.choice((ORDERS, USERS, DIVIDED)))
        if dice.random() < 0.15:
            self.switch(dice.choice(SWITCHED))
        if dice.random() < 0.1:
            self.restart()
        self.settle()

    def wipe(self, key: AssetKey) -> None:
        self.world.store.wipe_asset(key)
        self.wiped.update(self.world.numbers[key])

    def switch(self, name: str) -> None:
        if name in self.off:
            self.off.remove(name)
            self.world.turn(name, lambda state: started(state, self.world.clock.now()))
        else:
            self.off.add(name)
            self.world.turn(name, stopped)

    def live(self) -> None:
        self.settle()
        for step in range(STEPS):
            self.step(5 * (step + 1))
        for name in sorted(self.off):
            self.switch(name)
        for step in range(60):  # what is dealt with one by one, an interval apart
            self.world.clock.set(NOON + timedelta(seconds=5 * (STEPS + 1 + step)))
            self.settle()
        self.service.close()


def check(life: Life) -> None:
    world = life.world
    for name, key in EVERY.items():
        asked, made = world.asked(name), world.numbers[key]
        missed = set(made) - set(asked)
        assert asked == [number for number in made if number not in missed], name
        assert missed <= life.wiped, name
    both = world.asked("both")
    assert len(both) == len(set(both))
    assert {*world.numbers[ORDERS], *world.numbers[USERS]} - set(both) <= life.wiped
    for name in ("newest", "leaving"):
        asked = world.asked(name)
        assert asked == sorted(set(asked)), name
    copies = world.instance.fetch_materializations(COPIES, limit=1_000).records
    assert len(copies) == len(world.asked("copied"))
    divided = world.asked("divided")
    assert len(divided) == len(set(divided))
    newest = {world.letters[number]: number for number in world.numbers[DIVIDED]}
    assert {number for number in newest.values() if number not in life.wiped} <= set(divided)


@pytest.mark.parametrize("seed", share(range(SEEDS)))
def test_a_random_life_loses_and_doubles_nothing(tmp_path: Path, seed: int) -> None:
    life = Life(tmp_path, seed)

    life.live()

    check(life)
    life.world.instance.close()
