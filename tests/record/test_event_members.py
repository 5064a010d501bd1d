"""What an event says of itself."""

from __future__ import annotations

import pytest

from watchbell.record.event import DagsterEvent, DagsterEventType


def event(kind: str, step_key: str | None = None) -> DagsterEvent:
    return DagsterEvent(DagsterEventType[kind], "etl", step_key, "said")


@pytest.mark.parametrize(
    ("kind", "members"),
    [
        ("STEP_START", {"is_step_start", "is_step_event"}),
        ("STEP_FAILURE", {"is_failure", "is_step_failure", "is_step_event"}),
        ("HOOK_COMPLETED", {"is_hook_event"}),
        ("RUN_FAILURE", {"is_failure", "is_job_event", "is_job_failure", "is_run_failure"}),
        ("RUN_SUCCESS", {"is_job_event", "is_job_success"}),
        ("ENGINE_EVENT", {"is_engine_event"}),
    ],
)
def test_an_event_is_what_its_kind_says(kind: str, members: set[str]) -> None:
    said = event(kind, None if kind.startswith("RUN_") else "load")

    asked = {name for name in dir(said) if name.startswith("is_")}
    assert {name for name in asked if getattr(said, name) is True} == members


def test_a_mapped_step_is_named_by_its_op() -> None:
    said = event("STEP_START", "outer.load[a,b]")

    assert said.node_name == "load"
    assert said.logging_tags == {"job_name": "etl", "op_name": "load", "step_key": "outer.load[a,b]"}
    assert event("RUN_START").logging_tags == {}
