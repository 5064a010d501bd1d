"""Which clauses of a condition an answer is because of: the smallest sufficient set of them.

A clause is *blamed* if the answer would be another one were it, with the other blamed ones, the other way round. Of an
``and`` that is false, the operands that are false; of an ``or``, all of them, since each would do. Where the answer is
"true" it is the other way. What was not reached is never blamed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from watchbell.automate.conditions.subset import Subset, size_of
from watchbell.automate.conditions.trace import Said, Trace, TraceNode
from watchbell.automate.explain.explanation import Mark
from watchbell.ground.value import dataclass
from watchbell.record.ordinal_set import OrdinalSet

OF_OTHERS = frozenset({
    "any_deps", "all_deps", "any_checks", "all_checks", "asset_matches", "any_job_roots", "all_job_roots",
})  # fmt: skip
"""Kinds whose operand is asked about other entities."""

Within = Callable[[str], Subset | None]
"""Of an entity, the partitions that the question is about; None: nobody knows which, so all that were asked."""


@dataclass(frozen=True)
class Blamed:
    """A clause that the answer is because of.

    Args:
        node: the clause, which is not made of others, or remembers what these said.
        entity: about which entity it was asked.
        is_true: what it said.
        path: the nodes above it, the root first.
        within: which partitions of the entity it is about; None: it has none.
    """

    node: TraceNode
    entity: str
    is_true: bool
    path: tuple[TraceNode, ...] = ()
    within: Subset | None = None


@dataclass(frozen=True)
class Asked:
    """A node, asked about an entity.

    Args:
        node: the node.
        entity: the entity.
        within: which of its partitions are meant; None: all that the node was asked about.
    """

    node: TraceNode
    entity: str
    within: Subset | None = None

    @property
    def said(self) -> Said | None:
        """What it said of those that are meant; None: it was not asked."""
        said = self.node.of(self.entity)
        if said is None:
            return None
        return Said(self.entity, _cut(said.candidates, self.within), _cut(said.value, self.within))

    @property
    def mark(self) -> Mark:
        """What it said."""
        said = self.said
        if said is None or not said.candidates:
            return Mark.NOT_REACHED
        return Mark.TRUE if said.value else Mark.FALSE

    @property
    def scope(self) -> Subset | None:
        """Which partitions its parts are asked about: those it is true for, or those it is false for."""
        said = self.said
        if said is None or not isinstance(said.candidates, OrdinalSet):
            return None
        return said.value or said.candidates


@dataclass(frozen=True)
class Question:
    """What is asked about an evaluation.

    Args:
        trace: the evaluation.
        within: which partitions of each entity it is about.
    """

    trace: Trace
    within: Within = lambda entity: None

    @property
    def root(self) -> Asked:
        """The whole condition about the entity whose it is."""
        return Asked(self.trace.tree, self.trace.entity, self.within(self.trace.entity))

    def why(self) -> list[Blamed]:
        """The clauses that the answer is because of; empty if the condition was not reached at all."""
        mark = self.root.mark
        if mark is Mark.NOT_REACHED:
            return []
        found = self._why(self.root, mark is Mark.TRUE, ())
        seen: dict[tuple[int, str], Blamed] = {}
        for each in found:
            seen.setdefault((each.node.place, each.entity), each)
        return list(seen.values())

    def _why(self, asked: Asked, is_true: bool, path: tuple[TraceNode, ...]) -> Iterator[Blamed]:
        below, found = (*path, asked.node), False
        for part, is_part_true in self._true_parts(asked) if is_true else self._false_parts(asked):
            found = True
            yield from self._why(part, is_part_true, below)
        if not found:
            yield Blamed(asked.node, asked.entity, is_true, path, asked.scope)

    def _false_parts(self, asked: Asked) -> Iterator[tuple[Asked, bool]]:
        """The parts because of which a node is false, each with what it says."""
        kind, parts = asked.node.kind, self.parts(asked)
        if kind == "not":
            yield from ((part, True) for part in parts if part.mark is Mark.TRUE)
        elif kind == "since":
            trigger, reset = parts
            if trigger.mark is Mark.FALSE:
                yield trigger, False
            if reset.mark is Mark.TRUE:
                yield reset, True
        else:
            yield from ((part, False) for part in parts if part.mark is Mark.FALSE)

    def _true_parts(self, asked: Asked) -> Iterator[tuple[Asked, bool]]:
        """The parts because of which a node is true, each with what it says."""
        kind, parts = asked.node.kind, self.parts(asked)
        if kind == "not":
            yield from ((part, False) for part in parts if part.mark is Mark.FALSE)
        elif kind == "since":  # it remembers, so only its end can change it
            yield from ((part, False) for part in parts[1:] if part.mark is Mark.FALSE)
        else:
            yield from ((part, True) for part in parts if part.mark is Mark.TRUE)

    def parts(self, asked: Asked) -> list[Asked]:
        """What a node is made of, asked about what it is asked about; of deps and checks, about each of them.

        Where deps of deps are asked, all of the lower level are meant, whichever of the upper one they belong to.
        """
        node, scope = asked.node, asked.scope
        if node.kind not in OF_OTHERS:
            return [Asked(child, asked.entity, scope) for child in node.children]
        return [
            Asked(child, other, scope if is_same and scope is not None else self.within(other))
            for child in node.children
            for other in dict.fromkeys(each.entity for each in child.said)
            for is_same in [other in self.trace.same and asked.entity in self.trace.same]
        ]


def _cut(subset: Subset, wanted: Subset | None) -> Subset:
    if isinstance(subset, OrdinalSet) and isinstance(wanted, OrdinalSet):
        return subset & wanted
    return subset


def counts(asked: Asked) -> tuple[int, int] | None:
    """Of a node that is asked about partitions: for how many it is true, and of how many it is asked."""
    said = asked.said
    if said is None or not isinstance(said.candidates, OrdinalSet):
        return None
    return size_of(said.value), len(said.candidates)
