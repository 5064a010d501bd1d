"""Which partitions of an entity: numbers of its definition, or yes and no where it has no partitions.

Both kinds know ``&`` and ``|``, and both are true when there is anything in them; so evaluators need not know which
they have.
"""

from __future__ import annotations

from typing import TypeAlias

from watchbell.record.ordinal_set import OrdinalSet

Subset: TypeAlias = bool | OrdinalSet


def minus(subset: Subset, other: Subset) -> Subset:
    """What is in one and not in the other; both are of the same entity."""
    if isinstance(subset, OrdinalSet):
        return subset - other if isinstance(other, OrdinalSet) else subset
    return subset and not other


def size_of(subset: Subset) -> int:
    """How many partitions; an entity without partitions counts one."""
    return len(subset) if isinstance(subset, OrdinalSet) else int(subset)


def both(one: Subset, other: Subset) -> Subset:
    """What is in both; both are of the same entity."""
    return one & other  # type: ignore[operator]  # both are sets, or none is


def either(one: Subset, other: Subset) -> Subset:
    """What is in one of them; both are of the same entity."""
    return one | other  # type: ignore[operator]  # both are sets, or none is
