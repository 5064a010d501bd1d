"""Requests refuse what could not be stored, at the moment they are made."""

from __future__ import annotations

import pytest

from watchbell.ground.errors import CheckError, DagsterInvalidDefinitionError, ParameterCheckError
from watchbell.ground.wire import dumps, loads
from watchbell.record.keys import AssetKey
from watchbell.record.request import (
    CURSOR_BYTES_MAX,
    PARTITION_KEYS_MAX,
    TEXT_BYTES_MAX,
    AddDynamicPartitionsRequest,
    DeleteDynamicPartitionsRequest,
    RunRequest,
    SensorResult,
    SkipReason,
)


def test_a_request_has_the_fields_given() -> None:
    request = RunRequest("k", {"ops": {}}, {"a": "b"}, job_name="j", asset_selection=["x"], partition_key="p")

    assert (request.run_key, request.job_name, request.partition_key) == ("k", "j", "p")
    assert request.asset_selection == [AssetKey("x")]


def test_a_request_crosses_between_processes_unchanged() -> None:
    request = RunRequest("k", {"ops": {"a": {"config": {"n": 1}}}}, {"a": "b"}, asset_selection=[AssetKey("x")])

    assert loads(dumps(request)) == request


def test_config_may_be_an_object_that_knows_its_plain_form() -> None:
    class Like:
        def to_config_dict(self) -> dict[str, object]:
            return {"ops": {"a": {}}}

    assert RunRequest(run_config=Like()).run_config == {"ops": {"a": {}}}  # type: ignore[arg-type]


@pytest.mark.parametrize("key", ["a\x00", "\ud800", "x" * (TEXT_BYTES_MAX + 1), 3])
def test_a_run_key_that_cannot_be_stored_is_refused(key: object) -> None:
    with pytest.raises(ParameterCheckError, match="run_key"):
        RunRequest(key)  # type: ignore[arg-type]


def test_tags_that_are_no_text_are_written_as_json() -> None:
    request = RunRequest(tags={"a": 1, "b": {"c": [2]}, "d": None, "e": "text"})

    assert request.tags == {"a": "1", "b": '{"c": [2]}', "d": "null", "e": "text"}
    assert request.with_replaced_attrs(tags={"a": 2}).tags == {"a": "2"}


def test_a_tag_that_is_neither_text_nor_json_is_refused() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="tag 'a' is .*, which is neither text nor JSON"):
        RunRequest(tags={"a": object()})


@pytest.mark.parametrize("tags", [{1: "a"}, {"a": "\x00"}, ["a"]])
def test_tags_are_text_to_text(tags: object) -> None:
    with pytest.raises(ParameterCheckError, match="tag"):
        RunRequest(tags=tags)  # type: ignore[arg-type]


def test_config_that_is_no_mapping_is_refused() -> None:
    with pytest.raises(ParameterCheckError, match="run_config"):
        RunRequest(run_config=3)  # type: ignore[arg-type]


def test_a_result_wraps_a_reason_given_as_text() -> None:
    assert SensorResult(skip_reason="why").skip_reason == SkipReason("why")


def test_a_result_has_requests_or_a_reason() -> None:
    with pytest.raises(CheckError, match="leave one out"):
        SensorResult([RunRequest()], skip_reason="why")


@pytest.mark.parametrize("cursor", ["x" * (CURSOR_BYTES_MAX + 1), "\ud800"])
def test_a_cursor_that_cannot_be_stored_is_refused(cursor: str) -> None:
    with pytest.raises(ParameterCheckError, match="cursor"):
        SensorResult(cursor=cursor)


def test_a_result_of_something_else_is_refused_and_shown() -> None:
    with pytest.raises(ParameterCheckError, match="'nonsense'"):
        SensorResult(["nonsense"])  # type: ignore[list-item]


def test_a_sensor_result_without_requests_has_an_empty_list_of_them() -> None:
    assert SensorResult(cursor="1").run_requests == []


@pytest.mark.parametrize("key", ["a\nb", "a\tb", "\x1b[2J", "\x9b2J", "\x7f", "\ud800", "x" * (TEXT_BYTES_MAX + 1), 3])
def test_a_key_of_dynamic_partitions_that_would_break_lists_and_terminals_is_refused(key: object) -> None:
    with pytest.raises(ParameterCheckError, match="a partition key"):
        AddDynamicPartitionsRequest("shops", ["good", key])  # type: ignore[list-item]


@pytest.mark.parametrize("key", ["a/b", "..", "l'été", '"', "日本", "a,b", " a ", "%2f", "x" * TEXT_BYTES_MAX])
def test_a_key_of_dynamic_partitions_may_be_any_other_text(key: str) -> None:
    assert AddDynamicPartitionsRequest("shops", [key]).partition_keys == [key]


@pytest.mark.parametrize("kind", [AddDynamicPartitionsRequest, DeleteDynamicPartitionsRequest])
def test_a_request_for_too_many_keys_says_how_to_go_on(
    kind: type[AddDynamicPartitionsRequest | DeleteDynamicPartitionsRequest],
) -> None:
    with pytest.raises(ParameterCheckError, match="100,001 partition keys in one request; at most 100,000"):
        kind("shops", ["a"] * (PARTITION_KEYS_MAX + 1))
