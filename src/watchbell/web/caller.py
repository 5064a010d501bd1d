"""Who asks: the person at this machine, somebody who logged in, or a program with a token."""

from __future__ import annotations

import getpass
from enum import StrEnum
from typing import Annotated

from fastapi import Depends, Request

from watchbell.ground.value import dataclass


class Role(StrEnum):
    """What somebody may do; each may do all that those before it may.

    VIEWER looks. OPERATOR also runs, stops, switches and changes cursors. ADMIN also manages users, limits, and
    deletes.
    """

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def covers(self, needed: Role) -> bool:
        """Whether this role may do what ``needed`` may."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(needed)


@dataclass(frozen=True)
class Caller:
    """Who asks.

    Args:
        name: for people, and for the audit log.
        role: what they may do.
        how: ``"local"`` (at this machine), ``"session"`` or ``"token"``.
    """

    name: str
    role: Role
    how: str


def local_caller() -> Caller:
    """The person at this machine, who may do all."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # no such user in this container
        name = "local"
    return Caller(name, Role.ADMIN, "local")


def caller_of(request: Request) -> Caller:
    """Who makes a request; the guard has found out."""
    caller: Caller = request.state.caller
    return caller


CallerOf = Annotated[Caller, Depends(caller_of)]
"""In the signature of an operation: who asks."""
