"""Values of ours as text and back."""

from typing import Any

import pytest

from watchbell import (
    AssetKey,
    AssetMaterialization,
    DagsterRun,
    DagsterRunStatus,
    DataVersion,
    MetadataValue,
    RunRequest,
    SkipReason,
    TableColumn,
    TableSchema,
    UrlCodeReference,
    deserialize_value,
    serialize_value,
)
from watchbell.ground.wire import WireError


@pytest.mark.parametrize(
    "value",
    [
        AssetKey(["a", "b"]),
        RunRequest(run_key="x", tags={"a": "b"}),
        SkipReason("nothing new"),
        AssetMaterialization("a", metadata={"rows": 1}),
        DagsterRun("etl", "r", status=DagsterRunStatus.FAILURE),
        MetadataValue.md("**x**"),
        DataVersion("v"),
        TableSchema([TableColumn("a")]),
        UrlCodeReference("https://x"),
        {"a": [1, AssetKey("b"), None]},
        {1, 2},
        "text",
        1.5,
        True,
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_record_comes_back(value: Any) -> None:
    assert deserialize_value(serialize_value(value)) == value


def test_a_tuple_comes_back_as_a_list() -> None:
    assert deserialize_value(serialize_value((1, 2))) == [1, 2]


def test_anything_else_is_not_written() -> None:
    with pytest.raises(WireError, match="cannot be stored"):
        serialize_value(object())


@pytest.mark.parametrize("text", ['{"$": "no.such.kind"}', "{{{", '{"$": "run"}'])
def test_text_that_is_none_of_ours_is_not_read(text: str) -> None:
    with pytest.raises(WireError):
        deserialize_value(text)


def test_the_type_that_is_expected_is_asked_for() -> None:
    text = serialize_value(AssetKey("a"))

    assert deserialize_value(text, AssetKey) == AssetKey("a")
    with pytest.raises(WireError, match="holds a AssetKey; expected RunRequest"):
        deserialize_value(text, RunRequest)
