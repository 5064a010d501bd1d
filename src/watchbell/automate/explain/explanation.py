"""What is told of a thing that did or did not run: a sentence first, then what it rests on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from enum import Enum
from typing import Any

from watchbell.automate.explain.refs import Ref
from watchbell.ground.value import dataclass


class Mark(Enum):
    """What a node of a condition said."""

    TRUE = "true"
    FALSE = "false"
    NOT_REACHED = "not reached"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Branch:
    """A node of a condition, for people.

    Args:
        text: the condition in words, or its label.
        mark: what it said.
        seen: what was seen, in words; may be empty.
        is_blamed: whether the answer is because of it.
        children: what it is made of.
        line: the whole of it on one line, for where its parts are not shown.
        counts: of how many partitions of those it was asked about it is true, in words; empty: it has none.
        entity: the asset, check or job that it was asked about, where that is another one than above.
        told: of a part that is not made of others, what was seen, whether it is blamed or not.
        needed: of what is blamed that nothing was asked for, what it would have to say.
        changes: what can make it say so, with the next time where one is known.
    """

    text: str
    mark: Mark
    seen: str = ""
    is_blamed: bool = False
    children: tuple[Branch, ...] = ()
    line: str = ""
    counts: str = ""
    entity: str = ""
    told: str = ""
    needed: Mark | None = None
    changes: tuple[str, ...] = ()

    @property
    def has_blame(self) -> bool:
        """Whether the answer is because of it, or of something in it."""
        return self.is_blamed or any(each.has_blame for each in self.children)

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return {
            "text": self.text,
            "mark": self.mark.value,
            "seen": self.seen,
            "is_blamed": self.is_blamed,
            "line": self.line,
            "counts": self.counts,
            "entity": self.entity,
            "told": self.told,
            "needed": None if self.needed is None else self.needed.value,
            "changes": list(self.changes),
            "children": [each.as_json() for each in self.children],
        }


@dataclass(frozen=True)
class Explanation:
    """Why something did or did not run.

    Args:
        sentence: the answer.
        details: what it rests on: a name and a text each.
        next_change: what can change it next, in words; several are alternatives. Empty: nothing will.
        tree: of a condition, what each of its nodes said.
        refs: what the texts name.
    """

    sentence: str
    details: tuple[tuple[str, str], ...] = ()
    next_change: tuple[str, ...] = ()
    tree: Branch | None = field(default=None)
    refs: tuple[Ref, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return {
            "sentence": self.sentence,
            "details": [{"name": name, "text": text} for name, text in self.details],
            "next_change": list(self.next_change),
            "tree": None if self.tree is None else self.tree.as_json(),
            "refs": [each.as_json() for each in self.refs],
        }


def told(details: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The details that say something."""
    return tuple((name, text) for name, text in details if text)
