"""Conditions and their evaluations, as the API tells them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from watchbell.web.shapes.explain import BranchShape, MarkName
from watchbell.web.shapes.shape import Shape

Result = Literal["requested", "held", "not requested", "not reached", "unreadable"]


class EvaluationRow(Shape):
    """Evaluations in a row that had the same result.

    Args:
        id: the number of the newest of them.
        first_id: the number of the oldest.
        count: how many.
        first_at: when the oldest was.
        last_at: when the newest was.
        until: when the next one was that had another result; null: nothing changed since.
        result: what came of them.
        requested: how many partitions the newest asked for; of what has none, one.
        because: the clauses that the result is because of, in words.
        run_ids: runs that came of the newest, the first twenty.
    """

    id: int
    first_id: int
    count: int
    first_at: datetime
    last_at: datetime
    until: datetime | None
    result: Result
    requested: int
    because: list[str]
    run_ids: list[str]


class EvaluationShape(Shape):
    """One evaluation of a condition.

    Args:
        id: its number.
        entity: whose condition it is.
        at: when it was.
        result: what came of it.
        requested: how many partitions it asked for.
        run_ids: the runs that came of it.
        tree: what each node said; null: it cannot be read.
        before_id: the evaluation before it; null: none is kept.
    """

    id: int
    entity: str
    at: datetime
    result: Result
    requested: int
    run_ids: list[str]
    tree: BranchShape | None
    before_id: int | None


class ComparedShape(Shape):
    """A node of a condition in two evaluations.

    Args:
        text: the condition in words, or its label.
        entity: the asset, check or job that it was asked about, where that is another one than above.
        first: what it said in the first; null: it was not part of it.
        second: what it said in the second.
        first_counts: of how many partitions it was true in the first.
        second_counts: the same of the second.
        differs: whether it said something else.
        has_difference: whether it or something in it did.
        children: what it is made of.
    """

    text: str
    entity: str
    first: MarkName | None
    second: MarkName | None
    first_counts: str
    second_counts: str
    differs: bool
    has_difference: bool
    children: list[ComparedShape]


class ComparisonShape(Shape):
    """Two evaluations of one condition.

    Args:
        first_at: when the first was.
        second_at: when the second was.
        first_result: what came of the first.
        second_result: what came of the second.
        is_same_condition: whether the condition was the same; else the code was another one.
        difference_count: how many nodes said something else.
        tree: both, node by node.
    """

    first_at: datetime
    second_at: datetime
    first_result: Result
    second_result: Result
    is_same_condition: bool
    difference_count: int
    tree: ComparedShape


class ConditionPart(Shape):
    """A part of a condition.

    Args:
        text: what it says, or its label.
        line: the whole of it on one line.
        children: what it is made of.
    """

    text: str
    line: str
    children: list[ConditionPart]


class ConditionShape(Shape):
    """When an asset, a check or a job is made by itself.

    Args:
        entity: which one.
        location: its code location; null: no code that is in use has it.
        sensor: the sensor that evaluates the condition; null: not known.
        sensor_location: code location of that sensor.
        has_condition: whether its code gives it one.
        line: the condition on one line; null: it has none, or only its own code can tell.
        tree: the same in parts.
        has_evaluations: whether evaluations of it are kept.
    """

    entity: str
    location: str | None
    sensor: str | None
    sensor_location: str | None
    has_condition: bool
    line: str | None
    tree: ConditionPart | None
    has_evaluations: bool


class EvaluateAsk(Shape):
    """Whose condition is to be evaluated now.

    Args:
        entity: the asset, check (``asset:check``) or job (``job name``).
        partition: one partition of it; null: all.
    """

    entity: Annotated[str, Field(min_length=1, max_length=10_000)]
    partition: Annotated[str, Field(max_length=2_000)] | None = None
