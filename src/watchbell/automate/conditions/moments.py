"""When what a condition is true for became so: what decides ``since`` when both of its sides are true at once.

Known are the moments of updates, of what the evaluation before asked for, of cron strings that fired; of what others
are asked about these; and of a ``since`` by its trigger. Any other condition is true as of the evaluation, no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeAlias

from watchbell.automate.conditions.nodes_deps import LinksOf, deps_of
from watchbell.automate.conditions.nodes_status import newest_updates, updated
from watchbell.automate.conditions.nodes_time import latest_fire
from watchbell.automate.conditions.scope import Entities, Entity, Node, Scope
from watchbell.automate.conditions.subset import Subset, both, either, minus

Moments: TypeAlias = Callable[[Scope, Entity, Subset], list[tuple[float, Subset]]]
"""Of some partitions of an entity: when (seconds since the epoch) a condition became true for which of them."""


def moments_of(condition: Any, graph: Entities) -> Moments | None:
    """What tells when a condition became true; None: nobody knows."""
    kind = getattr(condition, "kind", "")
    if kind == "newly_updated":
        return _of_updates
    if kind == "newly_requested":
        return _of_requests
    if kind == "cron_tick_passed":
        return partial(_of_cron, (condition.param("cron"), condition.param("timezone") or "UTC"))
    if kind not in ("since", "any_deps", "asset_matches"):
        return None
    inner = moments_of(condition.children[0], graph)
    if inner is None or kind == "since":
        return inner
    node = Node(condition, 0, (), False, (), graph)
    links_of = deps_of(node) if kind == "any_deps" else _only(condition, graph)
    return partial(_of_others, links_of, inner)


def later(scope: Scope, entity: Entity, ended: Subset, trigger: Moments, reset: Moments) -> Subset:
    """What became true by a trigger after it became true by the reset, of partitions for which both now are."""
    begun, over = trigger(scope, entity, ended), reset(scope, entity, ended)
    left = both(_all(begun, entity), _all(over, entity))
    found = entity.nothing
    # The newest first; of two at the same moment the reset.
    by_age = [(-at, 0, subset) for at, subset in over] + [(-at, 1, subset) for at, subset in begun]
    for _, is_trigger, subset in sorted(by_age, key=lambda each: each[:2]):
        if not left:
            break
        if is_trigger:
            found = either(found, both(left, subset))
        left = minus(left, subset)
    return found


def _all(moments: Iterable[tuple[float, Subset]], entity: Entity) -> Subset:
    found = entity.nothing
    for _, subset in moments:
        found = either(found, subset)
    return found


def _of_updates(scope: Scope, entity: Entity, candidates: Subset) -> list[tuple[float, Subset]]:
    return [(each.at, updated((each,), entity, candidates)) for each in newest_updates(scope, entity)]


def _of_requests(scope: Scope, entity: Entity, candidates: Subset) -> list[tuple[float, Subset]]:
    requested = scope.tick.requested_before.get(entity.number)
    if requested is None or scope.since is None:
        return []
    return [(scope.since.at.timestamp(), both(requested, candidates))]


def _of_cron(cron: tuple[str, str], scope: Scope, entity: Entity, candidates: Subset) -> list[tuple[float, Subset]]:
    fired_at = latest_fire(scope.tick, *cron)
    if scope.since is None or fired_at <= scope.since.at:
        return []
    return [(fired_at.timestamp(), candidates)]


def _of_others(
    links_of: LinksOf, inner: Moments, scope: Scope, entity: Entity, candidates: Subset
) -> list[tuple[float, Subset]]:
    return [
        (at, link.down(scope.tick, subset, candidates))
        for link in links_of(entity)
        for at, subset in inner(scope, link.upstream, link.up(scope.tick, candidates))
        if subset
    ]


def _only(condition: Any, graph: Entities) -> LinksOf:
    upstream = graph.entity(condition.param("key"))
    return lambda entity: (graph.link_between(entity, upstream),)
