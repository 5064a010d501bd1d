"""What the store keeps of users, tokens and sessions: the part of the port ``Store`` that speaks of them."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from watchbell.record.account import LoginSession, Role, Token, User
from watchbell.record.audit import AuditStore
from watchbell.record.saved_view import ViewStore


class AccountStore(Protocol):
    """Users, tokens and sessions. Secrets come as digests, and never go out but where a method says so."""

    def has_accounts(self, now: datetime) -> bool:
        """Whether anybody could log in or show a token at this moment."""

    def users(self) -> list[User]:
        """All users by name, also disabled ones."""

    def user_with_password(self, name: str) -> tuple[User, str] | None:
        """A user and the hash of the password; None: there is none of this name."""

    def add_user(self, user: User, password_hash: str) -> None:
        """Stores a new user.

        Raises:
            DagsterInvariantViolationError: the name is taken; nothing is stored.
        """

    def change_user(
        self,
        name: str,
        now: datetime,
        *,
        role: Role | None = None,
        password_hash: str | None = None,
        is_disabled: bool | None = None,
    ) -> User | None:
        """Changes what is given; the user as it is then, None if there is none.

        A new password, and disabling, end all sessions of the user.
        """

    def tokens(self) -> list[Token]:
        """All tokens, the newest first, also those that are of no use any more."""

    def add_token(self, token: Token, digest: str) -> Token:
        """Stores a new token with the digest of its secret, and answers it with its number.

        Raises:
            DagsterInvariantViolationError: it is for a user who is not there; nothing is stored.
        """

    def revoke_token(self, token_id: int, now: datetime) -> Token | None:
        """Takes a token back for ever; the token as it is then, None if there is none."""

    def token_by_digest(self, digest: str) -> tuple[Token, User | None] | None:
        """The token whose secret has this digest, and whose it is; None: there is none."""

    def note_token_used(self, token_id: int, now: datetime) -> None:
        """Writes down that a token was used."""

    def add_session(self, session: LoginSession, digest: str, *, replaces: str | None = None) -> LoginSession:
        """Stores a session with the digest of its cookie, and answers it with its number.

        Sessions that are over at its beginning are forgotten, and so is the one whose digest is ``replaces``.
        """

    def session_by_digest(self, digest: str) -> tuple[LoginSession, User] | None:
        """The session whose cookie has this digest, and whose it is; None: there is none."""

    def note_session_seen(self, session_id: int, now: datetime, expires_at: datetime) -> None:
        """Writes down that a session was used, and when it ends now."""

    def sessions(self, user_name: str | None = None) -> list[LoginSession]:
        """The sessions that are stored (of one user), the newest first."""

    def end_session(self, session_id: int) -> bool:
        """Forgets one session; whether it was there."""

    def end_sessions(self, user_name: str, *, keep: int | None = None) -> int:
        """Forgets all sessions of a user, but for one; how many that were."""


class PeopleStore(AccountStore, AuditStore, ViewStore, Protocol):
    """All that the store keeps of people: who they are, what they did, what they keep of the pages."""
