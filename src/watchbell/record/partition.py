"""Partitions as values: keys, ranges of keys, windows of time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Generic, NamedTuple, Self, TypeVar

from watchbell.ground.errors import CheckError, ParameterCheckError
from watchbell.ground.value import dataclass

V = TypeVar("V")

PARTITION_TAG = "dagster/partition"
"""Run tag: the partition the run is for; that of a dimension is ``dagster/partition/<dimension>``."""
RANGE_START_TAG = "dagster/asset_partition_range_start"
"""Run tags: the first and the last partition of a run for a range."""
RANGE_END_TAG = "dagster/asset_partition_range_end"
PARTITION_SET_TAG = "dagster/partition_set"
"""Run tag: the name of the job whose partition it is, followed by ``_partition_set``."""
BACKFILL_TAG = "dagster/backfill"
"""Run tag: the backfill the run belongs to."""
DIMENSION_DELIMITER = "|"


class TimeWindow(NamedTuple):
    """A stretch of time.

    Args:
        start: aware, included.
        end: aware, excluded.

    Example:
        >>> from datetime import UTC
        >>> TimeWindow(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)).end.day
        2
    """

    start: datetime
    end: datetime


class PartitionKeyRange(NamedTuple):
    """Partitions from one to another, in the order of their definition.

    Args:
        start: the first key.
        end: the last key, included.

    Example:
        >>> PartitionKeyRange("2026-01-01", "2026-01-31").end
        '2026-01-31'
    """

    start: str
    end: str


@dataclass(frozen=True)
class PartitionNumber:
    """Which partition, as a number.

    Args:
        numbering: which mapping of keys to numbers: see ``PartitionsDefinition.numbering``.
        ordinal: the number (>= 0).
    """

    numbering: str
    ordinal: int


class Partition(Generic[V]):
    """A partition that stands for a value: what functions of partitioned config are given.

    Args:
        value: what it stands for.
        name: its key; None: the value as text.

    Example:
        >>> Partition(7).name, Partition(7, name="seven").name
        ('7', 'seven')
    """

    def __init__(self, value: Any, name: str | None = None) -> None:
        if name is not None and not isinstance(name, str):
            raise ParameterCheckError(f"name is text, not {name!r}", parameter="name", value=name)
        self._value = value
        self._name = str(value) if name is None else name

    @property
    def value(self) -> V:
        """What it stands for."""
        value: V = self._value
        return value

    @property
    def name(self) -> str:
        """Its key."""
        return self._name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Partition) and (self._value, self._name) == (other._value, other._name)

    __hash__ = None  # type: ignore[assignment]  # the value need not have one

    def __repr__(self) -> str:
        return f"Partition(value={self._value!r}, name={self._name!r})"


class PartitionDimensionKey(NamedTuple):
    """The key of one dimension of a partition.

    Args:
        dimension_name: which dimension.
        partition_key: its key there.
    """

    dimension_name: str
    partition_key: str


class MultiPartitionKey(str):
    """The key of a partition in several dimensions: text, the keys of the dimensions by the order of their names.

    Args:
        keys_by_dimension: the key in each dimension, by its name.

    Raises:
        CheckError: that is no mapping of text to text.

    Example:
        >>> key = MultiPartitionKey({"day": "2026-01-01", "colour": "red"})
        >>> key, key.keys_by_dimension["colour"]
        ('red|2026-01-01', 'red')
    """

    __slots__ = ("_keys_by_dimension",)
    _keys_by_dimension: dict[str, str]

    def __new__(cls, keys_by_dimension: Mapping[str, str]) -> Self:
        """The text."""
        if not isinstance(keys_by_dimension, Mapping):
            raise ParameterCheckError(
                f"keys_by_dimension is a mapping of dimensions to keys, not {keys_by_dimension!r}",
                parameter="keys_by_dimension",
                value=keys_by_dimension,
            )
        for name, key in keys_by_dimension.items():
            if not isinstance(name, str) or not isinstance(key, str):
                raise CheckError(f"keys_by_dimension maps text to text; it holds {name!r}: {key!r}")
        by_name = dict(sorted(keys_by_dimension.items()))
        made = super().__new__(cls, DIMENSION_DELIMITER.join(by_name.values()))
        made._keys_by_dimension = by_name
        return made

    @property
    def keys_by_dimension(self) -> Mapping[str, str]:
        """The key in each dimension, by its name."""
        return dict(self._keys_by_dimension)

    @property
    def dimension_keys(self) -> list[PartitionDimensionKey]:
        """The same as a list, by the order of the dimensions' names."""
        return [PartitionDimensionKey(*each) for each in self._keys_by_dimension.items()]

    def __getnewargs__(self) -> tuple[dict[str, str]]:  # type: ignore[override]  # made of a mapping, not of text
        return (self._keys_by_dimension,)
