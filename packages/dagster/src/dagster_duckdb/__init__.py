"""The name `dagster_duckdb`, served by watchbell: the DuckDB resource and IO manager of ``watchbell.io``."""

from watchbell.io.duckdb import DuckDBIOManager
from watchbell.io.duckdb_connection import DuckDBResource
from watchbell.io.duckdb_handlers import build_duckdb_io_manager

__all__ = ["DuckDBIOManager", "DuckDBResource", "build_duckdb_io_manager"]
