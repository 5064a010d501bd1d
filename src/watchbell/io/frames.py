"""Frames: tables in memory, of pandas, polars or pyarrow. Which library a value or an annotation belongs to.

No library is loaded to find that out: a value's class says which module it comes from, and only that library's file
here (``pandas_frames.py``, ``polars_frames.py``, ``pyarrow_frames.py``) is loaded then.
"""

from __future__ import annotations

import importlib
import types
import typing
from collections.abc import Mapping, Sequence
from typing import IO, Any, Literal, Protocol

from watchbell.declare.io.io_context import InputContext
from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.record.table import TableSchema

Library = Literal["pandas", "polars", "pyarrow"]
LIBRARIES: tuple[Library, ...] = typing.get_args(Library)
_UNIONS = (typing.Union, types.UnionType)
_CLASSES = {"pandas": {"DataFrame"}, "polars": {"DataFrame", "LazyFrame"}, "pyarrow": {"Table", "RecordBatchReader"}}


class Frames(Protocol):
    """What one library does with frames."""

    def row_count(self, frame: Any) -> int:
        """Rows of a frame."""

    def schema(self, frame: Any) -> TableSchema:
        """Names and types of a frame's columns."""

    def whole(self, frame: Any) -> Any:
        """The frame with its values there: a lazy one is computed, a stream read to its end."""

    def as_asked(self, frame: Any, annotation: Any) -> Any:
        """The frame as the class that an annotation asks for."""

    def together(self, frames: Sequence[Any]) -> Any:
        """One frame of the rows of several."""

    def to_arrow(self, frame: Any) -> Any:
        """The frame as a ``pyarrow.Table``, without an index."""

    def from_arrow(self, table: Any) -> Any:
        """A frame from a ``pyarrow.Table``."""

    def write_parquet(self, frame: Any, file: IO[bytes], compression: str) -> None:
        """Writes a frame as Parquet."""

    def read_parquet(self, file: IO[bytes], columns: Sequence[str] | None) -> Any:
        """Reads a frame from Parquet; None: all columns."""

    def write_csv(self, frame: Any, file: IO[bytes]) -> None:
        """Writes a frame as CSV with a line of names."""

    def read_csv(self, file: IO[bytes]) -> Any:
        """Reads a frame from CSV with a line of names."""

    def write_json(self, frame: Any, file: IO[bytes], lines: bool) -> None:
        """Writes a frame as JSON: a list of objects, or one object a line."""

    def read_json(self, file: IO[bytes], lines: bool) -> Any:
        """Reads a frame from JSON."""


def library_of(kind: Any) -> Library | None:
    """The library whose frame a class is, or is derived from; None for any other class, and for what is no class."""
    for each in getattr(kind, "__mro__", ()):
        library = each.__module__.partition(".")[0]
        if library in _CLASSES and each.__name__ in _CLASSES[library]:
            found: Library = library
            return found
    return None


def frames_of(library: Library) -> Frames:
    """What a library does with frames; the library is loaded.

    Raises:
        ModuleNotFoundError: it is not installed.
    """
    try:
        module = importlib.import_module(f"watchbell.io.{library}_frames")
    except ModuleNotFoundError as missing:
        raise ModuleNotFoundError(
            f"frames of {library} need {missing.name}, which is not installed; install it with: "
            f"pip install 'watchbell[{library}]'",
            name=missing.name,
        ) from missing
    frames: Frames = module.FRAMES
    return frames


def frames_of_value(value: Any, who: str) -> Frames:
    """What the library of a frame does.

    Raises:
        DagsterInvariantViolationError: ``value`` is no frame.
    """
    library = library_of(type(value))
    if library is None:
        raise DagsterInvariantViolationError(
            f"{who} stores frames of {', '.join(LIBRARIES)}, and was given a {type(value).__name__}; return a frame, "
            "or give the output another IO manager by io_manager_key="
        )
    return frames_of(library)


def asked_for(context: InputContext, default: Library) -> tuple[Frames, Any]:
    """What loads an input: the library of its annotation, of the annotation upstream, or the default one.

    Returns:
        The library's frames, and the annotation; None where the input has none of a frame.
    """
    for kind in annotated_kinds(context):
        library = library_of(kind)
        if library is not None:
            return frames_of(library), kind
    return frames_of(default), None


def annotated_kinds(context: InputContext) -> list[Any]:
    """The classes that the input's annotation names, then those of the upstream's; of ``T | None`` the ``T``."""
    upstream = context.upstream_output
    kinds = [context.dagster_type.typing_type, None if upstream is None else upstream.dagster_type.typing_type]
    return [each for kind in kinds for each in (typing.get_args(kind) or (kind,))]


def wants_one_frame(context: InputContext) -> bool:
    """Whether the input's annotation is a frame, or a frame or None; not so of a dict of frames."""
    annotation = context.dagster_type.typing_type
    choices = typing.get_args(annotation) if typing.get_origin(annotation) in _UNIONS else (annotation,)
    return any(library_of(each) is not None for each in choices)


def facts_of(frames: Frames, frame: Any) -> Mapping[str, Any]:
    """What is said of a frame that was stored: rows and columns, under the labels that pages know."""
    return {
        "dagster/row_count": frames.row_count(frame),
        "dagster/column_schema": frames.schema(frame),
    }


def columns_asked_for(context: InputContext) -> list[str] | None:
    """The columns that the input's metadata names (``metadata={"columns": [...]}``); None: all."""
    columns = context.definition_metadata.get("columns")
    columns = getattr(columns, "value", columns)
    if columns is None:
        return None
    names = [columns] if isinstance(columns, str) else columns
    if not isinstance(names, Sequence) or not all(isinstance(each, str) for each in names):
        raise DagsterInvariantViolationError(
            f'the metadata "columns" of input {context.name!r} is a list of names, not {columns!r}'
        )
    return list(names)
