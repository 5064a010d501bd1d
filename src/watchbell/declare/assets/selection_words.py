"""Selections of assets put into words: the inverse of ``selection_text.py``.

Parts are :class:`Words`: text, and what has to be known to put it into more text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

QUOTE = '"'


class Words(NamedTuple):
    """A selection as text.

    Args:
        text: the text.
        operator: what joins its parts: ``"or"``, ``"and"``, ``"and not"``, ``"not"``; ``"walk"``: it goes up or down
            from a part; empty: it is one part.
        parts: of one with ``or`` or ``and``, the texts of its parts.
    """

    text: str
    operator: str = ""
    parts: tuple[str, ...] = ()


def everything() -> Words:
    """All assets."""
    return Words("*")


def attributes(name: str, values: Sequence[str]) -> Words:
    """Assets of which an attribute has one of some values; of none: it has no value.

    Raises:
        NotImplementedError: a value cannot be written.
    """
    if not values:
        return Words(f"{name}:<null>")
    texts = [f"{name}:{_quoted(value)}" for value in values]
    # Not flattened in what it is part of: that is how it was said.
    return Words(texts[0]) if len(texts) == 1 else Words(" or ".join(texts), "any")


def keys(names: Sequence[str]) -> Words:
    """Assets of these keys; no text, if there are none."""
    return attributes("key", names) if names else Words("")


def tag(name: str, value: str) -> Words:
    """Assets with a tag."""
    return Words(f"tag:{_quoted(name)}={_quoted(value)}" if value else f"tag:{_quoted(name)}")


def ends(name: str, among: Words) -> Words:
    """The ``roots`` or ``sinks`` of some."""
    return Words(f"{name}({among.text})")


def walk(start: Words, depth: int | None, *, goes_up: bool, include_self: bool) -> Words:
    """Some, and what is upstream or downstream of them.

    Args:
        start: them.
        depth: steps (count); None: all.
        goes_up: whether upstream.
        include_self: whether they are in it.
    """
    inner, steps = _bracketed(start), "" if depth is None else str(depth)
    if depth == 0 and include_self:
        return start if start.operator in {"", "walk"} else Words(inner)
    said = inner if depth == 0 else f"{steps}+{inner}" if goes_up else f"{inner}+{steps}"
    return Words(said, "walk") if include_self else Words(f"{said} and not {inner}", "and not")


def joined(operator: str, parts: Iterable[Words]) -> Words:
    """Several by ``or`` or ``and``; parts of the same are put beside each other."""
    texts: list[str] = []
    for each in parts:
        texts += each.parts if each.operator == operator else [_bracketed(each, is_walk_tight=True)]
    return Words(f" {operator} ".join(texts), operator, tuple(texts))


def without(left: Words | None, right: Words) -> Words:
    """What is in one and not in another; ``left`` None: all that is not in it."""
    inner = right.text if right.operator == "not" and left is None else _bracketed(right, is_walk_tight=True)
    if left is None:
        return Words(f"not {inner}", "not")
    return Words(f"{_bracketed(left, is_walk_tight=True)} and not {inner}", "and not")


def _bracketed(words: Words, *, is_walk_tight: bool = False) -> str:
    is_tight = not words.operator or (is_walk_tight and words.operator == "walk")
    return words.text if is_tight else f"({words.text})"


def _quoted(value: str) -> str:
    if QUOTE in value:
        raise NotImplementedError(f"a selection of {value!r} cannot be written as text: there is a quote in it")
    return f'"{value}"'
