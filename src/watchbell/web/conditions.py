"""Conditions as snapshots tell them: whose they are, where, and what they say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from watchbell.automate.conditions.trace import Trace, TraceNode, trace_of, tree_of
from watchbell.automate.explain.blame import Question
from watchbell.automate.explain.clauses import text_of, whole_text_of
from watchbell.automate.explain.explanation import Mark
from watchbell.automate.explain.words import short
from watchbell.declare.conditions.condition import AutomationCondition
from watchbell.ground.errors import DagsterError
from watchbell.ground.value import dataclass
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.asset_job_key import JOB_TEXT, AssetJobKey, entity_key_of
from watchbell.record.condition import ConditionEvaluation
from watchbell.record.snapshot import SensorSnapshot
from watchbell.web.assets.memory import catalog_of
from watchbell.web.shapes.conditions import ConditionPart, Result
from watchbell.web.view import View

BECAUSE_MAX = 4
"""Clauses that are named with an evaluation in a list (count)."""


def location_of(view: View, entity: str) -> str | None:
    """The code location in use that has an asset, a check or a job that has a condition; None: none has."""
    key = entity_key_of(entity)
    if isinstance(key, AssetJobKey):
        looking = sensor_of(view, entity, None)
        return None if looking is None else looking[0]
    catalog = catalog_of(view)
    if isinstance(key, AssetCheckKey) and catalog.check(key) is None:
        return None
    found = catalog.find(key.asset_key if isinstance(key, AssetCheckKey) else key)
    return None if found is None else found.location_name


def condition_of(view: View, entity: str) -> AutomationCondition[Any] | None:
    """The condition of an asset or a check by the code in use; None: it has none, or only its own code can tell."""
    key = entity_key_of(entity)
    if isinstance(key, AssetJobKey):
        return None
    found = catalog_of(view).find(key.asset_key if isinstance(key, AssetCheckKey) else key)
    if found is None:
        return None
    return found.said.check_conditions.get(key) if isinstance(key, AssetCheckKey) else found.said.condition


def sensor_of(view: View, entity: str, location: str | None) -> tuple[str, SensorSnapshot] | None:
    """The sensor in use that evaluates the condition of an entity, with its location; None: nobody can tell."""
    places = [each for each in view.locations() if location in (None, each.name)]
    sensors = [(each.name, sensor) for each in places for sensor in each.sensors if sensor.looks_after_count]
    named = next((each for each in sensors if entity in each[1].looks_after), None)
    if named is not None or entity.startswith(JOB_TEXT):
        return named
    unnamed = [each for each in sensors if each[1].looks_after_count > len(each[1].looks_after)]
    return unnamed[0] if len(unnamed) == 1 else None  # a snapshot names the first hundred of each only


def part_of(condition: AutomationCondition[Any]) -> ConditionPart:
    """A condition in words, part by part."""
    return _part(_node(tree_of(condition)))


def part_of_trace(trace: Trace) -> ConditionPart:
    """The condition that an evaluation was made of."""
    return _part(trace.tree)


def _node(tree: list[Any]) -> TraceNode:
    kind, params, label, children = tree
    return TraceNode(0, kind, params, label, tuple(_node(each) for each in children))


def _part(node: TraceNode) -> ConditionPart:
    plain = replace(node, label=None) if node.label else node
    children = [_part(each) for each in node.children]
    return ConditionPart(text=short(text_of(node)), line=short(whole_text_of(plain)), children=children)


@dataclass(frozen=True)
class Read:
    """An evaluation, read back.

    Args:
        evaluation: as it is stored.
        trace: what each node said; None: it cannot be read.
        result: what came of it.
        because: the clauses that the result is because of.
    """

    evaluation: ConditionEvaluation
    trace: Trace | None
    result: Result
    because: tuple[str, ...] = ()

    @property
    def is_like(self) -> tuple[object, ...]:
        """What tells it from evaluations with another result; one that asked for something stands by itself."""
        number = self.evaluation.evaluation_id if self.result == "requested" else None
        return self.result, self.because, number


def read_evaluation(evaluation: ConditionEvaluation) -> Read:
    """What came of an evaluation, and because of what."""
    try:
        trace = trace_of(evaluation.body)
        question = Question(trace)
        blamed = question.why()
    except DagsterError:
        return Read(evaluation, None, "unreadable")
    result: Result = "not requested"
    if evaluation.requested:
        result = "requested"
    elif trace.held:
        result = "held"
    elif question.root.mark is Mark.NOT_REACHED:
        result = "not reached"
    names = dict.fromkeys(_because(each.node, each.entity, trace.entity) for each in blamed)
    return Read(evaluation, trace, result, tuple(names)[:BECAUSE_MAX])


def _because(node: TraceNode, entity: str, root: str) -> str:
    text = short(text_of(node))
    return text if entity == root else f"{text} of {entity}"


def folded(found: Sequence[Read]) -> list[list[Read]]:
    """Evaluations in a row with the same result together, in their order."""
    groups: list[list[Read]] = []
    for each in found:
        if groups and groups[-1][-1].is_like == each.is_like:
            groups[-1].append(each)
        else:
            groups.append([each])
    return groups
