"""Random lives with policies of rules, conditions of one's own, and parts replaced: as many as ``PARITY_MORE`` says.

None is recorded as yet.
"""

import os
from collections.abc import Callable

from tests.parity.condition_more import OtherLife
from tests.parity.scenario import Say, scenario

SEEDS = int(os.environ.get("PARITY_MORE", "0"))
TICKS = 8


def life(seed: int) -> Callable[[Say], None]:
    def one(say: Say) -> None:
        OtherLife(say, seed).live(TICKS)

    one.__name__ = f"life_{seed:03}"
    one.__module__ = __name__
    return one


for number in range(SEEDS):
    scenario()(life(number))
