"""Names of Dagster's DuckDB packages: IO managers of one library, their handlers, and the older definitions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from watchbell.declare.configurable_resource import ConfigurableIOManager
from watchbell.declare.io.io_manager import IOManagerDefinition
from watchbell.io.duckdb import DuckDBIOManager


class DuckDBPandasIOManager(DuckDBIOManager):
    """Stores frames as tables of a DuckDB database; inputs without an annotation get frames of pandas.

    Parameters as for :class:`~watchbell.io.duckdb.DuckDBIOManager`.
    """

    frame: Literal["pandas", "polars", "pyarrow"] = "pandas"


class DuckDBPolarsIOManager(DuckDBIOManager):
    """Stores frames as tables of a DuckDB database; inputs without an annotation get frames of polars.

    Parameters as for :class:`~watchbell.io.duckdb.DuckDBIOManager`.
    """

    frame: Literal["pandas", "polars", "pyarrow"] = "polars"


class DuckDBPandasTypeHandler:
    """Says that a DuckDB IO manager is meant for frames of pandas."""

    @property
    def supported_types(self) -> Sequence[type]:
        """``pandas.DataFrame``."""
        return [_stand_in("pandas")]


class DuckDBPolarsTypeHandler:
    """Says that a DuckDB IO manager is meant for frames of polars."""

    @property
    def supported_types(self) -> Sequence[type]:
        """``polars.DataFrame``."""
        return [_stand_in("polars")]


def _stand_in(library: str) -> type:
    # Only the names are looked at, and naming the class does not have to load its library.
    return type("DataFrame", (), {"__module__": library})


def build_duckdb_io_manager(type_handlers: Sequence[Any], default_load_type: type | None = None) -> IOManagerDefinition:
    """The definition of an IO manager that stores frames in DuckDB.

    Args:
        type_handlers: which libraries' frames are meant; the first one's are loaded where an input has no annotation.
        default_load_type: the class that such inputs get instead.

    Returns:
        A definition that takes ``database``, ``connection_config`` and ``schema`` as config.

    Example:
        >>> duck = build_duckdb_io_manager([DuckDBPandasTypeHandler()])
        >>> defs = Definitions(resources={"io_manager": duck.configured({"database": "warehouse.duckdb"})})
    """

    class Built(DuckDBIOManager):
        @staticmethod
        def type_handlers() -> Sequence[Any]:
            return type_handlers

        @staticmethod
        def default_load_type() -> type | None:
            return default_load_type

    return _definition(Built)


def _definition(kind: type[ConfigurableIOManager]) -> IOManagerDefinition:
    made = kind.configure_at_launch().get_resource_definition()
    assert isinstance(made, IOManagerDefinition)
    return made


duckdb_pandas_io_manager = _definition(DuckDBPandasIOManager)
duckdb_polars_io_manager = _definition(DuckDBPolarsIOManager)
