"""Slots of pools, claimed for steps before they begin and given back when they end.

The store holds the claims, so that all runs share them; it frees those of a run that is over, however it ended.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from watchbell.execute.interrupts import Interrupts
from watchbell.execute.journal import Journal
from watchbell.execute.plan import Step
from watchbell.instance import DagsterInstance
from watchbell.record.event import DagsterEventType, EngineEventData
from watchbell.record.pool import PoolClaim

POLL_SECONDS = 0.25  # how often a step that waits for a slot asks again
WHOLE_RUN = ""


class Slots:
    """The slots of one run.

    Args:
        instance: where claims are stored, and whose settings say how many slots there are.
        run_id: the run.
        journal: told who waits.
    """

    def __init__(self, instance: DagsterInstance, run_id: str, journal: Journal) -> None:
        self._store = instance.store
        self._default = instance.settings.pool_default_limit
        self._whole_run = instance.settings.pool_granularity == "run"
        self._run_id = run_id
        self._journal = journal
        self._waiting: set[str] = set()

    def claim(self, step: Step) -> bool:
        """Whether a step may begin: it needs no slot, or has got one. Asked again until it has."""
        if step.pool is None or self._whole_run:
            return True
        if self._store.claim_slot(PoolClaim(step.pool, self._run_id, step.key, step.priority), self._default):
            self._waiting.discard(step.key)
            return True
        self._say_waiting(step.key, step.pool, f"{step.key} waits")
        return False

    def free(self, step: Step) -> None:
        """A step is over."""
        if step.pool is not None and not self._whole_run:
            self._store.free_slots(self._run_id, step.key)

    def claim_for_run(
        self, steps: Iterable[Step], interrupts: Interrupts, wait: Callable[[float], object] = time.sleep
    ) -> None:
        """Where whole runs take slots: waits until the run has one of each of its pools, in order of their names.

        Raises:
            DagsterExecutionInterruptedError: the process was asked to stop.
        """
        if not self._whole_run:
            return
        for pool in sorted({step.pool for step in steps if step.pool is not None}):
            while not self._store.claim_slot(PoolClaim(pool, self._run_id, WHOLE_RUN), self._default):
                self._say_waiting(WHOLE_RUN, pool, "the run waits")
                with interrupts.in_user_code():  # a signal ends the wait
                    wait(POLL_SECONDS)

    def _say_waiting(self, key: str, pool: str, who: str) -> None:
        if key not in self._waiting:
            self._waiting.add(key)
            text = f"{who} for a slot of pool {pool!r}"
            self._journal.event(DagsterEventType.ENGINE_EVENT, text, key or None, EngineEventData())


def slots_of(steps: Iterable[Step], instance: DagsterInstance, run_id: str, journal: Journal) -> Slots | None:
    """The slots of a run; None if none of its steps is in a pool."""
    return Slots(instance, run_id, journal) if any(step.pool is not None for step in steps) else None
