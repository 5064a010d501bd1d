"""The names of Dagster's DuckDB packages, served by ours."""

import importlib

import pytest

from watchbell.io import duckdb, duckdb_connection, duckdb_handlers

HOMES = {
    "dagster_duckdb": {
        "DuckDBIOManager": duckdb,
        "DuckDBResource": duckdb_connection,
        "build_duckdb_io_manager": duckdb_handlers,
    },
    "dagster_duckdb_pandas": dict.fromkeys(
        ["DuckDBPandasIOManager", "DuckDBPandasTypeHandler", "duckdb_pandas_io_manager"], duckdb_handlers
    ),
    "dagster_duckdb_polars": dict.fromkeys(
        ["DuckDBPolarsIOManager", "DuckDBPolarsTypeHandler", "duckdb_polars_io_manager"], duckdb_handlers
    ),
}


@pytest.mark.parametrize("package", HOMES)
def test_every_name_is_our_object(package: str) -> None:
    module = importlib.import_module(package)

    assert {name: getattr(module, name) for name in module.__all__} == {
        name: getattr(home, name) for name, home in HOMES[package].items()
    }
