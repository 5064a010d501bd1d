"""Logging in and out: a password becomes a session, whose cookie no script can read and no other site sends.

Whether a name is unknown, its user disabled or the password wrong is not told, nor to be seen from the time it takes.
A session begins with a new cookie, whatever cookie came with the login, which ends.
"""

from __future__ import annotations

import math
from datetime import datetime

from fastapi import Request, Response

from watchbell.ground.secrets import digest_of, is_password, new_cookie
from watchbell.record.account import LoginSession, User
from watchbell.record.audit import AuditEntry, Outcome
from watchbell.web.audit import written
from watchbell.web.caller import Caller
from watchbell.web.identity import AGE_MAX, Identity, caller_of_session, end_of_session
from watchbell.web.problem import Problem
from watchbell.web.throttle import Throttle
from watchbell.web.view import View

AGENT_LENGTH_MAX = 120
"""Characters kept of what a browser calls itself."""
UNKNOWN = "unknown"


def log_in(request: Request, response: Response, view: View, name: str, password: str) -> Caller:
    """Begins a session for who knows the password; its cookie is set on ``response``.

    Args:
        request: the request; a session that it has ends.
        response: its answer.
        view: what is remembered.
        name: the user's name, as typed.
        password: the password, as typed.

    Raises:
        Problem: 401, they do not fit; 429, too many did not fit lately.
    """
    throttle, identity = throttle_of(request), identity_of(request)
    now, plain, address = view.now(), name.strip().lower(), address_of(request)
    check_pause(throttle, plain, address, now)
    found = view.store.user_with_password(plain)
    user, known_hash = found if found is not None else (None, None)
    if not is_password(password, known_hash) or user is None or user.disabled_at is not None:
        throttle.failed(plain, address, now)
        _note(request, view, user, Outcome.REFUSED, "the password is wrong, or the user is disabled")
        raise Problem(401, "wrong-login", "name or password is wrong")
    throttle.succeeded(plain, address)
    cookie, before = new_cookie(), identity.cookie_of(request.headers)
    wanted = LoginSession(0, user.name, now, end_of_session(now, now), now, f"{address} {agent_of(request)}".strip())
    session = view.store.add_session(wanted, digest_of(cookie), replaces=None if before is None else digest_of(before))
    _note(request, view, user, Outcome.DONE, "")
    set_cookie(response, identity, cookie)
    return caller_of_session(session, user)


def check_pause(throttle: Throttle, name: str, address: str, now: datetime) -> None:
    """Refuses a password that comes too soon after others that were wrong.

    Raises:
        Problem: 429, with the seconds to wait.
    """
    pause = throttle.pause(name, address, now)
    if pause:
        seconds = math.ceil(pause.total_seconds())
        text = f"too many passwords were wrong; try again in {seconds} second{'' if seconds == 1 else 's'}"
        raise Problem(429, "too-many-logins", text, retry_after_seconds=seconds)


def log_out(request: Request, response: Response, view: View, caller: Caller) -> None:
    """Ends the session of a request, and has the browser forget its cookie."""
    if caller.session_id is not None:
        view.store.end_session(caller.session_id)
    forget_cookie(request, response)


def set_cookie(response: Response, identity: Identity, cookie: str) -> None:
    """Hands a session's cookie to the browser."""
    response.set_cookie(
        identity.cookie_name,
        cookie,
        max_age=int(AGE_MAX.total_seconds()),
        path="/",
        secure=identity.is_secure,
        httponly=True,
        samesite="strict",
    )


def forget_cookie(request: Request, response: Response) -> None:
    """Has the browser forget its cookie, and pages that it kept."""
    response.headers["Clear-Site-Data"] = '"cache"'
    identity = identity_of(request)
    response.delete_cookie(identity.cookie_name, path="/", secure=identity.is_secure, httponly=True, samesite="strict")


def identity_of(request: Request) -> Identity:
    """What finds out who asks."""
    identity: Identity = request.app.state.identity
    return identity


def throttle_of(request: Request) -> Throttle:
    """The count of failed logins."""
    throttle: Throttle = request.app.state.throttle
    return throttle


def address_of(request: Request) -> str:
    """Where a request comes from."""
    return UNKNOWN if request.client is None else request.client.host


def agent_of(request: Request) -> str:
    """What the browser calls itself, cut."""
    return "".join(each for each in request.headers.get("user-agent", "") if each.isprintable())[:AGENT_LENGTH_MAX]


def _note(request: Request, view: View, user: User | None, outcome: Outcome, why: str) -> None:
    """Writes a login down, of an unknown name only that there was one: people type passwords into the wrong field."""
    written(
        view,
        AuditEntry(
            at=view.now(),
            who=UNKNOWN if user is None else user.name,
            how="nobody" if outcome is Outcome.REFUSED else "session",
            role="" if user is None else user.role.value,
            operation="login",
            kind="session",
            target="" if user is None else user.name,
            outcome=outcome,
            request_id=request.state.request_id,
            details={"from": address_of(request), **({"why": why} if why else {})},
        ),
    )
