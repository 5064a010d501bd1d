"""The conditions of what was asked for: in this tick, by the evaluation before, and whether there was one before."""

from __future__ import annotations

from watchbell.automate.conditions.scope import Entity, Evaluate, Maker, Node, Scope
from watchbell.automate.conditions.subset import Subset, both
from watchbell.declare.partitions.inference import infer_partition_mapping
from watchbell.declare.partitions.plain_mapping import IdentityPartitionMapping
from watchbell.declare.partitions.time_mapping import TimeWindowPartitionMapping


def shares_runs(root: Entity, entity: Entity) -> bool:
    """Whether what is asked for of two entities can be made in one run: same job, same partitions, same windows."""
    if root.job_name is None or root.job_name != entity.job_name or root.location_name != entity.location_name:
        return False
    lower, upper = root.definition, entity.definition
    if lower is None and upper is None:
        return True
    if lower is None or upper is None or (lower is not upper and lower != upper):
        return False
    for link in root.upstream:
        if link.upstream is entity:
            return link.mapping is None or isinstance(link.mapping, TimeWindowPartitionMapping)
    # Neither is made from the other: partitions decide.
    suggested = infer_partition_mapping(None, lower, upper)
    return isinstance(suggested, IdentityPartitionMapping | TimeWindowPartitionMapping)


def _will_be_requested(node: Node) -> Evaluate:
    known: dict[tuple[int, int], bool] = {}

    def will_be_requested(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
        requested = scope.tick.requested.get(entity.number)
        if requested is None or not candidates:
            return entity.nothing
        root = scope.root
        if root.definition is None:
            is_shared = shares_runs(root, entity)
        else:  # definitions are compared once
            pair = (root.number, entity.number)
            if pair not in known:
                known[pair] = shares_runs(root, entity)
            is_shared = known[pair]
        if not is_shared:
            return entity.nothing
        scope.is_momentary = True
        return both(requested, candidates)

    return will_be_requested


def _newly_requested(node: Node) -> Evaluate:
    def newly_requested(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
        requested = scope.tick.requested_before.get(entity.number)
        if requested is None or not candidates:
            return entity.nothing
        scope.is_momentary = True
        return both(requested, candidates)

    return newly_requested


def _initial_evaluation(node: Node) -> Evaluate:
    def initial_evaluation(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
        if scope.since is not None:
            return entity.nothing
        scope.is_momentary = True
        return candidates

    return initial_evaluation


EVALUATORS: dict[str, Maker] = {
    "will_be_requested": _will_be_requested,
    "newly_requested": _newly_requested,
    "initial_evaluation": _initial_evaluation,
}
"""By kind, what makes its evaluator."""

NEEDS: dict[str, frozenset[str]] = {
    "will_be_requested": frozenset({"momentary", "requests"}),
    "newly_requested": frozenset({"momentary", "requests_before"}),
    "initial_evaluation": frozenset({"momentary"}),
}
"""What a kind needs; see ``nodes_status.py``. ``requests``: what is asked for of its entity in this tick;
``requests_before``: what the evaluation before asked for."""
