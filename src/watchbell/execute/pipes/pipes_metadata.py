"""Metadata as Pipes send it, made metadata values of ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from watchbell.ground.errors import DagsterPipesExecutionError
from watchbell.record.keys import AssetKey
from watchbell.record.metadata import (
    BoolMetadataValue,
    FloatMetadataValue,
    IntMetadataValue,
    MetadataValue,
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
from watchbell_pipes import to_asset_key_path


def metadata_of(metadata: Mapping[str, Mapping[str, Any]] | None) -> dict[str, MetadataValue]:
    """The metadata of a message.

    Args:
        metadata: by label, each ``{"raw_value": ..., "type": ...}``; None: there is none.

    Raises:
        DagsterPipesExecutionError: a type is not known.
    """
    return {label: _value(label, each["type"], each["raw_value"]) for label, each in (metadata or {}).items()}


def _value(label: str, kind: str, raw: Any) -> MetadataValue:
    make = _MAKERS.get(kind)
    if make is None:
        raise DagsterPipesExecutionError(
            f"metadata {label!r} has the type {kind!r}, which Pipes do not have; expected one of {', '.join(_MAKERS)}"
        )
    return make(raw)


def _asset(raw: Any) -> MetadataValue:
    return MetadataValue.asset(AssetKey(to_asset_key_path(raw) if isinstance(raw, str) else raw))


def _table(raw: Mapping[str, Any]) -> MetadataValue:
    schema = raw.get("schema")
    return MetadataValue.table(
        [TableRecord(each) for each in raw["records"]], None if schema is None else _schema_of(schema)
    )


def _schema_of(raw: Any) -> TableSchema:
    """Either a list of columns, or ``{"columns": [...], "constraints": ...}``."""
    columns = raw["columns"] if isinstance(raw, Mapping) else raw
    constraints = raw.get("constraints") if isinstance(raw, Mapping) else None
    return TableSchema(
        [_column(each) for each in columns],
        None if constraints is None else TableConstraints(_rules(constraints)),
    )


def _rules(raw: Any) -> list[str]:
    return list(raw.get("other") or []) if isinstance(raw, Mapping) else list(raw)


def _column(raw: Any) -> TableColumn:
    if isinstance(raw, str):
        return TableColumn(raw)
    constraints = raw.get("constraints")
    return TableColumn(
        raw["name"],
        raw.get("type", "string"),
        raw.get("description"),
        None if constraints is None else TableColumnConstraints(**constraints),
        raw.get("tags"),
    )


def _lineage(raw: Mapping[str, Any]) -> MetadataValue:
    return MetadataValue.column_lineage(
        TableColumnLineage(
            {
                column: [TableColumnDep(_key_of(dep["asset_key"]), dep["column_name"]) for dep in deps]
                for column, deps in raw["deps_by_column"].items()
            }
        )
    )


def _key_of(raw: Any) -> AssetKey:
    return AssetKey(to_asset_key_path(raw) if isinstance(raw, str) else list(raw))


_MAKERS: dict[str, Callable[[Any], MetadataValue]] = {
    "__infer__": normalize_metadata_value,
    "text": MetadataValue.text,
    "url": MetadataValue.url,
    "path": MetadataValue.path,
    "notebook": MetadataValue.notebook,
    "json": MetadataValue.json,
    "md": MetadataValue.md,
    "float": FloatMetadataValue,
    "int": IntMetadataValue,
    "bool": BoolMetadataValue,
    "timestamp": MetadataValue.timestamp,
    "dagster_run": MetadataValue.dagster_run,
    "asset": _asset,
    "null": lambda _: MetadataValue.null(),
    "table": _table,
    "table_schema": lambda raw: MetadataValue.table_schema(_schema_of(raw)),
    "table_column_lineage": _lineage,
}
