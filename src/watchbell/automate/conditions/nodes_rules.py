"""The conditions that only rules of policies speak of: what happened since the asset was *handled*, and what holds it.

Handled is what was asked for, left out by the limit of the policy, or made. The rules that make (``rule_missing``,
``rule_parent_updated``, ``rule_cron``) remember in their slot what they found and nobody has handled as yet: what
another rule holds back now is still asked for when that lets go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from watchbell.automate.conditions.nodes_age import needing_nonexistent, newer_upstream, since, waiting_for
from watchbell.automate.conditions.nodes_requests import EVALUATORS as OF_REQUESTS
from watchbell.automate.conditions.nodes_runs import targets
from watchbell.automate.conditions.nodes_status import either, newest_updates, numbers, within
from watchbell.automate.conditions.nodes_time import latest_fire, latest_windows, windows_at_fires
from watchbell.automate.conditions.outdated import not_yet_newer, outdated
from watchbell.automate.conditions.scope import Entity, Evaluate, Link, Maker, Node, Scope
from watchbell.automate.conditions.subset import Subset, minus, size_of
from watchbell.automate.conditions.world import RunFact, Update
from watchbell.declare.partitions.multi import MultiPartitionsDefinition
from watchbell.record.ordinal_set import OrdinalSet

_MOMENT_SECONDS = 1e-6  # what was made at the very time of a cron string was not made after it
Trigger = Callable[[Scope, Entity, Subset], Subset]


def _parents(entity: Entity) -> list[Link]:
    """What an entity is made from, itself left out, and what nothing makes or looks at."""
    return [link for link in _others(entity) if link.upstream.is_executable]


def _others(entity: Entity) -> list[Link]:
    """What an entity is made from, itself left out."""
    return [link for link in entity.upstream if link.upstream is not entity]


def _made_now(updates: Iterable[Update], entity: Entity) -> Subset:
    """Which partitions some updates made."""
    if entity.definition is None:
        return any(True for _ in updates)
    return OrdinalSet(each.ordinal for each in updates if each.ordinal is not None)


def _is_to_make(run: RunFact, entity: Entity) -> bool:
    """Whether a run was to make an entity, by what it was asked for or by what it planned."""
    return targets(run, entity.key) or entity.key in run.planned


def _unhandled(scope: Scope, entity: Entity, waiting: Subset, everything: Subset) -> Subset:
    """What was waiting after the last evaluation and was not handled since."""
    if not waiting:
        return entity.nothing
    for handled in (scope.last_requested, scope.left_out, _made_now(newest_updates(scope, entity), entity)):
        if handled:
            waiting = minus(waiting, handled)
    return within(everything, waiting)


def _remembering(node: Node, trigger: Trigger) -> Evaluate:
    """What a trigger found and nobody has handled since."""
    place = node.place

    def remembering(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
        slot = (place, entity.number)
        everything = scope.tick.all_of(entity)
        waiting = _unhandled(scope, entity, scope.before.get(slot, False), everything)
        waiting = either(waiting, trigger(scope, entity, everything))
        if waiting:
            scope.after[slot] = waiting
        return within(candidates, waiting)

    return remembering


# ------------------------------------------------------------ what makes


def _rule_parent_updated(node: Node) -> Evaluate:
    return _remembering(node, _parent_updates(node))


def _parent_updates(node: Node) -> Trigger:
    wanted = tuple(node.condition.param("tag_values") or ())
    will_be_requested = OF_REQUESTS["will_be_requested"](node)

    def has_tags(scope: Scope, update: Update) -> bool:
        run = scope.tick.world.runs.get(update.run_id)
        return run is not None and all(run.tags.get(key) == value for key, value in wanted)

    def counting(scope: Scope, link: Link, entity: Entity) -> list[Update]:
        """The newest update of each partition of a parent, of those that count."""
        newest = {each.ordinal: each for each in newest_updates(scope, link.upstream)}
        runs = scope.tick.world.runs
        return [
            each
            for each in newest.values()
            if not ((run := runs.get(each.run_id)) is not None and _is_to_make(run, entity))
            and (not wanted or has_tags(scope, each))
        ]

    def updates(scope: Scope, entity: Entity, everything: Subset) -> Subset:
        tick, found = scope.tick, entity.nothing
        own = newest_updates(scope, entity)
        for link in _others(entity):
            if scope.since is None and not wanted:
                missing = minus(everything, entity.fact.made)
                fresh = either(
                    newer_upstream(tick, link, everything), waiting_for(tick, link, link.upstream.fact.made, missing)
                )
            else:
                fresh = _after_own(scope, link, counting(scope, link, entity), own, everything)
            requested = will_be_requested(scope, link.upstream, tick.all_of(link.upstream))
            if requested:
                fresh = either(fresh, link.down(tick, requested, everything))
            found = either(found, fresh)
        return found

    return updates


def _after_own(scope: Scope, link: Link, theirs: list[Update], own: tuple[Update, ...], everything: Subset) -> Subset:
    """What is made from some updates and was not made after them."""
    tick, upper = scope.tick, link.upstream
    if not theirs:
        return link.downstream.nothing
    found = link.down(tick, _made_now(theirs, upper), everything)
    last = {each.ordinal: each.event_id for each in own}
    first_theirs = min(each.event_id for each in theirs)
    for ordinal, event_id in last.items():
        if event_id < first_theirs:
            continue
        of_it: Subset = True if ordinal is None else OrdinalSet((ordinal,))
        later = _made_now((each for each in theirs if each.event_id > event_id), upper)
        if isinstance(found, OrdinalSet) and isinstance(of_it, bool):
            continue
        if not link.down(tick, later, of_it):
            found = minus(found, of_it)
    return found


def _rule_missing(node: Node) -> Evaluate:
    parent_updates, place = _parent_updates(node), node.place

    def at_once(scope: Scope, entity: Entity, everything: Subset) -> Subset:
        """What waits for nobody: what is made from nothing, and the newest window."""
        if not _parents(entity):
            return everything
        if entity.definition is None or isinstance(entity.definition, MultiPartitionsDefinition):
            return entity.nothing
        newest = latest_windows(scope.tick, entity.definition, 0)
        return entity.nothing if newest is None else within(everything, newest)

    def rule_missing(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
        slot = (place, entity.number)
        everything = scope.tick.all_of(entity)
        missing = minus(everything, entity.fact.made)
        waiting, seen = scope.before.get(slot, (False, entity.nothing))
        now = at_once(scope, entity, everything)
        waiting = either(_unhandled(scope, entity, waiting, everything), parent_updates(scope, entity, everything))
        waiting = within(missing, either(waiting, minus(now, seen)))
        seen = either(within(everything, seen), now)  # once: what was there, and was wiped, is not asked for
        if waiting or seen:
            scope.after[slot] = (waiting, seen)
        return within(candidates, waiting)

    return rule_missing


def _rule_cron(node: Node) -> Evaluate:
    cron, timezone = node.condition.param("cron"), node.condition.param("timezone") or "UTC"
    is_all = bool(node.condition.param("all_partitions"))

    def fired(scope: Scope, entity: Entity, everything: Subset) -> Subset:
        tick, last = scope.tick, latest_fire(scope.tick, cron, timezone)
        if scope.since is not None and last <= scope.since.at:
            return entity.nothing
        if is_all or not isinstance(everything, OrdinalSet) or entity.definition is None:
            found = everything
        else:
            started = None if scope.since is None else scope.since.at
            windows = windows_at_fires(tick, entity.definition, (cron, timezone), started)
            found = OrdinalSet(everything.page(len(everything) - 1, 1)) if windows is None else windows
            found = within(everything, found)
        if scope.since is None:
            found = minus(found, since(entity.fact.made_at, last.timestamp() + _MOMENT_SECONDS, found))
        return found

    return _remembering(node, fired)


def _never(node: Node) -> Evaluate:
    return lambda scope, entity, candidates: entity.nothing


# ------------------------------------------------------------ what skips


def _rule_parent_missing(node: Node) -> Evaluate:
    will_be_requested = OF_REQUESTS["will_be_requested"](node)

    def parent_missing(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
        tick, found = scope.tick, entity.nothing
        for link in entity.upstream:
            if not link.upstream.is_executable:
                continue
            missing = minus(tick.all_of(link.upstream), link.upstream.fact.made)
            # Its own past has to be there: what is asked for at once may be made in any order.
            if missing and link.upstream is not entity:
                missing = minus(missing, will_be_requested(scope, link.upstream, missing))
            found = either(found, waiting_for(tick, link, missing, candidates))
        return found

    return parent_missing


def _rule_parent_outdated(node: Node) -> Evaluate:
    minutes = node.condition.param("minutes")
    if minutes is not None:
        return _parent_too_old(minutes * 60)
    will_be_requested = OF_REQUESTS["will_be_requested"](node)

    def parent_outdated(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
        tick, found = scope.tick, entity.nothing
        for link in _parents(entity) if candidates else ():
            old = outdated(tick, link.upstream)
            if old:
                old = minus(old, will_be_requested(scope, link.upstream, old))
            found = either(found, waiting_for(tick, link, old, candidates))
        return found

    return parent_outdated


def _parent_too_old(age_seconds: float) -> Evaluate:
    def parent_too_old(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
        tick, found = scope.tick, entity.nothing
        oldest = tick.now.timestamp() - age_seconds
        for link in _others(entity) if candidates else ():
            young = since(link.upstream.fact.made_at, oldest, tick.all_of(link.upstream))
            if young:
                scope.wake(_first_to_age(link.upstream, young) + age_seconds)
            found = either(found, minus(candidates, waiting_for(tick, link, young, candidates)))
        return found

    return parent_too_old


def _first_to_age(entity: Entity, young: Subset) -> float:
    times = entity.fact.made_at
    if isinstance(times, dict):
        return min(times[each] for each in numbers(young))
    assert times is not None
    return times


def _rule_not_all_parents_updated(node: Node) -> Evaluate:
    is_every = bool(node.condition.param("all_partitions"))
    will_be_requested = OF_REQUESTS["will_be_requested"](node)

    def not_all_updated(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
        tick, found = scope.tick, entity.nothing
        for link in _others(entity):
            left = minus(candidates, found)
            if not left:
                break
            requested = will_be_requested(scope, link.upstream, tick.all_of(link.upstream))
            if is_every:
                found = either(found, not_yet_newer(tick, link, requested, left))
                continue
            missing = minus(left, entity.fact.made)
            updated = either(
                newer_upstream(tick, link, left), waiting_for(tick, link, link.upstream.fact.made, missing)
            )
            found = either(found, minus(left, either(updated, waiting_for(tick, link, requested, left))))
        return found

    return not_all_updated


def _rule_not_all_parents_updated_since_cron(node: Node) -> Evaluate:
    cron, timezone = node.condition.param("cron"), node.condition.param("timezone") or "UTC"
    will_be_requested = OF_REQUESTS["will_be_requested"](node)

    def not_all_updated(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
        tick, found = scope.tick, entity.nothing
        fired = latest_fire(tick, cron, timezone).timestamp() if candidates else 0.0
        for link in _others(entity) if candidates else ():
            everything = tick.all_of(link.upstream)
            old = minus(everything, since(link.upstream.fact.made_at, fired, everything))
            if old:
                old = minus(old, will_be_requested(scope, link.upstream, old))
            found = either(found, waiting_for(tick, link, old, candidates))
        return found

    return not_all_updated


def _rule_nonexistent_parents(node: Node) -> Evaluate:
    def nonexistent_parents(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
        found: Subset = entity.nothing
        for link in _others(entity):
            found = either(found, needing_nonexistent(scope.tick, link, candidates))
        return found

    return nonexistent_parents


def _rule_backfill_in_progress(node: Node) -> Evaluate:
    def backfill_in_progress(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
        return candidates if entity.fact.backfilling else entity.nothing

    return backfill_in_progress


# ------------------------------------------------------------ the limit


def _rule_max_materializations(node: Node) -> Evaluate:
    limit, (part,), place = int(node.condition.param("limit")), node.operands, node.place

    def at_most(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
        slot = (place, entity.number)
        scope.left_out = scope.before.get(slot, False)
        wanted = part(scope, entity, candidates)
        if size_of(wanted) <= limit or not isinstance(wanted, OrdinalSet):
            return wanted
        kept = OrdinalSet(_newest_first(entity, wanted)[:limit])
        scope.after[slot] = wanted - kept
        scope.is_momentary = True
        return kept

    return at_most


def _newest_first(entity: Entity, wanted: OrdinalSet) -> list[int]:
    definition = entity.definition
    if isinstance(definition, MultiPartitionsDefinition) and definition.has_time_window_dimension:
        split = definition.split
        return sorted(wanted, key=lambda ordinal: split(ordinal)[::-1], reverse=True)
    return sorted(wanted, reverse=True)


EVALUATORS: dict[str, Maker] = {
    "rule_missing": _rule_missing,
    "rule_parent_updated": _rule_parent_updated,
    "rule_cron": _rule_cron,
    "rule_required_for_freshness": _never,
    "rule_parent_missing": _rule_parent_missing,
    "rule_parent_outdated": _rule_parent_outdated,
    "rule_not_all_parents_updated": _rule_not_all_parents_updated,
    "rule_not_all_parents_updated_since_cron": _rule_not_all_parents_updated_since_cron,
    "rule_nonexistent_parents": _rule_nonexistent_parents,
    "rule_backfill_in_progress": _rule_backfill_in_progress,
    "rule_max_materializations": _rule_max_materializations,
}
"""By kind, what makes its evaluator."""

_OF_PARENTS = frozenset({"upstream", "requests"})

NEEDS: dict[str, frozenset[str]] = {
    "rule_missing": _OF_PARENTS | {"state", "momentary", "timed", "windows"},
    "rule_parent_updated": _OF_PARENTS | {"state", "momentary", "timed"},
    "rule_cron": frozenset({"state", "momentary", "timed", "cron", "windows"}),
    "rule_parent_missing": _OF_PARENTS,
    "rule_parent_outdated": _OF_PARENTS | {"timed", "ancestors", "wake"},
    "rule_not_all_parents_updated": _OF_PARENTS | {"timed"},
    "rule_not_all_parents_updated_since_cron": _OF_PARENTS | {"timed", "cron"},
    "rule_nonexistent_parents": frozenset({"upstream", "windows"}),
    "rule_max_materializations": frozenset({"state", "momentary"}),
}
"""What a kind needs; see ``nodes_status.py``. ``ancestors``: all that is upstream is timed as well."""
