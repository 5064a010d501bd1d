"""Frames, and plain values, as JSON files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any, Literal

from upath import UPath

from watchbell.declare.io.io_context import InputContext, OutputContext
from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.io.file_io_manager import FrameFiles, packed, whole_file
from watchbell.io.frames import Frames, annotated_kinds, library_of


class JsonIOManager(FrameFiles):
    """Stores each frame of pandas, polars or pyarrow as a JSON file, a list of one object a row; other values as JSON.

    An input whose annotation, or whose upstream's, is a frame gets one; any other gets what JSON says: dicts, lists,
    text, numbers. Times are written as ISO text and read as text.

    Args:
        base_dir: the folder: a path, or a URL such as ``s3://bucket/tables`` (its fsspec library must be installed).
        fs_options: what fsspec is told to open the file system: credentials, endpoints.
        frame: not used: an input without an annotation gets plain values.
        compression: ``"gzip"`` (files end in ``.gz``) or ``"none"``.
        lines: whether frames are written with one object a line (``.jsonl``) instead of one list.

    Example:
        >>> files = JsonIOManager(base_dir="memory://answers")
        >>> files.handle_output(build_output_context(asset_key="counts"), {"orders": 3})
        >>> files.load_input(build_input_context(asset_key="counts"))
        {'orders': 3}
    """

    compression: Literal["gzip", "none"] = "none"
    lines: bool = False

    @property
    def extension(self) -> str:  # type: ignore[override] # by lines and compression
        """``.json`` or ``.jsonl``, and ``.gz`` if compressed."""
        return (".jsonl" if self.lines else ".json") + ("" if self.compression == "none" else ".gz")

    def stored_form(self, value: Any) -> Any:
        """The value as it is written: a lazy frame computed."""
        return value if library_of(type(value)) is None else super().stored_form(value)

    def dump_to_path(self, context: OutputContext, obj: Any, path: UPath) -> None:
        """Writes the frame or value to its file.

        Raises:
            DagsterInvariantViolationError: JSON cannot write the value.
        """
        if library_of(type(obj)) is not None:
            super().dump_to_path(context, obj, path)
            return
        try:
            rows = obj if self.lines and isinstance(obj, list) else [obj]
            text = "".join(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in rows)
        except (TypeError, ValueError) as error:
            raise DagsterInvariantViolationError(
                f"the value ({type(obj).__name__}) cannot be written as JSON: {error}; return dicts, lists, text, "
                "numbers or a frame, or give the output another IO manager by io_manager_key="
            ) from error
        with whole_file(path) as file, packed(file, self.compression, "wb") as inner:
            inner.write(text.encode())

    def load_from_path(self, context: InputContext, path: UPath) -> Any:
        """Reads the frame or value from its file."""
        if any(library_of(kind) is not None for kind in annotated_kinds(context)):
            return super().load_from_path(context, path)
        with path.open("rb") as file, packed(file, self.compression, "rb") as inner:
            content = inner.read()
        if self.lines:
            return [json.loads(line) for line in content.splitlines()]
        return json.loads(content)

    def get_metadata(self, context: OutputContext, obj: Any) -> Mapping[str, Any]:
        """Rows and columns of a frame; nothing of other values."""
        return {} if library_of(type(obj)) is None else super().get_metadata(context, obj)

    def write(self, frames: Frames, frame: Any, file: IO[bytes]) -> None:
        """Writes a frame to an open file."""
        with packed(file, self.compression, "wb") as inner:
            frames.write_json(frame, inner, self.lines)

    def read(self, frames: Frames, file: IO[bytes], context: InputContext) -> Any:
        """Reads a frame from an open file."""
        with packed(file, self.compression, "rb") as inner:
            return frames.read_json(inner, self.lines)
