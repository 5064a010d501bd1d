"""The roots of an engine: their compiled conditions, and who is to be evaluated when something changes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import cached_property

from watchbell.automate.conditions.compile import Compiler, Tree
from watchbell.automate.conditions.entity_graph import EntityGraph
from watchbell.automate.conditions.wake_times import WakeTimes, windows_in
from watchbell.automate.conditions.world import EntityKey
from watchbell.declare.partitions.time_window import TimeWindowPartitionsDefinition

_KEPT = frozenset({"timed", "versioned", "traced"})


class Roots:
    """The roots and what they look at; nothing in it changes.

    Args:
        graph: the entities.
        keys: those whose conditions are evaluated; None: all that have one.

    Raises:
        DagsterInvalidDefinitionError: a condition speaks of something that is not there.
    """

    def __init__(self, graph: EntityGraph, keys: Collection[EntityKey] | None) -> None:
        self._entities = graph.entities
        self.trees: dict[int, Tree] = {}
        """The compiled condition of each root, by number."""
        self.watchers: dict[int, list[int]] = {}
        """By entity, the roots that look at it."""
        self.request_watchers: dict[int, list[int]] = {}
        """By entity, the other roots that look at what its last evaluation asked for."""
        self._kept: dict[str, set[EntityKey]] = {need: set() for need in _KEPT}
        self._far: set[int] = set()  # those to which all that is upstream matters, however far
        compiler = Compiler(graph)
        wanted = None if keys is None else frozenset(keys)
        for entity in graph.entities:
            if entity.condition is not None and (wanted is None or entity.key in wanted):
                self.trees[entity.number] = compiler.tree(entity)
        self._watch()

    def _watch(self) -> None:
        entities, watchers = self._entities, self.watchers
        for root, tree in self.trees.items():
            if "ancestors" in tree.needs:
                self._far.add(root)
            found: dict[int, frozenset[str]] = {}
            tree.looks.entities(entities[root], found)
            for number, needs in found.items():
                known = watchers.get(number)
                if known is None:
                    watchers[number] = [root]
                else:
                    known.append(root)
                if "requests_before" in needs and number != root:
                    self.request_watchers.setdefault(number, []).append(root)
                if not _KEPT.isdisjoint(needs):
                    for need in _KEPT & needs:
                        self._kept[need].add(entities[number].key)

    def watching(self, number: int) -> Iterable[int]:
        """The roots to which a change of an entity matters."""
        near = self.watchers.get(number, ())
        if not self._far or number not in self._ancestors:
            return near
        found, waiting = set(near), [number]
        reached = set(waiting)
        while waiting:
            for link in self._entities[waiting.pop()].downstream:
                each = link.downstream.number
                if each not in reached:
                    reached.add(each)
                    waiting.append(each)
        return found | (reached & self._far)

    @cached_property
    def _ancestors(self) -> set[int]:
        """All that is upstream, near or far, of the roots to which all of that matters."""
        found, waiting = set(self._far), list(self._far)
        while waiting:
            for link in self._entities[waiting.pop()].upstream:
                each = link.upstream.number
                if each not in found:
                    found.add(each)
                    waiting.append(each)
        return found

    def needs(self) -> dict[str, frozenset[EntityKey]]:
        """The entities of which the world has to keep more: ``timed``, ``versioned``, ``traced``."""
        found = {need: frozenset(keys) for need, keys in self._kept.items()}
        if self._far:
            found["timed"] |= {self._entities[number].key for number in self._ancestors}
        return found

    def times(self) -> WakeTimes:
        """When roots are to be evaluated though nothing happens."""
        by_cron: dict[tuple[str, str], list[int]] = {}
        for root, tree in self.trees.items():
            for cron in tree.crons:
                by_cron.setdefault(cron, []).append(root)
        by_windows: dict[TimeWindowPartitionsDefinition, list[int]] = {}
        for number in self.watchers.keys() | (self._ancestors if self._far else ()):
            definition = self._entities[number].definition
            windows = None if definition is None else windows_in(definition)
            if windows is not None:
                by_windows.setdefault(windows, []).append(number)
        return WakeTimes(by_cron, [(each, self._watching(numbers)) for each, numbers in by_windows.items()])

    def _watching(self, numbers: list[int]) -> Callable[[], Iterable[int]]:
        return lambda: {root for number in numbers for root in self.watching(number)}

    def looked_at(self, roots: Iterable[int]) -> set[int]:
        """All that some roots look at, nearby; of what is farther nobody asks for updates."""
        found: dict[int, frozenset[str]] = {}
        for root in roots:
            self.trees[root].looks.entities(self._entities[root], found)
        return set(found)

    @cached_property
    def parts(self) -> dict[int, int]:
        """By root, the connected part of the graph it belongs to: named by one of the entities in it."""
        heads = list(range(len(self._entities)))

        def head(number: int) -> int:
            while heads[number] != number:
                heads[number] = heads[heads[number]]
                number = heads[number]
            return number

        for entity in self._entities:
            for other in entity.together:
                heads[head(other.number)] = head(entity.number)
        for number, roots in self.watchers.items():
            for root in roots:
                heads[head(root)] = head(number)
        for number in self._ancestors if self._far else ():
            for link in self._entities[number].upstream:
                heads[head(number)] = head(link.upstream.number)
        return {root: head(root) for root in self.trees}
