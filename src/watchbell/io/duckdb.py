"""Frames as tables of a DuckDB database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field

from watchbell.declare.configurable_resource import ConfigurableIOManager
from watchbell.declare.io.io_context import InputContext, OutputContext
from watchbell.ground.errors import DagsterInvalidDefinitionError, DagsterInvariantViolationError
from watchbell.ground.value import dataclass
from watchbell.io.duckdb_connection import LOCK_WAIT_SECONDS, DuckDBResource, connected
from watchbell.io.frames import Library, asked_for, columns_asked_for, facts_of, frames_of_value, library_of
from watchbell.record.keys import AssetKey

try:
    import duckdb
    import pyarrow as pa
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        f"tables of DuckDB need {missing.name}, which is not installed: pip install 'watchbell[duckdb]'",
        name=missing.name,
    ) from missing

# The resource stands here too, so that one import serves.
__all__ = ["DuckDBIOManager", "DuckDBResource"]

DEFAULT_SCHEMA = "public"


@dataclass(frozen=True)
class TablePlace:
    """Which table holds a value.

    Args:
        schema: its schema.
        table: its name.
    """

    schema: str
    table: str

    @property
    def quoted(self) -> str:
        """The table as SQL names it."""
        return f"{quoted(self.schema)}.{quoted(self.table)}"


class DuckDBIOManager(ConfigurableIOManager):
    """Stores each frame of pandas, polars or pyarrow as a table of a DuckDB database.

    The table of an asset is the last part of its key. Its schema is what the asset's metadata says
    (``metadata={"schema": "raw"}``), else ``schema``, else the part of the key before the last, else ``public``. A
    table is replaced whole, in one transaction. Processes that want the file at the same time wait for each other.
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
        with connected(self.database, self.connection_config, self.lock_wait_seconds) as connection:
            connection.begin()
            connection.execute(f"create schema if not exists {quoted(place.schema)}")
            connection.register("watchbell_value", rows)
            connection.execute(f"create or replace table {place.quoted} as select * from watchbell_value")  # noqa: S608
            connection.commit()
            connection.unregister("watchbell_value")
        context.add_output_metadata({**facts_of(frames, frame), "dagster/table_name": f"{place.schema}.{place.table}"})

    def load_input(self, context: InputContext) -> Any:
        """The table as a frame of the library that the input's annotation asks for.

        Raises:
            DagsterInvariantViolationError: the file is never free.
            duckdb.CatalogException: there is no such table.
        """
        if context.dagster_type.is_nothing:
            return None
        frames, annotation = asked_for(context, self._default_library())
        place = self.place_of(context if context.upstream_output is None else context.upstream_output)
        with connected(self.database, self.connection_config, self.lock_wait_seconds) as connection:
            if not any(name.lower() == "timezone" for name in self.connection_config):
                connection.execute("set TimeZone = 'UTC'")  # else moments are told in the zone of this machine
            table = read_table(connection, place, columns_asked_for(context))
        return frames.as_asked(frames.from_arrow(table), annotation)

    def place_of(self, context: InputContext | OutputContext) -> TablePlace:
        """The table of a value: of an asset by its key, of another output by its name."""
        schema = context.definition_metadata.get("schema")
        schema = getattr(schema, "value", schema)
        if schema is not None and not isinstance(schema, str):
            raise DagsterInvariantViolationError(f'the metadata "schema" is the name of a schema, not {schema!r}')
        key: AssetKey | None = context.asset_key if context.has_asset_key else None
        schema = schema or self.schema_ or (key.path[-2] if key is not None and len(key.path) > 1 else DEFAULT_SCHEMA)
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


def read_table(connection: duckdb.DuckDBPyConnection, place: TablePlace, columns: Sequence[str] | None) -> Any:
    """A table as a ``pyarrow.Table``.

    Args:
        connection: an open connection.
        place: the table.
        columns: names of columns; None: all.
    """
    wanted = "*" if columns is None else ", ".join(quoted(each) for each in columns)
    rows = connection.sql(f"select {wanted} from {place.quoted}")  # noqa: S608
    spans = [name for name, kind in zip(rows.columns, rows.types, strict=True) if str(kind) == "INTERVAL"]
    if not spans:
        return rows.to_arrow_table()
    # Spans of time were stored in microseconds; DuckDB would give them as months, days and nanoseconds.
    numbers = ", ".join(f"epoch_us({quoted(name)}) as {quoted(name)}" for name in spans)
    inner = f"select {wanted} from {place.quoted}"  # noqa: S608
    found = connection.sql(f"select * replace ({numbers}) from ({inner})").to_arrow_table()  # noqa: S608
    for name in spans:
        position = found.schema.get_field_index(name)
        found = found.set_column(position, name, found.column(position).cast(pa.duration("us")))
    return found


def quoted(name: str) -> str:
    """A name as SQL writes it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'
