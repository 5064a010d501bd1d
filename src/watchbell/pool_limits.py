"""Limits of pools by the names of Dagster's instance: ``instance.event_log_storage``."""

from __future__ import annotations

from collections.abc import Mapping

from watchbell.ground.errors import DagsterInvalidInvocationError
from watchbell.ground.value import dataclass
from watchbell.record.ports import Store


@dataclass(frozen=True)
class ConcurrencyKeyInfo:
    """A pool: its slots, who has one, who waits for one.

    Args:
        concurrency_key: the pool.
        slot_count: slots in all (count).
        active_slot_count: slots that are taken (count).
        active_run_ids: the runs that have one.
        pending_step_count: steps that wait (count).
        pending_run_ids: their runs.
    """

    concurrency_key: str
    slot_count: int
    active_slot_count: int
    active_run_ids: frozenset[str]
    pending_step_count: int
    pending_run_ids: frozenset[str]


class PoolLimits:
    """The limits of pools, and who has their slots.

    Args:
        store: where they are stored.
        default_limit: slots of a pool for which no limit was set; None: no limit.
    """

    supports_global_concurrency_limits = True

    def __init__(self, store: Store, default_limit: int | None) -> None:
        self._store = store
        self._default = default_limit

    def set_concurrency_slots(self, concurrency_key: str, num: int) -> None:
        """Gives a pool so many slots.

        Args:
            concurrency_key: the pool.
            num: slots (count, >= 0).

        Raises:
            DagsterInvalidInvocationError: a negative number.
        """
        if num < 0:
            raise DagsterInvalidInvocationError(f"pool {concurrency_key!r} cannot have {num} slots; 0 is the least")
        self._store.set_pool_limit(concurrency_key, num)

    def delete_concurrency_limit(self, concurrency_key: str) -> None:
        """Takes a pool's limit away; the default counts again."""
        self._store.set_pool_limit(concurrency_key, None)

    def get_concurrency_keys(self) -> set[str]:
        """The pools that have a limit, or that somebody has a slot of."""
        return {*self._store.pool_limits(), *(each.pool for each in self._store.pool_claims())}

    def get_pool_limits(self) -> Mapping[str, int]:
        """Slots by pool, for those with a limit of their own."""
        return self._store.pool_limits()

    def get_concurrency_info(self, concurrency_key: str) -> ConcurrencyKeyInfo:
        """A pool: its slots, who has one, who waits for one."""
        claims = self._store.pool_claims(concurrency_key)
        held = [each for each in claims if each.is_held]
        waiting = [each for each in claims if not each.is_held]
        return ConcurrencyKeyInfo(
            concurrency_key,
            self._store.pool_limits().get(concurrency_key, self._default or 0),
            len(held),
            frozenset(each.run_id for each in held),
            len(waiting),
            frozenset(each.run_id for each in waiting),
        )

    def free_concurrency_slots_for_run(self, run_id: str) -> None:
        """Gives back all slots of a run, such as one whose process was killed on a machine without a service."""
        for each in self._store.pool_claims():
            if each.run_id == run_id:
                self._store.free_slots(run_id, each.step_key)

    def free_concurrency_slot_for_step(self, run_id: str, step_key: str) -> None:
        """Gives back the slots of a step."""
        self._store.free_slots(run_id, step_key)
