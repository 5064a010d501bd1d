"""Files that ops pass on to each other: a manager as a resource, and handles that name files."""

from __future__ import annotations

import shutil
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from watchbell.declare.config.config_schema import Field
from watchbell.declare.config.config_type import STRING
from watchbell.declare.names import check_instance
from watchbell.declare.resource import InitResourceContext, ResourceDefinition
from watchbell.ground.errors import CheckError, DagsterInvariantViolationError
from watchbell.ground.value import dataclass


class FileHandle(ABC):
    """Names a file that a file manager wrote; may be given from op to op."""

    @property
    @abstractmethod
    def path_desc(self) -> str:
        """Where the file is, for people."""


@dataclass(frozen=True, init=False)
class LocalFileHandle(FileHandle):
    """Names a file on this machine.

    Args:
        path: where it is.

    Raises:
        ParameterCheckError: ``path`` is no text.

    Example:
        >>> LocalFileHandle("/data/orders.csv").path_desc
        '/data/orders.csv'
    """

    path: str

    def __init__(self, path: str) -> None:
        object.__setattr__(self, "path", check_instance(path, str, "the path of a LocalFileHandle"))

    @property
    def path_desc(self) -> str:
        """Where the file is, for people."""
        return self.path


class LocalFileManager:
    """Keeps files in a folder on this machine; what ``local_file_manager`` gives ops.

    Args:
        base_dir: the folder; made when first written to.

    Example:
        >>> files = LocalFileManager("/tmp/watchbell_files")
        >>> files.read_data(files.write_data(b"rows"))
        b'rows'
    """

    def __init__(self, base_dir: str) -> None:
        self.base_dir = check_instance(base_dir, str, "base_dir of a LocalFileManager")

    def ensure_base_dir_exists(self) -> None:
        """Makes the folder, and those around it, if it is not there."""
        Path(self.base_dir).mkdir(parents=True, exist_ok=True)

    def write(self, file_obj: IO[Any], mode: str = "wb", ext: str | None = None) -> LocalFileHandle:
        """Copies a stream into a new file.

        Args:
            file_obj: an open stream: of bytes, or of text with ``mode="w"``.
            mode: ``"wb"`` or ``"w"``.
            ext: the file's extension, without a dot.

        Raises:
            CheckError: no stream, or another mode.
        """
        if not callable(getattr(file_obj, "read", None)) or mode not in {"w", "wb"}:
            raise CheckError(f"write() takes an open file and mode 'w' or 'wb', not {file_obj!r:.100} and {mode!r}")
        path = self._new_path(ext)
        with path.open(mode, encoding="utf-8" if mode == "w" else None) as target:
            shutil.copyfileobj(file_obj, target)
        return LocalFileHandle(str(path))

    def write_data(self, data: bytes, ext: str | None = None) -> LocalFileHandle:
        """Writes bytes into a new file.

        Raises:
            ParameterCheckError: ``data`` is not bytes.
        """
        check_instance(data, bytes, "data of write_data()")
        path = self._new_path(ext)
        path.write_bytes(data)
        return LocalFileHandle(str(path))

    def _new_path(self, ext: str | None) -> Path:
        self.ensure_base_dir_exists()
        return Path(self.base_dir, str(uuid.uuid4()) + (f".{ext}" if ext else ""))

    @contextmanager
    def read(self, file_handle: LocalFileHandle, mode: str = "rb") -> Iterator[IO[Any]]:
        """While entered, the file open.

        Args:
            file_handle: the file.
            mode: ``"rb"`` or ``"r"``.

        Raises:
            CheckError: another mode.
        """
        handle = check_instance(file_handle, LocalFileHandle, "file_handle of read()")
        if mode not in {"r", "rb"}:
            raise CheckError(f"read() takes mode 'r' or 'rb', not {mode!r}")
        with Path(handle.path).open(mode, encoding="utf-8" if mode == "r" else None) as file:
            yield file

    def read_data(self, file_handle: LocalFileHandle) -> bytes:
        """What the file holds."""
        return Path(check_instance(file_handle, LocalFileHandle, "file_handle of read_data()").path).read_bytes()

    def copy_handle_to_local_temp(self, file_handle: LocalFileHandle) -> str:
        """Path of a copy of the file on this machine: the file itself, since it lies here."""
        return check_instance(file_handle, LocalFileHandle, "file_handle of copy_handle_to_local_temp()").path

    def delete_local_temp(self) -> None:
        """Does nothing: there are no copies."""


def _open_manager(context: InitResourceContext) -> LocalFileManager:
    chosen = (context.resource_config or {}).get("base_dir")
    if chosen is None:
        if context.instance is None:
            raise DagsterInvariantViolationError(
                "local_file_manager needs a folder where there is no instance; configure it with {'base_dir': ...}"
            )
        chosen = str(Path(context.instance.storage_directory(), "file_manager"))
    return LocalFileManager(chosen)


local_file_manager = ResourceDefinition(
    _open_manager,
    {"base_dir": Field(STRING, is_required=False, description="the folder; left out: file_manager in the storage")},
    "keeps files that ops pass on to each other in a folder on this machine",
)
