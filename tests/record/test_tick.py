"""Ticks and terms of automations as text: there and back, and from a version that knew less."""

import json
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.services.fakes import NOON
from watchbell.ground.wire import dumps, loads
from watchbell.record.automation_policy import PLAIN_POLICY, AutomationPolicy, Catchup, Overlap
from watchbell.record.evaluation import Answer, Evaluation, Outcome
from watchbell.record.snapshot import LocationSnapshot, ScheduleSnapshot, SensorSnapshot
from watchbell.record.tick import AutomationKind, Tick, TickLogLine, TickStatus

SECONDS = st.none() | st.floats(min_value=0.001, max_value=1e9)
POLICIES = st.builds(
    AutomationPolicy,
    st.sampled_from(Catchup),
    SECONDS,
    st.sampled_from(Overlap),
    st.floats(min_value=0, max_value=1e6),
    SECONDS,
    SECONDS,
)
NEW_OF_TICKS = ("cursor_before", "event_ids", "dropped_for")


@given(POLICIES)
def test_terms_come_back_with_what_a_location_defines(policy: AutomationPolicy) -> None:
    schedule = ScheduleSnapshot("nightly", ("0 0 * * *",), policy=policy)
    location = LocationSnapshot("here", (schedule,), (SensorSnapshot("files", policy=policy),))

    assert loads(dumps(location)) == location


def test_a_definition_that_says_nothing_of_terms_has_the_plain_ones() -> None:
    text = json.loads(dumps(ScheduleSnapshot("nightly", ("0 0 * * *",), policy=AutomationPolicy(Catchup.ALL))))
    without = {name: value for name, value in text.items() if name != "policy"}
    assert without != text

    assert loads(json.dumps(without)).policy == PLAIN_POLICY


@pytest.mark.parametrize("left_out", [NEW_OF_TICKS, NEW_OF_TICKS[:1], NEW_OF_TICKS[1:]])
def test_a_tick_of_before_there_were_all_its_members_is_read(left_out: tuple[str, ...]) -> None:
    line = TickLogLine(1.5, 20, "said")
    tick = Tick(
        NOON, TickStatus.SUCCESS, NOON, NOON, ("r",), ("k",), ("d",), None, None, "7", (line,), "6", (7,), ("h",)
    )
    text = json.loads(dumps(tick))
    old = {name: value for name, value in text.items() if name not in left_out}
    assert len(old) == len(text) - len(left_out)

    found = loads(json.dumps(old))

    defaults = {"cursor_before": None, "event_ids": (), "dropped_for": ()}
    for each in fields(Tick):
        expected = defaults[each.name] if each.name in left_out else getattr(tick, each.name)
        assert getattr(found, each.name) == expected


def test_an_answer_about_several_events_comes_back_part_by_part() -> None:
    parts = (Answer(1, Outcome.ANSWERED, skip_message="not this"), Answer(1, Outcome.RAISED))
    answer = Answer(1, Outcome.ANSWERED, parts=parts, seen_to=7)
    asked = Evaluation(1, AutomationKind.SENSOR, "alert", event_ids=(3, 5), timeout_seconds=2.5, has_own_timeout=True)

    assert (loads(dumps(answer)), loads(dumps(asked))) == (answer, asked)
