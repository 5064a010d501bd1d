"""Metadata of every kind goes into the store and comes back as it was."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from watchbell import (
    AssetKey,
    AssetMaterialization,
    CodeReferencesMetadataValue,
    DagsterInstance,
    LocalFileCodeReference,
    MetadataValue,
    TableColumn,
    TableColumnConstraints,
    TableColumnDep,
    TableColumnLineage,
    TableConstraints,
    TableRecord,
    TableSchema,
    UrlCodeReference,
)

# Any text but NUL and half characters, which no database takes in a text of its own.
text = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=20)
names = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=8)
floats = st.floats(allow_nan=False)
keys = st.lists(names, min_size=1, max_size=3).map(AssetKey)
cells = text | st.integers() | floats | st.booleans() | st.none()
plain_json = st.recursive(
    st.none() | st.booleans() | st.integers() | floats | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text | st.just("$"), inner, max_size=3),
    max_leaves=8,
)
constraints = st.builds(TableColumnConstraints, st.booleans(), st.booleans(), st.lists(text, max_size=2))
columns = st.builds(TableColumn, names, text, st.none() | text, st.none() | constraints, st.dictionaries(names, text))
schemas = st.builds(
    TableSchema, st.lists(columns, max_size=3), st.none() | st.builds(TableConstraints, st.lists(text, max_size=2))
)
lineages = st.builds(
    TableColumnLineage, st.dictionaries(names, st.lists(st.builds(TableColumnDep, keys, names), max_size=2), max_size=2)
)
places = st.builds(LocalFileCodeReference, text, st.none() | st.integers(1), st.none() | text) | st.builds(
    UrlCodeReference, text, st.none() | text
)
values: st.SearchStrategy[Any] = st.one_of(
    text.map(MetadataValue.text),
    text.map(MetadataValue.url),
    text.map(MetadataValue.path),
    text.map(MetadataValue.notebook),
    plain_json.map(MetadataValue.json),
    text.map(MetadataValue.md),
    floats.map(MetadataValue.float),
    st.integers().map(MetadataValue.int),
    st.booleans().map(MetadataValue.bool),
    floats.map(MetadataValue.timestamp),
    st.datetimes(timezones=st.just(UTC)).map(MetadataValue.timestamp),
    keys.map(MetadataValue.asset),
    text.map(MetadataValue.dagster_run),
    st.builds(MetadataValue.job, text, st.none() | text, repository_name=st.none() | text),
    text.map(MetadataValue.pool),
    st.dictionaries(names, cells, min_size=1, max_size=3).map(lambda row: MetadataValue.table([TableRecord(row)])),
    schemas.map(lambda schema: MetadataValue.table([], schema)),
    schemas.map(MetadataValue.table_schema),
    lineages.map(MetadataValue.column_lineage),
    st.just(MetadataValue.python_artifact(TableSchema.from_name_type_dict)),
    st.just(MetadataValue.null()),
    st.lists(places, max_size=3).map(CodeReferencesMetadataValue),
)


@pytest.fixture(scope="module")
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as opened:
        yield opened


def there_and_back(instance: DagsterInstance, metadata: dict[str, Any]) -> Any:
    key = AssetKey("orders")
    instance.report_runless_asset_event(AssetMaterialization(key, metadata=metadata))
    event = instance.get_latest_materialization_event(key)
    assert event is not None
    assert event.asset_materialization is not None
    return event.asset_materialization.metadata


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(metadata=st.dictionaries(text, values, max_size=3))
def test_metadata_comes_back_as_it_was(instance: DagsterInstance, metadata: dict[str, Any]) -> None:
    found = there_and_back(instance, metadata)

    assert found == metadata
    assert [type(value) for value in found.values()] == [type(metadata[label]) for label in found]


@given(metadata=st.dictionaries(text, text | st.integers() | floats | st.booleans() | st.none() | st.lists(plain_json)))
def test_plain_values_come_back_as_they_were(instance: DagsterInstance, metadata: dict[str, Any]) -> None:
    found = there_and_back(instance, metadata)

    assert {label: value.value for label, value in found.items()} == metadata


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_numbers_that_json_does_not_have_come_back(instance: DagsterInstance, number: float) -> None:
    found = there_and_back(instance, {"bare": number, "inside": [number]})

    assert [repr(found["bare"].value), repr(found["inside"].value)] == [repr(number), repr([number])]


def test_json_comes_back_as_json_reads_it(instance: DagsterInstance) -> None:
    given_value = MetadataValue.json({1: (2, 3), "at": None})

    assert given_value.data == {"1": [2, 3], "at": None}
    assert there_and_back(instance, {"x": given_value})["x"] == given_value


def test_an_instant_is_kept_to_the_microsecond(instance: DagsterInstance) -> None:
    at = datetime(2024, 5, 1, 12, 30, 15, 123456, tzinfo=UTC)

    found = there_and_back(instance, {"at": MetadataValue.timestamp(at)})["at"]

    assert datetime.fromtimestamp(found.value, UTC) == at
