"""How far sensors of assets have come: the storage ids of the materializations they dealt with, as cursor text.

A sensor of one asset keeps one id. One of several keeps, for each asset, the id and partition of the last
materialization and those of earlier ones that it left over, by partition.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field

from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.ground.value import dataclass
from watchbell.record.keys import AssetKey

DIGITS_MAX = 18
TRAILING_MAX = 1_000
"""Materializations of other partitions that are remembered as left over, for each asset (count)."""


@dataclass(frozen=True)
class Consumed:
    """How far a sensor has come with one asset.

    Args:
        storage_id: of the last materialization it dealt with; 0: none yet.
        partition: the partition of that.
        trailing: storage ids of earlier ones that it left over, by partition.
    """

    storage_id: int = 0
    partition: str | None = None
    trailing: Mapping[str, int] = field(default_factory=dict)


NOTHING = Consumed()


def is_number(cursor: str | None) -> bool:
    """Whether a cursor is the number of an event, as those of sensors of runs and of one asset are."""
    text = cursor or ""
    return text.isdecimal() and len(text) <= DIGITS_MAX


def read_number(cursor: str | None) -> int:
    """The id that the cursor of a sensor of one asset holds; 0: none, or something else stands there."""
    return int(cursor or "") if is_number(cursor) else 0


def read_cursor(cursor: str | None) -> dict[str, Consumed]:
    """What the cursor of a sensor of several assets holds, by the key's text.

    Raises:
        DagsterInvariantViolationError: it is something else.
    """
    if not cursor:
        return {}
    try:
        found = json.loads(cursor)
        return {str(key): _consumed(*value) for key, value in found.items()}
    except (ValueError, TypeError, AttributeError):
        raise DagsterInvariantViolationError(
            f"the cursor {cursor[:100]!r} is none of a sensor of several assets; expected for example "
            """{"AssetKey(['orders'])": [null, 12, {}]}, with the number of the last materialization. """
            "Set another with `watchbell sensor cursor NAME --set`, or take it away with --delete",
            cursor=cursor[:1_000],
        ) from None


def _consumed(partition: str | None, storage_id: int | None, trailing: Mapping[str, int]) -> Consumed:
    return Consumed(int(storage_id or 0), partition, {str(key): int(value) for key, value in trailing.items()})


def written_cursor(consumed: Mapping[str, Consumed]) -> str:
    """The inverse of :func:`read_cursor`."""
    return json.dumps(
        {key: [each.partition, each.storage_id or None, dict(each.trailing)] for key, each in consumed.items()}
    )


def consumed_of(cursor: str | None, keys: tuple[AssetKey, ...]) -> list[Consumed]:
    """How far the cursor of any sensor of assets says it has come, with each of ``keys``."""
    if cursor is None or cursor.isdecimal():
        return [Consumed(read_number(cursor))] * len(keys)
    try:
        found = read_cursor(cursor)
    except DagsterInvariantViolationError:
        return [NOTHING] * len(keys)
    return [found.get(str(key), NOTHING) for key in keys]


def consumed_ids(cursor: str | None, keys: tuple[AssetKey, ...]) -> list[int]:
    """The storage id up to which the cursor of any sensor of assets has come, for each of ``keys``; 0: nothing."""
    return [each.storage_id for each in consumed_of(cursor, keys)]
