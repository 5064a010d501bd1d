"""Who may use the HTTP API: users, tokens, sessions, and what each role is allowed; never their secrets."""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum

from watchbell.ground.errors import ParameterCheckError
from watchbell.ground.value import dataclass

USER_NAME_MAX = 100
"""Characters of a user's or token's name."""
_USER_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]*")


class Role(StrEnum):
    """What somebody is allowed; each role may do what those before it may.

    ``VIEWER`` sees everything but accounts and the audit log; ``OPERATOR`` starts, stops and changes what runs;
    ``ADMIN`` also deletes what cannot be made again, and looks after accounts.
    """

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def covers(self, needed: Role) -> bool:
        """Whether this role may do all that ``needed`` may."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(needed)

    def at_most(self, other: Role) -> Role:
        """The lesser of two roles."""
        return self if other.covers(self) else other


@dataclass(frozen=True)
class User:
    """A person with a password. The password's hash is asked for apart.

    Args:
        name: lower case; what the audit log calls this person.
        role: what this person may do.
        created_at: when the account was made.
        disabled_at: since when it cannot be used; None: it can.
    """

    name: str
    role: Role
    created_at: datetime
    disabled_at: datetime | None = None


@dataclass(frozen=True)
class Token:
    """What a program shows instead of a password. Only a digest of its secret is stored, apart.

    Args:
        token_id: its number; 0: not stored yet.
        name: what it is for.
        role: the most it allows.
        created_at: when it was made.
        created_by: by whom, as the audit log says it.
        user_name: whose it is: it allows no more than that user's role, and nothing once the user is disabled; None:
            it belongs to nobody.
        expires_at: since when it is refused; None: never.
        last_used_at: when it was last used, to some minutes; None: never.
        revoked_at: when it was taken back; None: it was not.
    """

    token_id: int
    name: str
    role: Role
    created_at: datetime
    created_by: str
    user_name: str | None = None
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True)
class LoginSession:
    """A browser in which somebody logged in. Only a digest of its cookie is stored, apart.

    Args:
        session_id: its number; 0: not stored yet.
        user_name: who.
        created_at: when the user logged in.
        expires_at: when it ends at the latest; moves on with use, up to a limit.
        seen_at: when it was last used, to some minutes.
        client: from where, in a few words: address and browser.
    """

    session_id: int
    user_name: str
    created_at: datetime
    expires_at: datetime
    seen_at: datetime
    client: str = ""


def checked_name(name: str, what: str = "a user's name") -> str:
    """A name as it is stored: lower case, without blanks around it.

    Raises:
        ParameterCheckError: it has no such form.
    """
    plain = name.strip().lower()
    if len(plain) > USER_NAME_MAX or not _USER_NAME.fullmatch(plain):
        raise ParameterCheckError(
            f"{name[:200]!r} cannot be {what}: it begins with a letter or digit, goes on with these or . _ @ + -, "
            f"and has {USER_NAME_MAX} characters at most",
            parameter="name",
            value=name,
        )
    return plain
