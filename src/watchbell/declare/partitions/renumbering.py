"""What becomes of stored partitions when their definition has changed: a decision, on what is stored.

Rows know the keys of their partitions; their numbers belong to the numbering that was in use when they were written.
Whoever asks with a definition at hand compares the two:

- the same numbering: nothing to do, whatever moved (start, end, exclusions);
- a list that only grew: the numbers stay, only the name of the numbering changes;
- another numbering: every row is given its number anew, by its key;
- rows without a number (reported from outside, or by other code): they are looked at when they, or the partitions that
  exist, have changed since the last look.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.view import PartitionsView
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.partition_state import PartitionState, StoredPartitions


class Renumbering(Enum):
    """What is to be done before stored numbers can be read by a definition."""

    RENAMED = "the numbers stay, under another name"
    ALL = "every row is numbered anew"
    UNNUMBERED = "rows without a number are looked at again"


def renumbering(definition: PartitionsDefinition, view: PartitionsView, stored: StoredPartitions) -> Renumbering | None:
    """What is to be done; None: nothing."""
    if stored.numbering is not None and stored.numbering != definition.numbering:
        return Renumbering.RENAMED if definition.continues(stored.numbering) else Renumbering.ALL
    if stored.unnumbered and stored.looked != look(definition, view, stored.unnumbered):
        return Renumbering.UNNUMBERED
    return None


def look(definition: PartitionsDefinition, view: PartitionsView, unnumbered: int) -> str:
    """What a definition looks like to rows without a number: other text, and one may have become a partition."""
    there = definition.ordinals(view)
    return f"{len(there)} {there.first()} {there.last()} {unnumbered}"


def numbers_of(definition: PartitionsDefinition, view: PartitionsView, keys: Iterable[str]) -> dict[str, int]:
    """The numbers of those keys that exist."""
    asked = list(keys)
    found = zip(asked, definition.ordinals_of(asked, view), strict=True)
    return {key: ordinal for key, ordinal in found if ordinal is not None}


def state_of(
    definition: PartitionsDefinition, view: PartitionsView, stored: StoredPartitions, planned: OrdinalSet
) -> PartitionState:
    """The sets of those partitions that exist now.

    Args:
        definition: how the asset is partitioned.
        view: from where one looks.
        stored: with nothing left to be renumbered.
        planned: what runs that have not begun are to make.
    """
    numbering, there = definition.numbering, definition.ordinals(view)
    going: list[OrdinalSet] = []
    for each, ordinals in stored.planned.items():
        if each == numbering or definition.continues(each):
            going.append(ordinals)
        else:  # a run of other code, which ends soon
            going.append(OrdinalSet(numbers_of(definition, view, stored.planned_keys.get(each, ())).values()))
    in_progress = OrdinalSet.union(going) & there
    made = stored.materialized if stored.numbering == numbering else OrdinalSet()
    failed = stored.failed.get(numbering, OrdinalSet())
    return PartitionState(made & there, (failed & there) - in_progress, in_progress, (planned & there) - in_progress)
