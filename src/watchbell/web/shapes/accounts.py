"""Users, tokens and sessions, as the API tells and takes them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from watchbell.record.account import Role
from watchbell.web.shapes.shape import Flag, Shape

Name = Annotated[str, Field(min_length=1, max_length=100)]
Password = Annotated[str, Field(max_length=1_000, json_schema_extra={"format": "password", "writeOnly": True})]
Reason = Annotated[str, Field(max_length=1_000)]


class WhoShape(Shape):
    """Who asks, and whether that is known at all.

    Args:
        is_known: whether somebody is logged in, shows a token, or sits at this machine.
        name: who; None: nobody knows.
        role: what they may do.
        how: ``"local"``, ``"session"`` or ``"token"``.
        user: the user's name, if it is one.
        has_login: whether this server has users at all, so that logging in makes sense.
    """

    is_known: bool
    name: str | None = None
    role: Role | None = None
    how: str | None = None
    user: str | None = None
    has_login: bool


class LoginAsked(Shape):
    """A login.

    Args:
        name: the user's name.
        password: the password.
    """

    name: Name
    password: Password


class PasswordAsked(Shape):
    """A new password of one's own.

    Args:
        old_password: the one until now.
        new_password: the new one, 10 characters or more.
    """

    old_password: Password
    new_password: Password


class SessionRow(Shape):
    """A browser in which somebody is logged in.

    Args:
        id: its number.
        user: who.
        created_at: when they logged in.
        seen_at: when it was last used, to some minutes.
        expires_at: when it ends at the latest.
        client: from where, and with what browser.
        is_this: whether it is the one that asks.
    """

    id: int
    user: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    client: str
    is_this: bool


class UserRow(Shape):
    """A user.

    Args:
        name: its name.
        role: what the user may do.
        created_at: when the account was made.
        disabled_at: since when it cannot be used; None: it can.
        session_count: browsers in which the user is logged in.
        seen_at: when one of them was last used; None: there is none.
    """

    name: str
    role: Role
    created_at: datetime
    disabled_at: datetime | None
    session_count: int
    seen_at: datetime | None


class UserAsked(Shape):
    """A new user.

    Args:
        name: lower case letters, digits and . _ @ + -
        role: what the user may do.
        password: 10 characters or more.
        reason: why, for the audit log.
    """

    name: Name
    role: Role = Role.VIEWER
    password: Password
    reason: Reason = ""


class UserChange(Shape):
    """What is to change of a user; what is left out stays.

    Args:
        role: another role.
        is_disabled: whether the user is kept out.
        password: a new password; all sessions end.
        reason: why, for the audit log.
    """

    role: Role | None = None
    is_disabled: Flag | None = None
    password: Password | None = None
    reason: Reason = ""


class TokenRow(Shape):
    """A token, without its secret.

    Args:
        id: its number.
        name: what it is for.
        role: the most it allows.
        user: whose it is, if anybody's.
        created_by: who made it.
        created_at: when.
        last_used_at: when it was last used, to some minutes.
        expires_at: when it is refused; None: never.
        revoked_at: when it was taken back.
        is_usable: whether it is accepted now.
    """

    id: int
    name: str
    role: Role
    user: str | None
    created_by: str
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None
    is_usable: bool


class TokenAsked(Shape):
    """A new token.

    Args:
        name: what it is for.
        role: the most it allows; not more than who asks may.
        is_own: whether it belongs to who asks, and ends with that account; only admins make others.
        expires_in_days: after how many days it is refused; None: never.
        reason: why, for the audit log.
    """

    name: Name
    role: Role = Role.VIEWER
    is_own: Flag = True
    expires_in_days: Annotated[int, Field(ge=1, le=36_500, strict=True)] | None = None
    reason: Reason = ""


class NewToken(TokenRow):
    """A token that was just made.

    Args:
        secret: the token itself, shown this once.
    """

    secret: str


class Ended(Shape):
    """What was ended.

    Args:
        count: how many.
    """

    count: int
