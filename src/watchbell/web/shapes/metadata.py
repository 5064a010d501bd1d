"""Labelled facts of every kind, as the API tells them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from watchbell.ground.masking import MASK, masked_facts
from watchbell.ground.wire import to_plain
from watchbell.record.code_references import CodeReferencesMetadataValue, LocalFileCodeReference
from watchbell.record.keys import AssetKey
from watchbell.record.metadata import (
    BoolMetadataValue,
    DagsterAssetMetadataValue,
    DagsterJobMetadataValue,
    DagsterRunMetadataValue,
    FloatMetadataValue,
    IntMetadataValue,
    JsonMetadataValue,
    MarkdownMetadataValue,
    MetadataValue,
    NotebookMetadataValue,
    NullMetadataValue,
    PathMetadataValue,
    PoolMetadataValue,
    PythonArtifactMetadataValue,
    TableColumnLineageMetadataValue,
    TableMetadataValue,
    TableSchemaMetadataValue,
    TextMetadataValue,
    TimestampMetadataValue,
    UrlMetadataValue,
)
from watchbell.record.table import TableSchema
from watchbell.web.shapes.shape import Shape

TEXT_CHARS_MAX = 20_000
PICTURE_CHARS_MAX = 500_000
"""How much of Markdown may be pictures that stand in it; what goes beyond is told by its name."""
ROWS_MAX = 200
"""Rows of a table that are told (count)."""
Kind = Literal[
    "text", "url", "path", "notebook", "json", "markdown", "float", "int", "bool", "timestamp", "asset", "run", "job",
    "pool", "null", "table", "table_schema", "column_lineage", "python", "code", "other",
]  # fmt: skip


class MetadataShape(Shape):
    """A labelled fact.

    Args:
        label: what it is of.
        kind: what sort of value it has.
        value: text, number or truth; of ``json`` anything; of ``timestamp`` seconds since the epoch; of ``asset`` the
            key; of ``job`` ``name`` and ``location``; of ``table`` ``columns`` and ``rows``; of ``table_schema``
            ``columns`` (``name``, ``type``, ``description``); of ``column_lineage`` ``columns`` (``name``,
            ``upstream``: ``asset``, ``column``); of ``code`` ``places`` (``file``, ``line``, ``url``, ``label``).
        is_cut: whether there is more of it than is told here.
    """

    label: str
    kind: Kind
    value: Any
    is_cut: bool = False


def metadata_shapes(metadata: Mapping[str, MetadataValue], chars_max: int = TEXT_CHARS_MAX) -> list[MetadataShape]:
    """Labelled facts as the API tells them, in their order."""
    return [metadata_shape(label, value, chars_max) for label, value in metadata.items()]


def metadata_shape(label: str, value: MetadataValue, chars_max: int = TEXT_CHARS_MAX) -> MetadataShape:
    """One labelled fact as the API tells it: secrets masked, by its label or by the names in it.

    Args:
        label: what it is of.
        value: the fact.
        chars_max: so much of a text is told; where that is less than usual, no pictures either.
    """
    kind, told = _told(value)
    told = masked_facts({label: told})[label]
    is_cut = isinstance(value, TableMetadataValue) and len(value.records) > ROWS_MAX
    if told == MASK:
        return MetadataShape(label=label, kind="text", value=MASK)
    if kind == "markdown" and isinstance(told, str):
        return MetadataShape(label=label, kind=kind, **_markdown(told, chars_max))
    if isinstance(told, str) and len(told) > chars_max:
        told, is_cut = told[:chars_max], True
    return MetadataShape(label=label, kind=kind, value=told, is_cut=is_cut)


def _told(value: MetadataValue) -> tuple[Kind, Any]:
    plain = _PLAIN.get(type(value))
    if plain is not None:
        return plain, _finite(value.value)
    match value:
        case DagsterAssetMetadataValue():
            return "asset", value.asset_key.to_escaped_user_string()
        case DagsterJobMetadataValue():
            return "job", {"name": value.job_name, "location": value.location_name}
        case TableMetadataValue():
            schema = value.schema
            columns = [each.name for each in schema.columns] if schema is not None else []
            rows = [{name: _cell(cell) for name, cell in each.data.items()} for each in value.records[:ROWS_MAX]]
            return "table", {"columns": columns, "rows": rows}
        case TableSchemaMetadataValue():
            return "table_schema", {"columns": _columns(value.schema)}
        case TableColumnLineageMetadataValue():
            deps = value.column_lineage.deps_by_column
            return "column_lineage", {
                "columns": [
                    {
                        "name": name,
                        "upstream": [
                            {
                                "asset": AssetKey.from_coercible(each.asset_key).to_escaped_user_string(),
                                "column": each.column_name,
                            }
                            for each in upstream
                        ],
                    }
                    for name, upstream in deps.items()
                ]
            }
        case PythonArtifactMetadataValue():
            return "python", f"{value.module}:{value.name}"
        case CodeReferencesMetadataValue():
            return "code", {"places": [_place(each) for each in value.code_references]}
    return "other", str(to_plain(value))


_PLAIN: dict[type[MetadataValue], Kind] = {
    TextMetadataValue: "text",
    UrlMetadataValue: "url",
    PathMetadataValue: "path",
    NotebookMetadataValue: "notebook",
    JsonMetadataValue: "json",
    MarkdownMetadataValue: "markdown",
    FloatMetadataValue: "float",
    IntMetadataValue: "int",
    BoolMetadataValue: "bool",
    TimestampMetadataValue: "timestamp",
    DagsterRunMetadataValue: "run",
    PoolMetadataValue: "pool",
    NullMetadataValue: "null",
}


_PICTURE = re.compile(r"!\[([^\]\n]{0,500})\]\((data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+)\)")


def _markdown(text: str, chars_max: int) -> dict[str, Any]:
    """Markdown with its pictures whole; of the text between them so much as of any other."""
    parts: list[str] = []
    pictures_left = PICTURE_CHARS_MAX if chars_max == TEXT_CHARS_MAX else 0
    left, is_cut, at = chars_max, False, 0
    for picture in _PICTURE.finditer(text):
        between, at = text[at : picture.start()], picture.end()
        shown = picture[0]
        if len(shown) > pictures_left:
            shown, is_cut = picture[1] or "picture", True
        else:
            pictures_left -= len(shown)
        if len(between) > left:
            return {"value": "".join([*parts, between[:left]]), "is_cut": True}
        parts += [between, shown]
        left -= len(between)
    rest = text[at:]
    return {"value": "".join([*parts, rest[:left]]), "is_cut": is_cut or len(rest) > left}


def _finite(value: Any) -> Any:
    """JSON has no words for endless numbers, and scripts lose the digits of long ones: both are told as text."""
    if isinstance(value, float) and value - value != 0:
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53:
        return str(value)
    return value


def _cell(value: Any) -> Any:
    return _finite(value) if isinstance(value, str | int | float | bool | None) else str(value)


def _columns(schema: TableSchema) -> list[dict[str, Any]]:
    return [{"name": each.name, "type": each.type, "description": each.description} for each in schema.columns]


def _place(place: Any) -> dict[str, Any]:
    if isinstance(place, LocalFileCodeReference):
        return {"file": place.file_path, "line": place.line_number, "url": None, "label": place.label}
    return {"file": None, "line": None, "url": place.url, "label": place.label}
