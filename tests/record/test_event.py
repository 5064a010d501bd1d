"""Events read as the specification says, and come back from the wire."""

from __future__ import annotations

import pytest

from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.ground.wire import dumps, loads
from watchbell.record.error_info import SerializableErrorInfo, error_info_from_exception
from watchbell.record.event import (
    DagsterEvent,
    DagsterEventType,
    EventLogEntry,
    JobFailureData,
    StepMaterializationData,
)
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetMaterialization


def materialized() -> EventLogEntry:
    fact = AssetMaterialization("orders", metadata={"records": 12, "note": "n"}, partition="2024")
    event = DagsterEvent(DagsterEventType.ASSET_MATERIALIZATION, "j", "s", None, StepMaterializationData(fact))
    return EventLogEntry("run", 100.5, dagster_event=event)


def test_a_materialization_reads_as_asset_sensors_read_it() -> None:
    entry = materialized().stored_as(7)
    assert entry.dagster_event is not None
    fact = entry.dagster_event.step_materialization_data.materialization

    assert (entry.storage_id, entry.timestamp, entry.dagster_event.timestamp) == (7, 100.5, 100.5)
    assert (entry.asset_key, fact.partition) == (AssetKey("orders"), "2024")
    assert [(each.label, each.entry_data.int_value) for each in fact.metadata_entries] == [
        ("records", 12),
        ("note", None),
    ]


def test_an_entry_comes_back_from_the_wire() -> None:
    assert loads(dumps(materialized())) == materialized()


def test_an_event_of_another_kind_says_what_it_lacks() -> None:
    event = DagsterEvent(DagsterEventType.RUN_START, "j")

    with pytest.raises(DagsterInvariantViolationError, match="RUN_START event has no StepMaterializationData"):
        _ = event.materialization


def test_a_failure_shows_its_root_cause_as_engine_data() -> None:
    root = SerializableErrorInfo("ValueError: bad\n")
    error = SerializableErrorInfo("step failed\n", cause=root)
    event = DagsterEvent(DagsterEventType.RUN_FAILURE, "j", event_specific_data=JobFailureData(error))

    assert event.engine_event_data.error == root


def test_the_users_frames_come_first_and_ours_are_left_out() -> None:
    def users_function() -> None:
        raise ValueError("bad rows")

    try:
        try:
            users_function()
        except ValueError as cause:
            raise RuntimeError("the step failed") from cause
    except RuntimeError as error:
        info = error_info_from_exception(error)

    assert info.root.message == "ValueError: bad rows\n"
    assert "users_function" in info.root.stack[-1]
    text = info.to_string()
    assert text.index("bad rows") < text.index("the step failed")


def test_a_class_of_ours_is_shown_by_its_public_name() -> None:
    info = error_info_from_exception(DagsterInvariantViolationError("no"))

    assert info.message == "DagsterInvariantViolationError: no\n"


def test_a_runaway_recursion_is_cut() -> None:
    def even(depth: int) -> None:
        odd(depth + 1)

    def odd(depth: int) -> None:
        even(depth + 1)

    try:
        even(0)
    except RecursionError as error:
        info = error_info_from_exception(error)

    assert len(info.stack) == 100


def test_an_endless_chain_of_causes_is_cut() -> None:
    error: Exception = ValueError("0")
    for number in range(1, 50):
        outer = ValueError(str(number))
        outer.__cause__ = error
        error = outer
    info = error_info_from_exception(error)

    depth = 0
    while info.cause is not None:
        info, depth = info.cause, depth + 1
    assert depth == 10
