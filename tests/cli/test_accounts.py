"""``watchbell user`` and ``watchbell token``."""

import io
import sys

import pytest

from tests.cli.conftest import Terminal
from watchbell.ground.secrets import digest_of, is_password, is_token
from watchbell.instance import DagsterInstance
from watchbell.record.account import Role
from watchbell.record.audit import AuditQuery

PASSWORD = "correct horse battery"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes by standard input."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\n"))


def test_a_user_is_added_with_a_hash_of_what_was_typed(terminal: Terminal, typed: None) -> None:
    said = terminal.run("user", "add", "Ada", "--role", "admin", "--password-stdin")

    assert said.out == "ada can log in, as admin\n"
    with DagsterInstance.from_home(terminal.home) as instance:
        found = instance.store.user_with_password("ada")
        [entry] = instance.store.audit(AuditQuery())
    assert found is not None
    assert found[0].role is Role.ADMIN
    assert is_password(PASSWORD, found[1])
    assert (entry.operation, entry.how, entry.target) == ("addUser", "command", "ada")
    assert PASSWORD not in repr(entry)


def test_without_a_terminal_a_password_is_not_read_unseen(terminal: Terminal, typed: None) -> None:
    said = terminal.run("user", "add", "ada")

    assert said.code == 2
    assert "there is no terminal to type a password at; give it by standard input: --password-stdin" in said.err


def test_a_password_that_is_no_good_adds_nobody(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("short\n"))

    said = terminal.run("user", "add", "ada", "--password-stdin")

    assert said.code == 1
    assert "the password has 5 characters; at least 10 are needed" in said.err
    assert terminal.run("user", "list").out == "there are no users; add one: watchbell user add NAME --role admin\n"


def test_a_user_is_changed_and_listed(terminal: Terminal, typed: None) -> None:
    terminal.run("user", "add", "ada", "--password-stdin")

    terminal.run("user", "set-role", "ada", "operator")
    terminal.run("user", "disable", "ada")

    [row] = terminal.run("user", "list", "--json").json()
    assert (row["name"], row["role"], row["sessions"]) == ("ada", "operator", 0)
    assert row["disabled_at"] is not None
    assert terminal.run("user", "enable", "ada").out == "ada can log in again\n"
    assert terminal.run("user", "list", "--json").json()[0]["disabled_at"] is None


def test_a_new_password_takes_the_place_of_the_old_one(
    terminal: Terminal, typed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal.run("user", "add", "ada", "--password-stdin")
    monkeypatch.setattr(sys, "stdin", io.StringIO("another good one\n"))

    assert terminal.run("user", "passwd", "ada", "--password-stdin").code == 0

    with DagsterInstance.from_home(terminal.home) as instance:
        found = instance.store.user_with_password("ada")
    assert found is not None
    assert is_password("another good one", found[1])


@pytest.mark.parametrize("words", [["set-role", "adda", "viewer"], ["disable", "adda"], ["passwd", "adda"]])
def test_a_user_who_is_not_there_is_told_with_the_nearest_name(
    terminal: Terminal, typed: None, words: list[str]
) -> None:
    terminal.run("user", "add", "ada", "--password-stdin")

    said = terminal.run("user", *words)

    assert said.code == 1
    assert "there is no user 'adda'; did you mean 'ada'?" in said.err


def test_a_token_is_shown_once_and_stored_as_its_digest(terminal: Terminal) -> None:
    made = terminal.run("token", "create", "ci", "--role", "operator", "--expires", "30d", "--json").json()

    assert is_token(made["token"])
    with DagsterInstance.from_home(terminal.home) as instance:
        found = instance.store.token_by_digest(digest_of(made["token"]))
        entries = instance.store.audit(AuditQuery())
    assert found is not None
    assert (found[0].name, found[0].role) == ("ci", Role.OPERATOR)
    assert found[0].expires_at is not None
    assert (found[0].expires_at - found[0].created_at).days == 30
    assert made["token"] not in terminal.run("token", "list", "--json").out
    assert made["token"] not in repr(entries)
    assert made["token"].encode() not in (terminal.home / "watchbell.db").read_bytes()


def test_a_token_is_revoked_by_its_number(terminal: Terminal) -> None:
    terminal.run("token", "create", "ci")

    assert terminal.run("token", "revoke", "1").out == "token 1 (ci) is refused from now on\n"

    assert terminal.run("token", "list", "--json").json()[0]["revoked_at"] is not None
    assert "there is no token 7" in terminal.run("token", "revoke", "7").err


def test_a_token_of_nobody_is_refused(terminal: Terminal) -> None:
    said = terminal.run("token", "create", "ci", "--user", "ada")

    assert said.code == 1
    assert "there is no user 'ada' to whom a token could belong" in said.err


@pytest.mark.parametrize("length", ["soon", "0d", "99999999999w"])
def test_an_end_that_is_no_length_of_time_is_refused(terminal: Terminal, length: str) -> None:
    said = terminal.run("token", "create", "ci", "--expires", length)

    assert said.code == 2
    assert "--expires" in said.err
