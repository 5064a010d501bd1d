"""The conditions that ask others: what an entity is made from, its checks, one by name, what is downstream.

A condition about others is true for a partition if it is true for one that this is made from; so ``all_deps`` means
that every dep has such a partition, not that all of its partitions are such. A dep nothing of which is there any more
(or as yet) has none.
"""

from __future__ import annotations

from collections.abc import Callable

from watchbell.automate.conditions.scope import Entity, Evaluate, Link, Maker, Node, Scope
from watchbell.automate.conditions.subset import Subset, both, either
from watchbell.automate.conditions.world import EntityKey
from watchbell.ground.errors import DagsterInvalidDefinitionError
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.asset_job_key import AssetJobKey, entity_text
from watchbell.record.ordinal_set import OrdinalSet, no_ordinals

LinksOf = Callable[[Entity], tuple[Link, ...]]


def allowed(node: Node, keys_of: Callable[[object], frozenset[EntityKey]]) -> Callable[[EntityKey], bool] | None:
    """What tells whether an entity is one that a condition asks; None: it asks all."""
    allow, ignore = node.condition.param("allow"), node.condition.param("ignore")
    if allow is None and ignore is None:
        return None
    wanted = None if allow is None else keys_of(allow)
    unwanted: frozenset[EntityKey] = frozenset() if ignore is None else keys_of(ignore)
    return lambda key: (wanted is None or key in wanted) and key not in unwanted


def deps_of(node: Node) -> LinksOf:
    """The deps that a node asks: of an entity, its links upward."""
    is_asked = allowed(node, node.graph.assets_in)
    if is_asked is None:
        return lambda entity: entity.upstream
    asked = is_asked
    return lambda entity: tuple(link for link in entity.upstream if asked(link.upstream.key))


def checks_of(node: Node) -> LinksOf:
    """The checks that a node asks: of an asset, links to its checks as if it were made from them."""
    is_asked, graph = allowed(node, node.graph.checks_in), node.graph
    blocking_only = bool(node.condition.param("blocking_only"))
    known: dict[int, tuple[Link, ...]] = {}

    def links(entity: Entity) -> tuple[Link, ...]:
        found = known.get(entity.number)
        if found is None:
            checks = [each for each in entity.checks if each.is_blocking or not blocking_only]
            checks = [each for each in checks if is_asked is None or is_asked(each.key)]
            found = known[entity.number] = tuple(graph.link_between(entity, each) for each in checks)
        return found

    return links


def _asked(scope: Scope, link: Link, part: Evaluate, candidates: Subset) -> Subset:
    """Which candidates are made from something that a condition is true for."""
    upstream = link.upstream
    if link.mapping is None and upstream.definition is link.downstream.definition:
        return part(scope, upstream, candidates)
    tick = scope.tick
    found = part(scope, upstream, link.up(tick, candidates))
    return link.down(tick, found, candidates)


def some_of(node: Node, links_of: LinksOf) -> Evaluate:
    """True for what one of the others is true for."""
    (part,), has_state, empty = node.operands, node.has_state, no_ordinals()
    is_of_news = node.is_of_news and not has_state and not node.is_traced

    def some(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
        if not candidates and not has_state:
            return candidates
        links = links_of(entity)
        if is_of_news:
            tick = scope.tick
            links = tuple([link for link in links if tick.has_news(link.upstream)])
        if not isinstance(candidates, OrdinalSet):
            is_found = False
            for link in links:
                if link.mapping is None:  # nothing has partitions
                    if not part(scope, link.upstream, candidates):
                        continue
                elif not _asked(scope, link, part, candidates):
                    continue
                is_found = True
                if not has_state:
                    break
            return is_found
        found: Subset = empty
        for link in links:
            more = _asked(scope, link, part, candidates)
            if more is not empty:
                found = more if found is empty else either(found, more)
        return found

    return some


def every_of(node: Node, links_of: LinksOf) -> Evaluate:
    """True for what all of the others are true for; for everything, if there are none."""
    (part,), has_state = node.operands, node.has_state

    def every(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
        for link in links_of(entity):
            if not candidates:
                break
            if link.mapping is None and not isinstance(candidates, OrdinalSet):
                candidates = part(scope, link.upstream, candidates)
            else:
                candidates = _asked(scope, link, part, candidates)
        return candidates

    def every_with_state(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
        found = candidates  # all are asked, and all the same: what remembers is not to depend on who came before
        for link in links_of(entity):
            found = both(found, _asked(scope, link, part, candidates))
        return found

    return every_with_state if has_state else every


def _asset_matches(node: Node) -> Evaluate:
    (part,), graph = node.operands, node.graph
    upstream = graph.entity(node.condition.param("key"))
    known: dict[int, Link] = {}

    def asset_matches(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
        if not candidates and not node.has_state:
            return candidates
        link = known.get(entity.number)
        if link is None:
            link = known[entity.number] = graph.link_between(entity, upstream)
        return _asked(scope, link, part, candidates)

    return asset_matches


def _any_downstream(node: Node) -> Evaluate:
    """The conditions of what is downstream, asked about the entity itself; its operands are those, each once."""
    parts, has_state, places_of = node.operands, node.has_state, node.places_of

    def any_downstream(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
        if isinstance(entity.key, AssetCheckKey):
            raise DagsterInvalidDefinitionError(
                f"any_downstream_conditions() in the condition of {scope.root.key.to_user_string()!r} is asked about "
                f"the check {entity.key.to_user_string()!r}; nothing is downstream of a check: use it for assets"
            )
        found: Subset = entity.nothing
        meant = None if places_of is None else places_of.get(entity.number, frozenset())
        for place, part in enumerate(parts):
            if (candidates or has_state) and (meant is None or place in meant):
                found = either(found, part(scope, entity, candidates))
        return found

    return any_downstream


def _check_job(scope: Scope, entity: Entity, kind: str) -> None:
    """Refuses to ask what is no job for its roots.

    Raises:
        DagsterInvalidDefinitionError: it is none.
    """
    if not isinstance(entity.key, AssetJobKey):
        raise DagsterInvalidDefinitionError(
            f"{kind}_root_assets_match() in the condition of {entity_text(scope.root.key)!r} is asked about "
            f"{entity_text(entity.key)!r}, which is no job: write any_deps_match(...) or asset_matches(key, ...)"
        )


def _job_roots(kind: str, make: Callable[[Node, LinksOf], Evaluate]) -> Maker:
    def of_roots(node: Node) -> Evaluate:
        evaluate = make(node, lambda entity: entity.roots)

        def job_roots(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
            _check_job(scope, entity, kind)
            return evaluate(scope, entity, candidates)

        return job_roots

    return of_roots


EVALUATORS: dict[str, Maker] = {
    "any_deps": lambda node: some_of(node, deps_of(node)),
    "all_deps": lambda node: every_of(node, deps_of(node)),
    "any_checks": lambda node: some_of(node, checks_of(node)),
    "all_checks": lambda node: every_of(node, checks_of(node)),
    "any_downstream": _any_downstream,
    "asset_matches": _asset_matches,
    "any_job_roots": _job_roots("any_job", some_of),
    "all_job_roots": _job_roots("all_job", every_of),
}
"""By kind, what makes its evaluator."""

NEEDS: dict[str, frozenset[str]] = {}
"""What a kind needs; see ``nodes_status.py``. Whom these ask is known to ``compile.py``."""
