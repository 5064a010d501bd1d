"""Leases: who may do the work of a service."""

from __future__ import annotations

from datetime import datetime

from watchbell.ground.value import dataclass


@dataclass(frozen=True)
class Lease:
    """The right to do some work until a time, told apart from earlier holders by its epoch.

    Args:
        name: what is leased, e.g. ``"daemon"``.
        owner: who holds it.
        epoch: grows each time the lease changes hands; commits are refused under an old one.
        expires_at: when others may take it.
    """

    name: str
    owner: str
    epoch: int
    expires_at: datetime
