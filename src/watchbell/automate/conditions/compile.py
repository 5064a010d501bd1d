"""From conditions to evaluators: closures, one tree of them for all entities whose conditions are equal.

Besides, what a tree looks at: which entities (:class:`Looks`), which cron strings, whether windows, and what the world
has to keep for it. That decides when its roots are evaluated again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import field, replace
from functools import cached_property
from hashlib import blake2b
from itertools import count
from typing import Any

from watchbell.automate.conditions import (
    nodes_age,
    nodes_checks,
    nodes_deps,
    nodes_logic,
    nodes_own,
    nodes_requests,
    nodes_rules,
    nodes_runs,
    nodes_status,
    nodes_time,
)
from watchbell.automate.conditions.nodes_deps import LinksOf, checks_of, deps_of
from watchbell.automate.conditions.passing import is_of_news, is_passing, rests
from watchbell.automate.conditions.scope import Entities, Entity, Evaluate, Maker, Node, Scope
from watchbell.automate.conditions.subset import Subset
from watchbell.declare.conditions.condition import AutomationCondition, BuiltInCondition, walk
from watchbell.declare.conditions.job_conditions import OF_ROOTS
from watchbell.ground.errors import DagsterInvalidDefinitionError
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass
from watchbell.record.asset_check import AssetCheckKey

OWN = "own"
"""The kind of a condition of somebody's own."""

_FAMILIES: tuple[Any, ...] = (
    nodes_age,
    nodes_checks,
    nodes_deps,
    nodes_logic,
    nodes_own,
    nodes_requests,
    nodes_rules,
    nodes_runs,
    nodes_status,
    nodes_time,
)
EVALUATORS: dict[str, Maker] = {kind: make for family in _FAMILIES for kind, make in family.EVALUATORS.items()}
"""By kind, what makes its evaluator."""
NEEDS: dict[str, frozenset[str]] = {kind: needs for family in _FAMILIES for kind, needs in family.NEEDS.items()}
"""By kind, what it needs besides facts; see ``nodes_status.py``."""

_STATEFUL = frozenset(kind for kind, needs in NEEDS.items() if "state" in needs)
_ABOUT_DEPS = frozenset({"any_deps", "all_deps"})
_ABOUT_CHECKS = frozenset({"any_checks", "all_checks"})
_NO_NEEDS: frozenset[str] = frozenset()
_KNOWN_OF_UPDATES = frozenset({"traced"})
_OF_FACTS = frozenset({"timed", "versioned", "traced"})


@dataclass(eq=False)
class Looks:
    """What a tree looks at, seen from an entity: at the entity, and from there on at others.

    Args:
        needs: what is needed of the entity itself; see ``nodes_status.py``.
        others: which others (what tells two such ways apart, the entities it leads to), and what it looks at there.
    """

    needs: set[str] = field(default_factory=set)
    others: list[tuple[Any, Callable[[Entity], Iterable[Entity]], Looks]] = field(default_factory=list)

    def to(self, way: Any, entities_of: Callable[[Entity], Iterable[Entity]]) -> Looks:
        """What is looked at on a way to others; the same for equal ways."""
        for known, _, looks in self.others:
            if known == way:
                return looks
        looks = Looks()
        self.others.append((way, entities_of, looks))
        return looks

    def entities(self, entity: Entity, found: dict[int, frozenset[str]]) -> None:
        """Puts all entities that are looked at from one into ``found``, each with what is needed of it."""
        number, needs = entity.number, self._all_needs
        known = found.get(number)
        found[number] = needs if known is None or known is needs else known | needs
        for _, entities_of, looks in self.others:
            for each in entities_of(entity):
                looks.entities(each, found)

    @cached_property
    def _all_needs(self) -> frozenset[str]:
        """The needs once all are there: when somebody asks where it looks, the tree is made."""
        return frozenset(self.needs)


@dataclass(eq=False)
class Tree:
    """A compiled condition.

    Args:
        evaluate: the evaluator of the whole.
        traced: the same, telling the recorder of the scope of each node.
        conditions: its nodes by place.
        looks: what it looks at.
        crons: the cron strings it speaks of, each with its zone.
        needs: all needs of its nodes together.
        rests: whether a change of its state alone is no reason to evaluate it once more (``passing.py``).
        known_ids: see :meth:`ids`; made once, as roots with equal conditions share a tree.
    """

    evaluate: Evaluate
    traced: Evaluate
    conditions: tuple[AutomationCondition[Any], ...]
    looks: Looks
    crons: frozenset[tuple[str, str]]
    needs: frozenset[str]
    rests: bool = False
    known_ids: list[str] = field(default_factory=list)

    def ids(self) -> list[str]:
        """A name of each node by its place, the same in every process as long as the node and its parts stay alike.

        Where it stands, and what it is called, does not matter: a state outlives changes around it. Nor does what is
        allowed or ignored: one more asset that a selection finds takes no state away.
        """
        if self.known_ids:
            return self.known_ids
        counts: dict[str, int] = {}
        found = self.known_ids
        for condition in self.conditions:
            text = blake2b(text_of(condition).encode(), digest_size=6).hexdigest()
            counts[text] = count = counts.get(text, 0) + 1
            found.append(text if count == 1 else f"{text}.{count}")
        return found


@dataclass(frozen=True)
class Below:
    """What ``any_downstream`` stands for in a condition.

    Args:
        conditions: those of all assets downstream, each once.
        places_of: where it is asked about others than the root: by entity, which of them are downstream of that; None:
            all are.
    """

    conditions: tuple[AutomationCondition[Any], ...] = ()
    places_of: tuple[tuple[int, frozenset[int]], ...] | None = None


NOTHING_BELOW = Below()


class Compiler:
    """Compiles conditions, equal ones once.

    Args:
        graph: the entities they speak of.
    """

    def __init__(self, graph: Entities) -> None:
        self._graph = graph
        self._by_id: dict[int, tuple[AutomationCondition[Any], Tree]] = {}
        self._by_value: dict[object, Tree] = {}
        self._downstream: dict[int, bool] = {}
        self._below: dict[int, tuple[AutomationCondition[Any], ...]] | None = None

    def tree(self, entity: Entity) -> Tree:
        """The compiled condition of an entity that has one.

        Raises:
            DagsterInvalidDefinitionError: it speaks of something that is not there, or is of no known kind.
        """
        condition = entity.condition
        assert condition is not None, entity.key
        if self._asks_downstream(condition):
            return self._tree_of(condition, self._below_of(condition, entity))
        found = self._by_id.get(id(condition))
        if found is None:
            found = self._by_id[id(condition)] = (condition, self._tree_of(condition, NOTHING_BELOW))
        return found[1]

    def _tree_of(self, condition: AutomationCondition[Any], below: Below) -> Tree:
        try:
            known = self._by_value.get((condition, below))
        except TypeError:  # a parameter that cannot be hashed: nothing is shared
            return _Building(self._graph, below).tree(condition)
        if known is None:
            known = self._by_value[condition, below] = _Building(self._graph, below).tree(condition)
        return known

    def _asks_downstream(self, condition: AutomationCondition[Any]) -> bool:
        known = self._downstream.get(id(condition))
        if known is None:
            is_it = getattr(condition, "kind", None) == "any_downstream"
            known = is_it or any(self._asks_downstream(each) for each in condition.children)
            self._downstream[id(condition)] = known
        return known

    def _below_of(self, condition: AutomationCondition[Any], entity: Entity) -> Below:
        """What ``any_downstream`` stands for in a condition: that depends on whom it is asked about.

        Never for the condition itself, should what is downstream have an equal one.
        """
        asked: dict[int, Entity] = {}
        self._asked_downstream(condition, entity, asked)
        own = _value_key(condition)
        places: dict[object, int] = {}
        conditions: list[AutomationCondition[Any]] = []
        places_of = []
        for number, each in asked.items():
            found = []
            for other in self._conditions_below(each):
                key = _value_key(other)
                if key == own:
                    continue
                place = places.setdefault(key, len(conditions))
                if place == len(conditions):
                    conditions.append(other)
                found.append(place)
            places_of.append((number, frozenset(found)))
        is_of_root = set(asked) <= {entity.number}
        return Below(tuple(conditions), None if is_of_root else tuple(places_of))

    def _asked_downstream(self, condition: AutomationCondition[Any], entity: Entity, found: dict[int, Entity]) -> None:
        """Puts the entities into ``found`` about which a condition, asked about one, asks ``any_downstream``."""
        if not self._asks_downstream(condition):
            return
        if not isinstance(condition, BuiltInCondition):
            found[entity.number] = entity
            others: Iterable[Entity] = (entity,)
        elif condition.kind == "any_downstream":
            found[entity.number] = entity
            return
        else:
            others = _asked_by(Node(condition, 0, (), False, (), self._graph), entity)
        for each in others:
            for child in condition.children:
                self._asked_downstream(child, each, found)

    def _conditions_below(self, entity: Entity) -> tuple[AutomationCondition[Any], ...]:
        """The conditions of all assets downstream, each once; made for all entities when it is asked first."""
        if self._below is None:
            self._below = {}
            for each in reversed(self._graph.entities):
                found: dict[object, AutomationCondition[Any]] = {}
                for link in each.downstream:
                    lower = link.downstream
                    if lower is each or isinstance(lower.key, AssetCheckKey):
                        continue
                    if lower.condition is not None and getattr(lower.condition, "kind", "") != "any_downstream":
                        found.setdefault(_value_key(lower.condition), lower.condition)
                    for condition in self._below.get(lower.number, ()):
                        found.setdefault(_value_key(condition), condition)
                if found:
                    self._below[each.number] = tuple(found.values())
        return self._below.get(entity.number, ())


class _Building:
    """The compilation of one tree.

    Args:
        graph: the entities.
        below: what ``any_downstream`` stands for in it.
    """

    def __init__(self, graph: Entities, below: Below) -> None:
        self._graph = graph
        self._below = below
        self._conditions: list[AutomationCondition[Any]] = []
        self._crons: set[tuple[str, str]] = set()
        self._needs: set[str] = set()

    def tree(self, condition: AutomationCondition[Any]) -> Tree:
        """The compiled tree."""
        # Conditions of others have their places after the tree, which so keeps those it has by itself.
        self._next_other = sum(1 for _ in walk(condition))
        self._conditions = [condition] * self._next_other
        looks = Looks()
        evaluate, traced, _ = self._node(condition, count(), looks, is_other=False)
        crons, needs = frozenset(self._crons), frozenset(self._needs)
        conditions = tuple(self._conditions)
        return Tree(evaluate, traced, conditions, looks, crons, needs, rests(conditions, _STATEFUL))

    def _node(
        self,
        condition: AutomationCondition[Any],
        places: Iterator[int],
        looks: Looks,
        is_other: bool,
        is_new: bool = False,
    ) -> tuple[Evaluate, Evaluate, bool]:
        """Evaluator, the same with trace, and whether it has state; ``is_new``: it is only asked about new updates."""
        place = next(places)
        self._conditions[place] = condition
        kind = condition.kind if isinstance(condition, BuiltInCondition) else OWN
        make = EVALUATORS.get(kind)
        if make is None:
            raise DagsterInvalidDefinitionError(
                f"no condition is called {kind!r}{did_you_mean(kind, EVALUATORS)}; it was written by another version"
            )
        needs = NEEDS.get(kind, _NO_NEEDS) - (_KNOWN_OF_UPDATES if is_new else _NO_NEEDS)
        self._needs |= needs
        looks.needs |= needs
        node = Node(condition, place, (), False, (), self._graph)
        below = self._looks_below(node, kind, looks)
        children = condition.children
        parts = [
            self._node(each, places, below, is_other, _asks_of_new(kind, children[:at], is_new))
            for at, each in enumerate(children)
        ]
        if kind == "any_downstream" and not is_other:
            parts = self._others(looks)
            node.places_of = None if self._below.places_of is None else dict(self._below.places_of)
        node.are_stateful = tuple(has_state for _, _, has_state in parts)
        node.has_state = "state" in needs or any(node.are_stateful)
        node.are_passing = kind == "since" and all(map(is_passing, children))
        node.is_of_news = kind in _ABOUT_DEPS and is_of_news(children[0])
        node.operands = tuple(plain for plain, _, _ in parts)
        plain = make(node)
        traced_node = replace(node, operands=tuple(traced for _, traced, _ in parts), is_traced=True)
        return plain, _traced(place, make(traced_node)), node.has_state

    def _others(self, looks: Looks) -> list[tuple[Evaluate, Evaluate, bool]]:
        parts = []
        for each in self._below.conditions:
            size = sum(1 for _ in walk(each))
            self._conditions += [each] * size
            parts.append(self._node(each, count(self._next_other), looks, is_other=True))
            self._next_other += size
        return parts

    def _looks_below(self, node: Node, kind: str, looks: Looks) -> Looks:
        """Where the parts of a node look; and what it looks at itself."""
        params = dict(getattr(node.condition, "params", ()))
        cron = params.get("cron")
        if isinstance(cron, str):
            self._crons.add((cron, params.get("timezone") or "UTC"))
        if "upstream" in NEEDS.get(kind, _NO_NEEDS):
            looks.to(("deps", None, None), _uppers(lambda entity: entity.upstream)).needs |= NEEDS[kind] & _OF_FACTS
        if kind in _ABOUT_DEPS:
            return looks.to(("deps", params.get("allow"), params.get("ignore")), _uppers(deps_of(node)))
        if kind in _ABOUT_CHECKS:
            way = ("checks", bool(params.get("blocking_only")), params.get("allow"), params.get("ignore"))
            return looks.to(way, _uppers(checks_of(node)))
        if kind in OF_ROOTS:
            return looks.to(("roots",), _uppers(lambda entity: entity.roots))
        if kind == "asset_matches":
            asked = (self._graph.entity(params["key"]),)
            return looks.to(("key", params["key"]), lambda entity: asked)
        return looks


def _asks_of_new(kind: str, before: Sequence[AutomationCondition[Any]], is_new: bool) -> bool:
    """Whether an operator asks an operand only about what was newly updated; ``before``: the operands before it."""
    if kind == "and" and any(getattr(each, "kind", "") == "newly_updated" for each in before):
        return True
    return is_new and kind in {"and", "or", "not"}


def _asked_by(node: Node, entity: Entity) -> Iterable[Entity]:
    """Whom a condition, asked about an entity, asks in turn."""
    kind = node.condition.kind
    if kind in _ABOUT_DEPS:
        return [link.upstream for link in deps_of(node)(entity)]
    if kind in _ABOUT_CHECKS:
        return [link.upstream for link in checks_of(node)(entity)]
    if kind in OF_ROOTS:
        return [link.upstream for link in entity.roots]
    if kind == "asset_matches":
        return (node.graph.entity(node.condition.param("key")),)
    return (entity,)


def _uppers(links_of: LinksOf) -> Callable[[Entity], Iterable[Entity]]:
    return lambda entity: [link.upstream for link in links_of(entity)]


def _traced(place: int, evaluate: Evaluate) -> Evaluate:
    """An evaluator that tells the recorder of the scope."""

    def traced(scope: Scope, entity: Entity, candidates: Subset) -> Subset:
        value = evaluate(scope, entity, candidates)
        if scope.recorder is not None:
            scope.recorder(place, entity, candidates, value)
        return value

    return traced


def _value_key(condition: AutomationCondition[Any]) -> object:
    """What equal conditions have in common."""
    try:
        hash(condition)
    except TypeError:
        return id(condition)
    return condition


def text_of(condition: AutomationCondition[Any]) -> str:
    """A condition as text that is the same in every process, without what it is called and what its selections are."""
    parts = ",".join(text_of(each) for each in condition.children)
    if not isinstance(condition, BuiltInCondition):
        kind = type(condition)
        return f"{kind.__module__}.{kind.__qualname__}/{condition.name}[{parts}]"
    params = []
    for name, value in condition.params:
        if value is not None and name not in {"allow", "ignore"}:
            params.append(f"{name}={sorted(value) if isinstance(value, set | frozenset) else value}")
    return f"{condition.kind}({','.join(params)})[{parts}]"
