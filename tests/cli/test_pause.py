"""Schedules and sensors held until a time, and let go on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.cli.conftest import Terminal
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState, AutomationStatus, TickStatus

LOCATION = "definitions.py"
NIGHTLY = AutomationKey(LOCATION, AutomationKind.SCHEDULE, "nightly")
LANDING = AutomationKey(LOCATION, AutomationKind.SENSOR, "landing")


def state_of(terminal: Terminal, key: AutomationKey) -> AutomationState:
    with terminal.instance() as instance:
        return instance.store.automation_state(key) or AutomationState(key)


def test_a_schedule_is_paused_until_a_time_of_its_zone_with_a_reason(terminal: Terminal) -> None:
    terminal.run_on_code("schedule", "start", "nightly")
    until = f"{datetime.now(UTC) + timedelta(days=20):%Y}-12-24T06:00"
    if datetime.fromisoformat(until).replace(tzinfo=UTC) < datetime.now(UTC):
        until = f"{datetime.now(UTC).year + 1}-01-07T06:00"

    said = terminal.run_on_code("schedule", "pause", "nightly", "--until", until, "--reason", "the warehouse moves")

    assert (said.code, said.out) == (0, f"schedule nightly is paused until {until.replace('T', ' ')}:00+01:00\n")
    assert state_of(terminal, NIGHTLY).pause_reason == "the warehouse moves"
    assert "PAUSED" in terminal.run_on_code("schedule", "list").out


def test_a_sensor_is_paused_for_a_while_and_goes_on(terminal: Terminal) -> None:
    paused = terminal.run_on_code("sensor", "pause", "landing", "--for", "4h")
    until = state_of(terminal, LANDING).paused_until
    resumed = terminal.run_on_code("sensor", "resume", "landing")

    assert (paused.code, resumed.code, resumed.out) == (0, 0, "sensor landing goes on\n")
    assert until is not None
    assert timedelta(hours=3) < until - datetime.now(UTC) < timedelta(hours=5)
    assert state_of(terminal, LANDING).paused_until is None


@pytest.mark.parametrize(
    ("words", "said"), [(("--catch-up", "latest"), "1 will run"), (("--catch-up", "none"), "none will run")]
)
def test_what_a_schedule_missed_is_said_and_left_out_as_asked(terminal: Terminal, words, said: str) -> None:
    with terminal.instance() as instance:
        now = instance.clock.now()
        before = AutomationState(NIGHTLY, AutomationStatus.RUNNING, effective_at=now - timedelta(days=3, hours=1))
        instance.store.put_state(AutomationState(NIGHTLY), before, now)
    terminal.run_on_code("schedule", "pause", "nightly", "--for", "1h")

    found = terminal.run_on_code("schedule", "resume", "nightly", *words)

    with terminal.instance() as instance:
        missed = instance.store.ticks(NIGHTLY, statuses=[TickStatus.MISSED])
    assert found.code == 0
    assert said in found.out
    assert len(missed) >= 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("schedule", "pause", "nightly"), "give --until TIME or --for LENGTH"),
        (("schedule", "pause", "nightly", "--for", "1h", "--until", "2030-01-01"), "not both"),
        (("schedule", "pause", "nightly", "--for", "1h"), "it is off"),
        (("sensor", "pause", "landing", "--for", "long"), "no length of time"),
        (("sensor", "pause", "landing", "--until", "2001-01-01"), "a pause ends after the present"),
        (("sensor", "resume", "landing"), "it is not paused"),
        (("sensor", "pause", "landng", "--for", "1h"), "landing"),
    ],
)
def test_what_cannot_be_is_said(terminal: Terminal, words, said: str) -> None:
    found = terminal.run_on_code(*words)

    assert found.code != 0
    assert said in found.err
