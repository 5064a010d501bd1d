"""The commands about sensors, asked about one that evaluates conditions."""

from __future__ import annotations

import json

import pytest

from tests.cli.conditions import SENSOR, Conditions
from tests.cli.conftest import Terminal

CODE = """
from watchbell import AutomationCondition, AutoMaterializePolicy, Definitions, asset

@asset
def raw(): ...

@asset(deps=[raw], automation_condition=AutomationCondition.eager())
def orders(): ...

@asset(deps=[raw], auto_materialize_policy=AutoMaterializePolicy.eager())
def old_orders(): ...

defs = Definitions([raw, orders, old_orders])
"""


@pytest.fixture
def conditions(terminal: Terminal) -> Conditions:
    (terminal.folder / "definitions.py").write_text(CODE)
    found = Conditions(terminal)
    found.tick()
    return found


def make_raw(terminal: Terminal) -> None:
    terminal.run("asset", "materialize", "-f", "definitions.py", "-s", "raw")


def test_a_preview_says_which_assets_would_be_asked_for(terminal: Terminal, conditions: Conditions) -> None:
    make_raw(terminal)

    shown = terminal.run("sensor", "preview", "-f", "definitions.py", SENSOR)

    assert "begins at  evaluation 1, at " in shown.out
    assert "would request 1 run" in shown.out
    assert "orders, old_orders" in shown.out or "old_orders, orders" in shown.out
    assert '"states"' not in shown.out
    assert "explain asset KEY --now" in shown.out


def test_a_program_gets_the_requests_of_a_preview(terminal: Terminal, conditions: Conditions) -> None:
    make_raw(terminal)

    shown = json.loads(terminal.run("sensor", "preview", "-f", "definitions.py", SENSOR, "--json").out)

    assert [sorted(each["assets"]) for each in shown["requests"]] == [["old_orders", "orders"]]


def test_its_cursor_is_told_and_cannot_be_set(terminal: Terminal, conditions: Conditions) -> None:
    told = terminal.run("sensor", "cursor", "-f", "definitions.py", SENSOR)
    refused = terminal.run("sensor", "cursor", "-f", "definitions.py", SENSOR, "--set", "12")
    deleted = terminal.run("sensor", "cursor", "-f", "definitions.py", SENSOR, "--delete")

    assert "evaluation 1, at " in told.err
    assert "cannot be set" in refused.err
    assert f"cursor {SENSOR} --delete" in refused.err
    assert "all conditions begin anew" in deleted.err


def test_the_list_shows_how_often_it_was_evaluated(terminal: Terminal, conditions: Conditions) -> None:
    shown = terminal.run("sensor", "list", "-f", "definitions.py")

    assert "evaluation 1 " in shown.out


def test_its_ticks_are_not_replayed_but_explained(terminal: Terminal, conditions: Conditions) -> None:
    tick = conditions.instance.store.ticks(conditions.key, limit=1)[0]

    refused = terminal.run("tick", "replay", "-f", "definitions.py", str(tick.tick_id))

    assert "cannot be evaluated once more" in refused.err
    assert "explain asset KEY --at TIME" in refused.err


def test_it_is_explained_without_its_code(terminal: Terminal, conditions: Conditions) -> None:
    make_raw(terminal)
    conditions.tick()

    shown = terminal.run("explain", "sensor", SENSOR)
    with_code = terminal.run("explain", "sensor", "-f", "definitions.py", SENSOR)

    assert "no code to load" not in shown.out
    assert "its function" not in shown.out
    assert "asks for " in shown.out
    assert "stands at" in shown.out
    assert "old_orders and orders" in with_code.out


def test_an_answer_names_the_evaluation_that_asked_for_it(terminal: Terminal, conditions: Conditions) -> None:
    make_raw(terminal)
    asked = conditions.tick()
    conditions.tick()
    assert asked is not None

    shown = terminal.run("explain", "asset", "old_orders").out

    assert asked.run_ids[0][:8] in shown


def test_rules_of_policies_are_told_in_words(terminal: Terminal, conditions: Conditions) -> None:
    shown = terminal.run("explain", "asset", "old_orders").out

    assert "it is missing, but was asked for already, or waits for an update of what it is made from" in shown
    assert "rule_" not in shown


def test_the_list_of_ticks_says_what_was_asked_for(terminal: Terminal, conditions: Conditions) -> None:
    make_raw(terminal)
    conditions.tick()

    shown = terminal.run("tick", "list")

    assert "asks for " in shown.out
