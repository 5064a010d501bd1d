"""``/api/users``, ``/api/tokens``: who may use this server, and as what."""

from __future__ import annotations

from datetime import datetime, timedelta

from watchbell.ground.errors import DagsterInvariantViolationError, ParameterCheckError
from watchbell.ground.secrets import digest_of, new_token
from watchbell.ground.suggest import did_you_mean
from watchbell.record.account import LoginSession, Role, Token, User, checked_name
from watchbell.web.access import require_role
from watchbell.web.api.session import checked_hash
from watchbell.web.audit import AuditNoteOf
from watchbell.web.caller import CallerOf
from watchbell.web.problem import Problem, missing
from watchbell.web.routing import api_router
from watchbell.web.shapes.accounts import NewToken, TokenAsked, TokenRow, UserAsked, UserChange, UserRow
from watchbell.web.shapes.shape import Page
from watchbell.web.view import ViewOf

router = api_router()


@router.get("/users")
def list_users(view: ViewOf) -> Page[UserRow]:
    """All users by name, also disabled ones."""
    now = view.now()
    open_sessions = [each for each in view.store.sessions() if each.expires_at > now]
    return Page[UserRow](items=[user_row(each, open_sessions) for each in view.store.users()], at=now)


@router.post("/users", status_code=201)
def add_user(asked: UserAsked, view: ViewOf, note: AuditNoteOf) -> UserRow:
    """Adds a user."""
    try:
        name = checked_name(asked.name)
    except ParameterCheckError as error:
        raise Problem(422, "invalid-name", str(error)) from error
    note.about(name)
    if view.store.user_with_password(name) is not None:
        raise Problem(409, "name-taken", f"there is a user {name!r} already; change that one")
    user = User(name, asked.role, view.now())
    try:
        view.store.add_user(user, checked_hash(asked.password))
    except DagsterInvariantViolationError as error:  # somebody else was quicker
        raise Problem(409, "name-taken", f"there is a user {name!r} already; change that one") from error
    return user_row(user, [])


@router.put("/users/{name}")
def change_user(name: str, asked: UserChange, view: ViewOf, caller: CallerOf) -> UserRow:
    """Gives a user another role or password, keeps them out or lets them in; it holds from the next request on."""
    if name == caller.user_name and (asked.is_disabled or asked.role not in {None, Role.ADMIN}):
        raise Problem(409, "own-account", "nobody takes their own rights away: another admin may, or `watchbell user`")
    changed = view.store.change_user(
        name,
        view.now(),
        role=asked.role,
        password_hash=None if asked.password is None else checked_hash(asked.password),
        is_disabled=asked.is_disabled,
    )
    if changed is None:
        raise missing("user", name, did_you_mean(name, [each.name for each in view.store.users()]).lstrip("; "))
    return user_row(changed, view.store.sessions(name))


@router.get("/tokens")
def list_tokens(view: ViewOf, caller: CallerOf) -> Page[TokenRow]:
    """One's own tokens; of admins, all. Without their secrets, the newest first."""
    now = view.now()
    is_admin = caller.role.covers(Role.ADMIN)
    users = {each.name: each for each in view.store.users()}
    found = [
        each
        for each in view.store.tokens()
        if is_admin or (each.user_name is not None and each.user_name == caller.user_name)
    ]
    return Page[TokenRow](items=[token_row(each, users, now) for each in found], at=now)


@router.post("/tokens", status_code=201)
def create_token(asked: TokenAsked, view: ViewOf, caller: CallerOf, note: AuditNoteOf) -> NewToken:
    """Makes a token. The answer has its secret, which is shown this once."""
    if caller.how == "token":
        raise Problem(403, "not-allowed", "a token makes no tokens; log in, or use `watchbell token create`")
    require_role(caller, asked.role, f"to make a token of role {asked.role.value}")
    owner = caller.user_name if asked.is_own else None
    if owner is None:
        require_role(caller, Role.ADMIN, "to make a token that belongs to nobody")
    secret, now = new_token(), view.now()
    ends_at = None if asked.expires_in_days is None else now + timedelta(days=asked.expires_in_days)
    wanted = Token(0, asked.name, asked.role, now, caller.name, owner, ends_at)
    stored = view.store.add_token(wanted, digest_of(secret))
    note.about(str(stored.token_id), belongs_to=owner)
    row = token_row(stored, {each.name: each for each in view.store.users()}, now)
    return NewToken(**row.model_dump(), secret=secret)


@router.delete("/tokens/{token_id}")
def revoke_token(token_id: int, view: ViewOf, caller: CallerOf) -> TokenRow:
    """Takes a token back, for ever and at once. Others' only for admins."""
    token = next((each for each in view.store.tokens() if each.token_id == token_id), None)
    if token is None or token.user_name is None or token.user_name != caller.user_name:
        require_role(caller, Role.ADMIN, "to take back a token of somebody else")
    revoked = None if token is None else view.store.revoke_token(token_id, view.now())
    if revoked is None:
        raise missing("token", str(token_id))
    return token_row(revoked, {each.name: each for each in view.store.users()}, view.now())


def user_row(user: User, open_sessions: list[LoginSession]) -> UserRow:
    """A user as the API tells it."""
    own = [each for each in open_sessions if each.user_name == user.name]
    return UserRow(
        name=user.name,
        role=user.role,
        created_at=user.created_at,
        disabled_at=user.disabled_at,
        session_count=len(own),
        seen_at=max((each.seen_at for each in own), default=None),
    )


def token_row(token: Token, users: dict[str, User], now: datetime) -> TokenRow:
    """A token as the API tells it."""
    owner = None if token.user_name is None else users.get(token.user_name)
    is_kept = token.user_name is None or (owner is not None and owner.disabled_at is None)
    return TokenRow(
        id=token.token_id,
        name=token.name,
        role=token.role,
        user=token.user_name,
        created_by=token.created_by,
        created_at=token.created_at,
        last_used_at=token.last_used_at,
        expires_at=token.expires_at,
        revoked_at=token.revoked_at,
        is_usable=token.revoked_at is None and (token.expires_at is None or now < token.expires_at) and is_kept,
    )
