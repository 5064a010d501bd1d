"""Frames of polars, lazy ones too."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import IO, Any

import polars as pl

from watchbell.record.table import TableColumn, TableSchema


class PolarsFrames:
    """What polars does with frames."""

    def row_count(self, frame: Any) -> int:
        """Rows of a frame."""
        return int(frame.height)

    def schema(self, frame: Any) -> TableSchema:
        """Names and types of a frame's columns."""
        return TableSchema([TableColumn(name, str(kind)) for name, kind in frame.schema.items()])

    def whole(self, frame: Any) -> Any:
        """The frame; a lazy one computed."""
        return frame.collect() if isinstance(frame, pl.LazyFrame) else frame

    def as_asked(self, frame: Any, annotation: Any) -> Any:
        """The frame; lazy if a ``LazyFrame`` is asked for."""
        lazy = isinstance(annotation, type) and issubclass(annotation, pl.LazyFrame)
        return frame.lazy() if lazy else frame

    def together(self, frames: Sequence[Any]) -> Any:
        """One frame of the rows of several; columns that one lacks are null there."""
        return pl.concat(list(frames), how="diagonal_relaxed")

    def to_arrow(self, frame: Any) -> Any:
        """The frame as a ``pyarrow.Table``."""
        return frame.to_arrow()

    def from_arrow(self, table: Any) -> Any:
        """A frame from a ``pyarrow.Table``."""
        return pl.from_arrow(table)

    def write_parquet(self, frame: Any, file: IO[bytes], compression: str) -> None:
        """Writes a frame as Parquet."""
        frame.write_parquet(file, compression="uncompressed" if compression == "none" else compression)

    def read_parquet(self, file: IO[bytes], columns: Sequence[str] | None) -> Any:
        """Reads a frame from Parquet."""
        return pl.read_parquet(io.BytesIO(file.read()), columns=None if columns is None else list(columns))

    def write_csv(self, frame: Any, file: IO[bytes]) -> None:
        """Writes a frame as CSV."""
        frame.write_csv(file)

    def read_csv(self, file: IO[bytes]) -> Any:
        """Reads a frame from CSV; dates and times are recognised, and types found by looking at every row."""
        return pl.read_csv(io.BytesIO(file.read()), try_parse_dates=True, infer_schema_length=None)

    def write_json(self, frame: Any, file: IO[bytes], lines: bool) -> None:
        """Writes a frame as JSON; times as ISO text."""
        write = frame.write_ndjson if lines else frame.write_json
        write(file)

    def read_json(self, file: IO[bytes], lines: bool) -> Any:
        """Reads a frame from JSON; text stays text."""
        read = pl.read_ndjson if lines else pl.read_json
        return read(io.BytesIO(file.read()), infer_schema_length=None)


FRAMES = PolarsFrames()
