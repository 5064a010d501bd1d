"""Partitions in two dimensions as a picture: a strip for each key of the one, over the keys of the other."""

from __future__ import annotations

from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.multi import MultiPartitionsDefinition
from watchbell.declare.partitions.view import PartitionsView
from watchbell.ground.value import dataclass
from watchbell.record.ordinal_set import OrdinalSet

ROWS_MAX = 20
"""Where there would be more rows than this, there is one."""
LABEL_MAX = 20


@dataclass(frozen=True)
class StripRow:
    """One line of the picture.

    Args:
        label: what stands before it.
        there: the partitions of the line.
    """

    label: str
    there: OrdinalSet


def rows_of(definition: PartitionsDefinition, there: OrdinalSet, view: PartitionsView) -> list[StripRow]:
    """The lines of the picture of all partitions there are (one or more)."""
    if not isinstance(definition, MultiPartitionsDefinition):
        return [StripRow("", there)]
    highs = definition.high.partitions_def.ordinals(view)
    if len(highs) > ROWS_MAX:
        return [StripRow("", there)]
    keys = definition.high.partitions_def.keys_of(highs, view)
    return [
        StripRow(
            f"{clipped(key, LABEL_MAX)} ",
            there & OrdinalSet.of_range(definition.join(high, 0), definition.join(high + 1, 0)),
        )
        for high, key in zip(highs, keys, strict=True)
    ]


def ends_of(definition: PartitionsDefinition, there: OrdinalSet, view: PartitionsView) -> list[str]:
    """What stands under the picture: the first and the last key, of rows those of the other dimension."""
    if isinstance(definition, MultiPartitionsDefinition):
        low = definition.low.partitions_def
        if len(definition.high.partitions_def.ordinals(view)) <= ROWS_MAX:
            lows = low.ordinals(view)
            return low.keys_of([lows.at(0), lows.at(-1)], view)
    return definition.keys_of([there.at(0), there.at(-1)], view)


def clipped(text: str, length: int) -> str:
    """Text of at most so many characters."""
    return text if len(text) <= length else text[: max(1, length - 1)] + "\N{HORIZONTAL ELLIPSIS}"
