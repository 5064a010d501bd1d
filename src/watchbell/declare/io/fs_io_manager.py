"""The IO manager that stores values as files below the home folder: the default one of every job."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from watchbell.declare.config.config_schema import Field, Noneable
from watchbell.declare.config.env_var import EnvVar, as_reference
from watchbell.declare.io.io_context import InputContext, OutputContext
from watchbell.declare.io.io_manager import IOManager, IOManagerDefinition
from watchbell.declare.io.partition_path import (
    given_value,
    may_miss_partitions,
    partition_parts,
    value_of_partition,
    values_of_partitions,
)
from watchbell.declare.io.signed_pickle import read_signed, write_signed
from watchbell.declare.resource import InitResourceContext
from watchbell.ground.errors import (
    DagsterHomeNotSetError,
    DagsterInvariantViolationError,
    StoredValueIsFolderError,
    StoredValueNotFoundError,
)
from watchbell.ground.ids import process_key
from watchbell.record.metadata import MetadataValue

PART_BYTES_MAX = 200  # most file systems accept 255 bytes a name; a temporary name is a little longer
_PLAIN = re.compile(r"[A-Za-z0-9_\-=,@+ ][A-Za-z0-9_\-=,@+. \[\]]*\Z")


class PickledFiles(IOManager):
    """Stores each value as a signed pickle.

    Args:
        folder: where; made when first needed.
        key: secret bytes that files are signed with.
        allow_unsigned: whether files without a good signature are loaded too.
    """

    def __init__(self, folder: Path, key: bytes, allow_unsigned: bool = False) -> None:
        self.folder = folder
        self.allow_unsigned = allow_unsigned
        self._key = key

    @property
    def base_dir(self) -> str:
        """The folder as text."""
        return str(self.folder)

    def handle_output(self, context: OutputContext, obj: Any) -> None:
        """Writes the value to its file, replacing an older one at once.

        In a run for several partitions the value is a mapping of partition keys to values, a file each.
        """
        if not context.has_asset_partitions:
            path = self.path_of(context)
            self._write(path, obj)
        elif len(keys := context.asset_partition_keys) == 1:
            path = self._partition_path(context, keys[0])
            self._write_partition(path, value_of_partition(context, obj))
        else:
            path = self._folder_of(context)
            for key, value in values_of_partitions(obj, keys, "the filesystem IO manager").items():
                self._write_partition(self._partition_path(context, key), value)
        context.add_output_metadata({"path": MetadataValue.path(str(path))})

    def _write_partition(self, path: Path, value: Any) -> None:
        whole = path.parent
        while len(whole.parts) > len(self.folder.parts) and not whole.is_dir():
            if whole.is_file():
                whole.unlink()  # what the asset stored when it had no partitions
            whole = whole.parent
        self._write(path, value)

    def _write(self, path: Path, obj: Any) -> None:
        try:
            try:
                write_signed(path, obj, self._key)
            except FileNotFoundError:  # most folders are there already, so asking first would cost each value
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                write_signed(path, obj, self._key)
        except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
            raise DagsterInvariantViolationError(
                f"{path} cannot be written: one asset's key is the beginning of another's, or the asset had partitions "
                "before, and a name cannot be both a file and a folder; change one of the keys, remove what is there, "
                "or give one of the assets another IO manager"
            ) from error
        except OSError:
            raise
        except Exception as error:
            raise DagsterInvariantViolationError(
                f"the value ({type(obj).__name__}) cannot be pickled: {error}. Return data instead, or give the output "
                "an IO manager that can store it"
            ) from error

    def load_input(self, context: InputContext) -> Any:
        """Reads the value from its file; of several partitions a dict of values by key, of none None.

        Partitions without a file are left out if the input's metadata says ``allow_missing_partitions``; the only one
        that is asked for is None then.

        Raises:
            FileNotFoundError: there is no such file; a StoredValueNotFoundError.
            DagsterInvariantViolationError: it is not signed by this home folder.
        """
        if context.has_asset_key and context.has_asset_partitions:
            return self._load_partitions(context)
        upstream = context.upstream_output
        if upstream is None:
            raise DagsterInvariantViolationError(
                f"the input {context.name!r} has no upstream output, so there is no file to load it from"
            )
        path = self.path_of(upstream)
        what = (
            f"the asset {upstream.asset_key.to_user_string()!r} was not stored yet; materialize it first"
            if upstream.has_asset_key
            else "the output was not stored"
        )
        try:
            return read_signed(path, self._key, allow_unsigned=self.allow_unsigned)
        except FileNotFoundError as error:
            raise StoredValueNotFoundError(f"there is no file {path}: {what}") from error
        except IsADirectoryError as error:
            raise StoredValueIsFolderError(
                f"{path} is a folder of partitions, and the asset is asked for without one; say which by partition_key="
            ) from error

    def _load_partitions(self, context: InputContext) -> Any:
        keys = context.asset_partition_keys
        found: dict[str, Any] = {}
        for key in keys:
            path = self._partition_path(context, key)
            try:
                found[key] = read_signed(path, self._key, allow_unsigned=self.allow_unsigned)
            except (FileNotFoundError, NotADirectoryError) as error:
                if may_miss_partitions(context):
                    continue
                raise StoredValueNotFoundError(
                    f"there is no file {path}: partition {key!r} of the asset {context.asset_key.to_user_string()!r} "
                    'was not stored yet; materialize it first, or allow that by metadata={"allow_missing_partitions": '
                    "True} of the input"
                ) from error
        return given_value(context, found)

    def path_of(self, context: OutputContext) -> Path:
        """The file of a value: the asset's key as folders (and its partition), or run / step / output."""
        if not context.has_asset_key:
            return self.folder.joinpath(*_safe(context.get_identifier()))
        if context.has_asset_partitions:
            return self._partition_path(context, context.asset_partition_key)
        return self._folder_of(context)

    def _folder_of(self, context: InputContext | OutputContext) -> Path:
        return self.folder.joinpath(*_safe(context.asset_key.path))

    def _partition_path(self, context: InputContext | OutputContext, key: str) -> Path:
        definition = context.asset_partitions_def if context.has_asset_partitions_def else None
        return self._folder_of(context).joinpath(*partition_parts(key, definition))


def _safe(parts: Sequence[str]) -> list[str]:
    """Parts as file names: each inside its folder, different for different parts, the usual ones unchanged."""
    return [part if _is_plain(part) else _quoted(part) for part in parts]


def _is_plain(part: str) -> bool:
    return _PLAIN.match(part) is not None and len(part) <= PART_BYTES_MAX and not part.endswith((".", " "))


def _quoted(part: str) -> str:
    # A percent sign is no plain character, so no quoted part equals a plain one.
    text = "".join(
        each if each.isalnum() and each.isascii() else "".join(f"%{b:02x}" for b in each.encode()) for each in part
    )
    if len(text) <= PART_BYTES_MAX:
        return text if "%" in text else f"%{text}"
    digest = hashlib.sha256(part.encode()).hexdigest()[:32]
    return f"{text[: PART_BYTES_MAX - 40]}%%{digest}"


class FilesystemIOManager(IOManager):
    """An IO manager that stores values as pickles in files.

    Args:
        base_dir: the folder, absolute or relative to the working directory; None: ``storage`` of the home folder.
        allow_unsigned: whether to load files that were not written by this home folder or, without one, this process.
            Loading a pickle runs what is in it: allow only folders that nobody else can write.

    Example:
        >>> files = FilesystemIOManager(base_dir="/data/outputs")
        >>> defs = Definitions(resources={"io_manager": files})
    """

    def __init__(self, *, base_dir: str | os.PathLike[str] | None = None, allow_unsigned: bool = False) -> None:
        self.base_dir = base_dir
        self.allow_unsigned = allow_unsigned

    def get_resource_definition(self) -> IOManagerDefinition:
        """The definition that makes it for a run; takes ``base_dir`` and ``allow_unsigned`` as config."""
        given = self.base_dir
        text = as_reference(given) if given is None or isinstance(given, EnvVar) else os.fspath(given)
        return _definition(text, self.allow_unsigned)

    def handle_output(self, context: OutputContext, obj: Any) -> None:
        """Writes the value to its file."""
        self._files(context).handle_output(context, obj)

    def load_input(self, context: InputContext) -> Any:
        """Reads the value from its file."""
        return self._files(context).load_input(context)

    def _files(self, context: Any) -> PickledFiles:
        base = self.base_dir.get_value() if isinstance(self.base_dir, EnvVar) else self.base_dir
        return PickledFiles(*folder_and_key(context, base), self.allow_unsigned)


def folder_and_key(context: Any, base_dir: str | os.PathLike[str] | None) -> tuple[Path, bytes]:
    """Where files lie and what they are signed with: the home folder's or, where there is none, the process's key.

    Args:
        context: with an ``instance``, which is asked for last.
        base_dir: the folder; None: ``storage`` of the home folder.

    Raises:
        DagsterHomeNotSetError: there is no home folder, and no other one was given.
        DagsterInvariantViolationError: the context has no instance.
    """
    try:
        instance = context.instance
    except DagsterHomeNotSetError:
        if base_dir is None:
            raise
        return Path(base_dir).absolute(), process_key()
    if instance is None:
        raise DagsterInvariantViolationError(
            "the filesystem IO manager needs an instance, whose home folder has the key that files are signed with"
        )
    folder = instance.storage_directory() if base_dir is None else base_dir
    return Path(folder).absolute(), instance.signing_key()


def _make(context: InitResourceContext) -> PickledFiles:
    """Stores values as files below the home folder."""
    config = context.resource_config or {}
    return PickledFiles(*folder_and_key(context, config.get("base_dir")), config.get("allow_unsigned", False))


def _definition(base_dir: Any, allow_unsigned: bool) -> IOManagerDefinition:
    schema = {
        "base_dir": Field(Noneable(str), default_value=base_dir, description="the folder; None: of the home folder"),
        "allow_unsigned": Field(
            bool, default_value=allow_unsigned, description="whether to load files that this home did not write"
        ),
    }
    return IOManagerDefinition(_make, schema)


fs_io_manager = _definition(None, False)
