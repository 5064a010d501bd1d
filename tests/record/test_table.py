"""Tables as metadata."""

from collections.abc import Callable

import pytest

from watchbell.ground.errors import ParameterCheckError
from watchbell.ground.wire import dumps, loads
from watchbell.record.keys import AssetKey
from watchbell.record.metadata import (
    MetadataValue,
    PythonArtifactMetadataValue,
    TableColumnLineageMetadataValue,
    TableSchemaMetadataValue,
    normalize_metadata_value,
)
from watchbell.record.table import (
    TableColumn,
    TableColumnConstraints,
    TableColumnDep,
    TableColumnLineage,
    TableConstraints,
    TableRecord,
    TableSchema,
)

SCHEMA = TableSchema(
    [TableColumn("a", "integer", "d", TableColumnConstraints(False, True, ["x"]), {"t": "u"}), TableColumn("b")],
    TableConstraints(["z"]),
)
LINEAGE = TableColumnLineage({"a": [TableColumnDep("raw/orders", "b")]})


def test_the_first_row_shows_the_columns() -> None:
    table = MetadataValue.table([TableRecord({"a": 1, "b": "x", "c": 1.5, "d": True, "e": None})])

    assert table.schema is not None
    assert [(each.name, each.type) for each in table.schema.columns] == [
        ("a", "int"),
        ("b", "string"),
        ("c", "float"),
        ("d", "bool"),
        ("e", "string"),
    ]
    assert table.value is table


def test_a_table_without_rows_may_have_a_schema() -> None:
    assert MetadataValue.table([], SCHEMA).schema == SCHEMA


def test_columns_need_no_constraints() -> None:
    column = TableSchema.from_name_type_dict({"a": "int"}).columns[0]

    assert column.constraints == TableColumnConstraints(nullable=True, unique=False, other=[])
    assert column.tags == {}


@pytest.mark.parametrize(
    "value",
    [
        MetadataValue.table([TableRecord({"a": 1, "b": None})], SCHEMA),
        MetadataValue.table_schema(SCHEMA),
        MetadataValue.column_lineage(LINEAGE),
        MetadataValue.python_artifact(TableRecord),
    ],
)
def test_values_are_stored_and_come_back(value: MetadataValue) -> None:
    assert loads(dumps(value)) == value


def test_a_python_object_is_kept_by_name() -> None:
    value = MetadataValue.python_artifact(dict)

    assert value == PythonArtifactMetadataValue("builtins", "dict")


def test_schemas_and_lineages_may_be_given_as_they_are() -> None:
    assert normalize_metadata_value(SCHEMA) == TableSchemaMetadataValue(SCHEMA)
    assert normalize_metadata_value(LINEAGE) == TableColumnLineageMetadataValue(LINEAGE)
    assert normalize_metadata_value(LINEAGE).value.deps_by_column["a"][0].asset_key == AssetKey(["raw/orders"])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: MetadataValue.table([]), "needs schema="),
        (lambda: MetadataValue.table([{"a": 1}]), "write TableRecord"),  # type: ignore[list-item]
        (lambda: MetadataValue.table([TableRecord({"a": 1}), TableRecord({"b": 1})]), "row 1 and row 0 differ in a, b"),
        (lambda: TableRecord({"a": object()}), "column 'a' of a TableRecord holds"),  # type: ignore[dict-item]
        (lambda: TableRecord([1]), r"data of a TableRecord is \[1\]"),  # type: ignore[arg-type]
        (lambda: TableSchema(["a"]), "a member of columns of a TableSchema is 'a'"),  # type: ignore[list-item]
        (lambda: TableSchema("ab"), "expected a list of TableColumn"),  # type: ignore[arg-type]
        (lambda: TableColumn(3), "name of a TableColumn is 3"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_table_is_refused(make: Callable[[], object], words: str) -> None:
    with pytest.raises(ParameterCheckError, match=words):
        make()
