"""Metadata: labelled facts that users attach to what they make."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any, TypeAlias

from watchbell.ground.errors import DagsterError, ParameterCheckError
from watchbell.ground.shown import shown
from watchbell.ground.value import dataclass
from watchbell.ground.wire import wired
from watchbell.record.keys import AssetKey
from watchbell.record.maker import Maker
from watchbell.record.table import TableColumnLineage, TableRecord, TableSchema, checked_kind

# Inside MetadataValue the names int, float and bool are its static methods.
_Int: TypeAlias = int
_Float: TypeAlias = float
_Bool: TypeAlias = bool


class DagsterInvalidMetadata(DagsterError):
    """A metadata value of a kind that cannot be stored."""


class MetadataValue:
    """A typed metadata value; its static methods make one of each kind.

    Example:
        >>> MetadataValue.md("**12** rows").value
        '**12** rows'
    """

    @property
    def value(self) -> Any:
        """The plain value."""
        raise DagsterInvalidMetadata(f"{type(self).__name__} has no value")

    # The old spelling of an entry's data, which the specification's asset sensors read.
    @property
    def int_value(self) -> _Int | None:
        """The number, if this is an integer value."""
        return self.value if isinstance(self, IntMetadataValue) else None

    @property
    def float_value(self) -> _Float | None:
        """The number, if this is a float value."""
        return self.value if isinstance(self, FloatMetadataValue) else None

    @Maker
    def text(text: str) -> TextMetadataValue:  # noqa: N805 - a function of the class
        """Plain text."""
        return TextMetadataValue(text)

    @staticmethod
    def url(url: str) -> UrlMetadataValue:
        """An address, shown as a link (http, https and mailto only)."""
        return UrlMetadataValue(url)

    @staticmethod
    def path(path: str | os.PathLike[str]) -> PathMetadataValue:
        """A path in a file system."""
        return PathMetadataValue(path)  # type: ignore[arg-type]  # made text there

    @staticmethod
    def notebook(path: str | os.PathLike[str]) -> NotebookMetadataValue:
        """The path of a notebook."""
        return NotebookMetadataValue(path)  # type: ignore[arg-type]  # made text there

    @staticmethod
    def json(data: Mapping[str, Any] | Sequence[Any] | None) -> JsonMetadataValue:
        """Anything JSON can write."""
        return JsonMetadataValue(data)

    @staticmethod
    def md(data: str) -> MarkdownMetadataValue:
        """Text in Markdown."""
        return MarkdownMetadataValue(data)

    @staticmethod
    def float(value: _Float) -> FloatMetadataValue:
        """A number with a fraction."""
        return FloatMetadataValue(value)

    @staticmethod
    def int(value: _Int) -> IntMetadataValue:
        """A whole number."""
        return IntMetadataValue(value)

    @staticmethod
    def bool(value: _Bool) -> BoolMetadataValue:
        """True or false."""
        return BoolMetadataValue(value)

    @staticmethod
    def timestamp(value: datetime | _Float) -> TimestampMetadataValue:
        """An instant: an aware datetime, or seconds since the epoch.

        Raises:
            ParameterCheckError: a datetime without a zone, or something else.
        """
        if isinstance(value, datetime) and value.tzinfo is None:
            why = f"got {value.isoformat()}, which does not say in which zone; give it one, e.g. value.astimezone()"
            raise ParameterCheckError(f"MetadataValue.timestamp {why}", parameter="value", value=value)
        seconds = value.timestamp() if isinstance(value, datetime) else checked_kind(value, (_Int, _Float), "value")
        return TimestampMetadataValue(float(seconds))

    @staticmethod
    def asset(asset_key: AssetKey) -> DagsterAssetMetadataValue:
        """A link to an asset."""
        return DagsterAssetMetadataValue(asset_key)

    @staticmethod
    def dagster_run(run_id: str) -> DagsterRunMetadataValue:
        """A link to a run."""
        return DagsterRunMetadataValue(run_id)

    @staticmethod
    def job(
        job_name: str, location_name: str | None = None, *, repository_name: str | None = None
    ) -> DagsterJobMetadataValue:
        """A link to a job."""
        return DagsterJobMetadataValue(job_name, location_name, repository_name)

    @staticmethod
    def pool(pool: str) -> PoolMetadataValue:
        """A link to a pool."""
        return PoolMetadataValue(pool)

    @staticmethod
    def table(records: Sequence[TableRecord], schema: TableSchema | None = None) -> TableMetadataValue:
        """A few rows of a table; without a schema the first row shows it.

        Raises:
            ParameterCheckError: a row is no TableRecord, or without a schema there is no row to show it.
        """
        return TableMetadataValue(records, schema)

    @staticmethod
    def table_schema(schema: TableSchema) -> TableSchemaMetadataValue:
        """The columns of a table."""
        return TableSchemaMetadataValue(schema)

    @staticmethod
    def column_lineage(lineage: TableColumnLineage) -> TableColumnLineageMetadataValue:
        """Which columns a table's columns were made from."""
        return TableColumnLineageMetadataValue(lineage)

    @staticmethod
    def python_artifact(python_artifact: Callable[..., Any]) -> PythonArtifactMetadataValue:
        """A function or class, by its module and name."""
        return PythonArtifactMetadataValue(python_artifact.__module__, python_artifact.__qualname__)

    @staticmethod
    def null() -> NullMetadataValue:
        """Nothing."""
        return NullMetadataValue()


@wired("md.text")
@dataclass(frozen=True)
class TextMetadataValue(MetadataValue):
    """Plain text."""

    text: str = ""  # type: ignore[assignment]  # a field of this kind, a maker on the class above

    def __post_init__(self) -> None:
        checked_kind(self.text, str, "text")

    @property
    def value(self) -> str:
        """The text."""
        return self.text


@wired("md.url")
@dataclass(frozen=True)
class UrlMetadataValue(MetadataValue):
    """An address."""

    url: str = ""  # type: ignore[assignment]  # a field of this kind, a maker on the class above

    def __post_init__(self) -> None:
        checked_kind(self.url, str, "url")

    @property
    def value(self) -> str:
        """The address."""
        return self.url


@dataclass(frozen=True)
class _FileMetadataValue(MetadataValue):
    """A path of some kind."""

    path: str = ""  # type: ignore[assignment]  # a field of this kind, a maker on the class above

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", os.fspath(checked_kind(self.path, (str, os.PathLike), "path")))

    @property
    def fspath(self) -> str:
        """The path."""
        return self.path

    value = fspath


@wired("md.path")
@dataclass(frozen=True)
class PathMetadataValue(_FileMetadataValue):
    """A path in a file system."""


@wired("md.notebook")
@dataclass(frozen=True)
class NotebookMetadataValue(_FileMetadataValue):
    """The path of a notebook."""


@wired("md.json")
@dataclass(frozen=True)
class JsonMetadataValue(MetadataValue):
    """Anything JSON can write; kept as JSON reads it back: keys are text, tuples are lists.

    Raises:
        DagsterInvalidMetadata: it holds something that JSON cannot write.
    """

    data: Any = None

    def __post_init__(self) -> None:
        # Refused here, where the user's own code is at work, rather than when the event is stored.
        try:
            object.__setattr__(self, "data", json.loads(json.dumps(self.data)))
        except (TypeError, ValueError, RecursionError) as error:
            raise DagsterInvalidMetadata(f"JSON metadata cannot be written as JSON: {error}") from error

    @property
    def value(self) -> Any:
        """The data."""
        return self.data


@wired("md.md")
@dataclass(frozen=True)
class MarkdownMetadataValue(MetadataValue):
    """Text in Markdown."""

    md_str: str = ""

    def __post_init__(self) -> None:
        checked_kind(self.md_str, str, "md_str")

    @property
    def value(self) -> str:
        """The Markdown source."""
        return self.md_str


@wired("md.float")
@dataclass(frozen=True)
class FloatMetadataValue(MetadataValue):
    """A number with a fraction."""

    value: float | None = None

    def __post_init__(self) -> None:
        if checked_kind(self.value, (int, float, type(None)), "value") is not None:
            object.__setattr__(self, "value", float(self.value))  # type: ignore[arg-type]  # just asked


@wired("md.int")
@dataclass(frozen=True)
class IntMetadataValue(MetadataValue):
    """A whole number."""

    value: int | None = None

    def __post_init__(self) -> None:
        checked_kind(self.value, (int, type(None)), "value")


@wired("md.bool")
@dataclass(frozen=True)
class BoolMetadataValue(MetadataValue):
    """True or false."""

    value: bool | None = None

    def __post_init__(self) -> None:
        checked_kind(self.value, (bool, type(None)), "value")


@wired("md.timestamp")
@dataclass(frozen=True)
class TimestampMetadataValue(MetadataValue):
    """An instant, in seconds since the epoch."""

    value: float = 0.0


@wired("md.asset")
@dataclass(frozen=True)
class DagsterAssetMetadataValue(MetadataValue):
    """A link to an asset."""

    asset_key: AssetKey

    @property
    def value(self) -> AssetKey:
        """The asset's key."""
        return self.asset_key


@wired("md.run")
@dataclass(frozen=True)
class DagsterRunMetadataValue(MetadataValue):
    """A link to a run."""

    run_id: str

    @property
    def value(self) -> str:
        """The run's id."""
        return self.run_id


@wired("md.job")
@dataclass(frozen=True)
class DagsterJobMetadataValue(MetadataValue):
    """A link to a job."""

    job_name: str
    location_name: str | None = None
    repository_name: str | None = None

    @property
    def value(self) -> DagsterJobMetadataValue:
        """This object itself: which job of which location."""
        return self


@wired("md.pool")
@dataclass(frozen=True)
class PoolMetadataValue(MetadataValue):
    """A link to a pool.

    Args:
        pool: the pool's name.
    """

    pool: str = ""  # type: ignore[assignment]  # a field of this kind, a maker on the class above

    @property
    def value(self) -> str:
        """The pool's name."""
        return self.pool


@wired("md.null")
@dataclass(frozen=True)
class NullMetadataValue(MetadataValue):
    """Nothing."""

    @property
    def value(self) -> None:
        """None."""
        return None


@wired("md.table")
@dataclass(frozen=True)
class TableMetadataValue(MetadataValue):
    """A few rows of a table, and its columns."""

    records: Sequence[TableRecord] = ()
    schema: TableSchema | None = None

    def __post_init__(self) -> None:
        for each in self.records:
            if not isinstance(each, TableRecord):
                raise ParameterCheckError(
                    f"rows of table metadata are TableRecords; {each!r} is not: write TableRecord({{...}})",
                    parameter="records",
                    value=each,
                )
        object.__setattr__(self, "records", list(self.records))
        if self.schema is None:
            object.__setattr__(self, "schema", TableSchema.of_records(self.records))

    @property
    def value(self) -> TableMetadataValue:
        """This object itself: rows and columns."""
        return self


@wired("md.table_schema")
@dataclass(frozen=True)
class TableSchemaMetadataValue(MetadataValue):
    """The columns of a table."""

    schema: TableSchema

    @property
    def value(self) -> TableSchema:
        """The schema."""
        return self.schema


@wired("md.column_lineage")
@dataclass(frozen=True)
class TableColumnLineageMetadataValue(MetadataValue):
    """Which columns a table's columns were made from."""

    column_lineage: TableColumnLineage = field(default_factory=TableColumnLineage)  # type: ignore[assignment]

    @property
    def value(self) -> TableColumnLineage:
        """The lineage."""
        return self.column_lineage


@wired("md.python")
@dataclass(frozen=True)
class PythonArtifactMetadataValue(MetadataValue):
    """A function or class, by its module and name."""

    module: str
    name: str

    @property
    def value(self) -> PythonArtifactMetadataValue:
        """This object itself: module and name."""
        return self


RawMetadataValue = Any
RawMetadataMapping = Mapping[str, RawMetadataValue]


def normalize_metadata_value(raw: RawMetadataValue) -> MetadataValue:
    """The metadata value that a plain Python value stands for.

    Raises:
        DagsterInvalidMetadata: no kind of value fits it.
    """
    match raw:
        case MetadataValue():
            return raw
        case bool():
            return BoolMetadataValue(raw)
        case str():
            return TextMetadataValue(raw)
        case int():
            return IntMetadataValue(raw)
        case float():
            return FloatMetadataValue(raw)
        case dict() | list():
            return JsonMetadataValue(raw)
        case os.PathLike():
            return MetadataValue.path(raw)
        case AssetKey():
            return DagsterAssetMetadataValue(raw)
        case datetime():
            return MetadataValue.timestamp(raw)
        case None:
            return NullMetadataValue()
        case TableSchema():
            return TableSchemaMetadataValue(raw)
        case TableColumnLineage():
            return TableColumnLineageMetadataValue(raw)
    raise DagsterInvalidMetadata(
        f"a value of type {type(raw).__name__} cannot be metadata; give text, a number, a dict, a list, a path, "
        "an AssetKey, a datetime, None, or one made by MetadataValue"
    )


def normalize_metadata(metadata: RawMetadataMapping | None) -> dict[str, MetadataValue]:
    """``metadata`` with every value typed.

    Raises:
        ParameterCheckError: it is no mapping.
        DagsterInvalidMetadata: a key is no text, or no kind of value fits; names the key.
    """
    if metadata is not None and not isinstance(metadata, Mapping):
        raise ParameterCheckError(f"metadata is a mapping, not {shown(metadata)}", parameter="metadata", value=metadata)
    normal = {}
    for key, raw in (metadata or {}).items():
        if not isinstance(key, str):
            raise DagsterInvalidMetadata(f"metadata keys are text; {key!r} is not")
        try:
            normal[key] = normalize_metadata_value(raw)
        except DagsterInvalidMetadata as error:
            raise DagsterInvalidMetadata(f"metadata {key!r}: {error}") from None
    return normal
