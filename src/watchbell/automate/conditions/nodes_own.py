"""Conditions of somebody's own: their ``evaluate`` is called, and what it says is checked and remembered.

They may look at anything, so nobody knows when they would say something else: they are asked in every tick, and there
is one at least every :data:`OWN_EVERY_SECONDS`. What they remember is plain data in their slot.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any

from watchbell.automate.conditions.nodes_status import within
from watchbell.automate.conditions.nodes_time import latest_windows
from watchbell.automate.conditions.scope import Entities, Entity, Evaluate, Maker, Node, Scope, TickScope
from watchbell.automate.conditions.subset import Subset, minus
from watchbell.declare.automation.evaluation import in_one_go
from watchbell.declare.conditions.asset_facts import AssetGraphFacts
from watchbell.declare.conditions.condition import AutomationCondition, BuiltInCondition
from watchbell.declare.conditions.context import (
    Asked,
    AutomationContext,
    AutomationResult,
    Remembered,
    remembered_as_slot,
    remembered_from_slot,
)
from watchbell.declare.conditions.entity_subset import Direction, EntityKey, EntitySubset
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.view import PartitionsView
from watchbell.ground.errors import CheckError, DagsterInvariantViolationError, DagsterUserCodeExecutionError
from watchbell.ground.shown import shown, shown_error
from watchbell.ground.suggest import did_you_mean
from watchbell.record.asset_job_key import entity_text

OWN_EVERY_SECONDS = 30.0
"""How often conditions of one's own are asked at least, if nothing else happens."""


class TickSurroundings:
    """What subsets and contexts ask, answered from the tick.

    Args:
        tick: the tick.
        graph: the entities.
    """

    def __init__(self, tick: TickScope, graph: Entities) -> None:
        self._tick = tick
        self._graph = graph

    @property
    def view(self) -> PartitionsView:
        """From where partitions are looked at."""
        return self._tick.view

    @property
    def asset_graph(self) -> Any:
        """The assets of the location; None: not known."""
        assets = self._graph.assets
        return None if assets is None else AssetGraphFacts(assets)

    def definition_of(self, key: EntityKey) -> PartitionsDefinition | None:
        """The partitions of an entity."""
        return self._graph.entity(key).definition

    def full(self, key: EntityKey) -> Subset:
        """All of an entity."""
        return self._tick.all_of(self._graph.entity(key))

    def missing(self, key: EntityKey) -> Subset:
        """What of an entity was never made."""
        entity = self._graph.entity(key)
        return minus(self._tick.all_of(entity), entity.fact.made)

    def latest(self, key: EntityKey, lookback_seconds: float) -> Subset:
        """What of an entity belongs to its newest window of time."""
        entity = self._graph.entity(key)
        found = None
        if entity.definition is not None:
            found = latest_windows(self._tick, entity.definition, lookback_seconds)
        return self._tick.all_of(entity) if found is None else found

    def mapped(self, key: EntityKey, value: Subset, to_key: EntityKey, direction: Direction) -> Subset:
        """What of another entity belongs to the value of one.

        Raises:
            CheckError: they are not connected in this way.
        """
        entity = self._graph.entity(key)
        links = entity.upstream if direction == "up" else entity.downstream
        for link in links:
            other = link.upstream if direction == "up" else link.downstream
            if other.key == to_key:
                return (
                    link.up(self._tick, value)
                    if direction == "up"
                    else link.down(self._tick, value, self._tick.all_of(other))
                )
        names = [entity_text((link.upstream if direction == "up" else link.downstream).key) for link in links]
        is_made = f"{entity_text(key)!r} is {'made from' if direction == 'up' else 'upstream of'}"
        asked = entity_text(to_key)
        raise CheckError(f"{asked!r} is none of what {is_made}{did_you_mean(asked, names) if names else ': nothing'}")


def _answered(condition: AutomationCondition[Any], context: AutomationContext[Any]) -> Generator[Any, Any, Any]:
    """The answer, in steps: an ``async`` one is awaited by who drives them."""
    answer = condition.evaluate(context)
    if hasattr(answer, "__await__"):
        answer = yield answer
    return answer


def _result(condition: AutomationCondition[Any], context: AutomationContext[Any], root: Entity) -> AutomationResult:
    """What a condition says, if it is an answer to what it was asked.

    Raises:
        DagsterUserCodeExecutionError: it raised.
        DagsterInvariantViolationError: it is none.
    """
    key = entity_text(context.key)
    where = f"the condition {condition.name!r} ({type(condition).__qualname__}.evaluate) of {entity_text(root.key)!r}"
    try:
        answer = in_one_go(_answered(condition, context))
    except (Exception, SystemExit, GeneratorExit) as error:  # sys.exit() ends nobody else's evaluation
        text = f"{where} was asked about {key!r} and raised {shown_error(error)}"
        raise DagsterUserCodeExecutionError(text, user_exception=error) from error
    if not isinstance(answer, AutomationResult):
        raise DagsterInvariantViolationError(
            f"{where} returned {shown(answer)} ({type(answer).__name__}) when it was asked about {key!r}; an "
            "AutomationResult is expected: return AutomationResult(context, true_subset)"
        )
    if answer.key != context.key:
        raise DagsterInvariantViolationError(
            f"{where} was asked about {key!r} and returned partitions of {entity_text(answer.key)!r}; a set of "
            f"{key!r} is expected: part of context.candidate_subset, or what compute_child_subset() leads back to"
        )
    return answer


def _child_of(node: Node, asked: list[int]) -> Callable[[AutomationCondition[Any], Sequence[int | None]], Evaluate]:
    """What finds the evaluator of a child; ``asked`` is told the place of each that is found."""
    children = tuple(node.condition.children)

    def child(condition: AutomationCondition[Any], indices: Sequence[int | None]) -> Evaluate:
        place = next((at for at, each in enumerate(children) if each is condition), None)
        if place is None:
            place = next((at for at, each in enumerate(children) if each == condition), None)
        if place is None and not isinstance(condition, BuiltInCondition):  # made anew at every question
            at = next((at for at in indices if at is not None), None)
            if at is not None and 0 <= at < len(children) and type(children[at]) is type(condition):
                place = at
        if place is None:
            raise CheckError(
                f"{node.condition.name} asks {condition.name}, which is not among what it is made of; give it in "
                f"children, which are: {', '.join(each.name for each in children) or 'none'}"
            )
        asked.append(place)
        return node.operands[place]

    return child


def _own(node: Node) -> Evaluate:
    condition, place, graph = node.condition, node.place, node.graph

    def own(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
        tick, root = scope.tick, scope.root
        around = TickSurroundings(scope.tick, graph)
        asked_children: list[int] = []
        child = _child_of(node, asked_children)

        def evaluate_child(
            part: AutomationCondition[Any], indices: Sequence[int | None], subset: EntitySubset[Any]
        ) -> EntitySubset[Any]:
            about = graph.entity(subset.key)
            return EntitySubset(subset.key, child(part, indices)(scope, about, subset.value), around)

        def requested_before(key: EntityKey) -> Subset | None:
            if scope.since is None:
                return None
            return scope.last_requested if key == root.key else tick.requested_before.get(graph.entity(key).number)

        since = scope.since
        asked = Asked(
            around,
            tick.now,
            None if since is None else since.at,
            tick.world.position.event_id,
            None if since is None else since.event_id,
            requested_before,
            evaluate_child,
        )
        slot = (place, entity.number)
        parent: AutomationContext[Any] | None = None
        if place and root.condition is not None:
            parent = AutomationContext(root.condition, EntitySubset(root.key, tick.all_of(root), around), asked)
        before = remembered_from_slot(scope.before.get(slot))
        context = AutomationContext(condition, EntitySubset(entity.key, candidates, around), asked, before, parent)
        result = _result(condition, context, root)
        value = within(candidates, result.true_subset.value)
        kept = Remembered(candidates, value, result.cursor, result.structured, result.metadata)
        scope.after[slot] = remembered_as_slot(kept)
        for at, part in enumerate(node.operands):
            if node.are_stateful[at] and at not in asked_children:
                part(scope, entity, entity.nothing)
        scope.wake(tick.now.timestamp() + OWN_EVERY_SECONDS)
        return value

    return own


EVALUATORS: dict[str, Maker] = {"own": _own}
"""By kind, what makes its evaluator."""

NEEDS: dict[str, frozenset[str]] = {"own": frozenset({"state", "always", "wake"})}
"""What a kind needs; see ``nodes_status.py``. ``always``: it is asked in every tick."""
