"""Frames as tables of DuckDB, and the resource."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from watchbell import (
    AssetIn,
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    Definitions,
    asset,
    build_input_context,
    build_output_context,
    job,
    materialize,
    op,
)
from watchbell.io.duckdb import DuckDBIOManager
from watchbell.io.duckdb_connection import DuckDBResource, open_waiting
from watchbell.io.duckdb_handlers import (
    DuckDBPandasIOManager,
    DuckDBPandasTypeHandler,
    DuckDBPolarsIOManager,
    DuckDBPolarsTypeHandler,
    build_duckdb_io_manager,
    duckdb_pandas_io_manager,
)

ORDERS = {"id": [1, 2], "what": ["tea", None]}


@pytest.fixture
def database(tmp_path: Path) -> str:
    return str(tmp_path / "warehouse.duckdb")


def tables(database: str) -> list[tuple[str, str]]:
    with DuckDBResource(database=database).get_connection() as connection:
        return connection.execute(
            "select table_schema, table_name from information_schema.tables order by all"
        ).fetchall()


@asset(key_prefix=["shop", "raw"])
def orders() -> pd.DataFrame:
    return pd.DataFrame(ORDERS)


@asset(ins={"orders": AssetIn(["shop", "raw", "orders"])}, metadata={"schema": "mart"})
def doubled(orders: pl.DataFrame) -> pl.LazyFrame:
    return orders.lazy().with_columns(pl.col("id") * 2)


@asset(ins={"doubled": AssetIn(metadata={"columns": ["id"]})})
def ids(doubled: pa.Table) -> pa.Table:
    return doubled


def test_each_asset_is_a_table(database: str) -> None:
    result = materialize([orders, doubled, ids], resources={"io_manager": DuckDBIOManager(database=database)})

    assert tables(database) == [("mart", "doubled"), ("public", "ids"), ("raw", "orders")]
    assert result.output_for_node("ids").to_pydict() == {"id": [2, 4]}


def test_the_configured_schema_goes_before_the_key_and_after_metadata(database: str) -> None:
    materialize([orders, doubled], resources={"io_manager": DuckDBIOManager(database=database, schema="own")})

    assert tables(database) == [("mart", "doubled"), ("own", "orders")]


def test_what_was_stored_is_metadata(database: str) -> None:
    result = materialize([orders], resources={"io_manager": DuckDBIOManager(database=database)})

    [event] = result.get_asset_materialization_events()
    metadata = event.materialization.metadata
    assert (metadata["dagster/row_count"].value, metadata["dagster/table_name"].value) == (2, "raw.orders")
    assert [each.name for each in metadata["dagster/column_schema"].value.columns] == ["id", "what"]


def test_a_table_is_replaced_with_other_columns(database: str) -> None:
    duck = DuckDBIOManager(database=database)
    for frame in (pd.DataFrame(ORDERS), pl.DataFrame({"other": ["x"]})):
        duck.handle_output(build_output_context(asset_key="t"), frame)

    assert duck.load_input(build_input_context(asset_key="t")).to_dict("list") == {"other": ["x"]}


def test_names_may_hold_anything(database: str) -> None:
    duck = DuckDBIOManager(database=database)
    key = ['a"b; drop', 'ta"ble']

    duck.handle_output(build_output_context(asset_key=key), pd.DataFrame({'co"l': [1]}))

    context = build_input_context(asset_key=key, metadata={"columns": ['co"l']})
    assert duck.load_input(context).to_dict("list") == {'co"l': [1]}


def test_outputs_of_ops_have_tables_of_their_own(database: str) -> None:
    @op
    def first() -> pd.DataFrame:
        return pd.DataFrame({"a": [1]})

    @op
    def second() -> pd.DataFrame:
        return pd.DataFrame({"a": [2]})

    @op
    def both(x: pd.DataFrame, y: pd.DataFrame) -> None:
        assert (x["a"][0], y["a"][0]) == (1, 2)

    @job(resource_defs={"io_manager": DuckDBIOManager(database=database)})
    def made() -> None:
        both(first(), second())

    assert made.execute_in_process().success
    assert tables(database) == [("public", "first"), ("public", "second")]


@pytest.mark.parametrize(("value", "said"), [(None, "-> None"), ([1], "was given a list"), (pd.DataFrame(), "columns")])
def test_what_can_be_no_table_is_refused(database: str, value: Any, said: str) -> None:
    with pytest.raises(DagsterInvariantViolationError, match=said):
        DuckDBIOManager(database=database).handle_output(build_output_context(asset_key="t"), value)


def test_inputs_without_annotation_get_the_managers_kind(database: str) -> None:
    DuckDBIOManager(database=database).handle_output(build_output_context(asset_key="t"), pd.DataFrame(ORDERS))
    context = build_input_context(asset_key="t")

    class OfHandlers(DuckDBIOManager):
        @staticmethod
        def type_handlers() -> Any:
            return [DuckDBPolarsTypeHandler(), DuckDBPandasTypeHandler()]

    class OfClass(DuckDBIOManager):
        @staticmethod
        def default_load_type() -> type:
            return pa.Table

    kinds = [
        type(each(database=database).load_input(context))
        for each in (DuckDBPandasIOManager, DuckDBPolarsIOManager, OfHandlers, OfClass)
    ]

    assert kinds == [pd.DataFrame, pl.DataFrame, pl.DataFrame, pa.Table]


def test_a_handler_of_another_type_is_refused(database: str) -> None:
    class Other(DuckDBIOManager):
        @staticmethod
        def type_handlers() -> Any:
            return [object()]

    with pytest.raises(DagsterInvalidDefinitionError, match="handlers of other types"):
        Other(database=database).load_input(build_input_context(asset_key="t"))


def test_the_older_definitions_take_config(database: str) -> None:
    built = build_duckdb_io_manager([DuckDBPolarsTypeHandler()])
    for definition in (duckdb_pandas_io_manager, built):
        made = definition.configured({"database": database, "schema": "own"})
        Definitions([orders], resources={"io_manager": made})

        assert materialize([orders], resources={"io_manager": made}).success
    assert tables(database) == [("own", "orders")]


def test_the_resource_gives_a_connection_and_closes_it(database: str) -> None:
    @asset
    def counted(db: DuckDBResource) -> int:
        with db.get_connection() as connection:
            connection.execute("create table t as select 1 as a")
            return int(connection.execute("select count(*) from t").fetchone()[0])

    resource = DuckDBResource(database=database, connection_config={"threads": 1})

    assert materialize([counted], resources={"db": resource}).output_for_node("counted") == 1
    with resource.get_connection() as connection:
        pass
    with pytest.raises(duckdb.ConnectionException):
        connection.execute("select 1")


HOLD = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1])
print("open", flush=True)
sys.stdin.read()
"""


def test_a_process_waits_until_another_one_closes_the_file(database: str) -> None:
    """The other process closes the file when the first pause begins, so nothing depends on the speed of either."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, database], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        pauses: list[float] = []

        def pause(seconds: float) -> None:
            pauses.append(seconds)
            holder.communicate("")

        connection = open_waiting(lambda: duckdb.connect(database), database, 60, pause)
        connection.close()

    assert pauses == [0.01]


def test_waiting_ends_and_says_who_has_the_file() -> None:
    now = [0.0]

    def locked() -> Any:
        raise duckdb.IOException("Could not set lock on file: Conflicting lock is held in python (PID 12)")

    def pause(seconds: float) -> None:
        now[0] += seconds

    with pytest.raises(DagsterInvariantViolationError, match=r"for all of 5 s.*PID 12"):
        open_waiting(locked, "x.duckdb", 5, pause, lambda: now[0])
    assert now == [5.0]


@pytest.mark.parametrize("message", ["not a valid DuckDB database file", "cannot read block 12"])
def test_other_errors_are_not_waited_for(message: str) -> None:
    def broken() -> Any:
        raise duckdb.IOException(message)

    with pytest.raises(duckdb.IOException, match=message):
        open_waiting(broken, "x.duckdb", 5, pytest.fail)
