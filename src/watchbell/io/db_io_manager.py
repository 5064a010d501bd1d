"""The parent of IO managers that keep values as tables of a database, one client and several types of values."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from types import UnionType
from typing import Any, Generic, TypeVar, Union, get_args, get_origin

from watchbell.declare.io.io_context import InputContext, OutputContext
from watchbell.declare.io.io_manager import IOManager
from watchbell.ground.errors import CheckError, DagsterInvariantViolationError
from watchbell.io.table_slice import TablePartitionDimension, TableSlice, partition_dimensions_of, schema_of

# All names that a manager of one's own needs, in one place.
__all__ = ["DbClient", "DbIOManager", "DbTypeHandler", "TablePartitionDimension", "TableSlice"]

T = TypeVar("T")

DEFAULT_SCHEMA = "public"
_UNIONS = (Union, UnionType)


class DbTypeHandler(ABC, Generic[T]):
    """How values of some types become rows, and rows become values again."""

    @abstractmethod
    def handle_output(
        self, context: OutputContext, table_slice: TableSlice, obj: T, connection: Any
    ) -> Mapping[str, Any] | None:
        """Stores a value; the rows that it replaces are deleted already.

        Args:
            context: which output.
            table_slice: which rows of which table it is.
            obj: the value.
            connection: what the client's ``connect`` gave.

        Returns:
            Metadata of the output.
        """

    @abstractmethod
    def load_input(self, context: InputContext, table_slice: TableSlice, connection: Any) -> T:
        """The value of some rows of a table."""

    @property
    @abstractmethod
    def supported_types(self) -> Sequence[type[object]]:
        """The types of values it stores and loads."""


class DbClient(ABC, Generic[T]):
    """What a database needs to be told, in its own SQL. ``T`` is the connection."""

    @staticmethod
    @abstractmethod
    def delete_table_slice(context: OutputContext, table_slice: TableSlice, connection: T) -> None:
        """Deletes the rows, if there is such a table; all of them where the slice has no partitions."""

    @staticmethod
    @abstractmethod
    def get_select_statement(table_slice: TableSlice) -> str:
        """SQL that reads the rows."""

    @staticmethod
    def get_table_name(table_slice: TableSlice) -> str:
        """The table, as SQL names it."""
        return ".".join(part for part in (table_slice.database, table_slice.schema, table_slice.table) if part)

    @staticmethod
    @abstractmethod
    def ensure_schema_exists(context: OutputContext, table_slice: TableSlice, connection: T) -> None:
        """Makes the schema, if there is none."""

    @staticmethod
    @abstractmethod
    def connect(context: OutputContext | InputContext, table_slice: TableSlice) -> AbstractContextManager[T]:
        """While entered, an open connection."""


class DbIOManager(IOManager):
    """An IO manager that keeps each asset as a table, made of a client for the database and handlers of types.

    The table of an asset is the last part of its key, its schema what the asset's metadata says, ``schema``, or the
    part of the key before the last. Of a partitioned asset the metadata says which column tells the partition of a
    row (``{"partition_expr": "day"}``): its rows are deleted and written anew.

    Args:
        type_handlers: how values become rows; the types of two must not overlap.
        db_client: how the database is spoken to.
        database: its name.
        schema: schema of tables whose metadata names none.
        io_manager_name: what messages call it; None: the name of its class.
        default_load_type: the type that inputs without an annotation get; None: that of the only handler.

    Example:
            manager = DbIOManager(type_handlers=[RowsHandler()], db_client=SqliteClient(), database="shop.db")
            defs = Definitions([orders], resources={"io_manager": manager})
    """

    def __init__(
        self,
        *,
        type_handlers: Sequence[DbTypeHandler[Any]],
        db_client: DbClient[Any],
        database: str,
        schema: str | None = None,
        io_manager_name: str | None = None,
        default_load_type: type | None = None,
    ) -> None:
        self._handlers: dict[type, DbTypeHandler[Any]] = {}
        self._name = io_manager_name or type(self).__name__
        for handler in type_handlers:
            for kind in handler.supported_types:
                if kind in self._handlers:
                    raise CheckError(
                        f"{self._name} has two handlers for {kind.__name__}: {type(self._handlers[kind]).__name__} and "
                        f"{type(handler).__name__}; leave one out"
                    )
                self._handlers[kind] = handler
        self._client = db_client
        self._database = database
        self._schema = schema
        only = next(iter(self._handlers)) if len(self._handlers) == 1 else None
        self._default_load_type = default_load_type or only

    def handle_output(self, context: OutputContext, obj: Any) -> None:
        """Replaces the rows of the table, or of some partitions in it, by the value.

        Raises:
            DagsterInvariantViolationError: there is no value.
            CheckError: no handler stores such values.
        """
        if context.dagster_type.is_nothing:
            return
        if obj is None:
            raise DagsterInvariantViolationError(
                f"{self._name} was given None where a value is expected; if there is nothing to store, say so by the "
                "return annotation: -> None"
            )
        handler = self._handler(type(obj))
        table_slice = self._slice(context, context)
        with self._client.connect(context, table_slice) as connection:
            self._client.ensure_schema_exists(context, table_slice, connection)
            self._client.delete_table_slice(context, table_slice, connection)
            said = handler.handle_output(context, table_slice, obj, connection)
        context.add_output_metadata(
            {
                **(said or {}),
                "Query": self._client.get_select_statement(table_slice),
                "dagster/table_name": self._client.get_table_name(table_slice),
            }
        )

    def load_input(self, context: InputContext) -> Any:
        """The value of the rows that the input is; None where it is of partitions, and of none.

        Raises:
            CheckError: no handler loads what the annotation asks for.
        """
        if context.dagster_type.is_nothing:
            return None
        if context.has_asset_key and context.has_asset_partitions and not context.asset_partition_keys:
            return None
        asked = context.dagster_type.typing_type
        handler = self._handler(self._default_load_type if asked is Any and self._default_load_type else asked)
        table_slice = self._slice(context, context.upstream_output or context)
        with self._client.connect(context, table_slice) as connection:
            return handler.load_input(context, table_slice, connection)

    def _slice(self, context: InputContext | OutputContext, output: InputContext | OutputContext) -> TableSlice:
        """Which rows of which table; where the table is says the output."""
        columns = context.definition_metadata.get("columns")
        columns = getattr(columns, "value", columns)
        return TableSlice(
            table=output.asset_key.path[-1] if output.has_asset_key else output.name,
            schema=schema_of(output, self._schema, DEFAULT_SCHEMA),
            database=self._database,
            columns=[columns] if isinstance(columns, str) else columns,
            partition_dimensions=partition_dimensions_of(context),
        )

    def _handler(self, asked: Any) -> DbTypeHandler[Any]:
        choices = get_args(asked) if get_origin(asked) in _UNIONS else (asked,)
        for choice in choices:
            kind = get_origin(choice) or choice
            for each in getattr(kind, "__mro__", ())[:-1]:
                if each in self._handlers:
                    return self._handlers[each]
        known = ", ".join(sorted(kind.__name__ for kind in self._handlers)) or "nothing"
        what = getattr(asked, "__name__", repr(asked))
        raise CheckError(
            f"{self._name} has no handler for {what}, only for {known}; annotate inputs and outputs with one of those, "
            "or give it another handler"
        )
