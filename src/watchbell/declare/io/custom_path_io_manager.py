"""The IO manager whose files lie where each output's metadata says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from watchbell.declare.config.config_schema import Field
from watchbell.declare.io.fs_io_manager import folder_and_key
from watchbell.declare.io.io_context import InputContext, OutputContext
from watchbell.declare.io.io_manager import IOManager, IOManagerDefinition
from watchbell.declare.io.signed_pickle import read_signed, write_signed
from watchbell.declare.resource import InitResourceContext
from watchbell.ground.errors import DagsterInvariantViolationError, ParameterCheckError
from watchbell.record.materialization import AssetMaterialization
from watchbell.record.metadata import MetadataValue


class CustomPathFiles(IOManager):
    """Stores each value as a signed pickle at the path that its output's metadata says.

    Args:
        folder: what paths are relative to.
        key: secret bytes that files are signed with.
        allow_unsigned: whether files without a good signature are loaded too.
    """

    def __init__(self, folder: Path, key: bytes, allow_unsigned: bool = False) -> None:
        self.folder = folder
        self.allow_unsigned = allow_unsigned
        self._key = key

    def handle_output(self, context: OutputContext, obj: Any) -> Iterator[AssetMaterialization]:
        """Writes the value to its file, replacing an older one at once."""
        path = self.path_of(context)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_signed(path, obj, self._key)
        yield AssetMaterialization(
            [context.job_name, context.step_key, context.name], metadata={"path": MetadataValue.path(str(path))}
        )

    def load_input(self, context: InputContext) -> Any:
        """Reads the value from its file.

        Raises:
            FileNotFoundError: it is not there.
            UnsignedPickleError: it was not written by this home folder.
        """
        if context.upstream_output is None:
            raise DagsterInvariantViolationError(f"the input {context.name!r} has no upstream output, so no path")
        return read_signed(self.path_of(context.upstream_output), self._key, allow_unsigned=self.allow_unsigned)

    def path_of(self, context: OutputContext) -> Path:
        """The file of a value.

        Raises:
            ParameterCheckError: the output's metadata has no ``path``.
        """
        path = context.definition_metadata.get("path")
        value = getattr(path, "value", path)
        if not isinstance(value, str):
            raise ParameterCheckError(
                f"custom_path_fs_io_manager needs the path of the output {context.name!r} of {context.step_key!r}, "
                f'found {value!r}; write Out(metadata={{"path": "orders.pickle"}})',
                parameter="metadata.path",
                value=value,
            )
        return self.folder / value


def _make(context: InitResourceContext) -> CustomPathFiles:
    """Stores values as files at the paths that their outputs' metadata says."""
    config = context.resource_config or {}
    return CustomPathFiles(*folder_and_key(context, config.get("base_dir")), config.get("allow_unsigned", False))


custom_path_fs_io_manager = IOManagerDefinition(
    _make,
    {
        "base_dir": Field(str, is_required=False, description="the folder; left out: of the home folder"),
        "allow_unsigned": Field(
            bool, default_value=False, description="whether to load files that this home did not write"
        ),
    },
)
