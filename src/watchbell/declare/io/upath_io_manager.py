"""``UPathIOManager``: the parent of IO managers that store each value as a file, on any file system.

Paths are those of ``universal-pathlib``: local ones, ``s3://``, ``gs://``, ``memory://`` and all else fsspec knows.
"""

from __future__ import annotations

import asyncio
import inspect
import threading
from abc import abstractmethod
from collections.abc import Awaitable, Mapping
from typing import Any, ClassVar

from watchbell.declare.io.io_context import InputContext, OutputContext
from watchbell.declare.io.io_manager import IOManager
from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.record.metadata import MetadataValue

try:
    from upath import UPath
except ModuleNotFoundError:
    UPath = None  # type: ignore[assignment, misc] # `from watchbell import *` works; a subclass is told what to install

Context = InputContext | OutputContext


class UPathIOManager(IOManager):
    """An IO manager that stores each value as a file. A subclass says how a value is written and read.

    The file of an asset is its key below ``base_path``, that of another output run id, step and output; the subclass's
    ``extension`` is added. ``load_from_path`` may be ``async``.

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

        Raises:
            DagsterInvariantViolationError: a value where the type says that there is none, or a key that leads out
                of the folder.
        """
        if context.dagster_type.is_nothing:
            if obj is not None:
                raise DagsterInvariantViolationError(
                    f"the output is declared as Nothing, but a {type(obj).__name__} was given; nothing is stored"
                )
            return
        path = self._get_path(context)
        self.make_directory(path.parent)
        context.log.debug(self.get_writing_output_log_message(path))
        self.dump_to_path(context=context, obj=obj, path=path)
        metadata: dict[str, Any] = {} if obj is None else {"path": MetadataValue.path(str(path))}
        context.add_output_metadata({**metadata, **self.get_metadata(context=context, obj=obj)})

    def load_input(self, context: InputContext) -> Any:
        """Reads the value from its file.

        Raises:
            FileNotFoundError: there is none.
        """
        if context.dagster_type.is_nothing:
            return None
        path = self._get_path(context)
        context.log.debug(self.get_loading_input_log_message(path))
        value = self.load_from_path(context=context, path=path)
        return _result_of(value) if inspect.isawaitable(value) else value

    def has_output(self, context: OutputContext) -> bool:
        """Whether the file of an output is there."""
        return self.path_exists(self._get_path(context))

    # --------------------------------------------------------------- paths

    def get_asset_relative_path(self, context: Context) -> UPath:
        """Where an asset lies below the folder, without extension: its key."""
        return UPath(*_inside(context.get_asset_identifier()))

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
        """The file of a value; to be overridden where files lie otherwise."""
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
