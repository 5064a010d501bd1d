"""What texts of explanations name, so that a page can link it: runs, ticks, assets, what asks for runs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from watchbell.ground.value import dataclass

REFS_MAX = 200
"""Things that are named with an explanation (count)."""
CHARS_MIN = 2
PLAIN_WORDS = frozenset(
    [
        "a",
        "an",
        "and",
        "any",
        "all",
        "asked",
        "asset",
        "assets",
        "at",
        "be",
        "before",
        "by",
        "check",
        "checks",
        "code",
        "condition",
        "data",
        "for",
        "from",
        "has",
        "if",
        "in",
        "is",
        "it",
        "its",
        "job",
        "last",
        "made",
        "make",
        "makes",
        "missing",
        "more",
        "new",
        "newly",
        "next",
        "no",
        "not",
        "now",
        "of",
        "on",
        "one",
        "or",
        "other",
        "out",
        "partition",
        "partitions",
        "queue",
        "run",
        "runs",
        "schedule",
        "sensor",
        "service",
        "since",
        "so",
        "something",
        "step",
        "that",
        "the",
        "then",
        "this",
        "tick",
        "time",
        "times",
        "to",
        "true",
        "was",
        "were",
        "what",
        "when",
        "which",
    ]
)
"""Words of our own sentences: an asset of such a name is listed beside a sentence, and not linked within."""


@dataclass(frozen=True)
class Ref:
    """A thing that an explanation names.

    Args:
        kind: ``"run"``, ``"tick"``, ``"asset"``, ``"check"``, ``"job"``, ``"schedule"``, ``"sensor"``, ``"backfill"``.
        id: which one: the run's id, the tick's number, the asset's user string, the name.
        text: how the texts name it; empty: they do not.
        location: code location, of what has one.
        at: when it was, of ticks.
    """

    kind: str
    id: str
    text: str = ""
    location: str = ""
    at: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        at = None if self.at is None else self.at.isoformat()
        return {"kind": self.kind, "id": self.id, "text": self.text, "location": self.location, "at": at}


@dataclass(frozen=True)
class Piece:
    """A part of a text.

    Args:
        text: the part.
        ref: what it names; None: nothing.
    """

    text: str
    ref: Ref | None = None


def distinct(refs: Iterable[Ref]) -> tuple[Ref, ...]:
    """The same without those that are there twice, and not endless."""
    return tuple(dict.fromkeys(each for each in refs if each.id))[:REFS_MAX]


def pieces_of(text: str, refs: Sequence[Ref]) -> list[Piece]:
    """A text in parts, those that name something with it; put together again they are the text.

    Args:
        text: a sentence.
        refs: what it may name. A longer name goes before a shorter one; a name counts only as a whole.
    """
    named = {each.text: each for each in reversed(refs) if _is_linked(each)}
    if not named or not text:
        return [Piece(text)] if text else []
    choice = "|".join(re.escape(each) for each in sorted(named, key=len, reverse=True))
    return list(_cut(text, re.compile(rf"(?<![\w/.:-])(?:{choice})(?![\w/-]|[.:]\w)"), named))


def _is_linked(ref: Ref) -> bool:
    return len(ref.text) >= CHARS_MIN and ref.text.lower() not in PLAIN_WORDS


def _cut(text: str, pattern: re.Pattern[str], named: dict[str, Ref]) -> Iterator[Piece]:
    end = 0
    for found in pattern.finditer(text):
        if found.start() > end:
            yield Piece(text[end : found.start()])
        yield Piece(found.group(), named[found.group()])
        end = found.end()
    if end < len(text):
        yield Piece(text[end:])


def ref_from_json(value: dict[str, Any]) -> Ref:
    """What :meth:`Ref.as_json` made."""
    at = value.get("at")
    found = Ref(value["kind"], value["id"], value.get("text", ""), value.get("location", ""))
    return found if at is None else replace(found, at=datetime.fromisoformat(at))
