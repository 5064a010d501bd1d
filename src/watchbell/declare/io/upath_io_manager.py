"""``UPathIOManager``: the parent of IO managers that store each value as a file, on any file system.

Paths are those of ``universal-pathlib``: local ones, ``s3://``, ``gs://``, ``memory://`` and all else fsspec knows.
"""

from __future__ import annotations

import asyncio
import inspect
import threading
from abc import abstractmethod
from collections.abc import Awaitable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from watchbell.declare.io.io_context import InputContext, OutputContext
from watchbell.declare.io.io_manager import IOManager
from watchbell.declare.io.partition_path import (
    given_value,
    may_miss_partitions,
    partition_parts,
    value_of_partition,
    values_of_partitions,
)
from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.record.metadata import MetadataValue

try:
    from upath import UPath
except ModuleNotFoundError:
    UPath = None  # type: ignore[assignment, misc] # `from watchbell import *` works; a subclass is told what to install

Context = InputContext | OutputContext


class UPathIOManager(IOManager):
    """An IO manager that stores each value as a file. A subclass says how a value is written and read.

    The file of an asset is its key below ``base_path``, that of a partition is named by its key in a folder of the
    asset's, that of another output is run id, step and output; the subclass's ``extension`` is added. An input of
    several partitions is a dict of values by partition key. ``load_from_path`` may be ``async``.

    Args:
        base_path: the folder; None: the working directory. A subclass that is a ``ConfigurableIOManager`` has no such
            argument: it sets ``_base_path`` in ``setup_for_execution``, or defines it as a property.

    Example:
        >>> class Texts(UPathIOManager):
        ...     extension = ".txt"
        ...
        ...     def dump_to_path(self, context, obj, path):
        ...         path.write_text(obj)
        ...
        ...     def load_from_path(self, context, path):
        ...         return path.read_text()
        >>> texts = Texts(UPath("memory://docs"))
        >>> texts.handle_output(build_output_context(asset_key="greeting"), "hello")
        >>> texts.load_input(build_input_context(asset_key="greeting"))
        'hello'
    """

    extension: ClassVar[str | None] = None

    def __init_subclass__(cls, **arguments: Any) -> None:
        if UPath is None:
            raise ModuleNotFoundError(
                f"{cls.__name__} is a UPathIOManager, which needs universal-pathlib; that is not installed: "
                "pip install 'watchbell[upath]'",
                name="upath",
            )
        super().__init_subclass__(**arguments)

    def __init__(self, base_path: UPath | None = None) -> None:
        self._base_path = UPath(".") if base_path is None else base_path

    # ------------------------------------------------------- to be written

    @abstractmethod
    def dump_to_path(self, context: OutputContext, obj: Any, path: UPath) -> None:
        """Writes a value; called with these names.

        Args:
            context: which output.
            obj: its value.
            path: the file; its folder is there.
        """

    @abstractmethod
    def load_from_path(self, context: InputContext, path: UPath) -> Any:
        """The value in a file, or an awaitable of it; called with these names.

        Args:
            context: which input.
            path: the file.
        """

    def get_metadata(self, context: OutputContext, obj: Any) -> Mapping[str, Any]:
        """Labelled facts about a value that was written; to be overridden. The path is added in any case."""
        return {}

    # ------------------------------------------------------------- storing

    def handle_output(self, context: OutputContext, obj: Any) -> None:
        """Writes the value to its file; "done" without a value leaves none.

        In a run for several partitions the value is a mapping of partition keys to values, a file each.

        Raises:
            DagsterInvariantViolationError: a value where the type says that there is none, or a key that leads out
                of the folder.
            CheckError: several partitions are made, and the value is no mapping of all of them.
        """
        if context.dagster_type.is_nothing:
            if obj is not None:
                raise DagsterInvariantViolationError(
                    f"the output is declared as Nothing, but a {type(obj).__name__} was given; nothing is stored"
                )
            return
        if context.has_asset_partitions:
            paths = self._get_paths_for_partitions(context)
            if len(paths) != 1:
                self._store_each(context, obj, paths)
                return
            (path,) = paths.values()
            obj = value_of_partition(context, obj)
        else:
            path = self._get_path(context)
        self._store(context, obj, path)
        metadata: dict[str, Any] = {} if obj is None else {"path": MetadataValue.path(str(path))}
        context.add_output_metadata({**metadata, **self.get_metadata(context=context, obj=obj)})

    def _store_each(self, context: OutputContext, obj: Any, paths: Mapping[str, UPath]) -> None:
        values = values_of_partitions(obj, list(paths), type(self).__name__)
        for key, path in paths.items():
            self._store(context, values[key], path)
        folder = self._get_path_without_extension(context)
        context.add_output_metadata({"path": MetadataValue.path(str(folder))})

    def _store(self, context: OutputContext, value: Any, path: UPath) -> None:
        self.make_directory(path.parent)
        context.log.debug(self.get_writing_output_log_message(path))
        self.dump_to_path(context=context, obj=value, path=path)

    def load_input(self, context: InputContext) -> Any:
        """Reads the value from its file; of several partitions a dict of values by key, of none None.

        Partitions without a file are left out if the input's metadata says ``allow_missing_partitions``; the only one
        that is asked for is None then.

        Raises:
            FileNotFoundError: there is none.
        """
        if context.dagster_type.is_nothing:
            return None
        if not context.has_asset_partitions:
            path = self._get_path(context)
            context.log.debug(self.get_loading_input_log_message(path))
            return self._load_single_input(path, context)
        return given_value(context, self.load_partitions(context))

    def load_partitions(self, context: InputContext) -> dict[str, Any]:
        """The values of all partitions of an input, by key; those that ``load_from_path`` awaits are read together.

        Raises:
            FileNotFoundError: one is not there, and the input's metadata does not allow that.
        """
        paths = self._get_paths_for_partitions(context)
        if inspect.iscoroutinefunction(self.load_from_path):
            return dict(_result_of(self.load_partitions_async(context)))
        loaded: dict[str, Any] = {}
        for key, path in paths.items():
            with self._unless_missing(context, key):
                value = self._load_partition_from_path(context, key, path)
                loaded[key] = _result_of(value) if inspect.isawaitable(value) else value
        return loaded

    async def load_partitions_async(self, context: InputContext) -> dict[str, Any]:
        """As :meth:`load_partitions`, of a ``load_from_path`` that is ``async``."""
        loaded: dict[str, Any] = {}

        async def load(key: str, path: UPath) -> None:
            with self._unless_missing(context, key):
                loaded[key] = await self._load_partition_from_path(context, key, path)

        paths = self._get_paths_for_partitions(context)
        await asyncio.gather(*(load(key, path) for key, path in paths.items()))
        return {key: loaded[key] for key in paths if key in loaded}

    def _load_partition_from_path(self, context: InputContext, partition_key: str, path: UPath) -> Any:
        context.log.debug(self.get_loading_input_partition_log_message(path, partition_key))
        return self.load_from_path(context=context, path=path)

    def _load_single_input(self, path: UPath, context: InputContext) -> Any:
        value = self.load_from_path(context=context, path=path)
        return _result_of(value) if inspect.isawaitable(value) else value

    @contextmanager
    def _unless_missing(self, context: InputContext, key: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            if not may_miss_partitions(context):
                raise
            context.log.warning(self.get_missing_partition_log_message(key))

    def has_output(self, context: OutputContext) -> bool:
        """Whether the file of an output is there; of several partitions whether all are."""
        if context.has_asset_partitions:
            return all(map(self.path_exists, self._get_paths_for_partitions(context).values()))
        return self.path_exists(self._get_path(context))

    # --------------------------------------------------------------- paths

    def get_asset_relative_path(self, context: Context) -> UPath:
        """Where an asset lies below the folder, without extension or partition: its key."""
        return UPath(*_inside(context.asset_key.path))

    def get_path_for_partition(self, context: Context, path: UPath, partition: str) -> UPath:
        """Where a partition lies, without extension; to be overridden where files lie otherwise.

        Args:
            context: which input or output.
            path: where the asset lies.
            partition: the key as the name of a file; of a key in several dimensions one folder for each but the last.
        """
        return path.joinpath(*partition.split("/"))

    def _get_paths_for_partitions(self, context: Context) -> dict[str, UPath]:
        definition = context.asset_partitions_def if context.has_asset_partitions_def else None
        path = self._get_path_without_extension(context)
        return {
            key: self._with_extension(
                self.get_path_for_partition(context, path, "/".join(partition_parts(key, definition)))
            )
            for key in context.asset_partition_keys
        }

    def get_op_output_relative_path(self, context: Context) -> UPath:
        """Where an output lies below the folder, without extension: run id, step, output."""
        return UPath(*_inside(context.get_identifier()))

    def _get_path_without_extension(self, context: Context) -> UPath:
        relative = (
            self.get_asset_relative_path(context)
            if context.has_asset_key
            else self.get_op_output_relative_path(context)
        )
        return self._base_path.joinpath(*relative.parts)

    def _with_extension(self, path: UPath) -> UPath:
        if self.extension is None:
            return path
        if not self.extension.startswith("."):
            raise DagsterInvariantViolationError(
                f"{type(self).__name__}.extension is {self.extension!r}; it begins with a dot, as in '.csv'"
            )
        return path.with_name(path.name + self.extension)

    def _get_path(self, context: Context) -> UPath:
        """The file of a value without partitions; to be overridden where files lie otherwise."""
        return self._with_extension(self._get_path_without_extension(context))

    # --------------------------------------------------------- file system

    @property
    def fs(self) -> Any:
        """The file system of the folder, as fsspec has it."""
        return self._base_path.fs

    @property
    def storage_options(self) -> Mapping[str, Any]:
        """What fsspec was told to open the file system."""
        return self._base_path.storage_options

    def path_exists(self, path: UPath) -> bool:
        """Whether there is such a file."""
        return path.exists()

    def make_directory(self, path: UPath) -> None:
        """Makes a folder, and those it lies in; does nothing if it is there."""
        path.mkdir(parents=True, exist_ok=True)

    def unlink(self, path: UPath) -> None:
        """Removes a file."""
        path.unlink()

    # ------------------------------------------------------------ messages

    def get_writing_output_log_message(self, path: UPath) -> str:
        """What is logged before a value is written."""
        return f"{type(self).__name__} writes {path}"

    def get_loading_input_log_message(self, path: UPath) -> str:
        """What is logged before a value is read."""
        return f"{type(self).__name__} reads {path}"

    def get_loading_input_partition_log_message(self, path: UPath, partition_key: str) -> str:
        """What is logged before a partition is read."""
        return f"{type(self).__name__} reads partition {partition_key!r} from {path}"

    def get_missing_partition_log_message(self, partition_key: str) -> str:
        """What is logged where a partition may be missing, and is."""
        return f"{type(self).__name__} found no file of partition {partition_key!r}; it is left out"


def _inside(parts: Any) -> list[str]:
    """Parts as names of files: a slash would begin another folder, and two dots lead out of the folder."""
    names = [str(part).replace("/", "%2F") for part in parts]
    for name in names:
        if name in {"", ".", ".."}:
            raise DagsterInvariantViolationError(
                f"{name!r} in {names} is no name of a file; change the asset's key, or override _get_path"
            )
    return names


def _result_of(awaitable: Awaitable[Any]) -> Any:
    """Waits for a value; in a thread of its own where this one runs an event loop already."""

    async def waiting() -> Any:
        return await awaitable

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(waiting())
    ended: list[tuple[Any, BaseException | None]] = []

    def run() -> None:
        try:
            ended.append((asyncio.run(waiting()), None))
        except BaseException as error:  # raised again where it is waited for
            ended.append((None, error))

    thread = threading.Thread(target=run, name="load_from_path")
    thread.start()
    thread.join()
    value, error = ended[0]
    if error is not None:
        raise error
    return value
