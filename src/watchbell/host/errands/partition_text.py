"""Partitions as people type them: keys, ranges, how many of the newest."""

from __future__ import annotations

import re

from watchbell.ground.errors import DagsterInvalidInvocationError
from watchbell.ground.value import dataclass
from watchbell.record.partition import PartitionKeyRange

_RANGE = re.compile(r"^(?P<first>.+?)\s*\.{2,3}\s*(?P<last>.+)$")
_LATEST = re.compile(r"^latest:\s*(\d{1,7})$")
KEYS_MAX = 100_000


@dataclass(frozen=True)
class AskedText:
    """What a text names; nothing of it: all partitions.

    Args:
        keys: these.
        key_range: from one to another, both included.
        latest: the newest so many (count).
    """

    keys: tuple[str, ...] | None = None
    key_range: PartitionKeyRange | None = None
    latest: int | None = None


def read_partitions(text: str) -> AskedText:
    """What a text about partitions asks for.

    Args:
        text: keys with commas or lines between; ``first..last``; ``latest:7``; empty: all. A key that has a comma or
            dots in it stands in quotes.

    Raises:
        DagsterInvalidInvocationError: a range stands beside other things, or there are too many keys.

    Example:
        >>> read_partitions("2026-05-03..2026-05-09").key_range
        PartitionKeyRange(start='2026-05-03', end='2026-05-09')
        >>> read_partitions("north, 'a,b'").keys
        ('north', 'a,b')
    """
    pieces = _pieces(text)
    if not pieces:
        return AskedText()
    if len(pieces) > KEYS_MAX:
        raise DagsterInvalidInvocationError(f"{len(pieces):,} partitions are too many to name; give a range")
    plain = [piece for piece, is_quoted in pieces if not is_quoted]
    if len(pieces) == 1 and plain:
        if latest := _LATEST.match(plain[0]):
            return AskedText(latest=int(latest[1]))
        if found := _RANGE.match(plain[0]):
            return AskedText(key_range=PartitionKeyRange(found["first"], found["last"]))
    for piece in plain:
        if _RANGE.match(piece) or _LATEST.match(piece):
            raise DagsterInvalidInvocationError(f"{piece!r} stands alone: give keys, one range, or one latest:N")
    return AskedText(keys=tuple(dict.fromkeys(piece for piece, _ in pieces)))


def _pieces(text: str) -> list[tuple[str, bool]]:
    """What stands between the commas and lines, and whether it was in quotes."""
    found = []
    for match in re.finditer(r"""\s*(?:"([^"\n]*)"|'([^'\n]*)'|([^,\n]+))\s*(?:[,\n]|$)""", text.strip()):
        quoted = match[1] if match[1] is not None else match[2]
        piece = quoted if quoted is not None else match[3].strip()
        if piece:
            found.append((piece, quoted is not None))
    return found
