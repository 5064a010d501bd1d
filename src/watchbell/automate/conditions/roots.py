"""The roots of an engine: their compiled conditions, and who is to be evaluated when something changes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import cached_property

from watchbell.automate.conditions.compile import Compiler, Tree
from watchbell.automate.conditions.entity_graph import EntityGraph
from watchbell.automate.conditions.wake_times import WakeTimes, windows_in
from watchbell.automate.conditions.world import EntityKey
from watchbell.declare.partitions.time_window import TimeWindowPartitionsDefinition

_KEPT = ("timed", "versioned", "traced")


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
        compiler = Compiler(graph)
        wanted = None if keys is None else frozenset(keys)
        for entity in graph.entities:
            if entity.condition is not None and (wanted is None or entity.key in wanted):
                self.trees[entity.number] = compiler.tree(entity)
        self._watch()

    def _watch(self) -> None:
        entities, watchers = self._entities, self.watchers
        deep: list[int] = []
        for root, tree in self.trees.items():
            found: dict[int, set[str]] = {}
            tree.looks.entities(entities[root], found)
            for number, needs in found.items():
                known = watchers.get(number)
                if known is None:
                    watchers[number] = [root]
                else:
                    known.append(root)
                if "requests_before" in needs and number != root:
                    self.request_watchers.setdefault(number, []).append(root)
                for need in _KEPT:
                    if need in needs:
                        self._kept[need].add(entities[number].key)
                if "ancestors" in needs:
                    deep.append(number)
        self._time_ancestors(deep)

    def _time_ancestors(self, numbers: list[int]) -> None:
        """All that is upstream of some entities is timed. Nobody watches it: only what is near lets something go."""
        seen: set[int] = set()
        while numbers:
            number = numbers.pop()
            if number not in seen:
                seen.add(number)
                numbers += [link.upstream.number for link in self._entities[number].upstream]
        self._kept["timed"].update(self._entities[number].key for number in seen)

    def needs(self) -> dict[str, frozenset[EntityKey]]:
        """The entities of which the world has to keep more: ``timed``, ``versioned``, ``traced``."""
        return {need: frozenset(keys) for need, keys in self._kept.items()}

    def times(self) -> WakeTimes:
        """When roots are to be evaluated though nothing happens."""
        by_cron: dict[tuple[str, str], list[int]] = {}
        for root, tree in self.trees.items():
            for cron in tree.crons:
                by_cron.setdefault(cron, []).append(root)
        by_windows: dict[TimeWindowPartitionsDefinition, list[int]] = {}
        for number in self.watchers:
            windows = windows_in(self._entities[number].definition)
            if windows is not None:
                by_windows.setdefault(windows, []).append(number)
        return WakeTimes(by_cron, [(each, self._watching(numbers)) for each, numbers in by_windows.items()])

    def _watching(self, numbers: list[int]) -> Callable[[], Iterable[int]]:
        return lambda: {root for number in numbers for root in self.watchers[number]}

    def looked_at(self, roots: Iterable[int]) -> set[int]:
        """All that some roots look at."""
        found: dict[int, set[str]] = {}
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
        return {root: head(root) for root in self.trees}
