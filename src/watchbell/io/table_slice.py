"""Which rows of which table a value is: what IO managers of databases are told."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from watchbell.declare.io.io_context import InputContext, OutputContext
from watchbell.ground.errors import CheckError, DagsterInvalidDefinitionError, DagsterInvariantViolationError
from watchbell.record.partition import TimeWindow


class PartitionExpressionError(DagsterInvalidDefinitionError, ValueError):
    """A partitioned asset does not say which column, or expression, of its table tells the partition."""


class TablePartitionDimension(NamedTuple):
    """Which rows, by one column or expression.

    Args:
        partition_expr: SQL that gives the partition of a row: a column, or something made of columns.
        partitions: the window of time, or the keys, that its value lies in.
    """

    partition_expr: str
    partitions: TimeWindow | Sequence[str]


class TableSlice(NamedTuple):
    """Which rows and columns of a table.

    Args:
        table: its name.
        schema: its schema.
        database: its database.
        columns: names of columns; None: all.
        partition_dimensions: which rows; none: all.

    Example:
        >>> TableSlice(
        ...     "orders", "shop", partition_dimensions=[TablePartitionDimension("country", ["de"])]
        ... ).table
        'orders'
    """

    table: str
    schema: str
    database: str | None = None
    columns: Sequence[str] | None = None
    partition_dimensions: Sequence[TablePartitionDimension] | None = None


def partition_dimensions_of(context: InputContext | OutputContext) -> list[TablePartitionDimension]:
    """Which rows of its table the partitions of a context are; empty: all, as there are no partitions.

    The asset's metadata says how: ``{"partition_expr": "day"}``, of two dimensions ``{"partition_expr": {"date": "day",
    "country": "country"}}``. For an input it is that of the asset upstream.

    Raises:
        PartitionExpressionError: the metadata does not say it.
        CheckError: partitions of time that are no single window, or of several dimensions that are no grid: deleting
            or reading them would touch rows of others.
    """
    if not context.has_asset_key or not context.has_asset_partitions:
        return []
    said = _expression(context)
    definition = context.asset_partitions_def if context.has_asset_partitions_def else None
    dimensions = getattr(definition, "partitions_defs", None)
    if dimensions is None:
        if not isinstance(said, str):
            raise _wrong(context, f"is {said!r}, and the asset has partitions in one dimension: it is SQL")
        return [TablePartitionDimension(said, _time_or_keys(context, definition, context.asset_partition_keys))]
    if not isinstance(said, Mapping):
        names = [each.name for each in dimensions]
        raise _wrong(context, f"is {said!r}, and the asset has the dimensions {names}: it is a dict of each to SQL")
    return _grid(context, definition, dimensions, said)


def _grid(
    context: InputContext | OutputContext, definition: Any, dimensions: Sequence[Any], said: Mapping[str, Any]
) -> list[TablePartitionDimension]:
    parts = [_by_dimension(definition, key) for key in context.asset_partition_keys]
    found: list[TablePartitionDimension] = []
    sizes: list[int] = []
    for each in sorted(dimensions, key=lambda one: str(one.name)):
        expression = said.get(each.name)
        if not isinstance(expression, str):
            raise _wrong(context, f"has no SQL for the dimension {each.name!r}")
        keys = list(dict.fromkeys(part[each.name] for part in parts))
        sizes.append(len(keys))
        found.append(TablePartitionDimension(expression, _time_or_keys(context, each.partitions_def, keys)))
    if math.prod(sizes) != len(parts):
        raise CheckError(
            f"the {len(parts)} partitions of {context.asset_key.to_user_string()!r} are no grid of its dimensions, so "
            "no condition on its columns says which rows they are; use a mapping or a run for whole dimensions"
        )
    return found


def _time_or_keys(
    context: InputContext | OutputContext, definition: Any, keys: Sequence[str]
) -> TimeWindow | Sequence[str]:
    if hasattr(definition, "time_window_for_partition_key") and not hasattr(definition, "partitions_defs"):
        return context.asset_partitions_time_window
    return keys


def _by_dimension(definition: Any, key: str) -> Mapping[str, str]:
    whole = key if hasattr(key, "keys_by_dimension") else definition.get_partition_key_from_str(key)
    found: Mapping[str, str] = whole.keys_by_dimension
    return found


def _expression(context: InputContext | OutputContext) -> Any:
    source = context.upstream_output if isinstance(context, InputContext) else context
    metadata = (context if source is None else source).definition_metadata
    said = metadata.get("partition_expr")
    said = getattr(said, "value", said)
    if said is None:
        raise _wrong(context, 'is missing: say which column tells it, as in @asset(metadata={"partition_expr": "day"})')
    return said


def _wrong(context: InputContext | OutputContext, what: str) -> PartitionExpressionError:
    return PartitionExpressionError(
        f'the metadata "partition_expr" of the partitioned asset {context.asset_key.to_user_string()!r} {what}'
    )


def schema_of(context: InputContext | OutputContext, default: str | None, last_resort: str) -> str:
    """The schema of a value's table: what its metadata says, or ``default``, or the key's part before the last.

    Args:
        context: which value.
        default: of the IO manager.
        last_resort: where nothing says one.

    Raises:
        DagsterInvariantViolationError: the metadata is no name.
    """
    said = context.definition_metadata.get("schema")
    said = getattr(said, "value", said)
    if said is not None and not isinstance(said, str):
        raise DagsterInvariantViolationError(f'the metadata "schema" is the name of a schema, not {said!r}')
    if said or default:
        return str(said or default)
    path = context.asset_key.path if context.has_asset_key else ()
    return path[-2] if len(path) > 1 else last_resort
