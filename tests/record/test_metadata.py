"""Metadata values."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from watchbell.ground.errors import ParameterCheckError
from watchbell.ground.wire import dumps, loads
from watchbell.record.keys import AssetKey
from watchbell.record.metadata import DagsterInvalidMetadata, MetadataValue, normalize_metadata

EVERY_KIND = [
    MetadataValue.text("a"),
    MetadataValue.url("https://example.org"),
    MetadataValue.path(Path("/tmp/a")),
    MetadataValue.notebook("/tmp/a.ipynb"),
    MetadataValue.json({"a": [1, None]}),
    MetadataValue.md("**a**"),
    MetadataValue.float(1.5),
    MetadataValue.int(3),
    MetadataValue.bool(True),
    MetadataValue.timestamp(datetime(2024, 1, 1, tzinfo=UTC)),
    MetadataValue.asset(AssetKey("a")),
    MetadataValue.dagster_run("r"),
    MetadataValue.job("j", "here"),
    MetadataValue.null(),
]


@pytest.mark.parametrize("value", EVERY_KIND, ids=lambda value: type(value).__name__)
def test_every_kind_comes_back_from_the_wire(value: MetadataValue) -> None:
    assert loads(dumps(value)) == value


def test_plain_values_get_the_kind_that_fits() -> None:
    kinds = {
        key: type(value).__name__
        for key, value in normalize_metadata(
            {"t": "a", "i": 1, "f": 1.0, "b": True, "l": [1], "d": {}, "p": Path("a"), "n": None, "k": AssetKey("a")}
        ).items()
    }

    assert kinds == {
        "t": "TextMetadataValue",
        "i": "IntMetadataValue",
        "f": "FloatMetadataValue",
        "b": "BoolMetadataValue",
        "l": "JsonMetadataValue",
        "d": "JsonMetadataValue",
        "p": "PathMetadataValue",
        "n": "NullMetadataValue",
        "k": "DagsterAssetMetadataValue",
    }


def test_a_value_of_no_kind_is_refused_with_its_key() -> None:
    with pytest.raises(DagsterInvalidMetadata, match=r"'when'.*type object"):
        normalize_metadata({"when": object()})


def test_a_key_that_is_no_text_is_refused() -> None:
    with pytest.raises(DagsterInvalidMetadata, match="1 is not"):
        normalize_metadata({1: "a"})  # type: ignore[dict-item]


def test_old_spellings_of_an_entrys_number_work() -> None:
    assert (MetadataValue.int(3).int_value, MetadataValue.int(3).float_value) == (3, None)
    assert (MetadataValue.float(3.5).float_value, MetadataValue.text("a").int_value) == (3.5, None)


def test_what_is_no_mapping_is_refused() -> None:
    with pytest.raises(ParameterCheckError, match=r"metadata is a mapping, not \[1\]"):
        normalize_metadata([1])  # type: ignore[arg-type]
