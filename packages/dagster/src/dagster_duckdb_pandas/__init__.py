"""The name `dagster_duckdb_pandas`, served by watchbell: the DuckDB IO manager that gives frames of pandas."""

from watchbell.io.duckdb_handlers import DuckDBPandasIOManager, DuckDBPandasTypeHandler, duckdb_pandas_io_manager

__all__ = ["DuckDBPandasIOManager", "DuckDBPandasTypeHandler", "duckdb_pandas_io_manager"]
