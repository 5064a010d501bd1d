"""Leases: the right to do some work until a time."""

from __future__ import annotations

from datetime import UTC, datetime

from watchbell.ground.errors import LeaseLostError
from watchbell.record.lease import Lease
from watchbell.store.session import Session


def current(session: Session, name: str) -> Lease | None:
    """Who holds it, or held it last."""
    row = session.row("lease", lease=name)
    return None if row is None else Lease(row[0], row[1], row[2], datetime.fromtimestamp(row[3], UTC))


def acquire(session: Session, name: str, owner: str, now: datetime, seconds: float) -> Lease | None:
    """The lease, taken or renewed by ``owner``; None while somebody else holds it.

    A renewal keeps the epoch, also of a lease that ran out meanwhile: nobody took it, so nothing was done in between.
    """
    held, expires = current(session, name), now.timestamp() + seconds
    if held is None:
        session.run("new_lease", name=name, owner=owner, epoch=1, expires_at=expires)
        epoch = 1
    elif held.owner != owner and held.expires_at > now:
        return None
    else:
        epoch = held.epoch if held.owner == owner else held.epoch + 1
        session.run("take_lease", lease=name, owner=owner, epoch=epoch, expires_at=expires)
    return Lease(name, owner, epoch, datetime.fromtimestamp(expires, UTC))


def release(session: Session, lease: Lease) -> None:
    """Gives it back; nothing happens if it is somebody else's by now."""
    session.run("release_lease", lease=lease.name, owner_now=lease.owner, epoch_now=lease.epoch, expires_at=0.0)


def require(session: Session, lease: Lease) -> None:
    """Makes sure that nobody took the lease meanwhile.

    Raises:
        LeaseLostError: somebody did.
    """
    held = current(session, lease.name)
    if held is None or held.epoch != lease.epoch or held.owner != lease.owner:
        holder = "nobody" if held is None else f"{held.owner!r} (epoch {held.epoch})"
        raise LeaseLostError(
            f"the lease {lease.name!r} belongs to {holder} by now; {lease.owner!r} (epoch {lease.epoch}) wrote nothing "
            "and has to stop",
            lease=lease.name,
        )
