"""Evaluates conditions in proportion to what changed.

A root (an entity whose condition is looked after here) is evaluated when something its tree looks at changed, when a
time came that matters to it, when something it looks at was asked for in this tick, and once more after an evaluation
that was not *settled*: one that asked for something, or saw what is true for one tick only and whose end may change
something (``passing.py``), or changed a state that may change again by itself. All others would say what they said
last, which was nothing new. So each root stands as if it had been evaluated in every tick, and ``since`` is the tick
before for all of them, but for those that a slice left behind or that failed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Protocol

from watchbell.automate.conditions.compile import Tree
from watchbell.automate.conditions.entity_graph import EntityGraph
from watchbell.automate.conditions.roots import Roots
from watchbell.automate.conditions.scope import Entity, Recorder, Scope, TickScope
from watchbell.automate.conditions.slices import Agenda, Budget
from watchbell.automate.conditions.slots import RootState, entity_name, state_of, state_text
from watchbell.automate.conditions.subset import Subset, either
from watchbell.automate.conditions.world import EntityKey, Fact, Position, Update, World
from watchbell.declare.conditions.condition import AutomationCondition
from watchbell.declare.partitions.view import PartitionsView
from watchbell.ground.value import dataclass
from watchbell.record.condition import ConditionEvaluation

_NO_SLOTS: RootState = RootState()
_NOT_YET = datetime.max.replace(tzinfo=UTC)


class EvaluationRecorder(Recorder, Protocol):
    """Who makes records of evaluations, e.g. ``trace.py``."""

    def end(
        self, root: Entity, requested: Subset, at: datetime, conditions: Sequence[AutomationCondition[Any]] = ()
    ) -> ConditionEvaluation | None:
        """The evaluation of a root is over, whose nodes by place are ``conditions``; None: it is not worth a record."""

    def drop(self) -> None:
        """Forgets what was told since the last end, of an evaluation that failed."""


@dataclass(eq=False)
class TickResult:
    """What came of a tick.

    Args:
        requested: what each root asks for, where that is anything; what is made together with it is not in it.
        evaluated: the roots that were evaluated, by number, in their order.
        is_news: whether something was asked for, some state changed, or something was seen that is true only once: then
            the position has to be stored, else it may.
        changed: by root number, the states that changed; :attr:`states` has them as text.
        evaluations: the records, if there was a recorder.
        errors: the roots whose evaluation failed; they are evaluated again in the next tick, with nothing lost.
        unsettled: how many roots are to be evaluated in the next tick whatever happens (count).
        next_at: when something is to be evaluated though nothing happens, aware; None: never.
        left_roots: the roots that the budget left for the next tick, which may come at once.
        texts_of: makes text of states.
    """

    requested: dict[EntityKey, Subset] = field(default_factory=dict)
    evaluated: list[int] = field(default_factory=list)
    is_news: bool = False
    changed: dict[int, RootState] = field(default_factory=dict)
    evaluations: list[ConditionEvaluation] = field(default_factory=list)
    errors: dict[EntityKey, Exception] = field(default_factory=dict)
    unsettled: int = 0
    next_at: datetime | None = None
    left_roots: frozenset[int] = frozenset()
    texts_of: Callable[[Mapping[int, RootState]], dict[EntityKey, str]] = field(default=lambda states: {}, repr=False)

    @property
    def left(self) -> int:
        """How many roots the budget left for the next tick (count)."""
        return len(self.left_roots)

    @cached_property
    def states(self) -> dict[EntityKey, str]:
        """The states that changed, as text; what an engine loads."""
        return self.texts_of(self.changed)


class ConditionEngine:
    """Evaluates the conditions of some entities, tick by tick.

    Args:
        graph: the entities; their facts are those of the world of the ticks.
        roots: those whose conditions are evaluated; None: all that have one.

    Raises:
        DagsterInvalidDefinitionError: a condition speaks of something that is not there.
    """

    def __init__(self, graph: EntityGraph, roots: Collection[EntityKey] | None = None) -> None:
        self.graph = graph
        self._entities = graph.entities
        self._roots = Roots(graph, roots)
        self._trees = self._roots.trees
        self._states: dict[int, RootState] = {}
        self._position: Position | None = None
        self._behind: dict[int, Position] = {}
        self._backlog: dict[int, tuple[Update, ...]] = {}
        self._requested: dict[int, Subset] = {}
        self._unsettled: set[int] = set()
        self._times = self._roots.times()
        self._looked_at = _NOT_YET
        self._waited: dict[int, int] = {}
        self._world: World | None = None
        self.on_root: Callable[[int | None], None] | None = None
        """Told of each root, by number, before it is evaluated, and None after the last one: for who has to name it,
        should that end the process."""

    @property
    def roots(self) -> list[Entity]:
        """The entities whose conditions are evaluated, upstream first."""
        return [self._entities[number] for number in sorted(self._trees)]

    def looking_at(self, key: EntityKey) -> list[Entity]:
        """The roots to which a change of an entity matters, upstream first; none if there is no such entity."""
        entity = self.graph.by_key.get(key)
        return [] if entity is None else [self._entities[each] for each in sorted(self._roots.watching(entity.number))]

    @property
    def position(self) -> Position | None:
        """The position of the last tick; None: there was none."""
        return self._position

    @property
    def oldest_position(self) -> Position | None:
        """From where on a new world needs updates: that of the roots that are behind, if some are."""
        known = [] if self._position is None else [self._position]
        return min((*self._behind.values(), *known), key=lambda each: each.event_id, default=None)

    def world(self, position: Position) -> World:
        """A world in which nothing is known yet of the entities, and which keeps what the conditions ask for."""
        needs = self._roots.needs()
        return World(position, self.graph.facts, {}, needs["timed"], needs["versioned"], needs["traced"])

    # ------------------------------------------------------------------ states

    def load(self, states: Mapping[EntityKey, str], position: Position | None) -> None:
        """Takes the states that a former engine, perhaps of older code, gave; everything is evaluated next.

        Args:
            states: as texts of :attr:`TickResult.states`, the newest of each entity.
            position: up to where that engine took the past in; None: there was none, and no states.
        """
        by_name = {entity_name(each.key): each for each in self._entities}
        self._states.clear()
        self._behind.clear()
        self._requested.clear()
        for key, text in states.items():
            root = self.graph.by_key.get(key)
            if root is None:
                continue
            tree = self._trees.get(root.number)
            state = state_of(text, root, () if tree is None else tree.ids(), by_name)
            if state.requested:
                self._requested[root.number] = state.requested
            if tree is None:  # not evaluated any more; others may ask what it asked for
                continue
            self._states[root.number] = state
            if state.since is not None:
                self._behind[root.number] = state.since
        self._backlog.clear()
        self._position = position
        self._looked_at = _NOT_YET

    def dump(self) -> dict[EntityKey, str]:
        """All states as text, for :meth:`load`."""
        return self._texts(self._states)

    def _texts(self, states: Mapping[int, RootState]) -> dict[EntityKey, str]:
        entities, trees = self._entities, self._trees
        found = {}
        for root, state in states.items():
            entity = entities[root]
            found[entity.key] = state_text(state, entity, trees[root].ids(), entities)
        return found

    # ------------------------------------------------------------------- ticks

    def tick(
        self,
        world: World,
        changed: Iterable[EntityKey],
        now: datetime,
        *,
        view: PartitionsView | None = None,
        is_full: bool = False,
        budget: Budget | None = None,
        recorder: EvaluationRecorder | None = None,
    ) -> TickResult:
        """Evaluates what may have something new to say.

        Args:
            world: what is known, brought up to date.
            changed: the entities of which something changed since the last tick, updates included, and those whose
                dynamic partitions did.
            now: time of the tick, aware.
            view: from where partitions are looked at; None: from ``now``, without dynamic partitions.
            is_full: whether everything is evaluated.
            budget: how long it may take; None: as long as it takes.
            recorder: is told of each node of each evaluation.

        Returns:
            What came of it. An evaluation that fails is in ``errors`` and holds up no other.
        """
        if world is not self._world:
            self._adopt(world)
        if now < self._looked_at:  # the first tick, or the clock was set back
            self._times.begin(now)
            is_full = True
        self._looked_at = now
        scope = TickScope(now, view or PartitionsView(now), world, requested_before=self._requested)
        dirty = self._dirty(changed, now, is_full)
        result = TickResult(texts_of=self._texts)
        if dirty:
            restored = self._with_backlog()
            agenda = Agenda(dirty, self._roots, budget, self._waited)
            run = _Run(self, scope, result, agenda, recorder)
            run.go()
            self._close(run)
            for fact, updates in restored:
                fact.updates = updates
        # A clock that was set back passes no time again: what fired then has fired.
        at = now if self._position is None else max(now, self._position.at)
        self._position = Position(world.position.event_id, at)
        result.unsettled = len(self._unsettled)
        result.next_at = self._times.next_at
        return result

    def _adopt(self, world: World) -> None:
        """From now on the facts are those of this world."""
        self._world = world
        for entity in self._entities:
            fact = world.facts.get(entity.key)
            if fact is not None:
                entity.fact = fact

    def _dirty(self, changed: Iterable[EntityKey], now: datetime, is_full: bool) -> set[int]:
        dirty, self._unsettled = self._unsettled, set()
        dirty |= self._times.due(now)
        if is_full:
            return set(self._trees)
        by_key, watching = self.graph.by_key, self._roots.watching
        for key in changed:
            entity = by_key.get(key)
            if entity is not None:
                dirty.update(watching(entity.number))
        return dirty

    def _with_backlog(self) -> list[tuple[Fact, tuple[Update, ...]]]:
        """Shows roots that are behind what happened since they were evaluated; gives what is to be put back."""
        restored = []
        for number, earlier in self._backlog.items():
            fact = self._entities[number].fact
            last = earlier[-1].event_id
            restored.append((fact, fact.updates))
            fact.updates = earlier + tuple(each for each in fact.updates if each.event_id > last)
        return restored

    def _close(self, run: _Run) -> None:
        """After the last evaluation of a tick: who is behind, and what was asked for."""
        behind: dict[int, Position] = {}
        for root in run.agenda.left | run.failed:
            self._unsettled.add(root)
            since = self._behind.get(root, self._position)
            if since is not None:
                behind[root] = since
            if root in self._requested:
                run.requested[root] = self._requested[root]
        self._keep_updates(behind)
        for root in behind.keys() | self._behind.keys():
            state = self._states.get(root)
            since = behind.get(root)
            if state is not None and state.since != since:
                self._states[root] = run.result.changed[root] = RootState(state.slots, state.requested, since)
                run.result.is_news = True
        self._behind = behind
        self._requested = run.requested
        run.result.left_roots = frozenset(run.agenda.left)

    def _keep_updates(self, behind: Mapping[int, Position]) -> None:
        """Keeps the updates of this tick for roots that are behind."""
        if not behind:
            self._backlog = {}
            return
        # The facts show, besides what is new, what was kept before.
        looked_at = self._roots.looked_at(behind)
        facts = {number: self._entities[number].fact for number in looked_at}
        self._backlog = {number: fact.updates for number, fact in facts.items() if fact.updates}

    # ------------------------------------------------- what a run of a tick uses

    def standing(self, root: int) -> tuple[Tree, RootState, Position | None]:
        """The compiled condition of a root, what is remembered of it, and up to where its last evaluation took the past
        in; None: it never had one."""
        state = self._states.get(root)
        if state is None:
            return self._trees[root], _NO_SLOTS, None
        return self._trees[root], state, self._behind.get(root, self._position)

    def settle(self, root: int, scope: Scope, value: Subset, result: TickResult) -> None:
        """Keeps what an evaluation left, and whether its root has to be evaluated in the next tick too."""
        before = self._states.get(root)
        asked = value or False
        is_changed = (
            before is None
            or (before.slots is not scope.after and before.slots != scope.after)
            or (before.requested is not asked and before.requested != asked)
        )
        if is_changed:
            since = None if before is None else before.since
            self._states[root] = result.changed[root] = RootState(scope.after, asked, since)
        tree = self._trees[root]
        if value or scope.is_momentary or (is_changed and not tree.rests) or "always" in tree.needs:
            self._unsettled.add(root)
        if value or is_changed or scope.is_momentary or scope.has_passed:
            result.is_news = True
        if scope.wake_at is not None:
            self._times.wake(root, scope.wake_at)

    def watch_requests(self, root: int) -> None:
        """Has those evaluated in the next tick that look at what others asked for in the tick before."""
        self._unsettled.update(self._roots.request_watchers.get(root, ()))


class _Run:
    """The evaluations of one tick.

    Args:
        engine: whose tick it is.
        tick: what is the same for all roots.
        result: where it is put down.
        agenda: which roots, in which order.
        recorder: who is told; None: nobody.
    """

    def __init__(
        self,
        engine: ConditionEngine,
        tick: TickScope,
        result: TickResult,
        agenda: Agenda,
        recorder: EvaluationRecorder | None,
    ) -> None:
        self.engine = engine
        self.tick = tick
        self.result = result
        self.agenda = agenda
        self.recorder = recorder
        self.requested: dict[int, Subset] = {}
        self.failed: set[int] = set()

    def go(self) -> None:
        """Evaluates what is on the agenda."""
        entities, evaluated = self.engine.graph.entities, self.result.evaluated
        on_root = self.engine.on_root
        for root in self.agenda:
            evaluated.append(root)
            if on_root is not None:
                on_root(root)
            try:
                value = self._evaluate(root, entities[root])
            except Exception as error:  # of user code, or of a mapping of theirs; the others go on
                self.result.errors[entities[root].key] = error
                self.failed.add(root)
                if self.recorder is not None:
                    self.recorder.drop()
                continue
            if value:
                self._request(root, entities[root], value)
        if on_root is not None:
            on_root(None)

    def _evaluate(self, root: int, entity: Entity) -> Subset:
        engine, tick, recorder = self.engine, self.tick, self.recorder
        tree, state, since = engine.standing(root)
        last = state.requested or entity.nothing
        scope = Scope(tick, entity, since, state.slots, {}, last, recorder=recorder)
        evaluate = tree.evaluate if recorder is None else tree.traced
        value = evaluate(scope, entity, tick.all_of(entity))
        if recorder is not None:
            evaluation = recorder.end(entity, value, tick.now, tree.conditions)
            if evaluation is not None:
                self.result.evaluations.append(evaluation)
        engine.settle(root, scope, value, self.result)
        return value

    def _request(self, root: int, entity: Entity, value: Subset) -> None:
        self.requested[root] = value
        self.result.requested[entity.key] = value
        self.engine.watch_requests(root)
        requested, agenda = self.tick.requested, self.agenda
        for each in (entity, *entity.together):
            known = requested.get(each.number)
            requested[each.number] = value if known is None else either(known, value)
            agenda.woken(each.number, root)
