"""Random graphs, conditions and histories; what each tick asks for. ``PARITY_SEEDS`` says how many lives there are."""

import os
from collections.abc import Callable

from tests.parity.condition_life import Life
from tests.parity.scenario import Say, scenario

SEEDS = int(os.environ.get("PARITY_SEEDS", "100"))
TICKS = 8
# Lives in which Dagster meets a case of docs/differences.md: the words of that case by seed.
DIFFERENT: dict[int, str] = {}


def life(seed: int) -> Callable[[Say], None]:
    def one(say: Say) -> None:
        Life(say, seed).live(TICKS)

    one.__name__ = f"life_{seed:03}"
    one.__module__ = __name__
    return one


for number in range(SEEDS):
    scenario(differs=DIFFERENT.get(number))(life(number))
