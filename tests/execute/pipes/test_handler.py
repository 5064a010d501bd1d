"""Messages of an external process: those that Dagster's own package wrote, and those that cannot be taken."""

import json
from pathlib import Path
from typing import Any

import pytest

from watchbell import (
    AssetKey,
    DagsterEventType,
    DagsterInstance,
    MetadataValue,
    OpExecutionContext,
    PipesMessageHandler,
    PipesTempFileMessageReader,
    TableColumn,
    TableColumnConstraints,
    TableColumnDep,
    TableColumnLineage,
    TableRecord,
    TableSchema,
    job,
    op,
)

# Written by dagster-pipes 1.13.27, from a script that reports one thing of every kind.
RECORDED = Path(__file__).parent / "recorded" / "messages.jsonl"


def handle(messages: list[dict[str, Any]], instance: DagsterInstance | None = None) -> PipesMessageHandler:
    found = []

    @op
    def outside(context: OpExecutionContext) -> None:
        handler = PipesMessageHandler(context, PipesTempFileMessageReader())
        for message in messages:
            handler.handle_message(message)
        found.append(handler)

    @job
    def only() -> None:
        outside()

    only.execute_in_process(instance=instance)
    return found[0]


def recorded() -> list[dict[str, Any]]:
    return [json.loads(line) for line in RECORDED.read_text().splitlines()]


def test_the_results_that_dagsters_package_reports_are_taken() -> None:
    handler = handle(recorded())

    made, check = handler.get_reported_results()
    assert (made.asset_key, made.data_version.value) == (AssetKey(["p", "a1"]), "v1")
    assert (check.asset_key, check.check_name, check.passed) == (AssetKey(["p", "a1"]), "chk", False)
    assert (check.severity.value, check.metadata) == ("WARN", {"n": MetadataValue.int(1)})
    assert handler.get_custom_messages() == ({"a": 1},)
    assert (handler.received_opened_message, handler.received_closed_message) == (True, True)


def test_every_kind_of_metadata_that_dagsters_package_sends_is_taken() -> None:
    made, _ = handle(recorded()).get_reported_results()

    columns = [TableColumn("a", "int")]
    strict = [TableColumn("a", "int", constraints=TableColumnConstraints(nullable=False))]
    assert made.metadata == {
        "i": MetadataValue.int(1), "f": MetadataValue.float(1.5), "s": MetadataValue.text("x"),
        "b": MetadataValue.bool(True), "n": MetadataValue.null(), "l": MetadataValue.json([1]),
        "md": MetadataValue.md("**x**"), "url": MetadataValue.url("http://x"), "inf": MetadataValue.int(3),
        "ts": MetadataValue.timestamp(111.0), "ak": MetadataValue.asset(AssetKey(["a", "b"])),
        "tb": MetadataValue.table([TableRecord({"a": 1})], TableSchema(columns)),
        "ts2": MetadataValue.table_schema(TableSchema(strict)),
        "tcl": MetadataValue.column_lineage(TableColumnLineage({"a": [TableColumnDep("x", "b")]})),
        "path": MetadataValue.path("/a"), "nb": MetadataValue.notebook("/a.ipynb"),
        "js": MetadataValue.json({"x": 1}), "run": MetadataValue.dagster_run("abc"), "tx": MetadataValue.text("abc"),
        "bo": MetadataValue.bool(True), "nu": MetadataValue.null(), "inf2": MetadataValue.int(5),
    }  # fmt: skip


def test_what_dagsters_package_logs_stands_in_the_log() -> None:
    with DagsterInstance.ephemeral() as instance:
        handle(recorded(), instance)

        entries = instance.all_logs(instance.get_runs()[0].run_id)
        lines = [(entry.level, entry.user_message) for entry in entries if not entry.is_dagster_event]
        assert lines == [
            (20, "[pipes] the external process opened Pipes"),
            (20, "hello you"),
            (30, "w"),
            (10, "d"),
            (25, "between"),
            (20, "[pipes] worker: text"),
        ]


def engine_errors(messages: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    with DagsterInstance.ephemeral() as instance:
        handle(messages, instance)
        entries = instance.all_logs(instance.get_runs()[0].run_id, DagsterEventType.ENGINE_EVENT)
        events = [entry.get_dagster_event() for entry in entries]
    return [
        (event.message or "", event.engine_event_data.error.cls_name)
        for event in events
        if event.engine_event_data.error
    ]


def test_the_exception_that_dagsters_package_reports_stands_in_the_log() -> None:
    assert engine_errors(recorded()) == [("[pipes] the external process ended with an exception", "ValueError")]


@pytest.mark.parametrize(
    ("message", "cls_name"),
    [
        ({"method": "nonsense", "params": {}}, "DagsterPipesExecutionError"),
        ({"method": "log", "params": {}}, "KeyError"),
        ({}, "DagsterPipesExecutionError"),
        (
            {"method": "report_asset_materialization", "params": {"asset_key": "a", "metadata": {
                "x": {"raw_value": 1, "type": "colour"}}}},
            "DagsterPipesExecutionError",
        ),
        (
            {"method": "report_asset_check", "params": {"asset_key": "a", "check_name": "c", "passed": True,
                                                        "severity": "BAD", "metadata": None}},
            "ValueError",
        ),
    ],
)  # fmt: skip
def test_a_message_that_cannot_be_taken_is_told_and_the_run_goes_on(message: dict[str, Any], cls_name: str) -> None:
    ((text, found),) = engine_errors([message])

    assert ("could not be taken" in text, found) == (True, cls_name)


def test_slashes_inside_a_part_of_a_key_are_kept() -> None:
    params = {"asset_key": "a\\/b/c", "metadata": None, "data_version": None}

    (made,) = handle([{"method": "report_asset_materialization", "params": params}]).get_reported_results()

    assert made.asset_key == AssetKey(["a/b", "c"])
