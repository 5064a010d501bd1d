"""Frames as tables of a DuckDB database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

from pydantic import Field

from watchbell.declare.configurable_resource import ConfigurableIOManager
from watchbell.declare.io.io_context import InputContext, OutputContext
from watchbell.ground.errors import DagsterInvalidDefinitionError, DagsterInvariantViolationError
from watchbell.io.duckdb_connection import LOCK_WAIT_SECONDS, DuckDBResource, connected
from watchbell.io.duckdb_rows import VALUE, TablePlace, condition, read_table, rows_outside
from watchbell.io.frames import Library, asked_for, columns_asked_for, facts_of, frames_of_value, library_of
from watchbell.io.table_slice import TablePartitionDimension, partition_dimensions_of, schema_of
from watchbell.record.keys import AssetKey

try:
    import duckdb
    import pyarrow  # noqa: F401 - to say what is missing
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        f"tables of DuckDB need {missing.name}, which is not installed: pip install 'watchbell[duckdb]'",
        name=missing.name,
    ) from missing

# The resource stands here too, so that one import serves.
__all__ = ["DuckDBIOManager", "DuckDBResource"]

DEFAULT_SCHEMA = "public"


class DuckDBIOManager(ConfigurableIOManager):
    """Stores each frame of pandas, polars or pyarrow as a table of a DuckDB database.

    The table of an asset is the last part of its key. Its schema is what the asset's metadata says
    (``metadata={"schema": "raw"}``), else ``schema``, else the part of the key before the last, else ``public``. A
    table is replaced whole, in one transaction. Processes that want the file at the same time wait for each other.
    Of a partitioned asset the metadata says which column, or SQL, tells the partition of a row
    (``metadata={"partition_expr": "day"}``, of two dimensions a dict): the rows of the partitions are replaced.
    What is loaded follows from the input's annotation (``pd.DataFrame``, ``pl.DataFrame``, ``pl.LazyFrame``,
    ``pa.Table``); an input may take some columns only: ``AssetIn(metadata={"columns": ["id"]})``.

    Args:
        database: the file, or ``"md:…"`` for MotherDuck.
        connection_config: settings of DuckDB, such as ``{"threads": 2}``.
        schema: schema of tables whose metadata names none.
        frame: library of the frames that inputs without an annotation get.
        lock_wait_seconds: how long to wait for another process that has the file open.

    Example:
        >>> import pandas as pd
        >>> duck = DuckDBIOManager(database="warehouse.duckdb")
        >>> duck.handle_output(build_output_context(asset_key=["raw", "orders"]), pd.DataFrame({"id": [1]}))
        >>> duck.load_input(build_input_context(asset_key=["raw", "orders"])).shape
        (1, 1)
    """

    database: str
    connection_config: dict[str, Any] = {}
    schema_: str | None = Field(default=None, alias="schema")
    frame: Literal["pandas", "polars", "pyarrow"] = "pandas"
    lock_wait_seconds: float = LOCK_WAIT_SECONDS

    @staticmethod
    def type_handlers() -> Sequence[Any]:
        """Which libraries' frames are meant, where a subclass says so; all are stored in any case."""
        return ()

    @staticmethod
    def default_load_type() -> type | None:
        """The class of frames that inputs without an annotation get, where a subclass says so."""
        return None

    def handle_output(self, context: OutputContext, obj: Any) -> None:
        """Replaces the table by the frame.

        Raises:
            DagsterInvariantViolationError: it is no frame, or has no columns; or the file is never free.
        """
        if obj is None:
            if context.dagster_type.is_nothing:
                return
            raise DagsterInvariantViolationError(
                "DuckDBIOManager was given None where a frame is expected; if there is nothing to store, say so by the "
                "return annotation: -> None"
            )
        frames = frames_of_value(obj, type(self).__name__)
        frame = frames.whole(obj)
        rows = frames.to_arrow(frame)
        place = self.place_of(context)
        if not rows.num_columns:
            raise DagsterInvariantViolationError(f"a frame without columns cannot be the table {place.quoted}")
        dimensions = partition_dimensions_of(context)
        with self._connected() as connection:
            place = place.seen_from(connection)
            connection.begin()
            connection.execute(f"create schema if not exists {place.quoted_schema}")
            connection.register(VALUE, rows)
            if dimensions:
                self._replace_partitions(context, connection, place, dimensions)
            else:
                connection.execute(f"create or replace table {place.quoted} as select * from {VALUE}")  # noqa: S608
            connection.commit()
            connection.unregister(VALUE)
        context.add_output_metadata({**facts_of(frames, frame), "dagster/table_name": f"{place.schema}.{place.table}"})

    def load_input(self, context: InputContext) -> Any:
        """The table as a frame of the library that the input's annotation asks for; None of no partitions at all.

        Raises:
            DagsterInvariantViolationError: the file is never free.
            duckdb.CatalogException: there is no such table.
        """
        if context.dagster_type.is_nothing:
            return None
        if context.has_asset_key and context.has_asset_partitions and not context.asset_partition_keys:
            return None
        frames, annotation = asked_for(context, self._default_library())
        place = self.place_of(context if context.upstream_output is None else context.upstream_output)
        dimensions = partition_dimensions_of(context)
        with self._connected() as connection:
            table = read_table(connection, place.seen_from(connection), columns_asked_for(context), dimensions)
        return frames.as_asked(frames.from_arrow(table), annotation)

    @contextmanager
    def _connected(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with connected(self.database, self.connection_config, self.lock_wait_seconds) as connection:
            if not any(name.lower() == "timezone" for name in self.connection_config):
                connection.execute("set TimeZone = 'UTC'")  # else moments are told in the zone of this machine
            yield connection

    @staticmethod
    def _replace_partitions(
        context: OutputContext,
        connection: duckdb.DuckDBPyConnection,
        place: TablePlace,
        dimensions: Sequence[TablePartitionDimension],
    ) -> None:
        connection.execute(f"create table if not exists {place.quoted} as select * from {VALUE} limit 0")  # noqa: S608
        try:
            connection.execute(f"delete from {place.quoted} where {condition(connection, place.quoted, dimensions)}")  # noqa: S608
            connection.execute(f"insert into {place.quoted} by name select * from {VALUE}")  # noqa: S608
        except duckdb.BinderException as error:
            raise DagsterInvariantViolationError(
                f"a partition of the frame does not fit the table {place.quoted}, which other partitions are in: "
                f"{' '.join(str(error).split())}; change the table (alter table …), or the frame"
            ) from error
        strange = rows_outside(connection, dimensions)
        if strange:
            context.log.warning(
                "%s rows of the frame for %s lie outside its partitions by %s: they were stored, and will be with it "
                "again",
                strange,
                place.quoted,
                " and ".join(each.partition_expr for each in dimensions),
            )

    def place_of(self, context: InputContext | OutputContext) -> TablePlace:
        """The table of a value: of an asset by its key, of another output by its name."""
        key: AssetKey | None = context.asset_key if context.has_asset_key else None
        schema = schema_of(context, self.schema_, DEFAULT_SCHEMA)
        if key is not None:
            return TablePlace(schema, key.path[-1])
        step_key = getattr(context, "step_key", context.name)
        # Every op calls its only output "result": the step's name tells their tables apart.
        return TablePlace(schema, step_key.replace(".", "__") if context.name == "result" else context.name)

    def _default_library(self) -> Library:
        wanted = self.default_load_type()
        for handler in () if wanted is not None else self.type_handlers():
            types = getattr(handler, "supported_types", None)
            if not types or library_of(types[0]) is None:
                raise DagsterInvalidDefinitionError(
                    f"{type(self).__name__}.type_handlers() has {handler!r}: handlers of other types than frames of "
                    "pandas, polars and pyarrow are not supported; write an IO manager of your own for those"
                )
            wanted = types[0]
            break
        return library_of(wanted) or self.frame
