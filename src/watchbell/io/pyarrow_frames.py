"""Frames of pyarrow: tables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import IO, Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet

from watchbell.record.table import TableColumn, TableColumnConstraints, TableSchema


class PyarrowFrames:
    """What pyarrow does with frames."""

    def row_count(self, frame: Any) -> int:
        """Rows of a frame."""
        return int(frame.num_rows)

    def schema(self, frame: Any) -> TableSchema:
        """Names and types of a frame's columns."""
        return TableSchema(
            [
                TableColumn(each.name, str(each.type), constraints=TableColumnConstraints(nullable=each.nullable))
                for each in frame.schema
            ]
        )

    def whole(self, frame: Any) -> Any:
        """The table; a stream read to its end."""
        return frame.read_all() if isinstance(frame, pa.RecordBatchReader) else frame

    def as_asked(self, frame: Any, annotation: Any) -> Any:
        """The table; a stream of it if a ``RecordBatchReader`` is asked for."""
        stream = isinstance(annotation, type) and issubclass(annotation, pa.RecordBatchReader)
        return frame.to_reader() if stream else frame

    def together(self, frames: Sequence[Any]) -> Any:
        """One table of the rows of several; columns that one lacks are null there."""
        return pa.concat_tables(list(frames), promote_options="permissive")

    def to_arrow(self, frame: Any) -> Any:
        """The table itself."""
        return frame

    def from_arrow(self, table: Any) -> Any:
        """The table itself."""
        return table

    def write_parquet(self, frame: Any, file: IO[bytes], compression: str) -> None:
        """Writes a table as Parquet."""
        pa_parquet.write_table(frame, file, compression=compression)

    def read_parquet(self, file: IO[bytes], columns: Sequence[str] | None) -> Any:
        """Reads a table from Parquet."""
        return pa_parquet.read_table(file, columns=None if columns is None else list(columns))

    def write_csv(self, frame: Any, file: IO[bytes]) -> None:
        """Writes a table as CSV."""
        pa_csv.write_csv(frame, file)

    def read_csv(self, file: IO[bytes]) -> Any:
        """Reads a table from CSV; dates and times are recognised."""
        return pa_csv.read_csv(file)

    def write_json(self, frame: Any, file: IO[bytes], lines: bool) -> None:
        """Writes a table as JSON; times as ISO text."""
        rows = frame.to_pylist()
        if lines:
            for row in rows:
                file.write(json.dumps(row, default=_as_text).encode() + b"\n")
        else:
            file.write(json.dumps(rows, default=_as_text).encode())

    def read_json(self, file: IO[bytes], lines: bool) -> Any:
        """Reads a table from JSON; text stays text."""
        content = file.read()
        rows = [json.loads(line) for line in content.splitlines() if line.strip()] if lines else json.loads(content)
        return pa.Table.from_pylist(rows)


def _as_text(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


FRAMES = PyarrowFrames()
