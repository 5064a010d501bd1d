"""``/api/conditions``: what conditions say, their evaluations, and two of these side by side."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from watchbell.automate.explain.blame import Question
from watchbell.automate.explain.clauses import Seen
from watchbell.automate.explain.compare import Compared, compared, is_same_condition
from watchbell.automate.explain.condition_tree import tree_of_question
from watchbell.automate.explain.words import instant
from watchbell.web.api.explain import explained_entity
from watchbell.web.audit import AuditNoteOf
from watchbell.web.conditions import (
    Read,
    condition_of,
    folded,
    location_of,
    part_of,
    part_of_trace,
    read_evaluation,
    sensor_of,
)
from watchbell.web.explaining import branch_shape
from watchbell.web.problem import Problem, missing
from watchbell.web.routing import api_router
from watchbell.web.runs.finding import stored_number
from watchbell.web.shapes.conditions import (
    ComparedShape,
    ComparisonShape,
    ConditionShape,
    EvaluateAsk,
    EvaluationRow,
    EvaluationShape,
)
from watchbell.web.shapes.explain import ExplanationShape, PieceShape
from watchbell.web.shapes.shape import STORED_ID_MAX, Cursor, Limit, Page
from watchbell.web.view import View, ViewOf

router = api_router()

READ_MAX = 400
"""Evaluations that are read for one page (count)."""
RUNS_SHOWN = 20
Entity = Annotated[
    str,
    Query(min_length=1, max_length=10_000, description="an asset's key, a check (`asset:check`) or `job NAME`"),
]
Number = Annotated[int, Query(ge=1, le=STORED_ID_MAX)]


@router.get("/conditions")
def get_condition(entity: Entity, view: ViewOf) -> ConditionShape:
    """The condition of an asset, a check or a job in words, and which sensor evaluates it."""
    location, condition = location_of(view, entity), condition_of(view, entity)
    found = view.store.condition_evaluations(entity, limit=1)
    part = None if condition is None else part_of(condition)
    if part is None and found:
        newest = read_evaluation(found[0]).trace
        part = None if newest is None else part_of_trace(newest)
    has_condition = condition is not None or (location is not None and entity.startswith("job "))
    sensor = sensor_of(view, entity, location) if has_condition else None
    return ConditionShape(
        entity=entity,
        location=location,
        sensor=None if sensor is None else sensor[1].name,
        sensor_location=None if sensor is None else sensor[0],
        has_condition=has_condition,
        line=None if part is None else part.line,
        tree=part,
        has_evaluations=bool(found),
    )


@router.get("/conditions/evaluations")
def list_evaluations(
    entity: Entity, view: ViewOf, fold: bool = True, limit: Limit = 50, cursor: Cursor = None
) -> Page[EvaluationRow]:
    """Evaluations of a condition that changed something, the newest first; those with the same result folded."""
    before = stored_number(cursor) or None
    read_most = READ_MAX if fold else limit + 1
    stored = view.store.condition_evaluations(entity, limit=read_most, before_id=before)
    later = None if before is None else next(iter(_one(view, entity, before)), None)
    read = [read_evaluation(each) for each in stored]
    groups = folded(read) if fold else [[each] for each in read]
    shown = groups[:limit]
    ends = [None if later is None else later.evaluation.at, *(group[-1].evaluation.at for group in shown)]
    items = [_row(group, end) for group, end in zip(shown, ends, strict=False)]
    is_more = len(groups) > limit or len(stored) == read_most
    return Page[EvaluationRow](
        items=items, next_cursor=str(items[-1].first_id) if is_more and items else None, at=view.now()
    )


@router.get("/conditions/evaluation")
def get_evaluation(entity: Entity, id: Number, view: ViewOf) -> EvaluationShape:
    """One evaluation as a tree, as it is stored; without what is known of the things that it speaks of."""
    read = _found(view, entity, id)
    evaluation = read.evaluation
    before = view.store.condition_evaluations(entity, limit=1, before_id=id)
    tree = None
    if read.trace is not None:
        question = Question(read.trace)
        tree = tree_of_question(question, Seen(entity, instant(evaluation.at)), question.why()).as_json()
    return EvaluationShape(
        id=id,
        entity=entity,
        at=instant(evaluation.at),
        result=read.result,
        requested=evaluation.requested,
        run_ids=list(evaluation.run_ids[:RUNS_SHOWN]),
        tree=None if tree is None else branch_shape(tree, _plain),
        before_id=before[0].evaluation_id if before else None,
    )


@router.get("/conditions/comparison")
def compare_evaluations(entity: Entity, first: Number, second: Number, view: ViewOf) -> ComparisonShape:
    """Two evaluations of a condition side by side, and which parts of it said something else."""
    one, other = _found(view, entity, first), _found(view, entity, second)
    if one.trace is None or other.trace is None:
        number = first if one.trace is None else second
        raise Problem(422, "unreadable", f"evaluation {number} cannot be read: another version wrote it")
    tree = compared(one.trace, one.evaluation.at, other.trace, other.evaluation.at)
    return ComparisonShape(
        first_at=instant(one.evaluation.at),
        second_at=instant(other.evaluation.at),
        first_result=one.result,
        second_result=other.result,
        is_same_condition=is_same_condition(one.trace, other.trace),
        difference_count=_differences(tree),
        tree=_compared(tree),
    )


@router.post("/conditions/evaluate")
async def evaluate_now(ask: EvaluateAsk, view: ViewOf, note: AuditNoteOf) -> ExplanationShape:
    """Evaluates a condition as things are now, and explains what it says; nothing is stored or run."""
    note.about(ask.entity, partition=ask.partition)
    return await explained_entity(view, ask.entity, ask.partition, None, is_now=True)


def _one(view: View, entity: str, number: int) -> list[Read]:
    found = view.store.condition_evaluations(
        entity, limit=1, before_id=min(number + 1, STORED_ID_MAX), after_id=number - 1
    )
    return [read_evaluation(each) for each in found]


def _found(view: View, entity: str, number: int) -> Read:
    found = _one(view, entity, number)
    if not found:
        hint = "evaluations are kept for 30 days, a thousand of each"
        raise missing("evaluation", f"{number} of {entity}", hint)
    return found[0]


def _row(group: list[Read], until: float | None) -> EvaluationRow:
    newest, oldest = group[0].evaluation, group[-1].evaluation
    return EvaluationRow(
        id=newest.evaluation_id or 0,
        first_id=oldest.evaluation_id or 0,
        count=len(group),
        first_at=instant(oldest.at),
        last_at=instant(newest.at),
        until=None if until is None else instant(until),
        result=group[0].result,
        requested=newest.requested,
        because=list(group[0].because),
        run_ids=list(newest.run_ids[:RUNS_SHOWN]),
    )


def _plain(text: str) -> list[PieceShape]:
    return [PieceShape(text=text)] if text else []


def _differences(tree: Compared) -> int:
    return int(tree.differs) + sum(_differences(each) for each in tree.children)


def _compared(tree: Compared) -> ComparedShape:
    return ComparedShape(
        text=tree.text,
        entity=tree.entity,
        first=None if tree.before is None else tree.before.value,
        second=None if tree.after is None else tree.after.value,
        first_counts=tree.seen_before,
        second_counts=tree.seen_after,
        differs=tree.differs,
        has_difference=tree.has_difference,
        children=[_compared(each) for each in tree.children],
    )
