"""Commands of Dagster's: those that are taken over with their options, and those that are refused."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Terminal
from watchbell.cli.dagster_commands import ELSEWHERE


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_command_without_a_counterpart_says_what_to_use(terminal: Terminal, name: str) -> None:
    said = terminal.run(name, "anything", "--with", "options")

    assert said.code == 2
    assert f"{name} is not taken over: {ELSEWHERE[name]}" in said.err


def test_a_command_without_a_counterpart_is_not_listed(terminal: Terminal) -> None:
    said = terminal.run("--help")

    assert "code-server" not in said.out


def made(terminal: Terminal) -> list[str]:
    with terminal.instance() as instance:
        return [key.to_user_string() for key in instance.get_asset_keys()]


def test_assets_are_forgotten_by_name(terminal: Terminal) -> None:
    terminal.run_on_code("asset", "materialize", "--select", "orders,summary")

    said = terminal.run("asset", "wipe", "orders", "--noprompt")

    assert (said.code, said.out) == (0, "forgotten: orders\n")
    assert made(terminal) == ["summary"]


def test_all_assets_are_forgotten(terminal: Terminal) -> None:
    terminal.run_on_code("asset", "materialize", "--select", "orders,summary")

    said = terminal.run("asset", "wipe", "--all", "--noprompt")

    assert said.code == 0
    assert made(terminal) == []


def test_an_asset_that_was_never_made_cannot_be_forgotten(terminal: Terminal) -> None:
    terminal.run_on_code("asset", "materialize", "--select", "orders")

    said = terminal.run("asset", "wipe", "ordres", "--noprompt")

    assert said.code == 1
    assert "'ordres' was never made" in said.err
    assert "orders" in said.err


def test_without_names_nothing_is_forgotten(terminal: Terminal) -> None:
    terminal.run_on_code("asset", "materialize", "--select", "orders")

    said = terminal.run("asset", "wipe", "--noprompt")

    assert said.code == 2
    assert made(terminal) == ["orders"]
