"""Conditions of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.automate.conditions.hand_world import HandWorld, plan
from watchbell.automate.conditions.nodes_time import latest_windows, windows_at_fires
from watchbell.automate.conditions.scope import TickScope
from watchbell.automate.conditions.world import Position, World
from watchbell.declare.conditions.condition import AutomationCondition
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.multi import MultiPartitionsDefinition
from watchbell.declare.partitions.named_windows import (
    DailyPartitionsDefinition,
    HourlyPartitionsDefinition,
    WeeklyPartitionsDefinition,
)
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.declare.partitions.time_window import TimeWindowPartitionsDefinition
from watchbell.declare.partitions.view import PartitionsView

NIGHTLY = "0 2 * * *"


def at(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def tick_at(text: str) -> TickScope:
    """A tick at a moment in which nothing is known."""
    now = at(text)
    return TickScope(now, PartitionsView(now), World(Position(0, now)))


def ticks_of(condition: AutomationCondition, moments: list[str]) -> list[bool]:
    """Whether a condition asks for its asset at each of some moments."""
    world = HandWorld(plan("x", condition))
    told = []
    for each in moments:
        world.now = at(each)
        told.append("x" in world.asked(seconds=0))
    return told


def test_a_cron_string_is_passed_at_the_first_tick_after_it_fired() -> None:
    moments = ["2023-05-01T01:00", "2023-05-01T01:59", "2023-05-01T02:01", "2023-05-01T03:00", "2023-05-02T02:01"]

    assert ticks_of(AutomationCondition.cron_tick_passed(NIGHTLY), moments) == [False, False, True, False, True]


def test_a_tick_at_the_very_time_of_a_cron_string_takes_it_and_no_other_does() -> None:
    moments = ["2023-05-01T01:00", "2023-05-01T02:00", "2023-05-01T02:01"]

    assert ticks_of(AutomationCondition.cron_tick_passed(NIGHTLY), moments) == [False, True, False]


def test_nothing_has_passed_at_the_first_evaluation() -> None:
    moments = ["2023-05-01T02:00", "2023-05-01T02:30"]

    assert ticks_of(AutomationCondition.cron_tick_passed(NIGHTLY), moments) == [False, False]


def test_several_fires_between_two_ticks_are_one() -> None:
    moments = ["2023-05-01T01:00", "2023-05-09T01:00", "2023-05-09T01:01"]

    assert ticks_of(AutomationCondition.cron_tick_passed(NIGHTLY), moments) == [False, True, False]


@pytest.mark.parametrize("day", ["2023-03-12", "2023-11-05"], ids=["forward", "back"])
def test_a_nightly_cron_string_passes_once_on_days_of_a_clock_change(day: str) -> None:
    condition = AutomationCondition.cron_tick_passed(NIGHTLY, "America/New_York")
    moments = [f"{day}T00:00", f"{day}T06:59", f"{day}T07:01", f"{day}T12:00"]

    assert ticks_of(condition, moments) == [False, False, True, False]


def test_a_cron_string_that_never_fires_never_passes() -> None:
    condition = AutomationCondition.cron_tick_passed("0 0 29 2 *")

    assert ticks_of(condition, ["2023-05-01T01:00", "2023-06-01T01:00"]) == [False, False]


def keys(definition: PartitionsDefinition, text: str, **lookback: float) -> list[str]:
    """The keys of the newest windows at a moment."""
    tick = tick_at(text)
    found = latest_windows(tick, definition, timedelta(**lookback).total_seconds())
    assert found is not None
    return definition.keys_of(found, tick.view)


DAILY = DailyPartitionsDefinition("2023-04-28")


@pytest.mark.parametrize(
    ("lookback", "expected"),
    [
        ({}, ["2023-05-02"]),
        ({"days": 1}, ["2023-05-02"]),
        ({"hours": 47}, ["2023-05-02"]),
        ({"days": 2}, ["2023-05-01", "2023-05-02"]),
        ({"hours": 49}, ["2023-05-01", "2023-05-02"]),
        ({"seconds": 1}, []),
        ({"days": -1}, []),
        ({"days": 999}, ["2023-04-28", "2023-04-29", "2023-04-30", "2023-05-01", "2023-05-02"]),
    ],
)
def test_a_lookback_takes_windows_that_begin_within_it(lookback: dict[str, float], expected: list[str]) -> None:
    assert expected == keys(DAILY, "2023-05-03T01:00", **lookback)


@pytest.mark.parametrize(
    ("definition", "lookback", "expected"),
    [
        (DailyPartitionsDefinition("2023-04-28", end_offset=1), {"days": 2}, ["2023-05-02", "2023-05-03"]),
        (DailyPartitionsDefinition("2023-04-28", end_offset=-1), {}, ["2023-05-01"]),
        (DailyPartitionsDefinition("2023-04-28", end_date="2023-05-01"), {}, ["2023-04-30"]),
        (DailyPartitionsDefinition("2024-04-28"), {}, []),
        (
            DailyPartitionsDefinition("2023-04-28", timezone="America/New_York"),
            {"days": 2},
            ["2023-04-30", "2023-05-01"],
        ),
        (WeeklyPartitionsDefinition("2023-04-02"), {"days": 8}, ["2023-04-23"]),
        (
            TimeWindowPartitionsDefinition(
                "2023-04-28", "%Y-%m-%d", cron_schedule="0 0 * * *", exclusions=["0 0 2 * *"]
            ),
            {"days": 2},
            ["2023-04-30", "2023-05-01"],
        ),
        (
            MultiPartitionsDefinition({"day": DAILY, "kind": StaticPartitionsDefinition(["a", "b"])}),
            {},
            ["2023-05-02|a", "2023-05-02|b"],
        ),
    ],
    ids=["ahead", "behind", "ended", "to come", "zone", "weekly", "excluded", "two dimensions"],
)
def test_the_newest_window_is_the_last_partition(
    definition: PartitionsDefinition, lookback: dict[str, float], expected: list[str]
) -> None:
    assert expected == keys(definition, "2023-05-03T01:00", **lookback)


def test_a_lookback_of_days_goes_by_the_clock_on_the_wall() -> None:
    daily = DailyPartitionsDefinition("2023-10-28", timezone="America/New_York")
    hourly = HourlyPartitionsDefinition("2023-11-04-00:00", timezone="America/New_York")

    assert keys(daily, "2023-11-06T12:00", days=2) == ["2023-11-04", "2023-11-05"]
    assert keys(hourly, "2023-11-05T08:30", hours=5)[0] == "2023-11-04-22:00"


@pytest.mark.parametrize(
    "definition",
    [
        StaticPartitionsDefinition(["a"]),
        MultiPartitionsDefinition({"x": StaticPartitionsDefinition(["a"]), "y": StaticPartitionsDefinition(["b"])}),
    ],
)
def test_what_has_no_windows_of_time_is_all_newest(definition: PartitionsDefinition) -> None:
    world = HandWorld(plan("x", AutomationCondition.in_latest_time_window(), definition=definition))

    assert None is latest_windows(tick_at("2023-05-03T01:00"), definition, 0)
    assert {"x": list(definition.ordinals(PartitionsView(world.now)))} == world.asked()


def test_an_asset_without_partitions_is_newest() -> None:
    assert ticks_of(AutomationCondition.in_latest_time_window(), ["2023-05-01T01:00"]) == [True]


def test_the_newest_windows_are_asked_once_a_tick() -> None:
    tick = tick_at("2023-05-03T01:00")

    assert latest_windows(tick, DAILY, 0) is latest_windows(tick, DAILY, 0)


@given(st.integers(0, 90 * 24), st.integers(1, 200))
def test_a_lookback_of_whole_days_takes_as_many_partitions(hour: int, days: int) -> None:
    definition = DailyPartitionsDefinition("2022-01-01")
    now = at("2023-05-01T00:00") + timedelta(hours=hour)
    tick = TickScope(now, PartitionsView(now), World(Position(0, now)))
    existing = definition.ordinals(tick.view)

    found = latest_windows(tick, definition, days * 86_400.0)

    assert found is not None
    assert existing.page(max(0, len(existing) - days), days) == list(found)


def test_windows_that_were_newest_when_a_cron_string_fired() -> None:
    hourly = HourlyPartitionsDefinition("2023-04-28-00:00")
    tick = tick_at("2023-05-03T05:01")

    found = windows_at_fires(tick, hourly, (NIGHTLY, "UTC"), at("2023-05-01T01:00"))

    assert found is not None
    assert hourly.keys_of(found, tick.view) == ["2023-05-01-01:00", "2023-05-02-01:00", "2023-05-03-01:00"]
