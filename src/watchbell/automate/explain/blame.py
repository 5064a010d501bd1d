"""Which clauses of a condition an answer is because of: the smallest sufficient set of them.

A clause is *blamed* if the answer would be another one were it, with the other blamed ones, the other way round. Of an
``and`` that is false, the operands that are false; of an ``or``, all of them, since each would do. Where the answer is
"true" it is the other way. What was not reached is never blamed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from watchbell.automate.conditions.subset import Subset
from watchbell.automate.conditions.trace import Said, Trace, TraceNode
from watchbell.automate.explain.explanation import Mark
from watchbell.ground.value import dataclass
from watchbell.record.ordinal_set import OrdinalSet

ANY_OF_OTHERS = frozenset({"any_deps", "any_checks", "any_downstream", "any_job_roots"})
ALL_OF_OTHERS = frozenset({"all_deps", "all_checks", "all_job_roots"})
OF_OTHERS = ANY_OF_OTHERS | ALL_OF_OTHERS | {"asset_matches"}
"""Kinds whose operand is asked about other entities; ``any_downstream`` asks other conditions about the same one."""

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
    """

    node: TraceNode
    entity: str
    is_true: bool
    path: tuple[TraceNode, ...] = ()


@dataclass(frozen=True)
class Question:
    """What is asked about an evaluation.

    Args:
        trace: the evaluation.
        within: which partitions of each entity it is about.
    """

    trace: Trace
    within: Within = lambda entity: None

    def mark(self, node: TraceNode, entity: str) -> Mark:
        """What a node said of an entity."""
        said = node.of(entity)
        if said is None:
            return Mark.NOT_REACHED
        wanted = self.within(entity)
        candidates, value = _cut(said.candidates, wanted), _cut(said.value, wanted)
        if not candidates:
            return Mark.NOT_REACHED
        if value:
            return Mark.TRUE
        return Mark.FALSE

    def entities_of(self, node: TraceNode) -> list[str]:
        """The entities a node was asked about, each once."""
        return list(dict.fromkeys(each.entity for each in node.said))

    def why(self) -> list[Blamed]:
        """The clauses that the answer is because of; empty if the condition was not reached at all."""
        root, entity = self.trace.tree, self.trace.entity
        mark = self.mark(root, entity)
        if mark is Mark.NOT_REACHED:
            return []
        found = self._false(root, entity, ()) if mark is Mark.FALSE else self._true(root, entity, ())
        seen: dict[tuple[int, str], Blamed] = {}
        for each in found:
            seen.setdefault((each.node.place, each.entity), each)
        return list(seen.values())

    # ------------------------------------------------------------ why false

    def _false(self, node: TraceNode, entity: str, path: tuple[TraceNode, ...]) -> Iterator[Blamed]:
        """Why a node is false of an entity."""
        below, found = (*path, node), False
        for child, other, is_true in self._false_parts(node, entity):
            found = True
            yield from (self._true if is_true else self._false)(child, other, below)
        if not found:
            yield Blamed(node, entity, False, path)

    def _false_parts(self, node: TraceNode, entity: str) -> Iterator[tuple[TraceNode, str, bool]]:
        """The parts because of which a node is false: part, entity, whether the part is true."""
        kind = node.kind
        if kind in {"and", "or"}:
            yield from ((each, entity, False) for each in node.children if self.mark(each, entity) is Mark.FALSE)
        elif kind == "not":
            yield from ((each, entity, True) for each in node.children if self.mark(each, entity) is Mark.TRUE)
        elif kind == "since":
            trigger, reset = node.children
            if self.mark(trigger, entity) is Mark.FALSE:
                yield trigger, entity, False
            if self.mark(reset, entity) is Mark.TRUE:
                yield reset, entity, True
        elif kind == "newly_true":
            yield from ((each, entity, False) for each in node.children if self.mark(each, entity) is Mark.FALSE)
        elif kind in OF_OTHERS:
            yield from ((*each, False) for each in self._others(node, entity, Mark.FALSE))

    # ------------------------------------------------------------- why true

    def _true(self, node: TraceNode, entity: str, path: tuple[TraceNode, ...]) -> Iterator[Blamed]:
        """Why a node is true of an entity."""
        below, found = (*path, node), False
        for child, other, is_true in self._true_parts(node, entity):
            found = True
            yield from (self._true if is_true else self._false)(child, other, below)
        if not found:
            yield Blamed(node, entity, True, path)

    def _true_parts(self, node: TraceNode, entity: str) -> Iterator[tuple[TraceNode, str, bool]]:
        kind = node.kind
        if kind in {"and", "or", "newly_true"}:
            yield from ((each, entity, True) for each in node.children if self.mark(each, entity) is Mark.TRUE)
        elif kind == "not":
            yield from ((each, entity, False) for each in node.children if self.mark(each, entity) is Mark.FALSE)
        elif kind == "since":
            # It remembers: while its trigger is not true now, only its end can change it.
            trigger, reset = node.children
            if self.mark(trigger, entity) is Mark.TRUE:
                yield trigger, entity, True
            elif self.mark(reset, entity) is Mark.FALSE:
                yield reset, entity, False
        elif kind in OF_OTHERS:
            yield from ((*each, True) for each in self._others(node, entity, Mark.TRUE))

    # --------------------------------------------------------------- others

    def _others(self, node: TraceNode, entity: str, mark: Mark) -> Iterator[tuple[TraceNode, str]]:
        """The operands that said so of the entities a node leads to."""
        for child in node.children:
            for other in self.led_to(node, child, entity):
                if self.mark(child, other) is mark:
                    yield child, other

    def led_to(self, node: TraceNode, child: TraceNode, entity: str) -> list[str]:
        """The entities that an operand was asked about on behalf of a node.

        Where two levels of dependencies are asked one below the other, all of the lower level are meant.
        """
        if node.kind == "any_downstream":
            return [entity] if child.of(entity) is not None else []
        return self.entities_of(child)


def _cut(subset: Subset, wanted: Subset | None) -> Subset:
    if isinstance(subset, OrdinalSet) and isinstance(wanted, OrdinalSet):
        return subset & wanted
    return subset


def counts(said: Said | None) -> tuple[int, int] | None:
    """Of a node that was asked about partitions: for how many it is true, and of how many it was asked."""
    if said is None or not isinstance(said.candidates, OrdinalSet):
        return None
    value = len(said.value) if isinstance(said.value, OrdinalSet) else int(said.value)
    return value, len(said.candidates)
