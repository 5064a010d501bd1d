"""``watchbell user``: who may log in to the web page, and as what. Passwords are typed, and shown nowhere."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import click

from watchbell.cli.code import open_instance
from watchbell.cli.show import json_option, show_rows
from watchbell.ground.errors import DagsterInvalidSubsetError
from watchbell.ground.os_user import os_user_name
from watchbell.ground.secrets import hash_password
from watchbell.ground.suggest import did_you_mean
from watchbell.instance import DagsterInstance
from watchbell.record.account import Role, User, checked_name
from watchbell.record.audit import AuditEntry, Outcome

role_option = click.option(
    "--role",
    type=click.Choice([each.value for each in Role]),
    default=Role.VIEWER.value,
    show_default=True,
    help="viewer: sees all but accounts; operator: also runs, stops and switches; admin: also deletes, and accounts.",
)
stdin_option = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input, as scripts do; one line."
)


@click.group()
def user() -> None:
    """Who may log in to the web page, and as what."""


@user.command()
@click.argument("name")
@role_option
@stdin_option
def add(name: str, role: str, password_stdin: bool) -> None:
    """Add a user; asks for the password."""
    plain = checked_name(name)
    with open_instance() as instance:
        if instance.store.user_with_password(plain) is None:  # else it is refused below, before anything is typed
            password_hash = hash_password(typed_password(plain, password_stdin))
        else:
            password_hash = ""
        instance.store.add_user(User(plain, Role(role), instance.clock.now()), password_hash)
        note_done(instance, "addUser", "user", plain, {"role": role})
    click.echo(f"{plain} can log in, as {role}")


@user.command("list")
@json_option
def list_(as_json: bool) -> None:
    """Show all users with their roles and open sessions."""
    with open_instance() as instance:
        now = instance.clock.now()
        open_sessions = [each for each in instance.store.sessions() if each.expires_at > now]
        rows = [
            {
                "name": each.name,
                "role": each.role.value,
                "created_at": each.created_at,
                "disabled_at": each.disabled_at,
                "sessions": sum(1 for session in open_sessions if session.user_name == each.name),
            }
            for each in instance.store.users()
        ]
    show_rows(rows, as_json=as_json, empty="there are no users; add one: watchbell user add NAME --role admin")


@user.command("set-role")
@click.argument("name")
@click.argument("role", type=click.Choice([each.value for each in Role]))
def set_role(name: str, role: str) -> None:
    """Give a user another role; it holds from the next request on."""
    _change(name, "setUserRole", {"role": role}, role=Role(role))
    click.echo(f"{name} is {role} from now on")


@user.command()
@click.argument("name")
def disable(name: str) -> None:
    """Keep a user out: sessions and tokens end at once. The name stays in the audit log."""
    _change(name, "disableUser", {}, is_disabled=True)
    click.echo(f"{name} is kept out; `watchbell user enable {name}` lets them in again")


@user.command()
@click.argument("name")
def enable(name: str) -> None:
    """Let a user in again who was disabled."""
    _change(name, "enableUser", {}, is_disabled=False)
    click.echo(f"{name} can log in again")


@user.command()
@click.argument("name")
@stdin_option
def passwd(name: str, password_stdin: bool) -> None:
    """Give a user a new password; their sessions end."""
    with open_instance() as instance:
        _require(instance, name)
    _change(name, "setPassword", {}, password_hash=hash_password(typed_password(name, password_stdin)))
    click.echo(f"{name} has a new password, and has to log in again")


def typed_password(name: str, from_stdin: bool) -> str:
    """A new password as somebody types it, twice, without seeing it; or the first line of standard input.

    Raises:
        click.UsageError: there is no terminal to type at, and nobody said that it comes from standard input.
    """
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise click.UsageError(
            "there is no terminal to type a password at; give it by standard input: --password-stdin"
        )
    password: str = click.prompt(f"new password of {name}", hide_input=True, confirmation_prompt=True)
    return password


def note_done(instance: DagsterInstance, operation: str, kind: str, target: str, details: Mapping[str, Any]) -> None:
    """Writes into the audit log what a command did."""
    entry = AuditEntry(
        at=instance.clock.now(),
        who=os_user_name(),
        how="command",
        role=Role.ADMIN.value,
        operation=operation,
        kind=kind,
        target=target,
        outcome=Outcome.DONE,
        details=details,
    )
    instance.store.add_audit(entry)


def _change(name: str, operation: str, details: Mapping[str, Any], **changes: Any) -> None:
    with open_instance() as instance:
        _require(instance, name)
        instance.store.change_user(name, instance.clock.now(), **changes)
        note_done(instance, operation, "user", name, details)


def _require(instance: DagsterInstance, name: str) -> None:
    names = [each.name for each in instance.store.users()]
    if name not in names:
        raise DagsterInvalidSubsetError(f"there is no user {name!r}{did_you_mean(name, names)}")
