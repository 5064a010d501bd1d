"""``watchbell token``: what programs show to the HTTP API instead of a password; each is shown once."""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from watchbell.cli.code import open_instance
from watchbell.cli.show import json_option, show_facts, show_rows
from watchbell.cli.user import note_done, role_option
from watchbell.cli.when import length_of
from watchbell.ground.errors import DagsterInvalidSubsetError
from watchbell.ground.os_user import os_user_name
from watchbell.ground.secrets import digest_of, new_token
from watchbell.record.account import Role, Token


@click.group()
def token() -> None:
    """What programs show to the HTTP API instead of a password."""


@token.command()
@click.argument("name")
@role_option
@click.option(
    "--user", "user_name", metavar="NAME", help="Whose it is: it may no more than this user, and ends with it."
)
@click.option("--expires", metavar="LENGTH", help="After how long it is refused: 12h, 30d, 52w.  [default: never]")
@json_option
def create(name: str, role: str, user_name: str | None, expires: str | None, as_json: bool) -> None:
    """Make a token, and print it: this once, it is stored nowhere."""
    with open_instance() as instance:
        now = instance.clock.now()
        secret = new_token()
        wanted = Token(0, name, Role(role), now, os_user_name(), user_name, _end(now, expires))
        stored = instance.store.add_token(wanted, digest_of(secret))
        details = {"token_name": name, "role": role, "user": user_name, "expires_at": stored.expires_at}
        note_done(instance, "createToken", "token", str(stored.token_id), details)
    facts = {
        "token": secret,
        "id": stored.token_id,
        "name": stored.name,
        "role": stored.role.value,
        "user": stored.user_name,
        "expires_at": stored.expires_at,
    }
    show_facts(facts, as_json=as_json)
    if not as_json:
        click.echo("Keep it now: it is not shown again. Programs send it as `Authorization: Bearer …`.", err=True)


@token.command("list")
@json_option
def list_(as_json: bool) -> None:
    """Show all tokens, the newest first, without their secrets."""
    with open_instance() as instance:
        rows = [
            {
                "id": each.token_id,
                "name": each.name,
                "role": each.role.value,
                "user": each.user_name,
                "created_by": each.created_by,
                "created_at": each.created_at,
                "last_used_at": each.last_used_at,
                "expires_at": each.expires_at,
                "revoked_at": each.revoked_at,
            }
            for each in instance.store.tokens()
        ]
    show_rows(rows, as_json=as_json, empty="there are no tokens; make one: watchbell token create NAME", spare=["user"])


@token.command()
@click.argument("token_id", type=click.IntRange(1, 2**63 - 1))
def revoke(token_id: int) -> None:
    """Take a token back, for ever and at once."""
    with open_instance() as instance:
        if all(each.token_id != token_id for each in instance.store.tokens()):
            raise DagsterInvalidSubsetError(f"there is no token {token_id}; `watchbell token list` has their numbers")
        revoked = instance.store.revoke_token(token_id, instance.clock.now())
        assert revoked is not None
        note_done(instance, "revokeToken", "token", str(token_id), {"token_name": revoked.name})
    click.echo(f"token {token_id} ({revoked.name}) is refused from now on")


def _end(now: datetime, expires: str | None) -> datetime | None:
    if expires is None:
        return None
    seconds = length_of(expires)
    if seconds is None or seconds <= 0:
        raise click.BadParameter(f"{expires!r} is no length of time; write 12h, 30d or 52w", param_hint="--expires")
    try:
        return now + timedelta(seconds=seconds)
    except OverflowError:
        raise click.BadParameter(f"{expires!r} is longer than there is time", param_hint="--expires") from None
