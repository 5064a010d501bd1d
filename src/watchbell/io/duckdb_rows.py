"""Rows of a table of DuckDB: which are meant, and how they are read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa

from watchbell.ground.value import dataclass
from watchbell.io.table_slice import TablePartitionDimension
from watchbell.record.partition import TimeWindow

VALUE = "watchbell_value"
"""What the frame that is stored is called meanwhile."""


@dataclass(frozen=True)
class TablePlace:
    """Which table holds a value.

    Args:
        schema: its schema.
        table: its name.
        database: its database; None: not known yet.
    """

    schema: str
    table: str
    database: str | None = None

    @property
    def quoted_schema(self) -> str:
        """The schema as SQL names it: with its database, whose name may be that of the schema."""
        return quoted(self.schema) if self.database is None else f"{quoted(self.database)}.{quoted(self.schema)}"

    @property
    def quoted(self) -> str:
        """The table as SQL names it."""
        return f"{self.quoted_schema}.{quoted(self.table)}"

    def seen_from(self, connection: duckdb.DuckDBPyConnection) -> TablePlace:
        """The same table, with the database that a connection has open."""
        ((database,),) = connection.execute("select current_database()").fetchall()
        return TablePlace(self.schema, self.table, database)


def condition(connection: duckdb.DuckDBPyConnection, table: str, dimensions: Sequence[TablePartitionDimension]) -> str:
    """What is true of the rows of some partitions, as SQL.

    Keys are compared with the expression as text. Windows are compared with it as a moment where it has a zone, else as
    wall time of the partitions' zone; text and dates are read as such times.

    Args:
        connection: an open connection.
        table: the table, as SQL names it.
        dimensions: which partitions.
    """
    return " and ".join(_of_dimension(connection, table, each) for each in dimensions) or "true"


def _of_dimension(connection: duckdb.DuckDBPyConnection, table: str, each: TablePartitionDimension) -> str:
    columns = connection.sql(f"select * from {table} limit 0").columns  # noqa: S608
    # A column may be called by a word of SQL, such as "at" or "order".
    expression = quoted(each.partition_expr) if each.partition_expr in columns else f"({each.partition_expr})"
    if not isinstance(each.partitions, TimeWindow):
        keys = ", ".join(_text(key) for key in each.partitions)
        return f"cast({expression} as varchar) in ({keys})" if keys else "false"
    kinds = connection.sql(f"select {expression} from {table} limit 0").types  # noqa: S608 - the user's own SQL
    moments = str(kinds[0]) == "TIMESTAMP WITH TIME ZONE"
    start, end = (_time(moment, moments) for moment in each.partitions)
    value = expression if moments else f"cast({expression} as timestamp)"
    return f"({value} >= {start} and {value} < {end})"


def _time(moment: datetime, with_zone: bool) -> str:
    if with_zone:
        return f"timestamptz {_text(moment.isoformat(sep=' '))}"
    return f"timestamp {_text(moment.replace(tzinfo=None).isoformat(sep=' '))}"


def _text(value: str) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def rows_outside(connection: duckdb.DuckDBPyConnection, dimensions: Sequence[TablePartitionDimension]) -> int:
    """How many rows of the frame that is stored belong to none of its partitions (count)."""
    inside = condition(connection, VALUE, dimensions)
    ((count,),) = connection.execute(f"select count(*) from {VALUE} where ({inside}) is not true").fetchall()  # noqa: S608
    return int(count)


def read_table(
    connection: duckdb.DuckDBPyConnection,
    place: TablePlace,
    columns: Sequence[str] | None,
    dimensions: Sequence[TablePartitionDimension] = (),
) -> Any:
    """A table, or some rows of it, as a ``pyarrow.Table``.

    Args:
        connection: an open connection.
        place: the table.
        columns: names of columns; None: all.
        dimensions: which rows; none: all.
    """
    wanted = "*" if columns is None else ", ".join(quoted(each) for each in columns)
    inner = f"select {wanted} from {place.quoted}"  # noqa: S608
    if dimensions:
        inner += f" where {condition(connection, place.quoted, dimensions)}"
    rows = connection.sql(inner)
    spans = [name for name, kind in zip(rows.columns, rows.types, strict=True) if str(kind) == "INTERVAL"]
    if not spans:
        return rows.to_arrow_table()
    # Spans of time were stored in microseconds; DuckDB would give them as months, days and nanoseconds.
    numbers = ", ".join(f"epoch_us({quoted(name)}) as {quoted(name)}" for name in spans)
    found = connection.sql(f"select * replace ({numbers}) from ({inner})").to_arrow_table()  # noqa: S608
    for name in spans:
        position = found.schema.get_field_index(name)
        found = found.set_column(position, name, found.column(position).cast(pa.duration("us")))
    return found


def quoted(name: str) -> str:
    """A name as SQL writes it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'
