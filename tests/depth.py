"""How much of the many like cases one run of the tests tries: a share by ``make test``, all by ``make test-deep``.

What is made at random, and a crash at each of a life's changes, are many cases of one claim. The share is the same on
every run and machine, and spread over all of them. Whatever somebody wrote down by hand is always tried.
"""

import os
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

IS_DEEP = os.environ.get("TEST_DEPTH") == "deep"
ONE_IN = 4
FEW = 8
"""Of so many, or fewer, all are tried (count)."""


def examples(count: int) -> int:
    """How many examples a property is tried with.

    Args:
        count: in a deep run.
    """
    return count if IS_DEEP else max(min(count, FEW), count // ONE_IN)


def share(cases: Sequence[T], one_in: int = ONE_IN) -> Sequence[T]:
    """The cases that this run tries: each of them in a deep one, else every so-manieth and the last one.

    Args:
        cases: all of them, in an order in which like ones are neighbours.
        one_in: how many stand for one in an ordinary run (count).
    """
    if IS_DEEP or len(cases) <= 2:
        return cases
    return [case for number, case in enumerate(cases) if number % one_in == 0 or number == len(cases) - 1]
