"""The conditions of age: made or failed since a cron string fired, older than what it is made from, all of that there.

They are states: as long as the facts stay, so does the answer. A partition is looked at only if it was made; where
mappings lead to other partitions, whole sets are asked for, and halved only where some are newer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from watchbell.automate.conditions.nodes_status import either, numbers, within
from watchbell.automate.conditions.nodes_time import latest_fire
from watchbell.automate.conditions.scope import Entity, Evaluate, Link, Maker, Node, Scope, TickScope
from watchbell.automate.conditions.subset import Subset, minus
from watchbell.automate.conditions.world import Fact
from watchbell.record.ordinal_set import OrdinalSet

Times = Mapping[int, float] | float | None
"""When something happened last, seconds since the epoch; by partition, if there are some; None: never."""


def since(times: Times, at: float, candidates: Subset) -> Subset:
    """The candidates for which something happened at a moment (seconds since the epoch) or later."""
    if not isinstance(candidates, OrdinalSet):
        return bool(candidates) and isinstance(times, int | float) and times >= at
    if not isinstance(times, Mapping) or not candidates:
        return OrdinalSet()
    if len(candidates) < len(times):
        return OrdinalSet(each for each in candidates if times.get(each, at - 1) >= at)
    return candidates & OrdinalSet(ordinal for ordinal, moment in times.items() if moment >= at)


def _since_cron(times_of: Callable[[Fact], Times]) -> Maker:
    def make(node: Node) -> Evaluate:
        cron, timezone = node.condition.param("cron"), node.condition.param("timezone") or "UTC"

        def since_cron(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
            if not candidates:
                return candidates
            return since(times_of(entity.fact), latest_fire(scope.tick, cron, timezone).timestamp(), candidates)

        return since_cron

    return make


# ------------------------------------------------------------ newer than what is made from it


def newer_upstream(tick: TickScope, link: Link, candidates: Subset) -> Subset:
    """The candidates that were made, and of which something upstream was made later.

    Args:
        tick: the tick.
        link: from the entity of the candidates to what is asked about.
        candidates: partitions of its downstream side.
    """
    own, theirs = link.downstream.fact.made_at, link.upstream.fact.made_at
    if not candidates or not own or not theirs:
        return link.downstream.nothing
    if isinstance(candidates, OrdinalSet):
        assert isinstance(own, Mapping)
        if not isinstance(theirs, Mapping):
            return OrdinalSet(each for each in _known(own, candidates) if own[each] < theirs)
        if link.mapping is None:
            return _newer_of_same(own, theirs, candidates)
        made = sorted((own[each], each) for each in _known(own, candidates))
        return OrdinalSet(_newer_of_others(tick, link, made, theirs))
    assert not isinstance(own, Mapping)
    if isinstance(theirs, Mapping):
        return any(theirs[each] > own for each in _known(theirs, numbers(link.up(tick, True))))
    return theirs > own


def _known(times: Mapping[int, float], candidates: OrdinalSet) -> list[int]:
    if len(candidates) < len(times):
        return [each for each in candidates if each in times]
    return [each for each in times if each in candidates]


def _newer_of_same(own: Mapping[int, float], theirs: Mapping[int, float], candidates: OrdinalSet) -> OrdinalSet:
    if len(candidates) < min(len(own), len(theirs)):
        return OrdinalSet(each for each in candidates if each in own and theirs.get(each, 0.0) > own[each])
    if len(theirs) < len(own):
        found = [each for each, at in theirs.items() if at > own.get(each, at)]
    else:
        found = [each for each, at in own.items() if theirs.get(each, at) > at]
    return candidates & OrdinalSet(found) if found else OrdinalSet()


def _newer_of_others(
    tick: TickScope, link: Link, made: list[tuple[float, int]], theirs: Mapping[int, float]
) -> list[int]:
    """Those of some partitions, oldest first, of which something upstream is newer."""
    if not made:
        return []
    needed = numbers(link.up(tick, OrdinalSet(ordinal for _, ordinal in made)))
    newest = max((theirs[each] for each in _known(theirs, needed)), default=None)
    if newest is None or newest <= made[0][0]:
        return []
    if len(made) == 1:
        return [made[0][1]]
    middle = len(made) // 2
    return _newer_of_others(tick, link, made[:middle], theirs) + _newer_of_others(tick, link, made[middle:], theirs)


def _parent_newer(node: Node) -> Evaluate:
    def parent_newer(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
        fact = entity.fact
        if not candidates or not fact.made:
            return entity.nothing
        left = minus(candidates, fact.running) if fact.running else candidates
        found: Subset = entity.nothing
        for link in entity.upstream:
            more = newer_upstream(scope.tick, link, left)
            if more:
                found, left = either(found, more), minus(left, more)
                if not left:
                    break
        return found

    return parent_newer


# ------------------------------------------------------------ what it is made from is there


def waiting_for(tick: TickScope, link: Link, wanted: Subset, candidates: Subset) -> Subset:
    """The candidates that need something of a set upstream.

    Args:
        tick: the tick.
        link: from the entity of the candidates to what it is made from.
        wanted: partitions of the upstream side.
        candidates: partitions of the downstream side.
    """
    if not wanted or not candidates:
        return link.downstream.nothing
    if isinstance(candidates, OrdinalSet):
        return link.down(tick, wanted, candidates)
    return bool(within(link.up(tick, True), wanted))


def needing_nonexistent(tick: TickScope, link: Link, candidates: Subset) -> Subset:
    """The candidates that need partitions upstream which do not exist."""
    upper = link.upstream.definition
    if upper is None or not candidates:
        return link.downstream.nothing
    if link.mapping is None:
        return minus(candidates, tick.all_of(link.upstream))
    of = candidates if isinstance(candidates, OrdinalSet) else None
    needed = link.mapping.upstream_of(of, link.downstream.definition, upper, tick.view)
    if not needed.missing and not needed.missing_keys:
        return link.downstream.nothing
    if of is None or len(of) == 1:
        return candidates
    half = OrdinalSet(of.page(0, len(of) // 2))
    return either(needing_nonexistent(tick, link, half), needing_nonexistent(tick, link, of - half))


def _parent_materialized(node: Node) -> Evaluate:
    def parent_materialized(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
        tick = scope.tick
        for link in entity.upstream:
            if not candidates:
                break
            missing = minus(tick.all_of(link.upstream), link.upstream.fact.made)
            waiting = waiting_for(tick, link, missing, candidates)
            if waiting:
                candidates = minus(candidates, waiting)
            nowhere = needing_nonexistent(tick, link, candidates)
            if nowhere:
                candidates = minus(candidates, nowhere)
        return candidates

    return parent_materialized


EVALUATORS: dict[str, Maker] = {
    "parent_newer": _parent_newer,
    "parent_materialized": _parent_materialized,
    "materialized_since_cron": _since_cron(lambda fact: fact.made_at),
    "failed_since_cron": _since_cron(lambda fact: fact.failed_at),
}
"""By kind, what makes its evaluator."""

NEEDS: dict[str, frozenset[str]] = {
    "parent_newer": frozenset({"timed", "upstream"}),
    "parent_materialized": frozenset({"upstream", "windows"}),
    "materialized_since_cron": frozenset({"timed", "cron"}),
    "failed_since_cron": frozenset({"timed", "cron"}),
}
"""What a kind needs; see ``nodes_status.py``."""
