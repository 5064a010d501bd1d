"""IO managers of databases, made of a client and handlers: here rows in SQLite."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from watchbell import IOManager, asset, build_input_context, build_output_context, materialize
from watchbell.declare.partitions.named_windows import DailyPartitionsDefinition
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.ground.errors import CheckError, DagsterInvariantViolationError
from watchbell.io.db_io_manager import DbClient, DbIOManager, DbTypeHandler, TablePartitionDimension, TableSlice
from watchbell.io.table_slice import PartitionExpressionError
from watchbell.record.partition import PartitionKeyRange, TimeWindow

DAYS = DailyPartitionsDefinition("2026-01-01", end_date="2026-02-01")


class Sqlite(DbClient[sqlite3.Connection]):
    @staticmethod
    def delete_table_slice(context: Any, table_slice: TableSlice, connection: sqlite3.Connection) -> None:
        connection.execute(f'create table if not exists "{table_slice.table}" (day text, n int)')
        connection.execute(f'delete from "{table_slice.table}" where {where(table_slice)}')

    @staticmethod
    def get_select_statement(table_slice: TableSlice) -> str:
        columns = ", ".join(table_slice.columns or ["*"])
        return f'select {columns} from "{table_slice.table}" where {where(table_slice)}'

    @staticmethod
    def ensure_schema_exists(context: Any, table_slice: TableSlice, connection: sqlite3.Connection) -> None:
        assert table_slice.schema

    @staticmethod
    @contextmanager
    def connect(context: Any, table_slice: TableSlice) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(str(table_slice.database))
        with connection:
            yield connection
        connection.close()


def where(table_slice: TableSlice) -> str:
    said = ["1 = 1"]
    for each in table_slice.partition_dimensions or ():
        if isinstance(each.partitions, TimeWindow):
            start, end = (moment.date().isoformat() for moment in each.partitions)
            said.append(f"{each.partition_expr} >= '{start}' and {each.partition_expr} < '{end}'")
        else:
            said.append(f"{each.partition_expr} in ({', '.join(map(repr, each.partitions))})")
    return " and ".join(said)


class Rows(DbTypeHandler[list[tuple[Any, ...]]]):
    def handle_output(
        self, context: Any, table_slice: TableSlice, obj: list[tuple[Any, ...]], connection: Any
    ) -> Mapping[str, Any]:
        connection.executemany(f'insert into "{table_slice.table}" values (?, ?)', obj)
        return {"rows": len(obj)}

    def load_input(self, context: Any, table_slice: TableSlice, connection: Any) -> list[tuple[Any, ...]]:
        return list(connection.execute(Sqlite.get_select_statement(table_slice)))

    @property
    def supported_types(self) -> Sequence[type[object]]:
        return [list]


@pytest.fixture
def manager(tmp_path: Path) -> DbIOManager:
    return DbIOManager(type_handlers=[Rows()], db_client=Sqlite(), database=str(tmp_path / "x.db"), schema="shop")


def test_assets_of_days_become_rows_of_a_table_and_come_back(manager: DbIOManager) -> None:
    @asset(partitions_def=DAYS, metadata={"partition_expr": "day"})
    def orders(context: Any) -> list[Any]:
        return [(key, len(key)) for key in context.partition_keys]

    @asset
    def count(orders: list[Any]) -> list[Any]:
        return [("all", len(orders))]

    resources = {"io_manager": manager}
    for key in ("2026-01-02", "2026-01-03", "2026-01-02"):
        materialize([orders], partition_key=key, resources=resources)
    result = materialize([orders, count], selection=[count], resources=resources)

    assert result.output_for_node("count") == [("all", 2)]


def test_metadata_tells_table_query_and_what_the_handler_says(manager: DbIOManager) -> None:
    context = build_output_context(asset_key=["raw", "orders"])

    manager.handle_output(context, [("x", 1)])

    said = {label: value.value for label, value in context.get_logged_metadata().items()}
    assert said["rows"] == 1
    assert said["Query"] == 'select * from "orders" where 1 = 1'
    assert str(said["dagster/table_name"]).endswith("x.db.shop.orders")


@pytest.mark.parametrize(
    ("metadata", "schema", "expected"),
    [({"schema": "own"}, "shop", "own"), ({}, "shop", "shop"), ({}, None, "raw")],
)
def test_the_schema_is_that_of_the_asset_the_manager_or_the_key(
    tmp_path: Path, metadata: Any, schema: str | None, expected: str
) -> None:
    told: list[TableSlice] = []

    class Told(Rows):
        def load_input(self, context: Any, table_slice: TableSlice, connection: Any) -> list[tuple[Any, ...]]:
            told.append(table_slice)
            return []

    manager = DbIOManager(type_handlers=[Told()], db_client=Sqlite(), database=str(tmp_path / "x.db"), schema=schema)
    upstream = build_output_context(asset_key=["raw", "orders"], definition_metadata=metadata)
    manager.load_input(
        build_input_context(
            asset_key=["raw", "orders"], upstream_output=upstream, definition_metadata={"columns": ["n"]}
        )
    )

    assert told == [TableSlice("orders", expected, str(tmp_path / "x.db"), ["n"], [])]


def test_a_range_of_days_is_a_window_and_listed_keys_are_keys(manager: DbIOManager) -> None:
    letters = StaticPartitionsDefinition(["a", "b", "c"])
    told = [
        manager._slice(
            context := build_output_context(
                asset_key="x",
                asset_partitions_def=definition,
                asset_partition_key_range=PartitionKeyRange(*ends),
                definition_metadata={"partition_expr": "p"},
            ),
            context,
        ).partition_dimensions
        for definition, ends in ((DAYS, ("2026-01-02", "2026-01-03")), (letters, ("a", "b")))
    ]

    window = told[0][0].partitions  # type: ignore[index]
    assert [moment.replace(tzinfo=None) for moment in window] == [datetime(2026, 1, 2), datetime(2026, 1, 4)]  # type: ignore[union-attr]
    assert told[1] == [TablePartitionDimension("p", ["a", "b"])]


def test_what_cannot_be_stored_or_loaded_is_told(manager: DbIOManager) -> None:
    with pytest.raises(CheckError, match="DbIOManager has no handler for str, only for list"):
        manager.handle_output(build_output_context(asset_key="x"), "text")
    with pytest.raises(CheckError, match="no handler for int"):
        manager.load_input(build_input_context(asset_key="x", dagster_type=int))
    with pytest.raises(DagsterInvariantViolationError, match="given None"):
        manager.handle_output(build_output_context(asset_key="x"), None)
    with pytest.raises(PartitionExpressionError, match="partition_expr"):
        manager.handle_output(build_output_context(asset_key="x", partition_key="a"), [])


def test_two_handlers_of_one_type_are_refused() -> None:
    with pytest.raises(CheckError, match="two handlers for list: Rows and Rows"):
        DbIOManager(type_handlers=[Rows(), Rows()], db_client=Sqlite(), database="x")


def test_it_is_an_io_manager(manager: DbIOManager) -> None:
    assert isinstance(manager, IOManager)
