"""What the IO managers of Parquet, CSV and JSON files share: where files lie, and that each is whole or not there."""

from __future__ import annotations

import gzip
import os
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any, Literal, cast

from watchbell.declare.configurable_resource import ConfigurableIOManager
from watchbell.declare.io.io_context import InputContext, OutputContext
from watchbell.declare.io.upath_io_manager import UPathIOManager
from watchbell.io.frames import Frames, asked_for, facts_of, frames_of_value, wants_one_frame

try:
    from upath import UPath
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        f"files of frames need {missing.name}, which is not installed: pip install 'watchbell[pandas]', or "
        "'watchbell[polars]', 'watchbell[pyarrow]', 'watchbell[upath]'",
        name=missing.name,
    ) from missing

_LOCAL = {"", "file", "local"}


class FrameFiles(ConfigurableIOManager, UPathIOManager):
    """An IO manager that stores each frame as a file.

    Args:
        base_dir: the folder: a path, or a URL such as ``s3://bucket/tables`` (its fsspec library must be installed).
        fs_options: what fsspec is told to open the file system: credentials, endpoints.
        frame: library of the frames that inputs without an annotation get.
    """

    base_dir: str
    fs_options: dict[str, Any] = {}
    frame: Literal["pandas", "polars", "pyarrow"] = "pandas"

    @property
    def _base_path(self) -> UPath:  # type: ignore[override] # the parent sets it, here config says it
        folder: UPath = UPath(self.base_dir, **self.fs_options)
        return folder

    @abstractmethod
    def write(self, frames: Frames, frame: Any, file: IO[bytes]) -> None:
        """Writes a frame to an open file."""

    @abstractmethod
    def read(self, frames: Frames, file: IO[bytes], context: InputContext) -> Any:
        """Reads a frame from an open file."""

    def handle_output(self, context: OutputContext, obj: Any) -> None:
        """Writes the frame to its file, replacing an older one at once.

        In a run for several partitions the value is a mapping of partition keys to frames, a file each.
        """
        if context.dagster_type.is_nothing or (context.has_asset_partitions and isinstance(obj, Mapping)):
            super().handle_output(context, obj)
        else:
            super().handle_output(context, self.stored_form(obj))

    def load_input(self, context: InputContext) -> Any:
        """Reads the frame from its file; of several partitions one frame of all their rows where the annotation is a
        frame, else a dict of frames by partition key; of none None.

        Raises:
            FileNotFoundError: there is none.
        """
        if not context.has_asset_partitions or len(context.asset_partition_keys) < 2 or not wants_one_frame(context):
            return super().load_input(context)
        frames, annotation = asked_for(context, self.frame)
        read = []
        for key, path in self._get_paths_for_partitions(context).items():
            with self._unless_missing(context, key):
                read.append(self._read_from(frames, path, context))
        if not read:
            keys = context.asset_partition_keys
            raise FileNotFoundError(
                f"none of the {len(keys)} partitions of {context.asset_key.to_user_string()!r} that are asked for "
                f"({keys[0]!r} to {keys[-1]!r}) is stored, so there is no frame; materialize one first"
            )
        return frames.as_asked(frames.together(read), annotation)

    def _read_from(self, frames: Frames, path: UPath, context: InputContext) -> Any:
        with path.open("rb") as file:
            return self.read(frames, file, context)

    def stored_form(self, value: Any) -> Any:
        """The value as it is written: a lazy frame computed."""
        return frames_of_value(value, type(self).__name__).whole(value)

    def dump_to_path(self, context: OutputContext, obj: Any, path: UPath) -> None:
        """Writes the frame to its file."""
        frame = self.stored_form(obj)  # one of a mapping of partitions may be lazy
        with whole_file(path) as file:
            self.write(frames_of_value(frame, type(self).__name__), frame, file)

    def load_from_path(self, context: InputContext, path: UPath) -> Any:
        """Reads the frame from its file, as the library that the input's annotation asks for."""
        frames, annotation = asked_for(context, self.frame)
        return frames.as_asked(self._read_from(frames, path, context), annotation)

    def get_metadata(self, context: OutputContext, obj: Any) -> Mapping[str, Any]:
        """Rows and columns of the frame."""
        return facts_of(frames_of_value(obj, type(self).__name__), obj)


@contextmanager
def whole_file(path: UPath) -> Iterator[IO[bytes]]:
    """A file to write to; readers see it whole, or what was there before, whatever happens meanwhile.

    Args:
        path: the file. A local one is written under another name first; object stores show an object when it is closed.
    """
    if path.protocol not in _LOCAL:
        with path.open("wb") as file:
            yield file
        return
    temporary = path.with_name(f".{path.name[:60]}.{os.urandom(6).hex()}.tmp")
    try:
        with temporary.open("wb") as file:
            yield file
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def packed(file: IO[bytes], compression: str, mode: Literal["rb", "wb"]) -> Iterator[IO[bytes]]:
    """``file`` itself, or what packs and unpacks on the way to it.

    Args:
        file: an open file.
        compression: ``"none"`` or ``"gzip"``.
        mode: whether it is read or written.
    """
    if compression == "none":
        yield file
    else:
        # Neither name nor time in the header: the same frame gives the same file.
        with gzip.GzipFile("", mode, fileobj=file, mtime=0) as zipped:
            yield cast(IO[bytes], zipped)
