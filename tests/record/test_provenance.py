"""Provenance: tags of materializations, and versions computed from code and inputs."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from watchbell import AssetKey, AssetMaterialization, DataProvenance, DataVersion
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry, StepMaterializationData
from watchbell.record.provenance import (
    compute_logical_data_version,
    extract_data_provenance_from_entry,
    extract_data_version_from_entry,
    get_input_event_pointer_tag,
    provenance_tags,
)

KEYS = st.text("abc", min_size=1, max_size=2).map(AssetKey)
VERSIONS = st.text(max_size=5).map(DataVersion)
INPUTS = st.dictionaries(KEYS, VERSIONS, max_size=3)


@given(st.text(min_size=1, max_size=6), INPUTS)
def test_tags_say_where_an_asset_came_from(code_version: str, inputs: dict[AssetKey, DataVersion]) -> None:
    found = DataProvenance.from_tags(provenance_tags(code_version, inputs))

    assert found == DataProvenance(code_version, inputs, {}, False)


@given(st.tuples(st.text(max_size=3), INPUTS), st.tuples(st.text(max_size=3), INPUTS))
def test_versions_are_equal_only_for_equal_code_and_inputs(
    one: tuple[str, dict[AssetKey, DataVersion]], other: tuple[str, dict[AssetKey, DataVersion]]
) -> None:
    same = compute_logical_data_version(*one) == compute_logical_data_version(*other)

    assert same == (one == other)


def test_without_inputs_it_is_a_digest_of_the_code_version() -> None:
    expected = hashlib.sha256(b"v1").hexdigest()

    assert compute_logical_data_version("v1", {}).value == expected


def test_pointers_are_numbers_or_nothing() -> None:
    a, b = AssetKey("a"), AssetKey(["b", "c"])
    tags = provenance_tags("v1", {a: DataVersion("x"), b: DataVersion("y")})
    tags[get_input_event_pointer_tag(a)] = "12"
    tags[get_input_event_pointer_tag(b)] = "NULL"

    found = DataProvenance.from_tags(tags)
    assert found is not None
    assert found.input_storage_ids == {a: 12, b: None}
    assert found.has_input_asset(b)


def test_tags_without_a_code_version_say_nothing() -> None:
    assert DataProvenance.from_tags({"dagster/data_version": "x"}) is None


def test_an_entry_is_asked_for_version_and_provenance() -> None:
    made = AssetMaterialization("a", tags=provenance_tags("v1", {}))
    event = DagsterEvent(DagsterEventType.ASSET_MATERIALIZATION, event_specific_data=StepMaterializationData(made))
    entry = EventLogEntry("run", 1.0, dagster_event=event)

    assert extract_data_version_from_entry(entry) == compute_logical_data_version("v1", {})
    assert extract_data_provenance_from_entry(entry) == DataProvenance("v1", {}, {}, False)
    assert extract_data_version_from_entry(EventLogEntry("run", 1.0)) is None
