"""Tables as metadata: a few rows, the columns and their kinds, and which columns they were made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from watchbell.ground.errors import ParameterCheckError
from watchbell.ground.value import dataclass
from watchbell.ground.wire import wired
from watchbell.record.keys import AssetKey, CoercibleToAssetKey

Cell = str | int | float | bool | None
_COLUMN_TYPES = {str: "string", int: "int", float: "float", bool: "bool", type(None): "string"}


@wired("table.record")
@dataclass(frozen=True)
class TableRecord:
    """A row.

    Args:
        data: values by column: text, numbers, truth values or None.

    Raises:
        ParameterCheckError: a value is something else.

    Example:
        >>> TableRecord({"city": "Seattle", "days": 31}).data["days"]
        31
    """

    data: Mapping[str, Cell]

    def __post_init__(self) -> None:
        cells = _typed(self.data, Mapping, "data of a TableRecord")
        for name, value in cells.items():
            _typed(name, str, "a column of a TableRecord")
            if type(value) not in _COLUMN_TYPES:
                raise ParameterCheckError(
                    f"column {name!r} of a TableRecord holds {value!r} ({type(value).__name__}); expected text, a "
                    "number, a truth value or None",
                    parameter="data",
                    value=value,
                )


@wired("table.column_constraints")
@dataclass(frozen=True)
class TableColumnConstraints:
    """What holds for every value of a column.

    Args:
        nullable: whether a value may be missing.
        unique: whether no value comes twice.
        other: further rules, in words.

    Example:
        >>> TableColumnConstraints(nullable=False).nullable
        False
    """

    nullable: bool = True
    unique: bool = False
    other: Sequence[str] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "other", _all_of(self.other or (), str, "other of TableColumnConstraints"))


@wired("table.constraints")
@dataclass(frozen=True)
class TableConstraints:
    """What holds for a table as a whole.

    Args:
        other: rules, in words.

    Example:
        >>> TableConstraints(other=["at least one row"]).other
        ['at least one row']
    """

    other: Sequence[str]

    def __post_init__(self) -> None:
        object.__setattr__(self, "other", _all_of(self.other, str, "other of TableConstraints"))


@wired("table.column")
@dataclass(frozen=True)
class TableColumn:
    """A column.

    Args:
        name: its name.
        type: what kind of values it holds, in any words.
        description: free text.
        constraints: what holds for its values; None: they may be missing and repeated.
        tags: labels, text to text.

    Raises:
        ParameterCheckError: an argument of the wrong type.

    Example:
        >>> TableColumn("days", "int", description="of the month").type
        'int'
    """

    name: str
    type: str = "string"
    description: str | None = None
    constraints: TableColumnConstraints | None = None
    tags: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        _typed(self.name, str, "name of a TableColumn")
        _typed(self.type, str, f"type of the TableColumn {self.name!r}")
        constraints = TableColumnConstraints() if self.constraints is None else self.constraints
        what = f"constraints of the TableColumn {self.name!r}"
        object.__setattr__(self, "constraints", _typed(constraints, TableColumnConstraints, what))
        object.__setattr__(self, "tags", dict(self.tags or {}))


@wired("table.schema")
@dataclass(frozen=True)
class TableSchema:
    """The columns of a table.

    Args:
        columns: in order.
        constraints: what holds for the table as a whole.

    Raises:
        ParameterCheckError: an argument of the wrong type.

    Example:
        >>> [column.name for column in TableSchema([TableColumn("city"), TableColumn("days", "int")]).columns]
        ['city', 'days']
    """

    columns: Sequence[TableColumn]
    constraints: TableConstraints | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", _all_of(self.columns, TableColumn, "columns of a TableSchema"))
        constraints = TableConstraints([]) if self.constraints is None else self.constraints
        object.__setattr__(self, "constraints", _typed(constraints, TableConstraints, "constraints of a TableSchema"))

    @staticmethod
    def from_name_type_dict(name_type_dict: Mapping[str, str]) -> TableSchema:
        """The schema of columns given as name -> type."""
        return TableSchema([TableColumn(name, kind) for name, kind in name_type_dict.items()])

    @staticmethod
    def of_records(records: Sequence[TableRecord]) -> TableSchema:
        """The schema that the first of these rows shows.

        Raises:
            ParameterCheckError: there are no rows, or not all have the same columns.
        """
        if not records:
            raise ParameterCheckError("a table without rows needs schema=, which says its columns", parameter="schema")
        columns = set(records[0].data)
        for number, record in enumerate(records):
            if set(record.data) != columns:
                odd = ", ".join(sorted(columns ^ set(record.data)))
                raise ParameterCheckError(
                    f"all rows of a table have the same columns; row {number} and row 0 differ in {odd}",
                    parameter="records",
                )
        return TableSchema([TableColumn(name, _COLUMN_TYPES[type(each)]) for name, each in records[0].data.items()])


@wired("table.column_dep")
@dataclass(frozen=True)
class TableColumnDep:
    """A column that another one was made from.

    Args:
        asset_key: the asset that has it.
        column_name: its name.

    Example:
        >>> TableColumnDep("orders", "amount").asset_key
        AssetKey(['orders'])
    """

    asset_key: CoercibleToAssetKey
    column_name: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "asset_key", AssetKey.from_coercible(self.asset_key))
        _typed(self.column_name, str, "column_name of a TableColumnDep")


@wired("table.lineage")
@dataclass(frozen=True)
class TableColumnLineage:
    """Which columns each column of an asset was made from.

    Args:
        deps_by_column: column -> the columns it was made from.

    Example:
        >>> TableColumnLineage({"total": [TableColumnDep("orders", "amount")]}).deps_by_column["total"][
        ...     0
        ... ].column_name
        'amount'
    """

    deps_by_column: Mapping[str, Sequence[TableColumnDep]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        deps = _typed(self.deps_by_column, Mapping, "deps_by_column of a TableColumnLineage")
        what = "deps_by_column of a TableColumnLineage"
        object.__setattr__(
            self, "deps_by_column", {name: _all_of(each, TableColumnDep, what) for name, each in deps.items()}
        )


def _typed(value: Any, kind: type, what: str) -> Any:
    if isinstance(value, kind):
        return value
    raise ParameterCheckError(
        f"{what} is {value!r} ({type(value).__name__}); expected {kind.__name__}", parameter=what, value=value
    )


def _all_of(values: Any, kind: type, what: str) -> list[Any]:
    if isinstance(values, str) or not isinstance(values, Sequence):
        raise ParameterCheckError(
            f"{what} is {values!r}; expected a list of {kind.__name__}", parameter=what, value=values
        )
    return [_typed(each, kind, f"a member of {what}") for each in values]


def checked_kind(value: Any, kind: type | tuple[type, ...], parameter: str) -> Any:
    """``value``, if it is of this class, or of one of these.

    Raises:
        ParameterCheckError: it is not.
    """
    if isinstance(value, kind):
        return value
    kinds = kind if isinstance(kind, tuple) else (kind,)
    wanted = " or ".join("None" if each is type(None) else each.__name__ for each in kinds)
    raise ParameterCheckError(
        f"{parameter} of a metadata value is {value!r} ({type(value).__name__}); expected {wanted}",
        parameter=parameter,
        value=value,
    )
