"""Who asks: the person at this machine, somebody who logged in, or a program with a token."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from watchbell.ground.os_user import os_user_name
from watchbell.ground.value import dataclass
from watchbell.record.account import Role
from watchbell.web.problem import Problem

__all__ = ["Caller", "CallerOf", "Role", "caller_of", "local_caller", "login_needed", "maybe_caller"]


@dataclass(frozen=True)
class Caller:
    """Who asks.

    Args:
        name: for people, and for the audit log; of a program ``token:<name>``.
        role: what they may do.
        how: ``"local"`` (at this machine), ``"session"`` or ``"token"``.
        user_name: the user's name; None: somebody at this machine, or a token that belongs to nobody.
        session_id: number of the session; None: none.
        token_id: number of the token; None: none.
    """

    name: str
    role: Role
    how: str
    user_name: str | None = None
    session_id: int | None = None
    token_id: int | None = None

    @property
    def owner(self) -> str:
        """Whose are the saved views and snoozes of this caller."""
        return self.user_name if self.user_name is not None else f"{self.how}:{self.name}"


def local_caller() -> Caller:
    """The person at this machine, who may do all."""
    return Caller(os_user_name(), Role.ADMIN, "local")


def login_needed(why: str = "this needs a login, or a token") -> Problem:
    """That nobody knows who asks."""
    text = f"{why}: log in at /login, or send `Authorization: Bearer <token>` (watchbell token create)"
    return Problem(401, "login-needed", text)


def maybe_caller(request: Request) -> Caller | None:
    """Who makes a request, as the guard has found out; None: nobody knows."""
    caller: Caller | None = request.state.caller
    return caller


async def caller_of(request: Request) -> Caller:
    """Who makes a request.

    Raises:
        Problem: 401, nobody knows.
    """
    caller = maybe_caller(request)
    if caller is None:
        raise login_needed()
    return caller


CallerOf = Annotated[Caller, Depends(caller_of)]
"""In the signature of an operation: who asks."""
