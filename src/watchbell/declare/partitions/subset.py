"""Sets of partitions of one definition, as users' mappings are given and give them back.

Inside, a set is its ordinals; keys are made only for who asks for keys. A key that its definition does not have (a
user's mapping may name one, to say that it is required) has no ordinal and is kept as text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from watchbell.declare.partitions.view import PartitionsView, partitions_view
from watchbell.ground.errors import ParameterCheckError
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.partition import PartitionKeyRange

VERSION = 1  # of the text that ``serialize`` writes


class Numbered(Protocol):
    """What a set needs to know of its definition: see ``PartitionsDefinition``."""

    @property
    def numbering(self) -> str:
        """Names the mapping of keys to ordinals."""

    def ordinal_of(self, key: str, view: PartitionsView) -> int | None:
        """The ordinal of a key that exists."""

    def ordinals_of(self, keys: Sequence[str], view: PartitionsView) -> Sequence[int | None]:
        """The ordinals of keys, None for one that does not exist."""

    def key_of(self, ordinal: int, view: PartitionsView) -> str:
        """The key of an ordinal."""

    def keys_of(self, ordinals: Iterable[int], view: PartitionsView) -> list[str]:
        """The keys of ordinals, in their order."""

    def ordinals(self, view: PartitionsView) -> OrdinalSet:
        """All that exist."""

    def range_ordinals(self, key_range: PartitionKeyRange, view: PartitionsView) -> OrdinalSet:
        """The partitions of a range."""

    def stretches(self, ordinals: OrdinalSet, view: PartitionsView) -> list[tuple[int, int]]:
        """A set as ranges: the first and the last partition of each."""


class PartitionsSubset:
    """Some partitions of a definition: an immutable set of keys.

    Made by ``definition.empty_subset()``, ``subset_with_partition_keys(keys)`` and ``subset_with_all_partitions()``.

    Args:
        partitions_def: the definition.
        ordinals: the partitions, as numbers.
        strange_keys: keys that the definition does not have.
        view: from where one looks; None: from where the surroundings look when it is made.

    Example:
        >>> letters = StaticPartitionsDefinition(["a", "b", "c", "d"])
        >>> some = letters.subset_with_partition_keys(["d", "a", "b"])
        >>> list(some.get_partition_keys()), len(some), "c" in some
        (['a', 'b', 'd'], 3, False)
    """

    __slots__ = ("_strange_keys", "_view", "ordinals", "partitions_def")
    __hash__ = None  # type: ignore[assignment]

    def __init__(
        self,
        partitions_def: Numbered,
        ordinals: OrdinalSet,
        strange_keys: Iterable[str] = (),
        view: PartitionsView | None = None,
    ) -> None:
        self.partitions_def = partitions_def
        self.ordinals = ordinals
        self._strange_keys = frozenset(strange_keys)
        self._view = partitions_view() if view is None else view

    # ------------------------------------------------------------ questions

    @property
    def strange_keys(self) -> frozenset[str]:
        """Members that the definition does not have."""
        return self._strange_keys

    @property
    def is_empty(self) -> bool:
        """Whether nothing is in it."""
        return not self.ordinals and not self._strange_keys

    def get_partition_keys(self) -> Sequence[str]:
        """The keys, in the order of the definition; last those that it does not have."""
        return self.partitions_def.keys_of(self.ordinals, self._view) + sorted(self._strange_keys)

    def get_partition_keys_not_in_subset(self, partitions_def: Numbered) -> Sequence[str]:
        """The keys of the definition that are not in the set, in order.

        Args:
            partitions_def: the definition.
        """
        view = partitions_view()
        there = PartitionsSubset(partitions_def, OrdinalSet(), view=view) | self
        return partitions_def.keys_of(partitions_def.ordinals(view) - there.ordinals, view)

    def get_partition_key_ranges(self, partitions_def: Numbered | None = None) -> Sequence[PartitionKeyRange]:
        """The set as ranges between which partitions are missing, in order.

        Of two dimensions each range is of one key in one of them.

        Args:
            partitions_def: whose ranges are meant; None: those of the definition it was made with.
        """
        definition = self.partitions_def if partitions_def is None else partitions_def
        view = self._view
        ordinals = (PartitionsSubset(definition, OrdinalSet(), view=view) | self).ordinals
        return [
            PartitionKeyRange(definition.key_of(start, view), definition.key_of(end, view))
            for start, end in definition.stretches(ordinals, view)
        ]

    def __contains__(self, key: object) -> bool:
        if not isinstance(key, str):
            return False
        ordinal = self.partitions_def.ordinal_of(key, self._view)
        return key in self._strange_keys if ordinal is None else ordinal in self.ordinals

    def __len__(self) -> int:
        return len(self.ordinals) + len(self._strange_keys)

    def __iter__(self) -> Iterator[str]:
        return iter(self.get_partition_keys())

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, PartitionsSubset)
            and self.partitions_def.numbering == other.partitions_def.numbering
            and self.ordinals == other.ordinals
            and self._strange_keys == other._strange_keys
        )

    def __repr__(self) -> str:
        shown = self.partitions_def.keys_of(self.ordinals.page(0, 5), self._view) + sorted(self._strange_keys)[:5]
        more = ", ..." if len(self) > len(shown) else ""
        return f"PartitionsSubset({', '.join(map(repr, shown))}{more})"

    # -------------------------------------------------------------- algebra

    def with_partition_keys(self, partition_keys: Iterable[str]) -> PartitionsSubset:
        """The set and some more partitions.

        Args:
            partition_keys: their keys; those that do not exist stay in the set as text.

        Raises:
            ParameterCheckError: a key is no text.
        """
        keys = list(partition_keys)
        for key in keys:
            if not isinstance(key, str):
                raise ParameterCheckError(
                    f"keys of partitions are text, not {key!r}", parameter="partition_keys", value=key
                )
        ordinals = self.partitions_def.ordinals_of(keys, self._view)
        strange = {str(key) for key, ordinal in zip(keys, ordinals, strict=True) if ordinal is None}
        found = OrdinalSet(ordinal for ordinal in ordinals if ordinal is not None)
        return self._with(self.ordinals | found, self._strange_keys | strange)

    def with_partition_key_range(
        self, partitions_def: Numbered, partition_key_range: PartitionKeyRange
    ) -> PartitionsSubset:
        """The set and all partitions of a range.

        Args:
            partitions_def: its definition.
            partition_key_range: the first and the last partition, both included.

        Raises:
            DagsterInvalidInvocationError: an end of the range does not exist.
        """
        added = partitions_def.range_ordinals(partition_key_range, self._view)
        return self | PartitionsSubset(partitions_def, added, view=self._view)

    def empty_subset(self) -> PartitionsSubset:
        """The set of no partitions of the same definition."""
        return self._with(OrdinalSet(), frozenset())

    def __or__(self, other: PartitionsSubset) -> PartitionsSubset:
        other = self._alike(other)
        return self._with(self.ordinals | other.ordinals, self._strange_keys | other._strange_keys)

    def __and__(self, other: PartitionsSubset) -> PartitionsSubset:
        other = self._alike(other)
        return self._with(self.ordinals & other.ordinals, self._strange_keys & other._strange_keys)

    def __sub__(self, other: PartitionsSubset) -> PartitionsSubset:
        other = self._alike(other)
        return self._with(self.ordinals - other.ordinals, self._strange_keys - other._strange_keys)

    def _with(self, ordinals: OrdinalSet, strange_keys: frozenset[str]) -> PartitionsSubset:
        return PartitionsSubset(self.partitions_def, ordinals, strange_keys, self._view)

    def _alike(self, other: PartitionsSubset) -> PartitionsSubset:
        """The other set in the numbers of this one."""
        if not isinstance(other, PartitionsSubset):
            raise ParameterCheckError(f"expected a set of partitions, not {other!r}", parameter="other", value=other)
        if other.partitions_def.numbering == self.partitions_def.numbering:
            return other
        return self.empty_subset().with_partition_keys(other.get_partition_keys())

    # ----------------------------------------------------------------- text

    def serialize(self) -> str:
        """The set as text, which its definition's ``deserialize_subset`` reads."""
        return json.dumps({"version": VERSION, "subset": list(self.get_partition_keys())})


class _NoKeys:
    """A definition that has no partitions: every key is strange to it."""

    numbering = "none"

    def ordinal_of(self, key: str, view: PartitionsView) -> int | None:
        """None."""
        return None

    def ordinals_of(self, keys: Sequence[str], view: PartitionsView) -> Sequence[int | None]:
        """None for each."""
        return [None] * len(keys)

    def key_of(self, ordinal: int, view: PartitionsView) -> str:
        """Never asked: no ordinal comes from here."""
        raise KeyError(ordinal)

    def keys_of(self, ordinals: Iterable[int], view: PartitionsView) -> list[str]:
        """None: no ordinal comes from here."""
        return []

    def ordinals(self, view: PartitionsView) -> OrdinalSet:
        """None."""
        return OrdinalSet()

    def range_ordinals(self, key_range: PartitionKeyRange, view: PartitionsView) -> OrdinalSet:
        """Refused: what lies between two keys is known to a definition alone.

        Raises:
            ParameterCheckError: always.
        """
        raise ParameterCheckError(
            f"keys without a definition have no ranges, so {key_range!r} cannot be added; make the set by "
            "definition.subset_with_partition_keys(...)",
            parameter="partition_key_range",
            value=key_range,
        )

    def stretches(self, ordinals: OrdinalSet, view: PartitionsView) -> list[tuple[int, int]]:
        """None: no ordinal comes from here."""
        return []


class DefaultPartitionsSubset(PartitionsSubset):
    """Keys without a definition; a mapping of one's own may answer with it.

    Args:
        subset: the keys.

    Raises:
        ParameterCheckError: one of them is no text.
    """

    __slots__ = ()

    def __init__(self, subset: Iterable[str] | None = None) -> None:
        keys = [] if subset is None else list(subset)
        for key in keys:
            if not isinstance(key, str):
                raise ParameterCheckError(f"keys of partitions are text, not {key!r}", parameter="subset", value=key)
        super().__init__(_NoKeys(), OrdinalSet(), keys)

    @property
    def subset(self) -> frozenset[str]:
        """The keys."""
        return self.strange_keys


def read_keys(serialized: str) -> list[str]:
    """The keys in the text of a set.

    Args:
        serialized: what ``PartitionsSubset.serialize`` wrote.

    Raises:
        ParameterCheckError: it is something else.
    """
    try:
        read = json.loads(serialized)
    except (TypeError, ValueError):
        read = None
    keys = read.get("subset") if isinstance(read, dict) and read.get("version") == VERSION else None
    if not isinstance(keys, list):
        raise ParameterCheckError(
            f"{serialized!r} is no set of partitions; pass the text that serialize() of one gave",
            parameter="serialized",
            value=serialized,
        )
    return keys


def joined_ranges(ordinals: OrdinalSet, existing: OrdinalSet) -> list[tuple[int, int]]:
    """First and last member of each stretch of ``ordinals`` between which nothing of ``existing`` is missing.

    Args:
        ordinals: the set to be told in ranges.
        existing: all there are; what lies in a gap and does not exist does not part two ranges.
    """
    found: list[tuple[int, int]] = []
    for start, stop in ordinals.ranges():
        if found and not existing.count_between(found[-1][1] + 1, start):
            found[-1] = (found[-1][0], stop - 1)
        else:
            found.append((start, stop - 1))
    return found
