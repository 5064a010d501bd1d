"""What an evaluator is given: the tick, the root whose condition is evaluated, and the entity it is asked about.

An evaluator is a closure ``(scope, entity, candidates) -> Subset``: which of the candidates (partitions of ``entity``)
the node is true for. It reads facts (``entity.fact``), the tick (``scope.tick``) and its own slot; nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any, Protocol, TypeAlias

from watchbell.automate.conditions.subset import Subset, both
from watchbell.automate.conditions.world import EntityKey, Fact, Position, World
from watchbell.declare.conditions.condition import AutomationCondition
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.mapping import PartitionMapping
from watchbell.declare.partitions.view import PartitionsView
from watchbell.ground.value import dataclass
from watchbell.record.ordinal_set import OrdinalSet, no_ordinals

SlotKey: TypeAlias = tuple[int, int]
"""A slot of a root: place of the node in its tree (whole before parts, 0 first), number of the entity asked about."""


class Recorder(Protocol):
    """Who wants to know what each node said."""

    def __call__(self, place: int, entity: Entity, candidates: Subset, value: Subset) -> None:
        """A node was asked: its place in the tree, about what, for which candidates, and what it said."""


def _numbers(subset: Subset) -> OrdinalSet:
    return subset if isinstance(subset, OrdinalSet) else no_ordinals()


@dataclass(eq=False, slots=True)
class Link:
    """That one entity is made from another.

    Args:
        upstream: what is depended on.
        downstream: what depends.
        mapping: which partitions of the one those of the other are made from; None: each is made from the one of the
            same number (and neither has any, if it has none).
    """

    upstream: Entity
    downstream: Entity
    mapping: PartitionMapping | None = None

    def up(self, tick: TickScope, candidates: Subset) -> Subset:
        """What partitions of ``downstream`` are made from, of what exists now."""
        upper, lower = self.upstream.definition, self.downstream.definition
        if upper is None:
            return bool(candidates)
        if self.mapping is None and upper is lower:
            return candidates
        if not candidates:
            return no_ordinals()
        if self.mapping is None:
            return both(candidates, tick.all_of(self.upstream))
        asked = candidates if isinstance(candidates, OrdinalSet) else None
        return self.mapping.upstream_of(asked, lower, upper, tick.view).existing

    def down(self, tick: TickScope, subset: Subset, candidates: Subset) -> Subset:
        """Which candidates, partitions of ``downstream``, are made from some partitions of ``upstream``."""
        upper, lower = self.upstream.definition, self.downstream.definition
        if lower is None:
            return bool(subset) and bool(candidates)
        if not subset:
            return no_ordinals() if upper is None else subset
        if self.mapping is None and upper is not None:
            return both(candidates, subset)
        if not candidates or upper is None or self.mapping is None:
            return candidates
        return both(candidates, self.mapping.downstream_of(_numbers(subset), upper, lower, tick.view))


@dataclass(eq=False, slots=True)
class Entity:
    """An asset, a check or a job, with all that does not change from tick to tick.

    Args:
        key: which one.
        number: its place in an order in which everything comes after what it is made from.
        definition: its partitions; None: it has none.
        fact: what is known of it.
        upstream: what it is made from; of a check: its asset, and whatever else it looks at.
        roots: of a job, the assets it begins with.
        downstream: what is made from it.
        checks: its checks, by name.
        is_blocking: of a check, whether what is downstream of its asset waits for it.
        condition: when it is to be made; None: nothing was said.
        code_version: of the code that makes it.
        together: what is always made together with it, itself left out.
        job_name: the job (of its location) that makes it; two entities can be made in one run if their jobs and
            locations are the same. None: it is not made by runs (a source, also one that is observed).
        location_name: its code location; None: unknown.
        is_executable: whether something of its location makes it, or looks at it.
    """

    key: EntityKey
    number: int
    definition: PartitionsDefinition | None
    fact: Fact
    upstream: tuple[Link, ...] = ()
    roots: tuple[Link, ...] = ()
    downstream: tuple[Link, ...] = ()
    checks: tuple[Entity, ...] = ()
    is_blocking: bool = False
    condition: AutomationCondition[Any] | None = None
    code_version: str | None = None
    together: tuple[Entity, ...] = ()
    job_name: str | None = None
    location_name: str | None = None
    is_executable: bool = True
    nothing: Subset = field(init=False)
    """None of it."""

    def __post_init__(self) -> None:
        self.nothing = False if self.definition is None else no_ordinals()


@dataclass(eq=False)
class TickScope:
    """One tick, the same for all roots.

    Args:
        now: its time.
        view: from where partitions are looked at.
        world: what is known.
        requested: what was asked for in this tick so far, by the number of the entity; what is made together with it
            is asked for as well.
        requested_before: what the condition of each entity asked for at its last evaluation, if that was the one before
            this; by number, without those that asked for nothing.
        everything: the partitions that each definition has now, by its ``id``; filled by :meth:`all_of`.
        existing: other sets of partitions that many ask for, by a name; filled when asked.
        crons: the latest time of each (cron string, zone) up to now; filled when asked.
        outdated: by the number of the entity, what of it is older than what is upstream; filled when asked.
    """

    now: datetime
    view: PartitionsView
    world: World
    requested: dict[int, Subset] = field(default_factory=dict)
    requested_before: dict[int, Subset] = field(default_factory=dict)
    everything: dict[int, OrdinalSet] = field(default_factory=dict)
    existing: dict[tuple[str, float, int], OrdinalSet] = field(default_factory=dict)
    crons: dict[tuple[str, str], datetime] = field(default_factory=dict)
    outdated: dict[int, Subset] = field(default_factory=dict)

    def has_news(self, entity: Entity) -> bool:
        """Whether it was updated since the tick before, or is asked for in this tick or was in that one."""
        number = entity.number
        return bool(entity.fact.updates) or number in self.requested or number in self.requested_before

    def all_of(self, entity: Entity) -> Subset:
        """All of an entity: the partitions that exist now."""
        definition = entity.definition
        if definition is None:
            return True
        found = self.everything.get(id(definition))
        if found is None:
            found = self.everything[id(definition)] = definition.ordinals(self.view)
        return found


@dataclass(eq=False)
class Scope:
    """The evaluation of one root in one tick.

    Args:
        tick: the tick.
        root: whose condition is evaluated.
        since: its last evaluation; None: this is the first of this condition.
        before: what each slot held after that; a slot that is not there held nothing.
        after: what each slot holds now; written by evaluators with state, always whole.
        last_requested: what was asked for of the root by its last evaluation.
        left_out: what the limit of its policy left out of that; set by the evaluator of the limit.
        is_momentary: whether a node was true that is true for one tick only, so that the root may say something else
            in the next; set by evaluators.
        has_passed: whether one was true whose end changes nothing; set by evaluators.
        wake_at: when a node may say something else though nothing happened (seconds since the epoch); None: never.
            Windows of time that end and cron strings that fire are known without it.
        recorder: is told of each node that was reached: place, entity, candidates, value.
    """

    tick: TickScope
    root: Entity
    since: Position | None
    before: dict[SlotKey, Any]
    after: dict[SlotKey, Any] = field(default_factory=dict)
    last_requested: Subset = False
    left_out: Subset = False
    is_momentary: bool = False
    has_passed: bool = False
    wake_at: float | None = None
    recorder: Recorder | None = None

    def wake(self, at: float) -> None:
        """A node may say something else from a moment (seconds since the epoch) on, though nothing happens."""
        if self.wake_at is None or at < self.wake_at:
            self.wake_at = at


Evaluate: TypeAlias = Callable[[Scope, Entity, Subset], Subset]
"""Which of the candidates a node is true for."""


class Entities(Protocol):
    """The entities, as evaluators ask for them while they are made."""

    @property
    def entities(self) -> Sequence[Entity]:
        """All of them; the place of each is its number."""

    @property
    def assets(self) -> Any:
        """The assets of the location, as its definitions say; None: not known."""

    def entity(self, key: EntityKey) -> Entity:
        """An entity by its key."""

    def assets_in(self, selection: Any) -> frozenset[EntityKey]:
        """The assets that a selection (or a list of keys) stands for."""

    def checks_in(self, selection: Any) -> frozenset[EntityKey]:
        """The checks that a selection (or a list of keys) stands for."""

    def link_between(self, downstream: Entity, upstream: Entity) -> Link:
        """Which partitions of the one belong to those of the other, whether it is made from it or not."""


@dataclass(eq=False)
class Node:
    """A node while it is compiled.

    Args:
        condition: what it is compiled from: a :class:`BuiltInCondition`, or (kind ``own``) one of somebody's own.
        place: its place in the tree: the whole before its parts, 0 first. Conditions of others, that
            ``any_downstream`` stands for, have their places after those of the tree.
        operands: the evaluators of what it is made of.
        has_state: whether it, or something in it, has to be evaluated at every evaluation of its root.
        are_stateful: the same of each operand.
        are_passing: of a ``since``, whether trigger and reset are true for one tick only (``passing.py``).
        is_of_news: of one that asks others, whether only those can be meant of whom there is news (``passing.py``).
        is_traced: whether a recorder is told of its operands: then all are asked about everything.
        places_of: of ``any_downstream``, which of its operands are meant, by the number of the entity it is asked
            about; None: all of them.
        graph: the entities.
    """

    condition: Any
    place: int
    operands: tuple[Evaluate, ...]
    has_state: bool
    are_stateful: tuple[bool, ...]
    graph: Entities
    are_passing: bool = False
    is_of_news: bool = False
    is_traced: bool = False
    places_of: Mapping[int, frozenset[int]] | None = None


Maker: TypeAlias = Callable[[Node], Evaluate]
"""Makes the evaluator of a node; ``EVALUATORS`` of each family's file has one for each kind."""
