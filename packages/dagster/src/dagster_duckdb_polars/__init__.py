"""The name `dagster_duckdb_polars`, served by watchbell: the DuckDB IO manager that gives frames of polars."""

from watchbell.io.duckdb_handlers import DuckDBPolarsIOManager, DuckDBPolarsTypeHandler, duckdb_polars_io_manager

__all__ = ["DuckDBPolarsIOManager", "DuckDBPolarsTypeHandler", "duckdb_polars_io_manager"]
