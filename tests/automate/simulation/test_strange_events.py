"""What of the events from outside nothing could notice is said; so are times that no calendar reaches."""

from __future__ import annotations

from typing import Any

import pytest

from watchbell import (
    AssetKey,
    AutomationCondition,
    DagsterError,
    DailyPartitionsDefinition,
    Definitions,
    DynamicPartitionsDefinition,
    RunRequest,
    asset,
    asset_check,
    asset_sensor,
    simulate,
)

FROM, TO = "2026-11-23", "2026-11-24"
NOON = "2026-11-23T12:00"


def definitions() -> Definitions:
    @asset(deps=["landing"])
    def orders() -> None: ...

    @asset(partitions_def=DailyPartitionsDefinition("2026-11-01"))
    def days() -> None: ...

    @asset(partitions_def=DynamicPartitionsDefinition(name="tenants"), automation_condition=AutomationCondition.eager())
    def tenants() -> None: ...

    @asset_check(asset=orders)
    def whole() -> None: ...

    @asset_sensor(asset_key=AssetKey("elsewhere"), target=[orders])
    def after(context: Any, event: Any) -> RunRequest:
        return RunRequest()

    return Definitions(assets=[orders, days, tenants], asset_checks=[whole], sensors=[after])


def said(*events: dict[str, Any]) -> list[str]:
    left_out = simulate(definitions(), FROM, TO, events=events).left_out
    return [f"{each.name}: {each.reason}" for each in left_out if each.kind.startswith("event")]


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({"asset": "ordres"}, "ordres: no asset is called that here; did you mean 'orders'?"),
        ({"asset": "orders", "partition": "a"}, "orders: it has no partitions, and an event speaks of 'a'"),
        ({"asset": "days"}, "days: it has partitions, and an event names none"),
        ({"asset": "days", "partition": "2026-10-01"}, "days: it has no partition '2026-10-01': daily partit"),
        (
            {"asset": "orders", "kind": "check_failed", "check": "hole"},
            "orders:hole: no check is called that here; did you mean 'orders:whole'?",
        ),
        ({"asset": "orders", "time": FROM + "T00:00-01:00"}, ""),
        ({"asset": "orders", "time": "2026-11-22"}, "at other times: 1 lie before 2026-11-23 00:00:00+00:00"),
        ({"asset": "orders", "time": TO}, "at other times: 1 lie before"),
        ({"asset": "orders"}, ""),
        ({"asset": "landing"}, ""),
        ({"asset": "elsewhere"}, ""),
        ({"asset": "days", "partition": "2026-11-22"}, ""),
        ({"asset": "tenants", "partition": "new"}, ""),
        ({"asset": "orders", "kind": "check_failed", "check": "whole"}, ""),
    ],
)
def test_what_nothing_could_notice_is_said(event: dict[str, Any], words: str) -> None:
    found = said({"time": NOON, **event})

    assert (1 if words else 0) == len(found)
    assert all(each.startswith(words) for each in found)


def test_the_same_slip_is_told_once() -> None:
    events = [{"time": f"2026-11-23T{hour:02}:00", "asset": "ordres"} for hour in range(24)]

    assert len(said(*events)) == 1


@pytest.mark.parametrize(("start", "end"), [("0001-01-01", "0001-01-02"), ("2026-01-01", "9999-12-31")])
def test_years_that_calendars_do_not_reach_are_refused(start: str, end: str) -> None:
    with pytest.raises(DagsterError, match="in the years 1900 to 9998, not at "):
        simulate(definitions(), start, end)


@pytest.mark.parametrize(
    "arguments",
    [{"durations": {"nope": 60}}, {"failures": ["nope"]}],
    ids=["durations", "failures"],
)
def test_names_that_nobody_wrote_are_not_proposed(arguments: dict[str, Any]) -> None:
    with pytest.raises(DagsterError, match="no job.*'nope'; there are: ") as caught:
        simulate(definitions(), FROM, TO, **arguments)

    assert "__" not in str(caught.value)
