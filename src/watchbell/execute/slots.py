"""Slots of pools, claimed for steps before they begin and given back when they end.

The store holds the claims, so that all runs share them; it frees those of a run that is over, however it ended. A run
whose process was killed may not be over yet, as nobody noticed; whoever waits for its slots looks, and frees them.

Who waits is woken by a hint when a slot becomes free. Whoever stands in a line is expected to take what is free; so a
run that has no process left for another step lets others pass meanwhile.
"""

from __future__ import annotations

import select
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

from watchbell.execute.interrupts import Interrupts
from watchbell.execute.journal import Journal
from watchbell.execute.plan import Step
from watchbell.instance import DagsterInstance
from watchbell.record.event import DagsterEventType, EngineEventData
from watchbell.record.pool import PoolClaim
from watchbell.record.ports import Mailbox
from watchbell.record.worker_identity import is_alive

POLL_SECONDS = 1.0  # so often a step that waits for a slot asks again, should a hint have been lost
WHOLE_RUN = ""
_HINTS = frozenset({"slots", "run_status"})


class Slots:
    """The slots of one run; a context manager that ends listening.

    Args:
        instance: where claims are stored, and whose settings say how many slots there are.
        run_id: the run.
        journal: told who waits.
    """

    def __init__(self, instance: DagsterInstance, run_id: str, journal: Journal) -> None:
        self._store = instance.store
        self._notifier = instance.notifier
        self._default = instance.settings.pool_default_limit
        self._whole_run = instance.settings.pool_granularity == "run"
        self._run_id = run_id
        self._journal = journal
        self._waiting: set[str] = set()
        self._refused: dict[str, tuple[float, int]] = {}  # pool -> when a claim was refused last, and its priority
        self._looked_at: dict[str, float] = {}
        self._lets_pass = False
        self._listens = False
        self.mailbox: Mailbox | None = None  # readable when a slot may have become free; from the first wait on

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.mailbox is not None:
            self.mailbox.close()
            self.mailbox = None

    def claim(self, step: Step) -> bool:
        """Whether a step may begin: it needs no slot, or has got one. Asked again until it has.

        Raises:
            LeaseLostError: the run is over or deleted; this process has to stop.
        """
        if step.pool is None or self._whole_run:
            return True
        now = self._journal.clock.monotonic()
        if step.key in self._waiting and self._would_be_refused(step.pool, step.priority, now):
            return False
        self._lets_pass = False
        if self._ask(PoolClaim(step.pool, self._run_id, step.key, step.priority), now):
            self._waiting.discard(step.key)
            self._refused.pop(step.pool, None)
            return True
        self._refused[step.pool] = (now, step.priority)
        self._say_waiting(step.key, step.pool, f"{step.key} waits")
        return False

    def _would_be_refused(self, pool: str, priority: int, now: float) -> bool:
        """Whether one that stands in front of it in the line was refused and nothing was heard since."""
        at, refused = self._refused.get(pool, (-POLL_SECONDS, priority))
        return now - at < POLL_SECONDS and priority <= refused

    def free(self, step: Step) -> None:
        """A step is over."""
        if step.pool is not None and not self._whole_run:
            self._store.free_slots(self._run_id, step.key)
            self._refused.pop(step.pool, None)

    def leave_line(self, step: Step) -> None:
        """A step that waits cannot begin now for another reason: it gives up its place."""
        if step.key in self._waiting:
            self._waiting.discard(step.key)
            self._store.free_slots(self._run_id, step.key)

    def let_others_pass(self) -> None:
        """No step could begin now, slot or not: those that wait keep their places but hold up nobody."""
        if self._waiting and not self._lets_pass:
            self._lets_pass = True
            self._refused.clear()
            self._store.let_others_pass(self._run_id)

    def hear(self) -> None:
        """Takes the hints that came: after one, who waits asks again."""
        if self.mailbox is not None and not self.mailbox.take().isdisjoint(_HINTS):
            self._refused.clear()

    def wait(self, seconds: float, sleep: Callable[[float], object] = time.sleep) -> None:
        """Waits for a hint.

        Args:
            seconds: at most so long.
            sleep: waits where no hints come.
        """
        if self.mailbox is None:
            sleep(min(seconds, POLL_SECONDS))
            return
        select.select([self.mailbox], [], [], min(seconds, POLL_SECONDS))
        self.hear()

    def claim_for_run(
        self, steps: Iterable[Step], interrupts: Interrupts, wait: Callable[[float], object] = time.sleep
    ) -> None:
        """Where whole runs take slots: waits until the run has one of each of its pools, in order of their names.

        Raises:
            DagsterExecutionInterruptedError: the process was asked to stop.
            LeaseLostError: the run is over or deleted; this process has to stop.
        """
        if not self._whole_run:
            return
        for pool in sorted({step.pool for step in steps if step.pool is not None}):
            while not self._ask(PoolClaim(pool, self._run_id, WHOLE_RUN), self._journal.clock.monotonic()):
                self._say_waiting(WHOLE_RUN, pool, "the run waits")
                with interrupts.in_user_code():  # a signal ends the wait
                    self.wait(POLL_SECONDS, wait)

    def _ask(self, wanted: PoolClaim, now: float) -> bool:
        if self._store.claim_slot(wanted, self._default):
            return True
        asks_again = not self._listens
        if asks_again:  # what became free before anybody listened was told to nobody
            self._listens, self.mailbox = True, self._notifier.mailbox()
        if now - self._looked_at.get(wanted.pool, -POLL_SECONDS) >= POLL_SECONDS:
            self._looked_at[wanted.pool] = now
            asks_again = self._free_those_of_the_dead(wanted.pool) or asks_again
        return asks_again and self._store.claim_slot(wanted, self._default)

    def _free_those_of_the_dead(self, pool: str) -> bool:
        """Frees what belongs to runs whose process is gone; whether there were any."""
        found = False
        for run_id, (status, worker) in self._store.pool_owners(pool).items():
            is_over = status is None or (worker is not None and is_alive(worker) is False)
            if is_over and run_id != self._run_id:
                self._store.free_slots(run_id, None)
                found = True
        return found

    def _say_waiting(self, key: str, pool: str, who: str) -> None:
        if key not in self._waiting:
            self._waiting.add(key)
            text = f"{who} for a slot of pool {pool!r}"
            self._journal.event(DagsterEventType.ENGINE_EVENT, text, key or None, EngineEventData())


def slots_of(steps: Iterable[Step], instance: DagsterInstance, run_id: str, journal: Journal) -> Slots | None:
    """The slots of a run; None if none of its steps is in a pool."""
    return Slots(instance, run_id, journal) if any(step.pool is not None for step in steps) else None
