"""Who is behind a request: its token, its cookie, or the machine it comes from."""

from __future__ import annotations

from datetime import datetime, timedelta
from http.cookies import CookieError, SimpleCookie

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers

from watchbell.ground.clock import Clock
from watchbell.ground.secrets import digest_of, is_token
from watchbell.record.account import LoginSession, Token, User
from watchbell.record.ports import Store
from watchbell.web.caller import Caller, local_caller, login_needed
from watchbell.web.exposure import Exposure, is_of_this_machine

IDLE_MAX = timedelta(days=7)
"""A session that is not used for so long is over."""
AGE_MAX = timedelta(days=30)
"""A session is over so long after its login, however much it is used."""
SEEN_EVERY = timedelta(minutes=5)
"""How exactly it is known when a session or token was used last: each write is a commit."""
HANDED_ON = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
"""Headers that a proxy adds; who sends one does not sit at this machine."""
BEARER = "bearer "


class Identity:
    """Finds out who makes a request.

    Args:
        store: has users, tokens and sessions.
        clock: says whether they are over.
        exposure: who needs no login.
    """

    def __init__(self, store: Store, clock: Clock, exposure: Exposure) -> None:
        self._store, self._clock, self._exposure = store, clock, exposure
        self._here = local_caller()

    @property
    def cookie_name(self) -> str:
        """What the cookie of a session is called; browsers hold those of ``__Host-`` to https and this host alone."""
        return "__Host-watchbell" if self._exposure.is_secure else "watchbell"

    @property
    def is_secure(self) -> bool:
        """Whether cookies may insist on https."""
        return self._exposure.is_secure

    async def of(self, headers: Headers, client_host: str | None, name: str) -> Caller | None:
        """Who makes a request; None: nobody knows.

        Args:
            headers: of the request.
            client_host: the address it comes from.
            name: the Host it asks for, without port.

        Raises:
            Problem: 401, it shows a token that is none; what else it shows does not matter then.
        """
        shown = headers.get("authorization")
        if shown is not None:
            return await run_in_threadpool(self._of_token, shown)
        cookie = self.cookie_of(headers)
        if cookie is not None:
            caller = await run_in_threadpool(self._of_cookie, cookie)
            if caller is not None:
                return caller
        return self._here if self._is_here(headers, client_host, name) else None

    def cookie_of(self, headers: Headers) -> str | None:
        """The secret of the session's cookie; None: there is none."""
        text = headers.get("cookie")
        if text is None:
            return None
        try:
            found = SimpleCookie(text).get(self.cookie_name)
        except CookieError:
            return None
        return None if found is None or not found.value else found.value

    def _is_here(self, headers: Headers, client_host: str | None, name: str) -> bool:
        return (
            self._exposure.is_local
            and is_of_this_machine(name)
            and (client_host is None or is_of_this_machine(client_host))
            and not any(each in headers for each in HANDED_ON)
        )

    def _of_token(self, shown: str) -> Caller:
        text = shown[len(BEARER) :].strip() if shown[: len(BEARER)].lower() == BEARER else ""
        if not is_token(text):
            raise login_needed("what the request shows as Authorization is no token of watchbell")
        found = self._store.token_by_digest(digest_of(text))
        now = self._clock.now()
        if found is None or not _is_good(*found, now):
            raise login_needed("the token is not known here, or expired, or was revoked")
        token, user = found
        if token.last_used_at is None or now - token.last_used_at >= SEEN_EVERY:
            self._store.note_token_used(token.token_id, now)
        role = token.role if user is None else token.role.at_most(user.role)
        return Caller(f"token:{token.name}", role, "token", token.user_name, token_id=token.token_id)

    def _of_cookie(self, cookie: str) -> Caller | None:
        found = self._store.session_by_digest(digest_of(cookie))
        now = self._clock.now()
        if found is None or found[0].expires_at <= now or found[1].disabled_at is not None:
            return None
        session, user = found
        if now - session.seen_at >= SEEN_EVERY:
            self._store.note_session_seen(session.session_id, now, end_of_session(session.created_at, now))
        return caller_of_session(session, user)


def caller_of_session(session: LoginSession, user: User) -> Caller:
    """Who asks through a session."""
    return Caller(user.name, user.role, "session", user.name, session_id=session.session_id)


def end_of_session(created_at: datetime, now: datetime) -> datetime:
    """When a session that is used now is over."""
    return min(now + IDLE_MAX, created_at + AGE_MAX)


def _is_good(token: Token, user: User | None, now: datetime) -> bool:
    return (
        token.revoked_at is None
        and (token.expires_at is None or now < token.expires_at)
        and (token.user_name is None or (user is not None and user.disabled_at is None))
    )
