"""Frames as CSV files."""

from __future__ import annotations

from typing import IO, Any, Literal

from watchbell.declare.io.io_context import InputContext
from watchbell.io.file_io_manager import FrameFiles, packed
from watchbell.io.frames import Frames


class CsvIOManager(FrameFiles):
    """Stores each frame of pandas, polars or pyarrow as a CSV file with a line of names.

    CSV knows text only: types are guessed when a file is read, empty text is read as missing, and an index of pandas is
    left out. Where a frame has to come back as it was, use Parquet.

    Args:
        base_dir: the folder: a path, or a URL such as ``s3://bucket/tables`` (its fsspec library must be installed).
        fs_options: what fsspec is told to open the file system: credentials, endpoints.
        frame: library of the frames that inputs without an annotation get.
        compression: ``"gzip"`` (files end in ``.csv.gz``) or ``"none"``.

    Example:
        >>> import pandas as pd
        >>> csv = CsvIOManager(base_dir="memory://lists")
        >>> csv.handle_output(build_output_context(asset_key="orders"), pd.DataFrame({"id": [1, 2]}))
        >>> list(csv.load_input(build_input_context(asset_key="orders"))["id"])
        [1, 2]
    """

    compression: Literal["gzip", "none"] = "none"

    @property
    def extension(self) -> str:  # type: ignore[override] # by compression
        """``.csv`` or ``.csv.gz``."""
        return ".csv" if self.compression == "none" else ".csv.gz"

    def write(self, frames: Frames, frame: Any, file: IO[bytes]) -> None:
        """Writes a frame to an open file."""
        with packed(file, self.compression, "wb") as inner:
            frames.write_csv(frame, inner)

    def read(self, frames: Frames, file: IO[bytes], context: InputContext) -> Any:
        """Reads a frame from an open file."""
        with packed(file, self.compression, "rb") as inner:
            return frames.read_csv(inner)
