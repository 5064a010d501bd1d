"""Explanations as the API tells them: asked of the service where code is needed, else of what is remembered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.concurrency import run_in_threadpool

from watchbell.automate.explain.entity_refs import entity_ref
from watchbell.automate.explain.refs import Ref, pieces_of, ref_from_json
from watchbell.ground.errors import DagsterError
from watchbell.record.tick import AutomationKey
from watchbell.web.link import ErrandFailedError
from watchbell.web.problem import Problem
from watchbell.web.shapes.explain import BranchShape, DetailShape, ExplanationShape, PieceShape, RefShape
from watchbell.web.view import View

NO_SERVICE = "no service works here, so this is what the record tells, without the code"
Remembered = Callable[[], Mapping[str, Any]]


async def explained(
    view: View,
    location: str | None,
    errand: str,
    params: Mapping[str, Any],
    remembered: Remembered,
    automation: AutomationKey | None = None,
) -> ExplanationShape:
    """An explanation, with the code if the service has it, else of what is remembered.

    Args:
        view: where to look.
        location: the code location to ask; None: none in use has it.
        errand: the name of the question.
        params: of the question.
        remembered: the same answer from the record alone.
        automation: the schedule or sensor that it is about, for the links to its ticks.

    Raises:
        Problem: the question makes no sense, or nothing is known of what it is about.
    """
    why = None
    if location is not None and view.link.is_open:
        try:
            found = await view.link.ask(location, errand, params)
            return await run_in_threadpool(explanation_shape, view, found, None, automation)
        except ErrandFailedError as error:
            if error.problem.kind not in {"unavailable", "timeout"}:
                raise
            why = f"{error.problem.message}; so this is what the record tells, without the code"
    elif view.link.is_open:
        why = "no code location in use has it, so this is what the record tells"
    try:
        told = await run_in_threadpool(remembered)
    except DagsterError as error:
        raise Problem(404, "not-found", str(error)) from error
    return await run_in_threadpool(explanation_shape, view, told, why or NO_SERVICE, automation)


def explanation_shape(
    view: View, found: Mapping[str, Any], from_record: str | None = None, automation: AutomationKey | None = None
) -> ExplanationShape:
    """What :meth:`~watchbell.automate.explain.explanation.Explanation.as_json` has, as the API tells it.

    Args:
        view: where to look which of the runs that are named are still there; one statement.
        found: the explanation.
        from_record: why the code was not looked at.
        automation: for links to ticks.
    """
    refs = _living(view, [ref_from_json(each) for each in found["refs"]])

    def told(text: str) -> list[PieceShape]:
        return [PieceShape(text=each.text, ref=_ref(each.ref, automation)) for each in pieces_of(text, refs)]

    tree = found["tree"]
    return ExplanationShape(
        sentence=told(found["sentence"]),
        text=found["sentence"],
        details=[DetailShape(name=each["name"], pieces=told(each["text"])) for each in found["details"]],
        next_change=[told(each) for each in found["next_change"]],
        tree=None if tree is None else branch_shape(tree, told),
        refs=distinct_shapes(refs, automation),
        zone=found.get("zone", "UTC"),
        asked_at=found.get("asked_at"),
        evaluation_id=found.get("evaluation_id"),
        evaluated_at=found.get("evaluated_at"),
        has_condition=found.get("has_condition"),
        from_record=from_record,
        at=view.now(),
    )


def distinct_shapes(refs: Sequence[Ref], automation: AutomationKey | None) -> list[RefShape]:
    """What texts name, each thing once."""
    by_thing = {(each.kind, each.id): each for each in reversed(refs)}
    shapes = [_ref(by_thing[thing], automation) for thing in dict.fromkeys((each.kind, each.id) for each in refs)]
    return [each for each in shapes if each is not None]


def branch_shape(tree: Mapping[str, Any], told: Callable[[str], list[PieceShape]]) -> BranchShape:
    """A branch of a tree, which came as plain values.

    Args:
        tree: what :meth:`~watchbell.automate.explain.explanation.Branch.as_json` made.
        told: a text with its links.
    """
    children = [branch_shape(each, told) for each in tree["children"]]
    entity = tree["entity"]
    return BranchShape(
        text=tree["text"],
        line=tree["line"],
        mark=tree["mark"],
        is_blamed=tree["is_blamed"],
        has_blame=tree["is_blamed"] or any(each.has_blame for each in children),
        entity=None if not entity else _ref(entity_ref(entity), None),
        counts=tree["counts"],
        seen=told(tree["told"]),
        needed=tree["needed"],
        changes=[told(each) for each in tree["changes"]],
        children=children,
    )


def _living(view: View, refs: Sequence[Ref]) -> list[Ref]:
    """What can be linked: runs that were deleted since are named, but lead nowhere."""
    run_ids = {each.id for each in refs if each.kind == "run"}
    there = {each.run_id for each in view.store.run_facts(sorted(run_ids))} if run_ids else set()
    return [each for each in refs if each.kind != "run" or each.id in there]


def _ref(ref: Ref | None, automation: AutomationKey | None) -> RefShape | None:
    if ref is None:
        return None
    of = automation if ref.kind == "tick" else None
    return RefShape(
        kind=ref.kind,
        id=ref.id,
        text=ref.text,
        location=ref.location,
        automation="" if of is None else of.name,
        automation_kind="" if of is None else of.kind.value.lower(),
        at=ref.at,
    )
