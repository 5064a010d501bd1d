"""The conditions that are made of conditions: and, or, not; newly true, since.

What remembers something has to be asked at every evaluation, also where nothing is to be found any more: so ``and``
goes on with its stateful parts when no candidate is left.

When both sides of ``since`` become true at once, the reset wins, unless it is known that the trigger came after it
(``moments.py``): an update after the tick of a cron string counts, however late both are seen.
"""

from __future__ import annotations

from watchbell.automate.conditions.moments import later, moments_of
from watchbell.automate.conditions.scope import Entity, Evaluate, Maker, Node, Scope
from watchbell.automate.conditions.subset import Subset, both, either, minus
from watchbell.record.ordinal_set import OrdinalSet, no_ordinals


def _and(node: Node) -> Evaluate:
    parts = node.operands
    if not node.has_state:

        def every(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
            for part in parts:
                candidates = part(scope, entity, candidates)
                if not candidates:
                    break
            return candidates

        return every

    # From each place on, the parts that have to be asked though nothing can be found any more.
    stateful = [tuple(_stateful(node, place + 1)) for place in range(len(parts))]
    steps = tuple(zip(parts, stateful, strict=True))

    def every_with_state(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
        for part, rest in steps:
            candidates = part(scope, entity, candidates)
            if not candidates:
                for each in rest:
                    each(scope, entity, candidates)
                break
        return candidates

    return every_with_state


def _stateful(node: Node, start: int) -> list[Evaluate]:
    pairs = zip(node.operands[start:], node.are_stateful[start:], strict=True)
    return [part for part, has_state in pairs if has_state]


def _or(node: Node) -> Evaluate:
    parts = node.operands
    has_state, empty = node.has_state, no_ordinals()
    rests = tuple(tuple(_stateful(node, place + 1)) for place in range(len(parts)))
    steps = tuple(zip(parts, rests, strict=True))

    def some(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
        if isinstance(candidates, OrdinalSet):
            return _union(scope, entity, candidates)
        for part, rest in steps:
            if part(scope, entity, candidates):
                for each in rest:
                    each(scope, entity, candidates)
                return True
        return False

    def _union(scope: Scope, entity: Entity, candidates: OrdinalSet) -> Subset:
        found: Subset = empty
        if not has_state and not candidates:
            return candidates
        for part in parts:
            more = part(scope, entity, candidates)
            if more is not empty:
                found = more if found is empty else either(found, more)
        return found

    return some


def _not(node: Node) -> Evaluate:
    (part,) = node.operands

    def none(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
        return minus(candidates, part(scope, entity, candidates))

    return none


def _newly_true(node: Node) -> Evaluate:
    (part,), place = node.operands, node.place

    def newly_true(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
        slot = (place, entity.number)
        now = part(scope, entity, scope.tick.all_of(entity))
        if not now:
            return now
        scope.after[slot] = now
        before = scope.before.get(slot)
        found = now if before is None else minus(now, before)
        if found:
            found = both(found, candidates)
            scope.is_momentary = scope.is_momentary or bool(found)
        return found

    return newly_true


def _since(node: Node) -> Evaluate:
    (trigger, reset), place = node.operands, node.place
    are_passing, is_traced = node.are_passing, node.is_traced
    begins, ends = (moments_of(each, node.graph) for each in node.condition.children)

    def since(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
        slot, is_momentary = (place, entity.number), scope.is_momentary
        everything = scope.tick.all_of(entity)
        ended = reset(scope, entity, everything)
        # What ends now need not be found: a trigger without partitions is only asked for what it remembers then.
        is_over = ended is True and not is_traced and (begins is None or ends is None)
        found = trigger(scope, entity, False if is_over else everything)
        before = scope.before.get(slot)
        if before is not None:
            # What was found before may be gone: partitions that do not exist any more.
            found = either(found, both(before, everything))
        if ended and found:
            contested = both(found, ended)
            found = minus(found, ended)
            if contested and begins is not None and ends is not None:
                found = either(found, later(scope, entity, contested, begins, ends))
        if are_passing and scope.is_momentary and not is_momentary:
            scope.is_momentary, scope.has_passed = False, True
        if not found:
            return found
        scope.after[slot] = found
        return both(found, candidates)

    return since


EVALUATORS: dict[str, Maker] = {
    "and": _and,
    "or": _or,
    "not": _not,
    "newly_true": _newly_true,
    "since": _since,
}
"""By kind, what makes its evaluator."""

NEEDS: dict[str, frozenset[str]] = {
    "newly_true": frozenset({"state"}),
    "since": frozenset({"state"}),
}
"""What a kind needs; see ``nodes_status.py``."""
