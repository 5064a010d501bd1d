"""Pools: slots that steps of all runs share."""

from __future__ import annotations

from watchbell.ground.value import dataclass

POOL_TAG = "dagster/concurrency_key"
"""Tag of an op that names its pool, as older code does."""


@dataclass(frozen=True)
class PoolClaim:
    """A step that has a slot of a pool, or waits for one.

    Whoever waits has a place in the pool's line. A run that could not use a slot now, since it does something else,
    lets others pass without losing its places.

    Args:
        pool: the pool.
        run_id: the run.
        step_key: the step; empty: the run as a whole.
        priority: higher goes first.
        is_held: whether it has the slot.
    """

    pool: str
    run_id: str
    step_key: str = ""
    priority: int = 0
    is_held: bool = False
