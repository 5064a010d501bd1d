"""What is stored of conditions: where each entity's evaluation stands, and the evaluations that changed something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from watchbell.ground.value import dataclass
from watchbell.ground.wire import wired

DAY_SECONDS = 86_400.0
KEEP_DAYS = 30.0
"""How long evaluations are kept, unless a setting says otherwise."""
KEEP_COUNT = 1_000
"""Evaluations kept of one entity (count), unless a setting says otherwise; a few more are, as not each commit looks."""


@wired("condition.evaluation")
@dataclass(frozen=True)
class ConditionEvaluation:
    """One evaluation of one entity's condition that changed something.

    Args:
        entity: the asset or check, as its user string.
        at: time of the tick, seconds since the epoch.
        requested: how many partitions it asked for (an entity without partitions counts one).
        body: the tree with what each node said: text of ``automate/conditions/trace.py``, which compresses it.
        run_ids: the runs that came of it; known when it is stored.
        evaluation_id: its number in the store; None before it is stored.
    """

    entity: str
    at: float
    requested: int
    body: str
    run_ids: tuple[str, ...] = ()
    evaluation_id: int | None = field(default=None, compare=False)


@wired("condition.commit")
@dataclass(frozen=True)
class ConditionCommit:
    """What an evaluation of conditions changes besides its tick, its cursor and its runs; part of the same transaction.

    Args:
        states: by entity (user string) where its evaluation stands now, as text; None: nothing is to be remembered.
        evaluations: those that changed something.
        keep_seconds: evaluations that are older by more than this are deleted on the way.
        keep_count: of one entity only so many are kept, and a few more.
    """

    states: Mapping[str, str | None] = field(default_factory=dict)
    evaluations: tuple[ConditionEvaluation, ...] = ()
    keep_seconds: float = KEEP_DAYS * DAY_SECONDS
    keep_count: int = KEEP_COUNT
