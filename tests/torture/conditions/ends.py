"""What ends the lives of a service that is killed again and again: dealt like cards, so a few kills are of all sorts.

A seed says it beforehand, whatever the machine makes of the moments.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from tests.torture.conditions.grip import LOST, REFUSED

T = TypeVar("T")


@dataclass(frozen=True)
class End:
    """How a life of the service ends.

    Args:
        by: ``"clock"`` after some time; ``"ticks"``, ``"writes"`` after so many; ``"held"`` while it cannot store
            what came of what happens; ``"refused"`` after some of that was refused.
        refused: what, of ``REFUSED``.
        lives_on: whether it has time to go on from there.
    """

    by: str
    refused: str | None = field(default=None)
    lives_on: bool = field(default=False)

    @property
    def is_blow(self) -> bool:
        """Whether it falls between an answer and the end of its transaction."""
        return self.by in ("held", "refused")

    def __str__(self) -> str:
        return f"{self.refused or ''} {self.by}{', lived on' if self.lives_on else ''}".strip()


CARDS = (
    End("clock"), End("ticks"), End("writes"), End("held"), End("refused"), End("refused", lives_on=True),
    End("refused", lives_on=True),
)  # fmt: skip


def ends_by_step(moments: random.Random, kills: int, steps: int) -> list[list[End]]:
    """Which kills fall into which step.

    Args:
        moments: says so.
        kills: how many there are (count).
        steps: how many steps (count).
    """
    found: list[list[End]] = [[] for _ in range(steps)]
    ends = _dealt(moments, CARDS)
    refused, lost, places = _dealt(moments, tuple(REFUSED)), _dealt(moments, LOST), _dealt(moments, range(steps))
    for _ in range(kills):
        end = next(ends)
        if end.by == "refused":
            end = replace(end, refused=next(lost if end.lives_on else refused))
        found[next(places)].append(end)
    return found


def _dealt(moments: random.Random, cards: Sequence[T]) -> Iterator[T]:
    """Cards without end, shuffled anew whenever all are dealt."""
    while True:
        yield from moments.sample(cards, k=len(cards))
