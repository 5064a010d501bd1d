"""Why something ran or did not: a sentence, what it rests on, the condition as a tree."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from watchbell.web.shapes.shape import Shape

MarkName = Literal["true", "false", "not reached", "unknown"]


class RefShape(Shape):
    """A thing that a text names.

    Args:
        kind: ``"run"``, ``"tick"``, ``"asset"``, ``"check"``, ``"job"``, ``"schedule"``, ``"sensor"`` or
            ``"backfill"``.
        id: which one: the run's id, the tick's number, the asset's user string, the name.
        text: how texts name it; empty: they do not.
        location: code location, of what has one; else empty.
        automation: of a tick, the name of its schedule or sensor; else empty.
        automation_kind: of a tick, which of the two; else empty.
        at: when it was, of ticks.
    """

    kind: str
    id: str
    text: str = ""
    location: str = ""
    automation: str = ""
    automation_kind: str = ""
    at: datetime | None = None


class PieceShape(Shape):
    """A part of a text; all parts together are the text.

    Args:
        text: the part.
        ref: what it names; null: nothing.
    """

    text: str
    ref: RefShape | None = None


class DetailShape(Shape):
    """A fact that the answer rests on.

    Args:
        name: what it is.
        pieces: the text.
    """

    name: str
    pieces: list[PieceShape]


class BranchShape(Shape):
    """A node of a condition, with what it said.

    Args:
        text: the condition in words, or its label.
        line: the whole of it on one line.
        mark: what it said. What was not evaluated is ``"not reached"``, never false.
        is_blamed: whether the answer is because of it.
        has_blame: whether the answer is because of it or of something in it.
        entity: the asset, check or job that it was asked about, where that is another one than above.
        counts: of how many partitions of those it was asked about it is true.
        seen: of a part that is not made of others, what was seen.
        needed: of what the answer is because of, what it would have to say.
        changes: what can make it say so, with the next time where one is known.
        children: what it is made of.
    """

    text: str
    line: str
    mark: MarkName
    is_blamed: bool
    has_blame: bool
    entity: RefShape | None
    counts: str
    seen: list[PieceShape]
    needed: MarkName | None
    changes: list[list[PieceShape]]
    children: list[BranchShape]


class ExplanationShape(Shape):
    """Why something ran or did not.

    Args:
        sentence: the answer.
        text: the same as one text.
        details: what it rests on.
        next_change: what can change it next; several are alternatives. Empty: nothing will.
        tree: of a condition, what each of its nodes said.
        refs: what the texts name, each once.
        zone: in which its times are told, and times without an offset are read.
        asked_at: the time that was asked about; null: the last time.
        evaluation_id: of a condition, the evaluation that is told; null: none is stored.
        evaluated_at: when that was.
        has_condition: of an asset, check or job, whether its code gives it a condition; null: its code is not at hand.
        from_record: why only what is remembered was looked at; null: the code was at hand, or is not needed.
        at: when the answer was made.
    """

    sentence: list[PieceShape]
    text: str
    details: list[DetailShape]
    next_change: list[list[PieceShape]]
    tree: BranchShape | None
    refs: list[RefShape]
    zone: str
    asked_at: datetime | None
    evaluation_id: int | None = None
    evaluated_at: datetime | None = None
    has_condition: bool | None = None
    from_record: str | None = None
    at: datetime
