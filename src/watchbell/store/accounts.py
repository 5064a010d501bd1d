"""The part of the store that speaks of users, tokens and sessions; fulfils ``record.account_store.AccountStore``."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.record.account import LoginSession, Role, Token, User, checked_name
from watchbell.record.event import at_of
from watchbell.record.ports import Notifier
from watchbell.record.request import check_text
from watchbell.store.session import Database, Row, Session
from watchbell.store.topics import ACCOUNTS

CLIENT_LENGTH_MAX = 200
"""Characters kept of where a session comes from."""
NOBODY = 0
"""The number of no session."""


class AccountTables:
    """Users, tokens and sessions.

    Args:
        database: an open one, with the current schema.
        notifier: told of each commit, afterwards.
    """

    def __init__(self, database: Database, notifier: Notifier) -> None:
        self._database = database
        self._notifier = notifier

    def has_accounts(self, now: datetime) -> bool:
        """Whether anybody could log in or show a token at this moment."""
        with self._database.read() as session:
            return session.row("some_user") is not None or session.row("some_token", now=now.timestamp()) is not None

    # --- users

    def users(self) -> list[User]:
        """All users by name, also disabled ones."""
        with self._database.read() as session:
            return [_user(row) for row in session.rows("users")]

    def user_with_password(self, name: str) -> tuple[User, str] | None:
        """A user and the hash of the password; None: there is none of this name."""
        with self._database.read() as session:
            row = session.row("user", name_now=name)
        return None if row is None else (_user(row), row[4])

    def add_user(self, user: User, password_hash: str) -> None:
        """Stores a new user."""
        name = checked_name(user.name)
        with self._database.write() as session:
            if session.row("user", name_now=name) is not None:
                raise DagsterInvariantViolationError(
                    f"there is a user {name!r} already; change the account with `watchbell user set-role`, `passwd`, "
                    "`disable` or `enable`"
                )
            session.run(
                "new_user",
                name=name,
                role=user.role.value,
                password_hash=password_hash,
                created_at=user.created_at.timestamp(),
                disabled_at=_seconds(user.disabled_at),
            )
        self._notifier.publish((ACCOUNTS,))

    def change_user(
        self,
        name: str,
        now: datetime,
        *,
        role: Role | None = None,
        password_hash: str | None = None,
        is_disabled: bool | None = None,
    ) -> User | None:
        """Changes what is given; the user as it is then, None if there is none."""
        with self._database.write() as session:
            row = session.row("user", name_now=name)
            if row is None:
                return None
            disabled_at = row[3]
            if is_disabled is not None:
                disabled_at = (disabled_at or now.timestamp()) if is_disabled else None
            session.run(
                "change_user",
                name_now=name,
                role=row[1] if role is None else role.value,
                password_hash=row[4] if password_hash is None else password_hash,
                disabled_at=disabled_at,
            )
            if password_hash is not None or is_disabled:
                session.run("end_sessions", user_now=name, kept=NOBODY)
            changed = session.row("user", name_now=name)
        self._notifier.publish((ACCOUNTS,))
        assert changed is not None
        return _user(changed)

    # --- tokens

    def tokens(self) -> list[Token]:
        """All tokens, the newest first, also those that are of no use any more."""
        with self._database.read() as session:
            return [_token(row) for row in session.rows("tokens")]

    def add_token(self, token: Token, digest: str) -> Token:
        """Stores a new token with the digest of its secret, and answers it with its number."""
        check_text(token.name, "a token's name")
        with self._database.write() as session:
            if token.user_name is not None and session.row("user", name_now=token.user_name) is None:
                raise DagsterInvariantViolationError(
                    f"there is no user {token.user_name!r} to whom a token could belong; `watchbell user list` names "
                    "those there are"
                )
            number = session.take_numbers("tokens", 1)
            session.run(
                "new_token",
                id=number,
                digest=digest,
                name=token.name,
                role=token.role.value,
                user_name=token.user_name,
                created_by=token.created_by,
                created_at=token.created_at.timestamp(),
                expires_at=_seconds(token.expires_at),
                last_used_at=None,
                revoked_at=None,
            )
            stored = _token_of(session, number)
        self._notifier.publish((ACCOUNTS,))
        assert stored is not None
        return stored

    def revoke_token(self, token_id: int, now: datetime) -> Token | None:
        """Takes a token back for ever; the token as it is then, None if there is none."""
        with self._database.write() as session:
            session.run("revoke_token", token_now=token_id, revoked_at=now.timestamp())
            revoked = _token_of(session, token_id)
        self._notifier.publish((ACCOUNTS,))
        return revoked

    def token_by_digest(self, digest: str) -> tuple[Token, User | None] | None:
        """The token whose secret has this digest, and whose it is; None: there is none."""
        with self._database.read() as session:
            row = session.row("token_by_digest", digest_now=digest)
        if row is None:
            return None
        return _token(row), None if row[TOKEN_WIDTH] is None else _user(row[TOKEN_WIDTH:])

    def note_token_used(self, token_id: int, now: datetime) -> None:
        """Writes down that a token was used."""
        with self._database.write() as session:
            session.run("use_token", token_now=token_id, last_used_at=now.timestamp())

    # --- sessions

    def add_session(self, session: LoginSession, digest: str, *, replaces: str | None = None) -> LoginSession:
        """Stores a session with the digest of its cookie, and answers it with its number."""
        with self._database.write() as writing:
            writing.run("end_old_sessions", now=session.created_at.timestamp())
            if replaces is not None:
                writing.run("replace_session", digest_now=replaces)
            number = writing.take_numbers("sessions", 1)
            writing.run(
                "new_session",
                id=number,
                digest=digest,
                user_name=session.user_name,
                created_at=session.created_at.timestamp(),
                expires_at=session.expires_at.timestamp(),
                seen_at=session.seen_at.timestamp(),
                client=session.client[:CLIENT_LENGTH_MAX],
            )
        self._notifier.publish((ACCOUNTS,))
        return LoginSession(
            number,
            session.user_name,
            session.created_at,
            session.expires_at,
            session.seen_at,
            session.client[:CLIENT_LENGTH_MAX],
        )

    def session_by_digest(self, digest: str) -> tuple[LoginSession, User] | None:
        """The session whose cookie has this digest, and whose it is; None: there is none."""
        with self._database.read() as session:
            row = session.row("session_by_digest", digest_now=digest)
        return None if row is None else (_session(row), _user(row[SESSION_WIDTH:]))

    def note_session_seen(self, session_id: int, now: datetime, expires_at: datetime) -> None:
        """Writes down that a session was used, and when it ends now."""
        with self._database.write() as session:
            session.run(
                "see_session",
                session_now=session_id,
                seen_at=now.timestamp(),
                expires_at=expires_at.timestamp(),
            )

    def sessions(self, user_name: str | None = None) -> list[LoginSession]:
        """The sessions that are stored (of one user), the newest first."""
        with self._database.read() as session:
            rows: Iterable[Row] = (
                session.rows("sessions") if user_name is None else session.rows("sessions_of", user_now=user_name)
            )
            return [_session(row) for row in rows]

    def end_session(self, session_id: int) -> bool:
        """Forgets one session; whether it was there."""
        with self._database.write() as session:
            ended = session.run("end_session", session_now=session_id)
        self._notifier.publish((ACCOUNTS,))
        return ended > 0

    def end_sessions(self, user_name: str, *, keep: int | None = None) -> int:
        """Forgets all sessions of a user, but for one; how many that were."""
        with self._database.write() as session:
            ended = session.run("end_sessions", user_now=user_name, kept=NOBODY if keep is None else keep)
        self._notifier.publish((ACCOUNTS,))
        return ended


TOKEN_WIDTH, SESSION_WIDTH = 9, 6
"""Columns of a token and of a session, behind which those of a user come."""


def _token_of(session: Session, number: int) -> Token | None:
    row = session.row("token", token_now=number)
    return None if row is None else _token(row)


def _user(row: Row) -> User:
    name, role, created_at, disabled_at = row[:4]
    return User(name, Role(role), at_of(created_at), _moment(disabled_at))


def _token(row: Row) -> Token:
    number, name, role, user_name, created_by, created_at, expires_at, last_used_at, revoked_at = row[:TOKEN_WIDTH]
    return Token(
        number,
        name,
        Role(role),
        at_of(created_at),
        created_by,
        user_name,
        _moment(expires_at),
        _moment(last_used_at),
        _moment(revoked_at),
    )


def _session(row: Row) -> LoginSession:
    number, user_name, created_at, expires_at, seen_at, client = row[:SESSION_WIDTH]
    return LoginSession(number, user_name, at_of(created_at), at_of(expires_at), at_of(seen_at), client)


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else at_of(seconds)


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()
