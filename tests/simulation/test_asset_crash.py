"""The service is killed before and after each change its sensors of assets make, one by one, and started again.

The loop is the real one on a real file, and so are the definitions and their evaluation. Whatever was going on: a
sensor of every event asked for one run for each materialization, in their order, also when its function raised now and
then; the sensor of the newest never asked twice for one and asked for the last; that of several assets passed over
none and came to none twice, also when it deals with partitions out of their order; that which leaves its cursor never
asked twice about the same; and what sensors report themselves is there once, and wakes others.

Where the store fails and the service lives on, the same holds.
"""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.depth import share
from tests.services.fakes import NOON
from tests.simulation.asset_world import DIVIDED, ORDERS, USERS, Failing, Service, World
from tests.simulation.world import Crash, CrashingStore
from watchbell.automate.switch import started, stopped

SECONDS = 60
MADE = {10: (130, 1), 15: (1, 0), 30: (3, 2), 45: (40, 1)}
"""How often orders and users are made, by the second of the world."""
MADE_LETTERS = {5: "abc", 10: "ab", 20: "ccab", 35: "a", 40: "bca"}
"""Which partitions of letters are made, one after the other."""
OFF, ON = 20, 40
"""The sensor that is turned off by hand, and on again, at these seconds."""


def live(home: Path, crash_at: int, after: bool, kind: type = CrashingStore) -> tuple[World, int]:
    """A life with one crash; the world as it is then, and the changes the first service had made."""
    world = World(home)
    service = first = Service(world, crash_at, after, kind)
    for second in range(0, SECONDS, 5):
        world.clock.set(NOON + timedelta(seconds=second))
        if second == OFF:
            world.turn("rested", stopped)
        if second == ON:
            world.turn("rested", lambda state: started(state, world.clock.now()))
        orders, users = MADE.get(second, (0, 0))
        world.make(ORDERS, orders)
        world.make(USERS, users)
        for letter in MADE_LETTERS.get(second, ""):
            world.make_letter(letter)
        try:
            service.settle()
        except Crash:
            service.close()
            service = Service(world)
            service.settle()
    for extra in range(15):  # what is dealt with one by one, an interval apart
        world.clock.set(NOON + timedelta(seconds=SECONDS + 5 * extra))
        try:
            service.settle()
        except Crash:
            service.close()
            service = Service(world)
            service.settle()
    service.close()
    return world, first.store.changes


def check(world: World) -> None:
    orders, users = world.numbers[ORDERS], world.numbers[USERS]
    assert world.asked("every") == orders
    assert world.asked("flaky") == orders
    assert world.asked("rested") == orders  # what was made while it was off comes when it is on again
    assert world.failed
    newest = world.asked("newest")
    assert newest == sorted(set(newest))
    assert newest[-1] == orders[-1]
    both = world.asked("both")
    assert [each for each in both if each in users] == users
    assert [each for each in both if each in orders] == orders
    leaving = world.asked("leaving")
    assert leaving == sorted(set(leaving))
    assert leaving[-1] == max(*orders, *users)
    assert world.asked("copied") == users
    assert world.instance.get_dynamic_partitions("people") == [f"user {number}" for number in users]
    check_letters(world)


def check_letters(world: World) -> None:
    """Of each partition the last materialization was dealt with, none twice, and each newer than what was before."""
    divided = world.asked("divided")
    assert len(divided) == len(set(divided))
    for letter in "abc":
        made = [number for number in world.numbers[DIVIDED] if world.letters[number] == letter]
        asked = [number for number in divided if world.letters[number] == letter]
        assert asked == sorted(asked)
        assert asked[-1] == made[-1]


def test_a_life_without_crash_is_what_the_invariants_say(tmp_path: Path) -> None:
    world, changes = live(tmp_path, 0, after=False)

    check(world)
    assert changes > 15


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_store_that_fails_at_any_change_loses_and_doubles_no_materialization(tmp_path: Path, after: bool) -> None:
    _, changes = live(tmp_path / "calm", 0, after=False)
    for fail_at in share(range(1, changes + 1, 3)):
        world, _ = live(tmp_path / str(fail_at), fail_at, after, Failing)
        try:
            check(world)
        except BaseException as error:
            error.add_note(f"the store failed {'after' if after else 'before'} change {fail_at}")
            raise
        world.instance.close()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_crash_at_any_change_loses_and_doubles_no_materialization(tmp_path: Path, after: bool) -> None:
    _, changes = live(tmp_path / "calm", 0, after=False)
    for crash_at in share(range(1, changes + 1)):
        world, _ = live(tmp_path / str(crash_at), crash_at, after)
        try:
            check(world)
        except BaseException as error:
            error.add_note(f"killed {'after' if after else 'before'} change {crash_at}")
            raise
        world.instance.close()
