"""Partitions as people write them: ``2026-05-03..2026-05-09, 2026-05-12``.

A key, or a range of keys with two dots between its ends, both included; commas between them. A key that holds a comma,
two dots, a quote or blanks at its ends stands in double quotes, with a backslash before a quote or backslash inside.
``*`` stands for all.
"""

from __future__ import annotations

import json
import re

from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.multi import MultiPartitionsDefinition
from watchbell.declare.partitions.view import PartitionsView
from watchbell.ground.errors import DagsterInvalidInvocationError
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.partition import PartitionKeyRange

TEXT_CHARS_MAX = 200_000
RANGES_WRITTEN_MAX = 500
"""A set with more stretches is not written as text (count)."""
_WRITTEN = r'"(?:[^"\\]|\\.)*"|[^",]+?'
_PART = re.compile(rf"\s*(?P<first>{_WRITTEN})\s*(?:\.{{2,3}}\s*(?P<last>{_WRITTEN})\s*)?(?:,|\Z)")


def read_partitions(definition: PartitionsDefinition, text: str, view: PartitionsView) -> OrdinalSet:
    """The partitions that a text names.

    Args:
        definition: whose partitions.
        text: what was written.
        view: from where one looks.

    Raises:
        DagsterInvalidInvocationError: it is written wrongly, or a range ends before it begins.
        DagsterUnknownPartitionError: there is no such partition; names the nearest.
    """
    if len(text) > TEXT_CHARS_MAX:
        raise DagsterInvalidInvocationError(f"a text of {len(text):,} characters; at most {TEXT_CHARS_MAX:,} are read")
    if text.strip() == "*":
        return definition.ordinals(view)
    found, at = OrdinalSet(), 0
    end = len(text.rstrip().rstrip(","))
    while at < end:
        match = _PART.match(text[:end], at)
        if match is None:
            raise DagsterInvalidInvocationError(
                f"{text[at : at + 40].strip()!r} names no partitions; write keys and ranges with commas between, e.g. "
                "2026-05-03..2026-05-09, 2026-05-12"
            )
        found |= _part(definition, match["first"], match["last"], view)
        at = match.end()
    return found


def _part(definition: PartitionsDefinition, first: str, last: str | None, view: PartitionsView) -> OrdinalSet:
    start = _key(first)
    if last is None:
        return OrdinalSet([definition.require_ordinal(start, view)])
    end = _key(last)
    for key in (start, end):
        definition.require_ordinal(key, view)
    found = definition.range_ordinals(PartitionKeyRange(start, end), view)
    if not found:
        raise DagsterInvalidInvocationError(f"{start}..{end} is empty: {end!r} comes first; turn them round")
    return found


def _key(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text.strip()


def write_partitions(definition: PartitionsDefinition, ordinals: OrdinalSet, view: PartitionsView) -> str | None:
    """The text that :func:`read_partitions` reads as these; None: it would be too long.

    Args:
        definition: whose partitions.
        ordinals: which of them.
        view: from where one looks.
    """
    if not ordinals:
        return ""
    if ordinals == definition.ordinals(view):
        return "*"
    box = _box(definition, ordinals, view)
    stretches = [box] if box is not None else definition.stretches(ordinals, view)
    if len(stretches) > RANGES_WRITTEN_MAX:
        return None
    # One by one: those of two dimensions stand in the order of their names, however they are asked for.
    pairs = [[written(definition.key_of(end, view)) for end in each] for each in stretches]
    return ", ".join(first if first == last else f"{first}..{last}" for first, last in pairs)


def _box(definition: PartitionsDefinition, ordinals: OrdinalSet, view: PartitionsView) -> tuple[int, int] | None:
    """Two corners, if the partitions of two dimensions are all those between them: a range names just these."""
    if not isinstance(definition, MultiPartitionsDefinition):
        return None
    first, last = ordinals.at(0), ordinals.at(-1)
    start, end = definition.key_of(first, view), definition.key_of(last, view)
    found = definition.range_ordinals(PartitionKeyRange(start, end), view)
    return (first, last) if found == ordinals else None


def written(key: str) -> str:
    """A key as it stands in such a text."""
    is_plain = not re.search(r'[",]|\.\.|\A\s|\s\Z|\A\*\Z|\A\.|\.\Z', key)
    return key if is_plain else json.dumps(key, ensure_ascii=False).replace("\\n", "\n")
