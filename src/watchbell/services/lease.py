"""The lease of the service: one at a time works on a store, and it stops the moment another one took over."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from watchbell.ground.errors import LeaseLostError
from watchbell.host.process import is_alive
from watchbell.record.ports import Lease, Store
from watchbell.record.run import RunWorker
from watchbell.services.loop import Hint

log = logging.getLogger("watchbell.services")

LEASE_NAME = "daemon"
LEASE_SECONDS = 15.0
"""How long a lease holds; it is renewed at a third of this."""


def owner_text(process: RunWorker, unique: str) -> str:
    """The owner's name of a lease: the process, so that others can see whether it lives, and which service in it."""
    return json.dumps([process.host_name, process.boot_id, process.pid, process.started, unique])


def process_of(owner: str) -> RunWorker | None:
    """The process that an owner's name speaks of; None: it says nothing we know."""
    try:
        host_name, boot_id, pid, started, _ = json.loads(owner)
    except (ValueError, TypeError):
        return None
    return RunWorker(pid=int(pid), started=str(started), boot_id=str(boot_id), host_name=str(host_name))


def take_lease(store: Store, owner: str, now: datetime) -> Lease | None:
    """The service's lease, if it is free, or if the process that held it is gone; None: another service works.

    Args:
        store: where it is.
        owner: from `owner_text`.
        now: aware.
    """
    lease = store.acquire_lease(LEASE_NAME, owner, now, LEASE_SECONDS)
    if lease is not None:
        return lease
    held = store.lease(LEASE_NAME)
    holder = None if held is None else process_of(held.owner)
    if held is None or holder is None or is_alive(holder) is not False:
        return None
    # Killed: nobody will renew it, and waiting until it runs out would delay what is due.
    store.release_lease(held)
    return store.acquire_lease(LEASE_NAME, owner, now, LEASE_SECONDS)


def holder_text(store: Store) -> str:
    """Who holds the service's lease, for people."""
    held = store.lease(LEASE_NAME)
    holder = None if held is None else process_of(held.owner)
    if held is None:
        return "nobody"
    if holder is None:
        return repr(held.owner)
    return f"process {holder.pid} on {holder.host_name}"


class LeaseLoop:
    """Keeps the lease, and wakes the others now and then where hints of other processes may be missing.

    Args:
        store: where the lease is.
        lease: as it was taken.
        nudge: tells all loops to look; None: hints are reliable.
    """

    name = "lease"

    def __init__(self, store: Store, lease: Lease, nudge: Callable[[Hint], None] | None = None) -> None:
        self._store = store
        self._lease = lease
        self._nudge = nudge
        self._renewed_at: datetime | None = None

    def current(self) -> Lease:
        """The lease as renewed last; from any thread."""
        return self._lease

    def step(self, now: datetime, messages: Sequence[object]) -> datetime | None:
        """See `Loop.step`."""
        third = timedelta(seconds=LEASE_SECONDS / 3)
        if self._renewed_at is not None and timedelta(0) <= now - self._renewed_at < third:
            return self._renewed_at + third
        renewed = self._store.acquire_lease(self._lease.name, self._lease.owner, now, LEASE_SECONDS)
        if renewed is None or renewed.epoch != self._lease.epoch:
            raise LeaseLostError(
                f"another service took over this store: {holder_text(self._store)}; this one stops its work",
                lease=self._lease.name,
            )
        self._lease, self._renewed_at = renewed, now
        if self._nudge is not None:
            for topic in ("states", "runs", "run_status"):
                self._nudge(Hint(topic))
        return now + third
