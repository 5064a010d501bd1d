"""Sets of partitions as numbers: compressed bitmaps of ordinals.

A hundred thousand consecutive ordinals take a few bytes, ten million scattered ones about a megabyte, and set algebra
works on whole words. The bitmap library is loaded with the first set that is made: a run for one partition, which
only asks for the number of one key, never pays for it.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

ORDINAL_MAX = 2**63 - 1


@cache
def _bitmap_class() -> Any:
    from pyroaring import BitMap64

    return BitMap64


class OrdinalSet:
    """An immutable set of ordinals (0 to 2**63 - 1), quick to combine and small to store.

    Args:
        ordinals: the members, in any order.

    Example:
        >>> days = OrdinalSet.of_range(10, 20) | OrdinalSet([25])
        >>> len(days), days.ranges()
        (11, [(10, 20), (25, 26)])
    """

    __slots__ = ("_bits",)

    def __init__(self, ordinals: Iterable[int] = ()) -> None:
        self._bits = _bitmap_class()(ordinals)

    @classmethod
    def _of(cls, bits: Any) -> OrdinalSet:
        made = cls.__new__(cls)
        made._bits = bits
        return made

    @classmethod
    def of_range(cls, start: int, stop: int) -> OrdinalSet:
        """All of ``start`` to ``stop``, that one excluded; empty if ``stop`` is not greater."""
        return cls.of_ranges([(start, stop)])

    @classmethod
    def of_ranges(cls, ranges: Iterable[tuple[int, int]]) -> OrdinalSet:
        """The union of half-open ranges, in any order."""
        bits = _bitmap_class()()
        for start, stop in ranges:
            if start < stop:
                bits.add_range(start, stop)
        return cls._of(bits)

    @classmethod
    def from_bytes(cls, body: bytes) -> OrdinalSet:
        """The set that :meth:`to_bytes` wrote.

        Raises:
            ValueError: the bytes are no set.
        """
        return cls._of(_bitmap_class().deserialize(body))

    def to_bytes(self) -> bytes:
        """The set as bytes, in the portable format of Roaring bitmaps."""
        bits = self._bits.copy()
        bits.run_optimize()
        return bytes(bits.serialize())

    @classmethod
    def from_text(cls, text: str | int) -> OrdinalSet:
        """The set that :meth:`to_text` wrote; a number is the set of that one.

        Raises:
            ValueError: the text is no set.
        """
        return cls([text]) if isinstance(text, int) else cls.from_bytes(b64decode(text, validate=True))

    def to_text(self) -> str:
        """The set as short text of ASCII letters, for events."""
        return b64encode(self.to_bytes()).decode("ascii")

    # ------------------------------------------------------------ algebra
    # What is one of the two already is handed back as it is: with empty sets, which are frequent, nothing is made. An
    # empty result is always the same set, which who goes on with it can tell at once.

    def __or__(self, other: OrdinalSet) -> OrdinalSet:
        mine, theirs = self._bits, other._bits
        if mine is theirs or not theirs:
            return self
        return self._of(mine | theirs) if mine else other

    def __and__(self, other: OrdinalSet) -> OrdinalSet:
        mine, theirs = self._bits, other._bits
        if mine is theirs or not mine:
            return self
        if not theirs:
            return other
        found = mine & theirs
        return self._of(found) if found else no_ordinals()

    def __sub__(self, other: OrdinalSet) -> OrdinalSet:
        mine, theirs = self._bits, other._bits
        if not mine or not theirs:
            return self
        found = mine - theirs
        return self._of(found) if found else no_ordinals()

    def __xor__(self, other: OrdinalSet) -> OrdinalSet:
        return self._of(self._bits ^ other._bits)

    def shifted(self, by: int) -> OrdinalSet:
        """Every ordinal greater by ``by`` (smaller, if that is negative); those that would be below 0 are left out."""
        return self._of(self._bits.shift(by))

    @classmethod
    def union(cls, sets: Iterable[OrdinalSet]) -> OrdinalSet:
        """Everything that is in one of the sets."""
        bits = _bitmap_class()()
        for each in sets:
            bits |= each._bits
        return cls._of(bits)

    def isdisjoint(self, other: OrdinalSet) -> bool:
        """Whether they have nothing in common."""
        return bool(self._bits.isdisjoint(other._bits))

    def issubset(self, other: OrdinalSet) -> bool:
        """Whether all of it is in the other."""
        return bool(self._bits.issubset(other._bits))

    # ------------------------------------------------------------ questions

    def __contains__(self, ordinal: object) -> bool:
        return ordinal in self._bits

    def __len__(self) -> int:
        return len(self._bits)

    def __bool__(self) -> bool:
        return bool(self._bits)

    def __iter__(self) -> Iterator[int]:
        return iter(self._bits)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OrdinalSet) and bool(self._bits == other._bits)

    def __hash__(self) -> int:
        return hash((len(self._bits), self.first(), self.last()))

    def __repr__(self) -> str:
        shown = ", ".join(f"{start}" if stop - start == 1 else f"{start}-{stop - 1}" for start, stop in self.ranges(5))
        more = "" if len(self) == len(OrdinalSet.of_ranges(self.ranges(5))) else ", ..."
        return f"OrdinalSet({shown}{more})"

    def first(self) -> int | None:
        """The smallest, None of an empty set."""
        return self._bits.min() if self._bits else None

    def last(self) -> int | None:
        """The greatest, None of an empty set."""
        return self._bits.max() if self._bits else None

    def count_below(self, ordinal: int) -> int:
        """How many are smaller than ``ordinal``."""
        return int(self._bits.rank(ordinal - 1)) if ordinal > 0 else 0

    def count_between(self, start: int, stop: int) -> int:
        """How many lie from ``start`` to ``stop``, that one excluded."""
        return int(self._bits.range_cardinality(start, stop)) if start < stop else 0

    def at(self, index: int) -> int:
        """The member at a place (0: the smallest; -1: the greatest).

        Raises:
            IndexError: there are fewer.
        """
        return int(self._bits[index])

    def page(self, offset: int, limit: int) -> Sequence[int]:
        """At most ``limit`` members, from the place ``offset`` on, in order."""
        if offset >= len(self._bits) or limit <= 0:
            return []
        members = self._bits.iter_equal_or_larger(self._bits[offset])
        return [ordinal for _, ordinal in zip(range(limit), members, strict=False)]

    def ranges(self, limit: int | None = None) -> list[tuple[int, int]]:
        """Its runs of consecutive ordinals as half-open ranges, in order.

        Args:
            limit: most ranges (count); None: all.
        """
        bits = self._bits
        if limit is None:
            # Where the set and the set moved by one differ, ranges begin and end: whole words instead of single bits.
            moved = bits.shift(1)
            return list(zip((bits - moved).to_array(), (moved - bits).to_array(), strict=True))
        found: list[tuple[int, int]] = []
        start = bits.min() if bits else None
        greatest = bits.max() if bits else 0
        while start is not None and len(found) < limit:
            stop = _first_gap(bits, start, greatest)
            found.append((start, stop))
            start = bits.next_set_bit(stop) if stop <= greatest else None
        return found

    def range_count(self) -> int:
        """How many runs of consecutive ordinals it has; cheap, also if there are many."""
        return int(self._bits.difference_cardinality(self._bits.shift(1)))

    def next_from(self, ordinal: int) -> int | None:
        """The smallest member that is not smaller than ``ordinal``, None if there is none."""
        try:
            return self._bits.next_set_bit(ordinal)  # type: ignore[no-any-return]
        except ValueError:
            return None


@cache
def no_ordinals() -> OrdinalSet:
    """The empty set, always the same one: hot paths need it often, and sets never change."""
    return OrdinalSet()


def _first_gap(bits: Any, start: int, greatest: int) -> int:
    """The first ordinal after ``start`` that is missing: doubling steps, then halving them."""
    step, full = 1, start + 1
    while full <= greatest and bits.contains_range(full, min(full + step, greatest + 1)):
        full = min(full + step, greatest + 1)
        step *= 2
    while step:
        if full + step <= greatest + 1 and bits.contains_range(full, full + step):
            full += step
        step //= 2
    return full
