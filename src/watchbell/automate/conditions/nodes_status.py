"""The conditions of what is known of an entity itself: missing, in progress, failed, new, changed, fresh.

Where nothing is true, what the world holds is handed back as it is, so that a quiet tick makes no sets.
"""

from __future__ import annotations

from watchbell.automate.conditions.fact_rows import is_observed
from watchbell.automate.conditions.scope import Entity, Evaluate, Maker, Node, Scope
from watchbell.automate.conditions.subset import Subset, minus
from watchbell.automate.conditions.world import Update
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.ordinal_set import OrdinalSet


def within(candidates: Subset, subset: Subset) -> Subset:
    """What both have; that which is empty as it is, if one is."""
    if isinstance(candidates, OrdinalSet) and isinstance(subset, OrdinalSet):
        return candidates & subset
    return candidates and subset


def either(one: Subset, other: Subset) -> Subset:
    """What is in one or the other."""
    if isinstance(one, OrdinalSet) and isinstance(other, OrdinalSet):
        return one | other
    return one or other


def numbers(subset: Subset) -> OrdinalSet:
    """A set that is known to be one of numbers."""
    assert isinstance(subset, OrdinalSet)
    return subset


def newest_updates(scope: Scope, entity: Entity) -> tuple[Update, ...]:
    """What made an entity since the last evaluation of the root, oldest first; none at the first evaluation."""
    since, updates = scope.since, entity.fact.updates
    if since is None or not updates:
        return ()
    if updates[0].event_id <= since.event_id:
        updates = tuple(each for each in updates if each.event_id > since.event_id)
    return _lasting(updates) if len(updates) > 1 and is_observed(entity) else updates


def _lasting(updates: tuple[Update, ...]) -> tuple[Update, ...]:
    """Updates of what is observed, without those of data that are by now what they were before."""
    before: dict[int | None, str | None] = {}
    now: dict[int | None, str | None] = {}
    for each in updates:
        before.setdefault(each.ordinal, each.data_version_before)
        now[each.ordinal] = each.data_version
    return tuple(each for each in updates if now[each.ordinal] != before[each.ordinal])


def updated(updates: tuple[Update, ...], entity: Entity, candidates: Subset) -> Subset:
    """Which candidates some updates made."""
    if not updates or not candidates:
        return entity.nothing
    if isinstance(candidates, OrdinalSet):
        return candidates & OrdinalSet(each.ordinal for each in updates if each.ordinal is not None)
    return True


def _missing(node: Node) -> Evaluate:
    def missing(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
        fact = entity.fact
        # A check that is being executed is not missing; an asset is until it is there.
        made = fact.made or (fact.running if isinstance(entity.key, AssetCheckKey) else False)
        return minus(candidates, made) if candidates else candidates

    return missing


def _execution_failed(node: Node) -> Evaluate:
    def execution_failed(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
        fact = entity.fact
        if fact.running is True:  # of what has no partitions the newest attempt counts, and how that ends is open
            return entity.nothing
        return within(candidates, fact.failed)

    return execution_failed


def _run_in_progress(node: Node) -> Evaluate:
    def run_in_progress(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
        return within(candidates, entity.fact.running)

    return run_in_progress


def _backfill_in_progress(node: Node) -> Evaluate:
    def backfill_in_progress(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
        return within(candidates, entity.fact.backfilling)

    return backfill_in_progress


def _newly_updated(node: Node) -> Evaluate:
    def newly_updated(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
        if not entity.fact.updates:
            return entity.nothing
        found = updated(newest_updates(scope, entity), entity, candidates)
        if found:
            scope.is_momentary = True
        return found

    return newly_updated


def _code_version_changed(node: Node) -> Evaluate:
    place = node.place

    def code_version_changed(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
        slot = (place, entity.number)
        version = entity.code_version
        scope.after[slot] = version
        before = scope.before.get(slot)
        if before is None or before == version or not candidates:
            return entity.nothing
        scope.is_momentary = True
        return candidates

    return code_version_changed


def _data_version_changed(node: Node) -> Evaluate:
    def data_version_changed(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
        updates = newest_updates(scope, entity)
        if not updates or not candidates:
            return entity.nothing
        before: dict[int | None, str | None] = {}
        now: dict[int | None, str | None] = {}
        for each in updates:
            place = None if entity.definition is None else each.ordinal
            before.setdefault(place, each.data_version_before)
            now[place] = each.data_version
        changed = [place for place, version in now.items() if version != before[place]]
        if not changed:
            return entity.nothing
        found: Subset = (
            candidates & OrdinalSet(each for each in changed if each is not None)
            if isinstance(candidates, OrdinalSet)
            else True
        )
        if found:
            scope.is_momentary = True
        return found

    return data_version_changed


def _freshness(node: Node) -> Evaluate:
    state = node.condition.param("state")

    def freshness(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
        until = entity.fact.freshness_until
        if until is not None:
            scope.wake(until)
        return candidates if entity.fact.freshness == state else entity.nothing

    return freshness


EVALUATORS: dict[str, Maker] = {
    "missing": _missing,
    "execution_failed": _execution_failed,
    "run_in_progress": _run_in_progress,
    "backfill_in_progress": _backfill_in_progress,
    "newly_updated": _newly_updated,
    "code_version_changed": _code_version_changed,
    "data_version_changed": _data_version_changed,
    "freshness": _freshness,
}
"""By kind, what makes its evaluator."""

NEEDS: dict[str, frozenset[str]] = {
    "newly_updated": frozenset({"momentary"}),
    "code_version_changed": frozenset({"state", "momentary"}),
    "data_version_changed": frozenset({"versioned", "momentary"}),
}
"""What a kind needs besides the facts of the entity it is asked about: ``state`` (a slot, so it is evaluated over
everything at every evaluation of its root), ``momentary`` (it may be true for one tick only), ``timed``, ``versioned``,
``traced`` (the sets of the world its entity has to be in), ``cron`` (it changes when its cron string fires),
``windows`` (it changes when a window of its entity ends), ``upstream`` (it looks at what its entity is made from, which
has to be in the same sets)."""
