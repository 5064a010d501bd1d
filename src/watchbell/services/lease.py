"""The lease of the service: one at a time works on a store, and it stops the moment another one took over."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from watchbell.ground.errors import LeaseLostError
from watchbell.record.lease import Lease
from watchbell.record.ports import Store
from watchbell.record.run import RunWorker
from watchbell.record.worker_identity import is_alive

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
    return "nobody" if held is None else _owner_for_people(held.owner)


def working_service(store: Store, now: datetime) -> str | None:
    """The service that works on a store, for people; None: there is none, or its process is gone."""
    held = store.lease(LEASE_NAME)
    if held is None or held.expires_at <= now:
        return None
    holder = process_of(held.owner)
    return None if holder is not None and is_alive(holder) is False else _owner_for_people(held.owner)


def _owner_for_people(owner: str) -> str:
    holder = process_of(owner)
    return repr(owner) if holder is None else f"process {holder.pid} on {holder.host_name}"


class LeaseLoop:
    """Keeps the lease, and wakes the others where a hint of another process may have been lost.

    What people change about automations is found by one number, whatever there is of them; for runs and events the
    loops look themselves now and then, which suffices unless no hint ever comes.

    Args:
        store: where the lease is.
        lease: as it was taken.
        nudge: tells all loops that are concerned to look at a topic.
        hints_are_sure: whether hints of other processes come at all.
    """

    name = "lease"

    def __init__(
        self, store: Store, lease: Lease, nudge: Callable[[str], None], *, hints_are_sure: bool = True
    ) -> None:
        self._store = store
        self._lease = lease
        self._nudge = nudge
        self._hints_are_sure = hints_are_sure
        self._renewed_at: datetime | None = None
        self._last_state_change: int | None = None

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
        last_state_change = self._store.last_state_change()
        if last_state_change != self._last_state_change:
            self._nudge("states")
            self._last_state_change = last_state_change
        if not self._hints_are_sure:
            self._nudge("runs")
            self._nudge("run_status")
        return now + third
