"""A condition sensor at work: engine, facts and what waits are kept from tick to tick; what a tick changes is a value.

What has to outlive the process stands in the cursor (number of the tick, position, what waits) and in the states of the
roots; both are stored with the tick. :func:`open_session` begins from them. Nothing new: nothing to store.

*Waiting* is what was asked for and has no run yet: there were too many runs for one tick, or a run in progress makes it
just now and what it was asked for because of may have happened since that run began (``in_flight.py``).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from watchbell.automate.conditions.cursor import ConditionCursor
from watchbell.automate.conditions.engine import ConditionEngine, TickResult
from watchbell.automate.conditions.in_flight import FlightRule, flight_rule, hold_back
from watchbell.automate.conditions.moved_states import NO_MOVES, Moves
from watchbell.automate.conditions.requests import AUTOMATION_TAG, TICK_TAG, RequestPlanner
from watchbell.automate.conditions.scope import Entity
from watchbell.automate.conditions.slices import Budget
from watchbell.automate.conditions.slots import entity_name, with_since
from watchbell.automate.conditions.subset import Subset, either, minus, size_of
from watchbell.automate.conditions.trace import Recorder, digest_of_body, with_held
from watchbell.automate.conditions.world import EntityKey, Position, World
from watchbell.declare.partitions.view import DynamicPartitionsStore, PartitionsView
from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.ground.value import dataclass
from watchbell.record.asset_job_key import AssetJobKey, entity_text
from watchbell.record.condition import ConditionCommit, ConditionEvaluation
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.request import RunRequest

RUNS_MAX = 5_000
"""Runs that one tick asks for (count); more wait for the next, which comes at once."""
TICK_SECONDS = 30.0
"""So long after a tick that asked for something, or saw what is true only once, the next one comes anyway."""
PAUSE_SECONDS = 1.0
"""After a slice that came to nothing new the next one waits so long (seconds)."""
NAMES_MAX = 5
"""Assets that are named in a reason (count)."""
RUN_CHARS = 8
"""So much of the id of a run stands in a reason."""
NOTHING = "no condition asks for a run"
IN_PROGRESS = "a run in progress is to make it"


class Facts(Protocol):
    """Who keeps the world of an engine."""

    def refresh(self, view: PartitionsView) -> tuple[World, Iterable[EntityKey]]:
        """The world now, and the entities of which something changed since the last call."""


@dataclass(frozen=True, eq=False)
class SessionTick:
    """What a tick comes to.

    Args:
        run_requests: the runs it asks for.
        cursor: the new cursor; None: there is nothing to store.
        commit: states and evaluations to store with it.
        skip_message: why there are no runs, if there are none.
        log: level and text of what is to be said.
        next_at: when time alone may change something; None: never.
        has_more: whether to go on at once.
        is_noted: whether all there is to say is that conditions noted something.
    """

    run_requests: tuple[RunRequest, ...] = ()
    cursor: str | None = None
    commit: ConditionCommit | None = None
    skip_message: str | None = None
    log: tuple[tuple[int, str], ...] = ()
    next_at: datetime | None = None
    has_more: bool = False
    is_noted: bool = False


@dataclass(frozen=True, eq=False)
class LoneTick:
    """What the evaluation of a root by itself comes to.

    Args:
        cursor: a cursor; what it asks for is what waits.
        commit: where it stands, and the evaluations.
        log: level and text of what is to be said.
        seconds: how long it took.
    """

    cursor: str
    commit: ConditionCommit
    log: tuple[tuple[int, str], ...]
    seconds: float


@dataclass(frozen=True, eq=False)
class SessionTerms:
    """What a session works with.

    Args:
        engine: evaluates the roots; nothing is loaded yet.
        facts: keeps its world.
        planner: makes runs of what is asked for.
        tags: tags of all runs.
        dynamic: who knows dynamic partitions.
        monotonic: a clock that never goes back, in seconds.
        digest_of: how the last stored evaluation of an entity (user string) begins; None: it has none.
        making: of an entity and some partitions of it, the runs that are to make them, each with which.
    """

    engine: ConditionEngine
    facts: Facts
    planner: RequestPlanner
    tags: Mapping[str, str]
    dynamic: DynamicPartitionsStore | None
    monotonic: Callable[[], float]
    digest_of: Callable[[str], str | None] = lambda entity: None
    making: Callable[[EntityKey, Subset], Mapping[str, Subset]] = lambda key, subset: {}


class ConditionSession:
    """See the module.

    Args:
        terms: what to work with.
        cursor: the cursor that is stored.
        states: by entity (user string) where its evaluation stands, as stored with that cursor.
        left_out: entities that have a condition and are not evaluated for now, each with why; empty: that is not said.
        moves: what it takes over from other sensors, and keeps for them.
    """

    def __init__(
        self,
        terms: SessionTerms,
        cursor: str | None,
        states: Mapping[str, str],
        left_out: Mapping[EntityKey, str] | None = None,
        moves: Moves = NO_MOVES,
    ) -> None:
        self._terms = terms
        self._engine = terms.engine
        self.cursor = cursor
        """The cursor of the last tick."""
        stored = ConditionCursor.of(cursor)
        self._tick_number = 0 if stored is None else stored.tick
        self._by_name = {entity_name(each.key): each for each in self._engine.graph.entities}
        self._waiting = self._read_waiting({**({} if stored is None else stored.waiting), **moves.waiting})
        self._held: dict[EntityKey, Subset] = {}
        self._told_held: dict[str, str] = {}
        self._rules: dict[EntityKey, FlightRule] = {}
        self._errors: dict[EntityKey, str] = {}
        self._costs: dict[int, float] = {}
        self._unsaid: list[tuple[int, str]] = []
        self._taken: dict[EntityKey, Subset] = {}
        self._taken_evaluations: tuple[ConditionEvaluation, ...] = ()
        known = {**({} if stored is None else states), **moves.taken}
        self._unstored: dict[str, str | None] = dict.fromkeys(states) if stored is None else {}
        self._unstored |= moves.taken
        self._keep(moves.kept, known)
        self._leave_out(left_out or {}, known, stored)
        self._begin(known, stored)
        self._recorder = Recorder(lambda entity: terms.digest_of(entity) if entity in known else None)

    # ------------------------------------------------------------------- begin

    def _begin(self, known: dict[str, str], stored: ConditionCursor | None) -> None:
        keys = {entity_text(each.key): each.key for each in self._engine.roots}
        # What is no root any more would otherwise stay for ever.
        self._unstored |= {name: None for name in known.keys() - keys.keys() if name not in self._unstored}
        position = None if stored is None else stored.position
        self._load({keys[name]: text for name, text in known.items() if name in keys}, position)

    def _keep(self, kept: Mapping[str, str], known: dict[str, str]) -> None:
        """What another sensor has not taken over yet stays, and says from where on."""
        for name, text in kept.items():
            if known.pop(name, None) != text:
                self._unstored[name] = text

    def _load(self, states: dict[EntityKey, str], position: Position | None) -> None:
        """Has the engine go on from states; one that cannot be read is forgotten, and holds up no other."""
        try:
            self._engine.load(states, position)
        except DagsterInvariantViolationError:
            for key, text in list(states.items()):
                try:
                    self._engine.load({key: text}, position)
                except DagsterInvariantViolationError as error:
                    del states[key]
                    self.say(logging.ERROR, f"{error}; it is evaluated as if for the first time")
            self._engine.load(states, position)

    def _leave_out(
        self, left_out: Mapping[EntityKey, str], known: dict[str, str], stored: ConditionCursor | None
    ) -> None:
        """What is not evaluated keeps its state, and from where on it has to be told what happened."""
        for key, why in left_out.items():
            name = entity_text(key)
            if why:
                self.say(logging.ERROR, f"{name} is left out, the others are not: {why}")
            text = known.pop(name, None)
            if text is not None and stored is not None and name not in self._unstored:
                self._unstored[name] = with_since(text, stored.position, is_kept=True)

    def _read_waiting(self, waiting: Mapping[str, tuple[str, str] | None]) -> dict[EntityKey, Subset]:
        """What waits of what is still there and means the same partitions."""
        found: dict[EntityKey, Subset] = {}
        for name, said in waiting.items():
            entity = self._by_name.get(name)
            if entity is None or entity.condition is None:
                continue
            if said is None:
                found.update({entity.key: True} if entity.definition is None else {})
            elif entity.definition is not None and entity.definition.continues(said[0]):
                found[entity.key] = OrdinalSet.from_text(said[1])
        return found

    # ------------------------------------------------- roots that nobody waits for

    def alone(self, now: datetime) -> LoneTick:
        """Evaluates the only root there is, for :meth:`take` of the session that leaves it out.

        Args:
            now: time of the evaluation, aware.
        """
        view = PartitionsView(now, self._terms.dynamic)
        world, changed = self._terms.facts.refresh(view)
        begun_at = self._terms.monotonic()
        result = self._engine.tick(world, changed, now, view=view, recorder=self._recorder)
        seconds = self._terms.monotonic() - begun_at
        position = self._engine.position
        assert position is not None  # there was a tick
        states: dict[str, str | None] = {
            entity_text(key): with_since(text, position) for key, text in self._engine.dump().items()
        }
        self._waiting = dict(result.requested)
        commit = ConditionCommit(states, tuple(result.evaluations))
        return LoneTick(self._next_cursor(), commit, tuple(self._told_errors(result)), seconds)

    def say(self, level: int, text: str) -> None:
        """Has the next tick say something."""
        self._unsaid.append((level, text))

    def take(self, cursor: str, commit: ConditionCommit, log: Sequence[tuple[int, str]]) -> None:
        """Takes in what came of the evaluation of a root that is left out here; the next tick deals with it.

        Args:
            cursor: in which what it asks for is what waits.
            commit: where it stands now, and the evaluations.
            log: level and text of what is to be said.
        """
        found = ConditionCursor.of(cursor)
        assert found is not None  # it was written a moment ago, by the same code
        self._unstored |= commit.states
        self._taken_evaluations += commit.evaluations
        self._taken = self._joined(self._taken, self._read_waiting(found.waiting))
        self._unsaid += log

    # -------------------------------------------------------------------- tick

    def tick(self, now: datetime, budget_seconds: float | None = None) -> SessionTick:
        """Evaluates what may have something new to say.

        Args:
            now: time of the tick, aware.
            budget_seconds: after so long no further part of the graph is begun; None: all are.
        """
        terms = self._terms
        view = PartitionsView(now, terms.dynamic)
        world, changed = terms.facts.refresh(view)
        budget = None if budget_seconds is None else Budget(budget_seconds, terms.monotonic, self._costs)
        result = self._engine.tick(world, changed, now, view=view, budget=budget, recorder=self._recorder)
        asked, held = self._sorted(result)
        planned = terms.planner.requests(asked, self._tags(), view, RUNS_MAX)
        waiting = self._joined(self._remembered(held), planned.left)
        log = [*self._unsaid, *self._told_errors(result)]
        self._unsaid = []
        is_held_anew = held != self._held
        self._taken = {}
        is_repeated = not (planned.run_requests or result.changed or is_held_anew or waiting != self._waiting)
        evaluations = tuple(self._evaluations(result, held))
        is_news = (result.is_news and not (is_repeated and held)) or waiting != self._waiting or is_held_anew
        is_news = is_news or bool(evaluations)
        self._held, self._waiting = held, waiting
        next_at = self._next_at(result, now, is_waiting=bool(held))
        has_more = bool(planned.left or (result.left and is_news))
        if result.left and not has_more:  # those that ask in every tick must not keep a processor busy
            paused_at = now + timedelta(seconds=PAUSE_SECONDS)
            next_at = paused_at if next_at is None else min(next_at, paused_at)
        if not (is_news or log or self._unstored):
            return SessionTick(next_at=next_at, has_more=has_more)
        said = _held_text(held, terms.making) if is_held_anew else ""
        if planned.run_requests:
            log += [(logging.INFO, text) for text in (_asked_text(planned.run_requests), said) if text]
        return SessionTick(
            planned.run_requests,
            self._next_cursor(),
            ConditionCommit(self._states(result), evaluations),
            None if planned.run_requests else said or _nothing_text(result.evaluations),
            tuple(log),
            next_at,
            has_more,
            not (planned.run_requests or said or log),
        )

    def _tags(self) -> dict[str, str]:
        return {AUTOMATION_TAG: "true", TICK_TAG: str(self._tick_number + 1), **self._terms.tags}

    def _sorted(self, result: TickResult) -> tuple[dict[EntityKey, Subset], dict[EntityKey, Subset]]:
        """What is asked for now, and what is held back."""
        wanted = self._joined(self._joined(result.requested, self._waiting), self._taken)
        asked: dict[EntityKey, Subset] = {}
        held: dict[EntityKey, Subset] = {}
        for key, subset in wanted.items():
            entity = self._engine.graph.by_key[key]
            rule = self._rule(entity)
            if not rule.is_held:
                asked[key] = subset
                continue
            now_asked, kept = hold_back(subset, entity.fact, is_of_missing=rule.is_of_missing)
            if now_asked:
                asked[key] = now_asked
            if kept:
                held[key] = kept
        return asked, held

    def _rule(self, entity: Entity) -> FlightRule:
        rule = self._rules.get(entity.key)
        if rule is None:
            assert entity.condition is not None
            rule = self._rules[entity.key] = flight_rule(entity.condition)
        return rule

    def _remembered(self, held: Mapping[EntityKey, Subset]) -> dict[EntityKey, Subset]:
        by_key = self._engine.graph.by_key
        return {key: subset for key, subset in held.items() if self._rule(by_key[key]).is_remembered}

    @staticmethod
    def _joined(one: Mapping[EntityKey, Subset], other: Mapping[EntityKey, Subset]) -> dict[EntityKey, Subset]:
        found = dict(one)
        for key, subset in other.items():
            found[key] = either(found[key], subset) if key in found else subset
        return found

    def _told_errors(self, result: TickResult) -> list[tuple[int, str]]:
        """What was not said before of evaluations that failed."""
        found = []
        for key in result.evaluated:
            entity = self._engine.graph.entities[key].key
            if entity not in result.errors and self._errors.pop(entity, None) is not None:
                found.append((logging.INFO, f"the condition of {entity_text(entity)} can be evaluated again"))
        for entity, error in result.errors.items():
            text = f"the condition of {entity_text(entity)} cannot be evaluated: {type(error).__name__}: {error}"
            if self._errors.get(entity) != text:
                self._errors[entity] = text
                found.append((logging.ERROR, text))
        return found

    def _next_at(self, result: TickResult, now: datetime, *, is_waiting: bool) -> datetime | None:
        soon = now + timedelta(seconds=TICK_SECONDS) if result.unsettled or is_waiting else None
        return min((each for each in (result.next_at, soon) if each is not None), default=None)

    def _next_cursor(self) -> str:
        self._tick_number += 1
        position = self._engine.position
        assert position is not None  # there was a tick
        waiting: dict[str, tuple[str, str] | None] = {}
        for key, subset in self._waiting.items():
            definition = self._engine.graph.by_key[key].definition
            said = None
            if definition is not None and isinstance(subset, OrdinalSet):
                said = (definition.numbering, subset.to_text())
            waiting[entity_name(key)] = said
        self.cursor = ConditionCursor(self._tick_number, position, waiting).text()
        return self.cursor

    def _states(self, result: TickResult) -> dict[str, str | None]:
        states: dict[str, str | None] = self._unstored
        self._unstored = {}
        states.update({entity_text(key): text for key, text in result.states.items()})
        return states

    def _by_run(self, key: EntityKey, held: Subset) -> dict[str, Subset]:
        """What is held back, by the runs that are to make it; where there are many, the rest by no name."""
        found = dict(self._terms.making(key, held))
        rest = _rest(held, found.values())
        return found | {IN_PROGRESS: rest} if rest else found

    def _evaluations(self, result: TickResult, held: Mapping[EntityKey, Subset]) -> Iterable[ConditionEvaluation]:
        """The evaluations to store; one that is held back whole, and says what it said when it was last, is not."""
        by_name = {entity_text(key): key for key in held}
        taken, self._taken_evaluations = self._taken_evaluations, ()
        for each in (*taken, *result.evaluations):
            key = by_name.get(each.entity)
            subset = None if key is None else held[key]
            left = 0 if subset is None else max(0, each.requested - size_of(subset))
            before = self._told_held.pop(each.entity, None)
            if key is None or subset is None:
                yield each
                continue
            by_run = self._by_run(key, subset)
            if left:
                yield replace(with_held(each, by_run), requested=left)
                continue
            now = self._told_held[each.entity] = digest_of_body(each.body)
            if now != before:
                yield with_held(each, by_run)


def _rest(subset: Subset, parts: Iterable[Subset]) -> Subset:
    """What is left of a subset without some parts of it."""
    for part in parts:
        subset = minus(subset, part)
    return subset


def _nothing_text(changed: Sequence[ConditionEvaluation]) -> str:
    if not changed:
        return NOTHING
    says = "condition of" if len(changed) == 1 else "conditions of"
    names = _names(sorted({each.entity for each in changed}))
    return f"{NOTHING}; noted by the {says} {names}"


def _asked_text(requests: Sequence[RunRequest]) -> str:
    """What a tick asks for, each asset and check once, with how many of its partitions where there are some."""
    runs: dict[str, set[str]] = {}
    for request in requests:
        part = request.partition_key or ""
        keys: list[EntityKey] = [*(request.asset_selection or ()), *(request.asset_check_keys or ())]
        if request.asset_selection is None and request.job_name is not None:
            keys = [AssetJobKey(request.job_name)]
        for key in keys:
            runs.setdefault(entity_text(key), set()).add(part)
    told = [_with_partitions(name, parts) for name, parts in list(runs.items())[:NAMES_MAX]]
    more = f" and {len(runs) - NAMES_MAX:,} more" if len(runs) > NAMES_MAX else ""
    return f"asks for {', '.join(told)}{more}" if told else ""


def _with_partitions(name: str, parts: set[str]) -> str:
    keys = sorted(parts - {""})
    if not keys:
        return name
    return f"{name} [{keys[0]}]" if len(keys) == 1 else f"{name} ({len(keys):,} partitions)"


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMES_MAX:,} more" if len(names) > NAMES_MAX else ""
    return f"{', '.join(names[:NAMES_MAX])}{more}"


def _held_text(held: Mapping[EntityKey, Subset], making: Callable[[EntityKey, Subset], Mapping[str, Subset]]) -> str:
    if not held:
        return ""
    told = []
    for key, subset in list(held.items())[:NAMES_MAX]:
        parts = "" if isinstance(subset, bool) else f" ({len(subset):,} partition{'' if len(subset) == 1 else 's'})"
        runs = [run_id[:RUN_CHARS] for run_id in making(key, subset)]
        by = f" by run{'s' if len(runs) > 1 else ''} {_names(runs)}" if runs else ""
        told.append(f"{entity_text(key)}{parts}{by}")
    more = f" and {len(held) - NAMES_MAX:,} more" if len(held) > NAMES_MAX else ""
    return f"held back, because it is being made already: {', '.join(told)}{more}"
