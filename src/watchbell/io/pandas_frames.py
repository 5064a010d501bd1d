"""Frames of pandas."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import IO, Any

import pandas as pd
import pyarrow as pa

from watchbell.io.pyarrow_frames import FRAMES as TABLES
from watchbell.record.table import TableColumn, TableSchema


class PandasFrames:
    """What pandas does with frames."""

    def row_count(self, frame: Any) -> int:
        """Rows of a frame."""
        return len(frame)

    def schema(self, frame: Any) -> TableSchema:
        """Names and types of a frame's columns."""
        return TableSchema([TableColumn(str(name), str(kind)) for name, kind in frame.dtypes.items()])

    def whole(self, frame: Any) -> Any:
        """The frame itself."""
        return frame

    def as_asked(self, frame: Any, annotation: Any) -> Any:
        """The frame itself."""
        return frame

    def together(self, frames: Sequence[Any]) -> Any:
        """One frame of the rows of several; columns that one lacks are empty there. Plain numbers as index go on."""
        plain = all(isinstance(frame.index, pd.RangeIndex) for frame in frames)
        return pd.concat(list(frames), ignore_index=plain)

    def to_arrow(self, frame: Any) -> Any:
        """The frame as a ``pyarrow.Table``, without an index."""
        return pa.Table.from_pandas(frame, preserve_index=False)

    def from_arrow(self, table: Any) -> Any:
        """A frame from a ``pyarrow.Table``."""
        return table.to_pandas()

    def write_parquet(self, frame: Any, file: IO[bytes], compression: str) -> None:
        """Writes a frame as Parquet, its index too."""
        frame.to_parquet(file, engine="pyarrow", compression=None if compression == "none" else compression)

    def read_parquet(self, file: IO[bytes], columns: Sequence[str] | None) -> Any:
        """Reads a frame from Parquet."""
        return pd.read_parquet(file, engine="pyarrow", columns=None if columns is None else list(columns))

    def write_csv(self, frame: Any, file: IO[bytes]) -> None:
        """Writes a frame as CSV, without its index."""
        frame.to_csv(file, index=False)

    def read_csv(self, file: IO[bytes]) -> Any:
        """Reads a frame from CSV."""
        return pd.read_csv(file)

    def write_json(self, frame: Any, file: IO[bytes], lines: bool) -> None:
        """Writes a frame as JSON, without its index; times as ISO text."""
        # Not `to_json`, which rounds numbers and writes times of its own kind.
        TABLES.write_json(self.to_arrow(frame), file, lines)

    def read_json(self, file: IO[bytes], lines: bool) -> Any:
        """Reads a frame from JSON; text stays text."""
        content = file.read()
        rows = [json.loads(line) for line in content.splitlines() if line.strip()] if lines else json.loads(content)
        return pd.DataFrame(rows)


FRAMES = PandasFrames()
