"""Assets of other locations: what their snapshots cannot tell is told to a person."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.simulation.condition_world import made
from watchbell import (
    AutomationCondition,
    DagsterInstance,
    Definitions,
    DynamicPartitionsDefinition,
    MultiPartitionsDefinition,
    PartitionsDefinition,
    StaticPartitionsDefinition,
)
from watchbell.automate.conditions.others import plans_of_others
from watchbell.automate.conditions.sensor_sessions import SessionPlace
from watchbell.record.evaluation import OtherAssets

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
MANY = StaticPartitionsDefinition([f"k{number}" for number in range(100_001)])
FEW = StaticPartitionsDefinition(["a", "b"])


def logged(definition: PartitionsDefinition | None, *here: Any) -> list[str]:
    """What the first tick says here, of assets upstream elsewhere."""
    there = Definitions([made("up", partitions_def=definition)]).get_repository_def().snapshot("there")
    repository = Definitions(list(here)).get_repository_def()
    sensor = repository.get_sensor_def("default_automation_condition_sensor")
    with DagsterInstance.ephemeral() as instance:
        others = plans_of_others([OtherAssets("there", there.assets)])
        session = SessionPlace(repository, "here", instance, time.monotonic, others).open(sensor, None)  # type: ignore[arg-type]
        return [text for _, text in session.tick(NOON).log if "not known here" in text]


@pytest.mark.parametrize(
    ("definition", "why"),
    [
        (MANY, "more keys than one location tells another (100,000 in a list)"),
        (MultiPartitionsDefinition({"few": FEW, "many": MANY}), "more keys than one location tells another"),
        (DynamicPartitionsDefinition(lambda time: ["a"]), "a function lists them anew each time"),
    ],
)
def test_partitions_that_nobody_could_tell_are_named_with_the_reason(
    definition: PartitionsDefinition, why: str
) -> None:
    (text,) = logged(definition, made("x", AutomationCondition.eager(), ["up"]))

    assert text.startswith("the partitions of up (location there) are not known here, because ")
    assert why in text
    assert "the condition of x takes it as a whole" in text


@pytest.mark.parametrize("definition", [FEW, None])
def test_what_was_told_needs_no_word(definition: PartitionsDefinition | None) -> None:
    assert logged(definition, made("x", AutomationCondition.eager(), ["up"])) == []


def test_what_no_condition_looks_at_needs_no_word() -> None:
    assert logged(MANY, made("x", AutomationCondition.missing(), ["up"])) == []
