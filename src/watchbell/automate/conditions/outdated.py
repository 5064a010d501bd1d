"""What is older than what it is made from, however far up; asked once a tick for each entity."""

from __future__ import annotations

from watchbell.automate.conditions.nodes_age import newer_upstream, waiting_for
from watchbell.automate.conditions.nodes_status import either, numbers, within
from watchbell.automate.conditions.scope import Entity, Link, TickScope
from watchbell.automate.conditions.subset import Subset, minus
from watchbell.record.ordinal_set import OrdinalSet


def outdated(tick: TickScope, entity: Entity) -> Subset:
    """What of an entity was made, and something upstream of it, near or far, was made later.

    Args:
        tick: the tick, which keeps the answers.
        entity: the entity; what nothing makes is never outdated.
    """
    known = tick.outdated
    todo = [entity]
    # Upstream first, without recursion: graphs are deeper than Python's stack.
    while todo:
        each = todo[-1]
        if each.number in known:
            todo.pop()
            continue
        waiting = [
            link.upstream
            for link in each.upstream
            if link.upstream is not each and link.upstream.number not in known and link.upstream.number < each.number
        ]
        if waiting and each.fact.made:
            todo += waiting
            continue
        known[each.number] = _outdated(tick, each, known)
        todo.pop()
    return known[entity.number]


def _outdated(tick: TickScope, entity: Entity, known: dict[int, Subset]) -> Subset:
    found: Subset = entity.nothing
    if not entity.is_executable or not entity.fact.made:
        return found
    made = within(tick.all_of(entity), entity.fact.made)
    for link in entity.upstream:
        if link.upstream is entity:
            continue
        found = either(found, newer_upstream(tick, link, made))
        found = either(found, waiting_for(tick, link, known.get(link.upstream.number, False), made))
    return found


def not_yet_newer(tick: TickScope, link: Link, requested: Subset, candidates: Subset) -> Subset:
    """The candidates that need something upstream which is missing, or was not made after them.

    Args:
        tick: the tick.
        link: from the entity of the candidates to what is asked about.
        requested: what is asked for upstream in this tick, which counts as made now.
        candidates: partitions of the downstream side.
    """
    upper, own = link.upstream, link.downstream.fact.made_at
    theirs = upper.fact.made_at
    missing = minus(minus(tick.all_of(upper), upper.fact.made), requested)
    found = waiting_for(tick, link, missing, candidates)
    for each in candidates if isinstance(candidates, OrdinalSet) else (None,):
        if each is not None and each in numbers(found):
            continue
        made_at = own.get(each) if isinstance(own, dict) and each is not None else own
        if not isinstance(made_at, int | float):
            continue
        of_it: Subset = True if each is None else OrdinalSet((each,))
        needed = minus(link.up(tick, of_it), requested)
        if isinstance(theirs, dict) and isinstance(needed, OrdinalSet):
            is_old = any(theirs.get(ordinal, made_at) <= made_at for ordinal in needed)
        else:
            is_old = bool(needed) and isinstance(theirs, int | float) and theirs <= made_at
        if is_old:
            found = either(found, of_it)
    return found
