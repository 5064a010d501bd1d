"""``/api/session``, ``/api/sessions``: who asks, logging in and out, the browsers in which somebody is logged in."""

from __future__ import annotations

from fastapi import Request, Response

from watchbell.ground.errors import ParameterCheckError
from watchbell.ground.secrets import digest_of, hash_password, is_password, new_cookie
from watchbell.record.account import LoginSession, Role
from watchbell.web import login
from watchbell.web.access import require_role
from watchbell.web.audit import AuditNoteOf
from watchbell.web.caller import Caller, CallerOf, maybe_caller
from watchbell.web.identity import end_of_session
from watchbell.web.problem import Problem, missing
from watchbell.web.routing import api_router
from watchbell.web.shapes.accounts import Ended, LoginAsked, PasswordAsked, SessionRow, WhoShape
from watchbell.web.shapes.shape import Page
from watchbell.web.view import View, ViewOf

router = api_router()


@router.get("/session")
def get_session(request: Request, view: ViewOf) -> WhoShape:
    """Who asks; also answered to those whom nobody knows."""
    return who_shape(maybe_caller(request), view)


@router.post("/session")
def log_in(asked: LoginAsked, request: Request, response: Response, view: ViewOf) -> WhoShape:
    """Begins a session: the answer sets its cookie."""
    return who_shape(login.log_in(request, response, view, asked.name, asked.password), view)


@router.delete("/session")
def log_out(request: Request, response: Response, view: ViewOf, caller: CallerOf) -> WhoShape:
    """Ends the session that asks."""
    login.log_out(request, response, view, caller)
    return who_shape(None, view)


@router.put("/session/password")
def change_own_password(
    asked: PasswordAsked, request: Request, response: Response, view: ViewOf, caller: CallerOf, note: AuditNoteOf
) -> WhoShape:
    """Gives oneself a new password; all other sessions end, and this one gets a new cookie."""
    if caller.how != "session" or caller.user_name is None:
        raise Problem(400, "no-password", f"{caller.name} has no password here; log in with a user's first")
    note.about(caller.user_name)
    throttle, now, address = login.throttle_of(request), view.now(), login.address_of(request)
    login.check_pause(throttle, caller.user_name, address, now)
    found = view.store.user_with_password(caller.user_name)
    if found is None or not is_password(asked.old_password, found[1]):
        throttle.failed(caller.user_name, address, now)
        raise Problem(403, "wrong-password", "the old password is another one")
    view.store.change_user(caller.user_name, now, password_hash=checked_hash(asked.new_password))
    cookie = new_cookie()
    wanted = LoginSession(
        0, caller.user_name, now, end_of_session(now, now), now, f"{address} {login.agent_of(request)}"
    )
    view.store.add_session(wanted, digest_of(cookie))
    login.set_cookie(response, login.identity_of(request), cookie)
    return who_shape(caller, view)


@router.get("/sessions")
def list_sessions(view: ViewOf, caller: CallerOf, user: str | None = None) -> Page[SessionRow]:
    """Where one is logged in oneself; where a user, or everybody (``*``), is, for admins."""
    wanted = caller.user_name if user is None else user
    if wanted is None or wanted != caller.user_name:
        require_role(caller, Role.ADMIN, "to see the sessions of others")
    now = view.now()
    found = view.store.sessions(None if wanted in {None, "*"} else wanted)
    rows = [session_row(each, caller) for each in found if each.expires_at > now]
    return Page[SessionRow](items=rows, at=now)


@router.delete("/sessions/{session_id}")
def end_session(session_id: int, view: ViewOf, caller: CallerOf) -> Ended:
    """Ends a session: its browser has to log in again. Others' only for admins."""
    mine = [] if caller.user_name is None else view.store.sessions(caller.user_name)
    if all(each.session_id != session_id for each in mine):
        require_role(caller, Role.ADMIN, "to end a session of somebody else")
    if not 0 < session_id < 2**63 or not view.store.end_session(session_id):
        raise missing("session", str(session_id))
    return Ended(count=1)


@router.delete("/sessions")
def end_other_sessions(view: ViewOf, caller: CallerOf) -> Ended:
    """Ends all sessions of one's own but the one that asks."""
    if caller.user_name is None:
        raise Problem(400, "no-sessions", f"{caller.name} has no sessions: nobody logged in")
    return Ended(count=view.store.end_sessions(caller.user_name, keep=caller.session_id))


def who_shape(caller: Caller | None, view: View) -> WhoShape:
    """Who asks, as the API tells it."""
    has_login = view.store.has_accounts(view.now())
    if caller is None:
        return WhoShape(is_known=False, has_login=has_login)
    return WhoShape(
        is_known=True,
        name=caller.name,
        role=caller.role,
        how=caller.how,
        user=caller.user_name,
        has_login=has_login,
    )


def session_row(session: LoginSession, caller: Caller) -> SessionRow:
    """A session as the API tells it."""
    return SessionRow(
        id=session.session_id,
        user=session.user_name,
        created_at=session.created_at,
        seen_at=session.seen_at,
        expires_at=session.expires_at,
        client=session.client,
        is_this=session.session_id == caller.session_id,
    )


def checked_hash(password: str) -> str:
    """The hash of a new password.

    Raises:
        Problem: 422, it is too short.
    """
    try:
        return hash_password(password)
    except ParameterCheckError as error:
        raise Problem(422, "weak-password", str(error)) from error
