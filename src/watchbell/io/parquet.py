"""Frames as Parquet files."""

from __future__ import annotations

from typing import IO, Any, Literal

from watchbell.declare.io.io_context import InputContext
from watchbell.io.file_io_manager import FrameFiles
from watchbell.io.frames import Frames, columns_asked_for


class ParquetIOManager(FrameFiles):
    """Stores each frame of pandas, polars or pyarrow as a Parquet file; an asset's is its key below ``base_dir``.

    What is stored follows from the value, what is loaded from the input's annotation (``pd.DataFrame``,
    ``pl.DataFrame``, ``pl.LazyFrame``, ``pa.Table``). Rows and columns become metadata of the materialization. An input
    may take some columns only: ``AssetIn(metadata={"columns": ["id"]})``.

    Args:
        base_dir: the folder: a path, or a URL such as ``s3://bucket/tables`` (its fsspec library must be installed).
        fs_options: what fsspec is told to open the file system: credentials, endpoints.
        frame: library of the frames that inputs without an annotation get.
        compression: of the columns: ``"zstd"``, ``"snappy"``, ``"gzip"``, ``"brotli"``, ``"lz4"`` or ``"none"``.

    Example:
        >>> import pandas as pd
        >>> parquet = ParquetIOManager(base_dir="memory://tables")
        >>> parquet.handle_output(build_output_context(asset_key="orders"), pd.DataFrame({"id": [1, 2]}))
        >>> len(parquet.load_input(build_input_context(asset_key="orders")))
        2
    """

    compression: Literal["zstd", "snappy", "gzip", "brotli", "lz4", "none"] = "zstd"

    @property
    def extension(self) -> str:  # type: ignore[override] # the same for all
        """``.parquet``."""
        return ".parquet"

    def write(self, frames: Frames, frame: Any, file: IO[bytes]) -> None:
        """Writes a frame to an open file."""
        frames.write_parquet(frame, file, self.compression)

    def read(self, frames: Frames, file: IO[bytes], context: InputContext) -> Any:
        """Reads a frame from an open file."""
        return frames.read_parquet(file, columns_asked_for(context))
